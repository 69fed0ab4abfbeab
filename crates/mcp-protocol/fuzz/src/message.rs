//! What was sent and what came back, read apart from the crate under test, and what must hold between the two.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// What a body or line is, as far as its answer depends on it.
#[derive(Clone, Debug)]
pub(crate) enum Sent {
    /// No message, or none that can be read; with the id, if that can be.
    Malformed(Option<Value>),
    Request(Request),
    /// With the id that it cancels, when it is `notifications/cancelled`.
    Notification {
        cancels: Option<Value>,
    },
    Response,
    Batch(Vec<Sent>),
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) id: Value,
    pub(crate) method: String,
    /// Its `_meta` names a protocol version.
    pub(crate) claims_modern: bool,
}

/// The members of an object, which `Value` would not show when they are there twice.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl Members {
    /// The member, unless it is there twice.
    fn get(&self, name: &str) -> Result<Option<&RawValue>, ()> {
        let mut found = self.0.iter().filter(|(member, _)| member == name).map(|(_, value)| &**value);
        match (found.next(), found.next()) {
            (found, None) => Ok(found),
            (_, Some(_)) => Err(()),
        }
    }
}

impl Sent {
    pub(crate) fn read(body: &[u8]) -> Self {
        if let Ok(items) = serde_json::from_slice::<Vec<Box<RawValue>>>(body) {
            return Self::Batch(items.iter().map(|item| Self::read_one(item.get().as_bytes())).collect());
        }
        Self::read_one(body)
    }

    fn read_one(body: &[u8]) -> Self {
        let Ok(members) = serde_json::from_slice::<Members>(body) else { return Self::Malformed(None) };
        Self::of(&members).unwrap_or(Self::Malformed(None))
    }

    /// # Errors
    /// When a member that matters is there twice.
    fn of(members: &Members) -> Result<Self, ()> {
        let [version, id, method, params, result, error] =
            ["jsonrpc", "id", "method", "params", "result", "error"].map(|name| members.get(name));
        let (version, raw_id, method, params) = (version?, id?, method?, params?);
        let answers = result?.is_some() || error?.is_some();
        let id = raw_id.and_then(readable_id);
        if version.and_then(text).as_deref() != Some("2.0") {
            return Ok(Self::Malformed(id));
        }
        let Some(method) = method else {
            return Ok(if answers { Self::Response } else { Self::Malformed(id) });
        };
        let Some(method) = text(method) else { return Ok(Self::Malformed(id)) };
        let params = Self::members(params);
        let member = |name| params.as_ref().and_then(|params| params.get(name).ok().flatten());
        Ok(match (raw_id, id) {
            (None, _) if method == "notifications/cancelled" => {
                Self::Notification { cancels: member("requestId").and_then(readable_id) }
            }
            (None, _) => Self::Notification { cancels: None },
            (Some(_), None) => Self::Malformed(None),
            (Some(_), Some(id)) => {
                let version = "io.modelcontextprotocol/protocolVersion";
                let meta = Self::members(member("_meta"));
                let claims_modern = meta.is_some_and(|meta| !matches!(meta.get(version), Ok(None)));
                Self::Request(Request { id, method, claims_modern })
            }
        })
    }

    /// The members of an object that is itself a member.
    fn members(raw: Option<&RawValue>) -> Option<Members> {
        serde_json::from_str(raw?.get()).ok()
    }

    /// The id that an answer to this has.
    pub(crate) fn id(&self) -> Option<&Value> {
        match self {
            Self::Malformed(id) => id.as_ref(),
            Self::Request(request) => Some(&request.id),
            Self::Notification { .. } | Self::Response | Self::Batch(_) => None,
        }
    }
}

fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// A text, or an integer of 64 bits: written without a fraction or an exponent.
fn readable_id(raw: &RawValue) -> Option<Value> {
    raw.get().parse::<i64>().ok().map(Value::from).or_else(|| text(raw).map(Value::from))
}

/// What a message of the server's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Result,
    Error,
    /// A request to the client.
    Question,
    Notification,
}

/// Checks that this is one JSON-RPC message, whole and with nothing beside it.
pub(crate) fn check(message: &Value) -> Said {
    let Value::Object(members) = message else { panic!("no message: {message}") };
    const KNOWN: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];
    assert!(members.keys().all(|name| KNOWN.contains(&name.as_str())), "a member of its own: {message}");
    assert_eq!(members.get("jsonrpc"), Some(&Value::from("2.0")), "{message}");
    let id = members.get("id");
    assert!(id.is_none_or(|id| id.is_string() || id.is_i64()), "no id: {message}");
    match (members.get("method"), members.get("result"), members.get("error")) {
        (Some(method), None, None) => {
            assert!(method.is_string(), "{message}");
            assert!(members.get("params").is_none_or(Value::is_object), "{message}");
            // Ours are told apart by the call that they came from.
            assert!(id.is_none_or(|id| id.as_str().is_some_and(|id| id.contains('~'))), "{message}");
            if id.is_some() { Said::Question } else { Said::Notification }
        }
        (None, Some(Value::Object(result)), None) => {
            assert!(id.is_some() && !members.contains_key("params"), "{message}");
            check_result(result);
            Said::Result
        }
        (None, None, Some(error)) => {
            assert!(!members.contains_key("params"), "{message}");
            check_error(error);
            Said::Error
        }
        _ => panic!("neither a request nor an answer: {message}"),
    }
}

fn check_error(error: &Value) {
    let code = error["code"].as_i64();
    assert!(code.is_some_and(|code| i32::try_from(code).is_ok()), "{error}");
    let message = error["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty() && !message.contains('\n'), "{error}");
    // What the fixture never says: a panic, or a bug that the crate caught.
    assert_ne!(message, "Internal error", "{error}");
}

fn check_result(result: &Map<String, Value>) {
    // A task that failed says why in its own error.
    if let Some(error) = result.get("error") {
        check_error(error);
    }
    let meta = result.get("_meta");
    let has_identity =
        meta.is_some_and(|meta| meta.get("io.modelcontextprotocol/serverInfo").is_some_and(Value::is_object));
    match result.get("resultType").and_then(Value::as_str) {
        Some("complete" | "input_required" | "task") => assert!(has_identity, "{result:?}"),
        None => assert!(!result.contains_key("resultType") && !has_identity, "{result:?}"),
        Some(other) => panic!("no kind of result: {other}"),
    }
}

/// Checks that this answers what was sent. Without the id only where nobody could read one.
pub(crate) fn check_answer(message: &Value, sent: &Sent) {
    let said = check(message);
    assert!(matches!(said, Said::Result | Said::Error), "no answer: {message}");
    assert_eq!(message.get("id"), sent.id(), "another id: {message} to {sent:?}");
    let Sent::Request(request) = sent else {
        assert_eq!(said, Said::Error, "a result to what is no request: {message}");
        return;
    };
    // Only what claims the modern era, in its body or in a header that agrees, gets a modern result.
    let is_modern = message.get("result").is_some_and(|result| result.get("resultType").is_some());
    assert!(!is_modern || request.claims_modern, "a modern result to a legacy request: {message}");
}
