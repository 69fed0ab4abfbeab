//! Which crate answers which path, and what is checked before it may.
//!
//! For the MCP endpoints the order is: CORS preflight, host and origin, a key in the URL, credential (on the head; the
//! body is not read before). Size, era, headers, version, method, capability and arguments are checked by
//! `mcp-protocol` and `mcp-tools` behind it. Everything that is nobody's is a JSON 404, never a page.

mod cors;
mod narrowing;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use mcp_protocol::ResponseBody;
use mcp_protocol::transport::LongLived;
use oauth_server::ClientAddress;
use serde_json::json;
use tokio::time::Instant;

pub use narrowing::Narrowing;

use crate::adapters::callers::identity::{Identity, Way};
use crate::adapters::mcp::Caller;
use crate::app::App;
use crate::edge::body::ExpiresAt;
use crate::edge::refused::{Class, Form, Refusal};
use crate::telemetry::request::RequestRecord;

/// Streamable HTTP, every revision.
pub const MCP: &str = "/mcp";
/// Streamable HTTP with the tools that only read.
pub const MCP_READ_ONLY: &str = "/mcp/readonly";
/// HTTP+SSE (2024-11-05): the stream. `POST` here is Streamable HTTP.
pub const SSE: &str = "/sse";
/// HTTP+SSE: where messages are posted.
pub const SSE_MESSAGE: &str = "/sse/message";
/// Whether the process answers.
pub const HEALTH: &str = "/healthz";

/// Which of a request's paths is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    /// An MCP endpoint: which resource it belongs to, and what its path leaves of the catalogue.
    Mcp { resource: &'static str, narrowing: Narrowing },
    /// The HTTP+SSE message endpoint.
    SseMessage,
    /// The process itself.
    Health,
    /// A crate that knows its own paths, or nobody.
    Other,
}

impl Route {
    fn of(path: &str) -> Self {
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        match path {
            MCP => Self::Mcp { resource: MCP, narrowing: Narrowing::default() },
            MCP_READ_ONLY => Self::Mcp { resource: MCP_READ_ONLY, narrowing: Narrowing::read_only() },
            SSE => Self::Mcp { resource: SSE, narrowing: Narrowing::default() },
            SSE_MESSAGE => Self::SseMessage,
            HEALTH => Self::Health,
            _ => path.strip_prefix("/mcp/x/").and_then(Narrowing::of_path).map_or(Self::Other, |narrowing| {
                Self::Mcp { resource: if narrowing.read_only { MCP_READ_ONLY } else { MCP }, narrowing }
            }),
        }
    }
}

/// Which resource a path below `/mcp/x/` is a narrowed form of; `None` for any other path.
#[must_use]
pub fn narrowed(path: &str) -> Option<&'static str> {
    match Route::of(path) {
        Route::Mcp { resource, .. } if path.starts_with("/mcp/x/") => Some(resource),
        _ => None,
    }
}

/// What is left of a path below `mount`; nothing where it is not below it. Well-known paths stand in front of a mount, and the
/// process answers for itself in either place.
#[must_use]
pub fn below<'a>(mount: &str, path: &'a str) -> &'a str {
    match path.strip_prefix(mount) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ if path == HEALTH || path.starts_with("/.well-known/") => path,
        _ => "",
    }
}

/// A name of the route for logs: one of a few, never the path itself.
#[must_use]
pub fn name(path: &str) -> &'static str {
    match Route::of(path) {
        Route::Mcp { resource, .. } => resource,
        Route::SseMessage => SSE_MESSAGE,
        Route::Health => HEALTH,
        Route::Other => {
            const KNOWN: [&str; 9] = [
                "/authorize",
                "/token",
                "/register",
                "/revoke",
                "/connections",
                "/signed-out",
                "/assets/",
                "/icons/",
                "/.well-known/",
            ];
            KNOWN.into_iter().find(|known| path.starts_with(known)).unwrap_or(if path == "/" {
                "/"
            } else {
                "other"
            })
        }
    }
}

/// The answer to a request that is not let in. Pages of any origin may read it: they could otherwise not tell it from a
/// broken network.
#[must_use]
pub fn turn_away(path: &str, refusal: &Refusal) -> Response<ResponseBody> {
    let form = match Route::of(path) {
        Route::Mcp { .. } | Route::SseMessage => Form::Mcp,
        Route::Health | Route::Other => Form::OAuth,
    };
    let mut response = refusal.answer(form);
    cors::allow(response.headers_mut());
    response
}

