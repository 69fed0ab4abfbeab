//! Phone numbers (inboxes). v1 calls the number `number` and lists its users; the dated surface calls it
//! `phoneNumber`, pages, and shows restrictions and business hours only when asked.

use serde_json::{Value, json};

use super::error::ApiError;
use super::page::page;
use super::pattern::{E164, PHONE_NUMBER_ID, USER};
use super::query::{Params, known_user, only_path_id};
use super::users::role;
use super::{Answer, Cx, time};
use crate::workspace::{Inbox, Order, Selection, Workspace};

/// `GET /v1/phone-numbers`: not paged.
pub(crate) fn list_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &[]);
    let user = params.matching("userId", USER);
    params.finish()?;
    known_user(cx, user.as_deref())?;
    let mine = |inbox: &&Inbox| user.as_deref().is_none_or(|user| inbox.has_member(user));
    let data = cx.workspace.inboxes.iter().filter(mine).map(|inbox| view_v1(cx.workspace, inbox)).collect();
    Ok(Answer::data(data))
}

/// `GET /v1/phone-numbers/{phoneNumberId}`
pub(crate) fn get_v1(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let id = only_path_id(cx, PHONE_NUMBER_ID)?;
    let inbox = cx.workspace.inbox(&id).ok_or_else(|| ApiError::not_found("Phone number"))?;
    Ok(Answer::data(view_v1(cx.workspace, inbox)))
}

/// `GET /phone-numbers`
pub(crate) fn list(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["phoneNumber", "include", "limit", "after"]);
    let number = params.matching("phoneNumber", E164);
    let include = params.include(&["restrictions"]);
    let request = params.page_request(false, 50);
    params.finish()?;
    let selection = Selection::of(&cx.workspace.inboxes, &number);
    let inboxes = page(&selection, &request, Order::OldestFirst, |inbox| view(inbox, &include))?;
    Ok(inboxes.into_answer(false))
}

/// `GET /phone-numbers/{phoneNumberId}`
pub(crate) fn get(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["include"]);
    let id = params.path(cx.path_id(), PHONE_NUMBER_ID);
    let include = params.include(&["restrictions", "businessHours"]);
    params.finish()?;
    let inbox = cx.workspace.inbox(&id).ok_or_else(|| ApiError::not_found("Phone number"))?;
    Ok(Answer::data(view(inbox, &include)))
}

fn view_v1(workspace: &Workspace, inbox: &Inbox) -> Value {
    let users: Vec<Value> = inbox
        .members
        .iter()
        .filter_map(|id| workspace.user(id))
        .map(|user| {
            json!({
                "id": user.id,
                "email": user.email,
                "firstName": user.first_name,
                "lastName": user.last_name,
                "role": role(user.role),
                "groupId": user.group_id,
            })
        })
        .collect();
    let mut view = shared(inbox);
    view["number"] = inbox.number.clone().into();
    view["users"] = users.into();
    view["restrictions"] = restrictions();
    view
}

fn view(inbox: &Inbox, include: &[String]) -> Value {
    let mut view = shared(inbox);
    view["phoneNumber"] = inbox.number.clone().into();
    for extra in include {
        view[extra.as_str()] = if extra == "restrictions" { restrictions() } else { business_hours() };
    }
    view
}

fn shared(inbox: &Inbox) -> Value {
    json!({
        "id": inbox.id,
        "groupId": inbox.group_id,
        "name": inbox.name,
        "formattedNumber": formatted(&inbox.number),
        "forward": null,
        "portRequestId": null,
        "portingStatus": null,
        "symbol": inbox.symbol,
        "createdAt": time(inbox.created_at),
        "updatedAt": time(inbox.updated_at),
    })
}

/// `(415) 555-0150` for a number in North America; `None` elsewhere.
fn formatted(number: &str) -> Option<String> {
    let digits = number.strip_prefix("+1").filter(|digits| digits.len() == 10)?;
    let (area, rest) = digits.split_at_checked(3)?;
    let (exchange, line) = rest.split_at_checked(3)?;
    Some(format!("({area}) {exchange}-{line}"))
}

fn restrictions() -> Value {
    let region = json!({ "US": "unrestricted", "CA": "unrestricted", "Intl": "restricted" });
    json!({ "calling": region, "messaging": region })
}

fn business_hours() -> Value {
    let open = json!({ "start": "0800", "end": "1700" });
    json!({
        "enabled": true,
        "timezone": "America/Los_Angeles",
        "schedule": {
            "monday": open, "tuesday": open, "wednesday": open, "thursday": open, "friday": open,
            "saturday": null, "sunday": null,
        },
    })
}
