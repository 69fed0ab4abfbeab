//! A disk that fails or is slow: what was answered is in the journal, and nothing else is said to be there.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, RwLock};

use bytes::Bytes;
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase as _, StorageBackend};

use super::*;
use crate::clock::ManualClock;
use crate::embedded::tables::{RECORDS, read_record};
use crate::embedded::{journal, operation, recovery};
use crate::store::{Inserted, Key, StoreError};

const BEGUN: Duration = Duration::from_secs(1_000);

/// A disk for the tables. It stays where the database that has it open goes.
#[derive(Clone, Debug, Default)]
struct Disk {
    there: Arc<InMemoryBackend>,
    fails: Arc<AtomicBool>,
    /// Whoever has it for writing holds up all who write.
    slow: Arc<RwLock<()>>,
}

impl Disk {
    /// What a crash at this moment leaves behind.
    fn crashed(&self) -> Self {
        let copy = Self::default();
        let mut bytes = vec![0; usize::try_from(self.there.len().unwrap()).unwrap()];
        self.there.read(0, &mut bytes).unwrap();
        copy.there.set_len(bytes.len() as u64).unwrap();
        copy.there.write(0, &bytes).unwrap();
        copy
    }

    fn may(&self) -> Result<(), io::Error> {
        drop(self.slow.read().unwrap());
        let failed = || io::Error::other("the disk is gone");
        if self.fails.load(Ordering::SeqCst) { Err(failed()) } else { Ok(()) }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, io::Error> {
        self.there.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.there.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.may()?;
        self.there.set_len(len)
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.may()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.may()?;
        self.there.write(offset, data)
    }
}

/// Inserts a value and keeps what came of it.
struct Insert {
    key: Key,
    told: Arc<Mutex<Vec<(Key, bool)>>>,
    outcome: Option<Result<Inserted, StoreError>>,
}

impl Job for Insert {
    fn run(&mut self, batch: &mut Batch<'_>, now: Now) -> Result<(), redb::Error> {
        let value = Bytes::from_static(b"x");
        let step = |live: Option<&_>, now| operation::insert_if_absent(live, value, BEGUN, now);
        self.outcome = Some(batch.update(&self.key, now, step)?);
        Ok(())
    }

