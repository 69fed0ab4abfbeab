//! Host, Origin, size.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody};
use mcp_protocol::{HttpOptions, StreamableHttp};

use crate::fixture::Fixture;
use crate::wire::request;

async fn status(options: HttpOptions, host: &str, origin: &str) -> u16 {
    let text = format!(
        "POST /mcp\nHost: {host}\nOrigin: {origin}\n\n{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}}"
    );
    let endpoint = StreamableHttp::new(Arc::new(Fixture::default()), options);
    endpoint.handle(request(&text), "alice").await.status().as_u16()
}

#[tokio::test]
async fn hosts_and_origins() {
    let default = HttpOptions::new;
    let public = || HttpOptions::new().allow_host("mcp.example.com").allow_origin("https://app.example.com");
    // "-" sends no such header.
    for (options, host, origin, expected) in [
        (default(), "localhost", "-", 200),
        (default(), "localhost:8787", "-", 200),
        (default(), "127.0.0.1:8787", "http://localhost:8787", 200),
        (default(), "[::1]:8787", "http://127.0.0.1:6274", 200),
        (default(), "mcp.example.com", "-", 403),
        (default(), "localhost.evil.example.com", "-", 403),
        (default(), "localhost", "http://evil.example.com", 403),
        (default(), "localhost", "http://localhost.evil.example.com", 403),
        (default(), "localhost", "null", 403),
        (default(), "evil.example.com", "http://evil.example.com", 403),
        (default(), "-", "-", 403),
        (public(), "mcp.example.com", "-", 200),
        (public(), "MCP.example.com:443", "-", 200),
        (public(), "mcp.example.com", "https://app.example.com", 200),
        (public(), "mcp.example.com", "https://APP.example.com", 200),
        (public(), "mcp.example.com", "https://mcp.example.com", 200),
        (public(), "mcp.example.com", "https://app.example.com.evil.example", 403),
        (public(), "mcp.example.com", "http://localhost:3000", 403),
        (HttpOptions::new().allow_host("mcp.example.com:8443"), "mcp.example.com:8443", "-", 200),
        (HttpOptions::new().allow_host("mcp.example.com:8443"), "mcp.example.com:9443", "-", 403),
        (HttpOptions::new().allow_any_host(), "anything.example", "-", 200),
        (HttpOptions::new().allow_any_host(), "evil.example.com", "http://evil.example.com", 403),
    ] {
        assert_eq!(status(options, host, origin).await, expected, "Host {host}, Origin {origin}");
    }
}

#[tokio::test]
async fn refusals_have_a_json_rpc_body() {
    crate::wire::check(
        "guard_refusals",
        &[
            (
                "http.origin.403",
                r#"POST /mcp
Origin: https://evil.example.com

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            (
                "http.host.localhost",
                r#"POST /mcp
Host: evil.example.com

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            ("of a GET too", "GET /mcp\nOrigin: https://evil.example.com"),
            (
                "two origins",
                r#"POST /mcp
Origin: http://localhost
Origin: https://evil.example.com

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn bodies_are_bounded() {
    let endpoint = StreamableHttp::new(Arc::new(Fixture::default()), HttpOptions::new().max_body(64));
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let head =
        || Request::post("/mcp").header("host", "localhost").header("content-type", "application/json");

    let fits = head().body(Full::new(Bytes::from(ping))).unwrap();
    assert_eq!(endpoint.handle(fits, "alice").await.status(), StatusCode::OK);

    let pieces =
        ping.as_bytes().chunks(7).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)));
    let pieces: Vec<_> = pieces.map(|piece| piece.map(http_body::Frame::data)).collect();
    let split = head().body(StreamBody::new(futures_util::stream::iter(pieces))).unwrap();
    assert_eq!(endpoint.handle(split, "alice").await.status(), StatusCode::OK);

    let announced = head().header("content-length", "65").body(Full::new(Bytes::new())).unwrap();
    assert_eq!(endpoint.handle(announced, "alice").await.status(), StatusCode::PAYLOAD_TOO_LARGE);

    let piece = || Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::from(vec![b' '; 33])));
    let unannounced = head().body(StreamBody::new(futures_util::stream::iter([piece(), piece()]))).unwrap();
    let answer = endpoint.handle(unannounced, "alice").await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(serde_json::from_slice::<serde_json::Value>(&body).unwrap().get("error").is_some());

    let broken = Err(std::io::Error::other("reset"));
    let broken = head().body(StreamBody::new(futures_util::stream::iter([piece(), broken]))).unwrap();
    assert_eq!(endpoint.handle(broken, "alice").await.status(), StatusCode::BAD_REQUEST);
}
