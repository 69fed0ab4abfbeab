//! What a client has been given up to now, for an input that gives it back: it can name what it cannot know.
//!
//! `$session`, `$event`, `$state`, `$task`, `$cursor`, `$question` and `$stream` stand for the last one of each.

use http::HeaderMap;
use serde_json::Value;

use super::sse::Event;

/// The last of each.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) session: Option<String>,
    event: Option<String>,
    state: Option<String>,
    task: Option<String>,
    cursor: Option<String>,
    pub(crate) question: Option<String>,
    pub(crate) stream: Option<String>,
}

impl Memory {
    pub(crate) fn head(&mut self, headers: &HeaderMap) {
        if let Some(id) = headers.get("mcp-session-id") {
            self.session = Some(id.to_str().unwrap().to_owned());
        }
    }

    pub(crate) fn event(&mut self, event: &Event) {
        if let Some(id) = &event.id {
            self.event = Some(id.clone());
        }
    }

    pub(crate) fn message(&mut self, message: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let keep = |place: &mut Option<String>, found: &Value| {
            if let Some(found) = text(found) {
                *place = Some(found);
            }
        };
        let result = &message["result"];
        keep(&mut self.state, &result["requestState"]);
        keep(&mut self.task, &result["taskId"]);
        keep(&mut self.cursor, &result["nextCursor"]);
        if message["method"].is_string() {
            keep(&mut self.question, &message["id"]);
        }
    }

    /// The input with what its names stand for. A name that stands for nothing yet stays as it is.
    pub(crate) fn fill(&self, input: &[u8]) -> Vec<u8> {
        let names = [
            ("$session", &self.session),
            ("$event", &self.event),
            ("$state", &self.state),
            ("$task", &self.task),
            ("$cursor", &self.cursor),
            ("$question", &self.question),
            ("$stream", &self.stream),
        ];
        let mut filled = Vec::with_capacity(input.len());
        let mut rest = input;
        while let Some((first, after)) = rest.split_first() {
            let named = names.iter().find_map(|(name, value)| {
                let after = rest.strip_prefix(name.as_bytes())?;
                value.as_ref().map(|value| (value, after))
            });
            if let Some((value, after)) = named {
                filled.extend_from_slice(value.as_bytes());
                rest = after;
            } else {
                filled.push(*first);
                rest = after;
            }
        }
        filled
    }
}
