//! A client that knows the endpoint alone: where it is sent, what it may do, and where that is written down.

use serde_json::json;

use crate::stage::{ALPHA, Stage, call, text, tools};

#[tokio::test]
async fn metadata_is_where_the_specifications_say() {
    let stage = Stage::start().await;
    let refused = stage.http.post(stage.at("/phone/mcp")).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    // RFC 9728 section 3.1: the well-known name goes between the host and the path.
    let document = stage.at("/.well-known/oauth-protected-resource/phone/mcp");
    assert!(challenge.contains(&format!("resource_metadata=\"{document}\"")), "{challenge}");
    let resource = stage.json("/.well-known/oauth-protected-resource/phone/mcp").await;
    assert_eq!(resource["resource"], stage.at("/phone/mcp"));
    assert_eq!(resource["authorization_servers"], json!([stage.at("/phone")]));
    assert_eq!(
        stage.json("/.well-known/oauth-protected-resource/phone/sse").await["resource"],
        stage.at("/phone/sse")
    );

    // RFC 8414 section 3.1 likewise.
    let server = stage.json("/.well-known/oauth-authorization-server/phone").await;
    assert_eq!(server["issuer"], stage.at("/phone"));
    for (name, path) in [
        ("authorization_endpoint", "/phone/authorize"),
        ("token_endpoint", "/phone/token"),
        ("registration_endpoint", "/phone/register"),
        ("revocation_endpoint", "/phone/revoke"),
    ] {
        assert_eq!(server[name], stage.at(path), "{name}");
    }
}

#[tokio::test]
async fn a_whole_login_and_both_kinds_of_tool() {
    let stage = Stage::start().await;
    let client = stage.connect(&[]).await;
    assert_eq!(client.peer_info().unwrap().server_info.as_ref().unwrap().name, "board");
    let listed = tools(&client).await;
    assert_eq!(listed.len(), mcp_tools::Catalog::new().unwrap().specs().count() + 1);
    assert_eq!(listed.last().map(String::as_str), Some("book-visit"));
    assert!(client.list_all_prompts().await.unwrap().iter().any(|prompt| prompt.name == "morning-digest"));

    // One of ours.
    let inboxes = call(&client, "list-inboxes", json!({})).await.unwrap();
    assert!(text(&inboxes).contains("+14155550150"), "{inboxes:?}");
    // Its own, and what the application made of it.
    let visit = json!({ "date": "2026-12-01", "work": "Boiler service" });
    let booked = call(&client, "book-visit", visit.clone()).await.unwrap();
    assert_eq!(text(&booked), "Booked as visit-1 on 2026-12-01: Boiler service");
    let expected = json!({ "id": "visit-1", "date": "2026-12-01", "work": "Boiler service" });
    assert_eq!(booked.structured_content, Some(expected.clone()));
    assert_eq!(call(&client, "book-visit", visit).await.unwrap().structured_content, Some(expected.clone()));
    assert_eq!(stage.json("/visits").await, json!([expected]));
    // Its arguments are checked as those of the others are.
    let refused =
        call(&client, "book-visit", json!({ "day": "2026-12-01", "work": "Boiler" })).await.unwrap();
    assert!(refused.is_error == Some(true) && text(&refused).contains("`date`"), "{}", text(&refused));

    let journal = stage.journal("book-visit refused (invalid_arguments) for A client (localhost)").await;
    assert!(journal.contains("book-visit done for A client (localhost)"), "{journal}");
    for decision in ["login registered", "login consent_given", "login tokens_issued authorization_code"] {
        assert!(journal.contains(decision), "{decision} in {journal}");
    }
    assert!(!journal.contains(ALPHA) && !journal.contains("+1415"), "{journal}");
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_grant_to_read_is_told_which_scope_the_own_tool_needs() {
    let stage = Stage::start().await;
    let manager = stage.sign_in(&["openphone:read"], &[]).await;
    let token = manager.get_access_token().await.unwrap();
    let ask = async |body: serde_json::Value| {
        let request = stage.http.post(stage.at("/phone/mcp")).bearer_auth(&token);
        let request = request.header("accept", "application/json, text/event-stream");
        request.header("mcp-protocol-version", "2025-11-25").json(&body).send().await.unwrap()
    };
    let listed = ask(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })).await;
    assert_eq!(listed.status(), 200);
    let listed = listed.text().await.unwrap();
    assert!(listed.contains("\"fetch-messages\"") && !listed.contains("\"book-visit\""), "{listed}");

    let arguments = json!({ "date": "2026-12-01", "work": "Boiler service" });
    let params = json!({ "name": "book-visit", "arguments": arguments });
    let refused = ask(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params })).await;
    assert_eq!(refused.status(), 403);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    let document = stage.at("/.well-known/oauth-protected-resource/phone/mcp");
    for part in ["error=\"insufficient_scope\"", "scope=\"openphone:write\"", &document] {
        assert!(challenge.contains(part), "{part} in {challenge}");
    }
    assert_eq!(stage.json("/visits").await, json!([]));
    stage.journal("book-visit refused (missing_scope)").await;
}

/// OpenPhone has forgotten the key: the client is sent to sign in again, instead of failing for ever.
#[tokio::test]
async fn a_dead_key_ends_its_connections() {
    let stage = Stage::start().await;
    let client = stage.connect(&[]).await;
    stage.sandbox.faults().revoke_key(ALPHA);
    let refused = call(&client, "fetch-missed-calls", json!({})).await.unwrap();
    assert!(text(&refused).contains("no longer accepts the API key"), "{}", text(&refused));
    let ended = call(&client, "fetch-missed-calls", json!({})).await.unwrap_err();
    assert!(ended.auth_challenge().is_some_and(|challenge| challenge.contains("invalid_token")), "{ended:?}");
}
