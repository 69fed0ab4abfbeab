//! What the server held over the run, as a picture: two lines over the seconds.

use super::Args;
use super::record::{Held, Record};
use crate::numbers::grouped;
use crate::plot::plot;

pub(super) fn svg(record: &Record, args: &Args) -> String {
    let (streams, rate) = (grouped(args.streams), grouped(args.rate));
    let title = format!("Memory of the server: {streams} streams, {rate} calls a second");
    let values = |of: fn(&Held) -> u64| record.seconds.iter().map(|held| as_megabytes(of(held))).collect();
    plot(
        &title,
        "MB",
        &[
            ("given out by its allocator", values(|held| held.heap)),
            ("resident", values(|held| held.resident)),
        ],
    )
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn as_megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_as_high_as_their_values() {
        let held = |resident, heap| Held { resident, heap, ..Held::default() };
        let seconds = vec![held(0, 100_000_000), held(50_000_000, 100_000_000), held(100_000_000, 0)];
        let record = Record { seconds, ..Record::default() };
        let svg = svg(&record, &Args { streams: 100, rate: 1, seconds: 6, write: false });
        let lines: Vec<_> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<polyline class=\"l")?.split('"').nth(2))
            .collect();
        assert_eq!(
            lines[2..],
            ["64.0,72.0 379.0,72.0 694.0,272.0", "64.0,272.0 379.0,172.0 694.0,72.0"],
            "{svg}"
        );
    }
}
