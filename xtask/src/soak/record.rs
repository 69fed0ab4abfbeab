//! What the load printed: lines of `crates/mcp-protocol/examples/soak_load/main.rs`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What the server held at a moment.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Held {
    pub(super) resident: u64,
    pub(super) heap: u64,
    pub(super) descriptors: u64,
    pub(super) open_streams: u64,
    pub(super) running: u64,
}

/// One line.
#[derive(Debug, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    Fresh { held: Held },
    Connected { held: Held },
    Opened { kind: Kind, streams: u32, held: Held },
    Second { second: u64, sent: u64, ended: u64, failed: u64, held: Held },
    Closed { held: Held },
    Reopened { held: Held },
    End(Box<Summary>),
}

/// How a stream is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Listen,
    Session,
    Sessionless,
    HttpSse,
}

/// The whole run.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Summary {
    pub(super) held: Held,
    /// In seconds: from the first call to the last answer.
    pub(super) took: f64,
    /// The server's processor time in it, in seconds.
    pub(super) processor: f64,
    pub(super) calls: Calls,
    pub(super) rounds: Rounds,
    pub(super) burst: Burst,
    pub(super) churned: u64,
    pub(super) complaints: u64,
    pub(super) texts: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Calls {
    pub(super) sent: u64,
    pub(super) answered: u64,
    /// Given up on purpose.
    pub(super) given_up: u64,
    pub(super) kinds: BTreeMap<String, u64>,
    pub(super) time: Spread,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Rounds {
    pub(super) rounds: u64,
    pub(super) told: u64,
    pub(super) lost: u64,
    pub(super) twice: u64,
    pub(super) delay: Spread,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Burst {
    pub(super) announced: u64,
    pub(super) untold: u64,
    pub(super) fewest: u64,
    pub(super) most: u64,
}

/// Of many times, in milliseconds.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) p99: f64,
    pub(super) longest: f64,
}

/// Everything, in order.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Nothing is open.
    pub(super) fresh: Held,
    /// No stream is open.
    pub(super) connected: Held,
    /// Streams of each kind, and what the server held once they were open, too.
    pub(super) opened: Vec<(Kind, u32, Held)>,
    /// A second each.
    pub(super) seconds: Vec<Held>,
    pub(super) closed: Held,
    pub(super) reopened: Held,
    pub(super) end: Option<Summary>,
}

impl Record {
    /// Takes a line, and says what is going on.
    pub(super) fn add(&mut self, line: Line) -> String {
        match line {
            Line::Fresh { held } => {
                self.fresh = held;
                "opening streams".to_owned()
            }
            Line::Connected { held } => {
                self.connected = held;
                "opening streams".to_owned()
            }
            Line::Opened { kind, streams, held } => {
                self.opened.push((kind, streams, held));
                format!("{} streams are open", held.open_streams)
            }
            Line::Second { second, sent, ended, failed, held } => {
                self.seconds.push(held);
                let under_way = sent.saturating_sub(ended + failed);
                let megabytes = held.resident / 1_000_000;
                format!(
                    "second {second}, {ended} calls, {failed} failed, {under_way} under way, {} streams, {megabytes} MB",
                    held.open_streams
                )
            }
            Line::Closed { held } => {
                self.closed = held;
                "opening the streams once more".to_owned()
            }
            Line::Reopened { held } => {
                self.reopened = held;
                "closing the streams".to_owned()
            }
            Line::End(summary) => {
                self.end = Some(*summary);
                "done".to_owned()
            }
        }
    }

    /// What was wrong, in the load's words: the first of it.
    pub(super) fn complaints(&self) -> impl Iterator<Item = &String> {
        self.end.iter().flat_map(|end| &end.texts)
    }
}
