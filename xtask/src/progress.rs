//! What is going on, for a person who waits: one line per step with its time, and a line that ticks on a terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::error::Error;

/// How long a thing may take before it deserves a ticking line.
const QUIET: Duration = Duration::from_secs(2);

/// Runs `work` as a named step: announces it, and says how long it took and how it ended.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    eprintln!("== {name}");
    let started = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("== {name}: {verdict} in {}", elapsed(started));
    result
}

/// Time since `started`, as a person says it.
pub(crate) fn elapsed(started: Instant) -> String {
    human(started.elapsed())
}

fn human(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds}.{} s", duration.subsec_millis() / 100),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// A line that shows the seconds go by while something runs silently. Writes nothing when stderr is no terminal.
#[derive(Debug)]
pub(crate) struct Ticker {
    label: String,
    started: Instant,
    shown_seconds: u64,
    on_terminal: bool,
}

impl Ticker {
    /// Starts counting; nothing is shown for the first two seconds.
    pub(crate) fn start(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            started: Instant::now(),
            shown_seconds: 0,
            on_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Call it often; it draws once a second.
    pub(crate) fn tick(&mut self) {
        let seconds = self.started.elapsed().as_secs();
        if self.on_terminal && self.started.elapsed() > QUIET && seconds != self.shown_seconds {
            self.shown_seconds = seconds;
            eprint!("\r   {} … {}\x1b[K", self.label, elapsed(self.started));
            flush();
        }
    }

    /// Changes what the line says, from the next tick on.
    pub(crate) fn relabel(&mut self, label: String) {
        self.label = label;
    }

    /// Wipes the line, so that another may be printed in its place.
    pub(crate) fn clear(&mut self) {
        if self.shown_seconds > 0 {
            self.shown_seconds = 0;
            eprint!("\r\x1b[K");
            flush();
        }
    }

    /// Wipes the line and, for something that took long, says how long.
    pub(crate) fn finish(mut self) {
        self.clear();
        if self.started.elapsed() > QUIET {
            eprintln!("   {}: {}", self.label, elapsed(self.started));
        }
    }
}

/// A terminal that is gone is no reason to fail.
fn flush() {
    let _ = std::io::stderr().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(human(Duration::from_millis(1_290)), "1.2 s");
        assert_eq!(human(Duration::from_secs(125)), "2 min 05 s");
    }
}
