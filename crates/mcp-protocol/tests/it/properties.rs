//! Whatever is sent: no panic, no hang, and an answer that is a JSON-RPC message.

use mcp_protocol::{ErrorCode, Pagination, StreamableHttp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::wire::{endpoint, messages, render, request};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Sends a body under every version header, and checks what must hold of every answer.
fn send(endpoint: &StreamableHttp<Fixture>, body: &[u8]) -> Result<(), TestCaseError> {
    let runtime = runtime();
    for version in ["-", "2025-03-26", "2025-11-25", "2026-07-28", "2031-01-01"] {
        let text =
            format!("POST /mcp\nMCP-Protocol-Version: {version}\nMcp-Method: tools/list\nMcp-Name: echo");
        let body = body.to_vec();
        let sent = request(&text).map(|_| http_body_util::Full::new(bytes::Bytes::from(body)));
        let answer = runtime.block_on(async { render(endpoint.handle(sent, "alice").await).await });
        let status: u16 = answer.lines().next().unwrap().parse().unwrap();
        prop_assert!(matches!(status, 200 | 202 | 400 | 404), "{answer}");
        let messages = messages(&answer);
        prop_assert_eq!(messages.is_empty(), status == 202, "{}", answer);
        for message in messages.iter().flat_map(|message| match message {
            Value::Array(batch) => batch.clone(),
            single => vec![single.clone()],
        }) {
            let is_answer = message.get("result").is_some() ^ message.get("error").is_some();
            prop_assert!(
                message["jsonrpc"] == "2.0" && (is_answer || message.get("method").is_some()),
                "{message}"
            );
            prop_assert!(status == 200 || message["error"]["code"].is_i64(), "{message}");
        }
    }
    Ok(())
}

/// JSON of any shape.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// Requests that are nearly right: known methods and members, with anything in them.
fn nearly_a_request() -> impl Strategy<Value = Value> {
    let method = prop::sample::select(vec![
        "initialize",
        "server/discover",
        "ping",
        "logging/setLevel",
        "tools/list",
        "tools/call",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "prompts/list",
        "prompts/get",
        "completion/complete",
        "notifications/cancelled",
        "notifications/initialized",
        "x",
    ]);
    let name = prop_oneof![Just(json!("echo")), Just(json!("media")), Just(json!("greet")), any_json()];
    let version = prop_oneof![Just(json!("2026-07-28")), Just(json!("2025-11-25")), any_json()];
    let id = prop_oneof![Just(json!(1)), Just(json!("a")), any_json()];
    let parts = (method, id, name, version, any_json(), any_json(), any::<[bool; 6]>());
    parts.prop_map(|(method, id, name, version, some, other, keep)| {
        let mut meta = json!({ "progressToken": some, "io.modelcontextprotocol/logLevel": other });
        if keep[0] {
            meta["io.modelcontextprotocol/protocolVersion"] = version.clone();
        }
        if keep[1] {
            meta["io.modelcontextprotocol/clientCapabilities"] =
                if keep[2] { json!({}) } else { other.clone() };
        }
        let mut params = json!({
            "name": name, "uri": name, "arguments": some, "protocolVersion": version, "level": other,
            "ref": { "type": "ref/prompt", "name": name }, "argument": { "name": "a", "value": other },
        });
        if keep[3] {
            params["_meta"] = meta;
        }
        if keep[4] {
            params["cursor"] = other;
        }
        let mut request = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        if keep[5] {
            request["id"] = id;
        }
        request
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        send(&endpoint(), &body)?;
    }

    #[test]
    fn any_value(body in any_json()) {
        send(&endpoint(), body.to_string().as_bytes())?;
    }

    #[test]
    fn any_near_request(body in nearly_a_request()) {
        send(&endpoint(), body.to_string().as_bytes())?;
    }

    #[test]
    fn any_near_batch(body in prop::collection::vec(nearly_a_request(), 0..4)) {
        send(&endpoint(), Value::from(body).to_string().as_bytes())?;
    }

    #[test]
    fn any_broken_request(body in nearly_a_request(), cut in 0.0..1.0_f64) {
        let text = body.to_string();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a fraction of a length")]
        let cut = (text.len() as f64 * cut) as usize;
        send(&endpoint(), &text.as_bytes()[..cut])?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_visit_each_item_once(names in prop::collection::btree_set(".{0,8}", 0..40), size in 0..50_usize) {
        let names: Vec<String> = names.into_iter().collect();
        let (pages, mut visited, mut next) = (Pagination::new(size), Vec::new(), None);
        loop {
            let (page, following) = pages.page(&names, |name| name, next.as_deref()).unwrap();
            prop_assert!(page.len() <= size.max(1) && (!page.is_empty() || names.is_empty()));
            visited.extend_from_slice(page);
            prop_assert!(visited.len() <= names.len());
            match following {
                Some(following) => next = Some(following),
                None => break,
            }
        }
        prop_assert_eq!(visited, names);
    }

    /// What is there all the time is visited once, whatever else comes and goes between two pages.
    #[test]
    fn pages_stand_changes(
        kept in prop::collection::btree_set("[a-z]{1,3}", 1..20),
        passing in prop::collection::vec(prop::collection::btree_set("[A-Z]{1,3}", 0..20), 1..8),
        size in 1..6_usize,
    ) {
        // Somewhere between the others: upper case is told from lower, but not sorted apart.
        let list = |turn: usize| {
            let mut list: Vec<&String> = kept.iter().chain(&passing[turn % passing.len()]).collect();
            list.sort_by_key(|name| name.to_lowercase());
            list
        };
        let (pages, mut visited, mut next) = (Pagination::new(size), Vec::<String>::new(), None);
        for turn in 0.. {
            let names = list(turn);
            // An item that a page ended with may be gone: then the client is told to start again.
            let Ok((page, following)) = pages.page(&names, |name| name, next.as_deref()) else { return Ok(()) };
            visited.extend(page.iter().filter(|name| kept.contains(**name)).map(|name| (*name).clone()));
            match following {
                Some(following) => next = Some(following),
                None => break,
            }
        }
        visited.sort();
        prop_assert_eq!(visited, kept.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn any_cursor_is_looked_for(cursor in prop_oneof![".{0,12}", "[A-Za-z0-9_=-]{0,8}"]) {
        let names = ["a", "b", ""];
        match Pagination::new(1).page(&names, |name| name, Some(&cursor)) {
            Ok((page, _)) => prop_assert!(matches!((&*cursor, page), ("YQ", ["b"]) | ("Yg", [""]) | ("", []))),
            Err(error) => prop_assert_eq!(error.code, ErrorCode::INVALID_PARAMS),
        }
    }
}
