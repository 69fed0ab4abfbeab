//! `list-users`: the people of the workspace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::Context;
use crate::error::ToolError;
use crate::reading::after::After;
use crate::reading::{Coverage, json_length};
use crate::scope::Scope;
use crate::team::{self, Member};
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// People unless asked for otherwise.
const DEFAULT_RESULTS: u32 = 50;

/// The people of the workspace.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ListUsers;

/// Arguments of `list-users`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// 50 unless given.
    #[schemars(range(min = 1, max = 100))]
    max_results: Option<u32>,
    /// From an earlier result's coverage.
    cursor: Option<String>,
}

crate::tools::silent_debug!(Input);

/// Result of `list-users`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Output {
    /// By id
    pub users: Vec<UserItem>,
    /// Whether that is everybody
    pub coverage: Coverage,
}

/// One person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct UserItem {
    /// `US…`
    pub id: String,
    /// Name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Email address, of those who have no name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// owner, admin, member or other
    pub role: String,
}

impl UserItem {
    fn of(member: Member) -> Self {
        // Whom a name names needs no address in a conversation with a model.
        let email = if member.name.is_some() { None } else { member.email };
        Self { id: member.id.to_string(), name: member.name, email, role: member.role.to_owned() }
    }

    fn to_line(&self) -> String {
        let Self { id, role, .. } = self;
        match self.name.as_ref().or(self.email.as_ref()) {
            Some(name) => ["[", id, "] \"", name, "\" ", role].concat(),
            None => ["[", id, "] ", role].concat(),
        }
    }

    fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_line().len() + 2)
    }
}

impl Tool for ListUsers {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "list-users";
    const TITLE: &'static str = "List teammates";
    const DESCRIPTION: &'static str = "Lists the people of the OpenPhone (Quo) workspace with id, name and role: whom a task can be assigned to, and who may have sent a message. A connection that is bound to inboxes sees those who share them. Email addresses are shown only of people without a name. Who shares which inbox is in list-inboxes.";
    const TOOLSET: Toolset = Toolset::Workspace;
    const SCOPE: Scope = Scope::Read;
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let user = |id: &str, name: &str, role: &str| UserItem {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            email: None,
            role: role.to_owned(),
        };
        let (dana, marcus) =
            (user("US1a2b3c", "Dana Whitfield", "owner"), user("US4d5e6f", "Marcus Oyelaran", "admin"));
        vec![
            Example::new(
                "Who works here?",
                json!({}),
                Output { users: vec![dana.clone(), marcus], coverage: Coverage::complete(2) },
            ),
            Example::new(
                "Just one of them",
                json!({ "maxResults": 1 }),
                Output {
                    users: vec![dana],
                    coverage: Coverage::partial(2, "maxResults reached", Some("AQIDBAUGBwgIVVMx".to_owned())),
                },
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let after = After::<String>::read(cx.services().fingerprints(), &["users"], input.cursor.as_deref())?;
        let (members, complete) = team::within_reach(cx).await?;
        let scanned = members.len();
        let rest = after.rest(members, |member| member.id.to_string());
        let rest = rest.into_iter().map(UserItem::of).map(|item| (item.id.clone(), item)).collect();
        let max = usize::try_from(input.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or(usize::MAX);
        let (users, mut coverage) = after.take(rest, max, scanned, UserItem::bytes);
        if !complete {
            coverage = coverage.with_gap(Some("the workspace has more people than one call reads"));
            coverage.complete = false;
        }
        Ok(Output { users, coverage })
    }

    fn render(output: &Output) -> String {
        let mut text = format!("{} user(s).", output.users.len());
        for user in &output.users {
            text.push('\n');
            text.push_str(&user.to_line());
        }
        text.push('\n');
        text.push_str(&output.coverage.to_line());
        text
    }
}
