//! Reads the directory of one workspace, page by page, in a task of its own.
//!
//! The API has no look-up by number or name, so all contacts are read. The reading takes its turns beside the calls
//! of the same key (the client's pacing), begins only for a call, and holds the key only until it ends. Once names
//! can be shown, and while nobody waits for the rest, it leaves most of the budget to others.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::{StreamExt as _, pin_mut};
use openphone_client::contacts::ListContacts;
use openphone_client::users::ListUsers;
use openphone_client::{Budget, Workspace};
use sealing::Fingerprint;
use tokio::time::{Instant, timeout_at};

use super::directory::People;
use super::entry::Entry;
use super::pool::{Growth, Look, Pool, Ready, Slot};
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};

/// Pages of 50 users that are read.
const USER_PAGES: usize = 10;
/// Pages of 50 contacts that are read without a break, and that suffice to show names.
const PAGES_FOR_NAMES: usize = 10;
/// The break after each further page: at most four of the ten requests a second that a key may make.
const BREAK: Duration = Duration::from_millis(250);
/// A directory is used at least so many times as long as it took to read.
const TIMES_AS_LONG: u32 = 10;
/// A directory that is older than this is not shown any more, although it cannot be read again.
const OLDEST: Duration = Duration::from_secs(3_600);
/// How often one call begins a reading that is taken back.
const MOST_BEGUN: usize = 3;
/// The requests of a reading stand in one queue of their own.
const CALLER: &str = "contact directory";

/// What a call wants of the directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// How old it may be without being read again.
    pub(super) fresh: Duration,
    /// How long to wait for the end of a reading when there is an older directory, and when there is none.
    pub(super) patience: (Duration, Duration),
    /// Whether the first pages suffice.
    pub(super) first_pages: bool,
    /// Whether an older directory is of no use.
    pub(super) strict: bool,
}

/// The directory as it is wished for, or as far as it can be had in time; what it lacks, it says.
pub(super) async fn people(cx: &Context, pool: &Arc<Pool>, wish: Wish) -> Result<Arc<People>, ToolError> {
    let slot = pool.slot(cx.key());
    let mut news = slot.subscribe();
    let Look { ready, .. } = slot.look();
    if let Some(ready) = ready.as_ref().filter(|ready| ready.is_fresh(wish)) {
        return Ok(Arc::clone(&ready.people));
    }
    let usable = |people: &Arc<People>| !wish.strict && people.age() < OLDEST;
    let older = ready.map(|ready| ready.people).filter(usable);
    let mut number = begin(cx, pool, &slot);
    let mut begun = 1;
    let (with_older, without) = wish.patience;
    let patience = if older.is_some() { with_older } else { without };
    let until = (Instant::now() + patience).min(cx.deadline());
    let _waiting = (!wish.first_pages).then(|| slot.waiting());
    loop {
        let look = slot.look();
        if let Some((_, error)) = look.failed.filter(|(failed, _)| *failed == number) {
            return failed(&look.ready, error, wish);
        }
        match look.reading.filter(|(reading, ..)| *reading == number) {
            None => match look.ready {
                Some(ready) => return Ok(ready.people),
                // It was taken back, because something changed meanwhile.
                None if begun < MOST_BEGUN => {
                    number = begin(cx, pool, &slot);
                    begun += 1;
                }
                None => return Err(taken_back()),
            },
            Some((_, people, pages)) => {
                let enough = wish.first_pages && (pages > PAGES_FOR_NAMES || older.is_some());
                if enough || timeout_at(until, news.changed()).await.is_err() {
                    return older_or(older, people, pages);
                }
            }
        }
    }
}

fn begin(cx: &Context, pool: &Arc<Pool>, slot: &Arc<Slot>) -> u64 {
    let workspace = cx.workspace_beyond_the_call().for_caller(CALLER);
    let reader = Reader { workspace, key: cx.key(), pool: Arc::downgrade(pool), slot: Arc::downgrade(slot) };
    let people = People::none(cx.services().now());
    slot.begin(people, |number| tokio::spawn(reader.run(number)).abort_handle())
}

