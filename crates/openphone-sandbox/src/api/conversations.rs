//! Conversations: listed on both surfaces, marked read, done or open on both. What a mark changed cannot be
//! read back, as on the real API.

use serde_json::{Value, json};

use super::error::ApiError;
use super::page::page;
use super::pattern::{CONVERSATION, INBOX, PHONE_NUMBER_ID, USER};
use super::query::{Params, known_user, only_path_id};
use super::{Answer, Cx, optional_time, time};
use crate::workspace::{Conversation, ConversationFilter, ConversationSort, Inbox, Order};

/// `GET /v1/conversations`: most recently active first.
pub(crate) fn list_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &[]);
    let mut inboxes = params.repeated("phoneNumbers", INBOX);
    if inboxes.len() > 100 {
        let schema = json!({ "type": "Array", "maxItems": 100 });
        let message = "Expected array length to be less or equal to 100";
        params.report("phoneNumbers", message, schema, inboxes.len());
    }
    // The deprecated spelling counts only without the other.
    let single = params.matching("phoneNumber", INBOX);
    if inboxes.is_empty() {
        inboxes.extend(single);
    }
    let user = params.matching("userId", USER);
    let created = params.v1_range("created");
    let updated = params.v1_range("updated");
    let exclude_inactive = params.boolean("excludeInactive").unwrap_or(false);
    let request = params.page_request(true, 100);
    params.finish()?;
    known_user(cx, user.as_deref())?;
    let inboxes = (!inboxes.is_empty() || user.is_some()).then(|| {
        let wanted = |inbox: &&Inbox| {
            (inboxes.is_empty() || inboxes.contains(&inbox.id) || inboxes.contains(&inbox.number))
                && user.as_deref().is_none_or(|user| inbox.has_member(user))
        };
        cx.workspace.inboxes.iter().filter(wanted).map(|inbox| inbox.id.clone()).collect()
    });
    let filter =
        ConversationFilter { inboxes, participants: None, created, updated, active: exclude_inactive };
    let selection = cx.workspace.conversations.select(&filter, ConversationSort::LastActivity);
    let conversations =
        page(&selection, &request, Order::NewestFirst, |conversation| view(conversation, true))?;
    Ok(conversations.into_answer(true))
}

/// `GET /conversations`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    const KNOWN: &[&str] = &[
        "phoneNumberId",
        "phoneNumberId[in]",
        "createdAt[gte]",
        "createdAt[lte]",
        "updatedAt[gte]",
        "updatedAt[lte]",
        "sort",
        "limit",
        "after",
    ];
    let mut params = Params::new(cx, KNOWN);
    let filter = ConversationFilter {
        inboxes: params.any_of("phoneNumberId", PHONE_NUMBER_ID, 100),
        participants: None,
        created: params.inclusive_range("createdAt"),
        updated: params.inclusive_range("updatedAt"),
        active: false,
    };
    let (sort, order) = params.word("sort", SORTS).unwrap_or((ConversationSort::Created, Order::NewestFirst));
    let request = params.page_request(false, 50);
    params.finish()?;
    let selection = cx.workspace.conversations.select(&filter, sort);
    let conversations = page(&selection, &request, order, |conversation| view(conversation, false))?;
    Ok(conversations.into_answer(false))
}

/// `POST …/mark-as-read`
pub(crate) fn mark_read(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    mark(cx, |conversation| conversation.unread = false)
}

/// `POST …/mark-as-done`
pub(crate) fn mark_done(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    mark(cx, |conversation| conversation.done = true)
}

/// `POST …/mark-as-open`
pub(crate) fn mark_open(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    mark(cx, |conversation| conversation.done = false)
}

const SORTS: &[(&str, (ConversationSort, Order))] = &[
    ("createdAt:desc", (ConversationSort::Created, Order::NewestFirst)),
    ("createdAt:asc", (ConversationSort::Created, Order::OldestFirst)),
    ("updatedAt:desc", (ConversationSort::Updated, Order::NewestFirst)),
    ("updatedAt:asc", (ConversationSort::Updated, Order::OldestFirst)),
];

/// v1 answers with the bare conversation, the dated surface wraps it in `data`.
fn mark(cx: &mut Cx<'_>, change: fn(&mut Conversation)) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, CONVERSATION)?;
    let now = cx.workspace.position(cx.now);
    let v1 = cx.operation.is_v1();
    let conversation =
        cx.workspace.conversation_mut(&id).ok_or_else(|| ApiError::not_found("Conversation"))?;
    change(conversation);
    conversation.updated = conversation.updated.max(now);
    let view = view(conversation, v1);
    Ok(if v1 { Answer::bare(view) } else { Answer::data(view) })
}

fn view(conversation: &Conversation, v1: bool) -> Value {
    let last = conversation.last_activity.as_ref();
    let mut view = json!({
        "id": conversation.id,
        "phoneNumberId": conversation.phone_number_id,
        "participants": conversation.participants,
        "name": conversation.name,
        "lastActivityAt": optional_time(last.map(|(position, _)| position.at)),
        "lastActivityId": last.map(|(_, id)| id),
        "mutedUntil": optional_time(conversation.muted_until),
        "snoozedUntil": optional_time(conversation.snoozed_until),
        "createdAt": time(conversation.created.at),
        "updatedAt": time(conversation.updated.at),
        "deletedAt": null,
    });
    if v1 {
        view["assignedTo"] = conversation.assigned_to.clone().into();
    }
    view
}
