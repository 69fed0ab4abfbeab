//! `bench fairness`: what each of 500 keys gets of one instance when all ask for as much as they may, and whether one key that
//! asks for far more slows the others.
//!
//! Every key has a workspace of its own at a simulated API that refuses nobody by itself, and what is asked for is a read of
//! one request to it. The API lets a key make ten requests a second, so that the server sends ten in 1.05 s for each; where
//! all keys together may do more than the machine can, the machine is what they share, and the server turns away whom it
//! cannot serve. The bars are printed beside the figures, and nothing fails when one is missed: they are of one machine.

use std::fmt::Write as _;

use super::load::{self, Line};
use super::{Conditions, Report};
use crate::deployment::{Deployment, Setup};
use crate::error::Error;
use crate::numbers::{float, grouped, mean, quantile, times};
use crate::plot::plot_over;
use crate::progress::step;
use crate::report;
use crate::workspace::Workspace;

/// Jain's index, at least.
const SHARING_BAR: f64 = 0.99;
/// How many times as long beside the greedy key, at most.
const GREED_BAR: f64 = 1.1;
/// The simulated API remembers every key's workspace, and refuses nobody whom the server let through.
const SANDBOX: &[&str] = &["--requests-per-second", "1000"];
const WORKSPACES: u32 = 1_000;

/// One phase, or one round of one.
#[derive(Clone, Debug, Default)]
struct Share {
    /// What each key would have done in a second, had nothing been slower.
    offered: f64,
    seconds: f64,
    /// What each key got done.
    done: Vec<u64>,
    /// What each answer took.
    micros: Vec<u64>,
    refused: u64,
    wrong: u64,
    /// Of a core: the server's and the simulated API's share.
    cores: [f64; 2],
}

/// One of its counts.
type Count = fn(&Share) -> u64;

/// Everything, in order.
#[derive(Debug, Default)]
struct Findings {
    /// All keys at full rate, all at what the machine can bear, and few enough of them at full rate.
    all: Share,
    bearable: Share,
    few: Share,
    /// The modest keys alone, and beside the greedy one, round by round.
    apart: Vec<Share>,
    beside: Vec<Share>,
    greedy: Vec<Share>,
    words: Vec<String>,
}

impl Share {
    fn rate(&self) -> f64 {
        float(self.done.iter().sum()) / self.seconds
    }

    fn latency(&self, share: f64) -> f64 {
        quantile(self.micros.iter().map(|micros| float(*micros) / 1e3), share)
    }
}

pub(super) fn measure(workspace: &Workspace, conditions: Conditions) -> Result<Report, Error> {
    load::build(workspace, conditions.debug)?;
    let findings = step("fairness", || shares(workspace, conditions))?;
    for words in &findings.words {
        eprintln!("   {words}");
    }
    let table = format!("{}\n{}.\n", table(&findings), report::conditions());
    Ok(Report { table, charts: vec![("fairness.svg", chart(&findings.all))] })
}

fn shares(workspace: &Workspace, conditions: Conditions) -> Result<Findings, Error> {
    let folder = load::folder(conditions.debug);
    let (keys, seconds) = if conditions.quick { ("50", "3") } else { ("500", "20") };
    let setup = Setup {
        folder,
        name: "fairness",
        log: "info",
        options: &[],
        workspaces: WORKSPACES,
        sandbox: SANDBOX,
    };
    let deployment = Deployment::start(workspace, &setup)?;
    let program = workspace.target.join(folder).join("examples/load");
    let (addresses, processes) = ([deployment.address()], deployment.processes());
    let mut findings = Findings::default();
    load::run(&program, &addresses, &["fairness", keys, seconds], &processes, |line, used| {
        Ok(match line {
            Line::Share { phase, offered, seconds, done, micros, refused, wrong } => {
                let cores = [0, 1].map(|at| used.get(at).map_or(0.0, |used| used / seconds));
                let share = Share { offered, seconds, done, micros, refused, wrong, cores };
                let said = format!("{phase}: {:.0} answers a second", share.rate());
                match phase.as_str() {
                    "all" => findings.all = share,
                    "bearable" => findings.bearable = share,
                    "few" => findings.few = share,
                    "apart" => findings.apart.push(share),
                    "beside" => findings.beside.push(share),
                    _ => findings.greedy.push(share),
                }
                said
            }
            Line::Filled { logins, seconds } => format!("{logins} have logged in, in {seconds:.0} s"),
            Line::End { words } => {
                findings.words = words;
                "done".to_owned()
            }
            _ => "measuring".to_owned(),
        })
    })?;
    Ok(findings)
}

