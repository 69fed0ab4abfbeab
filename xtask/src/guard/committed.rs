//! What is committed: `xtask/guard.toml`, written by `cargo xtask guard --write` alone.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use toml::Table;

use super::callgrind::Count;
use super::written;
use crate::error::Error;

/// Why the file is there, for whoever opens it.
const HEADER: &str = "\
# What the paths that every request takes cost: instructions, allocations and bytes of one repetition. `cargo xtask guard`
# counts them anew, and fails when one is more than a tenth above this. Written by `cargo xtask guard --write`; raise a number
# only with a reason in the commit. The cases are in bins/mcp-server/benches/costs/.
";

/// The counts that are held.
#[derive(Debug)]
pub(super) struct Committed {
    /// What they were built with: another compiler makes other instructions.
    pub(super) compiler: String,
    /// By name.
    pub(super) counts: Vec<Count>,
}

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    compiler: String,
    cases: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    instructions: f64,
    allocations: f64,
    bytes: f64,
}

impl Committed {
    pub(super) fn new(compiler: &str, mut counts: Vec<Count>) -> Self {
        counts.sort_by(|left, right| left.case.cmp(&right.case));
        Self { compiler: compiler.to_owned(), counts }
    }

    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
        Self::parse(&text).map_err(|error| Error::content(path, &error))
    }

    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let File { compiler, cases } = toml::from_str(text)?;
        let count = |(name, case): (String, toml::Value)| {
            let Case { instructions, allocations, bytes } = case.try_into()?;
            Ok(Count::new(&name, [instructions, allocations, bytes]))
        };
        Ok(Self::new(&compiler, cases.into_iter().map(count).collect::<Result<_, toml::de::Error>>()?))
    }

    /// The count of a case.
    pub(super) fn of(&self, case: &str) -> Option<&Count> {
        self.counts.iter().find(|count| count.case == case)
    }

    pub(super) fn to_toml(&self) -> String {
        let mut text = format!("{HEADER}\ncompiler = \"{}\"\n\n[cases]\n", self.compiler);
        for count in &self.counts {
            let [instructions, allocations, bytes] = count.values();
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "\"{}\" = {{ instructions = {instructions:.1}, allocations = {allocations:.1}, bytes = {bytes:.1} }}",
                count.case
            );
        }
        text
    }

    /// For the page.
    pub(super) fn table(&self) -> String {
        let mut table = String::from("| Case | Instructions | Allocations | Bytes |\n|---|---:|---:|---:|\n");
        for count in &self.counts {
            let [instructions, allocations, bytes] = count.values().map(written);
            let _ = writeln!(table, "| `{}` | {instructions} | {allocations} | {bytes} |", count.case);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let counts = vec![Count::new("b/two", [20_000.0, 7.0, 300.5]), Count::new("a", [1.0, 0.0, 0.0])];
        let written = Committed::new("1.95.0", counts);
        let read = Committed::parse(&written.to_toml()).unwrap();
        assert_eq!((read.compiler.as_str(), &read.counts), ("1.95.0", &written.counts));
        assert_eq!(read.counts[0].case, "a", "in the order of their names");
        assert!(read.table().ends_with("| `b/two` | 20000 | 7 | 300.5 |\n"), "{}", read.table());
    }

    #[test]
    fn the_committed_file_is_as_it_would_be_written() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guard.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(Committed::parse(&text).unwrap().to_toml(), text, "run `cargo xtask guard --write`");
    }
}
