//! Pictures: what the server added to each second's requests, and what became of those in the overload.

use super::Args;
use super::log::Log;
use super::record::{Record, Second};
use super::steady::PHASE;
use crate::numbers::{float, quantile};
use crate::plot::plot;

/// What is besides the API in each second of the day, p99 and median.
pub(super) fn overhead(record: &Record, log: &Log, args: &Args) -> String {
    let of = |share: f64| -> Vec<f64> {
        let seconds =
            record.seconds.iter().filter(|second| second.phase == PHASE && !second.samples.is_empty());
        let each = |second: &Second| {
            quantile(second.samples.iter().filter_map(|sample| log.overhead(sample)), share)
        };
        seconds.map(each).filter(|value| value.is_finite()).collect()
    };
    let title = format!("Besides the API: {} users, {} requests a second", args.users, args.rate);
    plot(&title, "ms", &[("median of a second", of(0.5)), ("p99 of a second", of(0.99))])
}

/// Requests that were let in and refused, in each second.
pub(super) fn overload(record: &Record) -> String {
    // The last of a phase holds only what was still under way.
    let whole: Vec<_> = record
        .seconds
        .windows(2)
        .filter(|pair| pair[0].phase == pair[1].phase)
        .map(|pair| &pair[0])
        .collect();
    let of = |refusals: bool| -> Vec<f64> {
        let count =
            |second: &Second| second.samples.iter().filter(|sample| sample.is_refusal() == refusals).count();
        whole.iter().map(|second| float(count(second) as u64)).collect()
    };
    plot(
        "Half of what is let in, three times as much, half again",
        "a second",
        &[("refused", of(true)), ("let in", of(false))],
    )
}

#[cfg(test)]
mod tests {
    use super::super::record::Sample;
    use super::*;

    #[test]
    fn the_lines_are_as_high_as_their_values() {
        let second = |phase: &str, refused: usize, let_in: usize| {
            let sample = |status| Sample { status, ..Sample::default() };
            let samples = [vec![sample(503); refused], vec![sample(200); let_in]].concat();
            Second { phase: phase.to_owned(), samples, ..Second::default() }
        };
        let seconds = vec![
            second("calm", 0, 4),
            second("calm", 9, 9),
            second("overload", 8, 8),
            second("overload", 4, 8),
            second("overload", 1, 1),
        ];
        let svg = overload(&Record { seconds, ..Record::default() });
        let lines: Vec<_> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<polyline class=\"l")?.split('"').nth(2))
            .collect();
        assert_eq!(
            lines[2..],
            ["64.0,272.0 379.0,72.0 694.0,172.0", "64.0,172.0 379.0,72.0 694.0,72.0"],
            "{svg}"
        );
    }
}
