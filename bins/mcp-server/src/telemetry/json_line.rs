//! Log lines as JSON: time, level, the event's fields, target.
//!
//! Written by hand into one buffer, because every request has a line: through the subscriber's own formatter, which sends
//! each piece of it through three layers of text writers, it was a tenth of all that a request costs.

use std::cell::Cell;
use std::fmt;
use std::io::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use state_store::{Clock as _, SystemClock};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// What most lines fit into, in bytes.
const ROOM: usize = 512;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct JsonLine;

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Vec::with_capacity(ROOM);
        line.extend_from_slice(b"{\"timestamp\":\"");
        put_time(&mut line, SystemClock.since_epoch());
        line.extend_from_slice(b"\",\"level\":\"");
        line.extend_from_slice(event.metadata().level().as_str().as_bytes());
        line.push(b'"');
        let mut members = Members(&mut line);
        event.record(&mut members);
        members.text("target", event.metadata().target());
        line.extend_from_slice(b"}\n");
        writer.write_str(std::str::from_utf8(&line).map_err(|_| fmt::Error)?)
    }
}

/// The members of an object, each with a comma before it.
struct Members<'a>(&'a mut Vec<u8>);

impl Members<'_> {
    /// A name as the source has it, which has nothing to escape.
    fn name(&mut self, name: &str) {
        self.0.extend_from_slice(b",\"");
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        // Writing a text to memory cannot fail.
        let _ = serde_json::to_writer(&mut *self.0, text);
    }

    fn plain(&mut self, name: &str, value: impl fmt::Display) {
        self.name(name);
        let _ = write!(self.0, "{value}");
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.name(field.name());
        // What is no number in JSON is null.
        let _ = serde_json::to_writer(&mut *self.0, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }
}

/// `2026-07-28T09:30:00.000001Z`.
fn put_time(line: &mut Vec<u8>, now: Duration) {
    thread_local! {
        /// The last second that a line was written in, and how it is written: lines come many to a second.
        static SECOND: Cell<(u64, [u8; 19])> = const { Cell::new((u64::MAX, [b'0'; 19])) };
    }
    let second = SECOND.with(|last| {
        let (second, text) = last.get();
        if second == now.as_secs() {
            return text;
        }
        let text = written(now.as_secs());
        last.set((now.as_secs(), text));
        text
    });
    line.extend_from_slice(&second);
    let mut fraction = *b".000000Z";
    let mut micros = now.subsec_micros();
    for digit in fraction[1..7].iter_mut().rev() {
        *digit += (micros % 10) as u8;
        micros /= 10;
    }
    line.extend_from_slice(&fraction);
}

/// `2026-07-28T09:30:00`. Beyond what a calendar holds, the beginning of time.
fn written(second: u64) -> [u8; 19] {
    let at = i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok());
    let text = at.unwrap_or_default().to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    text.as_bytes().try_into().unwrap_or(*b"1970-01-01T00:00:00")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn every_kind_of_field_is_json() {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt().with_writer(lines.clone()).event_format(JsonLine).finish();
        tracing::subscriber::with_default(subscriber, || {
            let error: &(dyn std::error::Error + 'static) = &io::Error::other("no \"disk\"\n");
            tracing::info!(
                target: "mcp_server::request",
                text = "a\"b\\c\u{1}é",
                number = 7_u64,
                negative = -7,
                yes = true,
                half = 0.5,
                nan = f64::NAN,
                shown = %"x\ty",
                debug = ?Some(1),
                error,
                nothing = None::<u64>,
                "said {}",
                "so"
            );
            tracing::warn!("alone");
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let mut lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &mut lines {
            let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
            let time: Timestamp = time.as_str().unwrap().parse().unwrap();
            assert!(SystemClock.since_epoch().as_secs().abs_diff(time.as_second().unsigned_abs()) < 60);
        }
        assert_eq!(
            lines,
            [
                json!({
                    "level": "INFO", "text": "a\"b\\c\u{1}é", "number": 7, "negative": -7, "yes": true, "half": 0.5,
                    "nan": null, "shown": "x\ty", "debug": "Some(1)", "error": "no \"disk\"\n", "message": "said so",
                    "target": "mcp_server::request",
                }),
                json!({ "level": "WARN", "message": "alone", "target": module_path!() }),
            ]
        );
    }

    #[test]
    fn times_are_whole() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1_785_231_000_007, "2026-07-28T09:30:00.007000Z"),
            (1_785_231_000_999, "2026-07-28T09:30:00.999000Z"),
            (1_785_231_001_000, "2026-07-28T09:30:01.000000Z"),
        ] {
            let mut line = Vec::new();
            put_time(&mut line, Duration::from_millis(millis));
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
