//! Measured figures against their bars, and the table of them.

use std::time::Duration;

use crate::error::Error;

/// One measured value against its bar.
#[derive(Debug)]
pub(crate) struct Figure {
    what: String,
    value: f64,
    bar: f64,
    /// Whether the bar is the least that it may be, and not the most.
    is_least: bool,
    unit: &'static str,
    /// Digits after the point.
    digits: usize,
}

impl Figure {
    /// A value that may be `bar` at most.
    pub(crate) fn at_most(what: impl Into<String>, value: f64, bar: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value, bar, is_least: false, unit, digits: 1 }
    }

    /// A value that must be `bar` at least.
    pub(crate) fn at_least(what: impl Into<String>, value: f64, bar: f64, unit: &'static str) -> Self {
        Self { is_least: true, ..Self::at_most(what, value, bar, unit) }
    }

    /// With so many digits after the point.
    pub(crate) fn digits(self, digits: usize) -> Self {
        Self { digits, ..self }
    }

    /// Something that must not happen, and how often it did.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(crate) fn none(what: impl Into<String>, count: u64) -> Self {
        Self { digits: 0, ..Self::at_most(what, count as f64, 0.0, "") }
    }

    /// Bytes, against a bar in MB (10^6 bytes).
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52 bytes")]
    pub(crate) fn bytes(what: &'static str, bytes: u64, bar_mb: u32) -> Self {
        Self::at_most(what, bytes as f64 / 1e6, f64::from(bar_mb), "MB")
    }

    /// A time, against a bar in milliseconds.
    pub(crate) fn milliseconds(what: &'static str, time: Duration, bar: u32) -> Self {
        Self::at_most(what, time.as_secs_f64() * 1e3, f64::from(bar), "ms")
    }

    /// Whether the bar holds.
    pub(crate) fn holds(&self) -> bool {
        if self.is_least { self.value >= self.bar } else { self.value <= self.bar }
    }

    fn row(&self) -> String {
        let Self { what, value, bar, is_least, unit, digits } = self;
        let most = if *is_least { "at least" } else { "at most" };
        let verdict = if self.holds() { "yes" } else { "no" };
        let space = if unit.is_empty() { "" } else { " " };
        let bar = match bar.fract() {
            0.0 => format!("{bar}"),
            _ => format!("{bar:.digits$}"),
        };
        format!("| {what} | {value:.digits$}{space}{unit} | {most} {bar}{space}{unit} | {verdict} |\n")
    }
}

/// A markdown table.
pub(crate) fn table(figures: &[Figure]) -> String {
    let rows: String = figures.iter().map(Figure::row).collect();
    format!("| What | Measured | Bar | Holds |\n|---|---|---|---|\n{rows}")
}

/// Fails when a bar is missed, and says which.
pub(crate) fn judge(figures: &[Figure]) -> Result<(), Error> {
    let missed: Vec<_> =
        figures.iter().filter(|figure| !figure.holds()).map(|figure| figure.what.as_str()).collect();
    if missed.is_empty() { Ok(()) } else { Err(Error::Check(format!("bars missed: {}", missed.join(", ")))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_bar_is_said() {
        let figures = [
            Figure::bytes("size", 15_950_000, 16),
            Figure::milliseconds("start", Duration::from_millis(51), 50),
            Figure::at_most("growth", 1.26, 2.25, "MB"),
            Figure::none("lost", 2),
            Figure::at_least("throughput", 0.69, 0.7, "times").digits(2),
            Figure::at_least("threefold", f64::NAN, 3.0, "times"),
        ];
        let rows = "| size | 15.9 MB | at most 16 MB | yes |\n| start | 51.0 ms | at most 50 ms | no |\n\
            | growth | 1.3 MB | at most 2.2 MB | yes |\n| lost | 2 | at most 0 | no |\n\
            | throughput | 0.69 times | at least 0.70 times | no |\n| threefold | NaN times | at least 3 times | no |\n";
        assert!(table(&figures).ends_with(rows), "{}", table(&figures));
        let error = judge(&figures).unwrap_err();
        assert_eq!(error.to_string(), "bars missed: start, lost, throughput, threefold");
        assert!(judge(&figures[..1]).is_ok());
    }
}
