//! The official Rust SDK as a client, in both eras: discovery, registration or a metadata document, consent, tokens, a
//! delivered text, a refresh; then a revocation and the next login.

use rmcp::model::{CallToolRequestParams, CallToolResult, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, Peer, RoleClient, RunningService, ServiceError};
use rmcp::transport::auth::{
    AuthorizationCallback, AuthorizationManager, AuthorizationRequest, CredentialStore as _,
    InMemoryCredentialStore, OAuthState, StoredCredentials,
};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{AuthClient, StreamableHttpClientTransport};
use serde_json::{Value, json};

use crate::clients::saw;
use crate::path::CONTACT;
use crate::support::TestServer;
use crate::support::listed;
use crate::support::login::{ALPHA, Consent, client};

/// What the server sees of the whole life of a connection, in this order. The SDK asks for the challenge before anything
/// else, with a GET.
const REQUESTS: &[&str] = &[
    "GET /mcp 401",
    "GET /.well-known/ 200",
    "POST /register 201",
    "GET /authorize 200",
    "POST /authorize 303",
    "POST /token 200",
    "POST /mcp 200",
    "POST /mcp 401",
    "POST /token 200",
    "POST /mcp 200",
    "POST /revoke 200",
    "POST /mcp 401",
    "POST /token 400",
    "GET /authorize 200",
    "POST /authorize 303",
    "POST /token 200",
    "POST /mcp 200",
];

const CLAUDE_CODE: &str = "https://claude.ai/oauth/claude-code-client-metadata";

#[tokio::test]
async fn rmcp_on_2026_07_28() {
    let server = TestServer::start();
    live_through(&server, discover(), "2026-07-28", registering()).await;
    saw(&server, REQUESTS).await;
    assert_eq!(registrations(&server), 1, "G5: a refused refresh costs no registration");
}

#[tokio::test]
async fn rmcp_with_initialize() {
    let server = TestServer::start();
    live_through(&server, ClientLifecycleMode::Initialize, "2025-11-25", registering()).await;
    saw(&server, REQUESTS).await;
    assert_eq!(registrations(&server), 1, "G5: a refused refresh costs no registration");
}

#[tokio::test]
async fn rmcp_by_its_document() {
    let server = TestServer::start();
    live_through(&server, discover(), "2026-07-28", request().with_client_metadata_url(CLAUDE_CODE)).await;
    assert_eq!(registrations(&server), 0);
}

/// G5: the SDK keeps a registration that the server refused, and reports a refresh that failed. The application starts over,
/// which registers again.
#[tokio::test]
async fn g5_rmcp_starts_over_where_it_is_not_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = TestServer::start_in(&folder.path().join("first"));
    let store = InMemoryCredentialStore::new();
    let service = connect(&first, sign_in(&first, &store, registering()).await, discover()).await;
    service.cancel().await.unwrap();
    assert_eq!(first.stop(), Some(0));
    let second = TestServer::start_at(&folder.path().join("second"), &first.url);

    // The application starts again with what it has stored.
    let mut manager = AuthorizationManager::new(second.mcp()).await.unwrap();
    manager.set_credential_store(store.clone());
    assert!(manager.initialize_from_store().await.unwrap());
    let error = ().serve_with_lifecycle(transport(&second, manager), discover()).await.unwrap_err();
    assert!(error.auth_challenge().is_none() && chain(&error).contains("invalid_client"), "{error:?}");
    saw(&second, &["POST /mcp 401", "POST /token 401"]).await;
    let service = connect(&second, sign_in(&second, &store, registering()).await, discover()).await;
    assert_eq!(service.list_all_tools().await.unwrap().len(), listed::all().len());
    assert_eq!(registrations(&second), 1);
    service.cancel().await.unwrap();
}

fn discover() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest::new("http://localhost:9/callback")
}

fn registering() -> AuthorizationRequest {
    request().with_client_name("rmcp test")
}

