//! `list-recent-activity`: what this server did with this API key, newest first.

mod output;

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use openphone_client::{Party, PhoneNumberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::audit::activity::{self, Action, Actions};
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::icon::Icon;
use crate::inbox;
use crate::numbers;
use crate::reading::interval::{CREATED, Filters, Written};
use crate::reading::{Coverage, Position, SizeBudget};
use crate::safety::payload;
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

pub use output::{ActionInbox, ActionItem, Output};

/// Actions unless asked for otherwise.
const DEFAULT_RESULTS: u32 = 20;
/// Longest wait for what this server did just now to be in the log.
const LATEST: Duration = Duration::from_secs(1);

/// What this server did with this API key, newest first.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ListRecentActivity;

/// Arguments of `list-recent-activity`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// `this` (default), or `all` with the same API key, which needs the scope openphone:admin.
    connections: Option<Whose>,
    /// Only this tool, such as send-message.
    #[schemars(length(max = 64))]
    tool: Option<String>,
    /// Only texts to this number.
    participant_phone_number: Option<String>,
    /// From this date or moment on.
    created_after: Option<String>,
    /// Before this moment; a date means to its end.
    created_before: Option<String>,
    /// IANA zone of dates and times.
    time_zone: Option<String>,
    /// 20 unless given.
    #[schemars(range(min = 1, max = 100))]
    max_results: Option<u32>,
    /// From an earlier result's coverage.
    cursor: Option<String>,
}

crate::tools::silent_debug!(Input);

/// Whose actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Whose {
    /// Of this connection.
    #[default]
    This,
    /// Of all connections that use the key.
    All,
}

impl Tool for ListRecentActivity {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "list-recent-activity";
    const TITLE: &'static str = "See what this server did";
    const DESCRIPTION: &'static str = "Lists what this server did with this workspace's API key in the last 30 days (the newest 1,000 actions), newest first: each write and each refusal with time, tool, client, inbox, outcome and ids. Recipients are kept as keyed hashes only: participantPhoneNumber finds the texts to one number. Texts are not kept; fetch-messages reads them. What was done in the OpenPhone app is not in it.";
    const TOOLSET: Toolset = Toolset::Workspace;
    const SCOPE: Scope = Scope::Read;
    const ICON: Icon = Icon::Activity;
    const ERRORS: &'static [ToolErrorKind] = &[
        ToolErrorKind::InvalidArguments,
        ToolErrorKind::NotAllowed,
        ToolErrorKind::StoreUnavailable,
        ToolErrorKind::Cancelled,
    ];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let sent = ActionItem::new("2026-11-22T10:30:00-08:00", "send-message", "done")
            .with_ids(&["AC3f9c1e"])
            .in_inbox("PNfrontdesk1", Some("Front desk"))
            .with_recipients(1)
            .by(Some("Claude (claude.ai)"), true);
        let refused = ActionItem::new("2026-11-22T10:31:00-08:00", "bulk-messages", "refused")
            .because(Some("limit_reached"))
            .with_recipients(80)
            .by(Some("ChatGPT (chatgpt.com)"), false);
        let output = |actions: Vec<ActionItem>, whose| {
            let coverage = Coverage::complete(actions.len());
            Output::new(whose, "America/Los_Angeles", actions, coverage)
        };
        vec![
            Example::new(
                "What did you do for me today?",
                json!({ "createdAfter": "2026-11-22", "timeZone": "America/Los_Angeles" }),
                output(vec![sent.clone()], Whose::This),
            ),
            Example::new(
                "Which of my AI clients texted anybody with this key?",
                json!({ "connections": "all", "timeZone": "America/Los_Angeles" }),
                output(vec![refused, sent], Whose::All),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let written = Written {
            participant: input.participant_phone_number.as_deref(),
            participants: None,
            party: |text| numbers::parse(text).map(Party::from),
            after: input.created_after.as_deref(),
            before: input.created_before.as_deref(),
            bounds: CREATED,
            time_zone: input.time_zone.as_deref(),
        };
        let mut filters = Filters::read(cx, &written)?;
        let whose = input.connections.unwrap_or_default();
        if whose == Whose::All && !cx.scopes().allow(Scope::Admin) {
            return Err(needs_admin());
        }
        let name = format!("activity {whose:?} {:?}", input.tool);
        let position = filters.position_in(cx, &[&name], input.cursor.as_deref())?;

        let services = cx.services();
        let in_time = services.recorder().flush_log(LATEST).await;
        let log =
            activity::read(services.store(), cx.key(), services.now_millis()).await.map_err(unreadable)?;
        let gaps = gaps(cx, &log, &filters, in_time);
        let wanted = Wanted { cx, whose, tool: input.tool.as_deref(), filters: &filters };
        // Where nothing happened in an inbox, nobody is asked for names.
        let in_inboxes = log.actions.iter().any(|(_, action)| action.inbox.is_some());
        let (inboxes, no_names) = if in_inboxes { inbox_names(cx).await } else { Default::default() };
        let max = usize::try_from(input.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or(usize::MAX);
        let (actions, mut coverage) = wanted.take(log, position, max, &inboxes);
        if !gaps.is_empty() {
            coverage = coverage.with_gap(Some(&gaps.join("; ")));
            coverage.complete = false;
        }
        let coverage = coverage.with_gap(no_names.as_deref());
        Ok(Output::new(whose, crate::time::zone_name(&filters.zone), actions, coverage))
    }

    fn render(output: &Output) -> String {
        output.to_text()
    }
}

struct Wanted<'a> {
    cx: &'a Context,
    whose: Whose,
    tool: Option<&'a str>,
    filters: &'a Filters,
}

