//! What a connection may do at most: the operator's upper bound, and what the user chose at consent.
//!
//! [`Limits`] are numbers and switches; [`crate::safety`] enforces them. They only ever get tighter:
//! [`Limits::tightened`] is the one way to combine two.

use std::collections::BTreeSet;

use openphone_client::PhoneNumberId;
use serde::{Deserialize, Serialize};

/// Upper bounds of one connection. [`Limits::default`] is the server's default policy.
///
/// Serialised (JSON, camelCase) into the grant. An unknown field is an error: an older instance must not read
/// past a restriction that it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Limits {
    /// Nothing may be written: texts, contacts, tasks, notes.
    pub read_only: bool,
    /// No texts may be sent; contacts, tasks and notes may still be written.
    pub no_texting: bool,
    /// The inboxes within reach; `None`: all inboxes of the workspace.
    pub inboxes: Option<BTreeSet<PhoneNumberId>>,
    /// Texts in one hour per API key.
    pub sends_per_hour: u32,
    /// Texts in one day per API key.
    pub sends_per_day: u32,
    /// Texts in one day to one recipient.
    pub recipient_per_day: u32,
    /// Shortest time between two texts to one recipient, in seconds.
    pub recipient_gap_seconds: u32,
    /// Recipients in one hour that this workspace never texted with before.
    pub new_recipients_per_hour: u32,
    /// Recipients of one bulk call.
    pub recipients_per_call: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            read_only: false,
            no_texting: false,
            inboxes: None,
            sends_per_hour: 60,
            sends_per_day: 200,
            recipient_per_day: 10,
            recipient_gap_seconds: 10,
            new_recipients_per_hour: 20,
            recipients_per_call: 100,
        }
    }
}

impl Limits {
    /// The tighter of both in every respect.
    #[must_use]
    pub fn tightened(&self, other: &Self) -> Self {
        Self {
            read_only: self.read_only || other.read_only,
            no_texting: self.no_texting || other.no_texting,
            inboxes: match (&self.inboxes, &other.inboxes) {
                (Some(ours), Some(theirs)) => Some(ours.intersection(theirs).cloned().collect()),
                (ours, theirs) => ours.clone().or_else(|| theirs.clone()),
            },
            sends_per_hour: self.sends_per_hour.min(other.sends_per_hour),
            sends_per_day: self.sends_per_day.min(other.sends_per_day),
            recipient_per_day: self.recipient_per_day.min(other.recipient_per_day),
            recipient_gap_seconds: self.recipient_gap_seconds.max(other.recipient_gap_seconds),
            new_recipients_per_hour: self.new_recipients_per_hour.min(other.new_recipients_per_hour),
            recipients_per_call: self.recipients_per_call.min(other.recipients_per_call),
        }
    }

    /// Whether texts may be sent at all.
    #[must_use]
    pub fn texting_allowed(&self) -> bool {
        !self.read_only && !self.no_texting
    }

    /// Whether the inbox is within reach.
    #[must_use]
    pub fn reaches(&self, inbox: &PhoneNumberId) -> bool {
        self.inboxes.as_ref().is_none_or(|inboxes| inboxes.contains(inbox))
    }
}
