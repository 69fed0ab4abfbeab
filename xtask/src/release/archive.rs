//! The archive of a release: the same bytes, whoever makes it, wherever and whenever.

use std::path::Path;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tar::{Builder, EntryType, Header};

use super::Bundle;
use crate::error::Error;

/// Writes the bundle below the folder `name`. Times are the day's begin, owners are nobody in particular, the order is that of the paths.
pub(super) fn write(path: &Path, name: &str, bundle: &Bundle, date: &str) -> Result<(), Error> {
    let bytes = pack(name, bundle, day(date)?).map_err(Error::file(path))?;
    std::fs::write(path, bytes).map_err(Error::file(path))
}

/// The beginning of a day in UTC, as seconds.
pub(super) fn day(date: &str) -> Result<u64, Error> {
    let day: Date = date.parse().map_err(|error| Error::content(Path::new(date), &error))?;
    let start = day.to_zoned(TimeZone::UTC).map_err(|error| Error::content(Path::new(date), &error))?;
    Ok(u64::try_from(start.timestamp().as_second()).unwrap_or_default())
}

/// The same bytes for the same input, compressed.
pub(crate) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = encoder();
    std::io::Write::write_all(&mut encoder, bytes)?;
    encoder.finish()
}

/// Without a time and a name, which gzip would note.
fn encoder() -> GzEncoder<Vec<u8>> {
    GzBuilder::new().mtime(0).write(Vec::new(), Compression::best())
}

fn pack(name: &str, bundle: &Bundle, seconds: u64) -> std::io::Result<Vec<u8>> {
    let mut archive = Builder::new(encoder());
    for file in bundle.files() {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(file.mode());
        header.set_mtime(seconds);
        header.set_size(file.bytes.len() as u64);
        archive.append_data(&mut header, format!("{name}/{}", file.path), file.bytes.as_slice())?;
    }
    archive.into_inner()?.finish()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{day, write};
    use crate::release::Bundle;
    use crate::release::bundle::stand_in;

    #[test]
    fn the_same_files_are_the_same_bytes_and_tar_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = stand_in();
        let (one, two) = (folder.path().join("one.tar.gz"), folder.path().join("two.tar.gz"));
        write(&one, "mcp-server-1.2.0", &bundle, "2026-11-26").unwrap();
        let shuffled = Bundle::of(bundle.files().rev().cloned().collect());
        write(&two, "mcp-server-1.2.0", &shuffled, "2026-11-26").unwrap();
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());

        let mut tar = Command::new("tar");
        let listed = tar.env("TZ", "UTC").args(["--numeric-owner", "-tvzf"]).arg(&one).output().unwrap();
        assert!(listed.status.success(), "{listed:?}");
        insta::assert_snapshot!(String::from_utf8(listed.stdout).unwrap());
        let unpacked =
            Command::new("tar").arg("-xzf").arg(&one).arg("-C").arg(folder.path()).status().unwrap();
        assert!(unpacked.success());
        let program = std::fs::read(folder.path().join("mcp-server-1.2.0/mcp-server")).unwrap();
        assert_eq!(program, b"a program");
    }

    #[test]
    fn days_begin_in_utc() {
        assert_eq!(day("2026-11-26").unwrap(), 1_795_651_200);
        assert!(day("yesterday").is_err());
    }
}