fn older_or(older: Option<Arc<People>>, people: Arc<People>, pages: usize) -> Result<Arc<People>, ToolError> {
    match older {
        Some(older) => Ok(older),
        None if pages > 0 => Ok(people),
        None => {
            let what = "OpenPhone's list of contacts was not there in time.";
            Err(ToolError::new(ToolErrorKind::TimedOut, what, "Call again in a moment."))
        }
    }
}

/// What was read before, or in part, with a word about it; the failure where that is of no use.
fn failed(ready: &Option<Ready>, error: ToolError, wish: Wish) -> Result<Arc<People>, ToolError> {
    let usable = |ready: &&Ready| !wish.strict && ready.people.age() < OLDEST;
    let Some(ready) = ready.as_ref().filter(usable) else { return Err(error) };
    if ready.took.is_none() {
        return Ok(Arc::clone(&ready.people));
    }
    let age = crate::time::duration(ready.people.age());
    let gap = format!("contacts and names are those of {age} ago: {}", error.reason());
    Ok(Arc::new(People::clone(&ready.people).with_gap(gap)))
}

fn taken_back() -> ToolError {
    let what = "The contacts changed while they were read.";
    ToolError::new(ToolErrorKind::Upstream, what, "Call again.")
}

impl Ready {
    /// What takes long to read is used longer, so that reading it never takes the whole budget.
    fn is_fresh(&self, wish: Wish) -> bool {
        let Some(took) = self.took else { return false };
        let fresh = if wish.strict { wish.fresh } else { wish.fresh.max(took * TIMES_AS_LONG) };
        self.people.age() < fresh
    }
}

struct Reader {
    workspace: Workspace,
    key: Fingerprint,
    pool: Weak<Pool>,
    slot: Weak<Slot>,
}

impl Reader {
    async fn run(self, number: u64) {
        let end = self.read(number).await;
        let Some(slot) = self.slot.upgrade() else { return };
        match end {
            Ok(Growth::Obsolete) => {}
            Ok(growth) => slot.finish(number, growth == Growth::GoOn),
            Err(error) => {
                let lost = error.kind() == openphone_client::ErrorKind::Unauthorized;
                slot.fail(number, ToolError::reading(error), lost);
            }
        }
    }

    /// Reads to the end ([`Growth::GoOn`]), or as far as it may.
    async fn read(&self, number: u64) -> Result<Growth, openphone_client::Error> {
        let users = self.users().await?;
        match self.slot.upgrade() {
            Some(slot) => slot.set_users(number, users),
            None => return Ok(Growth::Obsolete),
        }
        let contacts = self.workspace.contacts();
        let pages = contacts.pages(ListContacts::new(), Budget::pages(usize::MAX));
        pin_mut!(pages);
        let mut read = 0;
        while let Some(page) = pages.next().await {
            let page: Vec<Entry> = page?.data.iter().map(Entry::of).collect();
            let (Some(pool), Some(slot)) = (self.pool.upgrade(), self.slot.upgrade()) else {
                return Ok(Growth::Obsolete);
            };
            let growth = pool.add(self.key, &slot, number, page);
            if growth != Growth::GoOn {
                return Ok(growth);
            }
            read += 1;
            let in_no_hurry = read >= PAGES_FOR_NAMES && !slot.is_awaited();
            drop((pool, slot));
            if in_no_hurry {
                tokio::time::sleep(BREAK).await;
            }
        }
        Ok(Growth::GoOn)
    }

    /// Everybody, those without a name too: they can be mentioned.
    async fn users(&self) -> Result<HashMap<String, Option<String>>, openphone_client::Error> {
        let users = self.workspace.users();
        let pages = users.pages(ListUsers::new(), Budget::pages(USER_PAGES));
        pin_mut!(pages);
        let mut names = HashMap::new();
        while let Some(page) = pages.next().await {
            for user in page?.data {
                let parts =
                    [&user.first_name, &user.last_name].map(|part| part.as_ref().map(|part| part.as_str()));
                let name =
                    crate::text::clean_name(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
                names.insert(user.id.to_string(), name);
            }
        }
        Ok(names)
    }
}
