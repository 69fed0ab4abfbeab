//! The JSON Schema (draft 2020-12) of the configuration file, made from the options' declaration. `x-choices`,
//! `x-flag`, `x-environment`, `x-section` and `x-position` say the rest of an option; `cargo xtask codegen` makes docs/configuration.md of them.

use clap::Arg;
use serde_json::{Map, Value, json};

use super::declared::{self, Kind, variable};

/// The schema.
#[must_use]
pub fn schema() -> Value {
    let properties: Map<String, Value> = declared::settings()
        .iter()
        .enumerate()
        .filter_map(|(position, arg)| {
            let long = arg.get_long()?;
            let mut property = property(arg, long);
            property["x-position"] = position.into();
            Some((long.to_owned(), property))
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration file of mcp-server",
        "description": "Every option of `mcp-server serve`, by its name. Flags and environment variables go before it.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn property(arg: &Arg, long: &str) -> Value {
    let mut property = match Kind::of(arg) {
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Number => json!({ "type": "integer", "minimum": 0 }),
        Kind::Text => choice(arg),
        Kind::List => json!({
            "oneOf": [{ "type": "array", "items": choice(arg) }, { "type": "string" }],
        }),
    };
    let long_help = arg.get_long_help().or_else(|| arg.get_help());
    let description = long_help.map(ToString::to_string).unwrap_or_default();
    property["description"] = description.split_whitespace().collect::<Vec<_>>().join(" ").into();
    if let Some(default) = default(arg) {
        property["default"] = default;
    }
    if declared::is_secret(arg) {
        property["writeOnly"] = true.into();
    }
    let choices: Map<String, Value> = arg
        .get_possible_values()
        .iter()
        .filter_map(|value| Some((value.get_name().to_owned(), value.get_help()?.to_string().into())))
        .collect();
    if !choices.is_empty() {
        property["x-choices"] = choices.into();
    }
    property["x-flag"] = format!("--{long}").into();
    property["x-environment"] = variable(long).into();
    property["x-section"] = arg.get_help_heading().unwrap_or("The server").into();
    property
}

/// Text, or one of a few.
fn choice(arg: &Arg) -> Value {
    let values: Vec<_> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if values.is_empty() { json!({ "type": "string" }) } else { json!({ "enum": values }) }
}

fn default(arg: &Arg) -> Option<Value> {
    let default = arg.get_default_values().first()?.to_str()?;
    match Kind::of(arg) {
        Kind::Switch => Some((default == "true").into()),
        Kind::Number => default.parse::<u64>().ok().map(Into::into),
        Kind::Text => Some(default.into()),
        Kind::List => Some(default.split(',').collect()),
    }
}
