//! A server below a path of a host that others share, with its registration elsewhere: everything it says of itself is true there,
//! and nothing of it is anywhere else.

use serde_json::{Value, json};

use crate::support::login::{ALPHA, LoginRequest, client};
use crate::support::server::run;
use crate::support::{Mcp, TestServer};

/// A port that is free a moment ago: the path must be known before the server listens.
fn address() -> String {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    taken.local_addr().unwrap().to_string()
}

/// The server as its clients know it: below the path.
fn start(path: &str, registration: &str) -> (TestServer, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let address = address();
    let url = format!("http://{address}{path}");
    let folder = data.path().to_str().unwrap();
    let line = ["serve", "--sandbox", "--listen", &address, "--public-url", &url, "--log", "trace"];
    let options = ["--registration-path", registration, "--data-dir", folder];
    let mut server = TestServer::run_with(&[&line[..], &options].concat(), &[], None);
    server.url = url;
    (server, data)
}

async fn json_of(url: &str) -> Value {
    let response = client().get(url).send().await.unwrap();
    assert_eq!(response.status(), 200, "{url}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_login_goes_its_way_below_a_path() {
    let (server, _data) = start("/team/phone", "/oauth/clients");
    let origin = server.url.strip_suffix("/team/phone").unwrap().to_owned();

    let refused = client().post(server.mcp()).json(&json!({})).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap().to_owned();
    let metadata = challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(metadata, format!("{origin}/.well-known/oauth-protected-resource/team/phone/mcp"));
    let resource = json_of(metadata).await;
    assert_eq!(resource["resource"], server.mcp());
    assert_eq!(resource["authorization_servers"], json!([server.url]));
    let issuer = json_of(&format!("{origin}/.well-known/oauth-authorization-server/team/phone")).await;
    assert_eq!(issuer["issuer"], server.url);
    assert_eq!(issuer["registration_endpoint"], format!("{}/oauth/clients", server.url));

    let body = json!({ "client_name": "Below a path", "redirect_uris": ["http://127.0.0.1:9/callback"],
                       "token_endpoint_auth_method": "none" });
    let registered =
        client().post(issuer["registration_endpoint"].as_str().unwrap()).json(&body).send().await.unwrap();
    assert_eq!(registered.status(), 201);
    let registered: Value = registered.json().await.unwrap();
    let login = LoginRequest { client_id: registered["client_id"].as_str(), ..LoginRequest::new(ALPHA) };
    let login = login.run(&server).await;
    for path in
        ["/team/phone/mcp", "/team/phone/mcp/readonly", "/team/phone/mcp/x/messaging", "/team/phone/sse"]
    {
        let mcp = Mcp::new(&server, &login.access_token).path(path.strip_prefix("/team/phone").unwrap());
        assert!(!mcp.tools().await.is_empty(), "{path}");
    }

    // HTTP+SSE tells where to post, from the root of the host.
    let mut stream =
        client().get(format!("{}/sse", server.url)).bearer_auth(&login.access_token).send().await.unwrap();
    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(first.contains("data: /team/phone/sse/message?"), "{first}");
}

#[tokio::test]
async fn pages_and_what_they_load_are_below_the_path_and_nowhere_else() {
    let (server, _data) = start("/phone", "/register");
    let origin = server.url.strip_suffix("/phone").unwrap().to_owned();
    let page = client().get(format!("{}/", server.url)).header("accept", "text/html").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    let own: Vec<_> = page
        .split(['"', '\''])
        .filter(|text| text.starts_with("/phone/assets/") || text.starts_with("/phone/icons/"))
        .collect();
    assert!(own.len() >= 2, "{own:?}");
    for path in own {
        let asset = client().get(format!("{origin}{path}")).send().await.unwrap();
        assert_eq!(asset.status(), 200, "{path}");
    }
    assert!(!page.contains("\"/assets/"), "an address of the root");

    for path in [
        "/",
        "/mcp",
        "/sse",
        "/token",
        "/register",
        "/authorize",
        "/assets/",
        "/phones/mcp",
        "/phone/phone/mcp",
    ] {
        let response = client().post(format!("{origin}{path}")).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
    for path in ["/healthz", "/phone/healthz"] {
        assert_eq!(json_of(&format!("{origin}{path}")).await, json!({ "status": "ok" }));
    }
    let routes = server.requests();
    assert!(
        routes.iter().any(|line| line == "GET / 200"),
        "the log names routes, wherever they are: {routes:?}"
    );
}

#[test]
fn paths_that_cannot_work_are_refused() {
    for (option, value) in [
        ("--registration-path", "/token"),
        ("--registration-path", "register"),
        ("--public-url", "https://mcp.example.com/.well-known"),
        ("--public-url", "https://mcp.example.com/a%2fb"),
    ] {
        let (code, _, err) = run(&["config", "check", "--sandbox", option, value]);
        assert_eq!((code, err.contains(option)), (Some(2), true), "{err}");
    }
}
