//! The journal of the embedded store: a crash at any moment loses nothing that was answered and does nothing twice, and
//! files that do not fit are refused.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use state_store::embedded::{EmbeddedStore, OpenError};
use state_store::{Exchange, Inserted, Key, LogBound, ManualClock, Store, StoreError};

use crate::START;
use crate::place::{Place, bring_up_to_date};

const MINUTE: Duration = Duration::from_secs(60);
const BOUND: LogBound = LogBound { max_entries: 5, ttl: MINUTE };

fn names(place: &Place) -> Vec<String> {
    let names = std::fs::read_dir(place.folder.path()).expect("a folder");
    let mut names: Vec<_> =
        names.map(|name| name.expect("a file").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}

/// The same files in another place, opened.
fn with(
    clock: &Arc<ManualClock>,
    tables: &[u8],
    journal: &[u8],
) -> (Place, Result<EmbeddedStore, OpenError>) {
    let place = Place::with(clock.clone());
    std::fs::write(place.path(), tables).expect("written");
    std::fs::write(place.journal(), journal).expect("written");
    let opened = place.open();
    (place, opened)
}

fn key(id: &str) -> Key {
    Key::new("file", id)
}

const KEYS: [&str; 8] = ["a", "b", "c", "log-1", "log-2", "both", "d", "e"];

/// Everything that can be seen of these keys.
async fn seen(store: &EmbeddedStore) -> Vec<String> {
    let mut seen = Vec::new();
    for id in KEYS {
        let value = store.get(&key(id)).await;
        let entries = store.read_since(&key(id), 0, 99).await.map(|entries| {
            entries.iter().map(|entry| (entry.sequence, entry.value.clone())).collect::<Vec<_>>()
        });
        let text = |error: StoreError| error.to_string();
        seen.push(format!("{id}: {:?} {:?}", value.map_err(text), entries.map_err(text)));
    }
    seen
}

/// One operation, chosen by a number. Those that change nothing write nothing.
async fn operate(store: &EmbeddedStore, choice: u64) {
    let value = choice.to_be_bytes();
    let id = key(KEYS[usize::try_from(choice / 16 % 8).expect("fits")]);
    let ttl = Duration::from_secs(1 + choice / 128 % 90);
    // Some are of the wrong kind for what is there, which is told, and no concern here.
    match choice % 16 {
        0..=3 => drop(store.insert_if_absent(&id, &value, ttl).await),
        4..=6 => {
            let there = store.get(&id).await.ok().flatten();
            drop(store.compare_exchange(&id, there.as_deref(), &value, ttl).await);
        }
        7 | 8 => drop(store.remove(&id).await),
        _ => drop(store.append(&id, &value, LogBound { ttl, ..BOUND }).await),
    }
}

/// The same numbers each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// Histories of operations, time that passes, tables that are brought up to date, and crashes with either the journal of then
/// or the one before the tables were written: what is opened afterwards is what was there.
#[tokio::test]
async fn a_crash_at_any_moment() {
    for seed in 0..8 {
        let clock = Arc::new(ManualClock::at(START));
        let mut place = Place::with(clock.clone());
        let mut store = place.open().expect("opens");
        let mut numbers = Numbers(seed);
        let mut journal_before = bytes(&place.journal());
        for step in 0..150 {
            operate(&store, numbers.next()).await;
            match numbers.next() % 12 {
                0..=2 => clock.advance(Duration::from_secs(numbers.next() % 20)),
                3 => {
                    journal_before = bytes(&place.journal());
                    bring_up_to_date(&store);
                    // They were written, and the journal not begun anew yet.
                    let (_place, opened) = with(&clock, &bytes(&place.path()), &journal_before);
                    let opened = opened.expect("opens");
                    assert_eq!(seen(&opened).await, seen(&store).await, "seed {seed}, step {step}");
                }
                4 => {
                    let before = seen(&store).await;
                    let (crashed, opened) = with(&clock, &bytes(&place.path()), &bytes(&place.journal()));
                    let opened = opened.expect("opens");
                    assert_eq!(seen(&opened).await, before, "seed {seed}, step {step}");
                    // And again, as it is after that.
                    drop(opened);
                    let opened = crashed.open().expect("opens again");
                    assert_eq!(seen(&opened).await, before, "seed {seed}, step {step}");
                    // It goes on from there.
                    (place, store) = (crashed, opened);
                }
                _ => {}
            }
        }
        drop((store, journal_before));
    }
}

/// The journal ends anywhere: what is there is what was there at some moment, never a part of a change, and nothing of what was
/// answered by then is missing.
#[tokio::test]
async fn a_journal_that_is_cut_short() {
    let place = Place::new();
    let clock = place.clock.clone();
    let store = place.open().expect("opens");
    store.append(&key("log-1"), b"first", BOUND).await.expect("append");
    bring_up_to_date(&store);
    let tables = bytes(&place.path());
    let mut moments = vec![(0, seen(&store).await)];
    let length = |journal: &[u8]| {
        let number = |end: usize| u64::from_be_bytes(journal[end + 8..end + 16].try_into().expect("eight"));
        let (mut end, first) = (0, number(0));
        // Behind the last frame are zeros, or what is older.
        for frame in 0.. {
            if number(end) != first + frame {
                break;
            }
            let changes = u32::from_be_bytes(journal[end..end + 4].try_into().expect("four"));
            end += 16 + usize::try_from(changes).expect("fits");
        }
        end
    };
    for (index, id) in KEYS.into_iter().enumerate() {
        match index % 4 {
            3 => drop(store.append(&key(id), b"entry", BOUND).await.expect("append")),
            _ => {
                let inserted = store.insert_if_absent(&key(id), &[7; 20], MINUTE).await;
                assert_eq!(inserted.expect("insert"), Inserted::Stored);
            }
        }
        moments.push((length(&bytes(&place.journal())), seen(&store).await));
    }
    store.remove(&key("a")).await.expect("remove").expect("was there");
    let journal = bytes(&place.journal());
    let end = length(&journal);
    moments.push((end, seen(&store).await));
    for cut in (0..=end).filter(|cut| cut % 7 == 0 || moments.iter().any(|(end, _)| end.abs_diff(*cut) < 2)) {
        let (_place, opened) = with(&clock, &tables, &journal[..cut]);
        let opened = opened.expect("opens");
        let (_, expected) = moments.iter().rfind(|(end, _)| *end <= cut).expect("there is a first one");
        assert_eq!(seen(&opened).await, *expected, "cut at {cut} of {end}");
    }
}

/// A part that is damaged is not passed over in silence, nor are tables that are older than the journal.
#[tokio::test]
async fn files_that_do_not_fit() {
    let place = Place::new();
    let clock = place.clock.clone();
    let store = place.open().expect("opens");
    let empty = bytes(&place.path());
    for id in KEYS {
        store.insert_if_absent(&key(id), b"x", MINUTE).await.expect("insert");
    }
    let journal = bytes(&place.journal());
    let refused = |tables: &[u8], journal: &[u8]| {
        let (place, opened) = with(&clock, tables, journal);
        let error = opened.expect_err("refused");
        assert!(matches!(&error, OpenError::Corrupt { path, .. } if *path == place.journal()), "{error:?}");
        // It was left as it is.
        assert_eq!((bytes(&place.journal()), bytes(&place.path()).len()), (journal.to_vec(), tables.len()));
    };
    let mut damaged = journal.clone();
    damaged[20] ^= 1;
    refused(&empty, &damaged);
    bring_up_to_date(&store);
    store.remove(&key("a")).await.expect("remove").expect("was there");
    store.remove(&key("b")).await.expect("remove").expect("was there");
    refused(&empty, &bytes(&place.journal()));

    // One that is not there at all has been done without.
    let (lonely, tables) = (Place::with(clock.clone()), bytes(&place.path()));
    std::fs::write(lonely.path(), tables).expect("written");
    let opened = lonely.open().expect("opens");
    assert_eq!(opened.get(&key("c")).await.expect("get").as_deref(), Some(&b"x"[..]));
}

/// A store that is closed is one file, which releases before the journal can open, and a journal beside it is nobody's.
#[tokio::test]
async fn closed() {
    let place = Place::new();
    let store = place.open().expect("opens");
    assert_eq!(names(&place), ["state", "state-journal"]);
    store.insert_if_absent(&key("a"), b"x", MINUTE).await.expect("insert");
    let journal = bytes(&place.journal());
    drop(store);
    assert_eq!(names(&place), ["state"]);
    {
        let file = redb::Database::open(place.path()).expect("a redb file");
        let meta = redb::TableDefinition::<&str, u64>::new("meta");
        let meta =
            redb::ReadableDatabase::begin_read(&file).expect("begins").open_table(meta).expect("a table");
        assert_eq!(meta.get("format").expect("reads").expect("is there").value(), 2);
    }
    std::fs::write(place.journal(), &journal).expect("written");
    let store = place.open().expect("opens again");
    assert!(store.remove(&key("a")).await.expect("remove").is_some());
    drop(store);
    std::fs::write(place.journal(), journal).expect("written");
    let store = place.open().expect("opens again");
    assert_eq!(store.get(&key("a")).await.expect("get"), None, "not done again");
}

/// However many hold it: what was asked before is done, what is asked later is refused.
#[tokio::test]
async fn closed_while_it_is_held() {
    let place = Place::new();
    let store = Arc::new(place.open().expect("opens"));
    let other = Arc::clone(&store);
    store.insert_if_absent(&key("a"), b"x", MINUTE).await.expect("insert");
    store.close();
    assert_eq!(names(&place), ["state"]);
    let refused = other.insert_if_absent(&key("b"), b"x", MINUTE).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    store.close();
    drop((store, other));
    let store = place.open().expect("opens again");
    assert!(store.get(&key("a")).await.expect("get").is_some());
}

/// One that is closed and locked is moved without anybody coming between.
#[tokio::test]
async fn closed_and_locked() {
    let place = Place::new();
    let clock = place.clock.clone();
    let store = place.open().expect("opens");
    store.insert_if_absent(&key("a"), b"x", MINUTE).await.expect("insert");
    let lock = store.close_locked().expect("has a file");
    assert_eq!(names(&place), ["state"], "everything is in the tables");
    assert!(matches!(place.open(), Err(OpenError::Locked { .. })));
    let moved = Place::with(clock.clone());
    std::fs::rename(place.path(), moved.path()).expect("moved");
    // Another one in its place is none of its business.
    let other = place.open().expect("opens");
    drop(lock);
    assert_eq!(names(&place), ["state", "state-journal"]);
    assert_eq!(other.get(&key("a")).await.expect("get"), None);
    let moved = moved.open().expect("opens");
    assert_eq!(moved.get(&key("a")).await.expect("get").as_deref(), Some(&b"x"[..]));
    assert!(EmbeddedStore::in_memory(clock).close_locked().is_none());
}

#[cfg(unix)]
#[test]
fn for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    let _store = place.open().expect("opens");
    let mode = std::fs::metadata(place.journal()).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Far more than the tables may lack: they are brought up to date meanwhile, and the journal stays as small as it may be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_does_not_grow_for_ever() {
    let place = Place::new();
    let clock = place.clock.clone();
    let store = Arc::new(place.open().expect("opens"));
    let mut largest = 0;
    for round in 0..12_u64 {
        let writes = (0..1000).map(async |index| {
            let id = key(&format!("{round}-{index}"));
            let put = store.compare_exchange(&id, None, &[7; 1000], MINUTE).await;
            assert_eq!(put.expect("compare_exchange"), Exchange::Swapped);
        });
        futures_util::future::join_all(writes).await;
        largest = largest.max(std::fs::metadata(place.journal()).expect("a file").len());
    }
    assert!(largest <= 6 << 20, "{largest} bytes");
    let (_place, opened) = with(&clock, &bytes(&place.path()), &bytes(&place.journal()));
    let opened = opened.expect("opens");
    for round in 0..12 {
        for index in (0..1000).step_by(37) {
            assert!(opened.get(&key(&format!("{round}-{index}"))).await.expect("get").is_some());
        }
    }
}
