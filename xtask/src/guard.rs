//! `cargo xtask guard`: what the paths that every request takes cost in instructions and allocations, held against what is
//! committed. Counts, unlike times, are the same on every run of one build, and so every submission can be held to them.
//!
//! The counted program is `bins/mcp-server/benches/costs/`, a case each. Callgrind counts its instructions, the program its
//! allocations. A count of more than a tenth above that in `xtask/guard.toml` fails; one of more than a tenth below is told.
//! The counts are of one kind of machine and one compiler: elsewhere nothing is compared.

mod callgrind;
mod committed;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use self::callgrind::Count;
use self::committed::Committed;
use crate::error::Error;
use crate::process;
use crate::report::Section;
use crate::workspace::Workspace;

/// What is committed, from the root.
const COMMITTED: &str = "xtask/guard.toml";
/// Its place in the docs.
const SECTION: Section = Section { command: "guard" };
/// How far a count may be above what is committed; as far below it, it is worth a word.
const TOLERANCE: f64 = 0.10;

/// Arguments of `guard`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Commit to what is counted now: write it into xtask/guard.toml, and the table into docs/performance.md
    #[arg(long, conflicts_with = "cases")]
    write: bool,
    /// Only the cases whose names begin like this
    cases: Vec<String>,
}

/// What was counted of one kind, beside what is committed.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Compared {
    committed: f64,
    counted: f64,
}

/// Whether a count is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Holds,
    Above,
    Below,
}

/// Counts, compares, and prints the table.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    let path = workspace.root.join(COMMITTED);
    let compiler = compiler()?;
    if !is_comparable() {
        println!("nothing is compared: the counts of {COMMITTED} are of x86_64 Linux with AVX2");
        return Ok(());
    }
    if args.write {
        let counts = callgrind::count(workspace, &args.cases)?;
        let committed = Committed::new(&compiler, counts);
        std::fs::write(&path, committed.to_toml()).map_err(Error::file(&path))?;
        let table = format!("{}\nrustc {compiler}, x86_64 Linux; of one repetition.\n", committed.table());
        println!("{table}");
        return SECTION.write(&workspace.root.join("docs/performance.md"), &table);
    }
    let committed = Committed::read(&path)?;
    if committed.compiler != compiler {
        println!(
            "nothing is compared: the counts of {COMMITTED} are of rustc {}, and this is rustc {compiler}; \
             `cargo xtask guard --write` makes new ones",
            committed.compiler
        );
        return Ok(());
    }
    let counts = callgrind::count(workspace, &args.cases)?;
    println!("{}", table(&committed, &counts));
    judge(&committed, &counts, args.cases.is_empty())
}

/// For `ci`: every case.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Error> {
    run(workspace, &Args::default())
}

/// Whether this is the kind of machine that the counts are of. Ciphers and searches choose their instructions by what the
/// processor can.
fn is_comparable() -> bool {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    return false;
}

/// The compiler's version, such as `1.95.0`.
fn compiler() -> Result<String, Error> {
    let said = process::output(Command::new("rustc").arg("--version"))?;
    let version = said.split(' ').nth(1).map(str::to_owned);
    version.ok_or_else(|| Error::content(Path::new("rustc --version"), &format!("says {said:?}")))
}

