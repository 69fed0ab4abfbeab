//! `/status.json`: how the server and what is behind it are doing, for monitors and for the landing page's script.
//!
//! Nothing is asked for it: the answer of each state is made at start, and [`StatusSource`] says from memory which one
//! holds. It is 200 in every state, since the server itself answers; `status` is `degraded` while OpenPhone fails.

use crate::content::{StatusSource, UpstreamStatus};
use crate::page::Site;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response};
use serde_json::json;
use std::sync::Arc;
use web_ui::{HeaderPolicy, security_headers};

/// Below the public URL.
pub(crate) const PATH: &str = "/status.json";

const STATES: [UpstreamStatus; 4] =
    [UpstreamStatus::Up, UpstreamStatus::Down, UpstreamStatus::Unknown, UpstreamStatus::Simulated];

/// What is answered.
#[derive(Debug)]
pub(crate) struct Status {
    source: Option<Arc<dyn StatusSource>>,
    headers: HeaderMap,
    bodies: Vec<(UpstreamStatus, Bytes)>,
}

impl Status {
    /// For the server that `site` is about. Without a source, what is behind it stays unknown.
    pub(crate) fn new(site: &Site<'_>) -> Self {
        let mut headers = HeaderMap::new();
        // Not for search engines, nor for any cache.
        security_headers(&mut headers, HeaderPolicy { https: site.https, ..HeaderPolicy::default() });
        for (name, value) in [
            (header::CONTENT_TYPE, "application/json"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let bodies = STATES.map(|state| (state, body(site, state))).into();
        Self { source: site.content.status.clone(), headers, bodies }
    }

    /// Answers `GET` and `HEAD`.
    pub(crate) fn respond(&self, method: &Method) -> Response<Bytes> {
        let state = self.source.as_ref().map_or(UpstreamStatus::Unknown, |source| source.upstream());
        let body = self.bodies.iter().find(|(of, _)| *of == state).map(|(_, body)| body.clone());
        let body = body.unwrap_or_default();
        let mut response = Response::new(Bytes::new());
        *response.headers_mut() = self.headers.clone();
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        if method != Method::HEAD {
            *response.body_mut() = body;
        }
        response
    }
}

fn body(site: &Site<'_>, upstream: UpstreamStatus) -> Bytes {
    let (status, upstream) = match upstream {
        UpstreamStatus::Up => ("ok", "up"),
        UpstreamStatus::Down => ("degraded", "down"),
        UpstreamStatus::Unknown => ("ok", "unknown"),
        UpstreamStatus::Simulated => ("ok", "simulated"),
    };
    let content = site.content;
    let body = json!({
        "status": status,
        "server": { "name": "openphone-mcp", "version": content.version },
        "upstream": { "status": upstream },
        "protocol": { "versions": content.protocol_versions },
        "tools": content.tools.len(),
    });
    Bytes::from(body.to_string())
}
