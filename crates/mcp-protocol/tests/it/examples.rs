//! The crate's examples, each driven once over a socket or a pipe by a client that is not ours.

#![expect(
    clippy::duplicate_mod,
    reason = "examples are programs of their own, and share the server of the first"
)]

use std::future::Future;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rmcp::model::{
    CallToolRequestParams, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction, ErrorData,
    Implementation, ProtocolVersion,
};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, RequestContext, RoleClient,
    RunningService,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientHandler, Service};
use serde_json::json;
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};

#[expect(dead_code, reason = "an example's `main` is for its own process")]
#[path = "../../examples/ask.rs"]
mod ask;
#[expect(dead_code, reason = "an example's `main` is for its own process")]
#[path = "../../examples/axum.rs"]
mod axum_example;
#[expect(dead_code, reason = "an example's `main` is for its own process")]
#[path = "../../examples/hyper.rs"]
mod hyper_example;
#[expect(dead_code, reason = "an example's `main` is for its own process")]
#[path = "../../examples/minimal.rs"]
mod minimal;
#[expect(dead_code, reason = "an example's `main` is for its own process")]
#[path = "../../examples/stdio.rs"]
mod stdio;
#[expect(dead_code, reason = "an example's `main` is for its own process")]
#[path = "../../examples/tonic.rs"]
mod tonic_example;

/// Serves on a port of its own.
async fn listen<F, S>(serve: F) -> SocketAddr
where
    F: FnOnce(TcpListener) -> S,
    S: Future<Output: Send> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener));
    address
}

fn modes() -> [ClientLifecycleMode; 2] {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    [ClientLifecycleMode::Initialize, ClientLifecycleMode::Discover { preferred_versions }]
}

async fn connect<P: Service<RoleClient>>(
    person: P,
    uri: String,
    token: Option<&str>,
    mode: ClientLifecycleMode,
) -> Result<RunningService<RoleClient, P>, ClientInitializeError> {
    let mut config = StreamableHttpClientTransportConfig::with_uri(uri);
    config.auth_header = token.map(str::to_owned);
    person.serve_with_lifecycle(StreamableHttpClientTransport::from_config(config), mode).await
}

async fn text<P: Service<RoleClient>>(
    client: &RunningService<RoleClient, P>,
    call: CallToolRequestParams,
) -> String {
    client.call_tool(call).await.unwrap().content[0].as_text().unwrap().text.clone()
}

fn greet(name: &str) -> CallToolRequestParams {
    CallToolRequestParams::new("greet").with_arguments(json!({ "name": name }).as_object().unwrap().clone())
}

async fn greets(uri: String) {
    for mode in modes() {
        let client = connect((), uri.clone(), None, mode).await.unwrap();
        assert_eq!(client.list_all_tools().await.unwrap()[0].name, "greet");
        assert_eq!(text(&client, greet("Ada")).await, "Hello, Ada!");
        let nobody = client.call_tool(CallToolRequestParams::new("greet")).await.unwrap();
        assert_eq!(nobody.is_error, Some(true));
    }
}

/// One request over a connection of its own.
async fn send(
    address: SocketAddr,
    request: http::request::Builder,
    body: &'static [u8],
) -> http::Response<Incoming> {
    let request = request.body(Full::new(Bytes::from_static(body))).unwrap();
    let socket = TokioIo::new(TcpStream::connect(address).await.unwrap());
    if request.version() == Version::HTTP_2 {
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), socket).await.unwrap();
        tokio::spawn(connection);
        return client.send_request(request).await.unwrap();
    }
    let (mut client, connection) = hyper::client::conn::http1::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    client.send_request(request).await.unwrap()
}

#[tokio::test]
async fn minimal_greets() {
    greets(format!("http://{}/mcp", listen(minimal::serve).await)).await;
}

#[tokio::test]
async fn hyper_greets() {
    greets(format!("http://{}/", listen(hyper_example::serve).await)).await;
}

#[tokio::test]
async fn stdio_greets() {
    for mode in modes() {
        let (near, far) = tokio::io::duplex(1 << 16);
        let (reader, writer) = tokio::io::split(far);
        let served = tokio::spawn(stdio::serve(BufReader::new(reader), writer));
        let client = ().serve_with_lifecycle(near, mode).await.unwrap();
        assert_eq!(text(&client, greet("Ada")).await, "Hello, Ada!");
        client.cancel().await.unwrap();
        // The client's end is the server's end.
        served.await.unwrap().unwrap();
    }
}