impl Wanted<'_> {
    fn take(
        &self,
        log: Actions,
        mut position: Position<'_>,
        max: usize,
        inboxes: &HashMap<String, String>,
    ) -> (Vec<ActionItem>, Coverage) {
        let mut all: Vec<(Timestamp, String, Action)> = log
            .actions
            .into_iter()
            .map(|(sequence, action)| (crate::time::from_millis(action.at), sequence.to_string(), action))
            .collect();
        // Two instances' clocks may differ a little. Stable: of one moment, the later one stays first.
        all.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        let scanned = all.len();
        let mut items = Vec::new();
        let mut size = SizeBudget::new();
        for (at, sequence, action) in all {
            let passed =
                position.until().is_some_and(|until| at > until) || position.has_passed(at, &sequence);
            if passed || !self.matches(at, &action) {
                continue;
            }
            let item = ActionItem::of(&action, at, &self.filters.zone, inboxes, self.is_own(&action));
            let stop = if items.len() == max {
                Some("maxResults reached")
            } else if !size.take(item.bytes()) && !items.is_empty() {
                Some("the result is full")
            } else {
                None
            };
            if let Some(reason) = stop {
                return (items, Coverage::partial(scanned, reason, position.cursor()));
            }
            items.push(item);
            position.pass(at, &sequence);
        }
        (items, Coverage::complete(scanned))
    }

    /// Whether this connection did it.
    fn is_own(&self, action: &Action) -> bool {
        action.connection == self.cx.connection().map(|connection| *connection.as_bytes())
    }

    fn matches(&self, at: Timestamp, action: &Action) -> bool {
        let by_this = self.is_own(action);
        let limits = self.cx.limits();
        let within_reach = by_this
            || limits.inboxes.is_none()
            || action
                .inbox
                .as_ref()
                .and_then(|inbox| PhoneNumberId::parse(inbox).ok())
                .is_some_and(|inbox| limits.reaches(&inbox));
        let to = |party: &Party| {
            party.e164().is_some_and(|number| {
                let name = payload::recipient(self.cx.services().fingerprints(), self.cx.key(), &number);
                action.recipients.contains(&activity::short(name))
            })
        };
        (self.whose == Whose::All || by_this)
            && within_reach
            && self.tool.is_none_or(|tool| tool.trim() == action.tool)
            && self.filters.from.is_none_or(|from| at >= from)
            && self.filters.until.is_none_or(|until| at < until)
            && self.filters.participants.iter().all(to)
    }
}

/// What the log may lack.
fn gaps(cx: &Context, log: &Actions, filters: &Filters, in_time: bool) -> Vec<String> {
    let mut gaps = Vec::new();
    if let Some(loss) = cx.services().recorder().loss(cx.key()) {
        let since = crate::time::rfc3339(loss.since, &filters.zone);
        gaps.push(format!("{} action(s) since {since} could not be recorded", loss.records));
    }
    if !in_time {
        gaps.push("the latest actions may not be recorded yet".to_owned());
    }
    if log.unreadable > 0 {
        gaps.push(format!(
            "{} record(s) of another version of this server cannot be read here",
            log.unreadable
        ));
    }
    let oldest = log.actions.last().map(|(_, action)| crate::time::from_millis(action.at));
    if log.full && oldest.is_some_and(|oldest| filters.from.is_none_or(|from| from < oldest)) {
        gaps.push(format!("only the newest {} actions are kept", activity::MAX_ENTRIES));
    }
    gaps
}

/// Names of the inboxes within reach; without them, ids stand alone.
async fn inbox_names(cx: &Context) -> (HashMap<String, String>, Option<String>) {
    match inbox::reachable(cx).await {
        Ok(inboxes) => (inboxes.into_iter().map(|inbox| (inbox.id.to_string(), inbox.name)).collect(), None),
        Err(error) => (HashMap::new(), Some(format!("names of inboxes are missing: {}", error.reason()))),
    }
}

fn needs_admin() -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        format!(
            "This connection may see its own actions only: those of other connections need the scope {}.",
            Scope::Admin
        ),
        "Leave `connections` out, or the person can connect again and allow it.",
    )
}

fn unreadable(error: state_store::StoreError) -> ToolError {
    ToolError::new(
        ToolErrorKind::StoreUnavailable,
        "This server cannot read its activity log at the moment, so it cannot say what it did. That does not mean that it did nothing.",
        "Call again in a minute. fetch-messages shows which texts were sent.",
    )
    .because(error)
}
