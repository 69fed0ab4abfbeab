//! What the sandbox remembers of the requests it got, for a test's assertions ("exactly one send").

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::Operation;

/// One accepted send: the API answered 202, or would have, had a fault not lost the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentMessage {
    /// Id of the message, `AC…`.
    pub message_id: String,
    /// Id of its conversation, `CN…`.
    pub conversation_id: String,
    /// The sending inbox's number.
    pub from: String,
    /// Recipients in the order of the request; two or more are one group text.
    pub to: Vec<String>,
    /// The text.
    pub content: String,
    /// The acting user, `US…`.
    pub user_id: String,
    /// When it was accepted, by the sandbox's clock.
    pub accepted_at: Timestamp,
    /// Which operation sent it.
    pub operation: Operation,
}

/// Requests per operation, refused and faulty ones included.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<BTreeMap<Operation, u64>>);

impl Requests {
    pub(crate) fn count(&self, operation: Operation) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<Operation, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
