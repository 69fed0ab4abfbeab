//! The embedded store in a file: the contract, and what a file adds: it stays, it is locked, it may be damaged.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use redb::{ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _};
use state_store::contract::Harness;
use state_store::embedded::{BackupError, EmbeddedStore, OpenError};
use state_store::{Added, Inserted, Key, LogBound, ManualClock, Quota, QuotaDecision, Store};

use crate::START;
use crate::place::{Place, bring_up_to_date};

struct File {
    // Before the folder, so that it is closed when the folder goes.
    store: Arc<EmbeddedStore>,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl Harness for File {
    fn stores(&self) -> Vec<Arc<dyn Store>> {
        vec![self.store.clone()]
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn has_exact_clock(&self) -> bool {
        true
    }
}

fn harness() -> Option<File> {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at(START));
    let store = Arc::new(EmbeddedStore::open(folder.path().join("state"), clock.clone()).expect("opens"));
    Some(File { store, clock, _folder: folder })
}

state_store::contract_tests!(harness());

const MINUTE: Duration = Duration::from_secs(60);

fn key(id: &str) -> Key {
    Key::new("file", id)
}

#[tokio::test]
async fn everything_stays() {
    let place = Place::new();
    let quota = Quota { period: MINUTE, burst: 2 };
    let bound = LogBound { max_entries: 2, ttl: MINUTE };
    let store = place.open().expect("opens");
    store.insert_if_absent(&key("value"), b"x", MINUTE).await.expect("insert");
    store.insert_if_absent(&key("short"), b"x", MINUTE / 2).await.expect("insert");
    store.add_up_to(&key("counter"), 5, 9, MINUTE).await.expect("add_up_to");
    store.take_quota(&key("quota"), quota, 2).await.expect("take_quota");
    for _ in 0..3 {
        store.append(&key("log"), b"x", bound).await.expect("append");
    }
    drop(store);

    place.clock.advance(MINUTE / 2);
    let store = place.open().expect("opens again");
    assert_eq!(store.get(&key("value")).await.expect("get").as_deref(), Some(&b"x"[..]));
    assert_eq!(store.get(&key("short")).await.expect("get"), None);
    let half = MINUTE / 2;
    let counter = store.add_up_to(&key("counter"), 5, 9, MINUTE).await.expect("add_up_to");
    assert_eq!(counter, Added::Full { total: 5, resets_in: half });
    let decision = store.take_quota(&key("quota"), quota, 1).await.expect("take_quota");
    assert_eq!(decision, QuotaDecision::Denied { retry_after: Some(half) });
    let sequences: Vec<_> =
        store.read_since(&key("log"), 0, 9).await.expect("read").iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [2, 3]);
}