impl App {
    /// What a request for this path is shed as; `None`: it is answered whatever happens.
    #[must_use]
    pub fn class(&self, path: &str) -> Option<Class> {
        match Route::of(below(&self.mount, path)) {
            Route::Health => None,
            Route::Mcp { .. } | Route::SseMessage => Some(Class::Reads),
            Route::Other if self.oauth.owns(path) => Some(Class::OAuth),
            Route::Other => Some(Class::Pages),
        }
    }

    /// Answers one request. Every connection keeps room for this future, streams and idle ones, too: what is rare is
    /// boxed by itself.
    pub async fn route<B>(&self, request: Request<B>) -> Response<ResponseBody>
    where
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let path = request.uri().path();
        match Route::of(below(&self.mount, path)) {
            Route::Health => health(request.method()),
            Route::Mcp { resource, narrowing } => {
                if request.method() == Method::OPTIONS {
                    return self.preflight(request.headers());
                }
                let mut response = self.mcp_endpoint(request, resource, narrowing).await;
                cors::allow(response.headers_mut());
                response
            }
            Route::SseMessage => {
                if request.method() == Method::OPTIONS {
                    return self.preflight(request.headers());
                }
                let mut response = if request.method() == Method::POST {
                    match self.caller(&request, Narrowing::default()).await {
                        Ok(caller) => Box::pin(self.sse.message(request, caller)).await,
                        Err(refusal) => *refusal,
                    }
                } else {
                    method_not_allowed("POST, OPTIONS")
                };
                cors::allow(response.headers_mut());
                response
            }
            Route::Other if self.oauth.owns(path) => {
                Box::pin(self.oauth.handle(request)).await.map(ResponseBody::full)
            }
            Route::Other => {
                let page = || {
                    web_ui::assets::handle(&request, &self.mount).or_else(|| self.landing.handle(&request))
                };
                match mcp_tools::icon::handle(&request, &self.mount).or_else(page) {
                    Some(response) => response.map(ResponseBody::full),
                    None => json_error(
                        StatusCode::NOT_FOUND,
                        "not_found",
                        &format!(
                            "there is nothing at this path; the MCP endpoint is {0}{MCP}, and {0}/ is a page for people",
                            self.mount
                        ),
                    ),
                }
            }
        }
    }

    /// The answer to a browser that asks before its page may.
    fn preflight(&self, requested: &HeaderMap) -> Response<ResponseBody> {
        let mut response = empty(StatusCode::NO_CONTENT);
        cors::allow_to_ask(requested, response.headers_mut(), self.callers.header_keys().is_some());
        response
    }

    async fn mcp_endpoint<B>(
        &self,
        request: Request<B>,
        resource: &'static str,
        narrowing: Narrowing,
    ) -> Response<ResponseBody>
    where
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let caller = match self.caller(&request, narrowing).await {
            Ok(caller) => caller,
            Err(refusal) => return *refusal,
        };
        // A client of 2024-11-05 opens the stream with a bare GET; one that names a revision or a session is a
        // newer client at the old address.
        let newer = ["mcp-protocol-version", "mcp-session-id"];
        let opens_stream = resource == SSE
            && request.method() == Method::GET
            && !newer.iter().any(|name| request.headers().contains_key(*name));
        let expires_at = caller.identity.expires_at();
        let mut response = if opens_stream {
            Box::pin(self.sse.open(request, caller)).await
        } else {
            self.mcp.handle(request, caller).await
        };
        // A stream may be open for as long as its client likes, but not longer than its credential is good for.
        if let Some(expires_at) = expires_at
            && response.extensions().get::<LongLived>().is_some()
        {
            let left = Duration::from_secs(expires_at.saturating_sub(self.clock.unix_seconds()));
            response.extensions_mut().insert(ExpiresAt(Instant::now() + left));
        }
        response
    }

    /// A request with a credential that works counts for its connection and key from here on.
    fn may_ask(
        &self,
        address: Option<ClientAddress>,
        identity: &Identity,
    ) -> Result<(), Box<Response<ResponseBody>>> {
        let (address, grant) = match identity {
            Identity::Grant(grant) => (address, Some(grant.family.as_bytes())),
            // Whoever uses the operator's key has not shown one of their own.
            Identity::Key(holder) if holder.way == Way::Operator => (None, None),
            Identity::Key(_) => (address, None),
        };
        let address = address.map(|ClientAddress(address)| address);
        let key = identity.fingerprint();
        self.admission
            .signed_in(address, grant, key.as_bytes(), Instant::now())
            .map_err(|refusal| Box::new(refusal.answer(Form::Mcp)))
    }

    /// Everything that must hold before an MCP endpoint looks at the body.
    async fn caller<B>(
        &self,
        request: &Request<B>,
        narrowing: Narrowing,
    ) -> Result<Caller, Box<Response<ResponseBody>>> {
        if let Some(refusal) = self.mcp.refuse_foreign(request.uri(), request.headers()) {
            return Err(Box::new(refusal));
        }
        let query = request.uri().query().unwrap_or_default();
        let bad_request =
            |reason: &str| Box::new(json_error(StatusCode::BAD_REQUEST, "invalid_request", reason));
        if narrowing::holds_a_key(query) {
            return Err(bad_request(
                "the URL holds what looks like a key or token: URLs end up in logs and histories. Sign in with \
                 OAuth, which any MCP client does by itself, and make a new key, because this one was exposed",
            ));
        }
        let narrowing = narrowing.and_query(query).map_err(|error| bad_request(&error.to_string()))?;
        let path = below(&self.mount, request.uri().path());
        let endpoint = path.strip_suffix('/').unwrap_or(path);
        let address = request.extensions().get::<ClientAddress>().copied();
        let identity = self.callers.identify(request.headers(), address, endpoint).await?;
        self.may_ask(address, &identity)?;
        // The edge has put it there.
        let record = request.extensions().get::<Arc<RequestRecord>>().cloned();
        let record = record.unwrap_or_else(|| self.telemetry.relayed("".into()));
        let request_id = Arc::clone(&record.id);
        Ok(Caller { identity, endpoint: endpoint.into(), narrowing, request_id, record })
    }
}

