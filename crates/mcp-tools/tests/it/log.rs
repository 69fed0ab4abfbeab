//! Everything that the tests log, to look for what must not be there.

use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

struct Log;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static INSTALLED: Once = Once::new();

/// Collects what is logged from now on. Globally, because interest in an event is cached for all threads.
pub(crate) fn install() {
    INSTALLED.call_once(|| tracing::subscriber::set_global_default(Log).expect("the only subscriber"));
}

/// Every event and span so far, as text.
pub(crate) fn lines() -> Vec<String> {
    LINES.lock().expect("not poisoned").clone()
}

fn push(line: Line) {
    LINES.lock().expect("not poisoned").push(line.0);
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line(span.metadata().target().to_owned());
        span.record(&mut line);
        push(line);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        push(line);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}
