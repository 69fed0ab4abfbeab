//! The books of one connection: whatever was sent over it is answered as often as it must be, and nothing else is.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::message::{self, Said, Sent};

/// What was sent, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    by_id: HashMap<String, Entry>,
    /// Errors that cannot name what they answer: as many as there were messages that had no name.
    nameless: Count,
    questions: HashSet<String>,
}

#[derive(Debug, Default)]
struct Entry {
    sent: Vec<Sent>,
    answers: usize,
    /// Cancelled, or of a kind that need not be answered.
    excused: bool,
}

#[derive(Debug, Default)]
struct Count {
    expected: usize,
    seen: usize,
}

impl Ledger {
    /// A message that was taken. `surely`: its taker said so.
    pub(crate) fn sent(&mut self, sent: Sent, surely: bool) {
        match &sent {
            Sent::Notification { cancels: Some(id) } => self.entry(id).excused = true,
            Sent::Notification { cancels: None } | Sent::Response => {}
            Sent::Malformed(None) | Sent::Batch(_) => self.nameless.expected += 1,
            Sent::Malformed(Some(id)) => self.entry(&id.clone()).sent.push(sent),
            Sent::Request(request) => {
                // A subscription is answered when it ends, if it does.
                let listens = request.method == "subscriptions/listen";
                let entry = self.entry(&request.id.clone());
                entry.excused |= listens || !surely;
                entry.sent.push(sent);
            }
        }
    }

    /// A message that came.
    pub(crate) fn said(&mut self, message: &Value) {
        match message::check(message) {
            Said::Notification => {}
            Said::Question => {
                assert!(
                    self.questions.insert(message["id"].to_string()),
                    "the same question twice: {message}"
                );
            }
            Said::Result | Said::Error => match message.get("id") {
                None => self.nameless.seen += 1,
                Some(id) => {
                    let entry = self.entry(id);
                    entry.answers += 1;
                    assert!(entry.answers <= entry.sent.len(), "an answer to nothing: {message}");
                    // Several may have had the same id: it is the answer of one of them.
                    let is_result = message.get("result").is_some();
                    let fits = |sent: &Sent| match sent {
                        Sent::Request(request) => {
                            let is_modern = message["result"].get("resultType").is_some();
                            !is_modern || request.claims_modern
                        }
                        _ => !is_result,
                    };
                    assert!(entry.sent.iter().any(fits), "{message} to {:?}", entry.sent);
                }
            },
        }
    }

    /// Nothing more comes: is everything answered?
    pub(crate) fn close(&self) {
        assert_eq!(self.nameless.seen, self.nameless.expected, "errors that cannot name their cause");
        for (id, entry) in &self.by_id {
            let all = entry.answers == entry.sent.len();
            assert!(all || entry.excused, "{} answers to {:?} with the id {id}", entry.answers, entry.sent);
        }
    }

    fn entry(&mut self, id: &Value) -> &mut Entry {
        self.by_id.entry(id.to_string()).or_default()
    }
}
