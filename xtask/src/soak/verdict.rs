//! What was recorded, held against what has to be.

use std::fmt::Write as _;

use super::Args;
use super::record::{Held, Kind, Record, Spread, Summary};
use crate::error::Error;
use crate::figure::Figure;
use crate::numbers::grouped;

/// Bytes of resident memory that an open idle stream may take (10^3 bytes to the kB).
const STREAM_BAR: f64 = 16.0;
/// How late the last answer may be: a load that cannot keep the pace falls behind without end.
const LATEST: f64 = 2.0;

/// MB that may stay with the server of as many streams as it held, opened and closed once more after everything had its
/// place: 50 bytes of a stream, where 20 kB are given out for it.
const KEPT: f64 = 0.5;

/// The figures, each with its bar.
///
/// Memory is flat when the median of the run's last third is hardly above that of its second: a leak grows as long as
/// calls are made, so it grows by a third of the run between the two, while what fills up once (queues, the logs of
/// calls that may be resumed, which are kept for two minutes, the allocator's own) does so in the first third or slows
/// down. Medians, because a moment's queue is no growth. What the allocator has given out is exact and is held to
/// 1% + 2 MB; what is resident comes in pages, holes included, and is held to 2% + 4 MB. At a thousand calls a second
/// for three minutes that finds a leak of a hundred bytes a call. A run of one or two minutes at that pace ends while
/// the logs still fill, and says so.
pub(super) fn figures(record: &Record, args: &Args) -> Result<Vec<Figure>, Error> {
    let end = end(record)?;
    let Summary { calls, rounds, burst, .. } = end;
    let unanswered = calls.sent - (calls.answered + calls.given_up);
    let late = end.took - f64::from(args.seconds);
    let count = |what: &str, count| Figure::none(what, count);
    let [rate, seconds] = [args.rate, args.seconds].map(u64::from);
    Ok(vec![
        count(
            &format!("of {} calls, not made", grouped(rate * seconds)),
            (rate * seconds).saturating_sub(calls.sent),
        ),
        count("not answered, or answered wrongly", unanswered),
        Figure::at_most("the last answer after the last second", late, LATEST, "s"),
        count(
            &format!(
                "of {} rounds of list-changed to {} streams, not told",
                rounds.rounds,
                grouped(args.streams)
            ),
            rounds.lost,
        ),
        count("told more than once", rounds.twice),
        count("streams told nothing of a burst", burst.untold),
        count("anything else that was wrong", end.complaints),
        growth("resident memory", record, |held| held.resident, 0.02, 4e6),
        growth("memory given out by the allocator", record, |held| held.heap, 0.01, 2e6),
        Figure::at_most("resident memory of an open idle stream", idle(record) / 1e3, STREAM_BAR, "kB"),
        Figure::at_most(
            "memory not given back by as many streams, opened and closed once more",
            (float(end.held.heap) - float(record.closed.heap)) / 1e6,
            KEPT,
            "MB",
        ),
        count(
            "streams left open, and calls left running",
            left(record, |held| held.open_streams + held.running),
        ),
        count("files left open", left(record, |held| held.descriptors)),
    ])
}

/// What has no bar: where the memory goes, how long things took.
pub(super) fn details(record: &Record) -> Result<String, Error> {
    let end = end(record)?;
    let Summary { calls, rounds, burst, .. } = end;
    let mut text = String::from(
        "| An open idle stream | Streams | Resident, kB | Given out, kB |\n|---|---:|---:|---:|\n",
    );
    let mut before = record.connected;
    // Writing to a text cannot fail.
    for (kind, streams, held) in &record.opened {
        let each = |of: fn(&Held) -> u64| {
            (float(of(held)) - float(of(&before))) / f64::from((*streams).max(1)) / 1e3
        };
        let [resident, given_out] = [each(|held| held.resident), each(|held| held.heap)];
        let (name, streams) = (name(*kind), grouped(*streams));
        let _ = writeln!(text, "| {name} | {streams} | {resident:.1} | {given_out:.1} |");
        before = *held;
    }
    text.push_str("\n| Call | Ended as it should |\n|---|---:|\n");
    for (kind, count) in &calls.kinds {
        let _ = writeln!(text, "| {kind} | {} |", grouped(*count));
    }
    let memory = |held: &Held| {
        let [resident, given_out] = [held.resident, held.heap].map(|bytes| float(bytes) / 1e6);
        format!("{resident:.0} MB resident, {given_out:.1} MB given out")
    };
    let spread = |Spread { median, p99, longest }: &Spread| {
        format!("{median:.1} ms (median), {p99:.0} ms (p99), {longest:.0} ms (longest)")
    };
    let took = end.took.max(f64::EPSILON);
    let burst = format!("{} times; told {} to {} times", grouped(burst.announced), burst.fewest, burst.most);
    text.push_str("\n| Besides | |\n|---|---|\n");
    for (what, figure) in [
        ("calls a second", format!("{:.0}", float(calls.answered + calls.given_up) / took)),
        ("a call, from when it was due to its answer", spread(&calls.time)),
        ("calls that were given up on purpose", grouped(calls.given_up)),
        ("a change, from its announcement to a stream's client", spread(&rounds.delay)),
        ("times that a stream was told", grouped(rounds.told)),
        ("a list announced in a burst", burst),
        ("streams closed and opened again meanwhile", grouped(end.churned)),
        ("the server's share of a core", format!("{:.0}%", 100.0 * end.processor / took)),
        ("memory before any stream", memory(&record.connected)),
        ("memory at the end of the run", record.seconds.last().map(memory).unwrap_or_default()),
        ("memory, all streams closed", memory(&record.closed)),
        ("memory, as many open once more", memory(&record.reopened)),
        ("memory, all closed again", memory(&end.held)),
    ] {
        let _ = writeln!(text, "| {what} | {figure} |");
    }
    Ok(text)
}

