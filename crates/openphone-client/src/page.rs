//! Lists: one page at a time, or a stream of pages that stops at the caller's budget.

use std::fmt;
use std::future::Future;

use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// One page of a list, and where the next one begins.
///
/// There is no total: the API's `totalItems` is documented as wrong and is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the order of the API.
    pub data: Vec<T>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page, for a `fetch` of one's own that [`pages`] is given.
    #[must_use]
    pub fn new(data: Vec<T>, next: Option<Cursor>) -> Self {
        Self { data, next }
    }
}

/// An opaque position in a list. Short-lived, and valid only with the same filters.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor that came from an earlier [`Page`].
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The cursor as the API spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may encode what was searched for.
        f.write_str("Cursor(…)")
    }
}

/// How much of a list a caller is ready to read. Whichever bound is met first ends the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Requests at most.
    pub pages: usize,
    /// No further page is asked for once this many items were read.
    pub items: usize,
}

impl Budget {
    /// At most `pages` requests, however many items they bring.
    #[must_use]
    pub fn pages(pages: usize) -> Self {
        Self { pages, items: usize::MAX }
    }

    /// The same budget, and no further page once `items` were read.
    #[must_use]
    pub fn items(self, items: usize) -> Self {
        Self { items, ..self }
    }
}

/// Reads page after page with `fetch`, starting at `start`, until the list or the budget ends.
///
/// The `next` of the last page yielded says which of the two it was: `None` means that the list was read to
/// its end, a cursor that there is more. The stream ends after an error. A cursor that comes back unchanged is
/// an error of kind [`ErrorKind::Protocol`], because following it would never end.
pub fn pages<T, F, Fut>(
    start: Option<Cursor>,
    budget: Budget,
    fetch: F,
) -> impl Stream<Item = Result<Page<T>, Error>>
where
    F: FnMut(Option<Cursor>) -> Fut,
    Fut: Future<Output = Result<Page<T>, Error>>,
{
    let state = (budget.pages > 0).then_some(Walk { cursor: start, budget, fetch });
    stream::unfold(state, |walk| async move {
        let mut walk = walk?;
        match (walk.fetch)(walk.cursor.clone()).await {
            Err(error) => Some((Err(error), None)),
            Ok(page) if page.next.is_some() && page.next == walk.cursor => {
                Some((Err(Error::new(ErrorKind::Protocol).because("the same page came twice")), None))
            }
            Ok(page) => {
                walk.budget.pages -= 1;
                walk.budget.items = walk.budget.items.saturating_sub(page.data.len());
                let more = page.next.is_some() && walk.budget.pages > 0 && walk.budget.items > 0;
                walk.cursor.clone_from(&page.next);
                Some((Ok(page), more.then_some(walk)))
            }
        }
    })
}

struct Walk<F> {
    cursor: Option<Cursor>,
    budget: Budget,
    fetch: F,
}
