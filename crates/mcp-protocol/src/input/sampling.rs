//! Sampling: a completion of the client's model (deprecated on 2026-07-28, and there only by multi round trip).
//!
//! Spec: <https://modelcontextprotocol.io/specification/2026-07-28/client/sampling>.

use std::fmt;

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Ask, InputRequest};
use crate::content::{Content, Role};
use crate::object::Object;
use crate::tool::Tool;
use crate::version::ProtocolVersion;
use crate::wire::{At, Number, Wire, entry};

/// Asks for a completion.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CreateMessage {
    /// The conversation.
    pub messages: Vec<SamplingMessage>,
    /// The most tokens of the answer.
    pub max_tokens: u32,
    /// For the model; the client may change or drop it.
    pub system_prompt: Option<String>,
    /// From 0 (plain) upwards.
    pub temperature: Option<f64>,
    /// Where the answer ends.
    pub stop_sequences: Vec<String>,
    /// Which kind of model.
    pub model_preferences: Option<ModelPreferences>,
    /// Passed on to the provider of the model.
    pub metadata: Option<Map<String, Value>>,
    /// Tools that the model may call (2025-11-25, and only with the client's `sampling.tools`).
    pub tools: Vec<Tool>,
    /// Whether it must.
    pub tool_choice: Option<ToolChoice>,
}

impl CreateMessage {
    /// The continuation of these messages, at most `max_tokens` long.
    #[must_use]
    pub fn new(messages: Vec<SamplingMessage>, max_tokens: u32) -> Self {
        Self { messages, max_tokens, ..Self::default() }
    }

    /// The answer to one text of the user's.
    pub fn prompt(text: impl Into<String>, max_tokens: u32) -> Self {
        Self::new(vec![SamplingMessage::user(SamplingContent::text(text))], max_tokens)
    }

    /// Sets the system prompt.
    #[must_use]
    pub fn with_system_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.system_prompt = Some(prompt.into());
        self
    }

    /// Sets the temperature.
    #[must_use]
    pub fn with_temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Sets which kind of model is wanted.
    #[must_use]
    pub fn with_model_preferences(mut self, preferences: ModelPreferences) -> Self {
        self.model_preferences = Some(preferences);
        self
    }

    /// Sets the tools that the model may call.
    #[must_use]
    pub fn with_tools(mut self, tools: Vec<Tool>, choice: ToolChoice) -> Self {
        self.tools = tools;
        self.tool_choice = Some(choice);
        self
    }

    pub(super) fn uses_tools(&self) -> bool {
        !self.tools.is_empty() || self.tool_choice.is_some()
    }
}

/// Whether the model must call a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "mode")]
pub enum ToolChoice {
    /// As it likes.
    Auto,
    /// It must.
    Required,
    /// It must not.
    None,
}

/// Which kind of model is wanted. Priorities are from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ModelPreferences {
    /// Names or parts of names, best first.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "hints")]
    pub hints: Vec<String>,
    /// How much cost matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_priority: Option<f64>,
    /// How much speed matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_priority: Option<f64>,
    /// How much intelligence matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intelligence_priority: Option<f64>,
}

impl ModelPreferences {
    /// Models with these names or parts of names, best first.
    pub fn hints<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self { hints: names.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

fn hints<S: Serializer>(names: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Hint<'a> {
        name: &'a str,
    }
    serializer.collect_seq(names.iter().map(|name| Hint { name }))
}

/// One message of a conversation with the client's model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SamplingMessage {
    /// Who says it.
    pub role: Role,
    /// What; several blocks since 2025-11-25, before it the first.
    pub content: Vec<SamplingContent>,
}

impl SamplingMessage {
    /// A message of the user's.
    #[must_use]
    pub fn user(content: SamplingContent) -> Self {
        Self { role: Role::User, content: vec![content] }
    }

    /// A message of the model's.
    #[must_use]
    pub fn assistant(content: SamplingContent) -> Self {
        Self { role: Role::Assistant, content: vec![content] }
    }
}

