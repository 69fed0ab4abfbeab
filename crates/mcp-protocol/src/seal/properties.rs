//! What is sealed opens for the one it was made for, and for nobody and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use sealing::{Keys, OsEntropy};
use serde_json::{Map, json};

use super::*;
use crate::arbitrary::{any_json, any_text};

/// A seal with fresh keys, and its clock.
fn fresh(issuer: &str) -> (Seal, Arc<AtomicU64>) {
    let sealer = Sealer::new(Keys::generate(&OsEntropy).ring, issuer, Arc::new(OsEntropy));
    let clock = Arc::new(AtomicU64::new(1_000_000));
    let now = Arc::clone(&clock);
    (Seal::new(sealer, move || now.load(Ordering::Relaxed)), clock)
}

fn any_owner() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..24)
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(any_text(), any_json(), 0..4).prop_map(Map::from_iter)
}

fn rounds(answers: Map<String, Value>, state: Option<Value>) -> Rounds {
    Rounds { answers, state, count: 3, ..Rounds::default() }
}

/// The text with one character changed to another that a token may have.
fn altered(text: &str, at: usize, to: char) -> String {
    let at = at % text.len();
    text.char_indices().map(|(index, c)| if index == at { to } else { c }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_session_is_its_owners(
        owner in any_owner(),
        other in any_owner(),
        session in any_json(),
        at in any::<usize>(),
        to in "[A-Za-z0-9_-]",
    ) {
        let (seal, _) = fresh("https://a.example.com");
        let id = seal.seal_session(&owner, &session).unwrap();
        prop_assert!(id.bytes().all(|byte| byte.is_ascii_graphic()), "{id}");
        prop_assert_eq!(seal.open_session::<Value>(&owner, &id), Some(session));
        if other != owner {
            prop_assert_eq!(seal.open_session::<Value>(&other, &id), None);
        }
        let altered = altered(&id, at, to.chars().next().unwrap());
        if altered != id {
            prop_assert_eq!(seal.open_session::<Value>(&owner, &altered), None);
        }
        let (other_keys, _) = fresh("https://a.example.com");
        prop_assert_eq!(other_keys.open_session::<Value>(&owner, &id), None);
    }

    #[test]
    fn a_state_is_its_owners_and_its_calls(
        owners in (any_owner(), any_owner()),
        calls in [("(tools/call|prompts/get)", "[ab]", any_json()), ("(tools/call|prompts/get)", "[ab]", any_json())],
        answers in any_object(),
        kept in any::<Option<bool>>(),
    ) {
        let (seal, clock) = fresh("https://a.example.com");
        let rounds = rounds(answers, kept.map(Value::from));
        let [call, other_call] = calls.each_ref().map(|(method, name, arguments)| {
            CallDigest::new(method, name, arguments)
        });
        let (owner, other) = owners;
        let state = seal.seal_state(&owner, &call, &rounds).unwrap();
        let open = |owner: &[u8], call: &CallDigest| {
            seal.open_state(owner, call, &state).map(|rounds| (rounds.answers, rounds.state, rounds.count))
        };
        let whole = Some((rounds.answers.clone(), rounds.state.clone(), rounds.count));
        prop_assert_eq!(open(&owner, &call), whole.clone());
        if owner != other {
            prop_assert_eq!(open(&other, &call), None);
        }
        prop_assert_eq!(open(&owner, &other_call), whole.filter(|_| calls[0] == calls[1]));
        // A session and a state are no substitute for each other.
        prop_assert_eq!(seal.open_session::<Value>(&owner, &state), None);
        let session = seal.seal_session(&owner, &json!({})).unwrap();
        prop_assert!(seal.open_state(&owner, &call, &session).is_none());

        clock.fetch_add(3_600, Ordering::Relaxed);
        prop_assert!(open(&owner, &call).is_some());
        clock.fetch_add(1, Ordering::Relaxed);
        prop_assert_eq!(open(&owner, &call), None);
    }

    #[test]
    fn nothing_made_up_opens(owner in any_owner(), text in any_text(), body in "[A-Za-z0-9_-]{0,120}") {
        let (seal, _) = fresh("https://a.example.com");
        let call = CallDigest::new("tools/call", "", &Value::Null);
        for text in [text, format!("mcps_k1_{body}"), format!("mcpr_k1_{body}")] {
            prop_assert_eq!(seal.open_session::<Value>(&owner, &text), None);
            prop_assert!(seal.open_state(&owner, &call, &text).is_none());
        }
    }

    /// A client may write the same arguments in another order.
    #[test]
    fn a_digest_does_not_depend_on_order(members in prop::collection::btree_map("[a-c]{0,2}", any_json(), 0..6)) {
        let forth: Map<String, Value> = members.clone().into_iter().collect();
        let back: Map<String, Value> = members.into_iter().rev().collect();
        let digest = |members| CallDigest::new("m", "n", &json!([Value::Object(members)]));
        prop_assert_eq!(digest(forth), digest(back));
    }
}

#[test]
fn the_issuer_counts() {
    let keys = Keys::generate(&OsEntropy);
    let seal = |issuer| Seal::new(Sealer::new(keys.ring.clone(), issuer, Arc::new(OsEntropy)), || 0);
    let id = seal("https://a.example.com").seal_session(b"alice", &1).unwrap();
    assert_eq!(seal("https://a.example.com").open_session::<u8>(b"alice", &id), Some(1));
    assert_eq!(seal("https://b.example.com").open_session::<u8>(b"alice", &id), None);
}
