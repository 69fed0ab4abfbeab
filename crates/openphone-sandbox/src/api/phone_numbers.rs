//! Phone numbers (inboxes). v1 calls the number `number` and lists its users; the dated surface calls it
//! `phoneNumber`, pages, and shows restrictions and business hours only when asked.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::page::page;
use super::pattern::{E164, PHONE_NUMBER_ID, USER};
use super::query::{Params, known_user, only_path_id};
use super::users::role;
use super::{Answer, Cx, time};
use crate::workspace::{Inbox, InboxFilter, Order, Position, Record, Selection, User, Workspace};

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
    let filter = InboxFilter { number: params.matching("phoneNumber", E164), member: None };
    let include = params.include(&["restrictions"]);
    let request = params.page_request(false, 50);
    params.finish()?;
    let selection = Selection::of(&cx.workspace.inboxes, &filter);
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

/// `GET /phone-numbers/{phoneNumberId}/users`: by user id.
pub(crate) fn users(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["limit", "after"]);
    let id = params.path(cx.path_id(), PHONE_NUMBER_ID);
    let request = params.page_request(false, 50);
    params.finish()?;
    let inbox = cx.workspace.inbox(&id).ok_or_else(|| ApiError::not_found("Phone number"))?;
    let mut members: Vec<&User> = inbox.members.iter().filter_map(|id| cx.workspace.user(id)).collect();
    members.sort_by(|one, other| one.id.cmp(&other.id));
    let ranked: Vec<Member> =
        (0..).zip(members).map(|(rank, user)| Member { rank, user: user.clone() }).collect();
    let selection = Selection::of(&ranked, &());
    let users = page(&selection, &request, Order::OldestFirst, |member| member_view(&member.user))?;
    Ok(users.into_answer(false))
}

/// `GET /users/{userId}/phone-numbers`: of a user that does not exist, none.
pub(crate) fn of_user(cx: &mut Cx<'_>) -> Result<Answer, ApiError> {
    let mut params = Params::new(cx, &["include", "limit", "after"]);
    let filter = InboxFilter { number: None, member: Some(params.path(cx.path_id(), USER)) };
    let include = params.include(&["restrictions"]);
    let request = params.page_request(false, 50);
    params.finish()?;
    let selection = Selection::of(&cx.workspace.inboxes, &filter);
    let inboxes = page(&selection, &request, Order::OldestFirst, |inbox| view(inbox, &include))?;
    Ok(inboxes.into_answer(false))
}

/// One of the users of a number, which are listed by id.
#[derive(Clone)]
struct Member {
    rank: u64,
    user: User,
}

impl Record for Member {
    type Filter = ();
    type Sort = ();

    fn id(&self) -> &str {
        &self.user.id
    }

    fn place(&self, (): ()) -> Position {
        Position { at: Timestamp::UNIX_EPOCH, sequence: self.rank }
    }

    fn passes(&self, (): &()) -> bool {
        true
    }
}

fn view_v1(workspace: &Workspace, inbox: &Inbox) -> Value {
    let users: Vec<Value> =
        inbox.members.iter().filter_map(|id| workspace.user(id)).map(member_view).collect();
    let mut view = shared(inbox);
    view["number"] = inbox.number.clone().into();
    view["users"] = users.into();
    view["restrictions"] = restrictions(inbox);
    view
}

/// A user as a number lists them.
fn member_view(user: &User) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "role": role(user.role),
        "groupId": user.group_id,
    })
}

fn view(inbox: &Inbox, include: &[String]) -> Value {
    let mut view = shared(inbox);
    view["phoneNumber"] = inbox.number.clone().into();
    for extra in include {
        view[extra.as_str()] =
            if extra == "restrictions" { restrictions(inbox) } else { business_hours(inbox) };
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

fn restrictions(inbox: &Inbox) -> Value {
    let word = |allowed: bool| if allowed { "unrestricted" } else { "restricted" };
    let region = |abroad: bool| json!({ "US": word(true), "CA": word(true), "Intl": word(abroad) });
    json!({ "calling": region(false), "messaging": region(inbox.texts_abroad) })
}

/// One that has none stored shows the product's default.
fn business_hours(inbox: &Inbox) -> Value {
    let Some(hours) = &inbox.business_hours else {
        return json!({ "enabled": false, "timezone": "America/Los_Angeles", "schedule": null });
    };
    let day = |open: &Option<(&str, &str)>| open.map(|(start, end)| json!({ "start": start, "end": end }));
    let week = WEEK.iter().zip(&hours.week).map(|(name, open)| ((*name).to_owned(), day(open).into()));
    json!({ "enabled": true, "timezone": hours.timezone, "schedule": week.collect::<Map<_, Value>>() })
}

const WEEK: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
