//! JSON-RPC 2.0 messages: reading them without copying, and writing answers into one buffer.
//!
//! A message is read in one pass over its text; parameters stay raw until the method is known. Nesting is bounded
//! when they are read (`serde_json` stops at 128 levels), size by the transport.
//! Spec: <https://www.jsonrpc.org/specification>, narrowed by
//! <https://modelcontextprotocol.io/specification/2026-07-28/basic>.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{ErrorBody, RpcError};
use crate::payload::Payload;
use crate::version::ProtocolVersion;
use crate::wire::{CacheHint, Meta, ResultBody};

/// The most messages that one batch may hold.
const LONGEST_BATCH: usize = 100;

/// A request's id: a string or an integer, never null (`rpc.id.nonnull`), given back as it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum RequestId {
    /// An integer.
    Integer(i64),
    /// A string.
    Text(Box<str>),
}

impl RequestId {
    fn parse(raw: &RawValue) -> Option<Self> {
        match text(raw) {
            Some(text) => Some(Self::Text(text.into())),
            None => raw.get().parse().ok().map(Self::Integer),
        }
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Self::parse(raw).ok_or_else(|| serde::de::Error::custom("a request id is a string or an integer"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(id) => id.fmt(f),
            Self::Text(id) => f.write_str(id),
        }
    }
}

/// One message from a peer.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    /// Wants an answer.
    Request { id: RequestId, method: Cow<'a, str>, params: Option<&'a RawValue> },
    /// Wants none.
    Notification { method: Cow<'a, str>, params: Option<&'a RawValue> },
    /// Answers a request of ours.
    Response(Response<'a>),
}

/// A client's answer to a request of ours.
#[derive(Clone, Debug)]
pub(crate) struct Response<'a> {
    /// Which request. Ours have ids that are texts; any other was not ours.
    pub(crate) id: Option<RequestId>,
    /// The whole message.
    pub(crate) text: &'a str,
    result: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
}

/// How a client answered.
pub(crate) type PeerAnswer = Result<Value, PeerError>;

/// A client's refusal.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct PeerError {
    #[serde(default)]
    pub(crate) code: i64,
}

impl Response<'_> {
    /// The answer, read.
    pub(crate) fn read(&self) -> PeerAnswer {
        match (self.result, self.error) {
            (Some(result), None) => serde_json::from_str(result.get()).map_err(|_| PeerError::default()),
            (_, Some(error)) => Err(serde_json::from_str(error.get()).unwrap_or_default()),
            (None, None) => Err(PeerError::default()),
        }
    }
}

/// What one body or line holds.
#[derive(Debug)]
pub(crate) enum Incoming<'a> {
    Single(Message<'a>),
    /// Never empty. A message that is none stands in its place as the error that answers it.
    Batch(Vec<Result<Message<'a>, Malformed>>),
}

/// Something that is not a message: the error, and the id if one could be read.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) id: Option<RequestId>,
    pub(crate) error: RpcError,
}

impl From<RpcError> for Malformed {
    fn from(error: RpcError) -> Self {
        Self { id: None, error }
    }
}

/// Reads a body: one message or a batch.
pub(crate) fn parse(body: &[u8]) -> Result<Incoming<'_>, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| RpcError::parse_error("The body is not UTF-8"))?;
    if !text.trim_start().starts_with('[') {
        return parse_message(text).map(Incoming::Single);
    }
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| not_json())?;
    if items.is_empty() {
        return Err(RpcError::invalid_request("A batch holds at least one message").into());
    }
    if items.len() > LONGEST_BATCH {
        return Err(RpcError::invalid_request("A batch holds at most 100 messages").into());
    }
    Ok(Incoming::Batch(items.into_iter().map(|item| parse_message(item.get())).collect()))
}

