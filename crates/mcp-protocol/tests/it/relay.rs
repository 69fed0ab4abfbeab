//! What a relay says becomes a status: for a message over HTTP+SSE, and for an answer to a question of ours.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use mcp_protocol::transport::relay::{Inbox, LocalRelay, Receipt, RelayError, RelayedMessage, StreamId};
use mcp_protocol::{HttpOptions, HttpSse, HttpSseOptions, MessageRelay, Runtime, Seal, StreamableHttp};
use sealing::{Keys, OsEntropy, Sealer};

use crate::fixture::Fixture;
use crate::wire::{render, request};

/// Says the same to every message.
struct Saying(Receipt);

impl MessageRelay<&'static str> for Saying {
    fn register<'a>(&'a self, _: &'a StreamId) -> BoxFuture<'a, Result<Inbox<&'static str>, RelayError>> {
        ready(Err(RelayError("nothing is held here".into()))).boxed()
    }

    fn deliver<'a>(&'a self, _: &'a StreamId, _: RelayedMessage<&'static str>) -> BoxFuture<'a, Receipt> {
        ready(self.0).boxed()
    }
}

#[tokio::test]
async fn receipts_become_statuses() {
    let keys = Keys::generate(&OsEntropy);
    let sealer = Sealer::new(keys.ring, "https://mcp.example.com", Arc::new(OsEntropy));
    for (receipt, status, retry) in [
        (Receipt::Accepted, 202, false),
        (Receipt::UnknownStream, 404, false),
        (Receipt::Busy, 429, true),
        (Receipt::TooLarge, 413, false),
        (Receipt::Unreachable, 503, true),
    ] {
        let runtime = Runtime::builder(Arc::new(Fixture::default()))
            .relay(Arc::new(Saying(receipt)))
            .seal(Seal::new(sealer.clone(), || 0))
            .build();
        let expect = |answer: String| {
            assert!(answer.starts_with(&status.to_string()), "{receipt:?}: {answer}");
            assert_eq!(answer.contains("retry-after: 1"), retry, "{receipt:?}: {answer}");
            assert_eq!(answer.contains(r#""error":{"code":"#), status != 202, "{receipt:?}: {answer}");
        };

        let sse = HttpSse::with_runtime(
            &runtime,
            HttpSseOptions::new("/sse/message", HttpOptions::new()),
            Arc::new(OsEntropy),
        );
        let message = "POST /sse/message?sessionId=x\n\n{\"jsonrpc\":\"2.0\",\"method\":\"m\"}";
        expect(render(sse.handle(request(message), "alice").await).await);
        assert_eq!(sse.handle(request("GET /sse"), "alice").await.status(), 503);

        let http = StreamableHttp::with_runtime(&runtime, HttpOptions::new());
        let initialize = r#"POST /mcp

{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"c","version":"1"}}}"#;
        let opened = http.handle(request(initialize), "alice").await;
        let session = opened.headers()["mcp-session-id"].to_str().unwrap();
        let answer = format!(
            "POST /mcp\nMcp-Session-Id: {session}\n\n{{\"jsonrpc\":\"2.0\",\"id\":\"1~x\",\"result\":{{}}}}"
        );
        expect(render(http.handle(request(&answer), "alice").await).await);
    }
}

/// What an author of a relay sees of a delivery.
#[tokio::test]
async fn a_delivery_is_read_and_acknowledged() {
    let relay = LocalRelay::new();
    let stream = StreamId::new("stream");
    let mut inbox = relay.register(&stream).await.unwrap();
    let deliver =
        async |body: &'static str| relay.deliver(&stream, RelayedMessage::new("alice", body.into())).await;
    let (receipt, ()) = tokio::join!(deliver("hello"), async {
        let delivery = inbox.next().await.unwrap();
        assert_eq!((delivery.message().principal, &*delivery.message().body), ("alice", &b"hello"[..]));
        delivery.acknowledge(Receipt::Busy);
    });
    assert_eq!(receipt, Receipt::Busy);
    let newer = relay.register(&stream).await.unwrap();
    assert!(inbox.next().await.is_none(), "a newer holder took the stream");
    drop((inbox, newer));
    assert_eq!(deliver("hello").await, Receipt::UnknownStream);
}
