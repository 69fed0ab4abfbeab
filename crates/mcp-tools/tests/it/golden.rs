//! Golden conversations: what a person asks, the calls that answer it, and what each call says.
//!
//! The scripts are data, in `tests/golden/`, one file per kind of question, each a list of conversations:
//!
//! ```json
//! { "ask": "What a person says", "as": "bravo", "limits": {}, "steps": [
//!     { "call": "tool", "with": { "to": "{{caller}}" }, "take": { "caller": "/calls/0/from/number" },
//!       "expect": { "/coverage/complete": true }, "says": ["words"], "fails": false, "later": 0 } ],
//!   "sent": [["+14155550101", "text"]] }
//! ```
//!
//! `take` keeps a value of the result (a JSON pointer into the structured data) for later steps; `expect` compares
//! values; `says` must stand in the text, which is what a model reads; `later` lets so many seconds pass first. At the
//! end the upstream must have sent exactly what `sent` lists. The whole exchange is a snapshot.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mcp_tools::Limits;
use serde::Deserialize;
use serde_json::Value;

use crate::world::{ALPHA, BRAVO, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversation {
    ask: String,
    #[serde(default, rename = "as")]
    who: Option<String>,
    #[serde(default)]
    limits: Option<Limits>,
    steps: Vec<Step>,
    #[serde(default)]
    sent: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    call: String,
    with: Value,
    #[serde(default)]
    take: BTreeMap<String, String>,
    #[serde(default)]
    expect: BTreeMap<String, Value>,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    fails: bool,
    #[serde(default)]
    later: u64,
}

/// Plays one conversation in a workspace of its own, and returns the exchange.
async fn play(conversation: &Conversation) -> String {
    let world = World::start().await;
    let key = if conversation.who.as_deref() == Some("bravo") { BRAVO } else { ALPHA };
    let mut cx = world.cx(key);
    if let Some(limits) = &conversation.limits {
        cx = cx.with_limits(limits);
    }
    let mut taken: BTreeMap<String, Value> = BTreeMap::new();
    let mut exchange = format!("{}\n", conversation.ask);
    for (index, step) in conversation.steps.iter().enumerate() {
        let place = format!("{} (step {}, {})", conversation.ask, index + 1, step.call);
        world.advance(step.later);
        let arguments = filled(&step.with, &taken, &place);
        let _ = writeln!(exchange, "\n> {} {}", step.call, steady(arguments.to_string(), &taken));
        let answer = world.call_in(&cx, &step.call, arguments).await;
        assert_eq!(answer.is_error, step.fails, "{place}: {}", answer.text);
        for words in &step.says {
            let words = filled(&Value::String(words.clone()), &taken, &place);
            let words = words.as_str().expect("words");
            assert!(answer.text.contains(words), "{place}: {words:?} is not in:\n{}", answer.text);
        }
        for (pointer, expected) in &step.expect {
            let found = answer.data.pointer(pointer).cloned().unwrap_or_default();
            let expected = filled(expected, &taken, &place);
            assert_eq!(found, expected, "{place}: {pointer} in {}", answer.data);
        }
        for (name, pointer) in &step.take {
            let found = answer.data.pointer(pointer);
            let found = found.unwrap_or_else(|| panic!("{place}: no {pointer} in {}", answer.data));
            taken.insert(name.clone(), found.clone());
        }
        exchange.push_str(&steady(answer.text, &taken));
        exchange.push('\n');
    }
    let sent: Vec<(String, String)> = conversation
        .sent
        .iter()
        .map(|(to, text)| {
            let fill = |text: &str| filled(&Value::String(text.to_owned()), &taken, &conversation.ask);
            (as_text(&fill(to)), as_text(&fill(text)))
        })
        .collect();
    let went: Vec<(String, String)> =
        world.sandbox.sent(key).into_iter().map(|message| (message.to.join(","), message.content)).collect();
    assert_eq!(went, sent, "{}", conversation.ask);
    exchange
}

/// The value with every `{{name}}` filled in; a text that is nothing else takes the kept value as it is.
fn filled(value: &Value, taken: &BTreeMap<String, Value>, place: &str) -> Value {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"))
                && !name.contains('}')
            {
                return taken
                    .get(name)
                    .unwrap_or_else(|| panic!("{place}: nothing is called {name}"))
                    .clone();
            }
            let text = taken.iter().fold(text.clone(), |text, (name, value)| {
                text.replace(&format!("{{{{{name}}}}}"), &as_text(value))
            });
            assert!(!text.contains("{{"), "{place}: something is not filled in: {text}");
            Value::String(text)
        }
        Value::Array(items) => items.iter().map(|item| filled(item, taken, place)).collect(),
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(name, field)| (name.clone(), filled(field, taken, place))).collect(),
        ),
        other => other.clone(),
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What differs from run to run is sealed or keyed: cursors and handles. The snapshot has their place only.
fn steady(text: String, taken: &BTreeMap<String, Value>) -> String {
    let mut text = text;
    for (name, value) in taken {
        if ["cursor", "handle", "confirmation"].iter().any(|secret| name.contains(secret)) {
            text = text.replace(&as_text(value), &format!("<{name}>"));
        }
    }
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split("with cursor ").enumerate() {
        if index > 0 {
            out.push_str("with cursor <cursor>");
        }
        let rest = if index == 0 { part } else { part.trim_start_matches(|c: char| !c.is_whitespace()) };
        out.push_str(rest);
    }
    out
}

/// Plays a file's conversations and holds each exchange.
async fn play_all(name: &str, script: &str) -> usize {
    let conversations: Vec<Conversation> =
        serde_json::from_str(script).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut exchanges = Vec::with_capacity(conversations.len());
    for conversation in &conversations {
        exchanges.push(play(conversation).await);
    }
    insta::assert_snapshot!(format!("golden_{name}"), exchanges.join("\n--------\n\n"));
    conversations.len()
}

macro_rules! golden {
    ($($name:ident),+) => {$(
        #[tokio::test]
        async fn $name() {
            let script = include_str!(concat!("../golden/", stringify!($name), ".json"));
            assert!(play_all(stringify!($name), script).await > 0);
        }
    )+};
}

golden!(calls, conversations, messages);
