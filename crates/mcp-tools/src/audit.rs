//! Who did what through this server: one record per write and per refusal.
//!
//! A record goes two ways. The [`AuditSink`] is the operator's: by default an event with the `tracing` target
//! `audit`. The activity log (`activity`) is the user's: kept in the store for 30 days, read by
//! `list-recent-activity`. Both are fed by a bounded queue each (`recorder`), so that no call waits for either, and none
//! fails because of one. Records are made in one place ([`crate::Catalog::call`], from `trail`); a batch of texts,
//! which runs on when its caller goes away, takes its record along and ends it itself.
//!
//! A record holds ids, counts and keyed hashes; no number, no text, no person's name, no key.

pub(crate) mod activity;
pub(crate) mod recorder;
pub(crate) mod trail;
mod verdict;

use async_trait::async_trait;
use jiff::Timestamp;
use sealing::Fingerprint;

pub(crate) use verdict::{HIDDEN, MISSING_SCOPE, Verdict};

/// Where records go, beside the activity log.
///
/// It is called by one task, for one record after the other. It may take its time: calls do not wait for it. What waits
/// is bounded, and so is the time for one record; what finds no room is counted and logged as lost.
#[async_trait]
pub trait AuditSink: Send + Sync + 'static {
    /// Takes one record.
    async fn record(&self, record: &AuditRecord);
}

/// Writes each record as an event of the `tracing` target `audit`, at level `INFO`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TracingAudit;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditOutcome {
    /// It was done, by this call or, for a text, by an earlier one.
    Done,
    /// Some of it was done.
    Partly,
    /// It was tried and not done.
    Failed,
    /// It may have been done.
    Unknown,
    /// This server refused it; nothing was done.
    Refused,
    /// The person was asked first; nothing was done.
    Asked,
}

/// What the send ledger said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dedupe {
    /// Nothing had been sent before.
    New,
    /// All of it had been sent before.
    Duplicate,
    /// Some of it had been sent before.
    Partly,
    /// The idempotency key was used for something else.
    Conflict,
}

/// One write or refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditRecord {
    /// When it ended.
    pub at: Timestamp,
    /// The request, as the transport's own log names it.
    pub request_id: Option<String>,
    /// Fingerprint of the API key.
    pub key: Fingerprint,
    /// Fingerprint of the connection (the grant).
    pub connection: Option<Fingerprint>,
    /// What the client is called, with the host that its codes are sent to.
    pub client: Option<String>,
    /// The tool, by its listed name.
    pub tool: &'static str,
    /// The inbox, by id.
    pub inbox: Option<String>,
    /// Recipients of texts, as keyed hashes: the same number has the same hash for the same API key.
    pub recipients: Vec<Fingerprint>,
    /// Bytes of the texts; for what sends none, of the arguments.
    pub size: usize,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Why, where it was not done: the name of a [`crate::ToolErrorKind`], `missing_scope`, `hidden` or `interrupted`.
    pub reason: Option<&'static str>,
    /// Where a call does several things: how many ended in which way.
    pub counts: Vec<(&'static str, u32)>,
    /// For texts: what the send ledger said.
    pub dedupe: Option<Dedupe>,
    /// Ids of what was written.
    pub ids: Vec<String>,
}

impl AuditOutcome {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Asked => "asked",
        }
    }
}

impl Dedupe {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Duplicate => "duplicate",
            Self::Partly => "partly",
            Self::Conflict => "conflict",
        }
    }
}

#[async_trait]
impl AuditSink for TracingAudit {
    async fn record(&self, record: &AuditRecord) {
        let joined = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(",");
        let recipients = joined(&mut record.recipients.iter().map(ToString::to_string));
        let counts = joined(&mut record.counts.iter().map(|(name, count)| format!("{name}={count}")));
        tracing::info!(
            target: "audit",
            at = %record.at,
            request_id = record.request_id,
            key = %record.key,
            connection = record.connection.map(tracing::field::display),
            client = record.client,
            tool = record.tool,
            inbox = record.inbox,
            recipients,
            size = record.size,
            outcome = record.outcome.name(),
            reason = record.reason,
            counts,
            dedupe = record.dedupe.map(Dedupe::name),
            ids = record.ids.join(","),
            "audit"
        );
    }
}
