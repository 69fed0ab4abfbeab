//! Do the headers of a modern request agree with its body? (2026-07-28, `v26.hdr.*`)
//!
//! Intermediaries route and bill by these headers, so a request whose headers say something else than its body is
//! refused with -32020. Values are compared as they are: case-sensitive, after trimming white space (RFC 9110
//! section 5.5) and decoding `=?base64?...?=`.
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-validation>.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};

use crate::error::{RpcError, printable};

mod param;

pub(crate) use param::check_params;
pub use param::{InvalidParamHeader, ParamHeaders};

/// `MCP-Protocol-Version`.
pub(crate) const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// `Mcp-Method`.
pub(crate) const METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// `Mcp-Session-Id` (legacy).
pub(crate) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
/// `Last-Event-ID` (legacy).
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// `Mcp-Name`.
pub(crate) const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The header's only value, trimmed.
///
/// # Errors
/// -32020 when there are several, or one that is not visible ASCII.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, RpcError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(mismatch(name, "is given more than once"));
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text.trim_matches([' ', '\t']))),
        Err(_) => {
            Err(mismatch(name, "has characters that are not visible ASCII; encode it as =?base64?...?="))
        }
    }
}

/// Checks `Mcp-Method` and, for methods that have one, `Mcp-Name`.
///
/// # Errors
/// -32020 for the first that is missing or differs.
pub(crate) fn check_call(headers: &HeaderMap, method: &str, named: Option<&str>) -> Result<(), RpcError> {
    match single(headers, &METHOD)? {
        Some(value) if value == method => {}
        Some(value) => return Err(differs(&METHOD, value, method)),
        None => return Err(mismatch(&METHOD, "is missing")),
    }
    let Some(named) = named else { return Ok(()) };
    match single(headers, &NAME)? {
        Some(value) => match decode(&NAME, value)? {
            decoded if decoded == named => Ok(()),
            decoded => Err(differs(&NAME, &decoded, named)),
        },
        None => Err(mismatch(&NAME, "is missing")),
    }
}

/// The value that a header stands for: itself, or what `=?base64?...?=` holds (`v26.hdr.b64`).
fn decode<'a>(name: &HeaderName, value: &'a str) -> Result<Cow<'a, str>, RpcError> {
    let encoded = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    let Some(encoded) = encoded else { return Ok(Cow::Borrowed(value)) };
    STANDARD
        .decode(encoded)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(Cow::Owned)
        .ok_or_else(|| mismatch(name, "is not valid Base64 of UTF-8 text"))
}

/// The name as the spec writes it, for messages.
fn shown(name: &HeaderName) -> Cow<'_, str> {
    match name.as_str() {
        "mcp-protocol-version" => Cow::Borrowed("MCP-Protocol-Version"),
        "mcp-method" => Cow::Borrowed("Mcp-Method"),
        "mcp-name" => Cow::Borrowed("Mcp-Name"),
        other => Cow::Owned(other.replacen("mcp-param-", "Mcp-Param-", 1)),
    }
}

pub(crate) fn mismatch(name: &HeaderName, problem: &str) -> RpcError {
    RpcError::header_mismatch(format!("{} {problem}", shown(name)))
}

/// Names differ in public: methods, tools and versions are no secrets.
pub(crate) fn differs(name: &HeaderName, header: &str, body: &str) -> RpcError {
    let (header, body) = (printable(header), printable(body));
    RpcError::header_mismatch(format!("{} '{header}' does not match body '{body}'", shown(name)))
}

#[cfg(test)]
mod tests;
