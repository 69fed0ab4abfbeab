//! Arguments of `bulk-messages`, and the check of all of them before anything is sent.

use openphone_client::E164;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{FieldError, ToolError};
use crate::tools::send_message::InboxStatus;
use crate::tools::sending::{Personal, Written, repeat_without_key};

/// Arguments of `bulk-messages`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Inbox to send from: `PN…` id, number or name; optional when there is only one.
    from: Option<String>,
    /// Numbers with country code that all get `content`.
    #[schemars(length(min = 1, max = 100))]
    to: Option<Vec<String>>,
    /// The text for everyone in `to`.
    #[schemars(length(min = 1, max = 1600))]
    content: Option<String>,
    /// Personal texts, instead of `to` and `content`.
    #[schemars(length(min = 1, max = 100))]
    messages: Option<Vec<Personal>>,
    /// Names this send for 24 hours: the same key returns the first result. Needed with repeat=true.
    #[schemars(length(min = 1, max = 200))]
    idempotency_key: Option<String>,
    /// true: send although the same text went to a number within 10 minutes; needs a new idempotencyKey.
    repeat: Option<bool>,
    /// `done`: mark the conversations as done.
    set_inbox_status: Option<InboxStatus>,
    /// true: plain quotes and dashes; often fewer segments.
    plain_punctuation: Option<bool>,
    /// From prepare-message, for exactly these arguments.
    #[schemars(length(min = 1, max = 1000))]
    confirmation: Option<String>,
    /// true: wait up to 20 seconds for delivery.
    wait_for_delivery: Option<bool>,
}

crate::tools::silent_debug!(Input);

/// Arguments that were checked.
pub(super) struct Checked {
    pub(super) from: Option<String>,
    pub(super) texts: Vec<(E164, String)>,
    pub(super) duplicates_removed: Vec<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) repeat: bool,
    pub(super) mark_done: bool,
    pub(super) confirmation: Option<String>,
    pub(super) wait_for_delivery: bool,
}

impl Input {
    /// Checks every number and text; an error names each that is wrong.
    pub(super) fn check(self, limit: usize) -> Result<Checked, ToolError> {
        let mut wrong: Vec<_> =
            repeat_without_key(self.repeat, self.idempotency_key.as_deref()).into_iter().collect();
        let written = Written {
            to: self.to,
            content: self.content,
            messages: self.messages,
            plain_punctuation: self.plain_punctuation,
        };
        let read = written.read(&mut wrong);
        wrong.extend(too_many(read.texts.len(), limit));
        if !wrong.is_empty() {
            return Err(ToolError::arguments(wrong));
        }
        Ok(Checked {
            from: self.from,
            texts: read.texts,
            duplicates_removed: read.duplicates_removed,
            idempotency_key: self.idempotency_key,
            repeat: self.repeat.unwrap_or(false),
            mark_done: self.set_inbox_status.is_some(),
            confirmation: self.confirmation,
            wait_for_delivery: self.wait_for_delivery.unwrap_or(false),
        })
    }
}

/// What is wrong with the number of recipients.
pub(in crate::tools) fn too_many(recipients: usize, limit: usize) -> Option<FieldError> {
    (recipients > limit).then(|| {
        let problem = format!("name {recipients} recipients; this connection allows {limit} in one call");
        FieldError::new("", problem)
    })
}
