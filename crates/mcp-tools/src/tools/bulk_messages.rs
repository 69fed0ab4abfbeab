//! `bulk-messages`: separate private texts to several people, the same text or a personal one each.

mod input;
mod output;

use std::time::Duration;

use serde_json::json;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::icon::Icon;
use crate::inbox::{self, InboxLabel};
use crate::safety::QuotaLeft;
use crate::safety::delivery;
use crate::safety::payload::{Outgoing, Recipients};
use crate::safety::send::{self, Item, Order};
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

pub(super) use input::too_many;

pub use crate::tools::sending::Personal;
pub use input::Input;
pub use output::{Counts, Output, Problem, RecipientResult, RecipientStatus};

/// Separate private texts to several people.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct BulkMessages;

impl Tool for BulkMessages {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "bulk-messages";
    const TITLE: &'static str = "Send texts to several people";
    const DESCRIPTION: &'static str = "Sends separate private SMS from one OpenPhone (Quo) inbox to up to 100 people, at once: the same `content` to every number in `to`, or a personal text each in `messages`. They cannot be taken back; each is billed. If one number is invalid, nothing is sent and the answer names it. Numbers given twice are texted once, and whoever replied STOP not at all; the result warns of night there and of first texts. The quota for all is reserved before the first text. The result lists each recipient: sent, duplicate, failed, unknown or not_attempted. It comes within 50 seconds; repeating the very same call goes on with what is unsent and texts nobody twice within 10 minutes, unless repeat=true with a new idempotencyKey. prepare-message previews it; one shared thread is send-group-message.";
    const TOOLSET: Toolset = Toolset::Messaging;
    const SCOPE: Scope = Scope::Write;
    const TEXTS_PEOPLE: bool = true;
    const ALIASES: &'static [&'static str] = &["send-bulk-messages"];
    const ICON: Icon = Icon::Send;
    const INBOX_ARGUMENT: Option<&'static str> = Some("from");
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: true, idempotent: false, open_world: true };

    fn examples() -> Vec<Example<Output>> {
        let from = InboxLabel::new("PNfrontdesk1", Some("+14155550150"), "Front desk");
        let sent = |to: &str, id: &str| RecipientResult::sent(to, id, "queued", false);
        let all_sent = vec![sent("+14155550101", "AC71aa01"), sent("+14155550102", "AC71aa02")];
        let partly = vec![
            RecipientResult::sent("+14155550101", "AC71aa01", "queued", true),
            RecipientResult::unsent(
                "+14155550119",
                RecipientStatus::Failed,
                &ToolError::new(
                    ToolErrorKind::Upstream,
                    "This recipient has opted out of texts from this number.",
                    "Do without this text; only the recipient can opt in again (by texting START).",
                ),
            ),
        ];
        vec![
            Example::new(
                "Tell two customers that the office is closed",
                json!({
                    "from": "Front desk", "to": ["+14155550101", "+1 415-555-0102", "+14155550101"],
                    "content": "Our office is closed on Friday."
                }),
                Output::new(
                    from.clone(),
                    all_sent,
                    vec!["+14155550101".to_owned()],
                    Some(QuotaLeft::new(58, 198)),
                ),
            ),
            Example::new(
                "Remind two people, each of their own appointment",
                json!({
                    "from": "+14155550150",
                    "messages": [
                        { "to": "+14155550101", "content": "Hi Nora, see you on Monday at 9." },
                        { "to": "+14155550119", "content": "Hi Lorna, see you on Monday at 10." }
                    ]
                }),
                Output::new(from, partly, Vec::new(), Some(QuotaLeft::new(58, 198))),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let checked = input.check(cx.limits().recipients_at_once())?;
        let inbox =
            inbox::resolve(cx, "from", checked.from.as_deref()).await.map_err(ToolError::nothing_sent)?;
        let items = checked.texts.iter().map(|(to, content)| Item {
            outgoing: Outgoing {
                inbox: inbox.clone(),
                to: Recipients::One(to.clone()),
                content: content.clone(),
                mark_done: checked.mark_done,
            },
            // One key names one text: the caller's key with the recipient.
            idempotency_key: checked.idempotency_key.as_ref().map(|key| format!("{key}\n{to}")),
        });
        let items = items.collect();
        let order = Order { tool: Self::NAME, repeat: checked.repeat, confirmation: checked.confirmation };
        let report = send::send_all(cx, items, order).await?;
        let recipients = checked.texts.iter().zip(report.outcomes);
        let mut recipients: Vec<RecipientResult> =
            recipients.map(|((to, _), outcome)| RecipientResult::of(to, outcome)).collect();
        if checked.wait_for_delivery {
            let sent: Vec<String> = recipients.iter().filter_map(|one| one.message_id.clone()).collect();
            let known = delivery::wait(cx, &inbox.id, &sent).await;
            recipients.iter_mut().for_each(|one| one.has_got_so_far(&known));
        }
        let output = Output::new(inbox.label(), recipients, checked.duplicates_removed, report.left);
        Ok(output.with_warnings(report.warnings))
    }

    fn render(output: &Output) -> String {
        output.to_text()
    }

    fn is_failure(output: &Output) -> bool {
        output.counts.sent == 0 && output.counts.duplicate == 0
    }

    fn failure_kind(output: &Output) -> Option<ToolErrorKind> {
        output.failure_kind()
    }
}

/// A wait, as the result states it.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
