//! The ladder: to which era does a request belong, and is it fit to be looked at further?
//!
//! One pure function, [`classify`], over what the HTTP head and the body say. It never falls back: a request that
//! claims the modern era is judged by its rules even when it breaks them. The rule names are the test ids.
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#compatibility-matrix>.

use http::{Method, StatusCode};

use crate::error::RpcError;
use crate::version::{Era, ProtocolVersion};

/// What the HTTP head says that matters for the era.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// `MCP-Protocol-Version`, trimmed; the first when there are several.
    pub protocol_version: Option<&'a str>,
}

/// What the body is, as far as it matters for the era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind<'a> {
    /// No body: a method other than POST.
    None,
    /// An array.
    Batch {
        /// An element claims the modern era or is no message.
        unfit: bool,
        /// An element is `initialize`.
        initializes: bool,
    },
    /// An answer to a request of ours.
    Response,
    /// A request or a notification.
    Call {
        /// Its JSON-RPC method.
        method: &'a str,
        /// What its `_meta` claims.
        claim: Claim,
    },
}

/// What `params._meta` claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// No protocol version in `_meta`.
    None,
    /// A protocol version is there, but the envelope around it is incomplete or malformed.
    Malformed,
    /// A whole modern envelope.
    Envelope,
}

/// Where a request belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classified {
    /// Stateless; its envelope is checked next.
    Modern,
    /// By the rules of this revision. `initialize` negotiates its own.
    Legacy(ProtocolVersion),
    /// An array of messages, which only this revision has.
    LegacyBatch(ProtocolVersion),
    /// An answer to a request of ours, in a session.
    LegacyResponse,
    /// GET: the stream of a session, or of a client without one.
    LegacyStream(ProtocolVersion),
    /// DELETE: the end of a session.
    LegacyEnd,
}

/// Why a request is refused before it is looked at further.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rejection {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body, without an id.
    pub error: RpcError,
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, error: RpcError) -> Self {
        Self { status, error }
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "Method not allowed: messages are POSTed to this endpoint";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, RpcError::invalid_request(message))
    }

    pub(crate) fn unavailable(message: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, RpcError::internal(message))
    }

    pub(crate) fn invalid_request(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, RpcError::invalid_request(message))
    }
}

/// Decides.
///
/// # Errors
/// A [`Rejection`] with its status: 405 for a method that no era here answers, 400 for a body that neither takes.
pub fn classify(head: &RequestHead<'_>, body: BodyKind<'_>) -> Result<Classified, Rejection> {
    let header = Header::read(head.protocol_version);
    // dual.get-delete
    if head.method != Method::POST {
        return match (header, head.method) {
            (Header::Absent, &Method::GET) => Ok(Classified::LegacyStream(ProtocolVersion::V2025_03_26)),
            (Header::Legacy(version), &Method::GET) => Ok(Classified::LegacyStream(version)),
            (Header::Absent | Header::Legacy(_), &Method::DELETE) => Ok(Classified::LegacyEnd),
            // v0618.pvhdr.bad400
            (Header::Unknown, &Method::GET | &Method::DELETE) => {
                Err(Rejection::invalid_request("This MCP-Protocol-Version names no revision"))
            }
            _ => Err(Rejection::method_not_allowed()),
        };
    }
    match body {
        BodyKind::None => Err(Rejection::invalid_request("The body is empty")),
        BodyKind::Batch { unfit, initializes } => classify_batch(header, unfit, initializes),
        // dual.response
        BodyKind::Response => match header {
            Header::Modern | Header::Unknown => {
                Err(Rejection::invalid_request("A response cannot be posted"))
            }
            Header::Absent | Header::Legacy(_) => Ok(Classified::LegacyResponse),
        },
        BodyKind::Call { method, claim } => Ok(classify_call(header, method, claim)),
    }
}

fn classify_call(header: Header, method: &str, claim: Claim) -> Classified {
    match (header, claim) {
        // dual.initialize: only a whole envelope, or the header, makes it modern.
        (Header::Absent, Claim::None | Claim::Malformed) if method == "initialize" => {
            Classified::Legacy(ProtocolVersion::LATEST_LEGACY)
        }
        (Header::Legacy(version), Claim::None | Claim::Malformed) if method == "initialize" => {
            Classified::Legacy(version)
        }
        // dual.body-claim, dual.header-claim
        (_, Claim::Envelope | Claim::Malformed) | (Header::Modern | Header::Unknown, Claim::None) => {
            Classified::Modern
        }
        // dual.noclaim, v0326.nohdr
        (Header::Absent, Claim::None) => Classified::Legacy(ProtocolVersion::V2025_03_26),
        (Header::Legacy(version), Claim::None) => Classified::Legacy(version),
    }
}

fn classify_batch(header: Header, unfit: bool, initializes: bool) -> Result<Classified, Rejection> {
    let version = match header {
        Header::Absent => ProtocolVersion::V2025_03_26,
        Header::Legacy(version) if version.has_batches() => version,
        // v0618.nobatch
        Header::Legacy(_) | Header::Modern | Header::Unknown => {
            return Err(Rejection::invalid_request("Batches exist only in revision 2025-03-26"));
        }
    };
    // dual.batch
    if unfit {
        return Err(Rejection::invalid_request("The batch holds something that is no 2025-03-26 message"));
    }
    // v0326.batch.noinit
    if initializes {
        return Err(Rejection::invalid_request("`initialize` cannot be part of a batch"));
    }
    Ok(Classified::LegacyBatch(version))
}

/// The version header. A message that names no legacy revision counts as modern, known or not: modern rules answer it.
#[derive(Clone, Copy)]
enum Header {
    Absent,
    Legacy(ProtocolVersion),
    /// A modern revision, or one that may be published one day.
    Modern,
    /// No revision at all.
    Unknown,
}

impl Header {
    fn read(value: Option<&str>) -> Self {
        match value.map(ProtocolVersion::from_name) {
            None => Self::Absent,
            Some(Some(version)) if version.era() == Era::Legacy => Self::Legacy(version),
            Some(Some(_)) => Self::Modern,
            Some(None) if value.is_some_and(is_later) => Self::Modern,
            Some(None) => Self::Unknown,
        }
    }
}

/// Whether this is a date after our newest revision.
fn is_later(name: &str) -> bool {
    let latest = ProtocolVersion::LATEST.as_str();
    let is_date = name.len() == latest.len()
        && name.bytes().zip(latest.bytes()).all(|(byte, shape)| match shape {
            b'-' => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_date && name > latest
}

#[cfg(test)]
mod tests;
