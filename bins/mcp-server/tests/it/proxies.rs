//! Behind a proxy, what is limited by address is limited by the client's own, which nobody else can claim.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::TestServer;
use crate::support::login::client;
use crate::support::server::run;

const PUBLIC: [&str; 2] = ["--public-url", "https://mcp.example.com"];
/// More registrations than one address may make in a burst (100), with those that time gives back meanwhile.
const MANY: usize = 400;
/// Fewer than that: of whoever has made many, one of these is refused; of anybody else none.
const FEW: usize = 50;

/// Registers a client, as a proxy passes it on.
async fn register(server: &TestServer, http: &reqwest::Client, header: (&str, &str)) -> StatusCode {
    let metadata = json!({
        "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "token_endpoint_auth_method": "none",
    });
    let request = http.post(format!("{}/register", server.url)).header(header.0, header.1).json(&metadata);
    request.send().await.unwrap().status()
}

/// Whether one of so many registrations with this header is refused.
async fn is_refused(server: &TestServer, tries: usize, header: (&str, &str)) -> bool {
    let http = client();
    for _ in 0..tries {
        match register(server, &http, header).await {
            StatusCode::CREATED => {}
            StatusCode::TOO_MANY_REQUESTS => return true,
            other => panic!("{other}"),
        }
    }
    false
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_told_apart() {
    let trusted = [&PUBLIC[..], &["--trusted-proxies", "10.0.0.0/8,127.0.0.0/8"]].concat();
    let server = TestServer::start_with(&trusted);
    assert!(is_refused(&server, MANY, ("x-forwarded-for", "198.51.100.1")).await);
    // A claim in front changes nothing, nor does another proxy behind it.
    for chain in ["203.0.113.9, 198.51.100.1", "203.0.113.8, 198.51.100.1, 10.1.1.1"] {
        assert!(is_refused(&server, FEW, ("x-forwarded-for", chain)).await, "{chain}");
    }
    for other in ["203.0.113.9", "198.51.100.1, 192.0.2.9"] {
        assert!(!is_refused(&server, FEW, ("x-forwarded-for", other)).await, "{other}");
    }
}

#[tokio::test]
async fn the_other_header_is_anybodys() {
    let trusted =
        [&PUBLIC[..], &["--trusted-proxies", "127.0.0.1/32", "--proxy-header", "forwarded"]].concat();
    let server = TestServer::start_with(&trusted);
    assert!(is_refused(&server, MANY, ("forwarded", "for=198.51.100.1;proto=https")).await);
    assert!(is_refused(&server, FEW, ("forwarded", "for=\"198.51.100.1:1\"")).await);
    assert!(!is_refused(&server, FEW, ("forwarded", "for=203.0.113.9")).await);
    // Of somebody whom the proxy does not name the address is not known, whatever the other header says.
    assert!(!is_refused(&server, FEW, ("x-forwarded-for", "198.51.100.1")).await);
}

/// Whoever is no proxy cannot claim an address: all of these count as the one that they come from.
#[tokio::test]
async fn nobody_else_is_believed() {
    let server = TestServer::start_with(&["--trusted-proxies", "192.0.2.0/24"]);
    assert!(is_refused(&server, MANY, ("x-forwarded-for", "198.51.100.1")).await);
    assert!(is_refused(&server, FEW, ("x-forwarded-for", "203.0.113.9")).await);
}

#[test]
fn everybody_is_no_proxy() {
    for (networks, said) in [("0.0.0.0/0", "any client could claim any address"), ("ten", "invalid")] {
        let (code, _, error) = run(&["serve", "--sandbox", "--trusted-proxies", networks]);
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains(said) && error.contains("--trusted-proxies"), "{error}");
    }
}