/// One block of such a message.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum SamplingContent {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// An image.
    Image {
        /// The bytes, base64.
        data: String,
        /// For example `image/png`.
        mime_type: String,
    },
    /// A recording (2025-03-26).
    Audio {
        /// The bytes, base64.
        data: String,
        /// For example `audio/wav`.
        mime_type: String,
    },
    /// The model calls a tool (2025-11-25).
    ToolUse {
        /// Names the call.
        id: String,
        /// Which tool.
        name: String,
        /// Its arguments.
        input: Map<String, Value>,
    },
    /// What the tool answered (2025-11-25).
    ToolResult {
        /// Which call.
        tool_use_id: String,
        /// Content blocks, as the client reads them.
        content: Vec<Value>,
        /// The same as data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        structured_content: Option<Value>,
        /// Whether the tool failed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
}

impl SamplingContent {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// What a tool answered to the call `tool_use_id`.
    ///
    /// # Errors
    /// When a block cannot be serialised, which only an embedder's own value could cause.
    pub fn tool_result(
        tool_use_id: impl Into<String>,
        content: &[Content],
    ) -> Result<Self, serde_json::Error> {
        let blocks = content.iter().map(|block| serde_json::to_value(At(block, ProtocolVersion::LATEST)));
        Ok(Self::ToolResult {
            tool_use_id: tool_use_id.into(),
            content: blocks.collect::<Result<_, _>>()?,
            structured_content: None,
            is_error: false,
        })
    }

    /// The text of a text block.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            _ => None,
        }
    }
}

/// Messages may hold personal data, so only the kind is shown.
impl fmt::Debug for SamplingContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text(..)",
            Self::Image { .. } => "Image(..)",
            Self::Audio { .. } => "Audio(..)",
            Self::ToolUse { .. } => "ToolUse(..)",
            Self::ToolResult { .. } => "ToolResult(..)",
        })
    }
}

/// What the client's model said.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CreateMessageResult {
    /// Which model it was.
    pub model: String,
    /// What it said, in order.
    pub content: Vec<SamplingContent>,
    /// Why it stopped, for example `endTurn`, `maxTokens` or `toolUse`.
    pub stop_reason: Option<String>,
}

impl CreateMessageResult {
    /// The text blocks, joined.
    #[must_use]
    pub fn text(&self) -> String {
        self.content.iter().filter_map(SamplingContent::as_text).collect()
    }
}

impl Ask for CreateMessage {
    type Answer = CreateMessageResult;

    fn read(&self, answer: &Value) -> Result<CreateMessageResult, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            model: String,
            content: OneOrMore,
            #[serde(default)]
            stop_reason: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum OneOrMore {
            One(Object<SamplingContent>),
            More(Vec<Object<SamplingContent>>),
        }
        let Object(Answer { model, content, stop_reason }) = Object::deserialize(answer)
            .map_err(|_| "must have a `model` and a `content` of known types".to_owned())?;
        let content = match content {
            OneOrMore::One(Object(block)) => vec![block],
            OneOrMore::More(blocks) => blocks.into_iter().map(|Object(block)| block).collect(),
        };
        Ok(CreateMessageResult { model, content, stop_reason })
    }
}

impl From<CreateMessage> for InputRequest {
    fn from(message: CreateMessage) -> Self {
        Self::Sample(Box::new(message))
    }
}

impl Wire for CreateMessage {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("messages", &At(self.messages.as_slice(), version))?;
        map.serialize_entry("maxTokens", &self.max_tokens)?;
        entry(&mut map, "systemPrompt", self.system_prompt.as_ref())?;
        entry(&mut map, "temperature", self.temperature.map(Number))?;
        entry(&mut map, "stopSequences", Some(&self.stop_sequences).filter(|all| !all.is_empty()))?;
        entry(&mut map, "modelPreferences", self.model_preferences.as_ref())?;
        entry(&mut map, "metadata", self.metadata.as_ref())?;
        if version.has_url_elicitation() && self.uses_tools() {
            map.serialize_entry("tools", &At(self.tools.as_slice(), version))?;
            entry(&mut map, "toolChoice", self.tool_choice)?;
        }
        map.end()
    }
}

impl Wire for SamplingMessage {
    fn write<S: Serializer>(&self, version: ProtocolVersion, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", &self.role)?;
        match self.content.as_slice() {
            [only] => map.serialize_entry("content", only)?,
            blocks if version.has_url_elicitation() => map.serialize_entry("content", blocks)?,
            [first, ..] => map.serialize_entry("content", first)?,
            [] => map.serialize_entry("content", &SamplingContent::text(""))?,
        }
        map.end()
    }
}
