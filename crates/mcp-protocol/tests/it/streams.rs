//! Streams of one request: when they begin, what is on them, and what a disconnect does.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::BodyExt as _;
use mcp_protocol::{HttpOptions, Runtime, StreamLimits, StreamableHttp};
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::wire::check;
use crate::wire::request;

#[tokio::test]
async fn transcripts() {
    check("stream_transcripts", &[
        (
            "modern: nothing asked for, so JSON",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: noisy

{"jsonrpc":"2.0","id":21,"method":"tools/call","params":{"name":"noisy",$M}}"#,
        ),
        (
            "modern: progress and logs",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: noisy

{"jsonrpc":"2.0","id":21,"method":"tools/call","params":{"name":"noisy","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"info","progressToken":"p"}}}"#,
        ),
        (
            "modern: logs below the level are not sent",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: noisy

{"jsonrpc":"2.0","id":21,"method":"tools/call","params":{"name":"noisy","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"error","progressToken":7}}}"#,
        ),
        (
            "modern: all said before the first wait",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: hasty

{"jsonrpc":"2.0","id":21,"method":"tools/call","params":{"name":"hasty","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":0}}}"#,
        ),
        (
            "legacy: logs and progress",
            r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":21,"method":"tools/call","params":{"name":"noisy","_meta":{"progressToken":"p"}}}"#,
        ),
        (
            "legacy: logs unasked",
            r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":21,"method":"tools/call","params":{"name":"hasty"}}"#,
        ),
        (
            "a token that is none is ignored",
            r#"POST /mcp
Accept: text/event-stream, application/json
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: hasty

{"jsonrpc":"2.0","id":21,"method":"tools/call","params":{"name":"hasty","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":{}}}}"#,
        ),
    ]).await;
}

const MODERN: &str = r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: slow

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow",$M}}"#;
const MODERN_STREAM: &str = r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: slow

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":1}}}"#;
const LEGACY: &str = r#"POST /mcp

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow"}}"#;
const LEGACY_STREAM: &str = r#"POST /mcp

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","_meta":{"progressToken":1}}}"#;

/// v26.cancel.disconnect: before the answer began, and after.
#[tokio::test]
async fn a_modern_disconnect_cancels() {
    for (text, streams) in [(MODERN, false), (MODERN_STREAM, true)] {
        let fixture = Arc::new(Fixture::default());
        let log = Arc::clone(&fixture.log);
        let endpoint = StreamableHttp::new(fixture, HttpOptions::new());
        if streams {
            let mut body = endpoint.handle(request(text), "alice").await.into_body();
            assert!(body.is_stream());
            assert!(body.frame().await.unwrap().unwrap().data_ref().unwrap().starts_with(b"data: "));
            drop(body);
        } else {
            tokio::select! {
                _ = endpoint.handle(request(text), "alice") => panic!("answered"),
                () = log.started.notified() => {}
            }
        }
        // A call that ran on would finish now.
        log.go_on.notify_one();
        log.ended.notified().await;
        assert_eq!(
            (log.dropped.load(Ordering::SeqCst), log.finished.load(Ordering::SeqCst)),
            (1, 0),
            "{text}"
        );
    }
}

/// v0326.disconnect: the call comes to its end all the same.
#[tokio::test]
async fn a_legacy_disconnect_does_not() {
    for (text, streams) in [(LEGACY, false), (LEGACY_STREAM, true)] {
        let fixture = Arc::new(Fixture::default());
        let log = Arc::clone(&fixture.log);
        let endpoint = StreamableHttp::new(fixture, HttpOptions::new());
        if streams {
            let mut body = endpoint.handle(request(text), "alice").await.into_body();
            assert!(body.is_stream());
            body.frame().await.unwrap().unwrap();
            drop(body);
        } else {
            tokio::select! {
                _ = endpoint.handle(request(text), "alice") => panic!("answered"),
                () = log.started.notified() => {}
            }
        }
        log.go_on.notify_one();
        log.ended.notified().await;
        assert_eq!(
            (log.dropped.load(Ordering::SeqCst), log.finished.load(Ordering::SeqCst)),
            (0, 1),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_filled_with_comments() {
    let fixture = Arc::new(Fixture::default());
    let log = Arc::clone(&fixture.log);
    let endpoint = StreamableHttp::new(fixture, HttpOptions::new().keep_alive(Duration::from_secs(15)));
    let mut body = endpoint.handle(request(LEGACY_STREAM), "alice").await.into_body();
    let began = tokio::time::Instant::now();
    let mut frames = Vec::new();
    for _ in 0..3 {
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        frames.push((began.elapsed().as_secs(), String::from_utf8(frame.to_vec()).unwrap()));
    }
    log.go_on.notify_one();
    let last = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(body.frame().await.is_none());
    assert_eq!((frames[1].0, frames[2].0), (15, 30));
    assert_eq!(frames[1].1, ": keep-alive\n\n");
    assert!(frames[0].1.contains("notifications/progress"), "{frames:?}");
    assert!(last.starts_with(br#"data: {"jsonrpc":"2.0","id":1,"result":"#));
}

#[tokio::test]
async fn a_full_queue_loses_notifications_but_not_the_answer() {
    let endpoint = StreamableHttp::new(Arc::new(Fixture::default()), HttpOptions::new().queue(1));
    let text = LEGACY_STREAM.replace("slow", "hasty");
    let answer = crate::wire::render(endpoint.handle(request(&text), "alice").await).await;
    let messages = crate::wire::messages(&answer);
    assert_eq!(messages.len(), 2, "{answer}");
    assert_eq!(messages[0]["method"], "notifications/message");
    assert_eq!(messages[1]["result"]["content"][0]["text"], "done");
}

const LISTEN: &str = r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: subscriptions/listen

{"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{"notifications":{},$M}}"#;

/// Too many streams: the client may come back in a moment, and a request hears so under its own id.
#[tokio::test]
async fn a_stream_too_many_is_refused() {
    for (most, status, code) in [(1, 503, -32603), (2, 429, -32600)] {
        let runtime = Runtime::builder(Arc::new(Fixture::changing()));
        let runtime = runtime.stream_limits(StreamLimits::new(most, 1)).build();
        let endpoint = StreamableHttp::with_runtime(&runtime, HttpOptions::new());
        let open = endpoint.handle(request(LISTEN), "alice").await;
        assert_eq!(open.status(), 200);
        for (text, id) in [(LISTEN, json!("l")), ("GET /mcp\nAccept: text/event-stream", Value::Null)] {
            let refused = endpoint.handle(request(text), "alice").await;
            assert_eq!(refused.status().as_u16(), status, "{text}");
            assert_eq!(refused.headers()["retry-after"], "1", "{text}");
            let body = refused.into_body().collect().await.unwrap().to_bytes();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&body["id"], &body["error"]["code"]), (&id, &json!(code)), "{text}");
        }
        drop(open);
    }
}
