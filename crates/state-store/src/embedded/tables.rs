//! The tables of the file, as one write transaction sees them: records, an index by expiry, and log entries.
//!
//! Keys are `space:id` in bytes. Expired records stay until they are swept or written over, and count as absent.
//!
//! The index has a record where it expires, or earlier: one whose life is prolonged again and again, as that of a connection
//! is with each refresh, is moved when its old place comes up in the sweep, and not each time.

use bytes::Bytes;
use redb::{ReadableTable, StorageError, Table, TableDefinition, TableError, WriteTransaction};

use super::operation::Now;
use super::recent::Latest;
use super::record::{Content, Kept, LogSpan, Millis, Record};
use crate::store::LogEntry;

pub(super) type RecordsDefinition = TableDefinition<'static, &'static [u8], &'static [u8]>;
pub(super) type EntriesDefinition = TableDefinition<'static, (&'static [u8], u64), &'static [u8]>;

/// Key to [`Kept`].
pub(super) const RECORDS: RecordsDefinition = TableDefinition::new("records");
/// Every key once, behind the moment at which its record expires, or an earlier one.
pub(super) const BY_EXPIRY: TableDefinition<'static, (u64, &'static [u8]), ()> =
    TableDefinition::new("by-expiry");
/// Key and sequence number to the entry.
pub(super) const LOG_ENTRIES: EntriesDefinition = TableDefinition::new("log-entries");

/// The tables, open for writing.
pub(super) struct Tables<'txn> {
    records: Table<'txn, &'static [u8], &'static [u8]>,
    by_expiry: Table<'txn, (u64, &'static [u8]), ()>,
    log_entries: Table<'txn, (&'static [u8], u64), &'static [u8]>,
}

impl<'txn> Tables<'txn> {
    /// Opens the tables; they are created if they are not there.
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Result<Self, TableError> {
        Ok(Self {
            records: transaction.open_table(RECORDS)?,
            by_expiry: transaction.open_table(BY_EXPIRY)?,
            log_entries: transaction.open_table(LOG_ENTRIES)?,
        })
    }

    /// Brings a key up to date.
    pub(super) fn apply(&mut self, key: &[u8], latest: &Latest, now: Now) -> Result<(), StorageError> {
        let there = read(&self.records, key)?;
        let Some(record) = &latest.record else { return self.delete(key, there.as_ref()) };
        if let Some(Kept { record: Record { content: Content::Log(before), .. }, .. }) = there {
            let kept_from = match (&record.content, &latest.tail) {
                (Content::Log(span), Some(tail)) if !tail.anew => span.first.min(before.next),
                _ => before.next,
            };
            self.drop_entries(key, before.first, kept_from)?;
        }
        self.put(key, there.as_ref(), record.clone(), now)?;
        if let (Content::Log(span), Some(tail)) = (&record.content, &latest.tail) {
            for (sequence, entry) in tail.numbered(*span) {
                self.log_entries.insert((key, sequence), entry.as_ref())?;
            }
        }
        Ok(())
    }

    /// Clears away at most `limit` expired records and log entries, and has the index find later what lives longer than it says.
    pub(super) fn sweep(&mut self, now: Now, limit: usize) -> Result<(), StorageError> {
        let mut left = limit as u64;
        while left > 0 {
            let Some((indexed, key)) = self.first_in_index()?.filter(|(indexed, _)| *indexed <= now.millis)
            else {
                return Ok(());
            };
            match read(&self.records, &key)? {
                Some(Kept { record, .. }) if record.is_live(now.millis) => {
                    self.by_expiry.remove((indexed, key.as_slice()))?;
                    let indexed = self.index(&key, record.expires)?;
                    self.insert(&key, &Kept { record, indexed })?;
                    left -= 1;
                }
                // Too long a log goes in pieces, oldest first; it stays expired all the while.
                Some(Kept {
                    record: Record { expires, content: Content::Log(LogSpan { first, next }) },
                    ..
                }) if next - first > left => {
                    let first_left = first + left;
                    self.drop_entries(&key, first, first_left)?;
                    let content = Content::Log(LogSpan { first: first_left, next });
                    return self.insert(&key, &Kept { record: Record { expires, content }, indexed });
                }
                kept => {
                    let entries = match &kept {
                        Some(Kept { record: Record { content: Content::Log(span), .. }, .. }) => {
                            span.next - span.first
                        }
                        _ => 0,
                    };
                    self.delete(&key, kept.as_ref())?;
                    left = left.saturating_sub(1 + entries);
                }
            }
        }
        Ok(())
    }

