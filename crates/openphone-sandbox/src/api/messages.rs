//! Messages: send, list, get, and on the dated surface retry. v1 lists one thread, the dated surface the whole
//! workspace.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::Fields;
use super::error::ApiError;
use super::page::page;
use super::pattern::{ACTIVITY, E164, INBOX, NOT_BLANK, PARTY, PHONE_NUMBER_ID, RECIPIENT, USER};
use super::query::{DIRECTIONS, Params, known_inbox, known_user, only_path_id};
use super::{Answer, Cx, direction, time};
use crate::workspace::numbers::{Behaviour, behaviour, is_abroad};
use crate::workspace::{
    Message, MessageFilter, MessageStatus, Order, RegistrationStatus, SendRequest, party,
};

/// `POST /v1/messages`, `POST /messages`
pub(crate) fn send(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    Params::new(cx, &[]).finish()?;
    let request = send_request(cx)?;
    refuse_by_plan(cx, &request)?;
    for recipient in &request.to {
        match behaviour(recipient) {
            Behaviour::OptedOut => return Err(ApiError::opted_out()),
            Behaviour::A2pNotApproved => return Err(ApiError::a2p_not_approved()),
            Behaviour::DailyCapReached => return Err(ApiError::daily_cap_reached()),
            Behaviour::SubscriptionExpired => return Err(ApiError::subscription_expired()),
            Behaviour::NotEnoughCredits => return Err(ApiError::not_enough_credits()),
            Behaviour::InternationalOff => return Err(ApiError::international_messaging_off()),
            Behaviour::Delivers { .. }
            | Behaviour::CallsBack(_)
            | Behaviour::Undelivered
            | Behaviour::Fails { .. }
            | Behaviour::StaysSent => {}
        }
    }
    let id = cx.workspace.send(request, cx.now);
    let sent = cx.workspace.message(&id).map(|message| view(&message, cx.operation.is_v1()));
    Ok(Answer::with(StatusCode::ACCEPTED, sent.unwrap_or_default()))
}

/// `GET /v1/messages`
pub(crate) fn list_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &[]);
    let inbox = params.required("phoneNumberId", PHONE_NUMBER_ID);
    let participants = params.participants(E164);
    if participants.len() > 10 {
        let schema = json!({ "type": "Array", "maxItems": 10 });
        let message = "Expected array length to be less or equal to 10";
        params.report("participants", message, schema, participants.len());
    }
    let user = params.matching("userId", USER);
    let created = params.v1_range("created");
    let request = params.page_request(true, 100);
    params.finish()?;
    paid(cx)?;
    known_inbox(cx, Some(&inbox))?;
    known_user(cx, user.as_deref())?;
    let thread = cx.workspace.conversation_between(&inbox, &party(&participants));
    // Without a thread no message passes: none has an empty id.
    let conversation = Some(thread.map(|thread| thread.id.clone()).unwrap_or_default());
    let filter = MessageFilter { conversation, user, created, ..MessageFilter::default() };
    let selection = cx.workspace.messages.select(&filter, ());
    let messages = page(&selection, &request, Order::NewestFirst, |message| view(message, true))?;
    Ok(messages.into_answer(true))
}

/// `GET /messages`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    const KNOWN: &[&str] = &[
        "from",
        "to",
        "to[all]",
        "status",
        "direction",
        "phoneNumberId",
        "userId",
        "createdAt[gt]",
        "createdAt[lt]",
        "limit",
        "after",
    ];
    let mut params = Params::new(cx, KNOWN);
    let filter = MessageFilter {
        conversation: None,
        from: params.matching("from", PARTY),
        to: params.matching("to", PARTY),
        to_all: params.list("to[all]", PARTY).map(|numbers| party(&numbers)),
        status: params.word("status", STATUSES),
        direction: params.word("direction", DIRECTIONS),
        inbox: params.matching("phoneNumberId", PHONE_NUMBER_ID),
        user: params.matching("userId", USER),
        created: params.exclusive_range("createdAt"),
    };
    let request = params.page_request(false, 50);
    params.finish()?;
    known_inbox(cx, filter.inbox.as_deref())?;
    known_user(cx, filter.user.as_deref())?;
    let selection = cx.workspace.messages.select(&filter, ());
    let messages = page(&selection, &request, Order::NewestFirst, |message| view(message, false))?;
    Ok(messages.into_answer(false))
}

/// `GET /v1/messages/{id}`, `GET /messages/{messageId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ACTIVITY)?;
    if cx.operation.is_v1() {
        paid(cx)?;
    }
    let message = cx.workspace.message(&id).ok_or_else(|| ApiError::not_found("Message"))?;
    Ok(Answer::data(view(&message, cx.operation.is_v1())))
}

