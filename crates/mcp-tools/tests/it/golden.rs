//! Golden conversations: what a person asks, the calls that answer it, and what each call says.
//!
//! The scripts are data, in `tests/golden/`, one file per kind of question, each a list of conversations:
//!
//! ```json
//! { "ask": "What a person says", "as": "bravo", "limits": {}, "steps": [
//!     { "call": "tool", "with": { "to": "{{caller}}" }, "take": { "caller": "/calls/0/from/number" },
//!       "expect": { "/coverage/complete": true }, "says": ["words"], "lacks": ["words"], "fails": false, "later": 0,
//!       "arrives": { "from": "+14155550101", "inbox": "+14155550150", "text": "words" }, "fault": "lost_answer" } ],
//!   "sent": [["+14155550101", "text"]] }
//! ```
//!
//! `take` keeps a value of the result (a JSON pointer into the structured data) for later steps; it must stand in the
//! text too, for a model that is shown nothing else. `expect` compares values; `says` must stand in the text, `lacks`
//! must not. Before a step, `later` lets so many seconds pass, `arrives` lets somebody write, and `fault` lets the
//! upstream fail on sends while the step lasts. At the end the upstream must have sent exactly what `sent` lists. The
//! whole exchange is a snapshot: it is there to be read as a model would.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use mcp_tools::{Catalog, Limits};
use openphone_sandbox::{Fault, On};
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
    lacks: Vec<String>,
    #[serde(default)]
    fails: bool,
    #[serde(default)]
    later: u64,
    #[serde(default)]
    arrives: Option<Arrival>,
    #[serde(default)]
    fault: Option<Trouble>,
}

/// A text from outside.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arrival {
    from: String,
    inbox: String,
    text: String,
}

/// What sends meet.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Trouble {
    /// It goes out, and the answer is lost.
    LostAnswer,
    NotEnoughCredits,
    RevokedKey,
    Unavailable,
}

impl Trouble {
    fn fault(self) -> Fault {
        match self {
            Self::LostAnswer => Fault::close().after_processing(),
            Self::NotEnoughCredits => Fault::not_enough_credits(),
            Self::RevokedKey => Fault::revoked_key(),
            Self::Unavailable => Fault::unavailable(None),
        }
    }
}

/// Plays one conversation in a workspace of its own, and returns the exchange.
async fn play(conversation: &Conversation) -> String {
    let world = World::start().await;
    let key = if conversation.who.as_deref() == Some("bravo") { BRAVO } else { ALPHA };
    let mut cx = world.cx(key).with_connection("golden").with_client("Claude (claude.ai)");
    if let Some(limits) = &conversation.limits {
        cx = cx.with_limits(limits);
    }
    let mut taken: BTreeMap<String, Value> = BTreeMap::new();
    let mut exchange = format!("{}\n", conversation.ask);
    for (index, step) in conversation.steps.iter().enumerate() {
        let place = format!("{} (step {}, {})", conversation.ask, index + 1, step.call);
        world.advance(step.later);
        if let Some(Arrival { from, inbox, text }) = &step.arrives {
            world.sandbox.incoming_text(key, from, inbox, text).expect("it arrives");
        }
        if let Some(trouble) = step.fault {
            world.sandbox.faults().always(On::sends(), trouble.fault());
        }
        let arguments = filled(&step.with, &taken, &place);
        let _ = writeln!(exchange, "\n> {} {}", step.call, steady(arguments.to_string(), &taken));
        let answer = world.call_in(&cx, &step.call, arguments).await;
        world.services.drain().await;
        world.sandbox.faults().clear();
        assert_eq!(answer.is_error, step.fails, "{place}: {}", answer.text);
        for words in &step.says {
            let words = filled(&Value::String(words.clone()), &taken, &place);
            let words = words.as_str().expect("words");
            assert!(answer.text.contains(words), "{place}: {words:?} is not in:\n{}", answer.text);
        }
        for words in &step.lacks {
            assert!(!answer.text.contains(words.as_str()), "{place}: {words:?} is in:\n{}", answer.text);
        }
        for (pointer, expected) in &step.expect {
            let found = answer.data.pointer(pointer).cloned().unwrap_or_default();
            let expected = filled(expected, &taken, &place);
            assert_eq!(found, expected, "{place}: {pointer} in {}", answer.data);
        }
        for (name, pointer) in &step.take {
            let found = answer.data.pointer(pointer);
            let found = found.unwrap_or_else(|| panic!("{place}: no {pointer} in {}", answer.data));
            assert!(
                answer.text.contains(&as_text(found)),
                "{place}: {pointer} {found} is not in the text:\n{}",
                answer.text
            );
            taken.insert(name.clone(), found.clone());
        }
        exchange.push_str(&steady(answer.text, &taken));
        exchange.push('\n');
    }
    let mut sent: Vec<(String, String)> = conversation
        .sent
        .iter()
        .map(|(to, text)| {
            let fill = |text: &str| filled(&Value::String(text.to_owned()), &taken, &conversation.ask);
            (as_text(&fill(to)), as_text(&fill(text)))
        })
        .collect();
    let mut went: Vec<(String, String)> =
        world.sandbox.sent(key).into_iter().map(|message| (message.to.join(","), message.content)).collect();
    sent.sort();
    went.sort();
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
    // The texts of a batch go out side by side: which of them gets which id is chance.
    let batch = text.contains(" already sent by an earlier call, ");
    let marks = [
        ("with cursor ", "<cursor>"),
        (": opqch_", "<handle>"),
        ("profile id \"", "<id>"),
        (" sent AC", "<id>"),
    ];
    marks.into_iter().filter(|(mark, _)| batch || *mark != " sent AC").fold(
        text,
        |text, (mark, stands_for)| {
            let mut parts = text.split(mark);
            let first = parts.next().unwrap_or_default().to_owned();
            let kept = mark.trim_end_matches("AC").trim_end_matches("opqch_");
            parts.fold(first, |out, part| {
                let rest = part.trim_start_matches(|c: char| !c.is_whitespace() && c != '\"');
                format!("{out}{kept}{stands_for}{rest}")
            })
        },
    )
}

