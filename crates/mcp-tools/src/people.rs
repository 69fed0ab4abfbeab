//! Names for numbers and user ids, and the contacts to look among: who wrote, who spoke, who is meant.
//!
//! The API has no look-up by number or name, so users and contacts are read into a directory per key, in memory only
//! and bounded. [`pool`] holds the directories, [`read`] reads them, [`search`] finds contacts in them. A directory
//! that is not complete says so, and a failure to read it never fails the call that wants names.

mod directory;
mod entry;
mod pool;
mod read;
pub(crate) mod search;

use std::sync::Arc;
use std::time::Duration;

use openphone_client::Party;
use openphone_client::contacts::Contact;
use schemars::JsonSchema;
use sealing::Fingerprint;
use serde::Serialize;
use tokio::sync::OwnedMutexGuard;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::inbox::Inbox;
use crate::per_key::PerKey;

pub(crate) use directory::{Known, People};
pub(crate) use entry::{Entry, Labelled, cleaned};

use pool::{Bounds, Pool};
use read::Wish;

/// How old names may be.
const FRESH: Duration = Duration::from_secs(300);
/// How old a directory may be that decides whether a contact exists.
const RECENT: Duration = Duration::from_secs(60);
/// How old a directory may be that is searched, and one in which nothing was found.
const SEARCHED: Duration = Duration::from_secs(120);
const SEARCHED_IN_VAIN: Duration = Duration::from_secs(5);
/// How long a call waits for a directory: when it has an older one, and when it has none.
const SHORT_WAIT: Duration = Duration::from_secs(2);
const LONG_WAIT: Duration = Duration::from_secs(20);
/// Keys of which somebody may be creating contacts.
const KEYS: usize = 64;

/// One side of a message or call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Person {
    /// Number, short code or word such as Anonymous
    pub number: String,
    /// Name, if known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Person {
    /// A person.
    #[must_use]
    pub fn new(number: &str, name: Option<&str>) -> Self {
        Self { number: number.to_owned(), name: name.map(str::to_owned) }
    }

    /// One side of a message or call, with the name that the workspace knows.
    pub(crate) fn of(party: &Party, inbox: &Inbox, people: &People) -> Self {
        let own = inbox.number.is_some() && party.e164() == inbox.number;
        let name = if own { Some(inbox.name.as_str()) } else { people.of_party(party) };
        Self::new(&crate::text::clean_line(party.as_str(), 40), name)
    }

    /// `"Dana Fields" +14155550123`, for text.
    #[must_use]
    pub fn to_phrase(&self) -> String {
        match &self.name {
            Some(name) => format!("\"{name}\" {}", self.number),
            None => self.number.clone(),
        }
    }
}

/// What is remembered per key.
#[derive(Debug)]
pub(crate) struct PeopleCache {
    directories: Arc<Pool>,
    creating: PerKey<()>,
}

impl Default for PeopleCache {
    fn default() -> Self {
        Self { directories: Pool::new(Bounds::default()), creating: PerKey::new(KEYS, RECENT) }
    }
}

impl PeopleCache {
    /// Notes that a call with the key came in: what was read with it is kept for another while.
    pub(crate) fn touch(&self, key: Fingerprint) {
        self.directories.touch(key);
    }
}

/// Names for showing: what a few requests bring, and a stated gap where that is not everything.
pub(crate) async fn names(cx: &Context) -> Arc<People> {
    let wish = Wish { fresh: FRESH, patience: (SHORT_WAIT, LONG_WAIT), first_pages: true, strict: false };
    look(cx, wish).await.unwrap_or_else(|error| {
        let gap = format!("names are missing: {}", error.reason());
        Arc::new(People::none(cx.services().now()).with_gap(gap))
    })
}

/// The directory as completely as it can be had, at most a minute old, to find out whether a number is known.
pub(crate) async fn directory(cx: &Context) -> Result<Arc<People>, ToolError> {
    look(cx, Wish { fresh: RECENT, patience: (LONG_WAIT, LONG_WAIT), first_pages: false, strict: true }).await
}

/// The directory to search in. `in_vain`: nothing was found in the one that is there.
pub(crate) async fn searchable(cx: &Context, in_vain: bool) -> Result<Arc<People>, ToolError> {
    let fresh = if in_vain { SEARCHED_IN_VAIN } else { SEARCHED };
    look(cx, Wish { fresh, patience: (SHORT_WAIT, LONG_WAIT), first_pages: false, strict: false }).await
}

async fn look(cx: &Context, wish: Wish) -> Result<Arc<People>, ToolError> {
    read::people(cx, &cx.people().directories, wish).await
}

/// Whoever looks for contacts in order to create what is missing holds this meanwhile: of several such calls at
/// once with one key, each sees what those before it created. It is per process; between two of them, only what
/// the directory shows counts.
///
/// # Errors
///
/// The call is over before its turn.
pub(crate) async fn creating(cx: &Context) -> Result<OwnedMutexGuard<()>, ToolError> {
    let turn = cx.people().creating.slot(cx.key()).lock_owned();
    tokio::select! {
        biased;
        () = cx.cancellation().cancelled() => {
            Err(ToolError::new(ToolErrorKind::Cancelled, "The call was cancelled.", ""))
        }
        turn = tokio::time::timeout_at(cx.deadline(), turn) => turn.map_err(|_| {
            let what = "Another call was still creating contacts.";
            ToolError::new(ToolErrorKind::TimedOut, what, "Call again in a moment.")
        }),
    }
}

/// Forgets the directory, when something may have been created that it lacks.
pub(crate) fn forget(cx: &Context) {
    if let Some(slot) = cx.people().directories.known(cx.key()) {
        slot.wipe();
    }
}

/// Adds a contact that was just created, or the new state of one that was changed.
pub(crate) fn remember(cx: &Context, contact: &Contact) {
    if let Some(slot) = cx.people().directories.known(cx.key()) {
        slot.put(contact);
    }
}
