//! Pages of a list. A cursor is base64url JSON, `{"lastId": …}`, as the vendor's is; the page goes on after
//! the place of that item in the list's order, even when a filter no longer shows the item itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Answer;
use super::error::ApiError;
use crate::workspace::{Order, Record, Selection};

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

/// Cuts a page out of a selection. The cursor may point at an item that the filter does not show; at none, it
/// is refused.
pub(super) fn page<T: Record>(
    selection: &Selection<'_, T>,
    request: &PageRequest,
    order: Order,
    view: impl Fn(&T) -> Value,
) -> Result<Page, ApiError> {
    let after = match &request.after {
        None => None,
        Some(id) => {
            let place = selection.place(id);
            Some(place.ok_or_else(|| ApiError::bad_request("The cursor is no longer valid"))?)
        }
    };
    let mut rest = selection.walk(order, after);
    let items: Vec<_> = rest.by_ref().take(request.limit).collect();
    let last_id = rest.next().and_then(|_| items.last()).map(|item| item.id().to_owned());
    Ok(Page { data: items.iter().map(|item| view(item)).collect(), last_id })
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

    /// In the envelope of v1's tasks: the total is true, and the last page has no token at all.
    pub(super) fn into_counted_answer(self, total: usize) -> Answer {
        let mut body = json!({ "data": self.data, "totalItems": total });
        if let Some(id) = self.last_id {
            body["nextPageToken"] = encode_cursor(&id).into();
        }
        Answer::bare(body)
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