fn end(record: &Record) -> Result<&Summary, Error> {
    record.end.as_ref().ok_or_else(|| Error::Check("the load ended without a summary".to_owned()))
}

fn growth(what: &str, record: &Record, of: fn(&Held) -> u64, share: f64, base: f64) -> Figure {
    let seconds = &record.seconds;
    let third = seconds.len() / 3;
    let median = |part: &[Held]| {
        let mut values: Vec<_> = part.iter().map(of).collect();
        values.sort_unstable();
        float(values.get(values.len() / 2).copied().unwrap_or_default())
    };
    let (middle, last) = (median(&seconds[third..2 * third]), median(&seconds[2 * third..]));
    let what = format!("growth of {what}");
    Figure::at_most(what, (last - middle) / 1e6, (middle * share + base) / 1e6, "MB")
}

/// Resident bytes for each stream, of all kinds together.
fn idle(record: &Record) -> f64 {
    let Some((_, _, held)) = record.opened.last() else { return f64::INFINITY };
    (float(held.resident) - float(record.connected.resident)) / float(held.open_streams.max(1))
}

/// More at the end than at the beginning.
fn left(record: &Record, of: fn(&Held) -> u64) -> u64 {
    record.end.as_ref().map_or(u64::MAX, |end| of(&end.held).saturating_sub(of(&record.fresh)))
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Listen => "`subscriptions/listen`",
        Kind::Session => "GET of a session",
        Kind::Sessionless => "GET without a session",
        Kind::HttpSse => "HTTP+SSE",
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::super::record::Line;
    use super::*;

    const ARGS: Args = Args { streams: 200, rate: 10, seconds: 30, write: false };

    /// What the load would print, with this growth of both kinds of memory in bytes a second.
    fn record(leak: u64, change: impl Fn(&mut Summary)) -> Record {
        let held = |streams, memory| Held {
            resident: 10_000_000 + memory,
            heap: memory,
            descriptors: 13 + streams,
            open_streams: streams,
            running: 0,
        };
        let mut record = Record::default();
        record.add(Line::Fresh { held: held(0, 0) });
        record.add(Line::Connected { held: held(0, 0) });
        record.add(Line::Opened { kind: Kind::Listen, streams: 200, held: held(200, 3_000_000) });
        for second in 0..30 {
            let held = held(200, 3_000_000 + leak * second);
            record.add(Line::Second { second, sent: 10 * second, ended: 10 * second, failed: 0, held });
        }
        let mut end = Summary { took: 30.1, held: held(0, 0), ..Summary::default() };
        (end.calls.sent, end.calls.answered, end.calls.given_up) = (300, 280, 20);
        change(&mut end);
        record.add(Line::End(Box::new(end)));
        record
    }

    fn missed(record: &Record) -> String {
        match crate::figure::judge(&figures(record, &ARGS).unwrap()) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_run_without_faults_passes() {
        assert_eq!(missed(&record(0, |_| {})), "");
        assert!(
            details(&record(0, |_| {})).unwrap().contains("| `subscriptions/listen` | 200 | 15.0 | 15.0 |")
        );
    }

    #[test]
    fn every_fault_is_found() {
        let fault = |change: fn(&mut Summary)| missed(&record(0, change));
        assert!(fault(|end| end.calls.answered -= 1).contains("not answered, or answered wrongly"));
        assert!(fault(|end| (end.calls.sent, end.calls.answered) = (299, 279)).contains("not made"));
        assert!(fault(|end| end.took = 32.5).contains("the last answer"));
        assert!(fault(|end| end.rounds.lost = 1).contains("not told"));
        assert!(fault(|end| end.rounds.twice = 1).contains("told more than once"));
        assert!(fault(|end| end.burst.untold = 1).contains("a burst"));
        assert!(fault(|end| end.complaints = 1).contains("anything else"));
        assert!(fault(|end| end.held.open_streams = 1).contains("streams left open"));
        assert!(fault(|end| end.held.running = 1).contains("streams left open"));
        assert!(fault(|end| end.held.descriptors += 1).contains("files left open"));
        assert!(fault(|end| end.held.heap += 600_000).contains("memory not given back"));
        let broken_off = Record { end: None, ..record(0, |_| {}) };
        assert!(figures(&broken_off, &ARGS).is_err());
    }

    #[test]
    fn a_leak_is_found_and_filling_up_is_none() {
        let missed = |leak| missed(&record(leak, |_| {}));
        assert_eq!(missed(150_000), "");
        assert_eq!(missed(300_000), "bars missed: growth of memory given out by the allocator");
        assert!(missed(600_000).contains("growth of resident memory"));
    }

    #[test]
    fn a_heavy_stream_is_found() {
        let mut record = record(0, |_| {});
        record.opened[0].2.resident += 300_000;
        assert_eq!(missed(&record), "bars missed: resident memory of an open idle stream");
    }
}
