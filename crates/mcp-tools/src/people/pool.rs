//! The directories of all API keys that are in use: in memory only, bounded in bytes, and wiped when their key rests.
//!
//! A key has a slot while calls with it arrive. Ten minutes after the last one the slot is taken out, a reading that
//! is under way ends (it alone holds the key), and the memory is freed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sealing::Fingerprint;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::directory::People;
use super::entry::Entry;
use crate::error::ToolError;

/// How long after its last call a key is forgotten, with everything that was read with it.
pub(super) const IDLE: Duration = Duration::from_secs(600);

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes of one directory.
    pub(super) directory: usize,
    /// Bytes of all of them.
    pub(super) all: usize,
    /// Keys.
    pub(super) keys: usize,
}

impl Default for Bounds {
    /// A directory of 24 MiB holds about 70,000 contacts.
    fn default() -> Self {
        Self { directory: 24 << 20, all: 96 << 20, keys: 256 }
    }
}

/// Slots by API key.
#[derive(Debug)]
pub(super) struct Pool {
    slots: Mutex<Slots>,
    bounds: Bounds,
}

#[derive(Debug, Default)]
struct Slots {
    by_key: HashMap<Fingerprint, Arc<Slot>>,
    /// Who waits until the next is idle. It ends with the runtime that it was spawned on.
    watcher: Option<AbortHandle>,
}

/// What is kept for one key.
#[derive(Debug)]
pub(super) struct Slot {
    state: Mutex<State>,
    /// Tells those who wait that the state changed.
    news: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    used: Instant,
    ready: Option<Ready>,
    reading: Option<Reading>,
    /// The last reading that failed: its number and why.
    failed: Option<(u64, ToolError)>,
    readings: u64,
    waiting: usize,
}

/// The last directory that was read.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) people: Arc<People>,
    /// How long the reading took. `None`: it failed, and this is what it had by then.
    pub(super) took: Option<Duration>,
}

#[derive(Debug)]
struct Reading {
    number: u64,
    people: Arc<People>,
    pages: usize,
    task: Option<AbortHandle>,
}

/// What a slot has at the moment.
pub(super) struct Look {
    pub(super) ready: Option<Ready>,
    /// Number of the reading under way, what it has, and of how many pages.
    pub(super) reading: Option<(u64, Arc<People>, usize)>,
    pub(super) failed: Option<(u64, ToolError)>,
}

/// Whether a reading goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Growth {
    GoOn,
    /// It may not grow any more.
    Full,
    /// Nobody wants it any more.
    Obsolete,
}

impl Pool {
    pub(super) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { slots: Mutex::default(), bounds })
    }

    /// The slot of a key that is in use.
    pub(super) fn slot(self: &Arc<Self>, key: Fingerprint) -> Arc<Slot> {
        let mut slots = self.lock();
        if let Some(slot) = slots.by_key.get(&key) {
            slot.touch();
            return Arc::clone(slot);
        }
        if slots.by_key.len() >= self.bounds.keys
            && let Some(oldest) = slots.oldest(None)
            && let Some(slot) = slots.by_key.remove(&oldest)
        {
            slot.wipe();
        }
        let slot = Arc::new(Slot::new());
        slots.by_key.insert(key, Arc::clone(&slot));
        // One for all: a key that had to make room would else leave somebody behind who waits for ten minutes.
        if slots.watcher.as_ref().is_none_or(AbortHandle::is_finished) {
            slots.watcher = Some(tokio::spawn(wipe_idle(Arc::downgrade(self))).abort_handle());
        }
        slot
    }

    /// Notes that a call with the key came in. What was never wanted is not begun.
    pub(super) fn touch(&self, key: Fingerprint) {
        if let Some(slot) = self.lock().by_key.get(&key) {
            slot.touch();
        }
    }

    /// Changes what is known of a key, if anything is.
    pub(super) fn known(&self, key: Fingerprint) -> Option<Arc<Slot>> {
        self.lock().by_key.get(&key).map(Arc::clone)
    }

    /// Adds a page to a reading, and makes room for it: the directories of other keys go, the one that was used
    /// longest ago first.
    pub(super) fn add(&self, key: Fingerprint, slot: &Slot, number: u64, page: Vec<Entry>) -> Growth {
        let Some(bytes) = slot.add(number, page) else { return Growth::Obsolete };
        if bytes > self.bounds.directory {
            return Growth::Full;
        }
        let mut slots = self.lock();
        let mut all: usize = slots.by_key.values().map(|slot| slot.bytes()).sum();
        while all > self.bounds.all {
            let Some(oldest) = slots.oldest(Some(key)) else { return Growth::Full };
            if let Some(slot) = slots.by_key.remove(&oldest) {
                all = all.saturating_sub(slot.bytes());
                slot.wipe();
            }
        }
        Growth::GoOn
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    /// The key that was used longest ago and is nobody else's.
    fn oldest(&self, but: Option<Fingerprint>) -> Option<Fingerprint> {
        let others = self.by_key.iter().filter(|(key, _)| Some(**key) != but);
        others.min_by_key(|(_, slot)| slot.lock().used).map(|(key, _)| *key)
    }

    /// Takes out what is idle. When to look again; never, when nothing is left.
    fn wipe_idle(&mut self) -> Option<Instant> {
        self.by_key.retain(|_, slot| {
            let idle = slot.lock().used.elapsed() >= IDLE;
            if idle {
                slot.wipe();
            }
            !idle
        });
        self.by_key.values().map(|slot| slot.lock().used + IDLE).min()
    }
}

