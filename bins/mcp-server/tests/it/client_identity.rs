//! Clients that do not register: those with a metadata document, and those that the operator has set up.

use serde_json::{Value, json};

use crate::support::login::{ALPHA, LoginRequest, client};
use crate::support::{Login, TestServer};

const CLAUDE_CODE: &str = "https://claude.ai/oauth/claude-code-client-metadata";

async fn metadata(server: &TestServer) -> Value {
    let url = format!("{}/.well-known/oauth-authorization-server", server.url);
    client().get(url).send().await.unwrap().json().await.unwrap()
}

/// With or without a way to its host: what is known of the large clients is in the binary.
#[tokio::test]
async fn a_large_client_connects_by_its_document() {
    let server = TestServer::start();
    assert_eq!(metadata(&server).await["client_id_metadata_document_supported"], json!(true));
    let mut request = LoginRequest::new(ALPHA);
    request.client_id = Some(CLAUDE_CODE);
    request.redirect_uri = "http://localhost:3118/callback";
    let login: Login = request.run(&server).await;
    assert!(login.location.starts_with("http://localhost:3118/callback?code="));
    let next = login.refresh(&server).await;
    assert!(next["access_token"].is_string());
}

#[tokio::test]
async fn documents_can_be_switched_off() {
    let server = TestServer::start_with(&["--no-client-documents"]);
    let metadata = metadata(&server).await;
    assert!(metadata.get("client_id_metadata_document_supported").is_none(), "{metadata}");
    let query = [
        ("response_type", "code"),
        ("client_id", CLAUDE_CODE),
        ("redirect_uri", "http://localhost:3118/callback"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    let response = client().get(format!("{}/authorize", server.url)).query(&query).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.text().await.unwrap().contains("not registered here"));
}

#[tokio::test]
async fn a_client_of_the_operators_connects() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clients.json");
    let clients = json!([{
        "client_id": "intranet-agent",
        "client_name": "Intranet",
        "redirect_uris": ["https://intranet.example.com/callback"],
    }]);
    std::fs::write(&file, clients.to_string()).unwrap();
    let server = TestServer::start_with(&["--clients", file.to_str().unwrap()]);
    let mut request = LoginRequest::new(ALPHA);
    request.client_id = Some("intranet-agent");
    request.redirect_uri = "https://intranet.example.com/callback";
    let login = request.run(&server).await;
    assert!(login.location.starts_with("https://intranet.example.com/callback?code="));
}
