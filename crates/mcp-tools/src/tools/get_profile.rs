//! `get-profile`: which workspace this connection works with, and what it may do there.

mod words;

use openphone_client::organization::SubscriptionStatus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::error::ToolError;
use crate::inbox::{self, InboxLabel};
use crate::safety::QuotaLeft;
use crate::safety::quota::Quotas;
use crate::scope::Scope;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// Which workspace this connection works with, and what it may do there.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct GetProfile;

/// Arguments of `get-profile`: none.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

crate::tools::silent_debug!(Input);

/// Result of `get-profile`. The first four fields are those by which ChatGPT labels one of several accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Names the workspace on this server; the same after every sign-in
    pub id: String,
    /// The workspace
    pub name: String,
    /// Absent: an API key belongs to no person
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The workspace, and through which client
    pub nickname: String,
    /// OpenPhone subscription: active or expired
    pub subscription: String,
    /// What this connection is known as
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Granted scopes
    pub scopes: Vec<String>,
    /// What they allow
    pub may: Vec<String>,
    /// What limits that
    pub limits: Vec<String>,
    /// The only inboxes within reach; absent: all
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inboxes: Option<Vec<InboxLabel>>,
    /// Texts that may still be sent; absent when none may or when it cannot be read
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_left: Option<QuotaLeft>,
    /// What could not be read
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Tool for GetProfile {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "get-profile";
    const TITLE: &'static str = "Show this connection";
    const DESCRIPTION: &'static str = "Shows which OpenPhone (Quo) workspace this connection works with, through which client, what it may do (scopes and limits in words), which inboxes it reaches, and how many texts are left this hour and today. Answers `which account is this?` and `why was that refused?`. What was done with it is in list-recent-activity.";
    const TOOLSET: Toolset = Toolset::Workspace;
    const SCOPE: Scope = Scope::Read;
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: false };

    /// ChatGPT labels accounts by the result of the tool that carries this (OpenAI, apps for ChatGPT).
    fn meta() -> Map<String, Value> {
        Map::from_iter([("openai/profile".to_owned(), Value::Bool(true))])
    }

    fn examples() -> Vec<Example<Output>> {
        let all = Output {
            id: "5f3c9a1e7b2d4c60815f3c9a1e7b2d4c".to_owned(),
            name: "Harbor Light Plumbing".to_owned(),
            email: None,
            nickname: "Harbor Light Plumbing, Claude (claude.ai)".to_owned(),
            subscription: "active".to_owned(),
            client: Some("Claude (claude.ai)".to_owned()),
            scopes: vec![Scope::Read.name().to_owned(), Scope::Write.name().to_owned()],
            may: words::of_scopes(Scope::Write.into(), &crate::Limits::default()),
            limits: words::of_limits(&crate::Limits::standard()),
            inboxes: None,
            quota_left: Some(QuotaLeft::new(59, 199)),
            note: None,
        };
        let reads = Output {
            scopes: vec![Scope::Read.name().to_owned()],
            may: words::of_scopes(Scope::Read.into(), &crate::Limits::default()),
            limits: vec!["Nothing may be written.".to_owned()],
            inboxes: Some(vec![InboxLabel::new("PNfrontdesk1", Some("+14155550150"), "Front desk")]),
            quota_left: None,
            ..all.clone()
        };
        vec![
            Example::new("Which account is this?", json!({}), all),
            Example::new("Why can't you text anybody?", json!({}), reads),
        ]
    }

    async fn call(&self, cx: &Context, _: Input) -> Result<Output, ToolError> {
        let workspace = cx.workspace();
        let quotas = Quotas::of(cx);
        let sends = cx.limits().texting_allowed() && cx.scopes().allow(Scope::Write);
        let left = async { if sends { Some(quotas.left().await) } else { None } };
        let bound = cx.limits().inboxes.is_some();
        let inboxes = async { if bound { Some(inbox::reachable(cx).await) } else { None } };
        let organization = workspace.organization();
        let (organization, left, inboxes) = futures_util::join!(organization.get(), left, inboxes);
        let organization = organization.map_err(ToolError::reading)?;
        let mut notes = Vec::new();
        let quota_left = left.and_then(|left| {
            left.map_err(|_| notes.push("How many texts are left cannot be read at the moment.")).ok()
        });
        let inboxes = inboxes.transpose()?;

        let name = organization.name.as_ref().and_then(|name| crate::text::clean_name(name));
        let name = name.unwrap_or_else(|| "OpenPhone workspace".to_owned());
        let client = cx.client().and_then(|client| crate::text::clean_name(client));
        let nickname = match &client {
            Some(client) => format!("{name}, {client}"),
            None => name.clone(),
        };
        // Not the upstream's own id: whoever labels accounts by it learns nothing else.
        let id = cx.services().fingerprints().fingerprint("profile", organization.id.as_str().as_bytes());
        let subscription = match &organization.subscription_status {
            SubscriptionStatus::Active => "active".to_owned(),
            SubscriptionStatus::Expired => "expired".to_owned(),
            other => crate::text::clean_line(other.as_str(), 40),
        };
        let granted = Scope::ALL.into_iter().filter(|scope| cx.scopes().allow(*scope));
        Ok(Output {
            id: id.to_string(),
            name,
            email: None,
            nickname,
            subscription,
            client,
            scopes: granted.map(|scope| scope.name().to_owned()).collect(),
            may: words::of_scopes(cx.scopes(), cx.limits()),
            limits: words::of_limits(cx.limits()),
            inboxes: inboxes.map(|inboxes| inboxes.iter().map(inbox::Inbox::label).collect()),
            quota_left: quota_left.filter(|left| left.is_bounded()),
            note: (!notes.is_empty()).then(|| notes.join(" ")),
        })
    }

    fn render(output: &Output) -> String {
        let Output {
            id,
            name,
            nickname,
            subscription,
            client,
            scopes,
            may,
            limits,
            inboxes,
            quota_left,
            note,
            ..
        } = output;
        let mut text = format!(
            "Workspace \"{name}\" (\"{nickname}\", profile id \"{id}\"); subscription {subscription}."
        );
        if let Some(client) = client {
            text.push_str(&format!("\nClient: \"{client}\""));
        }
        text.push_str(&format!("\nScopes: {}", scopes.join(" ")));
        for line in may.iter().chain(limits) {
            text.push_str(&format!("\n- {line}"));
        }
        if let Some(inboxes) = inboxes {
            let inboxes: Vec<String> = inboxes.iter().map(InboxLabel::to_line).collect();
            let inboxes = if inboxes.is_empty() { "none".to_owned() } else { inboxes.join("; ") };
            text.push_str(&format!("\nInboxes within reach: {inboxes}"));
        }
        if let Some(left) = quota_left {
            text.push_str(&format!("\n{}", left.to_line()));
        }
        if let Some(note) = note {
            text.push_str(&format!("\n{note}"));
        }
        text
    }
}
