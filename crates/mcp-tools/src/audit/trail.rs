//! One call on its way to its record.
//!
//! The catalogue begins a trail and ends it with the call's verdict. A batch of texts takes the draft along
//! ([`Trail::hand_over`]), because it ends when the texts do and not when the call does. A trail that is dropped while
//! it still has its draft belonged to a write whose caller went away: that is recorded, too.

use std::sync::{Arc, Mutex, PoisonError};

use sealing::Fingerprint;

use super::{AuditRecord, Verdict};
use crate::context::{Connection, Context, Services};
use crate::error::ToolError;
use crate::safety::outcome::Outcome;
use crate::safety::payload;
use crate::safety::send::Item;

/// Longest name of a client that a record holds, in characters.
const MAX_CLIENT: usize = 120;
/// Longest request id that a record holds, in characters.
const MAX_REQUEST_ID: usize = 64;

/// One call on its way to its record.
pub(crate) struct Trail(Mutex<Option<Draft>>);

/// What is known of a record before its call has ended. Dropped without an end, it is recorded as interrupted.
pub(crate) struct Draft {
    services: Services,
    write: bool,
    parts: Option<Parts>,
}

struct Parts {
    request_id: Option<Arc<str>>,
    key: Fingerprint,
    connection: Option<Arc<Connection>>,
    client: Option<Arc<str>>,
    tool: &'static str,
    inbox: Option<String>,
    recipients: Vec<Fingerprint>,
    size: usize,
}

impl Trail {
    /// A call of a tool. `write`: it is recorded however it ends; what only reads is recorded when it is refused.
    pub(crate) fn begin(cx: &Context, tool: &'static str, write: bool, size: usize) -> Arc<Self> {
        let parts = Parts {
            request_id: cx.request_id().cloned(),
            key: cx.key(),
            connection: cx.connection_name().cloned(),
            client: cx.client().cloned(),
            tool,
            inbox: None,
            recipients: Vec::new(),
            size,
        };
        let draft = Draft { services: cx.services().clone(), write, parts: Some(parts) };
        Arc::new(Self(Mutex::new(Some(draft))))
    }

    /// Notes what a batch of texts is about.
    pub(crate) fn note_texts(&self, items: &[Item]) {
        let mut draft = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Draft { services, parts: Some(parts), .. }) = draft.as_mut() else { return };
        let fingerprints = services.fingerprints();
        parts.inbox = items.first().map(|item| item.outgoing.inbox.id.to_string());
        parts.size = items.iter().map(|item| item.outgoing.content.len()).sum();
        let recipients = items.iter().flat_map(|item| item.outgoing.to.all());
        parts.recipients = recipients.map(|to| payload::recipient(fingerprints, parts.key, to)).collect();
    }

    /// The record is ended by whoever holds this, not by the call.
    pub(crate) fn hand_over(&self) -> Option<Draft> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the call, unless its record was handed over.
    pub(crate) fn end(&self, verdict: Verdict) {
        if let Some(draft) = self.hand_over() {
            draft.end(verdict);
        }
    }
}

/// Ends the record of a batch of texts that was handed over.
pub(crate) fn end(draft: Option<Draft>, result: Result<&[Outcome], &ToolError>) {
    let Some(draft) = draft else { return };
    draft.end(match result {
        Ok(outcomes) => Verdict::of_texts(outcomes),
        Err(error) => Verdict::of_error(error),
    });
}

impl Draft {
    /// Makes the record.
    pub(crate) fn end(mut self, verdict: Verdict) {
        self.record(verdict);
    }

    fn record(&mut self, verdict: Verdict) {
        let Some(parts) = self.parts.take() else { return };
        if !(self.write || verdict.is_refusal()) {
            return;
        }
        let Parts { request_id, key, connection, client, tool, inbox, recipients, size } = parts;
        let Verdict { outcome, reason, counts, dedupe, ids, inbox: named } = verdict;
        let inbox = inbox.or(named);
        let at = self.services.now();
        let line = |text: Option<Arc<str>>, max| {
            text.map(|text| crate::text::clean_line(&text, max)).filter(|text| !text.is_empty())
        };
        let (request_id, client) = (line(request_id, MAX_REQUEST_ID), line(client, MAX_CLIENT));
        let connection = connection.map(|connection| connection.fingerprint(&self.services));
        self.services.recorder().record(AuditRecord {
            at,
            request_id,
            key,
            connection,
            client,
            tool,
            inbox,
            recipients,
            size,
            outcome,
            reason,
            counts,
            dedupe,
            ids,
        });
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.write {
            self.record(Verdict::interrupted());
        }
    }
}
