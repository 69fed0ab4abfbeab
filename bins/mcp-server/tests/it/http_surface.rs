//! Everything around the protocol: paths that are nobody's, methods, CORS, hosts and origins, limits, pages.

use http::Method;
use serde_json::{Value, json};

use crate::support::login::{ALPHA, client};
use crate::support::{Login, TestServer};

/// The hosts of clients see a status and a challenge, or nothing: an error inside a 200 starts no sign-in.
#[tokio::test]
async fn b12_l5_who_has_no_token_is_told_by_http_whatever_is_asked() {
    let server = TestServer::start();
    let list = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string();
    for path in ["/mcp", "/mcp/", "/mcp/readonly", "/mcp/x/messaging", "/sse", "/sse/"] {
        for method in [Method::POST, Method::GET, Method::DELETE] {
            for body in [list.as_str(), "[]", "{", ""] {
                let request = client().request(method.clone(), format!("{}{path}", server.url));
                let response =
                    request.header("content-type", "application/json").body(body.to_owned()).send();
                let response = response.await.unwrap();
                assert_eq!(response.status(), 401, "{method} {path} {body}");
                let challenge = response.headers()["www-authenticate"].to_str().unwrap();
                assert!(challenge.starts_with("Bearer resource_metadata=\""), "{challenge}");
                assert_eq!(response.headers()["cache-control"], "no-store");
            }
        }
    }
    let login = Login::with_key(&server, ALPHA).await;
    for path in ["/mcp", "/mcp/"] {
        let mcp = crate::support::Mcp::new(&server, &login.access_token).path(path);
        assert!(!mcp.tools().await.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_are_json_404() {
    let server = TestServer::start();
    for path in
        ["/nothing", "/mcp/nothing", "/favicon.gif", "/.well-known/openid-configuration", "/sse/other"]
    {
        let response = client().get(format!("{}{path}", server.url)).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json", "{path}");
        let _: Value = response.json().await.unwrap();
    }
}

/// The list names a picture for each tool, on this server, and it is there: for anybody, since the client's own page
/// shows it.
#[tokio::test]
async fn every_tool_has_a_picture() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = crate::support::Mcp::new(&server, &login.access_token);
    let list = mcp.request("tools/list", json!({})).await;
    for tool in list.body["result"]["tools"].as_array().unwrap() {
        let icon = &tool["icons"][0];
        let url = icon["src"].as_str().unwrap_or_else(|| panic!("{tool}"));
        assert!(url.starts_with(&format!("{}/icons/", server.url)), "{url}");
        let picture = client().get(url).send().await.unwrap();
        assert_eq!(picture.status(), 200, "{url}");
        assert_eq!(picture.headers()["content-type"], "image/svg+xml");
        assert!(picture.text().await.unwrap().starts_with("<svg "), "{url}");
        assert_eq!(client().post(url).send().await.unwrap().status(), 405, "{url}");
    }
}

#[tokio::test]
async fn metadata_of_every_endpoint() {
    let server = TestServer::start();
    for (path, resource) in [
        ("/.well-known/oauth-protected-resource", "/mcp"),
        ("/.well-known/oauth-protected-resource/mcp", "/mcp"),
        ("/.well-known/oauth-protected-resource/sse", "/sse"),
        ("/.well-known/oauth-protected-resource/mcp/readonly", "/mcp/readonly"),
        ("/.well-known/oauth-protected-resource/mcp/x/calls", "/mcp/x/calls"),
        (
            "/.well-known/oauth-protected-resource/mcp/x/calls,contacts/readonly",
            "/mcp/x/calls,contacts/readonly",
        ),
    ] {
        let url = format!("{}{path}", server.url);
        let document: Value = client().get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(document["resource"], format!("{}{resource}", server.url), "{path}");
    }
    for path in ["", "/mcp", "/sse"] {
        let url = format!("{}/.well-known/oauth-authorization-server{path}", server.url);
        let document: Value = client().get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(document["issuer"], server.url, "{path}");
    }
}

#[tokio::test]
async fn browsers_may_use_the_endpoints() {
    let server = TestServer::start();
    for path in ["/mcp", "/sse", "/sse/message", "/token", "/register"] {
        let response = client()
            .request(Method::OPTIONS, format!("{}{path}", server.url))
            .header("origin", "http://localhost:6274")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization, mcp-param-region")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 204, "{path}");
        assert_eq!(response.headers()["access-control-allow-origin"], "*", "{path}");
    }
    let refused = client().post(server.mcp()).json(&json!({})).send().await.unwrap();
    let exposed = refused.headers()["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.to_ascii_lowercase().contains("www-authenticate"), "{exposed}");
    let page = client().get(format!("{}/authorize", server.url)).send().await.unwrap();
    assert!(page.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn k8_foreign_origins_and_hosts_are_refused() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    for (name, value, expected) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("host", "evil.example", 403),
        ("origin", &*server.url, 400),
    ] {
        let response = client()
            .post(server.mcp())
            .bearer_auth(&login.access_token)
            .header(name, value)
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), expected, "{name}: {value}");
    }
}

#[tokio::test]
async fn l6_requests_are_bounded() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let big = "x".repeat(1024 * 1024 + 1);
    let response = client()
        .post(server.mcp())
        .bearer_auth(&login.access_token)
        .header("content-type", "application/json")
        .body(big)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 413);
    let long = format!("{}/mcp?x={}", server.url, "y".repeat(9000));
    assert_eq!(client().get(long).send().await.unwrap().status(), 414);
}

