//! What a batch of operations changes: worked out in memory, over what was there before, and none of it to be seen before all
//! of it is on disk.

use std::collections::VecDeque;

use bytes::Bytes;

use super::counts::Counts;
use super::operation::{self, Change, Now, Step};
use super::recent::{Changes, Latest, Recent, Tail};
use super::record::{Content, Record};
use super::snapshot::Snapshot;
use super::tables::read_record;
use crate::store::{Key, LogBound, StoreError};

/// One thread has one at a time: nothing else changes what is there meanwhile, but for counts.
pub(super) struct Batch<'a> {
    counts: &'a Counts,
    recent: &'a Recent,
    tables: &'a Snapshot,
    changes: Changes,
}

impl<'a> Batch<'a> {
    pub(super) fn new(counts: &'a Counts, recent: &'a Recent, tables: &'a Snapshot) -> Self {
        Self { counts, recent, tables, changes: Changes::new() }
    }

    pub(super) fn into_changes(self) -> Changes {
        self.changes
    }

    /// One operation on one key. The outer error is the engine's, the inner one the caller's.
    pub(super) fn update<T>(
        &mut self,
        key: &Key,
        now: Now,
        step: impl FnOnce(Option<&Record>, Now) -> Step<T>,
    ) -> Result<Result<T, StoreError>, redb::Error> {
        if let Err(error) = self.make_way(key, now)? {
            return Ok(Err(error));
        }
        let there = self.live(key, now)?;
        let (change, answer) = match step(there.as_ref(), now) {
            Ok(done) => done,
            Err(error) => return Ok(Err(error)),
        };
        match change {
            Change::Keep => {}
            Change::Put(record) => self.change(key, Latest::of(Some(record))),
            Change::Delete => self.change(key, Latest::of(None)),
        }
        Ok(Ok(answer))
    }

    /// Appends to the log and returns the entry's sequence number.
    pub(super) fn append(
        &mut self,
        key: &Key,
        value: Bytes,
        bound: LogBound,
        now: Now,
    ) -> Result<Result<u64, StoreError>, redb::Error> {
        if let Err(error) = self.make_way(key, now)? {
            return Ok(Err(error));
        }
        let there = self.live(key, now)?;
        let (record, span) = match operation::append(there.as_ref(), bound, now) {
            Ok(done) => done,
            Err(error) => return Ok(Err(error)),
        };
        let tail = Tail { anew: there.is_none(), entries: VecDeque::from([value]) };
        self.change(key, Latest { record: Some(record), tail: Some(tail) });
        Ok(Ok(span.next - 1))
    }

    /// Puts a count as it stands in memory. What is of another kind and lives stays: somebody has used one key for two things.
    pub(super) fn put_count(&mut self, key: &Key, count: Record, now: Now) -> Result<(), redb::Error> {
        let is_other = self
            .live(key, now)?
            .is_some_and(|there| matches!(there.content, Content::Value(_) | Content::Log(_)));
        if !is_other {
            self.change(key, Latest::of(Some(count)));
        }
        Ok(())
    }

    /// Lets something other than a count have the key.
    fn make_way(&mut self, key: &Key, now: Now) -> Result<Result<(), StoreError>, redb::Error> {
        match self.counts.make_way(key, now) {
            Ok(None) => Ok(Ok(())),
            Ok(Some(over)) => self.put_count(key, over, now).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn live(&self, key: &Key, now: Now) -> Result<Option<Record>, redb::Error> {
        let changed = self.changes.get(key).map(|latest| latest.record.clone());
        let record = match changed.or_else(|| self.recent.record(key)) {
            Some(record) => record,
            None => read_record(&self.tables.records, key.name().as_bytes())?,
        };
        Ok(record.filter(|record| record.is_live(now.millis)))
    }

    fn change(&mut self, key: &Key, later: Latest) {
        match self.changes.get_mut(key) {
            Some(latest) => latest.follow(later),
            None => {
                self.changes.insert(key.clone(), later);
            }
        }
    }
}