/// The whole life of a connection. The store is the application's: the SDK forgets nothing by itself.
async fn live_through(
    server: &TestServer,
    mode: ClientLifecycleMode,
    version: &str,
    request: AuthorizationRequest,
) {
    let store = InMemoryCredentialStore::new();
    let service = connect(server, sign_in(server, &store, request).await, mode.clone()).await;
    assert_eq!(service.peer_info().unwrap().protocol_version.as_str(), version);
    assert_eq!(service.list_all_tools().await.unwrap().len(), listed::all().len());

    let text = format!("Sent by rmcp on {version}");
    server.keep_secret(&text);
    let refused = call(&service, "fetch-messages", json!({})).await.unwrap();
    let listed = serde_json::to_string(&refused.content).unwrap();
    let inbox: String =
        listed[listed.find("PN").unwrap()..].chars().take_while(char::is_ascii_alphanumeric).collect();
    let input = json!({ "from": inbox, "to": CONTACT, "content": text });
    let sent = call(&service, "send-message", input).await.unwrap();
    assert_ne!(sent.is_error, Some(true), "{sent:?}");
    let before = spoil_access_token(&store).await;
    let look = json!({ "inbox": inbox, "participantPhoneNumber": CONTACT });
    let mut status = Value::Null;
    for _ in 0..100 {
        status = status_of(&call(&service, "fetch-messages", look.clone()).await.unwrap(), &text);
        if status == "delivered" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(status, "delivered");
    let refreshed = credentials(&store).await;
    for token in ["access_token", "refresh_token"] {
        let now = &refreshed["token_response"][token];
        assert!(now.is_string() && *now != before["token_response"][token] && now != "spoiled");
        server.keep_secret(now.as_str().unwrap());
    }

    revoke(server, &refreshed).await;
    let error = call(&service, "fetch-messages", look.clone()).await.unwrap_err();
    let challenge = error.auth_challenge().expect("a challenge").to_owned();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    service.cancel().await.unwrap();

    // The application knows its client's id, and the server's challenge.
    let client_id = refreshed["client_id"].as_str().unwrap();
    let again = self::request().with_preregistered_client(client_id).with_challenge(challenge);
    let service = connect(server, sign_in(server, &store, again).await, mode).await;
    let found = call(&service, "fetch-messages", look).await.unwrap();
    assert_eq!(status_of(&found, &text), "delivered");
    service.cancel().await.unwrap();
}

/// Has the person consent, and the SDK exchange the code.
async fn sign_in(
    server: &TestServer,
    store: &InMemoryCredentialStore,
    request: AuthorizationRequest,
) -> AuthorizationManager {
    let state = OAuthState::new(server.mcp(), None).await.unwrap();
    let OAuthState::Unauthorized(mut manager) = state else { unreachable!("nobody has signed in") };
    manager.set_credential_store(store.clone());
    let mut state = OAuthState::Unauthorized(manager);
    state.start_authorization(request).await.unwrap();
    let authorize = state.get_authorization_url().await.unwrap();

    let http = client();
    let consent = Consent::read(http.get(authorize).send().await.unwrap()).await;
    let answer = consent.submit(server, &http, &[("api_key", ALPHA), ("decision", "approve")]).await;
    assert_eq!(answer.status(), 303);
    let location = answer.headers()["location"].to_str().unwrap();
    let callback = AuthorizationCallback::from_redirect_url(location).unwrap();
    server.keep_secret(callback.code.clone());
    let issuer = callback.issuer.as_deref();
    state.handle_callback_with_issuer(&callback.code, &callback.csrf_token, issuer).await.unwrap();
    state.into_authorization_manager().unwrap()
}

async fn connect(
    server: &TestServer,
    manager: AuthorizationManager,
    mode: ClientLifecycleMode,
) -> RunningService<RoleClient, ()> {
    ().serve_with_lifecycle(transport(server, manager), mode).await.unwrap()
}

fn transport(
    server: &TestServer,
    manager: AuthorizationManager,
) -> StreamableHttpClientTransport<AuthClient<reqwest::Client>> {
    StreamableHttpClientTransport::with_client(
        AuthClient::new(client(), manager),
        StreamableHttpClientTransportConfig::with_uri(server.mcp()),
    )
}

async fn call(
    peer: &Peer<RoleClient>,
    name: &'static str,
    arguments: Value,
) -> Result<CallToolResult, ServiceError> {
    let arguments = arguments.as_object().cloned().unwrap();
    peer.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await
}

/// The status of this text among those that were found; null when it is not there.
fn status_of(found: &CallToolResult, text: &str) -> Value {
    let output = found.structured_content.as_ref().unwrap();
    let messages = output["messages"].as_array().unwrap();
    let message = messages.iter().find(|message| message["text"] == text);
    message.map_or(Value::Null, |message| message["status"].clone())
}

/// What the application has stored, as it would write it to its disk.
async fn credentials(store: &InMemoryCredentialStore) -> Value {
    serde_json::to_value(store.load().await.unwrap().unwrap()).unwrap()
}

/// Has the next request refused as with an expired token. Returns the credentials as they were.
async fn spoil_access_token(store: &InMemoryCredentialStore) -> Value {
    let before = credentials(store).await;
    let mut spoiled = before.clone();
    spoiled["token_response"]["access_token"] = json!("spoiled");
    let spoiled: StoredCredentials = serde_json::from_value(spoiled).unwrap();
    store.save(spoiled).await.unwrap();
    before
}

/// Ends the connection (RFC 7009), for which the SDK has no call.
async fn revoke(server: &TestServer, credentials: &Value) {
    let url = format!("{}/.well-known/oauth-authorization-server", server.url);
    let metadata: Value = client().get(url).send().await.unwrap().json().await.unwrap();
    let form = [
        ("token", credentials["token_response"]["refresh_token"].as_str().unwrap()),
        ("token_type_hint", "refresh_token"),
        ("client_id", credentials["client_id"].as_str().unwrap()),
    ];
    let endpoint = metadata["revocation_endpoint"].as_str().unwrap();
    assert_eq!(client().post(endpoint).form(&form).send().await.unwrap().status(), 200);
}

fn registrations(server: &TestServer) -> usize {
    server.requests().iter().filter(|&request| request == "POST /register 201").count()
}

/// An error with everything behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}
