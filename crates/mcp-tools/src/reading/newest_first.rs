//! Several upstream lists, each newest first, read as one that is newest first.
//!
//! Pages are asked for when they are needed. An item that is in two lists comes once.

use std::collections::{HashSet, VecDeque};

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use openphone_client::{Error, Page};

/// Something with an id and a moment.
pub(crate) trait Dated {
    fn id(&self) -> &str;
    fn moment(&self) -> Timestamp;
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Step<T> {
    Item(T),
    /// Every list was read to its end.
    End,
    /// The page budget of a list is used up; there is more.
    OutOfPages,
}

/// The merged list.
pub(crate) struct NewestFirst<'a, T> {
    sources: Vec<Source<'a, T>>,
    seen: HashSet<String>,
    scanned: usize,
}

struct Source<'a, T> {
    pages: BoxStream<'a, Result<Page<T>, Error>>,
    buffer: VecDeque<T>,
    more: bool,
    failure: Option<Error>,
}

impl<'a, T: Dated> NewestFirst<'a, T> {
    pub(crate) fn new(pages: Vec<BoxStream<'a, Result<Page<T>, Error>>>) -> Self {
        let source = |pages| Source { pages, buffer: VecDeque::new(), more: true, failure: None };
        Self { sources: pages.into_iter().map(source).collect(), seen: HashSet::new(), scanned: 0 }
    }

    /// Asks for the first page of every list at once. A failure is kept, and told by [`NewestFirst::next`].
    pub(crate) async fn begin(&mut self) {
        join_all(self.sources.iter_mut().map(|source| async move {
            if let Err(error) = source.fill().await {
                source.failure = Some(error);
            }
        }))
        .await;
    }

    /// Why a first page could not be read, if [`NewestFirst::begin`] was told so.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.sources.iter().find_map(|source| source.failure.as_ref())
    }

    /// Items that came out so far.
    pub(crate) fn scanned(&self) -> usize {
        self.scanned
    }

    pub(crate) async fn next(&mut self) -> Result<Step<T>, Error> {
        loop {
            for source in &mut self.sources {
                if !source.fill().await? {
                    return Ok(Step::OutOfPages);
                }
            }
            let newest = self
                .sources
                .iter_mut()
                .filter(|source| !source.buffer.is_empty())
                .max_by_key(|source| source.buffer.front().map(Dated::moment));
            let Some(item) = newest.and_then(|source| source.buffer.pop_front()) else {
                return Ok(Step::End);
            };
            if self.seen.insert(item.id().to_owned()) {
                self.scanned += 1;
                return Ok(Step::Item(item));
            }
        }
    }
}

impl<T> Source<'_, T> {
    /// Makes sure that there is an item, or that the list is at its end. `false`: neither.
    async fn fill(&mut self) -> Result<bool, Error> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        while self.buffer.is_empty() && self.more {
            let Some(page) = self.pages.next().await else { return Ok(false) };
            let page = page?;
            self.more = page.next.is_some();
            self.buffer.extend(page.data);
        }
        Ok(true)
    }
}
