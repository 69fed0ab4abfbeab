//! Where everything is: the MCP endpoints behind the check of the token, the login, the pages.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, OriginalUri, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::StreamExt as _;
use mcp_protocol::transport::LongLived;
use oauth_server::ClientAddress;

use super::login::Visitor;
use super::{PREFIX, Phone};

/// The routes, to be merged with the application's.
pub fn routes(phone: &Arc<Phone>) -> Router {
    let mcp = Router::new()
        .route_service("/mcp", phone.http.clone())
        // People paste addresses with a slash at the end.
        .route_service("/mcp/", phone.http.clone())
        .route_service("/sse", phone.sse.clone())
        .route_service("/sse/message", phone.sse.clone())
        .layer(middleware::from_fn_with_state(Arc::clone(phone), authenticate));
    let below = mcp.fallback(login_and_pages).with_state(Arc::clone(phone));
    // A well-known name goes before the path of what it describes (RFC 8414, RFC 9728): at the root of the host.
    let oauth = phone.oauth.as_ref();
    Router::new()
        .nest(PREFIX, below)
        // The home page by its usual name, which `nest` leaves to others.
        .route(&format!("{PREFIX}/"), any(login_and_pages))
        .route_service(&format!("/.well-known/{{name}}{PREFIX}"), oauth.clone())
        .route_service(&format!("/.well-known/{{name}}{PREFIX}/{{*endpoint}}"), oauth.clone())
        .with_state(Arc::clone(phone))
}

/// Lets in who has a token, on the head alone: the body is not read before.
async fn authenticate(State(phone): State<Arc<Phone>>, mut request: Request, next: Next) -> Response {
    if let Some(refusal) = phone.http.refuse_foreign(request.uri(), request.headers()) {
        return refusal.map(Body::new);
    }
    match phone.oauth.authenticate(request.headers(), request.uri().path()).await {
        Ok(grant) => {
            let left = grant.expires_at.saturating_sub(phone.clock.unix_seconds());
            request.extensions_mut().insert(Visitor(grant));
            within(Duration::from_secs(left), next.run(request).await)
        }
        Err(challenge) => challenge.response().map(Body::from),
    }
}

/// A stream may stay open for as long as its client likes, but not for longer than its token lives.
fn within(left: Duration, response: Response) -> Response {
    if response.extensions().get::<LongLived>().is_none() {
        return response;
    }
    response
        .map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(tokio::time::sleep(left)))))
}

/// Everything else below the prefix. axum takes the prefix off; these crates know where they are mounted.
async fn login_and_pages(
    State(phone): State<Arc<Phone>>,
    OriginalUri(uri): OriginalUri,
    mut request: Request,
) -> Response {
    *request.uri_mut() = uri;
    if phone.oauth.owns(request.uri().path()) {
        // Tries of keys are limited for each address. Behind a proxy, take the address that the proxy tells.
        if let Some(ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
            request.extensions_mut().insert(ClientAddress(address.ip()));
        }
        return phone.oauth.handle(request).await.map(Body::from);
    }
    let page = mcp_tools::icon::handle(&request, PREFIX)
        .or_else(|| web_ui::assets::handle(&request, PREFIX))
        .or_else(|| phone.landing.handle(&request));
    page.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |page| page.map(Body::from))
}