/// Jain's fairness index: 1 when all have the same, 1/n when one of n has everything; nothing at all is shared fairly by
/// nobody.
fn jain(shares: &[u64]) -> f64 {
    let (sum, squares) = shares
        .iter()
        .map(|share| float(*share))
        .fold((0.0, 0.0), |(sum, squares), share| (sum + share, share.mul_add(share, squares)));
    if squares == 0.0 { 0.0 } else { sum * sum / (float(shares.len() as u64) * squares) }
}

fn table(findings: &Findings) -> String {
    let Findings { all, bearable, few, apart, beside, greedy, .. } = findings;
    let mut table = String::from(
        "| Keys | Each asks for, a second | All got, a second | Of that | A key got in all: least, median, most | Jain's index | \
         At least 0.99 | Refused | Wrong | Median, ms | p99, ms | The server's share of a core | The API's |\n\
         |---:|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for share in [all, bearable, few] {
        let (keys, index) = (share.done.len() as u64, jain(&share.done));
        let of_a_key = [0.0, 0.5, 1.0].map(|part| quantile(share.done.iter().copied().map(float), part));
        let [least, median, most] = of_a_key;
        let [server, api] = share.cores.map(|share| 100.0 * share);
        // Writing to a text cannot fail.
        let _ = writeln!(
            table,
            "| {} | {:.1} | {:.0} | {:.0}% | {least:.0}, {median:.0}, {most:.0} | {index:.4} | {} | {} | {} | {:.1} | \
             {:.1} | {server:.0}% | {api:.0}% |",
            grouped(keys),
            share.offered,
            share.rate(),
            100.0 * share.rate() / (share.offered * float(keys)),
            said(index >= SHARING_BAR),
            grouped(share.refused),
            grouped(share.wrong),
            share.latency(0.5),
            share.latency(0.99),
        );
    }
    let keys = apart.first().map_or(0, |share| share.done.len() as u64);
    let total = |shares: &[Share], of: Count| grouped(shares.iter().map(of).sum::<u64>());
    let _ = writeln!(
        table,
        "\n| {} keys with one read a second | Alone | Beside a greedy key | times | Holds |\n|---|---:|---:|---:|---|",
        grouped(keys)
    );
    for (what, share) in [("median, ms, at most 1.1 times", 0.5), ("p99, ms, at most 1.1 times", 0.99)] {
        let [alone, with] = [apart, beside].map(|shares| latency(shares, share));
        let times = times(latencies(beside, share), latencies(apart, share));
        let _ = writeln!(
            table,
            "| {what} | {alone:.2} | {with:.2} | {times:.2} | {} |",
            said(times <= GREED_BAR)
        );
    }
    let answered = |shares: &[Share]| mean(shares.iter().map(Share::rate));
    let _ = writeln!(table, "| answered a second | {:.0} | {:.0} | | |", answered(apart), answered(beside));
    let counts: [(_, Count); 2] =
        [("refused, none beside it", |share| share.refused), ("wrong, none beside it", |share| share.wrong)];
    for (what, of) in counts {
        let (alone, with) = (total(apart, of), total(beside, of));
        let holds = said(beside.iter().all(|share| of(share) == 0));
        let _ = writeln!(table, "| {what} | {alone} | {with} | | {holds} |");
    }
    let _ = writeln!(
        table,
        "\nThe greedy key has 64 calls under way all the time: {:.1} of them are answered a second, in {:.0} ms (median), and {} \
         were refused. Medians of {} rounds that alternate.",
        answered(greedy),
        latency(greedy, 0.5),
        total(greedy, |share| share.refused),
        apart.len(),
    );
    table
}

