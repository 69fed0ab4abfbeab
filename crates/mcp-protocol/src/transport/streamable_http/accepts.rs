//! `Accept`: what kinds of answer a client takes, and which it would rather have.

use http::HeaderMap;
use http::header::ACCEPT;

/// What the client takes. It should say both; one that says less is served what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepts {
    pub(super) json: bool,
    pub(super) events: bool,
    /// The client takes nothing but events, or names them first.
    pub(super) prefers_events: bool,
}

impl Accepts {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let mut accepts = Self { json: false, events: false, prefers_events: false };
        for value in headers.get_all(ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',') {
                let essence = range.split(';').next().unwrap_or_default().trim();
                let is = |name: &str| essence.eq_ignore_ascii_case(name);
                if is("*/*") {
                    accepts.json = true;
                    accepts.events = true;
                } else if is("application/json") || is("application/*") {
                    accepts.json = true;
                } else if is("text/event-stream") || is("text/*") {
                    accepts.prefers_events |= !accepts.json;
                    accepts.events = true;
                }
            }
        }
        // Says nothing that we have: it may still read JSON. Says nothing at all: it takes both.
        if !accepts.json && !accepts.events {
            return Self { json: true, events: !headers.contains_key(ACCEPT), prefers_events: false };
        }
        accepts
    }
}
