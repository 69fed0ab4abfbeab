//! A folder for a store in a file, and the clock that its stores share.

use std::path::PathBuf;
use std::sync::Arc;

use state_store::ManualClock;
use state_store::embedded::{EmbeddedStore, OpenError};

use crate::START;

pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: Arc<ManualClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with(Arc::new(ManualClock::at(START)))
    }

    pub(crate) fn with(clock: Arc<ManualClock>) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), clock }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join("state-journal")
    }

    pub(crate) fn open(&self) -> Result<EmbeddedStore, OpenError> {
        EmbeddedStore::open(self.path(), self.clock.clone())
    }

    /// What a crash at this moment leaves behind: the files of a store that was not closed. The journal first, because what is
    /// gone from it later is in the tables.
    pub(crate) fn crashed(&self) -> Self {
        let crashed = Self::with(self.clock.clone());
        std::fs::copy(self.journal(), crashed.journal()).expect("copied while it is open");
        std::fs::copy(self.path(), crashed.path()).expect("copied while it is open");
        crashed
    }
}

/// Has the tables have everything, as a copy does.
pub(crate) fn bring_up_to_date(store: &EmbeddedStore) {
    let copies = tempfile::tempdir().expect("a folder");
    store.back_up(copies.path().join("copy")).expect("a copy");
}