/// MCP over both versions of HTTP, and a health check of gRPC, on one port.
#[tokio::test]
async fn tonic_greets_and_is_healthy() {
    let address = listen(tonic_example::serve).await;
    greets(format!("http://{address}/mcp")).await;
    let list = Request::post(format!("http://{address}/mcp"))
        .version(Version::HTTP_2)
        .header("content-type", "application/json");
    let answer = send(address, list, br#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));

    let check = Request::post(format!("http://{address}/grpc.health.v1.Health/Check"))
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    // A message is a flag, a length and its bytes; a `HealthCheckRequest` about the whole server has none.
    let answer = send(address, check, &[0; 5]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body = answer.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
    // The first field, `status`, is 1: SERVING.
    assert_eq!(&body.to_bytes()[..], [0, 0, 0, 0, 2, 0x08, 1]);
}

#[tokio::test]
async fn axum_authenticates() {
    let address = listen(axum_example::serve).await;
    for (token, name) in [("token-of-ada", "Ada"), ("token-of-bob", "Bob")] {
        for mode in modes() {
            let uri = format!("http://{address}/tools/mcp");
            let client = connect((), uri, Some(token), mode).await.unwrap();
            assert_eq!(text(&client, CallToolRequestParams::new("who-am-i")).await, name);
        }
    }
    for token in [None, Some("token-of-eve")] {
        for mode in modes() {
            let refused = connect((), format!("http://{address}/tools/mcp"), token, mode).await;
            let error = refused.err().unwrap();
            assert_eq!(error.auth_challenge(), Some("Bearer"), "{error:?}");
        }
    }
    let health = send(address, Request::get("/health").header("host", "localhost"), b"").await;
    assert_eq!(health.into_body().collect().await.unwrap().to_bytes(), "fine");
}

/// HTTP+SSE under the prefix: the stream names the whole path of its endpoint, and only its own user may post there.
#[tokio::test]
async fn axum_serves_streams_under_its_prefix() {
    let address = listen(axum_example::serve).await;
    let as_user = |request: http::request::Builder, user: &str| {
        request.header("host", "localhost").header("authorization", format!("Bearer token-of-{user}"))
    };
    let unknown = send(address, Request::get("/tools/sse").header("host", "localhost"), b"").await;
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    let mut stream = send(address, as_user(Request::get("/tools/sse"), "ada"), b"").await.into_body();
    let mut read = async || {
        let frame = stream.frame().await.unwrap().unwrap().into_data().unwrap();
        String::from_utf8(frame.to_vec()).unwrap()
    };
    let endpoint = read().await;
    let path = endpoint.strip_prefix("event: endpoint\ndata: ").unwrap().trim_end().to_owned();
    assert!(path.starts_with("/tools/sse/message?sessionId="), "{path}");

    let call = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who-am-i"}}"#;
    let post = |user| as_user(Request::post(path.as_str()), user).header("content-type", "application/json");
    assert_eq!(send(address, post("bob"), call).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(send(address, post("ada"), call).await.status(), StatusCode::ACCEPTED);
    let answer = read().await;
    assert!(answer.contains(r#""text":"Ada""#), "{answer}");
}

/// Says yes to everything, and wants it large or small.
struct Customer(&'static str);

impl ClientHandler for Customer {
    fn get_info(&self) -> ClientConfig {
        let capabilities = serde_json::from_value(json!({ "elicitation": {} })).unwrap();
        ClientConfig::new(capabilities, Implementation::new("customer", "1"))
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let ElicitRequestParams::FormElicitationParams { message, requested_schema, .. } = request else {
            return Ok(ElicitResult::new(ElicitationAction::Cancel));
        };
        if requested_schema.properties.contains_key("size") {
            return Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({ "size": self.0 })));
        }
        // The second question knows the first answer.
        let sure = message.contains(if self.0 == "large" { "14 euros" } else { "9 euros" });
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({ "sure": sure })))
    }
}

#[tokio::test]
async fn ask_takes_an_order_in_both_eras() {
    let uri = format!("http://{}/mcp", listen(ask::serve).await);
    for mode in modes() {
        for size in ["large", "small"] {
            let client = connect(Customer(size), uri.clone(), None, mode.clone()).await.unwrap();
            let order = || CallToolRequestParams::new("order-pizza");
            assert_eq!(text(&client, order()).await, "It is on its way.", "{mode:?} {size}");
        }
        let client = connect((), uri.clone(), None, mode.clone()).await.unwrap();
        let refused = client.call_tool(CallToolRequestParams::new("order-pizza")).await;
        assert!(refused.is_err(), "{mode:?}: a client that cannot be asked is told so");
    }
}
