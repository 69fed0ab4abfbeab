//! What an observer hears: each request that was understood, once, with how it ended.

use std::sync::{Arc, Mutex};

use mcp_protocol::{
    CallToolResult, Ending, HttpOptions, Observation, ObservedRequest, Observer, Runtime, StreamableHttp,
};

use crate::fixture::Fixture;
use crate::wire::request;

/// Writes down what it hears.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

struct Heard {
    listener: Listener,
    what: String,
    ended: bool,
}

impl Observer<&'static str> for Listener {
    fn begin(&self, request: &ObservedRequest<'_, &'static str>) -> Option<Box<dyn Observation>> {
        let ObservedRequest { method, name, context, .. } = request;
        let trace = context.trace().traceparent.as_deref().unwrap_or("-");
        let what = format!("{method} {} {trace}", name.unwrap_or("-"));
        Some(Box::new(Heard { listener: self.clone(), what, ended: false }))
    }
}

impl Heard {
    fn say(&self, end: &str) {
        self.listener.0.lock().unwrap().push(format!("{} {end}", self.what));
    }
}

impl Observation for Heard {
    fn tool_result(&mut self, result: &CallToolResult) {
        self.what += if result.is_error { " failed" } else { " answered" };
    }

    fn end(mut self: Box<Self>, ending: Ending) {
        self.ended = true;
        self.say(&format!("{ending:?}"));
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        if !self.ended {
            self.say("dropped");
        }
    }
}

fn server() -> (StreamableHttp<Fixture>, Arc<Fixture>, Listener) {
    let (fixture, listener) = (Arc::new(Fixture::default()), Listener::default());
    let runtime = Runtime::builder(Arc::clone(&fixture)).observer(Arc::new(listener.clone())).build();
    (StreamableHttp::with_runtime(&runtime, HttpOptions::new()), fixture, listener)
}

fn modern(method: &str, name: &str, params: &str) -> String {
    let name = if name.is_empty() { String::new() } else { format!("Mcp-Name: {name}\n") };
    format!(
        "POST /mcp\nMCP-Protocol-Version: 2026-07-28\nMcp-Method: {method}\n{name}\n\
         {{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}"
    )
}

#[tokio::test]
async fn each_request_is_heard_of_once() {
    let (server, _, listener) = server();
    let legacy = |method: &str, params: &str| {
        format!("POST /mcp\n\n{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}")
    };
    let initialize =
        r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}"#;
    for text in [
        modern("tools/list", "", "{$M}"),
        modern("tools/call", "echo", r#"{"name":"echo","arguments":{"text":"hello"},$M}"#),
        modern("tools/call", "echo", r#"{"name":"echo","arguments":{},$M}"#),
        modern("tools/call", "nobody", r#"{"name":"nobody",$M}"#),
        modern("tools/call", "panics", r#"{"name":"panics",$M}"#),
        modern("prompts/get", "greet", r#"{"name":"greet","arguments":{"name":"Ann"},$M}"#),
        legacy("initialize", initialize),
        legacy("ping", "{}"),
        // Not understood: not heard of.
        legacy("tools/bake", "{}"),
        legacy("tools/call", "{}"),
    ] {
        server.handle(request(&text), "caller").await;
    }
    let heard = std::mem::take(&mut *listener.0.lock().unwrap());
    assert_eq!(
        heard,
        [
            "tools/list - - Result",
            "tools/call echo - answered Result",
            "tools/call echo - failed Result",
            "tools/call nobody - Error(ErrorCode(-32602))",
            "tools/call panics - Error(ErrorCode(-32603))",
            "prompts/get greet - Result",
            "initialize - - Result",
            "ping - - Result",
        ]
    );
}

#[tokio::test]
async fn a_request_whose_client_goes_away_is_dropped() {
    let (server, fixture, listener) = server();
    let text = modern("tools/call", "slow", r#"{"name":"slow",$M}"#);
    tokio::select! {
        _ = server.handle(request(&text), "caller") => unreachable!("nobody told it to go on"),
        () = fixture.log.started.notified() => {}
    }
    assert_eq!(*listener.0.lock().unwrap(), ["tools/call slow - dropped"]);
}
