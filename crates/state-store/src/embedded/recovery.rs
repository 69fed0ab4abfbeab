//! Opening the tables: what a new file lacks is created, what the journal has is done, what expired meanwhile is cleared away.

use std::io;
use std::path::Path;

use redb::Database;

use super::change;
use super::journal;
use super::meta::{self, META, Meta};
use super::open_error::OpenError;
use super::operation::Now;
use super::tables::Tables;

/// Expired things that opening clears away at most: enough for a night, and no long wait.
const SWEEP: usize = 10_000;

/// Brings the tables of the file at `path` up to date, and returns the number with which a new journal begins. A file of another
/// format is left as it is.
pub(super) fn prepare(database: &Database, path: &Path, now: Now) -> Result<u64, OpenError> {
    let of_tables = |error: redb::Error| OpenError::of_contents(path, error);
    let transaction = database.begin_write().map_err(|error| of_tables(error.into()))?;
    let found = transaction.open_table(META).map_err(redb::Error::from);
    let found = found.and_then(|table| Ok(meta::read(&table)?)).map_err(of_tables)?;
    let (bytes, first) = match found {
        Meta::Closed => (Vec::new(), 0),
        Meta::InUse { journal } => (read_journal(&journal::path_of(path))?, journal),
        Meta::Other { format } => return Err(OpenError::OtherFormat { path: path.to_owned(), format }),
    };
    let damaged = |source| OpenError::Corrupt { path: journal::path_of(path), source };
    let (frames, behind) = journal::read(&bytes, first).map_err(|error| damaged(error.into()))?;
    // Numbers that no journal of this store ever had, nor one of a copy of it that went its own way.
    let next = behind.max(now.micros());

    let mut tables = Tables::open(&transaction).map_err(|error| of_tables(error.into()))?;
    for mut changes in frames {
        while !changes.is_empty() {
            let (key, latest) =
                change::decode(&mut changes).ok_or_else(|| damaged("a change has an unknown form".into()))?;
            tables.apply(key, &latest, now).map_err(|error| of_tables(error.into()))?;
        }
    }
    tables.sweep(now, SWEEP).map_err(|error| of_tables(error.into()))?;
    drop(tables);
    let done = transaction
        .open_table(META)
        .map_err(redb::Error::from)
        .and_then(|mut table| Ok(meta::set_journal(&mut table, next)?))
        .and_then(|()| Ok(transaction.commit()?));
    done.map_err(of_tables)?;
    Ok(next)
}

fn read_journal(path: &Path) -> Result<Vec<u8>, OpenError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Whoever copied a file that was in use has done without it already.
            tracing::warn!(
                journal = %path.display(),
                "the state store was not closed, and its journal is not there: its last seconds are lost"
            );
            Ok(Vec::new())
        }
        Err(source) => Err(OpenError::unusable(path, source)),
    }
}
