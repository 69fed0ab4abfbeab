//! What is kept is bounded, and gone when its key rests.

use openphone_client::contacts::Contact;
use serde_json::json;

use super::*;

fn key(byte: u8) -> Fingerprint {
    Fingerprint::from_bytes([byte; 16])
}

fn contact(id: usize) -> Contact {
    serde_json::from_value(json!({
        "id": format!("c{id}"), "createdAt": "2026-01-01T00:00:00Z",
        "defaultFields": { "firstName": "Sam", "phoneNumbers": [{ "name": "m", "value": format!("+1415555{id:04}") }] }
    }))
    .unwrap()
}

fn entries(ids: std::ops::Range<usize>) -> Vec<Entry> {
    ids.map(|id| Entry::of(&contact(id))).collect()
}

fn idle_task(_: u64) -> AbortHandle {
    tokio::spawn(std::future::pending::<()>()).abort_handle()
}

fn nobody() -> People {
    People::none(jiff::Timestamp::UNIX_EPOCH)
}

/// A directory of so many contacts, read to its end.
fn fill(pool: &Arc<Pool>, of: Fingerprint, contacts: usize) -> Growth {
    let slot = pool.slot(of);
    let number = slot.begin(nobody(), idle_task);
    let growth = pool.add(of, &slot, number, entries(0..contacts));
    slot.finish(number, growth == Growth::GoOn);
    growth
}

#[tokio::test(start_paused = true)]
async fn ten_idle_minutes_and_the_memory_is_free() {
    let pool = Pool::new(Bounds::default());
    fill(&pool, key(1), 100);
    let slot = Arc::downgrade(&pool.slot(key(1)));
    let people = Arc::downgrade(&slot.upgrade().unwrap().look().ready.unwrap().people);
    tokio::time::sleep(IDLE - Duration::from_secs(1)).await;
    pool.touch(key(1));
    tokio::time::sleep(IDLE - Duration::from_secs(1)).await;
    assert!(people.upgrade().is_some() && slot.upgrade().is_some(), "a call keeps it");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(people.upgrade().is_none() && slot.upgrade().is_none());
    assert!(pool.lock().by_key.is_empty());
}

/// Who waits for idle keys ends with its runtime; on the next one somebody else does, for all of them.
#[test]
fn a_pool_outlives_its_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let pool = Pool::new(Bounds::default());
    runtime().unwrap().block_on(async { fill(&pool, key(1), 1) });
    runtime().unwrap().block_on(async {
        fill(&pool, key(2), 1);
        tokio::time::sleep(IDLE + Duration::from_secs(1)).await;
    });
    assert!(pool.lock().by_key.is_empty());
}

/// The task that reads is what holds the API key.
#[tokio::test(start_paused = true)]
async fn a_reading_ends_when_its_key_rests() {
    let pool = Pool::new(Bounds::default());
    let held = Arc::new("an API key");
    let weak = Arc::downgrade(&held);
    let slot = pool.slot(key(1));
    slot.begin(nobody(), move |_| {
        let reading = async move {
            std::future::pending::<()>().await;
            drop(held);
        };
        tokio::spawn(reading).abort_handle()
    });
    let people = Arc::downgrade(&slot.look().reading.unwrap().1);
    drop(slot);
    tokio::time::sleep(IDLE - Duration::from_secs(1)).await;
    assert!(weak.upgrade().is_some());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(weak.upgrade().is_none() && people.upgrade().is_none());
}

#[tokio::test]
async fn one_directory_is_bounded_and_says_so() {
    let one = entries(0..1)[0].bytes();
    let pool = Pool::new(Bounds { directory: one * 10, ..Bounds::default() });
    assert_eq!(fill(&pool, key(1), 9), Growth::GoOn);
    pool.slot(key(1)).wipe();
    assert_eq!(fill(&pool, key(1), 30), Growth::Full);
    let people = pool.slot(key(1)).look().ready.unwrap().people;
    assert!(!people.complete() && people.gap().unwrap().contains("more are not kept"));
}

#[tokio::test(start_paused = true)]
async fn all_directories_are_bounded_and_the_oldest_goes() {
    let one = entries(0..1)[0].bytes() * 20;
    let pool = Pool::new(Bounds { all: one * 3, ..Bounds::default() });
    for number in 1..=4 {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(fill(&pool, key(number), 18), Growth::GoOn);
    }
    let has = |number| pool.known(key(number)).is_some();
    assert_eq!([has(1), has(2), has(3), has(4)], [false, true, true, true]);
    assert_eq!(fill(&pool, key(5), 200), Growth::Full, "alone, it may not outgrow the bound either");
    let bytes: usize = pool.lock().by_key.values().map(|slot| slot.bytes()).sum();
    assert!(bytes > one * 3, "what is over the bound is one page at most");
}

#[tokio::test]
async fn keys_are_bounded() {
    let pool = Pool::new(Bounds { keys: 2, ..Bounds::default() });
    for number in 1..=5 {
        pool.slot(key(number));
    }
    assert_eq!(pool.lock().by_key.len(), 2);
    // Whoever had to go leaves nobody behind who waits for it to be idle.
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 1);
}

#[tokio::test]
async fn a_contact_that_changed_is_known_by_its_new_number_alone() {
    let pool = Pool::new(Bounds::default());
    fill(&pool, key(1), 3);
    let mut changed = contact(1);
    changed.default_fields.phone_numbers[0].value = Some("+12125550100".into());
    let slot = pool.slot(key(1));
    slot.put(&changed);
    let people = slot.look().ready.unwrap().people;
    let with = |number: &str| people.with_number(&openphone_client::E164::parse(number).unwrap()).len();
    assert_eq!((with("+14155550001"), with("+12125550100"), people.entries().len()), (0, 1, 3));
    // An older state that a page brings late does not undo it.
    let mut newer = changed.clone();
    newer.updated_at = Some("2026-02-01T00:00:00Z".parse().unwrap());
    slot.put(&newer);
    slot.put(&contact(1));
    let people = slot.look().ready.unwrap().people;
    assert_eq!(people.with_number(&openphone_client::E164::parse("+12125550100").unwrap()).len(), 1);
}

#[tokio::test]
async fn a_refused_key_takes_what_was_read_with_it_along() {
    let pool = Pool::new(Bounds::default());
    fill(&pool, key(1), 3);
    let slot = pool.slot(key(1));
    let refused = || ToolError::new(crate::ToolErrorKind::KeyRefused, "no", "");
    let number = slot.begin(nobody(), idle_task);
    slot.fail(number, refused(), false);
    assert!(slot.look().ready.is_some());
    let number = slot.begin(nobody(), idle_task);
    slot.fail(number, refused(), true);
    assert!(slot.look().ready.is_none());
}
