//! The faults of the server that this one takes the place of, by their names in the project's review of it: each is shown to
//! be absent, from outside, on the real binary. What a crate shows in more depth has tests there under the same names.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::path::first_inbox;
use crate::support::login::{ALPHA, BRAVO, Consent, LoginRequest, client, register, register_as};
use crate::support::{Login, Mcp, TestServer};

const CALLBACK: &str = "http://127.0.0.1:9/callback";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A good authorization request for a client.
fn query<'a>(client_id: &'a str, redirect_uri: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("state", "state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

async fn authorize(server: &TestServer, query: &[(&str, &str)]) -> reqwest::Response {
    client().get(format!("{}/authorize", server.url)).query(query).send().await.unwrap()
}

async fn get_json(server: &TestServer, path: &str) -> Value {
    client().get(format!("{}{path}", server.url)).send().await.unwrap().json().await.unwrap()
}

fn header(response: &reqwest::Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// Where a code was made from the key, and the fallback secret made it readable to all.
#[tokio::test]
async fn s1_s4_a_code_and_a_token_say_nothing() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let code = login.location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    for text in [code, &login.access_token, &login.refresh_token] {
        for part in text.split(['_', '.', '-']).chain([text]) {
            use base64::Engine as _;
            let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            let readable = String::from_utf8_lossy(&bytes);
            assert!(!readable.contains("sandbox-key") && !readable.contains("client"), "{readable}");
        }
    }
    // Its last character has spare bits; the one before has none.
    let mut changed = login.access_token.clone();
    let at = changed.len() - 2;
    let other = if &changed[at..=at] == "A" { "B" } else { "A" };
    changed.replace_range(at..=at, other);
    let answer = Mcp::new(&server, &changed).request("tools/list", json!({})).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn s2_s16_no_client_and_no_redirect_uri_is_taken_on_trust() {
    let server = TestServer::start();
    let known = register(&server, &client(), CALLBACK).await;
    let evil = "https://evil.example/callback";
    for (client_id, redirect_uri) in [
        ("anybody", CALLBACK),
        ("claude-desktop", evil),
        (known.as_str(), evil),
        (&known, "https://claude.ai/api/mcp/auth_callback"),
        (&known, "http://127.0.0.1:9/callback/"),
        (&known, "http://127.0.0.1.evil.example/callback"),
        (&known, "javascript:alert(1)"),
        (&known, "%"),
        (&known, "http://[::1"),
    ] {
        // The request has a fault besides, which must not be sent there.
        for fault in [None, Some(("response_type", "token"))] {
            let mut query = query(client_id, redirect_uri);
            query.retain(|(name, _)| fault.is_none_or(|(faulty, _)| *name != faulty));
            query.extend(fault);
            let response = authorize(&server, &query).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{redirect_uri}");
            assert_eq!(header(&response, "location"), "", "{redirect_uri}");
            assert!(!response.text().await.unwrap().contains("evil.example"), "{redirect_uri}");
        }
    }
    // Asking often does not make it known.
    assert_eq!(authorize(&server, &query(&known, evil)).await.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn s3_without_keys_there_is_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let (code, _, said) =
        crate::support::server::run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data]);
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("mcp-server keys generate"), "{said}");
}