#[tokio::test]
async fn the_public_url_is_what_was_configured_and_nothing_else() {
    let server = TestServer::start_with(&["--public-url", "https://mcp.example.com"]);
    let get = |path: &str, host: &'static str| {
        client()
            .get(format!("{}{path}", server.url))
            .header("host", host)
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "http")
            .send()
    };
    for host in ["mcp.example.com", "evil.example"] {
        let issuer: Value =
            get("/.well-known/oauth-authorization-server", host).await.unwrap().json().await.unwrap();
        assert_eq!(issuer["issuer"], "https://mcp.example.com");
        assert_eq!(issuer["token_endpoint"], "https://mcp.example.com/token");
        let page = get("/", host).await.unwrap();
        assert!(page.headers().contains_key("strict-transport-security"));
        assert!(page.text().await.unwrap().contains("https://mcp.example.com/mcp"));
    }
    assert_eq!(get("/mcp", "mcp.example.com").await.unwrap().status(), 401);
    assert_eq!(get("/mcp", "evil.example").await.unwrap().status(), 403);
}

#[tokio::test]
async fn the_landing_page_and_its_twins() {
    let server = TestServer::start();
    let page = client().get(&server.url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    let html = page.text().await.unwrap();
    for part in [&*server.mcp(), "Claude", "ChatGPT", "send-message", "fetch-call-transcripts", ALPHA] {
        assert!(html.contains(part), "{part}");
    }
    let tools: Value =
        client().get(format!("{}/tools.json", server.url)).send().await.unwrap().json().await.unwrap();
    assert!(tools.to_string().contains("bulk-messages"));
    assert_eq!(tools["toolsets"][0], json!({ "name": "messaging", "title": "Messages" }));
    assert_eq!(tools["protocolVersions"][0], "2026-07-28");
    for tool in tools["tools"].as_array().unwrap() {
        assert!(tool["tokens"].as_u64().unwrap() > 50, "{tool}");
        assert!(tool["toolset"].is_string(), "{tool}");
        for example in tool["examples"].as_array().unwrap() {
            assert!(example["answer"].is_string() && example["result"].is_object(), "{example}");
        }
    }
    let status: Value =
        client().get(format!("{}/status.json", server.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(status["status"], "ok");
    assert_eq!(status["upstream"]["status"], "simulated");
    assert_eq!(status["tools"], tools["tools"].as_array().unwrap().len());
    let registry: Value =
        client().get(format!("{}/server.json", server.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(registry["remotes"][0]["url"], server.mcp());
    let text = client().get(format!("{}/llms.txt", server.url)).send().await.unwrap().text().await.unwrap();
    assert!(text.contains(&server.mcp()));
}

#[tokio::test]
async fn health_and_request_ids() {
    let server = TestServer::start();
    let url = format!("{}/healthz", server.url);
    let (first, second) =
        (client().get(&url).send().await.unwrap(), client().get(&url).send().await.unwrap());
    assert_eq!(first.status(), 200);
    assert_ne!(first.headers()["x-request-id"], second.headers()["x-request-id"]);
    assert_eq!(client().post(&url).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn silent_clients_are_shown_out() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let server = TestServer::start();
    let address = server.url.strip_prefix("http://").unwrap();
    let mut silent = Vec::new();
    for opening in ["", "PRI * HT", "GET /healthz HT"] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(opening.as_bytes()).await.unwrap();
        silent.push((opening, stream));
    }
    for (opening, mut stream) in silent {
        let mut rest = Vec::new();
        let end =
            tokio::time::timeout(std::time::Duration::from_secs(25), stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "still open after {opening:?}");
    }
}

/// A client that is refused by its head sends the next request, for the metadata, on the same connection: it must not meet a
/// server that hangs up. Where the rest of the body is not worth waiting for, the answer says that the connection ends.
#[tokio::test]
async fn a_connection_outlives_a_request_that_was_refused_by_its_head() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let server = TestServer::start();
    let address = server.url.strip_prefix("http://").unwrap();
    for (path, length) in [("/mcp", 40), ("/sse/message", 40), ("/sse", 60_000), ("/mcp", 2_000_000)] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // The head arrives by itself, as it does from clients that write it by itself.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        stream.write_all(&vec![b' '; length.min(100_000)]).await.unwrap();
        let mut answer = vec![0; 16 * 1024];
        let read = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).to_lowercase();
        assert!(answer.starts_with("http/1.1 401 "), "{path} {length}: {answer}");
        let ends = answer.contains("connection: close");
        assert_eq!(ends, length > 64 * 1024, "{path} {length}");
        if !ends {
            let next = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
            stream.write_all(next.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains("HTTP/1.1 200 "), "{path} {length}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_body_cannot_trickle_for_ever() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let server = TestServer::start();
    let address = server.url.strip_prefix("http://").unwrap();
    let (mut read, mut write) = tokio::net::TcpStream::connect(address).await.unwrap().into_split();
    let head = "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 60000\r\n\r\n";
    write.write_all(head.as_bytes()).await.unwrap();
    let trickle = async {
        // Far more often than any limit on silence.
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    };
    let mut answer = [0; 12];
    let answered = tokio::select! {
        () = trickle => false,
        read = tokio::time::timeout(std::time::Duration::from_secs(60), read.read_exact(&mut answer)) => read.is_ok(),
    };
    assert!(answered, "the server waits for ever");
}

#[tokio::test]
async fn the_log_has_no_free_text_of_clients_and_pages_name_the_request() {
    let server = TestServer::start();
    let secret = Method::from_bytes(b"SOME-KEY-AS-A-METHOD").unwrap();
    server.keep_secret("SOME-KEY-AS-A-METHOD");
    client().request(secret, server.mcp()).send().await.unwrap();
    server.keep_secret("chosen-by-a-stranger");
    let page = client()
        .get(format!("{}/authorize", server.url))
        .header("x-request-id", "chosen-by-a-stranger")
        .send()
        .await
        .unwrap();
    let id = page.headers()["x-request-id"].to_str().unwrap().to_owned();
    let html = page.text().await.unwrap();
    assert!(html.contains(&id) && !html.contains("chosen-by-a-stranger"), "{html}");
}

#[tokio::test]
async fn behind_a_proxy_one_person_cannot_lock_out_the_others() {
    // Under https the other end of every connection is the proxy: the limit per address would be one for everybody.
    let server = TestServer::start_with(&["--public-url", "https://mcp.example.com"]);
    let http = client();
    for _ in 0..12 {
        let consent = crate::path::open_consent(&server, &http).await;
        let fields = [("api_key", "not-a-key-of-anyone"), ("decision", "approve")];
        let answer = consent.submit_from(&server, &http, "https://mcp.example.com", &fields).await;
        assert_eq!(answer.status(), 400);
    }
    let consent = crate::path::open_consent(&server, &http).await;
    let fields = [("api_key", ALPHA), ("decision", "approve")];
    let answer = consent.submit_from(&server, &http, "https://mcp.example.com", &fields).await;
    assert_eq!(answer.status(), 303);
}
