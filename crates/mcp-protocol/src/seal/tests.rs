//! Nothing opens for anybody else, for another call, or too late.

use std::sync::atomic::{AtomicU64, Ordering};

use sealing::{Keys, OsEntropy};
use serde_json::{Map, json};

use super::*;

fn seal(clock: &Arc<AtomicU64>) -> Seal {
    let sealer = Sealer::new(Keys::generate(&OsEntropy).ring, "https://mcp.example.com", Arc::new(OsEntropy));
    let clock = Arc::clone(clock);
    Seal::new(sealer, move || clock.load(Ordering::Relaxed))
}

fn rounds() -> Rounds {
    let mut answers = Map::new();
    answers.insert("confirm".to_owned(), json!({ "action": "accept" }));
    Rounds::default().next(answers, Some(json!({ "step": 1 })))
}

#[test]
fn a_state_opens_for_its_owner_and_call_alone() {
    let clock = Arc::new(AtomicU64::new(1_000));
    let seal = seal(&clock);
    let call = CallDigest::new("tools/call", "delete", &json!({ "id": 7 }));
    let sealed = seal.seal_state(b"alice", &call, &rounds()).unwrap();
    let opened = seal.open_state(b"alice", &call, &sealed).unwrap();
    assert_eq!((opened.answers, opened.state, opened.count), (rounds().answers, rounds().state, 1));

    assert!(seal.open_state(b"mallory", &call, &sealed).is_none());
    for other in [
        CallDigest::new("prompts/get", "delete", &json!({ "id": 7 })),
        CallDigest::new("tools/call", "archive", &json!({ "id": 7 })),
        CallDigest::new("tools/call", "delete", &json!({ "id": 8 })),
    ] {
        assert!(seal.open_state(b"alice", &other, &sealed).is_none());
    }
    for changed in [format!("{sealed}-TAMPERED"), sealed[..sealed.len() - 1].to_owned(), String::new()] {
        assert!(seal.open_state(b"alice", &call, &changed).is_none(), "{changed}");
    }
    assert!(!sealed.contains("confirm") && sealed.is_ascii());
}

#[test]
fn a_state_expires() {
    let clock = Arc::new(AtomicU64::new(1_000));
    let seal = seal(&clock).with_state_lifetime(Duration::from_secs(60));
    let call = CallDigest::new("tools/call", "t", &json!({}));
    let sealed = seal.seal_state(b"alice", &call, &rounds()).unwrap();
    clock.store(1_060, Ordering::Relaxed);
    assert!(seal.open_state(b"alice", &call, &sealed).is_some());
    clock.store(1_061, Ordering::Relaxed);
    assert!(seal.open_state(b"alice", &call, &sealed).is_none());
}

#[test]
fn a_state_that_is_too_long_is_not_sealed() {
    let seal = seal(&Arc::default());
    let call = CallDigest::new("tools/call", "t", &json!({}));
    let state = |length: usize| Rounds { state: Some(json!("x".repeat(length))), ..Rounds::default() };
    let longest = state(LONGEST_STATE - 1_000);
    let sealed = seal.seal_state(b"alice", &call, &longest).unwrap();
    assert!(seal.open_state(b"alice", &call, &sealed).is_some());
    assert!(seal.seal_state(b"alice", &call, &state(LONGEST_STATE)).is_none());
}

#[test]
fn a_session_is_its_owners_and_no_state() {
    let seal = seal(&Arc::default());
    let id = seal.seal_session(b"alice", &json!({ "v": "2025-11-25" })).unwrap();
    // v0326.session.mint
    assert!(id.bytes().all(|byte| (0x21..=0x7e).contains(&byte)));
    assert!(seal.open_session::<Value>(b"alice", &id).is_some());
    assert!(seal.open_session::<Value>(b"mallory", &id).is_none());
    let call = CallDigest::new("tools/call", "t", &json!({}));
    assert!(seal.open_state(b"alice", &call, &id).is_none());
    let state = seal.seal_state(b"alice", &call, &rounds()).unwrap();
    assert!(seal.open_session::<Value>(b"alice", &state).is_none());
}

#[test]
fn the_digest_knows_values_and_not_their_order() {
    let digest = |arguments: &str| {
        CallDigest::new("tools/call", "t", &serde_json::from_str::<Value>(arguments).unwrap())
    };
    assert_eq!(digest(r#"{"a":1,"b":[{"c":2,"d":3}]}"#), digest(r#"{"b":[{"d":3,"c":2}],"a":1}"#));
    let different = [
        r#"{"a":1}"#,
        r#"{"a":"1"}"#,
        r#"{"a":[1]}"#,
        r#"{"a":null}"#,
        r#"{}"#,
        r#"{"a":{}}"#,
        r#"{"a":[]}"#,
        r#"{"a":["x","y"]}"#,
        r#"{"a":["xy"]}"#,
        r#"{"a":[["x"],"y"]}"#,
        r#"{"a":[["x","y"]]}"#,
        r#"{"ab":1}"#,
    ];
    for (index, one) in different.iter().enumerate() {
        for other in &different[index + 1..] {
            assert_ne!(digest(one), digest(other), "{one} {other}");
        }
    }
}