const fn said(holds: bool) -> &'static str {
    if holds { "yes" } else { "no" }
}

/// The median of the rounds.
fn latency(rounds: &[Share], share: f64) -> f64 {
    quantile(latencies(rounds, share), 0.5)
}

fn latencies(rounds: &[Share], share: f64) -> impl Iterator<Item = f64> {
    rounds.iter().map(move |round| round.latency(share))
}

/// What each key got, from the one with the least to the one with the most, beside equal shares.
fn chart(all: &Share) -> String {
    let mut done: Vec<_> = all.done.iter().copied().map(float).collect();
    done.sort_by(f64::total_cmp);
    let equal = vec![mean(done.iter().copied()); done.len()];
    plot_over(
        "keys, from the one with the least",
        &format!("Requests of each of {} keys at full rate", all.done.len()),
        "requests",
        &[("if all had the same", equal), ("answered", done)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jains_index_is_between_one_of_all_and_one() {
        assert!((jain(&[7, 7, 7, 7]) - 1.0).abs() < 1e-12);
        assert!((jain(&[12, 0, 0, 0]) - 0.25).abs() < 1e-12);
        assert!((jain(&[2, 4]) - 0.9).abs() < 1e-12);
        assert_eq!((jain(&[0, 0]), jain(&[])), (0.0, 0.0));
    }

    fn share(done: &[u64], ms: u64) -> Share {
        Share {
            offered: 10.0 / 1.05,
            seconds: 10.0,
            done: done.to_vec(),
            micros: vec![1_000 * ms; 10],
            refused: 0,
            wrong: 0,
            cores: [0.5, 0.25],
        }
    }

    fn findings() -> Findings {
        Findings {
            all: share(&[90, 95, 100], 40),
            bearable: share(&[50], 30),
            few: share(&[95], 20),
            apart: vec![share(&[10, 10], 4), share(&[10, 10], 5), share(&[10, 10], 90)],
            beside: vec![share(&[10, 10], 5), share(&[10, 10], 5), share(&[10, 10], 9)],
            greedy: vec![share(&[95], 6_400)],
            words: Vec::new(),
        }
    }

    #[test]
    fn who_got_what_is_said() {
        let table = table(&findings());
        for row in [
            "| 3 | 9.5 | 28 | 100% | 90, 95, 100 | 0.9982 | yes | 0 | 0 | 40.0 | 40.0 | 50% | 25% |\n",
            "| 2 keys with one read a second | Alone |",
            "| median, ms, at most 1.1 times | 5.00 | 5.00 | 1.00 | yes |\n",
            "| answered a second | 2 | 2 | | |\n",
            "| refused, none beside it | 0 | 0 | | yes |\n",
            "all the time: 9.5 of them are answered a second, in 6400 ms (median), and 0 were refused. Medians of 3 rounds",
        ] {
            assert!(table.contains(row), "{row}{table}");
        }
    }

    #[test]
    fn unfairness_is_said() {
        let mut unfair = findings();
        unfair.all.done = vec![60, 95, 130];
        (unfair.beside[0].micros, unfair.beside[2].refused) = (vec![6_000; 10], 3);
        unfair.beside[1].micros = vec![6_000; 10];
        let table = table(&unfair);
        assert!(table.contains("| 60, 95, 130 | 0.9170 | no |"), "{table}");
        assert!(table.contains("| p99, ms, at most 1.1 times | 5.00 | 6.00 | 1.20 | no |"), "{table}");
        assert!(table.contains("| refused, none beside it | 0 | 3 | | no |"), "{table}");
    }

    #[test]
    fn the_chart_goes_from_the_least_to_the_most() {
        let svg = chart(&share(&[30, 10, 20], 1));
        let lines: Vec<_> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<polyline class=\"l")?.split('"').nth(2))
            .collect();
        assert_eq!(
            lines[2..],
            ["64.0,138.7 379.0,138.7 694.0,138.7", "64.0,205.3 379.0,138.7 694.0,72.0"],
            "{svg}"
        );
    }
}
