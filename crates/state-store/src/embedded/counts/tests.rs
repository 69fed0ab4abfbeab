//! What is written when, and what is never.

use super::*;
use crate::embedded::record::Content;

const BEGUN: Duration = Duration::from_secs(1_000);

fn now(after: Millis) -> Now {
    Now::new(BEGUN + Duration::from_millis(after))
}

fn key(id: &str) -> Key {
    Key::new("count", id)
}

fn of_file(record: Option<Record>) -> impl FnOnce() -> Result<Option<Record>, StoreError> {
    move || Ok(record)
}

/// A counter that is over so late after [`BEGUN`].
fn counter(total: u64, expires: Millis) -> Record {
    Record { expires: 1_000_000 + expires, content: Content::Counter(total) }
}

/// Puts one, and returns what was there and whether it is the first to be written.
fn put(
    counts: &Counts,
    id: &str,
    at: Millis,
    record: &Record,
    in_file: Option<Record>,
) -> (Option<Record>, bool) {
    let changed = counts.change(
        &key(id),
        now(at),
        |live, _| Ok((Change::Put(record.clone()), live.cloned())),
        of_file(in_file),
    );
    match changed {
        Ok(Counted::Made { answer, wake }) => (answer, wake),
        Ok(Counted::Full) | Err(_) => panic!("no room"),
    }
}

fn due(counts: &Counts) -> Vec<(String, Record)> {
    let taken = counts.take_due(10);
    let due = taken.iter().map(|one| (one.key.id().to_owned(), one.record.clone())).collect();
    counts.written(taken);
    due
}

#[test]
fn each_is_written_once_as_it_stands_then() {
    let counts = Counts::default();
    assert_eq!(put(&counts, "a", 0, &counter(1, 60_000), None), (None, true));
    assert_eq!(put(&counts, "b", 0, &counter(1, 60_000), None), (None, false));
    let before = put(&counts, "a", 1, &counter(2, 60_000), None);
    assert_eq!(before, (Some(counter(1, 60_000)), false), "memory is newer than the file");
    let expected = [("a", counter(2, 60_000)), ("b", counter(1, 60_000))];
    assert_eq!(due(&counts), expected.map(|(id, record)| (id.to_owned(), record)));
    assert_eq!((due(&counts), counts.get(&key("a"))), (Vec::new(), None));
    // From here on the file is asked, and what is over there counts as absent.
    let stored = counter(2, 60_000);
    let (seen, wake) = put(&counts, "a", 4, &counter(3, 60_000), Some(stored.clone()));
    assert_eq!((seen, wake), (Some(stored.clone()), true));
    assert_eq!(put(&counts, "c", 61_000, &counter(1, 99_000), Some(stored)).0, None);
}

#[test]
fn what_changes_while_it_is_written_is_written_again() {
    let counts = Counts::default();
    put(&counts, "a", 0, &counter(1, 60_000), None);
    let taken = counts.take_due(10);
    assert_eq!(put(&counts, "a", 1, &counter(2, 60_000), None), (Some(counter(1, 60_000)), true));
    assert!(counts.written(taken), "there is more");
    assert_eq!(due(&counts), [("a".to_owned(), counter(2, 60_000))]);
    // Nor is one lost whose transaction failed.
    put(&counts, "b", 3, &counter(1, 60_000), None);
    counts.not_written(counts.take_due(10));
    assert_eq!(due(&counts), [("b".to_owned(), counter(1, 60_000))]);
}

#[test]
fn what_is_over_soon_never_reaches_the_file_unless_it_is_there() {
    let counts = Counts::default();
    assert_eq!(put(&counts, "short", 0, &counter(1, SHORT), None), (None, false));
    // A longer one would live again once this is gone.
    assert!(put(&counts, "shortened", 0, &counter(1, SHORT), Some(counter(9, 60_000))).1);
    assert_eq!(due(&counts), [("shortened".to_owned(), counter(1, SHORT))]);
    assert!(counts.make_way(&key("short"), now(SHORT - 1)).is_err(), "it lives");
    // When the file is closed, all are written; what is over is gone by then, though nothing was written meanwhile.
    put(&counts, "last", 9_000, &counter(1, 9_000 + SHORT), None);
    counts.queue_all();
    assert_eq!(due(&counts), [("last".to_owned(), counter(1, 9_000 + SHORT))]);
}

#[test]
fn what_is_over_makes_way() {
    let counts = Counts::default();
    put(&counts, "a", 0, &counter(1, 5_000), None);
    assert_eq!(counts.make_way(&key("a"), now(5_000)).ok(), Some(Some(counter(1, 5_000))));
    assert_eq!(counts.make_way(&key("a"), now(0)).ok(), Some(None));
    assert_eq!(due(&counts), []);
}

#[test]
fn there_are_no_more_than_may_be() {
    let counts = Counts::default();
    for number in 0..MOST {
        put(&counts, &number.to_string(), 0, &counter(1, SHORT), None);
    }
    let one_more = || {
        let step = |_: Option<&Record>, _| Ok((Change::Put(counter(1, SHORT)), ()));
        let changed = counts.change(&key("more"), now(0), step, of_file(None));
        matches!(changed, Ok(Counted::Full))
    };
    assert!(one_more());
    assert_eq!(
        put(&counts, "7", 0, &counter(2, SHORT), None),
        (Some(counter(1, SHORT)), false),
        "those go on"
    );
    counts.queue_all();
    counts.written(counts.take_due(MOST));
    assert!(!one_more());
}