/// `POST /messages/{messageId}/retry`
pub(crate) fn retry(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, ACTIVITY)?;
    if cx.workspace.message(&id).is_none() {
        return Err(ApiError::not_found("Message"));
    }
    if !cx.workspace.retry(&id, cx.now) {
        return Err(ApiError::unprocessable("The message has permanently failed and cannot be retried"));
    }
    Ok(Answer::Json(StatusCode::ACCEPTED, json!({})))
}

/// v1 reads no messages of an expired subscription; the dated surface refuses to send alone.
fn paid(cx: &Cx<'_>) -> Result<(), ApiError> {
    if cx.plan.expired { Err(ApiError::subscription_expired()) } else { Ok(()) }
}

fn refuse_by_plan(cx: &Cx<'_>, request: &SendRequest) -> Result<(), ApiError> {
    paid(cx)?;
    let registered = cx.workspace.registration_status(cx.plan, cx.now) == Some(RegistrationStatus::Approved);
    if !registered && request.to.iter().any(|number| number.starts_with("+1")) {
        return Err(ApiError::a2p_not_approved());
    }
    if cx.plan.without_credits { Err(ApiError::not_enough_credits()) } else { Ok(()) }
}

fn send_request(cx: &Cx<'_>) -> Result<SendRequest, ApiError> {
    let mut body = Fields::parse(cx, &["content", "from", "to", "userId", "setInboxStatus"])?;
    body.require("content", "String");
    let content = body.text("content", NOT_BLANK).unwrap_or_default();
    body.length("content", &content, 0, 1600);
    // v1's `phoneNumberId` is the old name of `from`.
    let sender = if cx.operation.is_v1() && !body.has("from") && body.has("phoneNumberId") {
        body.text("phoneNumberId", PHONE_NUMBER_ID)
    } else {
        body.require("from", "Union");
        body.text("from", INBOX)
    };
    let to = body.texts("to", 10, RECIPIENT);
    let user = body.text("userId", USER);
    let done = match body.raw("setInboxStatus").map(|status| status.as_str() == Some("done")) {
        None => false,
        Some(true) => true,
        Some(false) => {
            body.report("setInboxStatus", "Expected 'done'", json!({ "type": "Literal", "const": "done" }));
            false
        }
    };
    body.finish()?;
    let sender = sender.unwrap_or_default();
    let inbox =
        cx.workspace.inbox_by_id_or_number(&sender).ok_or_else(|| ApiError::not_found("Phone number"))?;
    known_user(cx, user.as_deref())?;
    if !inbox.texts_abroad && to.iter().any(|number| is_abroad(number)) {
        return Err(ApiError::international_messaging_off());
    }
    let user_id = match user {
        Some(user) if !inbox.has_member(&user) => return Err(ApiError::not_phone_number_user(cx.operation)),
        Some(user) => user,
        None => inbox.owner().cloned().unwrap_or_default(),
    };
    Ok(SendRequest {
        phone_number_id: inbox.id.clone(),
        from: inbox.number.clone(),
        to,
        content,
        user_id,
        done,
        operation: cx.operation,
    })
}

const STATUSES: &[(&str, MessageStatus)] = &[
    ("queued", MessageStatus::Queued),
    ("sent", MessageStatus::Sent),
    ("delivered", MessageStatus::Delivered),
    ("undelivered", MessageStatus::Undelivered),
    ("received", MessageStatus::Received),
    ("failed", MessageStatus::Failed),
];

/// What a status is called; v1 knows no `failed`.
pub(super) fn status(status: MessageStatus, v1: bool) -> Option<&'static str> {
    let shown = if v1 && status == MessageStatus::Failed { MessageStatus::Undelivered } else { status };
    STATUSES.iter().find(|(_, known)| *known == shown).map(|(word, _)| *word)
}

/// What came with a text.
pub(super) fn media(message: &Message) -> Vec<Value> {
    message.media.iter().map(|one| json!({ "url": one.url, "type": one.content_type })).collect()
}

/// Both surfaces show the same fields.
fn view(message: &Message, v1: bool) -> Value {
    json!({
        "id": message.id,
        "to": message.to,
        "from": message.from,
        "text": message.text,
        "phoneNumberId": message.phone_number_id,
        "conversationId": message.conversation_id,
        "direction": direction(message.direction),
        "userId": message.user_id,
        "status": status(message.status, v1),
        "media": media(message),
        "createdAt": time(message.created.at),
        "updatedAt": time(message.updated_at),
    })
}