/// What was counted of a case, of each kind, beside what is committed.
fn compared(committed: &Count, counted: &Count) -> [(&'static str, Compared); 3] {
    let kinds = ["instructions", "allocations", "bytes"];
    let pairs = committed.values().into_iter().zip(counted.values());
    let mut pairs = pairs.map(|(committed, counted)| Compared { committed, counted });
    kinds.map(|kind| (kind, pairs.next().unwrap_or(Compared { committed: 0.0, counted: 0.0 })))
}

impl Compared {
    fn verdict(self) -> Verdict {
        if self.counted > self.committed * (1.0 + TOLERANCE) {
            Verdict::Above
        } else if self.counted < self.committed * (1.0 - TOLERANCE) {
            Verdict::Below
        } else {
            Verdict::Holds
        }
    }

    /// Such as `+1.2 %`.
    fn difference(self) -> String {
        let Self { committed, counted } = self;
        match (committed == 0.0, counted == 0.0) {
            (true, true) => "+0.0 %".to_owned(),
            (true, false) => "new".to_owned(),
            (false, _) => format!("{:+.1} %", (counted / committed - 1.0) * 100.0),
        }
    }
}

/// One row for each case and kind.
fn table(committed: &Committed, counts: &[Count]) -> String {
    let width = counts.iter().map(|count| count.case.len()).max().unwrap_or(0).max(4);
    let mut table =
        format!("{:width$}  {:12}  {:>12}  {:>12}  difference\n", "case", "", "committed", "counted");
    for counted in counts {
        let Some(before) = committed.of(&counted.case) else {
            let _ = writeln!(table, "{:width$}  is not committed", counted.case);
            continue;
        };
        for (kind, compared) in compared(before, counted) {
            let mark = if compared.verdict() == Verdict::Above { "  above" } else { "" };
            let (committed, now) = (written(compared.committed), written(compared.counted));
            let difference = compared.difference();
            let case = &counted.case;
            let _ = writeln!(
                table,
                "{case:width$}  {kind:12}  {committed:>12}  {now:>12}  {difference:>10}{mark}"
            );
        }
    }
    table
}

/// Without a point where there is nothing behind it.
fn written(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// Fails when something costs more than it did, or when the cases are not those that are committed.
fn judge(committed: &Committed, counts: &[Count], all: bool) -> Result<(), Error> {
    let (mut wrong, mut below) = (Vec::new(), Vec::new());
    for counted in counts {
        let case = &counted.case;
        let Some(before) = committed.of(case) else {
            wrong.push(format!("{case}: is new; commit what it costs with `cargo xtask guard --write`"));
            continue;
        };
        for (kind, compared) in compared(before, counted) {
            let sentence = || {
                let (committed, counted) = (written(compared.committed), written(compared.counted));
                format!("{case}: {counted} {kind}, and {committed} are committed ({})", compared.difference())
            };
            match compared.verdict() {
                Verdict::Holds => {}
                Verdict::Above => wrong.push(sentence()),
                Verdict::Below => below.push(sentence()),
            }
        }
    }
    if all {
        let gone = committed.counts.iter().filter(|before| counts.iter().all(|now| now.case != before.case));
        wrong.extend(gone.map(|gone| {
            format!("{}: is committed and was not counted; `cargo xtask guard --write` drops it", gone.case)
        }));
    }
    if !below.is_empty() {
        println!("cheaper than what is committed; run with --write, so that it stays so:");
        below.iter().for_each(|sentence| println!("  {sentence}"));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.iter().for_each(|sentence| eprintln!("{sentence}"));
    Err(Error::Check(format!(
        "{} of what is counted is more than {:.0} % above {COMMITTED}: make it cheaper, or run with --write and say in the \
         commit what it is worth",
        wrong.len(),
        TOLERANCE * 100.0
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(case: &str, values: [f64; 3]) -> Count {
        Count::new(case, values)
    }

    fn committed(counts: Vec<Count>) -> Committed {
        Committed::new("1.95.0", counts)
    }

    #[test]
    fn a_tenth_is_let_pass_and_more_is_not() {
        let verdict = |counted| Compared { committed: 1000.0, counted }.verdict();
        assert_eq!(verdict(1000.0), Verdict::Holds);
        assert_eq!(verdict(1099.0), Verdict::Holds);
        assert_eq!(verdict(1101.0), Verdict::Above);
        assert_eq!(verdict(901.0), Verdict::Holds);
        assert_eq!(verdict(899.0), Verdict::Below);
        let none = |counted| Compared { committed: 0.0, counted };
        assert_eq!(none(0.0).verdict(), Verdict::Holds);
        assert_eq!((none(1.0).verdict(), none(1.0).difference().as_str()), (Verdict::Above, "new"));
    }

    #[test]
    fn each_kind_is_held_by_itself() {
        let committed = committed(vec![count("a", [1000.0, 10.0, 500.0])]);
        assert!(judge(&committed, &[count("a", [1050.0, 11.0, 450.0])], true).is_ok());
        // Far fewer instructions do not make up for one allocation too many.
        for over in [[1101.0, 10.0, 500.0], [500.0, 11.1, 500.0], [500.0, 10.0, 551.0]] {
            let error = judge(&committed, &[count("a", over)], true).unwrap_err();
            assert!(error.to_string().starts_with("1 of what is counted"), "{error}");
        }
        assert!(judge(&committed, &[count("a", [10.0, 1.0, 5.0])], true).is_ok(), "cheaper fails nobody");
    }

    #[test]
    fn the_cases_are_those_that_are_committed() {
        let committed = committed(vec![count("a", [1.0; 3]), count("b", [1.0; 3])]);
        assert!(judge(&committed, &[count("a", [1.0; 3]), count("b", [1.0; 3])], true).is_ok());
        assert!(judge(&committed, &[count("a", [1.0; 3])], true).is_err(), "one is missing");
        assert!(judge(&committed, &[count("a", [1.0; 3])], false).is_ok(), "only one was asked for");
        assert!(judge(&committed, &[count("c", [1.0; 3])], false).is_err(), "one is new");
    }

    #[test]
    fn the_table_shows_both_counts_and_the_difference() {
        let committed = committed(vec![count("edge/list", [1000.0, 10.0, 512.5])]);
        let table = table(&committed, &[count("edge/list", [1150.0, 10.0, 500.0]), count("new", [1.0; 3])]);
        let lines: Vec<String> =
            table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            lines,
            [
                "case committed counted difference",
                "edge/list instructions 1000 1150 +15.0 % above",
                "edge/list allocations 10 10 +0.0 %",
                "edge/list bytes 512.5 500 -2.4 %",
                "new is not committed",
            ]
        );
    }
}