/// Writers go on while a copy is taken; it is one moment of theirs, whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_one_moment_of_a_store_in_use() {
    let place = Place::new();
    let store = Arc::new(place.open().expect("opens"));
    let quota = Quota { period: MINUTE, burst: 2 };
    store.take_quota(&key("quota"), quota, 2).await.expect("take_quota");
    for _ in 0..3 {
        let bound = LogBound { max_entries: 2, ttl: MINUTE };
        store.append(&key("log"), b"x", bound).await.expect("append");
    }
    let writer = Arc::clone(&store);
    let writing = tokio::spawn(async move {
        for number in 0..400_u32 {
            // In this order: whoever sees the second of a number sees its first.
            for name in ["first", "second"] {
                let key = key(&format!("{name}-{number}"));
                writer.insert_if_absent(&key, b"x", MINUTE).await.expect("insert");
            }
        }
    });
    let copy = Place::with(place.clock.clone());
    let (from, to) = (Arc::clone(&store), copy.path());
    let backup = tokio::task::spawn_blocking(move || from.back_up(to));
    backup.await.expect("no panic").expect("a copy");
    writing.await.expect("written");

    let restored = copy.open().expect("opens");
    for number in 0..400_u32 {
        let there =
            async |name: &str| restored.get(&key(&format!("{name}-{number}"))).await.expect("get").is_some();
        assert!(there("first").await || !there("second").await, "{number} is half there");
    }
    let decision = restored.take_quota(&key("quota"), quota, 1).await.expect("take_quota");
    assert_eq!(decision, QuotaDecision::Denied { retry_after: Some(MINUTE) });
    let entries = restored.read_since(&key("log"), 0, 9).await.expect("read");
    assert_eq!(entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [2, 3]);

    // It never takes the place of anything, and memory has no file.
    assert!(matches!(store.back_up(copy.path()), Err(BackupError::Exists { .. })));
    let missing = copy.folder.path().join("missing/state");
    assert!(matches!(store.back_up(&missing), Err(BackupError::Failed { .. })));
    let memory = EmbeddedStore::in_memory(place.clock.clone());
    assert!(matches!(memory.back_up(missing), Err(BackupError::InMemory)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = std::fs::metadata(copy.path()).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_crash() {
    let place = Place::new();
    let store = Arc::new(place.open().expect("opens"));
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..64 {
        let store = store.clone();
        tasks.spawn(async move { store.insert_if_absent(&key(&index.to_string()), b"x", MINUTE).await });
    }
    for inserted in tasks.join_all().await {
        assert_eq!(inserted.expect("insert"), Inserted::Stored);
    }
    // A count is on disk with the next change of anything else.
    store.add_up_to(&key("counter"), 5, 9, MINUTE).await.expect("add_up_to");
    store.insert_if_absent(&key("after"), b"x", MINUTE).await.expect("insert");
    let crashed = place.crashed();
    let recovered = crashed.open().expect("recovers");
    let counter = recovered.add_up_to(&key("counter"), 5, 9, MINUTE).await.expect("add_up_to");
    assert_eq!(counter, Added::Full { total: 5, resets_in: MINUTE });
    for index in 0..64 {
        let there = recovered.get(&key(&index.to_string())).await.expect("get");
        assert_eq!(there.as_deref(), Some(&b"x"[..]));
    }
}

/// Where nothing else happens, counts are on disk a second later.
#[tokio::test]
async fn counts_survive_a_crash_by_themselves() {
    let place = Place::new();
    let store = place.open().expect("opens");
    store.add_up_to(&key("counter"), 5, 9, MINUTE).await.expect("add_up_to");
    let deadline = std::time::Instant::now() + MINUTE;
    loop {
        let crashed = place.crashed();
        // A copy that was made while the file was being written may be none.
        if let Ok(recovered) = crashed.open()
            && recovered
                .add_up_to(&key("counter"), 5, 9, MINUTE)
                .await
                .is_ok_and(|added| added == (Added::Full { total: 5, resets_in: MINUTE }))
        {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "it is not in the file");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Far more counts than are held in memory, at once: each is exact, and all are there afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_counts_than_memory_holds() {
    const KEYS: usize = 40_000;
    let place = Place::new();
    let store = Arc::new(place.open().expect("opens"));
    let tasks = (0..4).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0..KEYS {
                let added = store.add_up_to(&key(&number.to_string()), 1, 3, MINUTE).await;
                added.expect("add_up_to");
            }
        })
    });
    for task in futures_util::future::join_all(tasks).await {
        task.expect("no panic");
    }
    drop(store);
    let store = place.open().expect("opens again");
    for number in (0..KEYS).step_by(97) {
        let added = store.add_up_to(&key(&number.to_string()), 1, 3, MINUTE).await.expect("add_up_to");
        assert!(matches!(added, Added::Full { total: 3, .. }), "{number}: {added:?}");
    }
}

/// Many more than fit into the queue and into one transaction, in waves: every one is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_fit_at_once() {
    let place = Place::new();
    let store = Arc::new(place.open().expect("opens"));
    for wave in 0..3 {
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..6000 {
            let store = store.clone();
            tasks.spawn(async move {
                let id = key(&format!("{wave}-{index}"));
                let inserted = store.insert_if_absent(&id, b"x", MINUTE).await;
                assert_eq!(inserted.expect("insert"), Inserted::Stored);
                store.remove(&id).await.expect("remove")
            });
        }
        assert!(tasks.join_all().await.iter().all(Option::is_some));
    }
}