/// The code went to whoever had opened the window, and the page around it was anybody's to read.
#[tokio::test]
async fn s5_s6_s7_s19_the_page_of_the_key_runs_no_script_of_the_requests_and_tells_nobody() {
    let server = TestServer::start();
    let http = client();
    let name = "</script><script>alert(1)</script>\"'><img src=x>";
    let metadata =
        json!({ "client_name": name, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let registered = register_as(&server, &http, &metadata).await;
    let mut query = query(registered["client_id"].as_str().unwrap(), CALLBACK);
    query.retain(|(name, _)| *name != "state");
    query.push(("state", name));
    let response = authorize(&server, &query).await;
    assert_eq!(header(&response, "access-control-allow-origin"), "");
    let policy = header(&response, "content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    let page = response.text().await.unwrap();
    assert!(!page.contains("<img src=x") && !page.contains("alert(1)</script>"), "{page}");
    assert!(!page.contains("postMessage"), "{page}");

    // Another site reads tools/list in a browser: refused before the token is looked at.
    let foreign =
        http.post(server.mcp()).header("origin", "https://evil.example").body("{}").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
}

/// Each server's log is searched when it ends, at trace, for every secret that the login made.
#[tokio::test]
async fn s8_a_login_logs_no_secret() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let next = login.refresh(&server).await;
    assert!(next["access_token"].is_string());
    assert!(server.secrets().len() >= 5);
    assert!(server.log().contains("POST"));
}

#[tokio::test]
async fn s9_the_query_changes_nobodys_account() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let own = Mcp::new(&server, &login.access_token);
    let (inbox, tools) = (first_inbox(&own).await, own.tools().await);
    for name in ["x-openphone-api-key", "api_key", "authorization", "key"] {
        let path = format!("/mcp?{name}={BRAVO}");
        let answer =
            Mcp::new(&server, &login.access_token).path(&path).request("tools/list", json!({})).await;
        assert_eq!(answer.status, 400, "{name}");
    }
    let other = Mcp::new(&server, &login.access_token).path("/mcp?user-agent=openai-mcp&client=chatgpt");
    assert_eq!(other.tools().await, tools);
    assert_eq!(first_inbox(&other).await, inbox);
}

/// Every test server is started with the other workspace's key in its environment.
#[tokio::test]
async fn s10_the_operators_key_is_nobody_elses() {
    let server = TestServer::start();
    let (alpha, bravo) = (Login::with_key(&server, ALPHA).await, Login::with_key(&server, BRAVO).await);
    let alpha = first_inbox(&Mcp::new(&server, &alpha.access_token)).await;
    let bravo = first_inbox(&Mcp::new(&server, &bravo.access_token)).await;
    assert_ne!(alpha, bravo);
    let nobody = client().post(server.mcp()).body("{}").send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn s11_nothing_of_a_request_is_written_to_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = TestServer::start_in(&data);
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token).user_agent("canary-agent");
    let inbox = first_inbox(&mcp).await;
    let text = "canary-text-51c7";
    mcp.output("send-message", json!({ "from": inbox, "to": "+14155550101", "content": text })).await;
    let next = login.refresh(&server).await;
    let mut secrets = server.secrets();
    secrets.extend([ALPHA, text, "canary-agent", "+14155550101", "4155550101"].map(str::to_owned));
    secrets.push(next["access_token"].as_str().unwrap().to_owned());
    assert_eq!(server.stop(), Some(0));
    let mut seen = 0;
    search(&data, &mut |path, bytes| {
        seen += 1;
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds {}…", path.display(), &secret[..4]);
        }
    });
    assert!(seen >= 2, "the keys and the state");
}

fn search(folder: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => search(&path, look),
            Ok(found) if found.is_file() => look(&path, &std::fs::read(&path).unwrap()),
            _ => {}
        }
    }
}

/// Sessions and streams belong to a connection: more in `sse` and `isolation`.
#[tokio::test]
async fn s13_another_users_session_is_no_session() {
    let server = TestServer::start();
    let (alpha, bravo) = (Login::with_key(&server, ALPHA).await, Login::with_key(&server, BRAVO).await);
    let http = client();
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": { "elicitation": {} }, "clientInfo": { "name": "t", "version": "1" } } });
    let post = |token: &str, body: &Value| {
        http.post(server.mcp())
            .bearer_auth(token)
            .header("accept", "application/json, text/event-stream")
            .json(body)
    };
    let opened = post(&alpha.access_token, &initialize).send().await.unwrap();
    let session = header(&opened, "mcp-session-id");
    assert!(!session.is_empty());
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    for (token, expected) in
        [(&alpha.access_token, StatusCode::OK), (&bravo.access_token, StatusCode::NOT_FOUND)]
    {
        let request = post(token, &list)
            .header("mcp-session-id", &session)
            .header("mcp-protocol-version", "2025-06-18");
        assert_eq!(request.send().await.unwrap().status(), expected);
    }
}

#[tokio::test]
async fn s14_a_code_is_good_once_and_a_token_for_one_place_until_it_is_revoked() {
    let server = TestServer::start();
    let narrow = LoginRequest { resource: "/mcp/readonly", ..LoginRequest::new(ALPHA) }.run(&server).await;
    let wide = Mcp::new(&server, &narrow.access_token).request("tools/list", json!({})).await;
    assert_eq!(wide.status, 401);

    let login = Login::with_key(&server, ALPHA).await;
    let code = login.location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &login.client_id),
        ("code", code),
        ("code_verifier", "a-verifier-of-the-right-length-0123456789-abcdefg"),
    ];
    let again = client().post(format!("{}/token", server.url)).form(&form).send().await.unwrap();
    assert_eq!(again.json::<Value>().await.unwrap()["error"], "invalid_grant");
    // Somebody else had it, too: what it gave is worth nothing any more.
    let mcp = Mcp::new(&server, &login.access_token);
    assert_eq!(mcp.request("tools/list", json!({})).await.status, 401);

    let login = Login::with_key(&server, ALPHA).await;
    let form = [("client_id", login.client_id.as_str()), ("token", &login.refresh_token)];
    let revoked = client().post(format!("{}/revoke", server.url)).form(&form).send().await.unwrap();
    assert_eq!(revoked.status(), StatusCode::OK);
    let mcp = Mcp::new(&server, &login.access_token);
    assert_eq!(mcp.request("tools/list", json!({})).await.status, 401);
}