fn health(method: &Method) -> Response<ResponseBody> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return json_response(StatusCode::OK, &json!({ "status": "ok" }));
    }
    method_not_allowed("GET, HEAD")
}

fn method_not_allowed(allowed: &'static str) -> Response<ResponseBody> {
    let description = format!("the methods of this path are {allowed}");
    let mut response = json_error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", &description);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// An error of the edge itself, in the shape of OAuth's (RFC 6749 section 5.2), which every client can show.
#[must_use]
pub fn json_error(status: StatusCode, error: &str, description: &str) -> Response<ResponseBody> {
    json_response(status, &json!({ "error": error, "error_description": description }))
}

fn json_response(status: StatusCode, body: &serde_json::Value) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn empty(status: StatusCode) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full(Bytes::new()));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let mcp = |resource, narrowing| Route::Mcp { resource, narrowing };
        for (path, expected) in [
            ("/mcp", mcp(MCP, Narrowing::default())),
            ("/mcp/", mcp(MCP, Narrowing::default())),
            ("/sse", mcp(SSE, Narrowing::default())),
            ("/mcp/readonly", mcp(MCP_READ_ONLY, Narrowing::read_only())),
            ("/mcp/x/messaging", mcp(MCP, Narrowing::of_path("messaging").unwrap())),
            (
                "/mcp/x/messaging,calls/readonly",
                mcp(MCP_READ_ONLY, Narrowing::of_path("messaging,calls/readonly").unwrap()),
            ),
            ("/mcp/x/nonsense", Route::Other),
            ("/mcp/x/messaging/more", Route::Other),
            ("/mcp/x", Route::Other),
            ("/MCP", Route::Other),
            ("/sse/message", Route::SseMessage),
            ("/healthz", Route::Health),
            ("/", Route::Other),
            ("//", Route::Other),
        ] {
            assert_eq!(Route::of(path), expected, "{path}");
        }
    }

    #[test]
    fn log_names_are_a_closed_set() {
        for (path, expected) in [
            ("/mcp/x/messaging", "/mcp"),
            ("/assets/style-1.css", "/assets/"),
            ("/authorize", "/authorize"),
            ("/connections", "/connections"),
            ("/signed-out", "/signed-out"),
            ("/sandbox-key-workspace-alpha", "other"),
        ] {
            assert_eq!(name(path), expected);
        }
    }
}
