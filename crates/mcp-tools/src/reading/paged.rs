//! Lists that the upstream gives page by page in an order of its own: cut after any item, and gone on with.
//!
//! The cursor holds the upstream's, which is short-lived, and how many items of that page were shown.

use std::future::Future;

use openphone_client::{Cursor, Error, ErrorKind, Page};
use sealing::FingerprintKey;
use serde::{Deserialize, Serialize};

use super::cursor::{self, List};
use super::{Coverage, SizeBudget};
use crate::error::ToolError;

/// A position in such a list.
pub(crate) struct Paged<'a> {
    list: List<'a>,
    page: Option<Cursor>,
    shown: u16,
}

/// A position as a client keeps it.
#[derive(Serialize, Deserialize)]
struct Place {
    /// Names the list.
    query: u64,
    page: Option<Cursor>,
    shown: u16,
}

impl<'a> Paged<'a> {
    /// Where a cursor points in the list that is named by its filters, or its start. A blank cursor means none.
    pub(crate) fn read(
        fingerprints: &'a FingerprintKey,
        filters: &[&str],
        cursor: Option<&str>,
    ) -> Result<Self, ToolError> {
        let list = List::new(fingerprints, filters);
        let Some(Place { query, page, shown }) = cursor::read(cursor)? else {
            return Ok(Self { list, page: None, shown: 0 });
        };
        list.check(query)?;
        Ok(Self { list, page, shown })
    }

    /// Reads at most `max` items, as many as fit, of at most `pages` pages. `item` makes an item and says how many
    /// bytes it takes in the result.
    pub(crate) async fn collect<T, I, F>(
        mut self,
        (max, pages): (usize, usize),
        mut fetch: impl FnMut(Option<Cursor>) -> F,
        mut item: impl FnMut(T) -> (I, usize),
    ) -> Result<(Vec<I>, Coverage), ToolError>
    where
        F: Future<Output = Result<Page<T>, Error>>,
    {
        let mut items = Vec::new();
        let mut size = SizeBudget::new();
        for _ in 0..pages {
            let page = match fetch(self.page.clone()).await {
                Ok(page) => page,
                Err(error) if items.is_empty() => return Err(self.failed(error)),
                Err(error) => {
                    let reason = ToolError::reading(error).reason();
                    return Ok(self.cut(items, reason));
                }
            };
            for one in page.data.into_iter().skip(usize::from(self.shown)) {
                if items.len() == max {
                    return Ok(self.cut(items, "maxResults reached"));
                }
                let (one, bytes) = item(one);
                if !size.take(bytes) && !items.is_empty() {
                    return Ok(self.cut(items, "the result is full"));
                }
                items.push(one);
                self.shown = self.shown.saturating_add(1);
            }
            let Some(next) = page.next else {
                let scanned = items.len();
                return Ok((items, Coverage::complete(scanned)));
            };
            self.page = Some(next);
            self.shown = 0;
            if items.len() == max {
                return Ok(self.cut(items, "maxResults reached"));
            }
        }
        Ok(self.cut(items, "the list is longer than one call reads"))
    }

    fn cut<I>(&self, items: Vec<I>, reason: impl Into<String>) -> (Vec<I>, Coverage) {
        let place = Place { query: self.list.name(), page: self.page.clone(), shown: self.shown };
        let cursor = cursor::write(&place);
        let scanned = items.len();
        (items, Coverage::partial(scanned, reason, cursor))
    }

    fn failed(&self, error: Error) -> ToolError {
        if self.page.is_some() && error.kind() == ErrorKind::InvalidRequest {
            let problem = "is no longer valid; leave it out to begin anew";
            return ToolError::argument("cursor", problem).because(error);
        }
        ToolError::reading(error)
    }
}
