//! Protocol errors: what goes into a JSON-RPC `error` member, and the HTTP status it may bring with it.
//!
//! A failure of a tool's work is not an [`RpcError`] but a [`CallToolResult`](crate::CallToolResult) with
//! `isError`, so that the model can read it and fix its call (2025-11-25, SEP-1303).
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes>.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::version::ProtocolVersion;

/// A JSON-RPC error code. Codes of your own belong outside -32768 to -32000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ErrorCode(pub i32);

impl ErrorCode {
    /// The body is not JSON.
    pub const PARSE_ERROR: Self = Self(-32700);
    /// The body is not a request.
    pub const INVALID_REQUEST: Self = Self(-32600);
    /// No such method, or not offered by this server.
    pub const METHOD_NOT_FOUND: Self = Self(-32601);
    /// The parameters do not fit the method: unknown tool, missing `_meta`, bad cursor.
    pub const INVALID_PARAMS: Self = Self(-32602);
    /// The server failed.
    pub const INTERNAL_ERROR: Self = Self(-32603);
    /// No such resource, as the legacy revisions say it. Written as -32602 on 2026-07-28.
    pub const RESOURCE_NOT_FOUND: Self = Self(-32002);
    /// Pages must be visited first (2025-11-25 alone).
    pub const URL_ELICITATION_REQUIRED: Self = Self(-32042);
    /// A header is missing or disagrees with the body (2026-07-28).
    pub const HEADER_MISMATCH: Self = Self(-32020);
    /// The client lacks a capability that the request needs (2026-07-28).
    pub const MISSING_CLIENT_CAPABILITY: Self = Self(-32021);
    /// The version asked for is not served (2026-07-28).
    pub const UNSUPPORTED_VERSION: Self = Self(-32022);
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A request that failed as a request.
///
/// `message` is for the peer and never holds secrets or personal data. Over HTTP the error may also carry a
/// status and headers of its own ([`Self::with_http_status`]); they apply as long as no byte of the answer was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RpcError {
    /// The JSON-RPC code.
    pub code: ErrorCode,
    /// One sentence, for the peer.
    pub message: Cow<'static, str>,
    /// Details in a shape that the code defines.
    pub data: Option<Value>,
    http: Option<Box<HttpAnswer>>,
}

#[derive(Clone, Debug)]
struct HttpAnswer {
    status: StatusCode,
    headers: HeaderMap,
}

impl RpcError {
    /// An error with this code and message.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), data: None, http: None }
    }

    /// -32700: the body is not JSON.
    pub fn parse_error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::PARSE_ERROR, message)
    }

    /// -32600: the body is JSON, but not a request.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::INVALID_REQUEST, message)
    }

    /// -32601 for this method.
    #[must_use]
    pub fn method_not_found(method: &str) -> Self {
        Self::new(ErrorCode::METHOD_NOT_FOUND, format!("Method not found: {}", printable(method)))
    }

    /// -32602: say which parameter, and what would be right.
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::INVALID_PARAMS, message)
    }

    /// -32602 for a tool that does not exist or is not offered to this caller.
    #[must_use]
    pub fn unknown_tool(name: &str) -> Self {
        Self::invalid_params(format!("Unknown tool: {}", printable(name)))
    }

    /// The code for a resource that does not exist, with its URI in `data` (`res.notfound`).
    #[must_use]
    pub fn resource_not_found(uri: &str) -> Self {
        Self::new(ErrorCode::RESOURCE_NOT_FOUND, "Resource not found")
            .with_data(serde_json::json!({ "uri": uri }))
    }

    /// -32602 for a task that does not exist, has been forgotten, or is somebody else's: the three look the same.
    #[must_use]
    pub fn unknown_task() -> Self {
        Self::invalid_params("Unknown task: it never existed, has expired, or belongs to somebody else")
    }

    /// -32042: pages that the person must visit before the call can work (2025-11-25 alone). For a client that cannot
    /// be asked during the call; elsewhere return the [`ElicitUrl`](crate::ElicitUrl) from
    /// [`RequestContext::ask`](crate::RequestContext::ask).
    pub(crate) fn url_elicitation_required(elicitations: &Value) -> Self {
        Self::new(ErrorCode::URL_ELICITATION_REQUIRED, "Visit the page first, then call again")
            .with_data(serde_json::json!({ "elicitations": elicitations }))
    }

    /// -32603. The reason belongs in the log, not here.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::INTERNAL_ERROR, message)
    }

    /// -32020: a header that is missing or disagrees with the body.
    pub fn header_mismatch(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::HEADER_MISMATCH, message)
    }

    /// -32022 with `data.supported` and `data.requested`, both of which the spec requires.
    #[must_use]
    pub fn unsupported_version(requested: &str) -> Self {
        Self::new(ErrorCode::UNSUPPORTED_VERSION, "Unsupported protocol version")
            .with_data(serde_json::json!({ "supported": ProtocolVersion::MODERN, "requested": requested }))
    }

    /// -32021 with `data.requiredCapabilities`, a `ClientCapabilities` object such as `{"sampling":{}}`.
    #[must_use]
    pub fn missing_client_capability(required: &Value) -> Self {
        Self::new(ErrorCode::MISSING_CLIENT_CAPABILITY, "Missing required client capability")
            .with_data(serde_json::json!({ "requiredCapabilities": required }))
    }

    /// -32021 for a client that did not declare this extension.
    pub(crate) fn missing_extension(identifier: &str) -> Self {
        Self::missing_client_capability(&serde_json::json!({ "extensions": { identifier: {} } }))
    }

    /// Adds `data`.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Answers over HTTP with this status, for example 403 when a scope is missing.
    #[must_use]
    pub fn with_http_status(mut self, status: StatusCode) -> Self {
        match &mut self.http {
            Some(http) => http.status = status,
            None => self.http = Some(Box::new(HttpAnswer { status, headers: HeaderMap::new() })),
        }
        self
    }

    /// Adds a header to the HTTP answer, for example `WWW-Authenticate`. Set the status first: without one it is 400.
    #[must_use]
    pub fn with_http_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        let http = self.http.get_or_insert_with(|| {
            Box::new(HttpAnswer { status: StatusCode::BAD_REQUEST, headers: HeaderMap::new() })
        });
        http.headers.append(name, value);
        self
    }

    /// The status and headers that the error brings along, if any.
    #[must_use]
    pub fn http(&self) -> Option<(StatusCode, &HeaderMap)> {
        self.http.as_deref().map(|http| (http.status, &http.headers))
    }

    /// The code as `version` writes it: -32002 exists only in the legacy revisions, -32021 only in the modern one.
    #[must_use]
    pub fn code_for(&self, version: ProtocolVersion) -> ErrorCode {
        match self.code {
            ErrorCode::RESOURCE_NOT_FOUND if version.is_modern() => ErrorCode::INVALID_PARAMS,
            ErrorCode::MISSING_CLIENT_CAPABILITY if !version.is_modern() => ErrorCode::INVALID_PARAMS,
            code => code,
        }
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for RpcError {}

/// The `error` member as one revision writes it.
pub(crate) struct ErrorBody<'a>(pub(crate) &'a RpcError, pub(crate) ProtocolVersion);

impl Serialize for ErrorBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &self.0.code_for(self.1))?;
        map.serialize_entry("message", &self.0.message)?;
        if let Some(data) = &self.0.data {
            map.serialize_entry("data", data)?;
        }
        map.end()
    }
}

/// A peer's word, shortened and without control characters, fit to be quoted in a message.
pub(crate) fn printable(text: &str) -> String {
    const LONGEST: usize = 128;
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push_str("...");
    }
    shown
}
