//! An inbox: its number and name, who shares it, and its latest conversations as `list-conversations` shows them.

use openphone_client::PhoneNumberId;
use serde_json::json;

use super::{Lines, ResourceError, ResourceKind};
use crate::catalog::Catalog;
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::team::{self, Member};
use crate::tool::Tool as _;
use crate::tools::ListConversations;
use crate::view::View;

/// Conversations that are shown.
const SHOWN: u32 = 20;
/// Members that are shown.
const MEMBERS: usize = 50;

pub(super) async fn read(
    catalog: &Catalog,
    view: &View,
    cx: &Context,
    id: &PhoneNumberId,
) -> Result<String, ResourceError> {
    let inboxes = crate::inbox::reachable(cx).await?;
    let inbox = inboxes.iter().find(|inbox| inbox.id == *id).ok_or(ResourceError::NotFound)?;
    let mut lines = Lines::new(format!("Inbox {}.", inbox.label().to_line()));
    if !catalog.is_callable(view, ListConversations::NAME) {
        lines.push(&or_reason(members(cx, id).await, "Who shares it")?);
        return Ok(lines.text);
    }
    let (members, conversations) = futures_util::join!(members(cx, id), conversations(cx, id));
    lines.push(&or_reason(members, "Who shares it")?);
    lines.push(&or_reason(conversations, "Its conversations")?);
    lines.push(&format!("Each conversation can be read at {}.", ResourceKind::Conversation.template()));
    Ok(lines.text)
}

async fn members(cx: &Context, id: &PhoneNumberId) -> Result<String, ToolError> {
    let members = team::of_inbox(cx, id).await?;
    let more = members.len().saturating_sub(MEMBERS);
    let mut names: Vec<String> = members.iter().take(MEMBERS).map(Member::to_phrase).collect();
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    Ok(format!("Shared by: {}.", names.join(", ")))
}

async fn conversations(cx: &Context, id: &PhoneNumberId) -> Result<String, ToolError> {
    let input = serde_json::from_value(json!({ "inbox": id.as_str(), "maxResults": SHOWN }));
    let input = input.map_err(|_| ToolError::argument("inbox", "cannot be read"))?;
    let mut output = ListConversations.call(cx, input).await?;
    // A resource has no pages.
    output.coverage.cursor = None;
    Ok(ListConversations::render(&output))
}

/// A part of the resource, or the line that says why it is missing: the rest is shown all the same, unless the key is
/// refused.
fn or_reason(part: Result<String, ToolError>, what: &str) -> Result<String, ResourceError> {
    match part {
        Err(error) if error.kind() == ToolErrorKind::KeyRefused => Err(error.into()),
        Err(error) => Ok(format!("{what} could not be read: {}", error.reason())),
        Ok(part) => Ok(part),
    }
}