#[tokio::test]
async fn s15_scopes_are_enforced_and_arbitrary_ones_are_not_granted() {
    let server = TestServer::start();
    let scope = Some("openphone:read everything admin");
    let login = LoginRequest { scope, ..LoginRequest::new(ALPHA) }.run(&server).await;
    assert_eq!(login.scope, "openphone:read");
    let mcp = Mcp::new(&server, &login.access_token);
    let arguments = json!({ "name": "send-message", "arguments": { "to": "+14155550101", "content": "x" } });
    let answer = mcp.request("tools/call", arguments).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.challenge.unwrap().contains("error=\"insufficient_scope\""));
}

#[tokio::test]
async fn s17_consent_is_one_browsers_and_no_oracle() {
    let server = TestServer::start();
    let http = client();
    let client_id = register(&server, &http, CALLBACK).await;
    let query = query(&client_id, CALLBACK);
    let mut attackers = Consent::open(&server, &http, &query).await;
    let victims = Consent::open(&server, &http, &query).await;
    // The attacker's form in the victim's browser, and from the attacker's own site.
    attackers.cookie.clone_from(&victims.cookie);
    let fields = [("api_key", ALPHA), ("decision", "approve")];
    assert_eq!(attackers.submit(&server, &http, &fields).await.status(), StatusCode::FORBIDDEN);
    let foreign = victims.submit_from(&server, &http, "https://evil.example", &fields).await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    // Guessing comes to its end.
    let guess = [("api_key", "sandbox-key-guess"), ("decision", "check")];
    let mut last = StatusCode::OK;
    for _ in 0..6 {
        last = victims.submit(&server, &http, &guess).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn s18_every_page_has_its_headers_errors_too() {
    let server = TestServer::start();
    let client_id = register(&server, &client(), CALLBACK).await;
    for response in [
        authorize(&server, &query(&client_id, CALLBACK)).await,
        authorize(&server, &query("nobody", CALLBACK)).await,
        client().post(format!("{}/authorize", server.url)).body("x").send().await.unwrap(),
    ] {
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(header(&response, name), value, "{}", response.status());
        }
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("form-action"), "{policy}");
    }
}

#[tokio::test]
async fn s20_there_is_no_debugging_to_be_had() {
    let server = TestServer::start();
    for path in ["/debug/segment", "/debug", "/metrics", "/readyz", "/admin"] {
        for method in [Method::GET, Method::POST] {
            let response = client().request(method, format!("{}{path}", server.url)).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(header(&response, "content-type"), "application/json", "{path}");
        }
    }
}

#[tokio::test]
async fn s22_the_page_names_whoever_gets_the_access() {
    let server = TestServer::start();
    for (redirect_uri, headline) in [
        ("https://claude.ai/api/mcp/auth_callback", "Let claude.ai use"),
        ("https://grok.com/connectors-oauth-exchange-code/", "Let grok.com use"),
        (CALLBACK, "Let an app on this computer use"),
    ] {
        let client_id = register(&server, &client(), redirect_uri).await;
        let page = authorize(&server, &query(&client_id, redirect_uri)).await.text().await.unwrap();
        assert!(page.contains(&format!("<h1>{headline}")), "{page}");
        assert!(!page.contains("Claude Desktop"), "{page}");
    }
}

