//! The tools' pictures, at `/icons/`: `mcp-tools` draws them, and `tools/list` names their addresses.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use mcp_tools::Icon;

/// Answers a request for a picture, `GET` and `HEAD`. `None`: the path is no picture's.
pub fn handle<B>(request: &Request<B>) -> Option<Response<Bytes>> {
    let icon = Icon::at(request.uri().path())?;
    let mut response = Response::new(Bytes::new());
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(response);
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(Icon::MEDIA_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    // An SVG that is opened by itself is a document: it may load and run nothing.
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(HeaderName::from_static("content-security-policy"), policy);
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    if request.method() == Method::GET {
        *response.body_mut() = Bytes::from(icon.svg());
    }
    Some(response)
}
