//! The server's log: how long each request took there, and how much of it was waiting for the API.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde::Deserialize;

use super::record::Sample;
use crate::error::Error;

/// Requests whose line does not say what they waited for, though they wait: the key is checked at the API.
const UNSAID: [&str; 1] = ["consent"];

/// What the log says of a request.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Entry {
    /// In the server.
    pub(super) ms: f64,
    /// Of that, waiting for the API. Absent where it is never waited for.
    pub(super) upstream_ms: Option<f64>,
}

/// All requests by their ids.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: HashMap<String, Entry>,
    /// Whether it says anything of the API.
    tells_upstream: bool,
}

#[derive(Deserialize)]
struct Line {
    request_id: String,
    message: String,
    #[serde(flatten)]
    entry: Entry,
}

impl Log {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let file = std::fs::File::open(path).map_err(Error::file(path))?;
        let mut log = Self::default();
        for line in BufReader::new(file).lines() {
            log.add(&line.map_err(Error::file(path))?);
        }
        Ok(log)
    }

    /// Takes a line; whatever is no request's is passed over.
    pub(super) fn add(&mut self, line: &str) {
        let Ok(Line { request_id, message, entry }) = serde_json::from_str(line) else { return };
        if message == "request" {
            self.tells_upstream |= entry.upstream_ms.is_some();
            self.entries.insert(request_id, entry);
        }
    }

    /// Whether the time at the API is known; else only the time outside of the server is.
    pub(super) fn tells_upstream(&self) -> bool {
        self.tells_upstream
    }

    pub(super) fn entry(&self, sample: &Sample) -> Option<Entry> {
        self.entries.get(&sample.id).copied()
    }

    /// What a request took beside waiting for the API, as its client saw it, in milliseconds. `None`: the log does not say.
    /// A server that does not log the API at all is taken out as a whole: what is left is the way to it and back.
    pub(super) fn overhead(&self, sample: &Sample) -> Option<f64> {
        let entry = self.entry(sample)?;
        if UNSAID.contains(&sample.kind.as_str()) && entry.upstream_ms.is_none() {
            return None;
        }
        let elsewhere = if self.tells_upstream { entry.upstream_ms.unwrap_or(0.0) } else { entry.ms };
        Some((sample.ms - elsewhere).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(kind: &str, id: &str, ms: f64) -> Sample {
        Sample { kind: kind.to_owned(), id: id.to_owned(), ms, bytes: 1, status: 200 }
    }

    #[test]
    fn what_was_waited_for_is_taken_off() {
        let mut log = Log::default();
        for line in [
            "not JSON",
            r#"{"message":"listening","request_id":"a-1","ms":1}"#,
            r#"{"message":"request","request_id":"a-2","ms":57.25,"upstream_ms":52.5,"route":"/mcp"}"#,
            r#"{"message":"request","request_id":"a-3","ms":3}"#,
            r#"{"message":"request","request_id":"a-4","ms":60}"#,
        ] {
            log.add(line);
        }
        assert_eq!(log.overhead(&sample("list-calls", "a-2", 58.5)), Some(6.0));
        assert_eq!(log.overhead(&sample("refresh", "a-3", 3.5)), Some(3.5), "nothing was waited for");
        assert_eq!(log.overhead(&sample("consent", "a-4", 60.5)), None, "the key is checked at the API");
        assert_eq!(log.overhead(&sample("list-calls", "a-1", 2.0)), None);
        assert!(log.entry(&sample("", "a-1", 0.0)).is_none() && log.tells_upstream());
    }

    #[test]
    fn a_log_that_does_not_say_leaves_the_way_there_and_back() {
        let mut log = Log::default();
        log.add(r#"{"message":"request","request_id":"a-2","ms":57}"#);
        assert!(!log.tells_upstream());
        assert_eq!(log.overhead(&sample("list-calls", "a-2", 58.5)), Some(1.5));
    }
}
