//! What the file says of itself: the form of its tables, and whether there is a journal beside it.

use redb::{ReadableTable, StorageError, Table, TableDefinition};

pub(super) const META: TableDefinition<'static, &'static str, u64> = TableDefinition::new("meta");

const FORMAT: &str = "format";
const JOURNAL: &str = "journal";

/// The form of what is in the tables.
const CLOSED: u64 = 2;
/// The same form, and a journal that has what they lack. A release that knows nothing of it must not open the file.
const IN_USE: u64 = 3;
/// The form before these, which is as good: its index has every record where it expires. A release that knows only this form
/// would take records that the index has earlier for expired.
const BEFORE: u64 = 1;

/// What a file may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meta {
    /// The tables have everything. A new file is so, too.
    Closed,
    /// The journal has what they lack, from the frame of this number on.
    InUse { journal: u64 },
    /// It is of a later release.
    Other { format: u64 },
}

pub(super) fn read(meta: &impl ReadableTable<&'static str, u64>) -> Result<Meta, StorageError> {
    let number = |name| meta.get(name).map(|number| number.map(|number| number.value()));
    Ok(match number(FORMAT)? {
        None | Some(BEFORE | CLOSED) => Meta::Closed,
        Some(IN_USE) => Meta::InUse { journal: number(JOURNAL)?.unwrap_or(0) },
        Some(format) => Meta::Other { format },
    })
}

/// The journal goes on with this number.
pub(super) fn set_journal(meta: &mut Table<'_, &'static str, u64>, next: u64) -> Result<(), StorageError> {
    meta.insert(FORMAT, IN_USE)?;
    meta.insert(JOURNAL, next)?;
    Ok(())
}

/// There is none.
pub(super) fn set_closed(meta: &mut Table<'_, &'static str, u64>) -> Result<(), StorageError> {
    meta.insert(FORMAT, CLOSED)?;
    meta.remove(JOURNAL)?;
    Ok(())
}