    fn answer(self: Box<Self>, written: Result<(), WriteError>) {
        let stored = written.is_ok() && matches!(self.outcome, Some(Ok(Inserted::Stored)));
        self.told.lock().unwrap().push((self.key, stored));
    }
}

struct World {
    disk: Disk,
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    told: Arc<Mutex<Vec<(Key, bool)>>>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(BEGUN));
        Self { disk: Disk::default(), folder, clock, told: Arc::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The tables, with what the journal has, and the number of the next frame.
    fn recovered(&self) -> (Database, u64) {
        let database = Database::builder().create_with_backend(self.disk.clone()).unwrap();
        let next = recovery::prepare(&database, &self.path(), Now::new(BEGUN)).unwrap();
        (database, next)
    }

    fn open(&self) -> Writing {
        let (database, next) = self.recovered();
        Writing {
            file: Arc::new(Readable::new(database).unwrap()),
            counts: Arc::default(),
            recent: Arc::default(),
            journal: Journal::create(journal::path_of(&self.path()), next).unwrap(),
            clock: self.clock.clone(),
            pace: Pace::default(),
            behind: Behind::default(),
        }
    }

    /// A batch of one insertion.
    fn insert(&self, writing: &mut Writing, id: &str) {
        let key = Key::new("test", id);
        let mut batch: Vec<Box<dyn Job>> =
            vec![Box::new(Insert { key, told: Arc::clone(&self.told), outcome: None })];
        let (written, _) = writing.write(&mut batch);
        batch.drain(..).for_each(|job| job.answer(written.clone()));
    }

    /// What a crash at this moment leaves behind.
    fn crashed(&self) -> Self {
        let crashed = Self { disk: self.disk.crashed(), told: Arc::clone(&self.told), ..Self::new() };
        std::fs::copy(journal::path_of(&self.path()), journal::path_of(&crashed.path())).unwrap();
        crashed
    }

    /// What was told, in order: ids with whether they are stored.
    fn told(&self) -> Vec<(String, bool)> {
        self.told.lock().unwrap().iter().map(|(key, stored)| (key.id().to_owned(), *stored)).collect()
    }

    /// After a restart everything is there that was told to be.
    fn check(&self) {
        let (database, _) = self.recovered();
        let records = database.begin_read().unwrap().open_table(RECORDS).unwrap();
        for (key, stored) in self.told.lock().unwrap().iter() {
            let there = read_record(&records, key.to_string().as_bytes()).unwrap().is_some();
            assert!(there || !stored, "{key} is lost");
        }
    }
}

/// Opening the tables costs more than a read does: readers share what was opened after the last commit.
#[test]
fn readers_share_the_tables() {
    let world = World::new();
    let mut writing = world.open();
    let share =
        |writing: &Writing| Arc::ptr_eq(&writing.file.latest().unwrap(), &writing.file.latest().unwrap());
    assert!(share(&writing), "opened");
    world.insert(&mut writing, "in the journal");
    assert!(share(&writing), "before they are brought up to date");
    writing.bring_everything().unwrap();
    assert!(share(&writing), "after it");
}

#[test]
fn tables_that_cannot_be_written_lose_nothing() {
    let world = World::new();
    let mut writing = world.open();
    world.insert(&mut writing, "in the tables");
    writing.bring_everything().unwrap();
    world.insert(&mut writing, "in the journal");
    world.disk.fails.store(true, Ordering::SeqCst);
    assert!(matches!(writing.bring_everything(), Err(WriteError::Tables(_))));
    // Whatever comes of it, it is told so.
    world.insert(&mut writing, "meanwhile");
    assert_eq!(world.told()[..2], [("in the tables".to_owned(), true), ("in the journal".to_owned(), true)]);
    writing.close();
    world.disk.fails.store(false, Ordering::SeqCst);
    assert!(journal::path_of(&world.path()).exists(), "it is needed");
    world.check();
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_not_in_the_journal_was_not_stored() {
    let world = World::new();
    let mut writing = world.open();
    world.insert(&mut writing, "before");
    writing.journal.fill_disk().unwrap();
    world.insert(&mut writing, "on a full disk");
    assert_eq!(world.told(), [("before".to_owned(), true), ("on a full disk".to_owned(), false)]);
    assert_eq!(writing.recent.record(&Key::new("test", "on a full disk")), None, "nobody sees it");
    // The same again: nothing stands in its way.
    world.insert(&mut writing, "on a full disk");
    assert_eq!(world.told()[2], ("on a full disk".to_owned(), false));
    drop(writing);
    world.check();
}

impl Writing {
    /// Has the thread of the tables begin.
    fn begin_beside(&mut self) {
        self.behind.at = Some(Instant::now());
        self.bring_up_to_date_if_due();
        assert!(self.behind.thread.is_some());
    }

    /// Waits until it is done, which nobody has seen then.
    fn wait_beside(&self) {
        while !self.behind.thread.as_ref().unwrap().is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Which of these are in memory still.
    fn in_memory<const N: usize>(&self, ids: [&str; N]) -> [bool; N] {
        ids.map(|id| self.recent.record(&Key::new("test", id)).is_some())
    }
}

/// The thread that writes the tables holds up nobody, and a crash at any moment loses nothing.
#[test]
fn batches_go_on_beside_the_tables() {
    let world = World::new();
    let mut writing = world.open();
    world.insert(&mut writing, "before");
    let slow = world.disk.slow.write().unwrap();
    writing.begin_beside();
    world.insert(&mut writing, "meanwhile");
    assert_eq!(world.told(), [("before".to_owned(), true), ("meanwhile".to_owned(), true)]);
    assert_eq!(writing.in_memory(["before", "meanwhile"]), [true, true]);
    world.crashed().check();
    // It is not done yet, and looked at again soon.
    writing.bring_up_to_date_if_due();
    assert!(writing.tables_at().unwrap() <= Instant::now() + LOOKED_AT);

    drop(slow);
    writing.wait_beside();
    world.crashed().check();
    writing.bring_up_to_date_if_due();
    assert_eq!(writing.in_memory(["before", "meanwhile"]), [false, true]);
    assert!(writing.journal.len() > 0, "it has what came meanwhile");
    world.crashed().check();

    writing.begin_beside();
    writing.wait_beside();
    writing.bring_up_to_date_if_due();
    assert_eq!(writing.in_memory(["before", "meanwhile"]), [false, false]);
    assert_eq!((writing.journal.len(), writing.tables_at()), (0, None));
    world.crashed().check();
    world.insert(&mut writing, "at its front");
    world.crashed().check();
    writing.close();
    world.check();
}

/// Closing waits for it.
#[test]
fn closed_beside_the_tables() {
    let world = World::new();
    let mut writing = world.open();
    world.insert(&mut writing, "before");
    writing.begin_beside();
    world.insert(&mut writing, "meanwhile");
    writing.close();
    assert!(!journal::path_of(&world.path()).exists(), "the tables have everything");
    world.check();
}

#[test]
fn tables_that_cannot_be_written_beside_it_lose_nothing() {
    let world = World::new();
    let mut writing = world.open();
    world.insert(&mut writing, "before");
    let slow = world.disk.slow.write().unwrap();
    writing.begin_beside();
    world.insert(&mut writing, "meanwhile");
    world.disk.fails.store(true, Ordering::SeqCst);
    drop(slow);
    writing.wait_beside();
    writing.bring_up_to_date_if_due();
    assert_eq!(writing.in_memory(["before", "meanwhile"]), [true, true]);
    assert!(writing.behind.thread.is_none(), "tried again later");
    world.disk.fails.store(false, Ordering::SeqCst);
    world.crashed().check();
    writing.close();
    world.check();
}

/// A journal that is long begins at its front again, though more comes all the time.
#[test]
fn a_long_journal_comes_to_an_end() {
    let world = World::new();
    let mut writing = world.open();
    world.insert(&mut writing, "first");
    writing.pace = Pace { bytes: 16 * writing.journal.len(), few: 2, ..writing.pace };
    let mut rounds = 0;
    for number in 0.. {
        world.insert(&mut writing, &number.to_string());
        if number % 4 == 3 {
            if writing.behind.thread.is_some() {
                writing.wait_beside();
            }
            writing.bring_up_to_date_if_due();
            rounds += u32::from(writing.behind.thread.is_some());
            if writing.journal.len() == 0 {
                break;
            }
        }
        assert!(number < 100, "it goes on for ever");
    }
    assert_eq!(rounds, ROUNDS, "batches wait only after that");
    writing.close();
    world.check();
}