/// What nobody asks for any more is cleared away, so that the file does not grow with what passes through it.
#[tokio::test]
async fn expired_things_are_cleared_away() {
    let place = Place::new();
    let store = place.open().expect("opens");
    let value = [7; 4096];
    let bound = LogBound { max_entries: 400, ttl: MINUTE };
    let mut sizes = Vec::new();
    for round in 0..8 {
        let inserts = (0..300).map(async |index| {
            let id = format!("{round}-{index}");
            store.insert_if_absent(&key(&id), &value, MINUTE).await.expect("insert");
            store.append(&key(&format!("log-{round}")), &value, bound).await.expect("append");
        });
        futures_util::future::join_all(inserts).await;
        bring_up_to_date(&store);
        place.clock.advance(MINUTE);
        sizes.push(std::fs::metadata(place.path()).expect("a file").len());
    }
    assert!(sizes[7] <= sizes[2], "the file grows: {sizes:?}");
}

/// What a log drops is gone from the file, however it was dropped.
#[tokio::test]
async fn dropped_entries_are_not_left_behind() {
    let place = Place::new();
    let rows = || {
        let file = redb::Database::open(place.path()).expect("a redb file");
        let entries = redb::TableDefinition::<(&[u8], u64), &[u8]>::new("log-entries");
        file.begin_read().expect("begins").open_table(entries).expect("a table").len().expect("a length")
    };
    let append = async |entries: u32, max_entries: u32| {
        let store = place.open().expect("opens");
        for _ in 0..entries {
            store.append(&key("log"), b"x", LogBound { max_entries, ttl: MINUTE }).await.expect("append");
        }
    };
    append(5, 9).await;
    assert_eq!(rows(), 5);
    append(3, 4).await;
    assert_eq!(rows(), 4, "beyond the bound");

    let store = place.open().expect("opens");
    place.clock.advance(MINUTE);
    store.append(&key("log"), b"x", LogBound { max_entries: 9, ttl: MINUTE }).await.expect("append");
    drop(store);
    assert_eq!(rows(), 1, "begun anew over an expired log");

    append(400, 1000).await;
    place.clock.advance(MINUTE);
    drop(place.open().expect("opens"));
    assert_eq!(rows(), 0, "swept when opened");

    let bound = LogBound { max_entries: 1000, ttl: MINUTE };
    let store = place.open().expect("opens");
    let appends = (0..400).map(|_| async { store.append(&key("log"), b"x", bound).await.expect("append") });
    futures_util::future::join_all(appends).await;
    place.clock.advance(MINUTE);
    // Sweeps a piece of the log.
    store.insert_if_absent(&key("other"), b"x", MINUTE).await.expect("insert");
    assert_eq!(store.append(&key("log"), b"x", bound).await.expect("append"), 1);
    drop(store);
    assert_eq!(rows(), 1, "begun anew over a log that was swept in part");

    append(5, 9).await;
    let store = place.open().expect("opens");
    let bound = LogBound { max_entries: 9, ttl: MINUTE };
    store.append(&key("log"), b"x", bound).await.expect("append");
    place.clock.advance(MINUTE);
    assert_eq!(store.append(&key("log"), b"x", bound).await.expect("append"), 1);
    drop(store);
    assert_eq!(rows(), 1, "begun anew over a log that was longer than its table");
}

#[tokio::test]
async fn dropping_finishes_what_is_queued() {
    let place = Place::new();
    let store = place.open().expect("opens");
    for index in 0..100 {
        let id = key(&index.to_string());
        // Queued, and then not waited for.
        assert!(store.insert_if_absent(&id, b"x", MINUTE).now_or_never().is_none());
    }
    drop(store);
    let store = place.open().expect("opens again");
    for index in 0..100 {
        assert!(store.get(&key(&index.to_string())).await.expect("get").is_some());
    }
}

#[tokio::test]
async fn check_answers() {
    let place = Place::new();
    place.open().expect("opens").check().await.expect("is well");
}