fn read(name: &str, script: &str) -> Vec<Conversation> {
    serde_json::from_str(script).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Plays a file's conversations and holds each exchange.
async fn play_all(name: &str, script: &str) {
    let (mut exchanges, mut failed) = (Vec::new(), Vec::new());
    for conversation in &read(name, script) {
        // One that fails does not hide what the others say.
        match AssertUnwindSafe(play(conversation)).catch_unwind().await {
            Ok(exchange) => exchanges.push(exchange),
            Err(_) => failed.push(conversation.ask.clone()),
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    insta::assert_snapshot!(format!("golden_{name}"), exchanges.join("\n--------\n\n"));
}

macro_rules! golden {
    ($($name:ident),+) => {
        $(
            #[tokio::test]
            async fn $name() {
                play_all(stringify!($name), include_str!(concat!("../golden/", stringify!($name), ".json"))).await;
            }
        )+

        const SCRIPTS: &[(&str, &str)] =
            &[$((stringify!($name), include_str!(concat!("../golden/", stringify!($name), ".json")))),+];
    };
}

golden!(activity, calls, contacts, conversations, dental, messages, refusals, sending, tasks, workspace);

/// Forty questions at least, each asked once; every tool has its part, and whoever calls one looks at what it says.
#[test]
fn the_conversations_are_many_and_use_every_tool() {
    let conversations: Vec<Conversation> =
        SCRIPTS.iter().flat_map(|(name, script)| read(name, script)).collect();
    assert!(conversations.len() >= 40, "{}", conversations.len());
    let asked: BTreeSet<&str> = conversations.iter().map(|conversation| conversation.ask.as_str()).collect();
    assert_eq!(asked.len(), conversations.len(), "a question is there twice");
    let steps = || conversations.iter().flat_map(|conversation| &conversation.steps);
    let called: BTreeSet<&str> = steps().filter(|step| !step.fails).map(|step| step.call.as_str()).collect();
    let catalog = Catalog::new().expect("the catalogue builds");
    let tools: BTreeSet<&str> = catalog.specs().map(|spec| spec.name).collect();
    assert_eq!(tools.difference(&called).collect::<Vec<_>>(), Vec::<&&str>::new(), "nobody calls these");
    for conversation in &conversations {
        let looked = conversation
            .steps
            .iter()
            .all(|step| !step.says.is_empty() || !step.expect.is_empty() || !step.take.is_empty());
        assert!(looked, "a step is not looked at: {}", conversation.ask);
    }
    let bravo = conversations.iter().filter(|conversation| conversation.who.is_some()).count();
    assert!(bravo >= 8, "{bravo} in the second workspace");
}
