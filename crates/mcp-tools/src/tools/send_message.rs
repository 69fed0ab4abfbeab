//! `send-message`: one text to one person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::Context;
use crate::error::{FieldError, ToolError};
use crate::icon::Icon;
use crate::inbox::{self, InboxLabel};
use crate::safety::outcome::Outcome;
use crate::safety::payload::{Outgoing, Recipients};
use crate::safety::send::{self, Item, Order};
use crate::safety::{Delivery, QuotaLeft, Warning};
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::tools::sending;
use crate::toolset::Toolset;

/// One text to one person.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SendMessage;

/// Arguments of `send-message`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Inbox to send from: `PN…` id, number or name; optional when there is only one.
    from: Option<String>,
    /// Recipient's number with country code, such as +14155550101.
    to: String,
    /// The text.
    #[schemars(length(min = 1, max = 1600))]
    content: String,
    /// Names this send for 24 hours: the same key returns the first result. Needed with repeat=true.
    #[schemars(length(min = 1, max = 200))]
    idempotency_key: Option<String>,
    /// true: send although the same text went to this number within 10 minutes; needs a new idempotencyKey.
    #[serde(default)]
    repeat: Option<bool>,
    /// `done`: mark the conversation as done; otherwise it shows as open.
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

/// What becomes of the conversation in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InboxStatus {
    /// Marked as done.
    Done,
}

/// Result of `send-message`.
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
    /// Recipient
    pub to: String,
    /// true: an earlier call had sent this text already, and this is its result; nothing was sent now
    pub duplicate: bool,
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

impl Tool for SendMessage {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "send-message";
    const TITLE: &'static str = "Send a text message";
    const DESCRIPTION: &'static str = "Sends one SMS from an OpenPhone (Quo) inbox to one person, at once; it cannot be taken back, and segments are billed to the workspace. For several people there is bulk-messages. Media cannot be sent. Whoever replied STOP is not texted; the result warns of night there and of first texts. The same text to the same number within 10 minutes is not sent again: the first result comes back with duplicate=true, unless repeat=true with a new idempotencyKey. So the call can be repeated safely when its outcome is unclear. By default a workspace sends 60 texts an hour and 200 a day, 10 of them to one recipient. The result means accepted, not delivered: waitForDelivery or get-message tell more. prepare-message previews it.";
    const TOOLSET: Toolset = Toolset::Messaging;
    const SCOPE: Scope = Scope::Write;
    const TEXTS_PEOPLE: bool = true;
    const ICON: Icon = Icon::Send;
    const INBOX_ARGUMENT: Option<&'static str> = Some("from");
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: true, idempotent: false, open_world: true };

    fn examples() -> Vec<Example<Output>> {
        let output = |duplicate| Output {
            message_id: "AC3f9c1e".to_owned(),
            status: "queued".to_owned(),
            from: InboxLabel::new("PNfrontdesk1", Some("+14155550150"), "Front desk"),
            to: "+14155550101".to_owned(),
            duplicate,
            warnings: Vec::new(),
            delivery: None,
            quota_left: Some(QuotaLeft::new(59, 199)),
        };
        vec![
            Example::new(
                "Tell a caller that you ring back at five",
                json!({ "to": "+1 (415) 555-0101", "from": "Front desk", "content": "Hi Nora, I'll call you back at 5pm." }),
                output(false),
            ),
            Example::new(
                "Repeat a call whose answer was lost",
                json!({
                    "to": "+14155550101", "from": "+14155550150", "content": "Hi Nora, I'll call you back at 5pm.",
                    "idempotencyKey": "callback-nora-0412", "setInboxStatus": "done"
                }),
                output(true),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let mut wrong = Vec::new();
        let to =
            crate::numbers::parse(&input.to).map_err(|problem| wrong.push(FieldError::new("to", problem)));
        let content = sending::wording("content", input.content, input.plain_punctuation, &mut wrong);
        wrong.extend(sending::repeat_without_key(input.repeat, input.idempotency_key.as_deref()));
        let (Ok(to), true) = (to, wrong.is_empty()) else { return Err(ToolError::arguments(wrong)) };
        let inbox =
            inbox::resolve(cx, "from", input.from.as_deref()).await.map_err(ToolError::nothing_sent)?;
        let mark_done = input.set_inbox_status.is_some();
        let outgoing = Outgoing { inbox: inbox.clone(), to: Recipients::One(to.clone()), content, mark_done };
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
                to: to.to_string(),
                duplicate,
                // There is one recipient, who stands beside.
                warnings: report.warnings.into_iter().map(Warning::without_recipients).collect(),
                quota_left: report.left,
            }),
            Some(Outcome::Failed(error) | Outcome::Unknown(error) | Outcome::NotAttempted(error)) => {
                Err(error)
            }
            None => Err(ToolError::new(crate::error::ToolErrorKind::Cancelled, "Nothing was asked for.", "")),
        }
    }

    fn render(output: &Output) -> String {
        let Output { message_id, status, from, to, duplicate, warnings, delivery, quota_left } = output;
        let what = if *duplicate {
            format!(
                "Already sent by an earlier call (duplicate=true); nothing was sent now. To {to} from {}.",
                from.to_line()
            )
        } else {
            format!("Sent to {to} from {}.", from.to_line())
        };
        let left = quota_left.map(|left| format!("\n{}", left.to_line())).unwrap_or_default();
        let warnings: String = warnings.iter().map(|warning| format!("\n{}", warning.to_line())).collect();
        let delivery =
            delivery.as_ref().map(|delivery| format!("\n{}", delivery.to_line())).unwrap_or_default();
        format!("{what}\nMessage {message_id}, status {status}.{delivery}{warnings}{left}")
    }
}
