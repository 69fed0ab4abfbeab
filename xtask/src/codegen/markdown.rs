//! `docs/tools.md`: the catalogue for people.

use std::fmt::Write as _;

use mcp_tools::toolset::Toolset;
use mcp_tools::{Catalog, ClientMode, ToolErrorKind, ToolSpec};
use serde_json::Value;

use super::recordings::Recordings;

/// What stands before the table of failures.
const ERRORS: &str = "\n## Failures\n\nA call that fails answers with `isError` and a text that says what happened, whether anything was done, and what to do \
    next.\nPrograms find its kind in `_meta[\"openphone-mcp/error\"]`. Each tool names those it can end with.\n\n\
    | Kind | Meaning |\n|---|---|\n";

/// The whole page.
pub(super) fn catalog(catalog: &Catalog, recordings: &Recordings) -> String {
    let mut page = String::from(
        "# Tools\n\n\
         <!-- Written by `cargo xtask codegen` from the catalogue in crates/mcp-tools. Do not edit. -->\n\n\
         What an AI client can do through this server. Exact schemas, as `tools/list` sends them, are in\n\
         [`schemas/`](../schemas), one folder for each client mode. Prompts and resources: [prompts.md](prompts.md).\n\
         The answers are recorded from the simulated workspace.\n\n\
         | Tool | What it does | Scope | Kind | Client modes |\n|---|---|---|---|---|\n",
    );
    for spec in catalog.specs() {
        let name = spec.name;
        let row = format!(
            "| [`{name}`](#{name}) | {} | `{}` | {} | {} |\n",
            spec.title,
            spec.scope,
            kind(spec),
            modes(spec)
        );
        page.push_str(&row);
    }
    page.push_str(ERRORS);
    for kind in ToolErrorKind::ALL {
        line(&mut page, format_args!("| `{}` | {} |", kind.name(), kind.meaning()));
    }
    for toolset in Toolset::ALL {
        let mut specs = catalog.specs().filter(|spec| spec.toolset == toolset).peekable();
        if specs.peek().is_some() {
            line(&mut page, format_args!("\n## Toolset `{toolset}`"));
            specs.for_each(|spec| tool(&mut page, spec, recordings));
        }
    }
    page
}

fn tool(page: &mut String, spec: &ToolSpec, recordings: &Recordings) {
    line(page, format_args!("\n### {}\n\n**{}.** {}\n", spec.name, spec.title, spec.description.trim()));
    line(page, format_args!("Scope `{}`; {}; client modes: {}.", spec.scope, kind(spec), modes(spec)));
    if !spec.aliases.is_empty() {
        let aliases: Vec<_> = spec.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        line(page, format_args!("Also answers to {} (not listed).", aliases.join(", ")));
    }
    arguments(page, &spec.input_schema);
    let errors: Vec<_> = spec.errors.iter().map(|kind| format!("`{}`", kind.name())).collect();
    line(page, format_args!("\nFails with: {}.", errors.join(", ")));
    for (index, example) in spec.examples().into_iter().enumerate() {
        line(
            page,
            format_args!(
                "\nExample: {}\n\n```json\n{:#}\n```\n",
                example.title,
                super::sorted(example.arguments)
            ),
        );
        let answer = recordings.text(spec.name, index).trim();
        line(page, format_args!("answers\n\n```text\n{answer}\n```"));
    }
}

/// The arguments' table, from the schema's top level.
fn arguments(page: &mut String, schema: &Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|p| !p.is_empty())
    else {
        line(page, format_args!("\nTakes no arguments."));
        return;
    };
    let required: Vec<_> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    line(page, format_args!("\n| Argument | Type | Required | Meaning |\n|---|---|---|---|"));
    // Required first; then by name, whatever order the JSON library was built to keep.
    let mut rows: Vec<_> = properties.iter().collect();
    let is_required = |name: &str| required.iter().any(|entry| entry.as_str() == Some(name));
    rows.sort_by_key(|(name, _)| (!is_required(name), (*name).clone()));
    for (name, property) in rows {
        let meaning = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let yes_no = if is_required(name) { "yes" } else { "no" };
        line(page, format_args!("| `{name}` | {} | {yes_no} | {} |", type_of(property), cell(meaning)));
    }
}

/// A property's type as a person says it: `string`, `array of string`, `"a" or "b"`.
fn type_of(schema: &Value) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
    }
    let alternatives = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array());
    if let Some(alternatives) = alternatives {
        let mut names: Vec<_> = alternatives.iter().map(type_of).filter(|name| name != "null").collect();
        names.dedup();
        return names.join(" or ");
    }
    let names: Vec<_> = match schema.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect()
        }
        _ => vec!["object"],
    };
    match (names.as_slice(), schema.get("items")) {
        (["array"], Some(items)) => format!("array of {}", type_of(items)),
        _ => names.join(" or "),
    }
}

fn kind(spec: &ToolSpec) -> &'static str {
    match spec.annotations {
        _ if spec.texts_people => "texts people",
        hints if hints.read_only => "reads",
        hints if hints.destructive => "writes, may overwrite",
        _ => "writes",
    }
}

fn modes(spec: &ToolSpec) -> String {
    let modes = ClientMode::ALL.into_iter().filter(|mode| mode.offers(spec));
    modes.map(|mode| format!("`{mode}`")).collect::<Vec<_>>().join(", ")
}

/// Text that stays inside its table cell.
pub(super) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Writing into a `String` cannot fail.
pub(super) fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(page, "{text}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_read_naturally() {
        assert_eq!(type_of(&json!({ "type": "string" })), "string");
        assert_eq!(type_of(&json!({ "type": ["integer", "null"] })), "integer");
        assert_eq!(type_of(&json!({ "type": "array", "items": { "type": "string" } })), "array of string");
        assert_eq!(type_of(&json!({ "enum": ["a", "b"] })), "`\"a\"` or `\"b\"`");
        assert_eq!(type_of(&json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] })), "string");
    }

    #[test]
    fn cells_stay_on_one_line() {
        assert_eq!(cell("a\n  b | c"), "a b \\| c");
    }
}
