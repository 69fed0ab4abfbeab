//! Pages of a list. A cursor is base64url JSON, `{"lastId": …}`, as the vendor's is; the page goes on after
//! the place of that item in the list's order, even when a filter no longer shows the item itself.

use std::cmp::Reverse;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Answer;
use super::error::ApiError;
use crate::workspace::Position;

/// What a list is asked for.
#[derive(Debug)]
pub(super) struct PageRequest {
    pub(super) limit: usize,
    /// Id of the last item of the page before.
    pub(super) after: Option<String>,
}

/// A page, rendered.
#[derive(Debug)]
pub(super) struct Page {
    data: Vec<Value>,
    last_id: Option<String>,
}

/// Which end of the order comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
}

/// Cuts a page out of `items`. `key` gives an item's id and place; `shown` filters; `view` renders. The cursor
/// may point at any of `items`, shown or not; elsewhere it is refused.
pub(super) fn page<'a, T: 'a>(
    items: impl Iterator<Item = &'a T> + Clone,
    request: &PageRequest,
    order: Order,
    key: impl Fn(&'a T) -> (&'a str, Position),
    shown: impl Fn(&T) -> bool,
    view: impl Fn(&T) -> Value,
) -> Result<Page, ApiError> {
    let after = match &request.after {
        None => None,
        Some(id) => {
            let place = items.clone().map(&key).find(|(known, _)| known == id).map(|(_, place)| place);
            Some(place.ok_or_else(|| ApiError::bad_request("The cursor is no longer valid"))?)
        }
    };
    let is_next = |place: Position| match (after, order) {
        (None, _) => true,
        (Some(after), Order::NewestFirst) => place < after,
        (Some(after), Order::OldestFirst) => place > after,
    };
    let mut rest: Vec<_> = items
        .filter(|item| shown(item))
        .map(|item| (key(item), item))
        .filter(|((_, place), _)| is_next(*place))
        .collect();
    match order {
        Order::NewestFirst => rest.sort_by_key(|((_, place), _)| Reverse(*place)),
        Order::OldestFirst => rest.sort_by_key(|((_, place), _)| *place),
    }
    let more = rest.len() > request.limit;
    rest.truncate(request.limit);
    let last_id = rest.last().filter(|_| more).map(|((id, _), _)| (*id).to_owned());
    Ok(Page { data: rest.into_iter().map(|(_, item)| view(item)).collect(), last_id })
}

impl Page {
    /// In the envelope of a surface. v1's `totalItems` is the page's length: wrong on purpose, as the real
    /// one is wrong, so that nobody relies on it.
    pub(super) fn into_answer(self, v1: bool) -> Answer {
        let cursor = self.last_id.map(|id| encode_cursor(&id));
        if v1 {
            let total = self.data.len();
            Answer::bare(json!({ "data": self.data, "totalItems": total, "nextPageToken": cursor }))
        } else {
            Answer::bare(json!({ "data": self.data, "nextCursor": cursor }))
        }
    }
}

fn encode_cursor(last_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({ "lastId": last_id }).to_string())
}

/// The id in a cursor; `None` when it is not one.
pub(super) fn decode_cursor(cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    Some(value.get("lastId")?.as_str()?.to_owned())
}
