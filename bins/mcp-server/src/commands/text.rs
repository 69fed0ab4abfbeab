//! What commands write for the person at the terminal: tables, points in time, JSON.

use std::io::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::exit::Failure;

/// A minute in UTC, such as `2026-11-26 18:30 UTC`.
#[must_use]
pub fn minute(seconds: u64) -> String {
    timestamp(seconds).map_or_else(|| "?".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// A second in the form of RFC 3339.
#[must_use]
pub fn rfc3339(seconds: u64) -> Option<String> {
    timestamp(seconds).map(|time| time.to_string())
}

fn timestamp(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

/// `1 connection`, `2 connections`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Columns as wide as they need to be, two spaces apart. Nothing in a cell steers the terminal, whoever wrote it.
#[must_use]
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let plain = |cell: &String| cell.replace(char::is_control, "\u{fffd}");
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(plain)).collect();
    let mut widths = head.map(|cell| cell.chars().count());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    let rows = rows.iter().map(|row| line(std::array::from_fn(|column| row[column].as_str())));
    std::iter::once(line(head)).chain(rows).collect()
}

/// Writes a command's result.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written =
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    match written {
        // `| head` has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::Other(format!("cannot write the result: {error}"))),
    }
}

/// Writes a command's result for a program.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::Other(format!("cannot write the result: {error}")))?;
    print(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows = [["Zoë".to_owned(), "b".to_owned()], ["a".to_owned(), "long".to_owned()]];
        assert_eq!(table(["X", "HEAD"], &rows), "X    HEAD\nZoë  b\na    long\n");
        let rows = [["\u{1b}[2Jx\n".to_owned(), String::new()]];
        assert_eq!(table(["X", "HEAD"], &rows), "X       HEAD\n\u{fffd}[2Jx\u{fffd}\n");
    }

    #[test]
    fn times() {
        assert_eq!(minute(1_795_000_000), "2026-11-18 11:06 UTC");
        assert_eq!(rfc3339(1_795_000_000).as_deref(), Some("2026-11-18T11:06:40Z"));
        assert_eq!((minute(u64::MAX).as_str(), rfc3339(u64::MAX)), ("?", None));
    }
}