    fn first_in_index(&self) -> Result<Option<(Millis, Vec<u8>)>, StorageError> {
        let first = self.by_expiry.first()?;
        Ok(first.map(|(index, _)| {
            let (indexed, key) = index.value();
            (indexed, key.to_vec())
        }))
    }

    /// Puts a record in the place of `there`; entries stay.
    fn put(&mut self, key: &[u8], there: Option<&Kept>, new: Record, now: Now) -> Result<(), StorageError> {
        let mut indexed = None;
        if let Some(old) = there {
            if now.millis < old.indexed && old.indexed <= new.expires {
                indexed = Some(old.indexed);
            } else {
                self.by_expiry.remove((old.indexed, key))?;
            }
        }
        let indexed = match indexed {
            Some(indexed) => indexed,
            None => self.index(key, new.expires)?,
        };
        self.insert(key, &Kept { record: new, indexed })
    }

    /// Puts a key into the index, and says where.
    fn index(&mut self, key: &[u8], expires: Millis) -> Result<Millis, StorageError> {
        self.by_expiry.insert((expires, key), ())?;
        Ok(expires)
    }

    fn insert(&mut self, key: &[u8], kept: &Kept) -> Result<(), StorageError> {
        self.records.insert(key, kept.encode().as_slice())?;
        Ok(())
    }

    fn delete(&mut self, key: &[u8], there: Option<&Kept>) -> Result<(), StorageError> {
        if let Some(old) = there {
            self.drop_all_entries(key, &old.record)?;
            self.by_expiry.remove((old.indexed, key))?;
            self.records.remove(key)?;
        }
        Ok(())
    }

    fn drop_all_entries(&mut self, key: &[u8], record: &Record) -> Result<(), StorageError> {
        match record.content {
            Content::Log(LogSpan { first, next }) => self.drop_entries(key, first, next),
            _ => Ok(()),
        }
    }

    fn drop_entries(&mut self, key: &[u8], from: u64, to: u64) -> Result<(), StorageError> {
        for sequence in from..to {
            self.log_entries.remove((key, sequence))?;
        }
        Ok(())
    }
}

/// The record at a key, live or not.
pub(super) fn read_record(
    records: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &[u8],
) -> Result<Option<Record>, StorageError> {
    Ok(read(records, key)?.map(|kept| kept.record))
}

fn read(
    records: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &[u8],
) -> Result<Option<Kept>, StorageError> {
    let Some(bytes) = records.get(key)? else { return Ok(None) };
    let kept = Kept::decode(bytes.value());
    kept.map(Some).ok_or_else(|| StorageError::Corrupted("a record has an unknown form".to_owned()))
}

/// At most `limit` entries of a log with a sequence above `after`, oldest first.
pub(super) fn read_entries(
    log_entries: &impl ReadableTable<(&'static [u8], u64), &'static [u8]>,
    key: &[u8],
    span: LogSpan,
    after: u64,
    limit: usize,
) -> Result<Vec<LogEntry>, StorageError> {
    let first = span.first.max(after.saturating_add(1));
    if first >= span.next {
        return Ok(Vec::new());
    }
    let range = log_entries.range((key, first)..(key, span.next))?;
    range
        .take(limit)
        .map(|entry| {
            let (index, value) = entry?;
            Ok(LogEntry { sequence: index.value().1, value: Bytes::copy_from_slice(value.value()) })
        })
        .collect()
}