fn parse_message(text: &str) -> Result<Message<'_>, Malformed> {
    let members: Members<'_> = match serde_json::from_str(text) {
        // Of an array, the items would count as the members in their order.
        Ok(members) if text.trim_start().starts_with('{') => members,
        Err(_) if serde_json::from_str::<IgnoredAny>(text).is_err() => return Err(not_json().into()),
        _ => return Err(RpcError::invalid_request("The body is not a JSON-RPC message").into()),
    };
    let id = members.id.map(RequestId::parse);
    let refuse =
        |message| Err(Malformed { id: id.clone().flatten(), error: RpcError::invalid_request(message) });
    if members.jsonrpc.and_then(self::text).as_deref() != Some("2.0") {
        return refuse("`jsonrpc` must be \"2.0\"");
    }
    let Some(method) = members.method else {
        let is_response = members.result.is_some() || members.error.is_some();
        return if is_response {
            let (result, error) = (members.result, members.error);
            Ok(Message::Response(Response { id: id.flatten(), text, result, error }))
        } else {
            refuse("`method` is missing")
        };
    };
    let Some(method) = self::text(method) else {
        return refuse("`method` must be a string");
    };
    let params = members.params;
    match id {
        None => Ok(Message::Notification { method, params }),
        Some(Some(id)) => Ok(Message::Request { id, method, params }),
        Some(None) => refuse("`id` must be a string or an integer"),
    }
}

fn not_json() -> RpcError {
    RpcError::parse_error("The body is not valid JSON")
}

/// The members of any message, unread. A member that is there is `Some`, even when it is `null`.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

/// Reads a member that is there as `Some`, where `Option` alone would turn `null` into `None`.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// The string that `raw` is, borrowed when nothing in it is escaped.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(raw.get()).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// What every result carries, whatever its method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) version: ProtocolVersion,
    /// The server's `Implementation` object for this revision, ready to be written.
    pub(crate) server_info: &'a RawValue,
}

/// Writes the answer with a result.
pub(crate) fn write_result<R: ResultBody>(
    id: &RequestId,
    result: &R,
    envelope: Envelope<'_>,
) -> Result<Payload, serde_json::Error> {
    #[derive(Serialize)]
    struct Success<'a, T> {
        jsonrpc: &'static str,
        id: &'a RequestId,
        result: T,
    }
    let (size, shared) = (result.size(envelope.version), result.shared(envelope.version));
    Payload::write(&Success { jsonrpc: "2.0", id, result: Enveloped { result, envelope } }, size, shared)
}

/// Writes the answer with an error. Without an id the member is left out (`rpc.id.echo`).
pub(crate) fn write_error(id: Option<&RequestId>, error: &RpcError, version: ProtocolVersion) -> Bytes {
    #[derive(Serialize)]
    struct Failure<'a> {
        jsonrpc: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a RequestId>,
        error: ErrorBody<'a>,
    }
    // Only a `data` value could fail to serialise, and a `Value` cannot.
    let failure = Failure { jsonrpc: "2.0", id, error: ErrorBody(error, version) };
    Payload::write(&failure, 0, None).map(Payload::into_bytes).unwrap_or_default()
}

struct Enveloped<'a, R> {
    result: &'a R,
    envelope: Envelope<'a>,
}

impl<R: ResultBody> Serialize for Enveloped<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Envelope { version, server_info } = self.envelope;
        let mut map = serializer.serialize_map(None)?;
        let meta = self.result.meta().filter(|meta| !meta.is_empty());
        if version.is_modern() {
            map.serialize_entry("resultType", R::RESULT_TYPE)?;
            self.result.write_members(version, &mut map)?;
            if let Some(cache) = self.result.cache() {
                let CacheHint { scope, .. } = cache;
                map.serialize_entry("ttlMs", &cache.ttl_ms())?;
                map.serialize_entry("cacheScope", &scope)?;
            }
            map.serialize_entry("_meta", &ModernMeta { own: meta, server_info })?;
        } else {
            self.result.write_members(version, &mut map)?;
            if let Some(meta) = meta {
                map.serialize_entry("_meta", meta)?;
            }
        }
        map.end()
    }
}

/// The embedder's `_meta` and the server's identity (`v26.meta.serverinfo`).
struct ModernMeta<'a> {
    own: Option<&'a Meta>,
    server_info: &'a RawValue,
}

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

impl Serialize for ModernMeta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.own.into_iter().flatten().filter(|(key, _)| *key != SERVER_INFO) {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry(SERVER_INFO, self.server_info)?;
        map.end()
    }
}

#[cfg(test)]
mod tests;
