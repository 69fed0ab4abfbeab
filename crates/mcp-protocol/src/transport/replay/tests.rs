//! What a reader gets, and what the bounds take away.

use futures_util::future::poll_fn;
use tokio::time::advance;

use super::*;

const SESSION: fn() -> SessionKey = || SessionKey::of("a session");

async fn next(reader: &mut LogReader) -> Option<String> {
    let event = poll_fn(|cx| reader.poll_event(cx)).await?;
    Some(String::from_utf8(event.to_vec()).unwrap())
}

#[tokio::test]
async fn a_primed_stream_opens_with_an_id_and_a_retry() {
    let replay = Replay::default();
    let log = replay.open(SESSION(), true);
    let mut reader = EventLog::reader(&log, 0);
    assert_eq!(next(&mut reader).await.unwrap(), "id: 0-0\nretry: 1000\ndata: \n\n");
    log.push(Bytes::from_static(b"{}"));
    assert_eq!(next(&mut reader).await.unwrap(), "id: 0-1\ndata: {}\n\n");
    log.end();
    assert_eq!(next(&mut reader).await, None);
}

#[tokio::test]
async fn a_client_that_comes_back_reads_on() {
    let replay = Replay::default();
    let log = replay.open(SESSION(), true);
    let mut first = EventLog::reader(&log, 0);
    next(&mut first).await.unwrap();
    log.push(Bytes::from_static(b"1"));
    log.push(Bytes::from_static(b"2"));
    let mut second = replay.find(SESSION(), "0-1").unwrap();
    assert_eq!(next(&mut second).await.unwrap(), "id: 0-2\ndata: 2\n\n");
    // v0326.nobroadcast: the connection before it ends, and hears nothing more.
    log.push(Bytes::from_static(b"3"));
    assert_eq!(next(&mut first).await, None);
    assert_eq!(next(&mut second).await.unwrap(), "id: 0-3\ndata: 3\n\n");
}

#[tokio::test]
async fn a_released_connection_ends_with_a_retry() {
    let replay = Replay::default();
    let log = replay.open(SESSION(), false);
    let mut reader = EventLog::reader(&log, 0);
    log.push(Bytes::from_static(b"1"));
    log.supersede(Some(250));
    assert_eq!(next(&mut reader).await.unwrap(), "id: 0-1\ndata: 1\n\nretry: 250\n\n");
    assert_eq!(next(&mut reader).await, None);
}

#[tokio::test]
async fn nothing_is_found_that_is_not_there() {
    let replay = Replay::default();
    let log = replay.open(SESSION(), true);
    log.push(Bytes::from_static(b"1"));
    for unknown in ["", "0", "0-", "1-0", "x-0", "0-x", "-1-0", "0-1-1"] {
        assert!(replay.find(SESSION(), unknown).is_none(), "{unknown}");
    }
    assert!(replay.find(SessionKey::of("another session"), "0-0").is_none());
    log.end();
    assert!(replay.find(SESSION(), "0-0").is_some());
    // Everything was read: a client that comes back must hear that, not wait.
    assert!(replay.find(SESSION(), "0-1").is_none());
    replay.forget(SESSION());
    assert!(replay.find(SESSION(), "0-0").is_none());
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_forgotten_after_a_while() {
    let replay = Replay::default();
    let log = replay.open(SESSION(), false);
    log.push(Bytes::from_static(b"1"));
    log.end();
    drop(log);
    advance(AFTERLIFE).await;
    let opened: Vec<_> = (0..SWEEP).map(|_| replay.open(SESSION(), false)).collect();
    assert!(replay.find(SESSION(), "0-0").is_none());
    assert_eq!(lock(&replay.logs).by_name.len(), opened.len());
    assert_eq!(replay.bytes.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn one_log_is_bounded_and_keeps_its_last_event() {
    let replay = Replay::default();
    let log = replay.open(SESSION(), false);
    let large = Bytes::from(vec![b'x'; MOST_LOG_BYTES / 2]);
    for _ in 0..5 {
        log.push(large.clone());
    }
    log.push(Bytes::from_static(b"the answer"));
    assert!(replay.bytes.load(Ordering::Relaxed) <= MOST_LOG_BYTES);
    let mut late = replay.find(SESSION(), "0-1").unwrap();
    let events = next(&mut late).await.unwrap();
    assert!(events.ends_with("id: 0-6\ndata: the answer\n\n") && !events.contains("id: 0-2\n"));
}

#[tokio::test]
async fn all_logs_together_are_bounded() {
    let replay = Replay::default();
    let large = Bytes::from(vec![b'x'; MOST_LOG_BYTES / 2]);
    for _ in 0..MOST_BYTES / large.len() + 10 {
        replay.open(SESSION(), false).push(large.clone());
    }
    assert!(replay.bytes.load(Ordering::Relaxed) <= MOST_BYTES + large.len());
    assert!(replay.find(SESSION(), "0-0").is_none(), "the oldest goes first");
}
