//! The lists of checks that are expected to fail, as the suite reads them, with the reason that stands above each
//! group. The suite holds a list to what is scored; here it is held to everything that runs.

use std::path::Path;

use super::results::Finding;
use crate::error::Error;

/// One list.
#[derive(Debug, Default)]
pub(super) struct ExpectedFailures {
    pub(super) groups: Vec<Group>,
}

/// Entries that fail for the same reason.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) reason: String,
    /// `scenario:check`
    pub(super) entries: Vec<String>,
}

impl ExpectedFailures {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
        Self::parse(&text).map_err(|reason| Error::content(path, &reason))
    }

    /// Of YAML, only what these lists are made of: `server:`, then comments that each give the reason of the entries
    /// below.
    fn parse(text: &str) -> Result<Self, String> {
        let mut groups: Vec<Group> = Vec::new();
        let (_, list) = text.split_once("\nserver:\n").ok_or("there is no line `server:`")?;
        for line in list.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match (line.strip_prefix("# "), line.strip_prefix("- "), groups.last_mut()) {
                (Some(more), _, Some(group)) if group.entries.is_empty() => {
                    group.reason = format!("{} {more}", group.reason);
                }
                (Some(reason), ..) => {
                    groups.push(Group { reason: reason.to_owned(), entries: Vec::new() });
                }
                (None, Some(entry), Some(group)) if entry.contains(':') => {
                    group.entries.push(entry.to_owned());
                }
                (None, Some(_), Some(_)) => {
                    return Err(format!("`{line}` names a scenario and no check of it"));
                }
                (None, Some(_), None) => return Err(format!("no comment says why `{line}` may fail")),
                (None, None, _) => return Err(format!("`{line}` is neither comment nor entry")),
            }
        }
        Ok(Self { groups })
    }

    /// Findings that the list does not name, and entries of it that do not fail.
    pub(super) fn compare<'a>(&'a self, findings: &'a [Finding]) -> (Vec<&'a Finding>, Vec<&'a str>) {
        let entries = || self.groups.iter().flat_map(|group| &group.entries);
        let is_of = |finding: &Finding, entry: &String| {
            entry.split_once(':') == Some((finding.scenario.as_str(), finding.check.as_str()))
        };
        let unexpected = findings.iter().filter(|finding| !entries().any(|entry| is_of(finding, entry)));
        let stale = entries().filter(|entry| !findings.iter().any(|finding| is_of(finding, entry)));
        (unexpected.collect(), stale.map(String::as_str).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# What this is.\nserver:\n  # No prompts,\n  # no resources.\n  - prompts-list:list\n  \
        - resources-list:list\n  # No tasks.\n  - tasks:a\n";

    fn finding(scenario: &str, check: &str) -> Finding {
        let (scenario, check) = (scenario.to_owned(), check.to_owned());
        Finding { scenario, check, is_warning: false, message: String::new() }
    }

    #[test]
    fn entries_are_grouped_by_the_comment_above_them() {
        let group = |reason: &str, entries: &[&str]| Group {
            reason: reason.to_owned(),
            entries: entries.iter().map(|&entry| entry.to_owned()).collect(),
        };
        let expected = [
            group("No prompts, no resources.", &["prompts-list:list", "resources-list:list"]),
            group("No tasks.", &["tasks:a"]),
        ];
        assert_eq!(ExpectedFailures::parse(LIST).unwrap().groups, expected);
    }

    #[test]
    fn what_the_suite_would_read_otherwise_is_refused() {
        let parse = |list: &str| ExpectedFailures::parse(list).unwrap_err();
        assert!(parse("\nserver:\n  - a:b\n").contains("no comment says why"));
        assert!(parse("\nserver:\n  # why\n  - a\n").contains("no check of it"));
        assert!(parse("\nserver:\n  # why\n  a: b\n").contains("neither comment nor entry"));
        assert!(parse("client:\n  - a\n").contains("no line `server:`"));
    }

    #[test]
    fn a_list_is_held_both_ways() {
        let list = ExpectedFailures::parse(LIST).unwrap();
        let findings = [finding("prompts-list", "list"), finding("tasks", "a"), finding("tasks", "b")];
        let (unexpected, stale) = list.compare(&findings);
        assert_eq!(unexpected, [&findings[2]]);
        assert_eq!(stale, ["resources-list:list"]);
    }
}
