//! A rendered resource: its bytes and headers, made once and answered many times.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use web_ui::{HeaderPolicy, Page, Prepared, html_response, security_headers};

/// A resource that never changes while the process runs.
#[derive(Debug)]
pub(crate) struct Document {
    status: StatusCode,
    body: Prepared,
    headers: HeaderMap,
}

impl Document {
    /// A page with the header set that every page has.
    pub(crate) fn page(page: &Page<'_>) -> Self {
        let (parts, body) = html_response(StatusCode::OK, page).into_parts();
        Self::new(body, parts.headers)
    }

    /// A page that is rendered for one request: nobody keeps it, and compressing it would cost more than it saves.
    pub(crate) fn page_now(status: StatusCode, page: &Page<'_>) -> Self {
        let (parts, body) = html_response(status, page).into_parts();
        Self { status, body: Prepared::binary(body), headers: parts.headers }
    }

    /// A text for machines, which any web page may read.
    pub(crate) fn machine(content_type: &'static str, body: String, policy: HeaderPolicy) -> Self {
        let mut headers = HeaderMap::new();
        security_headers(&mut headers, policy);
        // Of the pages' rules for caching, a public server's texts may be a little old.
        if policy.indexed {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        }
        for (name, value) in [
            (header::CONTENT_TYPE, content_type),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Self::new(Bytes::from(body), headers)
    }

    /// Adds a header or replaces it.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Gives the answer another status.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Answers `GET` and `HEAD`.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Response<Bytes> {
        let mut response = self.body.answer(request, self.headers.clone());
        // What was refused is refused again, be it known or not.
        if self.status != StatusCode::OK {
            *response.status_mut() = self.status;
        }
        response
    }

    fn new(body: Bytes, headers: HeaderMap) -> Self {
        Self { status: StatusCode::OK, body: Prepared::text(body), headers }
    }
}
