//! `prepare-message`: what exactly would go out, and a confirmation for it. Sends nothing.

mod output;

use std::collections::HashMap;

use openphone_client::E164;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::context::Context;
use crate::error::{FieldError, ToolError, ToolErrorKind};
use crate::icon::Icon;
use crate::inbox::{self, InboxLabel};
use crate::people;
use crate::safety::payload::{Outgoing, Recipients};
use crate::safety::quota::Quotas;
use crate::safety::screening::{self, Screened, grouped};
use crate::safety::segments::CostClass;
use crate::safety::{QuotaLeft, Warning, WarningKind, confirm, handle, permission};
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::tools::bulk_messages::{BulkMessages, Personal, too_many};
use crate::tools::send_group_message::SendGroupMessage;
use crate::tools::send_message::{InboxStatus, SendMessage};
use crate::tools::sending::{self, Texts, Written};
use crate::toolset::Toolset;

use output::Preview;
pub use output::{Confirmation, Need, Output, Recipient, Refused, Text};

/// Most bytes of a preview, text and structured together: a person and a model must be able to read it.
const MOST_BYTES: usize = 48_000;

/// What exactly would go out.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct PrepareMessage;

/// Arguments of `prepare-message`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Inbox to send from: `PN…` id, number or name; optional when there is only one.
    from: Option<String>,
    /// Numbers with country code; one for send-message.
    #[schemars(length(min = 1, max = 100))]
    to: Option<Vec<String>>,
    /// The text for everyone in `to`.
    #[schemars(length(min = 1, max = 1600))]
    content: Option<String>,
    /// Personal texts, instead of `to` and `content`.
    #[schemars(length(min = 1, max = 100))]
    messages: Option<Vec<Personal>>,
    /// true: one shared thread.
    group: Option<bool>,
    /// As for the send.
    set_inbox_status: Option<InboxStatus>,
    /// As for the send.
    plain_punctuation: Option<bool>,
}

crate::tools::silent_debug!(Input);