#[test]
fn one_process_at_a_time() {
    let place = Place::new();
    let store = place.open().expect("opens");
    assert!(matches!(place.open(), Err(OpenError::Locked { path }) if path == place.path()));
    drop(store);
    place.open().expect("is free again");
}

#[test]
fn folder_must_exist() {
    let place = Place::new();
    let path = place.folder.path().join("absent/state");
    let error = EmbeddedStore::open(&path, place.clock.clone()).expect_err("refused");
    assert!(matches!(error, OpenError::Unusable { .. }));
    assert_eq!(error.to_string(), format!("cannot use the store file {}", path.display()));
}

#[test]
fn a_folder_is_no_file() {
    let place = Place::new();
    let opened = EmbeddedStore::open(place.folder.path(), place.clock.clone());
    assert!(matches!(opened, Err(OpenError::Unusable { .. })));
}

#[cfg(unix)]
#[test]
fn for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    drop(place.open().expect("opens"));
    let mode = std::fs::metadata(place.path()).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Whatever happened to the file: it is refused, or what it answers is right.
#[tokio::test]
async fn damage() {
    let place = Place::new();
    let store = place.open().expect("opens");
    for index in 0..50 {
        store.insert_if_absent(&key(&index.to_string()), &[7; 1000], MINUTE).await.expect("insert");
    }
    drop(store);
    let whole = std::fs::read(place.path()).expect("a file");
    let open_with = |bytes: &[u8]| {
        std::fs::write(place.path(), bytes).expect("written");
        place.open()
    };

    let text = b"this is somebody's letter\n".repeat(1000);
    assert!(matches!(open_with(&text), Err(OpenError::Corrupt { .. })), "a letter");
    for length in [1, 100, 4096, whole.len() / 2, whole.len() - 4096] {
        let opened = open_with(&whole[..length]);
        assert!(matches!(opened, Err(OpenError::Corrupt { .. })), "cut to {length}: {opened:?}");
    }
    let mut refused = 0;
    for position in (0..whole.len()).step_by(whole.len() / 200) {
        let mut changed = whole.clone();
        changed[position] ^= 0x55;
        match open_with(&changed) {
            // In a page that is not in use.
            Ok(store) => {
                for index in 0..50 {
                    let there = store.get(&key(&index.to_string())).await.expect("get");
                    assert_eq!(there.as_deref(), Some(&[7; 1000][..]), "changed at {position}");
                }
            }
            Err(OpenError::Corrupt { .. }) => refused += 1,
            Err(other) => panic!("changed at {position}: {other:?}"),
        }
    }
    assert!(refused > 0, "none of the changes hit a page in use");
}

