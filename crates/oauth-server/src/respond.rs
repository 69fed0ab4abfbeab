//! Answers that several endpoints give: JSON, errors (RFC 6749 section 5.2), CORS.

use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use serde_json::json;

/// When a client should come back after a 503.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// JSON that nobody keeps.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    json_in(Vec::with_capacity(128), status, body)
}

/// The same, written into what has room for it.
pub(crate) fn json_in(mut text: Vec<u8>, status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    if serde_json::to_writer(&mut text, body).is_err() {
        // Plain structures and string-keyed maps always serialize.
        text.clear();
    }
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An error of the OAuth endpoints. `description` is plain ASCII without quotes and backslashes, as the ABNF of
/// RFC 6749 section 5.2 wants it.
pub(crate) fn error(status: StatusCode, code: &str, description: &str) -> Response<Bytes> {
    json(status, &json!({ "error": code, "error_description": description }))
}

/// The same, with the address of a page that explains it: as `error_uri`, and in the description, which is what most
/// clients show.
pub(crate) fn explained_error(
    status: StatusCode,
    code: &str,
    description: &str,
    url: &str,
) -> Response<Bytes> {
    let description = format!("{description} Why: {url}");
    json(status, &json!({ "error": code, "error_description": description, "error_uri": url }))
}

/// 503: nothing was done, and it is worth trying again.
pub(crate) fn unavailable(description: &str) -> Response<Bytes> {
    unavailable_for(description, RETRY_AFTER)
}

/// The same, where it is known when to come back: in whole seconds, rounded up.
pub(crate) fn unavailable_for(description: &str, retry_after: Duration) -> Response<Bytes> {
    come_back(StatusCode::SERVICE_UNAVAILABLE, description, retry_after)
}

/// 429: too much from one place.
pub(crate) fn too_many(description: &str, retry_after: Duration) -> Response<Bytes> {
    come_back(StatusCode::TOO_MANY_REQUESTS, description, retry_after)
}

fn come_back(status: StatusCode, description: &str, retry_after: Duration) -> Response<Bytes> {
    let seconds = retry_after.as_millis().div_ceil(1000).max(1);
    let mut response = error(status, "temporarily_unavailable", description);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)));
    response
}

/// 405, with the methods that do work.
pub(crate) fn method_not_allowed(allow: &'static str) -> Response<Bytes> {
    let mut response =
        error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "This endpoint does not take that method.");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// 404 in JSON: HTML here breaks the discovery of the official clients.
pub(crate) fn not_found() -> Response<Bytes> {
    error(StatusCode::NOT_FOUND, "not_found", "There is nothing here.")
}

const ALLOWED_HEADERS: &str = "authorization, content-type, accept, mcp-protocol-version, mcp-session-id, \
                               last-event-id, mcp-method, mcp-name";
const EXPOSED_HEADERS: &str = "WWW-Authenticate, Mcp-Session-Id, Retry-After";

/// Lets pages of any origin read the answer, without credentials: for the machine endpoints, errors included.
pub(crate) fn allow_any_origin(response: &mut Response<Bytes>) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
}

/// The answer to a CORS preflight.
pub(crate) fn preflight(request: &HeaderMap, methods: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    allow_any_origin(&mut response);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    headers.insert(header::VARY, HeaderValue::from_static("access-control-request-headers"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(request));
    response
}

/// Our list, and the `Mcp-Param-*` headers that the browser asks for.
fn allowed_headers(request: &HeaderMap) -> HeaderValue {
    let mut allowed = ALLOWED_HEADERS.to_owned();
    let asked = request.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
    for name in asked.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        match HeaderName::try_from(name.trim()) {
            Ok(name) if name.as_str().starts_with("mcp-param-") && allowed.len() < 2048 => {
                allowed.push_str(", ");
                allowed.push_str(name.as_str());
            }
            _ => {}
        }
    }
    HeaderValue::from_str(&allowed).unwrap_or(HeaderValue::from_static(ALLOWED_HEADERS))
}
