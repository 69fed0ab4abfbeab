//! Webhooks: who wants to be told of what. Those of v1 (legacy) and those of the dated surface are two kinds
//! that cannot see each other; `events.rs` has what they are told of.

use std::fmt;

use jiff::Timestamp;

use super::{Collection, Delivery, Workspace};

/// An endpoint outside that is told of events.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) kind: WebhookKind,
    pub(crate) label: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) url: String,
    /// Whether the plan of the key that made it has summaries and transcripts; else it hears of none.
    pub(crate) with_transcripts: bool,
    pub(crate) key: SigningKey,
    /// Of [`EVENT_TYPES`](super::EVENT_TYPES).
    pub(crate) events: Vec<&'static str>,
    /// Ids of the inboxes whose messages and calls it wants; `None`: of all.
    pub(crate) inboxes: Option<Vec<String>>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// Oldest first.
    pub(crate) deliveries: Collection<Delivery>,
    /// Attempts that the courier is making.
    pub(crate) under_way: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WebhookKind {
    /// Of v1: belongs to a user, gets the `v4` payload.
    Legacy { user_id: String },
    /// Of the dated surface: belongs to the workspace, gets the payload of the version that created it.
    Dated,
}

/// The key that a webhook's deliveries are signed with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SigningKey(pub(crate) [u8; 24]);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl Webhook {
    pub(crate) fn is_legacy(&self) -> bool {
        self.kind != WebhookKind::Dated
    }
}

impl Workspace {
    pub(crate) fn webhook(&self, id: &str) -> Option<&Webhook> {
        self.webhooks.iter().find(|webhook| webhook.id == id)
    }

    pub(crate) fn webhook_mut(&mut self, id: &str) -> Option<&mut Webhook> {
        self.webhooks.iter_mut().find(|webhook| webhook.id == id)
    }

    /// Whether there is room for one more webhook of its kind.
    pub(crate) fn takes_webhook(&self, legacy: bool) -> bool {
        self.webhooks.iter().filter(|webhook| webhook.is_legacy() == legacy).count() < self.limits.webhooks
    }

    /// Forgets a webhook and its log.
    pub(crate) fn delete_webhook(&mut self, id: &str) {
        self.webhooks.retain(|webhook| webhook.id != id);
    }
}
