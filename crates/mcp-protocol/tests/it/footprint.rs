//! What an embedder's HTTP server holds of this crate with every connection, idle ones and open streams too.

use std::sync::Arc;

use mcp_protocol::{HttpOptions, HttpSse, HttpSseOptions, Runtime, StreamableHttp};
use sealing::OsEntropy;

use crate::fixture::Fixture;
use crate::wire::request;

/// hyper keeps room for the future that answers a request as long as the connection is open.
#[test]
fn the_futures_of_the_endpoints_are_little_more_than_the_request() {
    let runtime = Runtime::new(Arc::new(Fixture::default()));
    let endpoint = StreamableHttp::with_runtime(&runtime, HttpOptions::new());
    let sse = HttpSseOptions::new("/sse/message", HttpOptions::new());
    let sse = HttpSse::with_runtime(&runtime, sse, Arc::new(OsEntropy));
    let request = || request("POST /mcp");
    let most = 4 * size_of_val(&request());
    for (name, size) in [
        ("StreamableHttp::handle", size_of_val(&endpoint.handle(request(), "alice"))),
        ("HttpSse::open", size_of_val(&sse.open(request(), "alice"))),
        ("HttpSse::message", size_of_val(&sse.message(request(), "alice"))),
        ("HttpSse::handle", size_of_val(&sse.handle(request(), "alice"))),
    ] {
        assert!(size <= most, "{name}: {size} bytes, a request has {}", most / 4);
    }
}
