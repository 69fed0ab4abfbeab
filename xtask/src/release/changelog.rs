//! The changelog of a release: what stood under "Unreleased" gets the version and the date.

use super::Version;

const UNRELEASED: &str = "## Unreleased\n";

/// The changelog with a section of `version`, and a new empty one of what comes after it.
pub(super) fn released(changelog: &str, version: &Version, date: &str) -> Result<String, String> {
    let (before, rest) = changelog.split_once(UNRELEASED).ok_or("it has no section `## Unreleased`")?;
    let end = rest.find("\n## ").map_or(rest.len(), |at| at + 1);
    let (entries, after) = rest.split_at(end);
    if !entries.lines().any(|line| line.starts_with("- ")) {
        return Err("nothing stands under `## Unreleased`: what would the release be of?".to_owned());
    }
    if after.contains(&format!("\n## {version} ")) || after.starts_with(&format!("## {version} ")) {
        return Err(format!("it has a section of {version} already"));
    }
    Ok(format!("{before}{UNRELEASED}\n## {version} ({date})\n{entries}{after}"))
}

#[cfg(test)]
mod tests {
    use super::released;

    const CHANGELOG: &str = "\
# Changelog

By effect.

## Unreleased

### Added

- A thing,
  in two lines.

## 0.9.1 (2026-01-02)

### Fixed

- Another.
";

    #[test]
    fn the_unreleased_section_gets_the_version() {
        insta::assert_snapshot!(released(CHANGELOG, &"0.10.0".parse().unwrap(), "2026-11-26").unwrap(), @r"
        # Changelog

        By effect.

        ## Unreleased

        ## 0.10.0 (2026-11-26)

        ### Added

        - A thing,
          in two lines.

        ## 0.9.1 (2026-01-02)

        ### Fixed

        - Another.
        ");
    }

    #[test]
    fn a_first_release_has_none_before_it() {
        let first = CHANGELOG.split("## 0.9.1").next().unwrap();
        let text = released(first, &"0.1.0".parse().unwrap(), "2026-11-26").unwrap();
        assert!(text.ends_with(
            "## Unreleased\n\n## 0.1.0 (2026-11-26)\n\n### Added\n\n- A thing,\n  in two lines.\n\n"
        ));
    }

    #[test]
    fn a_release_of_nothing_and_a_second_one_are_refused() {
        let refused =
            |text: &str, version: &str| released(text, &version.parse().unwrap(), "2026-11-26").unwrap_err();
        assert!(refused(CHANGELOG, "0.9.1").contains("already"));
        let once = released(CHANGELOG, &"0.10.0".parse().unwrap(), "2026-11-26").unwrap();
        assert!(refused(&once, "0.11.0").contains("nothing stands"));
        assert!(refused("# Changelog\n", "1.0.0").contains("no section"));
    }
}
