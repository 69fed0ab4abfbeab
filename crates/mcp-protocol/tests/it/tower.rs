//! The transports as `tower::Service`s: what a framework asks of their types, and where the principal comes from.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use mcp_protocol::{
    Capabilities, HttpOptions, HttpSse, HttpSseOptions, ListToolsResult, RequestContext, ResponseBody,
    RpcError, Server, ServerInfo, StreamableHttp,
};
use sealing::OsEntropy;
use tower::{Service, ServiceExt as _};

use crate::fixture::Fixture;
use crate::wire::{render, request};

/// What axum's `route_service` and tonic's `Routes` ask of a service that takes their bodies.
fn mounts<B, S>(_: &S)
where
    S: Service<Request<B>, Response = Response<ResponseBody>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
}

/// What both ask of the body of an answer.
fn is_sent<B: Body<Data = Bytes, Error = Infallible> + Send + 'static>() {}

#[test]
fn frameworks_can_mount_them() {
    let http = StreamableHttp::new(Arc::new(Fixture::default()), HttpOptions::new());
    let options = HttpSseOptions::new("/sse/message", HttpOptions::new());
    let sse = HttpSse::new(Arc::new(Fixture::default()), options, Arc::new(OsEntropy));
    mounts::<axum::body::Body, _>(&http);
    mounts::<axum::body::Body, _>(&sse);
    mounts::<tonic::body::Body, _>(&http);
    mounts::<tonic::body::Body, _>(&sse);
    mounts::<hyper::body::Incoming, _>(&http);
    mounts::<hyper::body::Incoming, _>(&sse);
    is_sent::<ResponseBody>();
}

/// Nobody has to authenticate for this one.
struct Open(ServerInfo);

impl Server for Open {
    type Principal = ();

    fn info(&self) -> &ServerInfo {
        &self.0
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_tools()
    }

    async fn list_tools(&self, _: &RequestContext<()>, _: Option<&str>) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(Vec::new()))
    }
}

fn list() -> Request<Full<Bytes>> {
    request("POST /any/path\n\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
}

async fn answer(
    response: impl Future<Output = Result<Response<ResponseBody>, Infallible>>,
) -> (StatusCode, String) {
    let Ok(response) = response.await;
    let status = response.status();
    (status, render(response).await)
}

#[tokio::test]
async fn the_principal_is_in_the_extensions() {
    let endpoint = StreamableHttp::new(Arc::new(Fixture::default()), HttpOptions::new());
    let mut who = request(
        "POST /\n\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"who\"}}",
    );
    who.extensions_mut().insert("ada");
    let (status, text) = answer(endpoint.clone().oneshot(who)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("ada"), "{text}");

    let (status, text) = answer(endpoint.oneshot(list())).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "an authentication layer is missing: {text}");
    assert!(text.contains("-32603"), "{text}");
}

#[tokio::test]
async fn a_server_without_authentication_needs_no_layer() {
    let server = Arc::new(Open(ServerInfo::new("open", "1")));
    let endpoint = StreamableHttp::new(Arc::clone(&server), HttpOptions::new());
    let (status, text) = answer(endpoint.oneshot(list())).await;
    assert_eq!(status, StatusCode::OK, "{text}");

    let options = HttpSseOptions::new("/sse/message", HttpOptions::new());
    let sse = HttpSse::new(server, options, Arc::new(OsEntropy));
    let Ok(response) = sse.oneshot(request("GET /sse").map(|_| Full::<Bytes>::default())).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.body().is_stream());
}
