//! `list-inboxes`: the workspace's phone numbers, who shares each, and what each may not do.

mod output;

use futures_util::{StreamExt as _, pin_mut, stream};
use openphone_client::Budget;
use openphone_client::phone_numbers::{ListPhoneNumbers, PhoneNumber};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::context::Context;
use crate::error::ToolError;
use crate::reading::Coverage;
use crate::reading::after::After;
use crate::scope::Scope;
use crate::team;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

pub use output::{InboxItem, InboxUser, Output};

/// Inboxes unless asked for otherwise: each costs a request for its users.
const DEFAULT_RESULTS: u32 = 20;
/// Pages of 50 inboxes that are read at most.
const PAGES: usize = 10;
/// Inboxes whose users are asked for at the same time.
const AT_ONCE: usize = 4;

/// The workspace's phone numbers.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ListInboxes;

/// Arguments of `list-inboxes`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// 20 unless given.
    #[schemars(range(min = 1, max = 50))]
    max_results: Option<u32>,
    /// From an earlier result's coverage.
    cursor: Option<String>,
}

crate::tools::silent_debug!(Input);

impl Tool for ListInboxes {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "list-inboxes";
    const TITLE: &'static str = "List inboxes";
    const DESCRIPTION: &'static str = "Lists the phone numbers (inboxes) of the OpenPhone (Quo) workspace that this connection may use: id, number, name, the teammates who share each, and what each may not do (texts to the US before the carrier registration is approved, texts or calls abroad). Says how many more are out of its reach. Other tools take an inbox by id, number or name. What this connection may do at all is in get-profile.";
    const TOOLSET: Toolset = Toolset::Workspace;
    const SCOPE: Scope = Scope::Read;
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let users = vec![InboxUser::new("US1a2b3c", Some("Dana Whitfield"))];
        let desk = InboxItem::new("PNfrontdesk1", Some("+14155550150"), "Front desk").with_users(users);
        let bound = desk.clone().with_restrictions(vec!["no texts abroad".to_owned()]);
        vec![
            Example::new(
                "Which numbers do we have?",
                json!({}),
                Output::new(vec![desk], 0, Coverage::complete(1)),
            ),
            Example::new(
                "Which of them may this connection use?",
                json!({ "maxResults": 10 }),
                Output::new(vec![bound], 1, Coverage::complete(2)),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let after =
            After::<String>::read(cx.services().fingerprints(), &["inboxes"], input.cursor.as_deref())?;
        let (numbers, complete) = numbers(cx).await?;
        let scanned = numbers.len();
        let (mine, others): (Vec<_>, Vec<_>) =
            numbers.into_iter().partition(|number| cx.limits().reaches(&number.id));
        let max = usize::try_from(input.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or(usize::MAX);
        let rest = after.rest(mine, |number| number.id.to_string());
        // One more than is shown tells whether there is more.
        let (items, gaps): (Vec<_>, Vec<_>) = stream::iter(
            rest.into_iter().take(max + 1).map(|number| with_users(cx, number)).collect::<Vec<_>>(),
        )
        .buffered(AT_ONCE)
        .unzip::<_, _, Vec<_>, Vec<Option<String>>>()
        .await;
        let items = items.into_iter().map(|item: InboxItem| (item.id.clone(), item)).collect();
        let (inboxes, coverage) = after.take(items, max, scanned, InboxItem::bytes);
        let mut coverage = coverage.with_gap(gaps.into_iter().flatten().next().as_deref());
        if !complete {
            coverage = coverage.with_gap(Some("the workspace has more inboxes than one call reads"));
            coverage.complete = false;
        }
        Ok(Output::new(inboxes, others.len(), coverage))
    }

    fn render(output: &Output) -> String {
        output.to_text()
    }
}

/// Every number of the workspace, and whether that is all.
async fn numbers(cx: &Context) -> Result<(Vec<PhoneNumber>, bool), ToolError> {
    let workspace = cx.workspace();
    let list = workspace.phone_numbers();
    let pages = list.pages(ListPhoneNumbers::new().with_restrictions(), Budget::pages(PAGES));
    pin_mut!(pages);
    let (mut numbers, mut complete) = (Vec::new(), false);
    while let Some(page) = pages.next().await {
        let page = page.map_err(ToolError::reading)?;
        complete = page.next.is_none();
        numbers.extend(page.data);
    }
    Ok((numbers, complete))
}

/// An inbox with its users; without them, why.
async fn with_users(cx: &Context, number: PhoneNumber) -> (InboxItem, Option<String>) {
    let item = InboxItem::of(&number);
    match team::of_inbox(cx, &number.id).await {
        Ok(members) => {
            let users =
                members.into_iter().map(|member| InboxUser::new(member.id.as_str(), member.name.as_deref()));
            (item.with_users(users.collect()), None)
        }
        Err(error) => (item, Some(format!("users of some inboxes are missing: {}", error.reason()))),
    }
}
