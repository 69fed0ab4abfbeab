//! Why a store file could not be opened.

use std::io;
use std::path::{Path, PathBuf};

use redb::{DatabaseError, StorageError};

/// Why a store file could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file cannot be opened, made or written: its folder is missing or closed to this process, the disk is
    /// read-only, full or failing.
    #[error("cannot use the store file {}", .path.display())]
    Unusable {
        /// The store file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process has the file open.
    #[error("another process is using the store file {}", .path.display())]
    Locked {
        /// The store file.
        path: PathBuf,
    },
    /// The file is damaged, or not a store.
    #[error("the file {} is damaged or is not a store", .path.display())]
    Corrupt {
        /// The store file.
        path: PathBuf,
        /// What does not fit.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file was written by another version of this program. It was not changed.
    #[error("the store file {} has the format {format}, which this version does not know", .path.display())]
    OtherFormat {
        /// The store file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
}

impl OpenError {
    pub(super) fn unusable(path: &Path, source: io::Error) -> Self {
        Self::Unusable { path: path.to_owned(), source }
    }

    pub(super) fn of_database(path: &Path, error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
                Self::Locked { path: path.to_owned() }
            }
            DatabaseError::Storage(StorageError::Io(source)) => Self::of_io(path, source),
            other => Self::Corrupt { path: path.to_owned(), source: other.into() },
        }
    }

    pub(super) fn of_contents(path: &Path, error: redb::Error) -> Self {
        match error {
            redb::Error::Io(source) => Self::of_io(path, source),
            other => Self::Corrupt { path: path.to_owned(), source: other.into() },
        }
    }

    /// redb reports a file that is no database, or ends too early, as I/O.
    fn of_io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Corrupt { path: path.to_owned(), source: source.into() }
            }
            _ => Self::unusable(path, source),
        }
    }
}
