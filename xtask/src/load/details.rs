//! What has no bar: how long each kind of request took and what it cost.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::log::Log;
use super::overload::{self, Class};
use super::record::{Record, Sample};
use super::steady::PHASE;
use crate::error::Error;
use crate::numbers::{float, mean, quantile};

/// The kinds of requests of a day.
pub(super) fn of_day(record: &Record, log: &Log) -> String {
    let mut kinds: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for sample in record.samples(PHASE) {
        kinds.entry(&sample.kind).or_default().push(sample);
    }
    let mut text = String::from(
        "\n| A day's requests | Number | Median, ms | p99, ms | Besides the API, median, ms | p99, ms | Bytes of the answer |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (kind, samples) in &kinds {
        row(&mut text, &format!("`{kind}`"), samples, log);
    }
    let all: Vec<_> = kinds.into_values().flatten().collect();
    row(&mut text, "all", &all, log);
    let handled = if log.tells_upstream() {
        format!("{} ms", digits(quantile(all.iter().filter_map(|sample| own(log, sample)), 0.99)))
    } else {
        "-".to_owned()
    };
    let last = record.seconds.last().cloned().unwrap_or_default();
    let (fresh, listening) = (record.moment("fresh"), record.moment("listening"));
    let took = float(record.seconds.len().saturating_sub(1).max(1) as u64);
    let first = record.seconds.first().map_or(0.0, |second| second.held.processor);
    let mb = |bytes: u64| format!("{:.0} MB", float(bytes) / 1e6);
    text.push_str("\n| Besides | |\n|---|---|\n");
    for (what, figure) in [
        ("users, of which hold a stream open", format!("{}, {}", listening.users, listening.streams)),
        ("requests a second", format!("{:.0}", float(all.len() as u64) / took)),
        ("given up on purpose", last.abandoned.to_string()),
        ("in the server alone, without the API and the way there, p99", handled),
        ("the server's share of a core", format!("{:.0}%", 100.0 * (last.held.processor - first) / took)),
        ("memory before the users, with all, at the end", {
            [fresh.held, listening.held, last.held].map(|held| mb(held.resident)).join(", ")
        }),
    ] {
        let _ = writeln!(text, "| {what} | {figure} |");
    }
    text
}

/// What each class of requests met.
pub(super) fn of_overload(record: &Record) -> Result<String, Error> {
    let capacity = overload::capacity(record)?;
    let mut text = format!(
        "\n{} reads at once, which take {:.0} ms each, are {:.0} a second; offered were half of that, three times as much, and half again.\n\n\
         | In the overload | Offered | Refused |\n|---|---:|---:|\n",
        capacity.limit, capacity.latency_ms, capacity.capacity
    );
    // Writing to a text cannot fail.
    for class in Class::ALL {
        let (all, refused) = overload::refused(record, "overload", class);
        let _ = writeln!(text, "| {} | {all} | {refused:.1}% |", class.name());
    }
    text.push_str("\n| Reads that were let in | Median, ms | p99, ms |\n|---|---:|---:|\n");
    for phase in overload::PHASES {
        let [median, p99] = [0.5, 0.99].map(|share| quantile(overload::let_in(record, phase), share));
        let _ = writeln!(text, "| {phase} | {median:.1} | {p99:.1} |");
    }
    Ok(text)
}

/// What each kind of request costs the store.
pub(super) fn of_costs(record: &Record) -> String {
    let mut text = String::from(
        "\n| With a Redis store | Commands | Of them scripts | Bytes to it | Its processor time, µs |\n\
         |---|---:|---:|---:|---:|\n",
    );
    let rows = record.costs.iter().map(|(kind, cost)| (format!("`{kind}`"), record.each(cost)));
    let idle = record.idle.map(|idle| ("an instance, each second".to_owned(), idle.each_second()));
    for (what, [commands, scripts, bytes, processor]) in rows.chain(idle) {
        let microseconds = processor * 1e6;
        let _ = writeln!(text, "| {what} | {commands:.1} | {scripts:.1} | {bytes:.0} | {microseconds:.0} |");
    }
    text
}

fn row(text: &mut String, name: &str, samples: &[&Sample], log: &Log) {
    let took = |share| quantile(samples.iter().map(|sample| sample.ms), share);
    let own = |share| quantile(samples.iter().filter_map(|sample| log.overhead(sample)), share);
    let bytes = mean(samples.iter().map(|sample| float(sample.bytes)));
    let _ = writeln!(
        text,
        "| {name} | {} | {} | {} | {} | {} | {bytes:.0} |",
        samples.len(),
        digits(took(0.5)),
        digits(took(0.99)),
        digits(own(0.5)),
        digits(own(0.99)),
    );
}

/// The time in the server without the API.
fn own(log: &Log, sample: &Sample) -> Option<f64> {
    log.overhead(sample)?;
    let entry = log.entry(sample)?;
    Some(entry.ms - entry.upstream_ms.unwrap_or_default())
}

/// What is not known is a dash.
fn digits(value: f64) -> String {
    if value.is_finite() { format!("{value:.1}") } else { "-".to_owned() }
}
