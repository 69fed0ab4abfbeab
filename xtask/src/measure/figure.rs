//! The measured figures, and their table.

use std::time::Duration;

/// One measured value against its bar.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) what: &'static str,
    value: f64,
    bar: f64,
    unit: &'static str,
}

impl Figure {
    /// Bytes, against a bar in MB (10^6 bytes).
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52 bytes")]
    pub(super) fn bytes(what: &'static str, bytes: u64, bar_mb: u32) -> Self {
        Self { what, value: bytes as f64 / 1e6, bar: f64::from(bar_mb), unit: "MB" }
    }

    /// A time, against a bar in milliseconds.
    pub(super) fn milliseconds(what: &'static str, time: Duration, bar: u32) -> Self {
        Self { what, value: time.as_secs_f64() * 1e3, bar: f64::from(bar), unit: "ms" }
    }

    /// Whether the bar holds.
    pub(super) fn holds(&self) -> bool {
        self.value <= self.bar
    }
}

/// A markdown table.
pub(super) fn table(figures: &[Figure]) -> String {
    let mut table = String::from("| What | Measured | Bar | Holds |\n|---|---|---|---|\n");
    for figure in figures {
        let Figure { what, value, bar, unit } = figure;
        let verdict = if figure.holds() { "yes" } else { "no" };
        table.push_str(&format!("| {what} | {value:.1} {unit} | at most {bar} {unit} | {verdict} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_bar_is_said() {
        let figures = [
            Figure::bytes("size", 15_950_000, 16),
            Figure::milliseconds("start", Duration::from_millis(51), 50),
        ];
        let rows = "| size | 15.9 MB | at most 16 MB | yes |\n| start | 51.0 ms | at most 50 ms | no |\n";
        assert!(table(&figures).ends_with(rows), "{}", table(&figures));
    }
}