#[tokio::test]
async fn s24_nothing_grows_with_what_strangers_send() {
    let server = TestServer::start();
    let http = client();
    let long = "x".repeat(2 * 1024 * 1024);
    for path in ["/register", "/token", "/revoke", "/authorize"] {
        let request = http
            .post(format!("{}{path}", server.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(long.clone());
        // It may be told before it has sent all, and then sees the connection end instead.
        if let Ok(response) = request.send().await {
            assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        }
    }
    let login = Login::with_key(&server, ALPHA).await;
    let request = http
        .post(server.mcp())
        .bearer_auth(&login.access_token)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(long);
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test]
async fn p1_p2_p3_p5_p6_what_is_advertised_is_true() {
    let server = TestServer::start();
    let http = client();
    // Two clients are two, and each gets what it asked for.
    let (one, two) = (register(&server, &http, CALLBACK).await, register(&server, &http, CALLBACK).await);
    assert_ne!(one, two);

    let resource = get_json(&server, "/.well-known/oauth-protected-resource/mcp").await;
    assert_eq!(resource["resource"], server.mcp());
    assert_eq!(resource["authorization_servers"], json!([server.url]));
    assert!(resource["scopes_supported"].is_array() && resource.get("scopes").is_none());

    let refused = http.post(server.mcp()).send().await.unwrap();
    let challenge = header(&refused, "www-authenticate");
    let metadata = format!("resource_metadata=\"{}/.well-known/oauth-protected-resource/mcp\"", server.url);
    assert!(challenge.contains(&metadata), "{challenge}");

    let metadata = get_json(&server, "/.well-known/oauth-authorization-server").await;
    assert!(metadata.get("_cache_bust").is_none());
    assert_eq!(metadata, get_json(&server, "/.well-known/oauth-authorization-server").await);
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], json!(true));
    assert_eq!(metadata["client_id_metadata_document_supported"], json!(true));
    for endpoint in ["token_endpoint", "registration_endpoint", "revocation_endpoint"] {
        let response = http.post(metadata[endpoint].as_str().unwrap()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{endpoint}");
    }
    // A method that is advertised is checked.
    let basic = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic" });
    let registered = register_as(&server, &http, &basic).await;
    let form = [("grant_type", "authorization_code"), ("code", "x")];
    let token = |secret: &str| {
        http.post(format!("{}/token", server.url))
            .basic_auth(registered["client_id"].as_str().unwrap(), Some(secret))
            .form(&form)
            .send()
    };
    let secret = registered["client_secret"].as_str().unwrap();
    assert_eq!(token("wrong").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(token(secret).await.unwrap().json::<Value>().await.unwrap()["error"], "invalid_grant");
}

#[tokio::test]
async fn p4_p7_a_login_lasts_and_its_tokens_are_kept_by_no_cache() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let next = login.refresh(&server).await;
    let mcp = Mcp::new(&server, next["access_token"].as_str().unwrap());
    assert!(!mcp.tools().await.is_empty());
    let form = [("grant_type", "refresh_token"), ("client_id", &login.client_id), ("refresh_token", "x")];
    let response = client().post(format!("{}/token", server.url)).form(&form).send().await.unwrap();
    assert_eq!(
        (header(&response, "cache-control"), header(&response, "pragma")),
        ("no-store".to_owned(), "no-cache".to_owned())
    );
}

/// It answered 200 with a page that needed a script, and a click stranded the login.
#[tokio::test]
async fn p8_p9_the_way_back_is_a_redirect_and_deny_needs_no_key() {
    let server = TestServer::start();
    let http = client();
    let client_id = register(&server, &http, CALLBACK).await;
    let consent = Consent::open(&server, &http, &query(&client_id, CALLBACK)).await;
    assert!(consent.html.contains("value=\"deny\" formnovalidate"), "{}", consent.html);
    let denied = consent.submit(&server, &http, &[("decision", "deny")]).await;
    assert_eq!(denied.status(), StatusCode::SEE_OTHER);
    assert!(header(&denied, "location").starts_with(&format!("{CALLBACK}?error=access_denied&")));
}

#[tokio::test]
async fn p11_a_client_in_a_browser_may_send_and_read_what_it_has_to() {
    let server = TestServer::start();
    let preflight = client()
        .request(Method::OPTIONS, server.mcp())
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "DELETE")
        .header("access-control-request-headers", "mcp-session-id, last-event-id, authorization")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    assert!(header(&preflight, "access-control-allow-methods").contains("DELETE"));
    let allowed = header(&preflight, "access-control-allow-headers").to_ascii_lowercase();
    assert!(
        ["mcp-session-id", "last-event-id", "authorization"].iter().all(|name| allowed.contains(name)),
        "{allowed}"
    );
    let refused = client().post(server.mcp()).send().await.unwrap();
    let exposed = header(&refused, "access-control-expose-headers").to_ascii_lowercase();
    assert!(exposed.contains("mcp-session-id") && exposed.contains("www-authenticate"), "{exposed}");
}

