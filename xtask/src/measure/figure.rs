//! The measured figures as a table, and its place in `docs/performance.md`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process;

const BEGIN: &str = "<!-- measure: begin (written by `cargo xtask measure --write`) -->";
const END: &str = "<!-- measure: end -->";

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

/// Which machine and compiler the figures are of, in one line.
pub(super) fn conditions() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = process::output(Command::new("rustc").arg("--version")).unwrap_or_default();
    format!("{model}, {cores} cores; {}. MB are 10^6 bytes.", compiler.trim())
}

/// Puts the table between the marks of `path`; a page that does not exist yet is begun.
pub(super) fn write(path: &Path, table: &str) -> Result<(), Error> {
    let page = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            format!("# Performance\n\n{BEGIN}\n{END}\n")
        }
        page => page.map_err(Error::file(path))?,
    };
    let page = between_marks(&page, table).ok_or_else(|| {
        Error::content(path, &format!("add the lines `{BEGIN}` and `{END}` where the table belongs"))
    })?;
    std::fs::write(path, page).map_err(Error::file(path))
}

fn between_marks(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}{END}{after}"))
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

    #[test]
    fn the_table_replaces_the_old_one() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        assert_eq!(between_marks(&page, "new\n").unwrap(), format!("a\n{BEGIN}\nnew\n{END}\nb\n"));
        assert_eq!(between_marks("a\n", "new\n"), None);
    }
}
