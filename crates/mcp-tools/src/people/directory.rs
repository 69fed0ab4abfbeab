//! The people of one workspace as they were read: users by id, contacts by number and as a list to search.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use openphone_client::{ActorId, E164, Party};
use tokio::time::Instant;

use super::entry::Entry;

/// People of a workspace, read at one time.
#[derive(Clone)]
pub(crate) struct People {
    /// Everybody by id, with a name where there is one.
    users: Arc<HashMap<String, Option<String>>>,
    entries: Vec<Arc<Entry>>,
    by_id: HashMap<Arc<str>, u32>,
    /// By the digits of E.164, which are at most 15.
    by_number: HashMap<u64, Vec<u32>>,
    bytes: usize,
    complete: bool,
    gap: Option<String>,
    began: Instant,
    read_at: Timestamp,
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
    /// Nobody yet; the reading begins now, which is `read_at`.
    pub(crate) fn none(read_at: Timestamp) -> Self {
        Self {
            users: Arc::default(),
            entries: Vec::new(),
            by_id: HashMap::new(),
            by_number: HashMap::new(),
            bytes: 0,
            complete: false,
            gap: None,
            began: Instant::now(),
            read_at,
        }
    }

    /// The contact's name for a number.
    pub(crate) fn of_number(&self, number: &E164) -> Option<&str> {
        self.entries_with(number).find_map(|entry| entry.shown())
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
        self.users.get(actor.as_str())?.as_deref()
    }

    /// Every contact with a number.
    pub(crate) fn with_number(&self, number: &E164) -> Vec<Known> {
        let known =
            |entry: &Arc<Entry>| Known { id: entry.id().to_string(), name: entry.shown().map(str::to_owned) };
        self.entries_with(number).map(known).collect()
    }

    /// Whether every contact of the workspace was looked at.
    pub(crate) fn complete(&self) -> bool {
        self.complete
    }

    /// Why names may be missing.
    pub(crate) fn gap(&self) -> Option<&str> {
        self.gap.as_deref()
    }

    /// All contacts, in the order in which they came.
    pub(crate) fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// When the reading began: nothing in here is older.
    pub(crate) fn read_at(&self) -> Timestamp {
        self.read_at
    }

    /// How long ago the reading began.
    pub(crate) fn age(&self) -> std::time::Duration {
        self.began.elapsed()
    }

    /// Whether the id is of somebody who was a user when the directory was read.
    pub(crate) fn has_user(&self, id: &str) -> bool {
        self.users.contains_key(id)
    }

    /// Whether the users of the workspace were read.
    pub(crate) fn knows_users(&self) -> bool {
        !self.users.is_empty()
    }

    pub(super) fn set_users(&mut self, users: HashMap<String, Option<String>>) {
        let length = |name: &Option<String>| name.as_ref().map_or(0, String::len);
        self.bytes += users.iter().map(|(id, name)| id.len() + length(name) + 64).sum::<usize>();
        self.users = Arc::new(users);
    }

    pub(super) fn with_gap(mut self, gap: String) -> Self {
        self.set_gap(gap);
        self
    }

    pub(super) fn finish(&mut self) {
        self.complete = true;
        self.gap = None;
    }

    pub(super) fn set_gap(&mut self, gap: String) {
        self.gap = Some(gap);
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a contact, or puts it in the place of an older state of it.
    pub(super) fn put(&mut self, entry: Entry) {
        let entry = Arc::new(entry);
        let known = self.by_id.get(entry.id()).copied();
        let place = match known {
            Some(place) => {
                let Some(slot) = self.entries.get_mut(place as usize) else { return };
                if slot.updated() > entry.updated() {
                    return;
                }
                let before = std::mem::replace(slot, Arc::clone(&entry));
                self.bytes = self.bytes.saturating_sub(before.bytes());
                for number in numbers(&before) {
                    if let Some(places) = self.by_number.get_mut(&number) {
                        places.retain(|known| *known != place);
                    }
                }
                place
            }
            None => {
                let Ok(place) = u32::try_from(self.entries.len()) else { return };
                self.entries.push(Arc::clone(&entry));
                self.by_id.insert(Arc::clone(entry.id()), place);
                place
            }
        };
        self.bytes += entry.bytes();
        for number in numbers(&entry) {
            let places = self.by_number.entry(number).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }

    fn entries_with(&self, number: &E164) -> impl Iterator<Item = &Arc<Entry>> {
        let places = digits(number).and_then(|number| self.by_number.get(&number));
        places.into_iter().flatten().filter_map(|place| self.entries.get(*place as usize))
    }
}

/// The numbers of a contact that name their country.
fn numbers(entry: &Entry) -> impl Iterator<Item = u64> {
    entry.numbers().filter_map(|item| digits(&crate::numbers::parse(item.value).ok()?))
}

fn digits(number: &E164) -> Option<u64> {
    number.as_str().trim_start_matches('+').parse().ok()
}
