//! A rendered resource: its bytes, headers and entity tag, made once and answered many times.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use web_ui::{HeaderPolicy, Page, assets, html_response, security_headers};

/// A resource that never changes while the process runs.
#[derive(Debug)]
pub(crate) struct Document {
    body: Bytes,
    headers: HeaderMap,
    etag: String,
}

impl Document {
    /// A page with the header set that every page has.
    pub(crate) fn page(page: &Page<'_>) -> Self {
        let (parts, body) = html_response(StatusCode::OK, page).into_parts();
        Self::new(body, parts.headers)
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
    pub(crate) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Answers `GET` and `HEAD`; 304 when `If-None-Match` names this content (RFC 9110 section 13.1.2).
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.headers_mut() = self.headers.clone();
        if assets::matches_etag(request, &self.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
            return response;
        }
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        if request.method() != Method::HEAD {
            *response.body_mut() = self.body.clone();
        }
        response
    }

    fn new(body: Bytes, mut headers: HeaderMap) -> Self {
        let etag = assets::etag(&body);
        if let Ok(value) = HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, value);
        }
        Self { body, headers, etag }
    }
}
