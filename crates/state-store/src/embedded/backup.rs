//! Copies of the store's file, taken while the store is in use.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{
    Database, Key, ReadTransaction, ReadableDatabase as _, ReadableTable as _, TableDefinition, Value,
    WriteTransaction,
};

use super::meta::{self, META};
use super::tables::{BY_EXPIRY, LOG_ENTRIES, RECORDS};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The store is in memory: there is no file to copy.
    #[error("the store is in memory")]
    InMemory,
    /// A file of this name is there. It was left as it is.
    #[error("{} exists already and was left as it is", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Reading the store or writing the copy failed. What was written of the copy is gone again.
    #[error("cannot write the copy {}", .path.display())]
    Failed {
        /// The copy.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Copies what is in the tables at one moment into a new file (mode 0600), which is complete and on disk when this returns.
pub(super) fn copy(database: &Database, path: &Path) -> Result<(), BackupError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |source| BackupError::Failed { path: path.to_owned(), source };
    let file = options.open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Exists { path: path.to_owned() },
        _ => failed(source.into()),
    })?;
    let copied = FileBackend::new(file)
        .map_err(redb::Error::from)
        .and_then(|backend| Ok(Database::builder().create_with_backend(backend)?))
        .and_then(|copy| fill(database, &copy));
    copied.map_err(|error| {
        // A part of a copy is worse than none.
        let _ = std::fs::remove_file(path);
        failed(error.into())
    })
}

fn fill(database: &Database, copy: &Database) -> Result<(), redb::Error> {
    let from = database.begin_read()?;
    let to = copy.begin_write()?;
    table(&from, &to, RECORDS)?;
    table(&from, &to, BY_EXPIRY)?;
    table(&from, &to, LOG_ENTRIES)?;
    // It has no journal.
    meta::set_closed(&mut to.open_table(META)?)?;
    to.commit()?;
    Ok(())
}

fn table<K, V>(
    from: &ReadTransaction,
    to: &WriteTransaction,
    definition: TableDefinition<'static, K, V>,
) -> Result<(), redb::Error>
where
    K: Key + 'static,
    V: Value + 'static,
{
    let (from, mut to) = (from.open_table(definition)?, to.open_table(definition)?);
    for entry in from.iter()? {
        let (key, value) = entry?;
        to.insert(key.value(), value.value())?;
    }
    Ok(())
}
