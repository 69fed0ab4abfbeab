//! Reading `params`: its common members in one pass, and the per-request `_meta` of every era.
//!
//! [`Params`] borrows from the body; a method takes what it needs from it. A duplicate member is refused, so that
//! what a header check saw and what a handler gets can never differ.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::context::{LogLevel, ProgressToken, TraceContext};
use crate::error::RpcError;
use crate::jsonrpc::{present, text};

/// The members that the hot methods and the header checks need; the rest is read from `raw`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Params<'a> {
    raw: Option<&'a RawValue>,
    head: Head<'a>,
    pub(crate) meta: RequestMeta<'a>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, deserialize_with = "present", rename = "_meta")]
    meta: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    name: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    uri: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    arguments: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    cursor: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present", rename = "taskId")]
    task_id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present", rename = "inputResponses")]
    input_responses: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present", rename = "requestState")]
    request_state: Option<&'a RawValue>,
}

/// `params._meta`, unread.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct RequestMeta<'a> {
    #[serde(
        borrow,
        default,
        deserialize_with = "present",
        rename = "io.modelcontextprotocol/protocolVersion"
    )]
    pub(crate) protocol_version: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present", rename = "io.modelcontextprotocol/clientInfo")]
    pub(crate) client_info: Option<&'a RawValue>,
    #[serde(
        borrow,
        default,
        deserialize_with = "present",
        rename = "io.modelcontextprotocol/clientCapabilities"
    )]
    pub(crate) client_capabilities: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present", rename = "io.modelcontextprotocol/logLevel")]
    log_level: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present", rename = "progressToken")]
    progress_token: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    traceparent: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    tracestate: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    baggage: Option<&'a RawValue>,
}

impl<'a> Params<'a> {
    /// Reads `params`. A `null` counts as none: rmcp, for one, writes it where there are no parameters.
    ///
    /// # Errors
    /// -32602 when it, or its `_meta`, is no object.
    pub(crate) fn parse(raw: Option<&'a RawValue>) -> Result<Self, RpcError> {
        let Some(object) = raw.filter(|raw| raw.get() != "null") else { return Ok(Self::default()) };
        let head: Head<'a> =
            serde_json::from_str(object.get()).ok().filter(|_| object.get().starts_with('{')).ok_or_else(
                || RpcError::invalid_params("`params` must be an object without duplicate members"),
            )?;
        let meta = match head.meta {
            None => RequestMeta::default(),
            Some(meta) => {
                serde_json::from_str(meta.get()).ok().filter(|_| meta.get().starts_with('{')).ok_or_else(
                    || RpcError::invalid_params("`_meta` must be an object without duplicate members"),
                )?
            }
        };
        Ok(Self { raw, head, meta })
    }

    /// `name`, if it is a string.
    pub(crate) fn name(&self) -> Option<Cow<'a, str>> {
        self.head.name.and_then(text)
    }

    /// `uri`, if it is a string.
    pub(crate) fn uri(&self) -> Option<Cow<'a, str>> {
        self.head.uri.and_then(text)
    }

    /// `taskId`, if it is a string.
    pub(crate) fn task_id(&self) -> Option<Cow<'a, str>> {
        self.head.task_id.and_then(text)
    }

    /// `inputResponses`: the client's answers by key; empty when there are none.
    pub(crate) fn input_responses(&self) -> Result<Map<String, Value>, RpcError> {
        let Some(raw) = self.head.input_responses else { return Ok(Map::new()) };
        serde_json::from_str(raw.get())
            .map_err(|_| RpcError::invalid_params("`inputResponses` must be an object"))
    }

    /// `requestState`, sealed as we gave it.
    pub(crate) fn request_state(&self) -> Result<Option<Cow<'a, str>>, RpcError> {
        let Some(raw) = self.head.request_state else { return Ok(None) };
        text(raw).map(Some).ok_or_else(|| RpcError::invalid_params("`requestState` must be a string"))
    }

    /// The string member `name` or `uri` that the method cannot do without.
    pub(crate) fn required(value: Option<Cow<'_, str>>, member: &str) -> Result<String, RpcError> {
        value
            .map(Cow::into_owned)
            .ok_or_else(|| RpcError::invalid_params(format!("`{member}` must be a string")))
    }

    /// `cursor`, which is opaque and may be empty.
    pub(crate) fn cursor(&self) -> Result<Option<String>, RpcError> {
        self.head.cursor.map(|raw| Self::required(text(raw), "cursor")).transpose()
    }

    /// `arguments` as an object of `T`; empty when there are none.
    pub(crate) fn arguments<T: DeserializeOwned + Default>(&self, shape: &str) -> Result<T, RpcError> {
        let Some(raw) = self.head.arguments else { return Ok(T::default()) };
        serde_json::from_str(raw.get())
            .ok()
            .filter(|_| raw.get().starts_with('{'))
            .ok_or_else(|| RpcError::invalid_params(format!("`arguments` must be {shape}")))
    }

    /// Everything, as the method's own shape.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, RpcError> {
        let raw = self.raw.map_or("{}", RawValue::get);
        serde_json::from_str(raw)
            .map_err(|error| RpcError::invalid_params(format!("Invalid params: {error}")))
    }
}

impl RequestMeta<'_> {
    /// The token under which the client wants progress. One that is no string or integer is ignored.
    pub(crate) fn progress_token(&self) -> Option<ProgressToken> {
        serde_json::from_str(self.progress_token?.get()).ok()
    }

    /// The level from which on this request wants logs (2026-07-28).
    pub(crate) fn log_level(&self) -> Result<Option<LogLevel>, RpcError> {
        self.log_level.map(|raw| parse_log_level(raw.get())).transpose()
    }

    /// The W3C trace context.
    pub(crate) fn trace(&self) -> TraceContext {
        let owned = |raw: Option<&RawValue>| raw.and_then(text).map(|text| Box::from(&*text));
        TraceContext::new(owned(self.traceparent), owned(self.tracestate)).with_baggage(owned(self.baggage))
    }
}

/// Reads a log level from its JSON text.
pub(crate) fn parse_log_level(json: &str) -> Result<LogLevel, RpcError> {
    serde_json::from_str(json).map_err(|_| {
        RpcError::invalid_params(
            "The log level must be one of debug, info, notice, warning, error, critical, alert, emergency",
        )
    })
}
