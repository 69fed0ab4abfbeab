//! Versions, and where a release writes its own.

use std::fmt;
use std::str::FromStr;

/// A released version: three numbers (Semantic Versioning without pre-releases, which we do not make).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version([u64; 3]);

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| match part {
            "0" => Ok(0),
            part if part.starts_with(|c: char| ('1'..='9').contains(&c)) => part.parse().map_err(drop),
            _ => Err(()),
        };
        let numbers: Result<Vec<u64>, ()> = text.split('.').map(number).collect();
        let numbers = numbers.ok().and_then(|numbers| <[u64; 3]>::try_from(numbers).ok());
        numbers.map(Self).ok_or_else(|| format!("'{text}' is no version: write it like 1.2.0"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// The workspace's manifest with another version: of the packages, and of those of them that depend on each other.
pub(super) fn in_manifest(manifest: &str, version: &Version) -> Result<String, String> {
    let table: toml::Table = manifest.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let package = table.get("workspace").and_then(|workspace| workspace.get("package"));
    let old = package.and_then(|package| package.get("version")).and_then(toml::Value::as_str);
    let old = old.ok_or("it has no workspace.package.version")?;
    if *version <= old.parse()? {
        return Err(format!("{version} does not come after {old}"));
    }
    let (own, of_path) = (format!("version = \"{old}\""), format!("version = \"{version}\""));
    let lines = manifest.lines().map(|line| {
        let ours = line == own || (line.contains("path = \"") && line.contains(&own));
        if ours { line.replace(&own, &of_path) } else { line.to_owned() }
    });
    Ok(lines.map(|line| line + "\n").collect())
}

/// The manifests of Kubernetes with the image of another version.
pub(super) fn in_image(kustomization: &str, version: &Version) -> Result<String, String> {
    let is_tag = |line: &str| line.trim_start().starts_with("newTag: ");
    if kustomization.lines().filter(|line| is_tag(line)).count() != 1 {
        return Err("it has not got one line `newTag: …`".to_owned());
    }
    let lines = kustomization.lines().map(|line| match line.split_once("newTag: ") {
        Some((indent, _)) if is_tag(line) => format!("{indent}newTag: \"{version}\"\n"),
        _ => format!("{line}\n"),
    });
    Ok(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"[workspace.package]
version = "0.9.1"
rust-version = "1.95"

[workspace.dependencies]
sealing = { package = "openphone-mcp-sealing", path = "crates/sealing", version = "0.9.1" }
other = { version = "0.9.1", default-features = false }
"#;

    #[test]
    fn versions_are_three_numbers() {
        assert_eq!("1.20.3".parse(), Ok(Version([1, 20, 3])));
        for text in ["1.2", "1.2.3.4", "1.02.3", "1.2.3-rc1", "v1.2.3", "+1.2.3", ""] {
            assert!(text.parse::<Version>().is_err_and(|error| error.contains("1.2.0")), "{text}");
        }
        assert!(Version([0, 10, 0]) > Version([0, 9, 9]));
    }

    #[test]
    fn the_manifest_is_of_the_new_version_and_other_crates_are_not() {
        insta::assert_snapshot!(in_manifest(MANIFEST, &Version([0, 10, 0])).unwrap(), @r#"
        [workspace.package]
        version = "0.10.0"
        rust-version = "1.95"

        [workspace.dependencies]
        sealing = { package = "openphone-mcp-sealing", path = "crates/sealing", version = "0.10.0" }
        other = { version = "0.9.1", default-features = false }
        "#);
        for old in [[0, 9, 1], [0, 9, 0]] {
            assert!(in_manifest(MANIFEST, &Version(old)).unwrap_err().contains("does not come after 0.9.1"));
        }
        assert!(in_manifest("[package]\n", &Version([1, 0, 0])).is_err());
    }

    #[test]
    fn the_image_is_of_the_new_version() {
        let text = "images:\n  - name: a\n    newTag: \"0.1.0\"\nlabels:\n";
        assert_eq!(
            in_image(text, &Version([1, 0, 0])).unwrap(),
            "images:\n  - name: a\n    newTag: \"1.0.0\"\nlabels:\n"
        );
        assert!(in_image("images:\n", &Version([1, 0, 0])).is_err());
    }
}
