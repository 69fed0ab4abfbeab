//! Names for numbers and user ids: who wrote, who spoke.
//!
//! The API has no look-up by number, so contacts are read page by page into a directory per key, in memory
//! only, bounded, and forgotten after five minutes. A later call goes on where an earlier one stopped. A
//! directory that is not complete says so; a failure to read it never fails the call that wants names.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, pin_mut};
use openphone_client::contacts::{Contact, ListContacts};
use openphone_client::users::ListUsers;
use openphone_client::{ActorId, Budget, Cursor, E164, Party};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::inbox::Inbox;
use crate::per_key::PerKey;

/// How long a directory is used before it is read again.
const FRESH: Duration = Duration::from_secs(300);
/// How old a directory may be that decides whether a contact exists.
const RECENT: Duration = Duration::from_secs(60);
/// Keys whose directories are remembered.
const KEYS: usize = 64;
/// Pages of 50 contacts that are read to show names.
const PAGES_FOR_NAMES: usize = 10;
/// Pages of 50 contacts that a directory holds at most.
const MAX_PAGES: usize = 50;
/// Pages of 50 users that are read.
const USER_PAGES: usize = 10;

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
    directories: PerKey<Option<Directory>>,
    creating: PerKey<()>,
}

impl Default for PeopleCache {
    fn default() -> Self {
        Self { directories: PerKey::new(KEYS, FRESH), creating: PerKey::new(KEYS, RECENT) }
    }
}

#[derive(Debug)]
struct Directory {
    people: Arc<People>,
    next: Option<Cursor>,
    pages: usize,
    loaded: Instant,
}

/// Names by number and by user id.
#[derive(Clone, Default)]
pub(crate) struct People {
    users: HashMap<String, String>,
    contacts: HashMap<E164, Vec<Known>>,
    complete: bool,
    gap: Option<String>,
}

/// A contact with a certain number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").field("complete", &self.complete).finish_non_exhaustive()
    }
}

impl People {
    /// The contact's name for a number.
    pub(crate) fn of_number(&self, number: &E164) -> Option<&str> {
        self.contacts.get(number)?.iter().find_map(|known| known.name.as_deref())
    }

    /// The contact's name for one side of a message or call.
    pub(crate) fn of_party(&self, party: &Party) -> Option<&str> {
        self.of_number(&party.e164()?)
    }

    /// The name of who acted for the workspace.
    pub(crate) fn of_actor(&self, actor: &ActorId) -> Option<&str> {
        if actor.as_str().starts_with("SYU") {
            return Some("AI agent");
        }
        self.users.get(actor.as_str()).map(String::as_str)
    }

    /// Ids and names of the workspace's users.
    pub(crate) fn users(&self) -> impl Iterator<Item = (&str, &str)> {
        self.users.iter().map(|(id, name)| (id.as_str(), name.as_str()))
    }

    /// Every contact with a number.
    pub(crate) fn with_number(&self, number: &E164) -> &[Known] {
        self.contacts.get(number).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether every contact of the workspace was looked at.
    pub(crate) fn complete(&self) -> bool {
        self.complete
    }

    /// Why names may be missing.
    pub(crate) fn gap(&self) -> Option<&str> {
        self.gap.as_deref()
    }

    fn add(&mut self, contact: &Contact) {
        let fields = &contact.default_fields;
        let parts =
            [&fields.first_name, &fields.last_name].map(|part| part.as_ref().map(|part| part.as_str()));
        let name = crate::text::clean_name(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
            .or_else(|| crate::text::clean_name(fields.company.as_ref()?));
        for item in &fields.phone_numbers {
            let Some(number) = item.value.as_ref().and_then(|value| crate::numbers::parse(value).ok()) else {
                continue;
            };
            let known = self.contacts.entry(number).or_default();
            if !known.iter().any(|known| known.id == contact.id.as_str()) {
                known.push(Known { id: contact.id.to_string(), name: name.clone() });
            }
        }
    }
}

/// Names for showing: what a few requests bring, and a stated gap where that is not everything.
pub(crate) async fn names(cx: &Context) -> Arc<People> {
    load(cx, PAGES_FOR_NAMES, FRESH).await.unwrap_or_else(|error| {
        let gap = format!("names are missing: {}", error.reason());
        Arc::new(People { gap: Some(gap), ..People::default() })
    })
}

/// The directory as completely as it is ever read, to find out whether a number is known.
pub(crate) async fn directory(cx: &Context) -> Result<Arc<People>, ToolError> {
    load(cx, MAX_PAGES, RECENT).await
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
pub(crate) async fn forget(cx: &Context) {
    *cx.people().directories.slot(cx.key()).lock().await = None;
}

/// Adds a contact that was just created.
pub(crate) async fn remember(cx: &Context, contact: &Contact) {
    let slot = cx.people().directories.slot(cx.key());
    if let Some(directory) = slot.lock().await.as_mut() {
        Arc::make_mut(&mut directory.people).add(contact);
    }
}

async fn load(cx: &Context, pages: usize, fresh: Duration) -> Result<Arc<People>, ToolError> {
    let slot = cx.people().directories.slot(cx.key());
    let mut slot = slot.lock().await;
    if slot.as_ref().is_none_or(|directory| directory.loaded.elapsed() >= fresh) {
        let people = People { users: users(cx).await?, ..People::default() };
        *slot = Some(Directory { people: Arc::new(people), next: None, pages: 0, loaded: Instant::now() });
    }
    let Some(directory) = slot.as_mut() else { return Ok(Arc::default()) };
    directory.read_on(cx, pages).await?;
    Ok(Arc::clone(&directory.people))
}

impl Directory {
    /// Reads on until so many pages were read in all, or the end.
    async fn read_on(&mut self, cx: &Context, pages: usize) -> Result<(), ToolError> {
        let people = Arc::make_mut(&mut self.people);
        let workspace = cx.workspace();
        while !people.complete && self.pages < pages {
            let query = ListContacts::new().after(self.next.clone());
            let page = workspace.contacts().list(&query).await.map_err(ToolError::reading)?;
            page.data.iter().for_each(|contact| people.add(contact));
            self.pages += 1;
            people.complete = page.next.is_none();
            self.next = page.next;
        }
        let read = self.pages * 50;
        people.gap =
            (!people.complete).then(|| format!("only the first {read} contacts were looked at for names"));
        Ok(())
    }
}

async fn users(cx: &Context) -> Result<HashMap<String, String>, ToolError> {
    let workspace = cx.workspace();
    let users = workspace.users();
    let pages = users.pages(ListUsers::new(), Budget::pages(USER_PAGES));
    pin_mut!(pages);
    let mut names = HashMap::new();
    while let Some(page) = pages.next().await {
        for user in page.map_err(ToolError::reading)?.data {
            let parts =
                [&user.first_name, &user.last_name].map(|part| part.as_ref().map(|part| part.as_str()));
            let name = crate::text::clean_name(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
            if let Some(name) = name {
                names.insert(user.id.to_string(), name);
            }
        }
    }
    Ok(names)
}
