//! What is in the journal and not yet in the tables: kept in memory, in front of them.
//!
//! One entry for each key, however often it changed: the tables are told of the last change only. While they are told of some,
//! others come: these are kept apart, and are newer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

use super::record::{Content, LogSpan, Record};
use super::snapshot::{Readable, Snapshot};
use crate::store::Key;

/// What became of a key since the tables were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Latest {
    /// `None`: it was removed.
    pub(super) record: Option<Record>,
    /// Of a log, and of nothing else.
    pub(super) tail: Option<Tail>,
}

/// The newest entries of a log; the last of them has the last sequence number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The log begins with them: entries that are elsewhere belong to one before it, which has expired.
    pub(super) anew: bool,
    pub(super) entries: VecDeque<Bytes>,
}

/// By key.
pub(super) type Changes = HashMap<Key, Latest>;

/// Shared by the thread that writes and all who read.
#[derive(Default)]
pub(super) struct Recent(RwLock<Layers>);

#[derive(Default)]
struct Layers {
    newer: Changes,
    /// What the tables are being told.
    older: Arc<Changes>,
}

impl Latest {
    pub(super) fn of(record: Option<Record>) -> Self {
        Self { record, tail: None }
    }

    /// Puts what came later in its place.
    pub(super) fn follow(&mut self, later: Self) {
        let Self { record, tail } = later;
        self.record = record;
        match (&mut self.tail, tail) {
            (Some(tail), Some(later)) if !later.anew => tail.entries.extend(later.entries),
            (before, later) => *before = later,
        }
        // What the log's bound lets go of.
        if let (Some(Record { content: Content::Log(span), .. }), Some(tail)) = (&self.record, &mut self.tail)
        {
            let kept = usize::try_from(span.next - span.first).unwrap_or(usize::MAX);
            tail.entries.drain(..tail.entries.len().saturating_sub(kept));
        }
    }
}

impl Tail {
    /// The entries with their sequence numbers, where `span` is the log's.
    pub(super) fn numbered(&self, span: LogSpan) -> impl Iterator<Item = (u64, &Bytes)> {
        (self.first(span)..).zip(&self.entries)
    }

    /// The sequence number of the first entry.
    pub(super) fn first(&self, span: LogSpan) -> u64 {
        span.next.saturating_sub(self.entries.len() as u64)
    }
}

impl Layers {
    /// One after the other.
    fn latest(&self, key: &Key) -> Option<Latest> {
        match (self.older.get(key), self.newer.get(key)) {
            (Some(older), Some(newer)) => {
                let mut latest = older.clone();
                latest.follow(newer.clone());
                Some(latest)
            }
            (older, newer) => newer.or(older).cloned(),
        }
    }
}

impl Recent {
    /// `None`: the tables have what there is. Otherwise the record, or that it was removed.
    pub(super) fn record(&self, key: &Key) -> Option<Option<Record>> {
        let layers = self.read();
        let latest = layers.newer.get(key).or_else(|| layers.older.get(key));
        latest.map(|latest| latest.record.clone())
    }

    /// The same with a log's entries, and the tables beneath them as of the same moment.
    pub(super) fn with_tables(
        &self,
        key: &Key,
        tables: &Readable,
    ) -> Result<(Option<Latest>, Arc<Snapshot>), redb::Error> {
        // Under the lock: after it the log may have gone into the tables, and begun anew.
        let layers = self.read();
        Ok((layers.latest(key), tables.latest()?))
    }

    /// Takes changes in.
    pub(super) fn follow(&self, later: Changes) {
        follow_all(&mut self.write().newer, later);
    }

    /// Sets what is there aside, for the tables to be told; [`Recent::told`] or [`Recent::not_told`] is next. Readers have it
    /// meanwhile.
    pub(super) fn set_aside(&self) -> Arc<Changes> {
        let mut layers = self.write();
        debug_assert!(layers.older.is_empty(), "one at a time");
        layers.older = Arc::new(std::mem::take(&mut layers.newer));
        Arc::clone(&layers.older)
    }

    /// Forgets what was set aside: readers find it in the tables.
    pub(super) fn told(&self) {
        let before = std::mem::take(&mut self.write().older);
        // Its end is not under the lock.
        drop(before);
    }

    /// Has what was set aside be told another time, with what came later.
    pub(super) fn not_told(&self) {
        let mut layers = self.write();
        let mut changes = Arc::unwrap_or_clone(std::mem::take(&mut layers.older));
        follow_all(&mut changes, std::mem::take(&mut layers.newer));
        layers.newer = changes;
    }

    /// Keys, without those that are set aside.
    pub(super) fn len(&self) -> usize {
        self.read().newer.len()
    }

    fn read(&self) -> RwLockReadGuard<'_, Layers> {
        // A panic under the lock is a bug; the maps are whole at every step that could.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Layers> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn follow_all(changes: &mut Changes, later: Changes) {
    for (key, later) in later {
        match changes.get_mut(&key) {
            Some(latest) => latest.follow(later),
            None => {
                changes.insert(key, later);
            }
        }
    }
}