async fn wipe_idle(pool: Weak<Pool>) {
    while let Some(pool_now) = pool.upgrade() {
        let next = {
            let mut slots = pool_now.lock();
            let next = slots.wipe_idle();
            if next.is_none() {
                slots.watcher = None;
            }
            next
        };
        drop(pool_now);
        let Some(next) = next else { return };
        tokio::time::sleep_until(next).await;
    }
}

impl Slot {
    fn new() -> Self {
        let state =
            State { used: Instant::now(), ready: None, reading: None, failed: None, readings: 0, waiting: 0 };
        Self { state: Mutex::new(state), news: watch::Sender::new(()) }
    }

    /// Wakes up at each change of what [`Slot::look`] shows.
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    pub(super) fn look(&self) -> Look {
        let state = self.lock();
        Look {
            ready: state.ready.clone(),
            reading: state
                .reading
                .as_ref()
                .map(|reading| (reading.number, Arc::clone(&reading.people), reading.pages)),
            failed: state.failed.as_ref().map(|(number, error)| (*number, error.again())),
        }
    }

    /// Begins a reading, unless one is under way: its number.
    pub(super) fn begin(&self, people: People, task: impl FnOnce(u64) -> AbortHandle) -> u64 {
        let mut state = self.lock();
        if let Some(reading) = &state.reading {
            return reading.number;
        }
        state.readings += 1;
        let number = state.readings;
        state.reading = Some(Reading { number, people: Arc::new(people), pages: 0, task: None });
        let task = task(number);
        if let Some(reading) = &mut state.reading {
            reading.task = Some(task);
        }
        number
    }

    /// Puts users in place, before the first page.
    pub(super) fn set_users(&self, number: u64, users: HashMap<String, Option<String>>) {
        self.change(number, |people| people.set_users(users));
    }

    /// The bytes of the reading afterwards; `None`: it is not the one under way.
    fn add(&self, number: u64, page: Vec<Entry>) -> Option<usize> {
        self.change(number, |people| {
            page.into_iter().for_each(|entry| people.put(entry));
            let read = people.entries().len();
            people.set_gap(format!("only the first {read} contacts were looked at for names"));
        })
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut People)) -> Option<usize> {
        let mut state = self.lock();
        let reading = state.reading.as_mut().filter(|reading| reading.number == number)?;
        let people = Arc::make_mut(&mut reading.people);
        change(people);
        reading.pages += 1;
        let bytes = people.bytes();
        drop(state);
        self.news.send_replace(());
        Some(bytes)
    }

    /// The reading is over: everything was read, or as much as may be kept.
    pub(super) fn finish(&self, number: u64, complete: bool) {
        let mut state = self.lock();
        let Some(mut reading) = state.reading.take_if(|reading| reading.number == number) else { return };
        let took = reading.people.age();
        let people = Arc::make_mut(&mut reading.people);
        if complete {
            people.finish();
        } else {
            let read = people.entries().len();
            people.set_gap(format!("only the first {read} contacts were looked at; more are not kept"));
        }
        state.ready = Some(Ready { people: reading.people, took: Some(took) });
        drop(state);
        self.news.send_replace(());
    }

    /// The reading failed. `lost`: what was read before may not be shown any more either.
    pub(super) fn fail(&self, number: u64, error: ToolError, lost: bool) {
        let mut state = self.lock();
        let Some(reading) = state.reading.take_if(|reading| reading.number == number) else { return };
        if lost {
            state.ready = None;
        } else if state.ready.is_none() && !reading.people.entries().is_empty() {
            // Better than nothing, and its gap says what it is; the next look reads anew.
            let read = reading.people.entries().len();
            let gap = format!("only the first {read} contacts were looked at: {}", error.reason());
            let people = Arc::unwrap_or_clone(reading.people).with_gap(gap);
            state.ready = Some(Ready { people: Arc::new(people), took: None });
        }
        state.failed = Some((number, error));
        drop(state);
        self.news.send_replace(());
    }

    /// Notes a contact that was just written, in what was read and in what is being read.
    pub(super) fn put(&self, contact: &openphone_client::contacts::Contact) {
        let mut state = self.lock();
        if let Some(ready) = &mut state.ready {
            Arc::make_mut(&mut ready.people).put(Entry::of(contact));
        }
        if let Some(reading) = &mut state.reading {
            Arc::make_mut(&mut reading.people).put(Entry::of(contact));
        }
    }

    /// Forgets everything, and ends what is under way.
    pub(super) fn wipe(&self) {
        let mut state = self.lock();
        state.ready = None;
        state.failed = None;
        if let Some(task) = state.reading.take().and_then(|reading| reading.task) {
            task.abort();
        }
        drop(state);
        self.news.send_replace(());
    }

    /// Whether a call waits for the reading.
    pub(super) fn is_awaited(&self) -> bool {
        self.lock().waiting > 0
    }

    /// Counts a call that waits, until what is returned is dropped.
    pub(super) fn waiting(&self) -> Waiting<'_> {
        self.lock().waiting += 1;
        Waiting(self)
    }

    fn touch(&self) {
        self.lock().used = Instant::now();
    }

    fn bytes(&self) -> usize {
        let state = self.lock();
        let ready = state.ready.as_ref().map_or(0, |ready| ready.people.bytes());
        ready + state.reading.as_ref().map_or(0, |reading| reading.people.bytes())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that waits.
pub(super) struct Waiting<'a>(&'a Slot);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

#[cfg(test)]
mod tests;
