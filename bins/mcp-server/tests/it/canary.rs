//! Every way to fail, with marked secrets: none of them shows up in a log (at trace), a page or an answer.
//!
//! Each test server's log is searched when it ends (see `support`), so that the whole suite is the canary; this
//! test adds the failures that other tests do not provoke, and looks at what the failures answer.

use serde_json::json;

use crate::path::first_inbox;
use crate::support::log::leaks;
use crate::support::login::{ALPHA, client};
use crate::support::{Login, Mcp, TestServer};

#[tokio::test]
async fn failures_are_silent_about_secrets() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let http = client();
    let marker = "canary-7c1f9e";
    server.keep_secret(marker);

    let url = |path: &str| format!("{}{path}", server.url);
    let form = |fields: &[(&'static str, &'static str)]| fields.to_vec();
    let requests = vec![
        http.post(url("/token"))
            .form(&form(&[("grant_type", "authorization_code"), ("code", "canary-7c1f9e")])),
        http.post(url("/token"))
            .form(&form(&[("grant_type", "refresh_token"), ("refresh_token", "canary-7c1f9e")])),
        http.post(url("/token")).form(&form(&[("grant_type", "canary-7c1f9e")])),
        http.post(url("/token")).body("canary-7c1f9e"),
        http.post(url("/revoke")).form(&form(&[("token", "canary-7c1f9e")])),
        http.post(url("/register")).body("{\"redirect_uris\":[\"canary-7c1f9e\"]}"),
        http.get(url("/authorize?client_id=canary-7c1f9e&state=canary-7c1f9e")),
        http.post(url("/authorize")).form(&form(&[("api_key", "canary-7c1f9e"), ("decision", "approve")])),
        http.post(server.mcp()).bearer_auth("canary-7c1f9e"),
        http.post(server.mcp()).bearer_auth("opqat_k1_canary-7c1f9e"),
        http.get(url("/sse")).bearer_auth("canary-7c1f9e"),
        http.post(url("/sse/message?id=canary-7c1f9e"))
            .bearer_auth(&login.access_token)
            .body("canary-7c1f9e"),
        http.post(server.mcp()).bearer_auth(&login.access_token).body("canary-7c1f9e"),
        http.get(url("/canary-7c1f9e")),
        http.post(url("/mcp?key=canary-7c1f9e")),
    ];
    let secrets = server.secrets();
    for request in requests {
        let request = request.build().unwrap();
        let what = format!("{} {}", request.method(), request.url().path());
        let response = http.execute(request).await.unwrap();
        assert!(
            response.status().is_client_error() || what.ends_with("/revoke"),
            "{what}: {}",
            response.status()
        );
        let body = response.text().await.unwrap();
        let found = leaks(&body, &secrets);
        assert!(found.is_empty(), "{what}: {found:?}");
    }

    // Tools that fail: a number that cannot be texted, one that opted out, arguments of the wrong kind.
    let mcp = Mcp::new(&server, &login.access_token);
    let inbox = first_inbox(&mcp).await;
    for arguments in [
        json!({ "from": inbox, "to": "+14155550199", "content": marker }),
        json!({ "from": inbox, "to": marker, "content": marker }),
        json!({ "from": marker, "to": "+14155550101", "content": marker }),
        json!({ marker: marker }),
    ] {
        mcp.call("send-message", arguments).await;
    }
    mcp.call("create-contact", json!({ "contacts": [{ "firstName": marker, "phoneNumbers": [marker] }] }))
        .await;
    mcp.call("fetch-messages", json!({ "inbox": inbox, "participantPhoneNumber": "+14155550101" })).await;
    mcp.call("fetch-call-transcripts", json!({ "inbox": inbox, "createdAfter": marker })).await;

    // The canary must be able to see: the log is at trace and holds these requests.
    let log = server.log();
    assert!(log.contains("/authorize") && log.contains("DEBUG"), "{log}");
}
