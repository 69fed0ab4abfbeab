//! An inbox: its number and name, who shares it, and its latest conversations.

use openphone_client::PhoneNumberId;

use super::{Lines, ResourceError, ResourceKind};
use crate::catalog::Catalog;
use crate::context::Context;
use crate::conversations;
use crate::error::{ToolError, ToolErrorKind};
use crate::people;
use crate::team::{self, Member};
use crate::text::NOTICE;
use crate::view::View;

/// Conversations that are shown.
const SHOWN: usize = 20;
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
    let mut lines = Lines::new(format!("Inbox {}. Times in {}.", inbox.label().to_line(), zone(cx)));
    let shows_conversations = catalog.is_callable(view, "list-conversations");
    lines.push(&or_reason(members(cx, id).await, "Who shares it")?);
    if !shows_conversations {
        return Ok(lines.text);
    }
    let (people, threads) = futures_util::join!(people::names(cx), conversations::latest(cx));
    let threads = match threads {
        Ok(threads) => threads,
        Err(error) => {
            lines.push(&or_reason(Err(error), "Its conversations")?);
            return Ok(lines.text);
        }
    };
    let of_inbox: Vec<_> = threads.iter().filter(|thread| thread.inbox == *id).take(SHOWN).collect();
    let template = ResourceKind::Conversation.template();
    lines.push(&format!("Latest {} conversation(s), each at {template}. {NOTICE}", of_inbox.len()));
    for thread in of_inbox {
        let last = thread.last_activity.map(|moment| crate::time::rfc3339(moment, cx.time_zone()));
        let last = last.map(|moment| format!(", last activity {moment}")).unwrap_or_default();
        lines.push(&format!("[{}] with {}{last}", thread.id, thread.with(inbox, &people)));
    }
    if let Some(gap) = people.gap() {
        lines.push(&format!("({gap})"));
    }
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

/// A part of the resource, or the line that says why it is missing: the rest is shown all the same, unless the key is
/// refused.
fn or_reason(part: Result<String, ToolError>, what: &str) -> Result<String, ResourceError> {
    match part {
        Err(error) if error.kind() == ToolErrorKind::KeyRefused => Err(error.into()),
        Err(error) => Ok(format!("{what} could not be read: {}", error.reason())),
        Ok(part) => Ok(part),
    }
}

fn zone(cx: &Context) -> &str {
    crate::time::zone_name(cx.time_zone())
}
