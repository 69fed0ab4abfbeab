//! Rules that every declaration keeps, and the wire surface as snapshots.

use std::collections::BTreeSet;

use mcp_tools::{Catalog, ClientMode, Scopes, ToolSpec, View};
use serde_json::{Value, json};

use crate::world::validator;

fn catalog() -> Catalog {
    Catalog::new().expect("the catalogue builds").with_icons_at("https://mcp.example.com")
}

fn wire(mode: ClientMode) -> Vec<Value> {
    let list = catalog().list(&View::new(mode, Scopes::ALL));
    list.tools().iter().map(|tool| serde_json::to_value(tool).expect("JSON")).collect()
}

/// Every tool of the design, in its order.
const DESIGNED: [&str; 26] = [
    "send-message",
    "bulk-messages",
    "send-group-message",
    "prepare-message",
    "fetch-messages",
    "get-message",
    "fetch-call-transcripts",
    "fetch-missed-calls",
    "list-calls",
    "create-contact",
    "update-contact",
    "list-contacts",
    "get-contact",
    "find-contact",
    "list-contact-notes",
    "create-contact-note",
    "update-contact-note",
    "list-conversations",
    "set-conversation-state",
    "list-tasks",
    "create-task",
    "update-task",
    "list-inboxes",
    "list-users",
    "get-profile",
    "list-recent-activity",
];

#[test]
fn the_wire_list_of_each_mode() {
    for mode in ClientMode::ALL {
        insta::assert_json_snapshot!(format!("wire_list_{mode}"), wire(mode));
    }
}

#[test]
fn the_lists_hold_the_missions_tools_and_no_search_and_no_fetch() {
    let names = |mode| -> Vec<String> {
        wire(mode).iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
    };
    let designed = DESIGNED.into_iter().filter(|name| catalog().spec(name).is_some());
    assert_eq!(
        names(ClientMode::Full),
        designed.collect::<Vec<_>>(),
        "in the order of the design, and nothing else"
    );
    for mission in
        ["send-message", "bulk-messages", "fetch-messages", "fetch-call-transcripts", "create-contact"]
    {
        assert!(names(ClientMode::Full).iter().any(|name| name == mission), "{mission}");
    }
    assert_eq!(names(ClientMode::ChatGpt), ["send-message", "fetch-messages", "fetch-call-transcripts"]);
    for generic in ["search", "fetch"] {
        assert!(catalog().spec(generic).is_none(), "{generic}");
    }
}

/// Design: name, title, description and input schema at most 8,000 tokens of 4 bytes; the list at most 48 kB.
#[test]
fn the_list_keeps_its_budget() {
    let list = wire(ClientMode::Full);
    let whole = serde_json::to_string(&list).expect("JSON").len();
    let core: usize = list
        .iter()
        .map(|tool| {
            let parts =
                ["name", "title", "description", "inputSchema"].map(|part| tool[part].to_string().len());
            parts.iter().sum::<usize>()
        })
        .sum();
    assert!(core <= 8_000 * 4, "{core} bytes");
    assert!(whole <= 48_000, "{whole} bytes");
}

