//! The official Rust SDK as a client, in both eras: discovery, registration, consent, tokens, a delivered text.

use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt};
use rmcp::transport::auth::{AuthorizationCallback, AuthorizationRequest, OAuthState};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{AuthClient, StreamableHttpClientTransport};
use serde_json::{Value, json};

use crate::path::CONTACT;
use crate::support::TestServer;
use crate::support::login::{ALPHA, Consent, client};

#[tokio::test]
async fn rmcp_on_2026_07_28() {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    drive(ClientLifecycleMode::Discover { preferred_versions }, "2026-07-28").await;
}

#[tokio::test]
async fn rmcp_with_initialize() {
    drive(ClientLifecycleMode::Initialize, "2025-11-25").await;
}

async fn drive(mode: ClientLifecycleMode, version: &str) {
    let server = TestServer::start();
    let mut state = OAuthState::new(server.mcp(), None).await.unwrap();
    let request = AuthorizationRequest::new("http://localhost:9/callback").with_client_name("rmcp test");
    state.start_authorization(request).await.unwrap();
    let authorize = state.get_authorization_url().await.unwrap();

    let http = client();
    let consent = Consent::read(http.get(authorize).send().await.unwrap()).await;
    let answer = consent.submit(&server, &http, &[("api_key", ALPHA), ("decision", "approve")]).await;
    assert_eq!(answer.status(), 303);
    let callback =
        AuthorizationCallback::from_redirect_url(answer.headers()["location"].to_str().unwrap()).unwrap();
    server.keep_secret(callback.code.clone());
    state
        .handle_callback_with_issuer(&callback.code, &callback.csrf_token, callback.issuer.as_deref())
        .await
        .unwrap();

    let manager = state.into_authorization_manager().unwrap();
    let transport = StreamableHttpClientTransport::with_client(
        AuthClient::new(http, manager),
        StreamableHttpClientTransportConfig::with_uri(server.mcp()),
    );
    let service = ().serve_with_lifecycle(transport, mode).await.unwrap();
    assert_eq!(service.peer_info().unwrap().protocol_version.as_str(), version);
    assert_eq!(service.list_all_tools().await.unwrap().len(), 5);

    let text = format!("Sent by rmcp on {version}");
    server.keep_secret(&text);
    let call = async |name: &'static str, arguments: Value| {
        let arguments = arguments.as_object().cloned().unwrap();
        service.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await.unwrap()
    };
    let refused = call("fetch-messages", json!({})).await;
    let listed = serde_json::to_string(&refused.content).unwrap();
    let inbox: String =
        listed[listed.find("PN").unwrap()..].chars().take_while(char::is_ascii_alphanumeric).collect();
    let sent = call("send-message", json!({ "from": inbox, "to": CONTACT, "content": text })).await;
    assert_ne!(sent.is_error, Some(true), "{sent:?}");
    let mut status = Value::Null;
    for _ in 0..100 {
        let found =
            call("fetch-messages", json!({ "inbox": inbox, "participantPhoneNumber": CONTACT })).await;
        let output = found.structured_content.unwrap();
        let messages = output["messages"].as_array().unwrap();
        status = messages
            .iter()
            .find(|message| message["text"] == text)
            .map_or(Value::Null, |message| message["status"].clone());
        if status == "delivered" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(status, "delivered");
    service.cancel().await.unwrap();
}