#[tokio::test]
async fn p12_text_that_is_not_latin_breaks_nothing() {
    let server = TestServer::start();
    let client_id = register(&server, &client(), CALLBACK).await;
    let mut with_scope = query(&client_id, CALLBACK);
    with_scope.push(("scope", "чтение 读 openphone:read"));
    let response = authorize(&server, &with_scope).await;
    assert!(
        response.status() == StatusCode::OK || response.status() == StatusCode::SEE_OTHER,
        "{}",
        response.status()
    );
    let response = authorize(&server, &query(&client_id, "http://127.0.0.1:9/обратно")).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let mut with_state = query(&client_id, CALLBACK);
    with_state.retain(|(name, _)| *name != "state");
    with_state.push(("state", "состояние 状态"));
    let consent = Consent::open(&server, &client(), &with_state).await;
    let denied = consent.submit(&server, &client(), &[("decision", "deny")]).await;
    let location = url::Url::parse(&header(&denied, "location")).unwrap();
    assert!(location.query_pairs().any(|(name, value)| name == "state" && value == "состояние 状态"));
}

#[tokio::test]
async fn s25_no_page_loads_anything_from_elsewhere() {
    let server = TestServer::start();
    let client_id = register(&server, &client(), CALLBACK).await;
    let consent = authorize(&server, &query(&client_id, CALLBACK)).await;
    let mut pages = vec![consent, authorize(&server, &query("nobody", CALLBACK)).await];
    for path in ["/", "/connect?readonly=true", "/tools", "/privacy", "/connections", "/signed-out"] {
        pages.push(client().get(format!("{}{path}", server.url)).send().await.unwrap());
    }
    for page in pages {
        let url = page.url().path().to_owned();
        let policy = header(&page, "content-security-policy");
        for source in policy.split(';').flat_map(|directive| directive.split_whitespace().skip(1)) {
            assert!(["'none'", "'self'", "'script'"].contains(&source), "{url}: {policy}");
        }
        let html = page.text().await.unwrap();
        let loaded: Vec<_> = ["src=\"", "<link rel=\"stylesheet\" href=\"", "type=\"image/svg+xml\" href=\""]
            .iter()
            .flat_map(|attribute| html.split(attribute).skip(1))
            .collect();
        assert!(loaded.len() >= 2 && !html.contains("@import") && !html.contains("<style"), "{url}");
        for file in loaded {
            assert!(file.starts_with('/') && !file.starts_with("//"), "{url}: {}", &file[..40]);
        }
    }
}

#[tokio::test]
async fn p13_what_does_not_exist_is_no_page() {
    let server = TestServer::start();
    for path in ["/nothing", "/index.html", "/.well-known/nothing", "/tool", "/connect/", "/assets/none.css"]
    {
        let response = client().get(format!("{}{path}", server.url)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let is_html =
            response.headers().get("content-type").is_some_and(|kind| kind == "text/html; charset=utf-8");
        assert!(!is_html, "{path}");
    }
    for (path, kind) in [("/favicon.ico", "image/x-icon"), ("/robots.txt", "text/plain; charset=utf-8")] {
        let response = client().get(format!("{}{path}", server.url)).send().await.unwrap();
        assert_eq!(
            (response.status(), header(&response, "content-type")),
            (StatusCode::OK, kind.to_owned()),
            "{path}"
        );
    }
}

/// Its other parts are walked in Chromium (`tests/browser/landing.mjs`: clipboard refused, arrow keys) and held by the tests
/// of `web-ui` (no rule of the stylesheet without a use).
#[tokio::test]
async fn p14_every_address_on_the_page_is_this_servers() {
    let server = TestServer::start_with(&["--public-url", "https://phone.example.com/"]);
    let page = client().get(&server.url).send().await.unwrap().text().await.unwrap();
    let (_, connect) = page.split_once("id=\"connect\"").unwrap();
    let (connect, _) = connect.split_once("id=\"try\"").unwrap();
    for code in connect.split("<code data-setup=\"").skip(1) {
        let (name, text) = code.split_once("\">").unwrap();
        let (text, _) = text.split_once("</code>").unwrap();
        assert!(text.contains("https://phone.example.com/mcp"), "{name}: {text}");
        assert!(!text.contains("/sse"), "{name} is told the old transport: {text}");
    }
    assert!(!page.contains("127.0.0.1"), "an address of the machine");
}
