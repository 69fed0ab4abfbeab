//! `Mcp-Param-*`: arguments that a tool's schema mirrors into headers with `x-mcp-header` (SEP-2243).
//!
//! [`ParamHeaders`] is made once per tool, when its list is; checking a call walks only the declared paths.

use std::collections::HashSet;

use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use super::{decode, mismatch, single};
use crate::error::RpcError;

/// The headers that a tool's schema asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamHeaders(Vec<ParamHeader>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct ParamHeader {
    name: HeaderName,
    /// Property names from the root of the arguments down.
    path: Vec<String>,
}

/// An `x-mcp-header` that clients would drop the tool for (`v26.xheader.def`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("x-mcp-header of property `{property}`: {problem}")]
pub struct InvalidParamHeader {
    property: String,
    problem: &'static str,
}

impl ParamHeaders {
    /// Reads the schema of a tool's arguments.
    ///
    /// # Errors
    /// When a header's name is not a token, is used twice, or its property is not a string, integer or boolean.
    pub fn from_schema(schema: &Value) -> Result<Self, InvalidParamHeader> {
        let mut found = Self::default();
        found.collect(schema, &mut Vec::new())?;
        let mut seen = HashSet::new();
        for header in &found.0 {
            if !seen.insert(&header.name) {
                return Err(invalid(&header.path, "the name is used twice"));
            }
        }
        Ok(found)
    }

    /// Whether the schema asks for none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Only chains of `properties` count; nothing behind `items`, `oneOf` or `$ref` does.
    fn collect(&mut self, schema: &Value, path: &mut Vec<String>) -> Result<(), InvalidParamHeader> {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Ok(()) };
        for (property, schema) in properties {
            path.push(property.clone());
            if let Some(declared) = schema.get("x-mcp-header") {
                let name = declared
                    .as_str()
                    .filter(|name| !name.is_empty())
                    .and_then(|name| HeaderName::try_from(format!("mcp-param-{name}")).ok())
                    .ok_or_else(|| invalid(path, "the name must be a non-empty token"))?;
                let kind = schema.get("type").and_then(Value::as_str);
                if !matches!(kind, Some("string" | "integer" | "boolean")) {
                    return Err(invalid(path, "the property must be a string, an integer or a boolean"));
                }
                self.0.push(ParamHeader { name, path: path.clone() });
            }
            self.collect(schema, path)?;
            path.pop();
        }
        Ok(())
    }
}

fn invalid(path: &[String], problem: &'static str) -> InvalidParamHeader {
    InvalidParamHeader { property: path.join("."), problem }
}

/// Checks the headers of a call against its arguments.
///
/// # Errors
/// -32020 for the first that is missing, malformed or differs. The message names the header, never a value.
pub(crate) fn check_params(
    declared: &ParamHeaders,
    headers: &HeaderMap,
    arguments: &Map<String, Value>,
) -> Result<(), RpcError> {
    for ParamHeader { name, path } in &declared.0 {
        let sent = single(headers, name)?.map(|value| decode(name, value)).transpose()?;
        match (sent, lookup(arguments, path)) {
            // v26.hdr.param: null and absent mean that no header is expected.
            (None, None) => {}
            (None, Some(_)) => return Err(mismatch(name, "is missing")),
            (Some(_), None) => return Err(mismatch(name, "is given, but the argument is not")),
            (Some(sent), Some(value)) if agrees(&sent, value) => {}
            (Some(_), Some(_)) => return Err(mismatch(name, "does not match the argument")),
        }
    }
    Ok(())
}

fn lookup<'a>(arguments: &'a Map<String, Value>, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = rest.iter().try_fold(arguments.get(first)?, |value, name| value.get(name))?;
    (!value.is_null()).then_some(value)
}

fn agrees(sent: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => sent == text,
        Value::Bool(yes) => sent == if *yes { "true" } else { "false" },
        // Integers are compared as numbers, so that 7 and 7.0 agree.
        Value::Number(number) => match (sent.parse::<i64>(), number.as_i64()) {
            (Ok(sent), Some(number)) => sent == number,
            _ => sent.parse::<f64>().ok() == number.as_f64(),
        },
        // Not what the schema allows: the tool says so better than a header check could.
        _ => true,
    }
}
