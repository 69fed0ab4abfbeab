//! What the load printed: lines of `bins/mcp-server/examples/load/main.rs`, each with what the server held when it came.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::deployment::Held;
use crate::numbers::float;

/// One line.
#[derive(Debug, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub(super) enum Line {
    Moment {
        moment: String,
        users: u32,
        streams: u32,
    },
    Second {
        phase: String,
        second: u64,
        answered: u64,
        refused: u64,
        abandoned: u64,
        wrong: u64,
        samples: Vec<Sample>,
    },
    Capacity {
        limit: u64,
        latency_ms: f64,
        capacity: f64,
    },
    Cost {
        kind: Option<String>,
        login: bool,
        requests: u64,
        seconds: f64,
        counts: Counts,
    },
    End {
        stream_bytes: u64,
        stream_seconds: f64,
        words: Vec<String>,
    },
}

/// One request.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Sample {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) ms: f64,
    pub(super) bytes: u64,
    pub(super) status: u16,
}

impl Sample {
    /// Whether it was turned away.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.status, 429 | 503)
    }
}

/// A moment before the day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moment {
    pub(super) users: u32,
    pub(super) streams: u32,
    pub(super) held: Held,
}

/// A second, with what became of requests up to it, and those that ended in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Second {
    pub(super) phase: String,
    pub(super) second: u64,
    pub(super) abandoned: u64,
    pub(super) wrong: u64,
    pub(super) samples: Vec<Sample>,
    pub(super) held: Held,
}

/// What the overloaded server admits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Capacity {
    pub(super) limit: u64,
    pub(super) latency_ms: f64,
    /// In a second.
    pub(super) capacity: f64,
}

/// What the store counted.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Counts {
    pub(super) commands: u64,
    pub(super) scripts: u64,
    pub(super) bytes: u64,
    /// Processor time, in seconds.
    pub(super) processor: f64,
}

impl Counts {
    fn all(self) -> [f64; 4] {
        let [commands, scripts, bytes] = [self.commands, self.scripts, self.bytes].map(float);
        [commands, scripts, bytes, self.processor]
    }
}

/// What so many requests cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) requests: u64,
    pub(super) seconds: f64,
    pub(super) counts: Counts,
}

impl Cost {
    /// Commands, scripts, bytes and processor time of a second.
    pub(super) fn each_second(&self) -> [f64; 4] {
        self.counts.all().map(|count| count / self.seconds.max(f64::EPSILON))
    }
}

/// Everything, in order.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) moments: BTreeMap<String, Moment>,
    pub(super) seconds: Vec<Second>,
    pub(super) capacity: Option<Capacity>,
    /// Of each kind of request.
    pub(super) costs: Vec<(String, Cost)>,
    /// Of an instance that nobody asks anything.
    pub(super) idle: Option<Cost>,
    /// Of what came over the open streams, and how long they were open, all together.
    pub(super) stream_bytes: u64,
    pub(super) stream_seconds: f64,
    /// What was wrong, in the load's words: the first of it.
    pub(super) words: Vec<String>,
}

/// What a login is called among the costs.
pub(super) const LOGIN: &str = "login";

impl Record {
    /// Takes a line, and says what is going on.
    pub(super) fn add(&mut self, line: Line, held: Held) -> String {
        match line {
            Line::Moment { moment, users, streams } => {
                let said = format!("{users} users, {streams} streams, {} MB", held.resident / 1_000_000);
                self.moments.insert(moment, Moment { users, streams, held });
                said
            }
            Line::Second { phase, second, answered, refused, abandoned, wrong, samples } => {
                let said = format!(
                    "{phase}, second {second}: {answered} answered, {refused} refused, {wrong} wrong, {} MB",
                    held.resident / 1_000_000
                );
                self.seconds.push(Second { phase, second, abandoned, wrong, samples, held });
                said
            }
            Line::Capacity { limit, latency_ms, capacity } => {
                self.capacity = Some(Capacity { limit, latency_ms, capacity });
                format!("{limit} at once of {latency_ms:.0} ms are {capacity:.0} a second")
            }
            Line::Cost { kind, login, requests, seconds, counts } => {
                let cost = Cost { requests, seconds, counts };
                let name = if login { Some(LOGIN.to_owned()) } else { kind };
                let said = format!("costs of {}", name.as_deref().unwrap_or("an idle instance"));
                match name {
                    Some(name) => self.costs.push((name, cost)),
                    None => self.idle = Some(cost),
                }
                said
            }
            Line::End { stream_bytes, stream_seconds, words } => {
                (self.stream_bytes, self.stream_seconds, self.words) = (stream_bytes, stream_seconds, words);
                "done".to_owned()
            }
        }
    }

    /// How much was wrong. Without a last second, nothing is known, and that is wrong.
    pub(super) fn wrong(&self) -> u64 {
        self.seconds.last().map_or(1, |last| last.wrong)
    }

    /// Commands, scripts, bytes and processor time of each of these requests, without what the instance did by itself meanwhile.
    pub(super) fn each(&self, cost: &Cost) -> [f64; 4] {
        let idle = self.idle.map_or([0.0; 4], |idle| idle.each_second());
        let requests = float(cost.requests.max(1));
        let mut each = cost.counts.all();
        for (count, idle) in each.iter_mut().zip(idle) {
            *count = (*count - idle * cost.seconds).max(0.0) / requests;
        }
        each
    }

    /// All requests of a phase.
    pub(super) fn samples<'a>(&'a self, phase: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.seconds.iter().filter(move |second| second.phase == phase).flat_map(|second| &second.samples)
    }

    /// A moment; the empty one where it did not come.
    pub(super) fn moment(&self, name: &str) -> Moment {
        self.moments.get(name).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_instance_does_by_itself_is_no_request() {
        let cost = |requests, seconds, commands| Cost {
            requests,
            seconds,
            counts: Counts { commands, scripts: 0, bytes: 100 * commands, processor: 0.0 },
        };
        let record = Record { idle: Some(cost(0, 20.0, 20)), ..Record::default() };
        let each = record.each(&cost(10, 5.0, 35));
        assert!(
            each.iter().zip([3.0, 0.0, 300.0, 0.0]).all(|(one, other)| (one - other).abs() < 1e-9),
            "{each:?}"
        );
        assert!(record.each(&cost(10, 5.0, 3))[0].abs() < 1e-9, "never less than nothing");
    }
}