/// What is prolonged again and again is in the index once, is there for as long as it was last told to, and is cleared away then.
#[tokio::test]
async fn a_prolonged_record_lives_as_long_as_it_was_told_to() {
    let place = Place::new();
    let start = u64::try_from(START.as_millis()).expect("fits");
    let index = || {
        let file = redb::Database::open(place.path()).expect("a redb file");
        let index = redb::TableDefinition::<(u64, &[u8]), ()>::new("by-expiry");
        let index = file.begin_read().expect("begins").open_table(index).expect("a table");
        let seconds = |(key, _): (redb::AccessGuard<'_, (u64, &[u8])>, _)| {
            let (at, key) = key.value();
            ((at - start) / 1000, String::from_utf8_lossy(key).into_owned())
        };
        index.iter().expect("reads").map(|entry| seconds(entry.expect("reads"))).collect::<Vec<_>>()
    };
    let at = |seconds: u64, name: &str| (seconds, format!("file:{name}"));
    let put = async |store: &EmbeddedStore, from: Option<&[u8]>, to: &[u8], seconds: u64| {
        let ttl = Duration::from_secs(seconds);
        let put = store.compare_exchange(&key("long"), from, to, ttl).await.expect("compare_exchange");
        assert_eq!(put, state_store::Exchange::Swapped);
    };
    let advance = |seconds| place.clock.advance(Duration::from_secs(seconds));
    let other = async |store: &EmbeddedStore, name: &str| {
        let ttl = Duration::from_secs(1000);
        store.insert_if_absent(&key(name), b"x", ttl).await.expect("insert");
    };

    // The tables are told of the last of several changes only, unless they are brought up to date meanwhile.
    let store = place.open().expect("opens");
    put(&store, None, b"1", 60).await;
    bring_up_to_date(&store);
    advance(30);
    put(&store, Some(b"1"), b"2", 60).await;
    drop(store);
    assert_eq!(index(), [at(60, "long")], "not moved for a longer life");

    advance(30);
    let store = place.open().expect("opens");
    assert_eq!(store.get(&key("long")).await.expect("get").as_deref(), Some(&b"2"[..]));
    drop(store);
    assert_eq!(index(), [at(90, "long")], "moved when its place came up");

    let store = place.open().expect("opens");
    put(&store, Some(b"2"), b"3", 10).await;
    drop(store);
    assert_eq!(index(), [at(70, "long")], "moved for a shorter life");

    let store = place.open().expect("opens");
    put(&store, Some(b"3"), b"4", 40).await;
    bring_up_to_date(&store);
    advance(20);
    put(&store, Some(b"4"), b"5", 40).await;
    drop(store);
    assert_eq!(index(), [at(120, "long")], "its place was over, though nobody had swept");

    let store = place.open().expect("opens");
    put(&store, Some(b"5"), b"6", 60).await;
    bring_up_to_date(&store);
    assert!(store.remove(&key("long")).await.expect("remove").is_some());
    drop(store);
    assert_eq!(index(), [], "removed from where the index had it");

    let store = place.open().expect("opens");
    put(&store, None, b"7", 20).await;
    bring_up_to_date(&store);
    put(&store, Some(b"7"), b"8", 40).await;
    bring_up_to_date(&store);
    advance(20);
    other(&store, "meanwhile").await;
    bring_up_to_date(&store);
    assert_eq!(store.get(&key("long")).await.expect("get").as_deref(), Some(&b"8"[..]));
    advance(20);
    assert_eq!(store.get(&key("long")).await.expect("get"), None);
    other(&store, "later").await;
    drop(store);
    assert_eq!(index(), [at(1100, "meanwhile"), at(1120, "later")], "swept when it was over");
}

/// Sets what the file says that its format is.
fn set_format(place: &Place, format: u64) {
    let file = redb::Database::open(place.path()).expect("a redb file");
    let transaction = file.begin_write().expect("begins");
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    transaction.open_table(meta).expect("a table").insert("format", format).expect("written");
    transaction.commit().expect("committed");
}

/// A file of the format before is taken on, and is of this format from then on.
#[tokio::test]
async fn format_before() {
    let place = Place::new();
    let store = place.open().expect("opens");
    store.insert_if_absent(&key("value"), b"x", MINUTE).await.expect("insert");
    drop(store);
    set_format(&place, 1);
    let store = place.open().expect("opens");
    let prolonged = store.compare_exchange(&key("value"), Some(b"x"), b"y", MINUTE * 2).await;
    assert_eq!(prolonged.expect("compare_exchange"), state_store::Exchange::Swapped);
    drop(store);
    let file = redb::Database::open(place.path()).expect("a redb file");
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    let meta = file.begin_read().expect("begins").open_table(meta).expect("a table");
    assert_eq!(meta.get("format").expect("reads").expect("is there").value(), 2);
    drop((meta, file));
    place.clock.advance(MINUTE);
    let store = place.open().expect("opens again");
    assert_eq!(store.get(&key("value")).await.expect("get").as_deref(), Some(&b"y"[..]));
}

/// A file that a later version of this program wrote is refused as it is.
#[test]
fn other_format() {
    let place = Place::new();
    drop(place.open().expect("opens"));
    set_format(&place, 4);
    let error = place.open().expect_err("refused");
    assert!(matches!(error, OpenError::OtherFormat { format: 4, .. }), "{error:?}");
}