impl Tool for PrepareMessage {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "prepare-message";
    const TITLE: &'static str = "Preview a text before it is sent";
    const DESCRIPTION: &'static str = "Shows exactly what send-message, bulk-messages or (group=true) send-group-message would send, and sends nothing: recipients with names and local time, dropped duplicates, the final texts, segments, who may not be texted, warnings. Useful when the person wants to see a text first; needed where this connection asks for a confirmation. Its confirmation is good for one sending of exactly this, for 10 minutes, and not to threads that changed since.";
    const TOOLSET: Toolset = Toolset::Messaging;
    const SCOPE: Scope = Scope::Read;
    const PREPARES_TEXTS: bool = true;
    const ICON: Icon = Icon::Preview;
    const INBOX_ARGUMENT: Option<&'static str> = Some("from");
    const ERRORS: &'static [ToolErrorKind] = &[
        ToolErrorKind::InvalidArguments,
        ToolErrorKind::NotAllowed,
        ToolErrorKind::StoreUnavailable,
        ToolErrorKind::Upstream,
        ToolErrorKind::RateLimited,
        ToolErrorKind::KeyRefused,
        ToolErrorKind::TimedOut,
        ToolErrorKind::Cancelled,
    ];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: true };

    fn examples() -> Vec<Example<Output>> {
        let from = || InboxLabel::new("PNfrontdesk1", Some("+14155550150"), "Front desk");
        let person = |to: &str, name: &str| Recipient::new(to, Some(name), CostClass::Domestic, 0);
        let confirmation = || {
            Some(Confirmation::new(
                "opqch_k1_q2VyAw8dXk7tqzQyR0o3bA",
                "2026-11-22T18:40:00Z".to_owned(),
                Need::No,
            ))
        };
        let nora = Preview {
            recipients: vec![person("+14155550101", "Nora Castillo")],
            texts: vec![Text::of("Hi Nora, I'll call you back at 5pm.")],
            quota_left: Some(QuotaLeft::new(60, 200)),
            ..Preview::default()
        };
        let mut owners = Preview {
            group: true,
            recipients: vec![person("+14155550101", "Nora Castillo"), person("+14155550102", "Theo Brandt")],
            texts: vec![Text::of("Our plumber will be at your house at 9 tomorrow.")],
            quota_left: Some(QuotaLeft::new(60, 200)),
            ..Preview::default()
        };
        owners.warn(WarningKind::GroupExposure, EXPOSURE);
        vec![
            Example::new(
                "Show me the text to Nora before it goes out",
                json!({ "from": "Front desk", "to": ["+1 (415) 555-0101"], "content": "Hi Nora, I'll call you back at 5pm." }),
                nora.finish(from(), confirmation(), SendMessage::NAME),
            ),
            Example::new(
                "What would the group of both owners get?",
                json!({
                    "from": "+14155550150", "to": ["+14155550101", "+14155550102"], "group": true,
                    "content": "Our plumber will be at your house at 9 tomorrow."
                }),
                owners.finish(from(), confirmation(), SendGroupMessage::NAME),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let group = input.group == Some(true);
        let mark_done = input.set_inbox_status.is_some();
        let from = input.from.clone();
        let Texts { texts, duplicates_removed } = read(cx, input, group)?;
        let inbox = inbox::resolve(cx, "from", from.as_deref()).await.map_err(ToolError::nothing_sent)?;
        let outgoing =
            |to, content: &str| Outgoing { inbox: inbox.clone(), to, content: content.to_owned(), mark_done };
        let batch: Vec<Outgoing> = match texts.first() {
            Some((_, content)) if group => {
                let members = texts.iter().map(|(to, _)| to.clone());
                vec![outgoing(Recipients::group(members), content)]
            }
            _ => texts.iter().map(|(to, content)| outgoing(Recipients::One(to.clone()), content)).collect(),
        };
        permission::may_send(cx, &batch)?;
        let quotas = Quotas::of(cx);
        let (screened, people, earlier, left) = futures_util::join!(
            permission::screened(cx, &batch),
            people::names(cx),
            permission::earlier(cx, &batch),
            quotas.left(),
        );
        let (screened, earlier) = (screened?, earlier?);
        let mut preview = Preview { group, duplicates_removed, quota_left: left.ok(), ..Preview::default() };
        preview.names_gap = people.gap().map(str::to_owned);
        let now = cx.services().now();
        for (to, content) in &texts {
            let time = screening::local_time(to, now).map(|time| time.to_phrase());
            preview.add(to, people.of_number(to), time, content);
            if let Some(error) = screened.get(to).and_then(|screened| screened.refusal.as_ref()) {
                preview.refuse(&error.reason(), to);
            }
        }
        let nobody = batch.iter().all(|outgoing| permission::refusal(&screened, outgoing).is_some());
        warn(&mut preview, &texts, screened, earlier);
        let tool = match batch.as_slice() {
            _ if group => SendGroupMessage::NAME,
            [_] => SendMessage::NAME,
            _ => BulkMessages::NAME,
        };
        let confirmation = if nobody {
            None
        } else {
            let handle = handle::make(cx, &batch).await?;
            let until = cx.services().now().checked_add(handle::LIFE).unwrap_or(jiff::Timestamp::MAX);
            let until = crate::time::rfc3339(until, cx.time_zone());
            let need = match (confirm::is_needed(cx, batch.iter()), cx.asking().is_possible()) {
                (false, _) => Need::No,
                (true, true) => Need::Asked,
                (true, false) => Need::This,
            };
            Some(Confirmation::new(&handle, until, need))
        };
        let output = preview.finish(inbox.label(), confirmation, tool);
        if output.bytes() > MOST_BYTES {
            return Err(too_long());
        }
        Ok(output)
    }

    fn render(output: &Output) -> String {
        output.to_text()
    }
}

const ABROAD: &str = "International: the price of the recipient's country counts for each segment, and the workspace must allow texts abroad.";
const ALL_OR_NONE: &str =
    "A text to a group goes to all of its members or to none: with these recipients it is not sent.";
const EXPOSURE: &str = "Everyone in the group sees everyone's number and every answer; how OpenPhone bills a group text is not documented, so expect a price for each member.";

fn read(cx: &Context, input: Input, group: bool) -> Result<Texts, ToolError> {
    let mut wrong = Vec::new();
    let texts = if group {
        if input.messages.is_some() {
            wrong.push(FieldError::new(
                "messages",
                "stands beside group=true; a group gets one text, in `content`",
            ));
        }
        let (members, duplicates_removed) = sending::members(&input.to.unwrap_or_default(), &mut wrong);
        let content = input.content.unwrap_or_default();
        let content = sending::wording("content", content, input.plain_punctuation, &mut wrong);
        let texts = members.into_iter().map(|to| (to, content.clone())).collect();
        Texts { texts, duplicates_removed }
    } else {
        let Input { to, content, messages, plain_punctuation, .. } = input;
        Written { to, content, messages, plain_punctuation }.read(&mut wrong)
    };
    wrong.extend(too_many(texts.texts.len(), cx.limits().recipients_at_once()));
    if wrong.is_empty() { Ok(texts) } else { Err(ToolError::arguments(wrong)) }
}

/// What a person should know before a yes.
fn warn(
    preview: &mut Preview,
    texts: &[(E164, String)],
    mut screened: HashMap<E164, Screened>,
    mut earlier: HashMap<E164, &'static str>,
) {
    let mut by_recipient: Vec<(&E164, Vec<Warning>)> = Vec::with_capacity(texts.len());
    for (to, _) in texts {
        let mut warnings = screened.remove(to).map(|screened| screened.warnings).unwrap_or_default();
        warnings.extend(earlier.remove(to).map(|text| Warning::new(WarningKind::AlreadySent, text)));
        if CostClass::of(to) == CostClass::International {
            warnings.push(Warning::new(WarningKind::International, ABROAD));
        }
        by_recipient.push((to, warnings));
    }
    if preview.group {
        preview.warn(WarningKind::GroupExposure, EXPOSURE);
        if !preview.refused.is_empty() {
            preview.warn(WarningKind::GroupRefused, ALL_OR_NONE);
        }
    }
    preview.warnings.extend(grouped(by_recipient.iter().map(|(to, warnings)| (*to, warnings.as_slice()))));
    let refused: usize = preview.refused.iter().map(|refused| refused.recipients.len()).sum();
    let going_out = if preview.group { texts.len() } else { texts.len().saturating_sub(refused) };
    if let Some(short) = preview.quota_left.and_then(|left| short_of(left, going_out)) {
        preview.warn(WarningKind::OverQuota, &short);
    }
}

fn short_of(left: QuotaLeft, texts: usize) -> Option<String> {
    let (what, left) =
        if left.today <= left.this_hour { ("today", left.today) } else { ("this hour", left.this_hour) };
    (left < texts as u64)
        .then(|| format!("Only {left} texts are left {what}, and this takes {texts}: it would be refused."))
}

fn too_long() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        "These texts together are too long for one preview that a person can read.",
        "Prepare and send to fewer people in one call, or shorter texts.",
    )
    .nothing_sent()
}
