//! Elicitation: a question to the person, as a form or as a page to visit.
//!
//! Never ask for a password, key or token in a form (`elicit.form.nosecrets`): send the person to a page of your own.
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation>.

use serde::Serializer;
use serde::ser::SerializeMap as _;
use serde_json::{Map, Value};

use super::form::{Field, FormSchema};
use super::{Ask, InputRequest};
use crate::version::ProtocolVersion;
use crate::wire::{At, Wire};

/// A form: a message and a flat list of fields.
#[derive(Clone, Debug, PartialEq)]
pub struct ElicitForm {
    message: String,
    schema: FormSchema,
}

impl ElicitForm {
    /// A form without fields: a yes or no.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), schema: FormSchema::default() }
    }

    /// Adds a field that must be filled in.
    #[must_use]
    pub fn required(mut self, name: impl Into<String>, field: Field) -> Self {
        self.schema.add(name.into(), field, true);
        self
    }

    /// Adds a field that may be left empty.
    #[must_use]
    pub fn optional(mut self, name: impl Into<String>, field: Field) -> Self {
        self.schema.add(name.into(), field, false);
        self
    }
}

/// What the person did.
#[derive(Clone, Debug, PartialEq)]
pub enum ElicitResult {
    /// Filled in the form, or agreed to visit the page. The content holds the form's fields and nothing else, each
    /// checked against its field; empty for a page.
    Accept(Map<String, Value>),
    /// Said no.
    Decline,
    /// Closed it without an answer.
    Cancel,
}

impl ElicitResult {
    /// The content, when the person accepted.
    #[must_use]
    pub fn accepted(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Accept(content) => Some(content),
            Self::Decline | Self::Cancel => None,
        }
    }

    fn read(answer: &Value) -> Result<Self, String> {
        match answer.get("action").and_then(Value::as_str) {
            Some("accept") => match answer.get("content") {
                None | Some(Value::Null) => Ok(Self::Accept(Map::new())),
                Some(Value::Object(content)) => Ok(Self::Accept(content.clone())),
                Some(_) => Err("`content` must be an object".to_owned()),
            },
            Some("decline") => Ok(Self::Decline),
            Some("cancel") => Ok(Self::Cancel),
            _ => Err("`action` must be accept, decline or cancel".to_owned()),
        }
    }
}

impl Ask for ElicitForm {
    type Answer = ElicitResult;

    fn read(&self, answer: &Value) -> Result<ElicitResult, String> {
        Ok(match ElicitResult::read(answer)? {
            ElicitResult::Accept(content) => ElicitResult::Accept(self.schema.check(content)?),
            other => other,
        })
    }
}

impl From<ElicitForm> for InputRequest {
    fn from(form: ElicitForm) -> Self {
        Self::ElicitForm(form)
    }
}

impl Wire for ElicitForm {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if version.has_url_elicitation() {
            map.serialize_entry("mode", "form")?;
        }
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("requestedSchema", &At(&self.schema, version))?;
        map.end()
    }
}

/// A page to visit (2025-11-25), for what must not pass through the client: signing in, paying.
///
/// The page itself must verify that the person who opens it is the one who was asked (`elicit.url`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElicitUrl {
    message: String,
    url: String,
    id: String,
}

impl ElicitUrl {
    /// Sends the person to `url`. The `id` names this visit: 2025-11-25 carries it, and
    /// [`Notifier::elicitation_complete`](crate::Notifier::elicitation_complete) says by it that the visit is over.
    pub fn new(message: impl Into<String>, url: impl Into<String>, id: impl Into<String>) -> Self {
        Self { message: message.into(), url: url.into(), id: id.into() }
    }
}

impl Ask for ElicitUrl {
    type Answer = ElicitResult;

    fn read(&self, answer: &Value) -> Result<ElicitResult, String> {
        Ok(match ElicitResult::read(answer)? {
            // A page has no fields: what comes along is not for us.
            ElicitResult::Accept(_) => ElicitResult::Accept(Map::new()),
            other => other,
        })
    }
}

impl From<ElicitUrl> for InputRequest {
    fn from(url: ElicitUrl) -> Self {
        Self::ElicitUrl(url)
    }
}

impl Wire for ElicitUrl {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("mode", "url")?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("url", &self.url)?;
        if !version.is_modern() {
            map.serialize_entry("elicitationId", &self.id)?;
        }
        map.end()
    }
}
