//! `SHA256SUMS`, in the form that `sha256sum --check` reads.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// Writes the sums of every file of the folder.
pub(super) fn write(folder: &Path) -> Result<(), Error> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        let bytes = std::fs::read(&path).map_err(Error::file(&path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        lines.push((name, sum(&bytes)));
    }
    lines.sort();
    let text: String = lines.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    let path = folder.join("SHA256SUMS");
    std::fs::write(&path, text).map_err(Error::file(&path))
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_are_in_the_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b"), "abc").unwrap();
        std::fs::write(folder.path().join("a"), "").unwrap();
        super::write(folder.path()).unwrap();
        // The sums of nothing and of "abc" are in FIPS 180-4's examples.
        insta::assert_snapshot!(std::fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap(), @r"
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a
        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b
        ");
    }
}
