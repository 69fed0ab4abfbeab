//! `send-group-message`: one text to several people in one shared thread.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::icon::Icon;
use crate::inbox::{self, InboxLabel};
use crate::safety::outcome::Outcome;
use crate::safety::payload::{Outgoing, Recipients};
use crate::safety::send::{self, Item, Order};
use crate::safety::{Delivery, QuotaLeft, Warning};
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::tools::bulk_messages::too_many;
use crate::tools::send_message::InboxStatus;
use crate::tools::sending;
use crate::toolset::Toolset;

/// One text to several people in one shared thread.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SendGroupMessage;

/// Arguments of `send-group-message`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Inbox to send from: `PN…` id, number or name; optional when there is only one.
    from: Option<String>,
    /// Numbers with country code of everyone in the group, in any order.
    #[schemars(length(min = 2, max = 10))]
    to: Vec<String>,
    /// The text.
    #[schemars(length(min = 1, max = 1600))]
    content: String,
    /// Names this send for 24 hours. Needed with repeat=true.
    #[schemars(length(min = 1, max = 200))]
    idempotency_key: Option<String>,
    /// true: send although the same text went to this group within 10 minutes.
    repeat: Option<bool>,
    /// `done`: mark the conversation as done.
    set_inbox_status: Option<InboxStatus>,
    /// true: plain quotes and dashes.
    plain_punctuation: Option<bool>,
    /// From prepare-message with group=true.
    #[schemars(length(min = 1, max = 1000))]
    confirmation: Option<String>,
    /// true: wait up to 20 seconds for delivery.
    wait_for_delivery: Option<bool>,
}

crate::tools::silent_debug!(Input);

/// Result of `send-group-message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// `AC…`
    pub message_id: String,
    /// Upstream status when it was accepted; `queued` is not yet delivered
    pub status: String,
    /// Inbox it was sent from
    pub from: InboxLabel,
    /// Everyone in the thread
    pub members: Vec<String>,
    /// true: an earlier call had sent this text already, and this is its result; nothing was sent now
    pub duplicate: bool,
    /// Numbers that were given more than once
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub duplicates_removed: Vec<String>,
    /// Reasons to look again
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub warnings: Vec<Warning>,
    /// How far it got, if that was waited for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// What this connection may still send; absent while it cannot be read
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_left: Option<QuotaLeft>,
}

impl Tool for SendGroupMessage {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "send-group-message";
    const TITLE: &'static str = "Send a text to a group";
    const DESCRIPTION: &'static str = "Sends one SMS from an OpenPhone (Quo) inbox to 2 to 10 people in one shared thread: everyone sees everyone's number and every answer. For separate private texts there is bulk-messages. It goes out at once, to all or to none, cannot be taken back, is billed, and counts as one text for each member. As with send-message, the same text to the same group within 10 minutes is not sent again (duplicate=true), so the call can be repeated safely; the result means accepted, not delivered. prepare-message with group=true previews it.";
    const TOOLSET: Toolset = Toolset::Messaging;
    const SCOPE: Scope = Scope::Write;
    const TEXTS_PEOPLE: bool = true;
    const ICON: Icon = Icon::Send;
    const INBOX_ARGUMENT: Option<&'static str> = Some("from");
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: true, idempotent: false, open_world: true };

    fn examples() -> Vec<Example<Output>> {
        let output = |duplicate, left| Output {
            message_id: "AC90be12".to_owned(),
            status: "queued".to_owned(),
            from: InboxLabel::new("PNfrontdesk1", Some("+14155550150"), "Front desk"),
            members: vec!["+14155550101".to_owned(), "+14155550102".to_owned()],
            duplicate,
            duplicates_removed: Vec::new(),
            warnings: Vec::new(),
            delivery: None,
            quota_left: Some(left),
        };
        vec![
            Example::new(
                "Tell both owners of a house when the plumber comes",
                json!({
                    "from": "Front desk", "to": ["+14155550101", "+14155550102"],
                    "content": "Our plumber will be at your house at 9 tomorrow."
                }),
                output(false, QuotaLeft::new(58, 198)),
            ),
            Example::new(
                "Repeat a call whose answer was lost",
                json!({
                    "from": "+14155550150", "to": ["+14155550102", "+14155550101"],
                    "content": "Our plumber will be at your house at 9 tomorrow.", "idempotencyKey": "visit-0412",
                    "setInboxStatus": "done"
                }),
                output(true, QuotaLeft::new(58, 198)),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let mut wrong = Vec::new();
        let (members, duplicates_removed) = sending::members(&input.to, &mut wrong);
        wrong.extend(too_many(members.len(), cx.limits().recipients_at_once()));
        let content = sending::wording("content", input.content, input.plain_punctuation, &mut wrong);
        wrong.extend(sending::repeat_without_key(input.repeat, input.idempotency_key.as_deref()));
        if !wrong.is_empty() {
            return Err(ToolError::arguments(wrong));
        }
        let inbox =
            inbox::resolve(cx, "from", input.from.as_deref()).await.map_err(ToolError::nothing_sent)?;
        let to = Recipients::group(members);
        let outgoing = Outgoing {
            inbox: inbox.clone(),
            to: to.clone(),
            content,
            mark_done: input.set_inbox_status.is_some(),
        };
        let item = Item { outgoing, idempotency_key: input.idempotency_key };
        let order = Order {
            tool: Self::NAME,
            repeat: input.repeat.unwrap_or(false),
            confirmation: input.confirmation,
        };
        let report = send::send_all(cx, vec![item], order).await?;
        match report.outcomes.into_iter().next() {
            Some(Outcome::Sent { message_id, status, duplicate }) => Ok(Output {
                delivery: sending::delivery_of(cx, input.wait_for_delivery, &inbox, &message_id).await,
                message_id,
                status,
                from: inbox.label(),
                members: to.all().iter().map(ToString::to_string).collect(),
                duplicate,
                duplicates_removed,
                warnings: report.warnings,
                quota_left: report.left,
            }),
            Some(Outcome::Failed(error) | Outcome::Unknown(error) | Outcome::NotAttempted(error)) => {
                Err(error)
            }
            None => Err(ToolError::new(ToolErrorKind::Cancelled, "Nothing was asked for.", "")),
        }
    }

    fn render(output: &Output) -> String {
        let Output { message_id, status, from, members, duplicate, .. } = output;
        let group = format!("the group of {} from {}", members.join(", "), from.to_line());
        let mut text = if *duplicate {
            format!("Already sent by an earlier call (duplicate=true); nothing was sent now. To {group}.")
        } else {
            format!("Sent to {group}. Each of them sees the others' numbers.")
        };
        text.push_str(&format!("\nMessage {message_id}, status {status}."));
        if let Some(delivery) = &output.delivery {
            text.push_str(&format!("\n{}", delivery.to_line()));
        }
        for warning in &output.warnings {
            text.push_str(&format!("\n{}", warning.to_line()));
        }
        if !output.duplicates_removed.is_empty() {
            text.push_str(&format!("\nGiven more than once: {}.", output.duplicates_removed.join(", ")));
        }
        if let Some(left) = output.quota_left {
            text.push_str(&format!("\n{}", left.to_line()));
        }
        text
    }
}