#[test]
fn names_titles_and_descriptions() {
    for spec in catalog().specs() {
        for name in std::iter::once(&spec.name).chain(spec.aliases) {
            assert!(name.len() <= 40, "{name}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        }
        assert!((5..=60).contains(&spec.title.len()), "{}", spec.title);
        // Claude Code cuts descriptions at 2,048 characters.
        assert!((100..=2_048).contains(&spec.description.chars().count()), "{}", spec.name);
        let lower = spec.description.to_lowercase();
        for order in [
            "you must",
            "always ",
            "never ",
            "do not ",
            "make sure",
            "be sure",
            "call this first",
            "important:",
        ] {
            assert!(!lower.contains(order), "{} orders: {order}", spec.name);
        }
    }
}

/// Where null means something, the schema shows the plain type all the same, and the argument may be left out.
#[test]
fn arguments_that_take_null_are_optional_and_plain() {
    for spec in catalog().specs() {
        for path in spec.nullable {
            let mut schema = &*spec.input_schema;
            let (mut field, mut required) = (&Value::Null, false);
            for name in path.split('.') {
                let object = if schema["type"] == "array" { &schema["items"] } else { schema };
                field = &object["properties"][name];
                required = object["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
                schema = field;
            }
            assert!(field["type"].is_string() && !required, "{}: {path}: {field}", spec.name);
        }
    }
}

#[test]
fn hints_agree_with_the_scope() {
    for ToolSpec { name, annotations, scope, texts_people, .. } in catalog().specs() {
        assert_eq!(annotations.read_only, *scope == mcp_tools::Scope::Read, "{name}");
        assert!(!(annotations.read_only && annotations.destructive), "{name}");
        assert!(!texts_people || (annotations.destructive && annotations.open_world), "{name}");
    }
}

/// Under `reply_only` contacts may be texted, so a tool that writes contacts says whether it can add a number.
#[test]
fn tools_that_write_contacts_are_known_to_reply_only() {
    for spec in catalog().specs() {
        let writes_contacts = spec.toolset == mcp_tools::Toolset::Contacts && !spec.annotations.read_only;
        let takes_numbers = spec.input_schema.to_string().contains("phoneNumbers");
        assert_eq!(spec.adds_numbers, writes_contacts && takes_numbers, "{}", spec.name);
    }
}

#[test]
fn schemas_hold_no_construct_that_clients_drop() {
    for spec in catalog().specs() {
        let input = &*spec.input_schema;
        assert_eq!(input["type"], "object", "{}", spec.name);
        assert_eq!(input["additionalProperties"], false, "{}", spec.name);
        let output = &spec.output_schema();
        assert_eq!(output["type"], "object", "{}", spec.name);
        for (which, schema) in [("input", input), ("output", output)] {
            assert!(jsonschema::meta::is_valid(schema), "{} {which}", spec.name);
            let text = schema.to_string();
            for construct in ["$ref", "$defs", "oneOf", "anyOf", "allOf", "\"null\"", "$schema"] {
                assert!(!text.contains(construct), "{} {which}: {construct}", spec.name);
            }
            let mut keys = BTreeSet::new();
            property_names(schema, &mut keys);
            for key in keys {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
                assert!(
                    (1..=64).contains(&key.len()) && key.chars().all(plain),
                    "{} {which}: {key}",
                    spec.name
                );
            }
        }
    }
}

#[test]
fn every_property_of_the_arguments_is_described() {
    for spec in catalog().specs() {
        let properties = spec.input_schema["properties"].as_object().expect("properties");
        for (name, property) in properties {
            assert!(property["description"].is_string(), "{}.{name}", spec.name);
        }
    }
}

#[test]
fn each_tool_has_two_examples_that_its_schemas_accept() {
    for spec in catalog().specs() {
        assert_eq!(spec.examples().len(), 2, "{}", spec.name);
        let (input, output) = (validator(&spec.input_schema), validator(&spec.output_schema()));
        let outline = validator(&spec.output_outline);
        for example in spec.examples() {
            assert!(input.is_valid(&example.arguments), "{}: {}", spec.name, example.title);
            assert!(output.is_valid(&example.structured), "{}: {}", spec.name, example.title);
            assert!(outline.is_valid(&example.structured), "{}: {}", spec.name, example.title);
            text_holds_the_ids(&example.structured, &example.text);
        }
    }
}

/// The text alone suffices: every id, number, name, cursor and confirmation of the data is in it, whatever the field that
/// holds it is called.
pub(crate) fn text_holds_the_ids(data: &Value, text: &str) {
    match data {
        Value::Object(fields) => {
            for (name, field) in fields {
                if let (Value::String(value), true) = (field, NEEDED_FIELDS.contains(&name.as_str())) {
                    assert!(text.contains(value.as_str()), "{name} {value} is not in:\n{text}");
                }
                text_holds_the_ids(field, text);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| text_holds_the_ids(item, text)),
        Value::String(value) if is_needed(value) => {
            assert!(text.contains(value.as_str()), "{value} is not in:\n{text}");
        }
        _ => {}
    }
}

/// Fields that a model goes by, or that a following call takes.
const NEEDED_FIELDS: [&str; 14] = [
    "id",
    "messageId",
    "conversationId",
    "activityId",
    "number",
    "name",
    "to",
    "status",
    "messageStatus",
    "outcome",
    "cursor",
    "handle",
    "due",
    "waitingSince",
];

/// Whether a text is something to call on with, by its looks: an id, a number in E.164, a confirmation, an address of a
/// file.
fn is_needed(value: &str) -> bool {
    let plain = |rest: &str| rest.len() >= 8 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_id = ["AC", "CN", "PN", "TK", "US", "GR"]
        .iter()
        .any(|prefix| value.strip_prefix(prefix).is_some_and(plain));
    let is_contact = value.len() == 24 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = value.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_id || is_contact || is_number || value.starts_with("opqch_") || value.starts_with("https://")
}

fn property_names(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
                names.extend(properties.keys().cloned());
            }
            fields.values().for_each(|field| property_names(field, names));
        }
        Value::Array(items) => items.iter().for_each(|item| property_names(item, names)),
        _ => {}
    }
}

#[test]
fn lists_are_built_once_per_combination_of_filters() {
    let catalog = catalog();
    let view = View::new(ClientMode::Full, Scopes::ALL);
    let (first, second) = (catalog.list(&view), catalog.list(&view));
    assert!(std::ptr::eq(first.tools().as_ptr(), second.tools().as_ptr()));
    assert_eq!(json!(first.tools()), json!(second.tools()));
}

/// The examples are calls that work, in the simulated workspace as it is.
#[tokio::test]
async fn every_example_works() {
    for spec in catalog().specs() {
        for example in spec.examples() {
            let world = crate::world::World::start().await;
            let answer = world.call(spec.name, example.arguments.clone()).await;
            assert!(!answer.is_error, "{}: {}: {}", spec.name, example.title, answer.text);
        }
    }
}
