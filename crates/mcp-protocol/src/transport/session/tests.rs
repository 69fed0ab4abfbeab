//! What fits into an id, and what a process remembers.

use serde_json::json;

use super::*;

fn capabilities(object: &serde_json::Value) -> ClientCapabilities {
    ClientCapabilities::new(object.as_object().unwrap().clone())
}

#[test]
fn an_id_holds_what_decides_what_can_be_asked() {
    let padding = "x".repeat(LONGEST_CAPABILITIES);
    let declared = capabilities(&json!({
        "elicitation": { "url": { "more": 1 } }, "sampling": { "tools": {} }, "roots": { "listChanged": true },
        "experimental": { "padding": padding },
    }));
    let long_name = Implementation::new("n".repeat(LONGEST_NAME + 1), "1");
    let session = Session::new(ProtocolVersion::V2025_06_18, &declared, Some(&long_name));
    assert_eq!(
        session.capabilities,
        capabilities(&json!({ "elicitation": { "url": {} }, "sampling": { "tools": {} }, "roots": {} }))
    );
    assert!(session.capabilities.elicits_urls() && !session.capabilities.elicits_forms());
    assert_eq!(session.client_info, None);
    assert_eq!(session.version(), ProtocolVersion::V2025_06_18);
    let short = capabilities(&json!({ "elicitation": {}, "extensions": { "x": {} } }));
    assert_eq!(Session::new(ProtocolVersion::V2025_11_25, &short, None).capabilities, short);
}

#[test]
fn calls_are_told_apart_and_bounded() {
    let memory = Arc::new(SessionMemory::default());
    let (key, other) = (SessionKey::of("a"), SessionKey::of("b"));
    let token = CancellationToken::new();
    let id = RequestId::Integer(1);
    let call = memory.begin(key, &id, &token).unwrap();
    assert!(memory.begin(key, &id, &token).is_err(), "the id is taken");
    assert!(memory.begin(other, &id, &token).is_ok(), "in another session it is not");
    assert!(!memory.cancel(other, &RequestId::Text("1".into())));
    assert!(!token.is_cancelled());
    assert!(memory.cancel(key, &id) && token.is_cancelled());
    drop(call);
    let calls: Vec<_> =
        (0..100).map_while(|id| memory.begin(key, &RequestId::Integer(id), &token).ok()).collect();
    assert_eq!(calls.len(), MOST_CALLS);
    drop(calls);
    assert!(memory.begin(key, &id, &token).is_ok());
}

#[test]
fn the_end_of_a_session_ends_its_calls() {
    let memory = Arc::new(SessionMemory::default());
    let (key, token) = (SessionKey::of("a"), CancellationToken::new());
    let _call = memory.begin(key, &RequestId::Integer(1), &token).unwrap();
    assert!(!memory.has_ended(key));
    memory.end(key);
    assert!(memory.has_ended(key) && token.is_cancelled());
}

#[test]
fn the_oldest_sessions_are_forgotten_first() {
    let memory = SessionMemory::default();
    let first = SessionKey::of("first");
    memory.set_log_level(first, LogLevel::Error);
    assert_eq!(memory.log_level(first), LogLevel::Error);
    for number in 0..MOST_SESSIONS {
        memory.set_log_level(SessionKey::of(&number.to_string()), LogLevel::Debug);
    }
    assert_eq!(memory.log_level(first), LogLevel::Info);
    assert_eq!(memory.lock().sessions.len(), MOST_SESSIONS);
}

#[test]
fn a_session_follows_what_it_subscribed_to() {
    let (memory, key) = (SessionMemory::default(), SessionKey::of("a"));
    for uri in ["test://1", "test://2", "test://1"] {
        memory.subscribe(key, uri).unwrap();
    }
    memory.unsubscribe(key, "test://1");
    assert!(!memory.follows(key, "test://1") && memory.follows(key, "test://2"));
    assert_eq!(memory.resources(key).iter().collect::<Vec<_>>(), ["test://2"]);
    memory.end(key);
    assert!(!memory.follows(key, "test://2"));
    assert_eq!(memory.lock().followed, 0);
}

/// A URI of the longest kind.
fn uri(number: usize) -> String {
    format!("{number:04096}")
}

/// Follows as much as one session may, and says how much it takes.
fn fill(memory: &SessionMemory, key: SessionKey) -> usize {
    assert!((0..1_000).any(|number| memory.subscribe(key, &uri(number)).is_err()));
    memory.resources(key).weight()
}

#[test]
fn what_all_sessions_follow_is_bounded() {
    let memory = SessionMemory::default();
    let first = SessionKey::of("first");
    let each = fill(&memory, first);
    let most = MOST_FOLLOWED / each;
    let sessions: Vec<_> = (1..most).map(|number| SessionKey::of(&number.to_string())).collect();
    for &session in &sessions {
        fill(&memory, session);
    }
    assert_eq!(memory.lock().sessions.len(), most);
    // One more makes the oldest forgotten, and no other.
    fill(&memory, SessionKey::of("last"));
    assert_eq!(memory.resources(first), Followed::default());
    assert!(sessions.iter().all(|&session| memory.resources(session).weight() == each));
    // When it is the oldest that subscribes, it keeps what it has, and the next oldest is forgotten.
    memory.unsubscribe(sessions[0], &uri(0));
    let freed = each - memory.resources(sessions[0]).weight();
    for number in (0..).take_while(|_| memory.lock().followed + freed <= MOST_FOLLOWED) {
        memory.subscribe(SessionKey::of("another"), &uri(number)).unwrap();
    }
    memory.subscribe(sessions[0], &uri(0)).unwrap();
    assert_eq!(memory.resources(sessions[0]).weight(), each);
    assert_eq!(memory.resources(sessions[1]), Followed::default());
    let memory = memory.lock();
    assert!(memory.followed <= MOST_FOLLOWED);
    assert_eq!(
        memory.followed,
        memory.sessions.values().map(|session| session.resources.weight()).sum::<usize>()
    );
    assert_eq!(memory.order.len(), memory.sessions.len());
}
