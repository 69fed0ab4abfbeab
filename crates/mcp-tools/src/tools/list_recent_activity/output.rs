//! Result of `list-recent-activity`, as data and as text.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::Whose;
use crate::audit::activity::Action;
use crate::reading::{Coverage, json_length};

/// Result of `list-recent-activity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Whose actions
    pub connections: Whose,
    /// Zone of the times
    pub time_zone: String,
    /// Newest first
    pub actions: Vec<ActionItem>,
    /// Whether that is everything
    pub coverage: Coverage,
}

/// One write or refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ActionItem {
    /// When it ended
    pub at: String,
    /// By which tool
    pub tool: String,
    /// done, partly, failed, unknown, refused or asked
    pub outcome: String,
    /// Why not
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of several: how they ended
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<String>,
    /// How many people were to be texted
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients: Option<usize>,
    /// In which inbox
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbox: Option<ActionInbox>,
    /// What was written
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub ids: Vec<String>,
    /// What the client calls itself
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Whether it was this connection
    pub this_connection: bool,
}

/// The inbox of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ActionInbox {
    /// `PN…`
    pub id: String,
    /// Its name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl ActionItem {
    pub(super) fn new(at: &str, tool: &str, outcome: &str) -> Self {
        Self {
            at: at.to_owned(),
            tool: tool.to_owned(),
            outcome: outcome.to_owned(),
            reason: None,
            counts: None,
            recipients: None,
            inbox: None,
            ids: Vec::new(),
            client: None,
            this_connection: true,
        }
    }

    pub(super) fn because(self, reason: Option<&str>) -> Self {
        Self { reason: reason.map(str::to_owned), ..self }
    }

    pub(super) fn with_recipients(self, recipients: usize) -> Self {
        Self { recipients: (recipients > 0).then_some(recipients), ..self }
    }

    pub(super) fn in_inbox(self, id: &str, name: Option<&str>) -> Self {
        Self { inbox: Some(ActionInbox { id: id.to_owned(), name: name.map(str::to_owned) }), ..self }
    }

    pub(super) fn with_ids(self, ids: &[&str]) -> Self {
        Self { ids: ids.iter().map(|id| (*id).to_owned()).collect(), ..self }
    }

    pub(super) fn by(self, client: Option<&str>, this_connection: bool) -> Self {
        // The name is the client's own choice.
        Self { client: client.and_then(crate::text::clean_name), this_connection, ..self }
    }

    pub(super) fn of(
        action: &Action,
        at: Timestamp,
        zone: &TimeZone,
        inboxes: &HashMap<String, String>,
        this_connection: bool,
    ) -> Self {
        let ids: Vec<&str> = action.ids.iter().map(String::as_str).collect();
        let mut item = Self::new(&crate::time::rfc3339(at, zone), &action.tool, &action.outcome)
            .because(action.reason.as_deref())
            .with_recipients(action.recipients.len())
            .with_ids(&ids)
            .by(action.client.as_deref(), this_connection);
        let several = action.counts.iter().map(|(_, count)| count).sum::<u32>() > 1;
        let counts =
            || action.counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>();
        item.counts = several.then(|| counts().join(", "));
        match &action.inbox {
            Some(id) => item.in_inbox(id, inboxes.get(id).map(String::as_str)),
            None => item,
        }
    }

    /// What the item costs in a result, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_line().len() + 2)
    }

    fn to_line(&self) -> String {
        let mut line = format!("{} {}: {}", self.at, self.tool, self.outcome);
        if let Some(reason) = &self.reason {
            line.push_str(&format!(" ({reason})"));
        }
        if let Some(counts) = &self.counts {
            line.push_str(&format!("; {counts}"));
        }
        if let Some(recipients) = self.recipients {
            line.push_str(&format!("; to {recipients} number(s)"));
        }
        match &self.inbox {
            Some(ActionInbox { id, name: Some(name) }) => {
                line.push_str(&format!("; inbox \"{name}\" ({id})"));
            }
            Some(ActionInbox { id, name: None }) => line.push_str(&format!("; inbox {id}")),
            None => {}
        }
        if !self.ids.is_empty() {
            line.push_str(&format!("; {}", self.ids.join(", ")));
        }
        if let Some(client) = &self.client {
            line.push_str(&format!("; by \"{client}\""));
        }
        if !self.this_connection {
            line.push_str("; another connection");
        }
        line
    }
}

impl Output {
    pub(super) fn new(whose: Whose, zone: &str, actions: Vec<ActionItem>, coverage: Coverage) -> Self {
        Self { connections: whose, time_zone: zone.to_owned(), actions, coverage }
    }

    pub(super) fn to_text(&self) -> String {
        let of = match self.connections {
            Whose::This => "this connection",
            Whose::All => "all connections with this API key",
        };
        let mut text = format!(
            "{} action(s) of {of} through this server, newest first, times in {}.",
            self.actions.len(),
            self.time_zone
        );
        for action in &self.actions {
            text.push('\n');
            text.push_str(&action.to_line());
        }
        text.push('\n');
        text.push_str(&self.coverage.to_line());
        text
    }
}
