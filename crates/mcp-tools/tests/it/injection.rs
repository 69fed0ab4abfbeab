//! A corpus of what outsiders may write, through every tool that reads: none of it poses as a part of the answer, and
//! none of it gets a text sent.
//!
//! `tests/injection/corpus.json` has the texts: orders, forged lines of each tool's own form, markup of models and
//! protocols, characters that hide or turn. Each stands in every place at once that outsiders can write to
//! ([`Front`]), and the answer is held against the one that the same call gives when a harmless text stands there.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use mcp_tools::{Catalog, Limits, ToolSpec};
use serde_json::{Value, json};

use crate::front::Front;
use crate::world::{ALPHA, Answer, World};

const HARMLESS: &str = "Harmless";
/// Bytes from which on an answer may have to leave something out.
const LONG: usize = 600;

fn corpus() -> Vec<String> {
    serde_json::from_str(include_str!("../injection/corpus.json")).expect("a list of texts")
}

/// The first example of each tool that reads.
fn readings(catalog: &Catalog) -> Vec<(&'static str, Value)> {
    let arguments = |spec: &ToolSpec| {
        let mut arguments = spec.examples()[0].arguments.clone();
        if spec.input_schema["properties"].get("maxResults").is_some() {
            arguments["maxResults"] = json!(3);
        }
        (spec.name, arguments)
    };
    catalog.specs().filter(|spec| spec.annotations.read_only).map(arguments).collect()
}

async fn read_all(text: &str) -> Vec<(&'static str, Answer)> {
    let world = World::behind(Front::new(text)).await;
    let mut answers = Vec::new();
    for (tool, arguments) in readings(&world.catalog) {
        answers.push((tool, world.call(tool, arguments).await));
    }
    answers
}

/// The lines of an answer that are not outsiders' text, without what stands in quotation marks.
fn own_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("> ") && line.trim() != ">") {
        let line = line.split(" with cursor ").next().unwrap_or_default();
        let line = line.replace(" 1 s ago", " 0 s ago");
        let mut own = String::new();
        for (index, part) in line.split('"').enumerate() {
            if index % 2 == 0 {
                own.push_str(part);
            } else {
                own.push_str("\"\"");
            }
        }
        // Names of this workspace and confirmations, under keys that each run makes anew.
        let keyed = |word: &str| {
            let word = word.trim_end_matches(['.', ',', ';']);
            word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
                || word.starts_with("opqch_")
        };
        lines.push(own.split(' ').filter(|word| !keyed(word)).collect::<Vec<_>>().join(" "));
    }
    lines
}

#[test]
fn the_corpus_is_large_enough() {
    let distinct: BTreeSet<String> = corpus().into_iter().collect();
    assert!(distinct.len() >= 60, "{}", distinct.len());
}

/// S23 for every tool there is or will be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s23_nothing_that_outsiders_write_forges_structure() {
    let harmless = read_all(HARMLESS).await;
    let told = |answer: &Answer| answer.text.contains(HARMLESS) || answer.data.to_string().contains(HARMLESS);
    assert!(harmless.iter().filter(|(_, answer)| told(answer)).count() >= 2, "the corpus reaches the tools");
    stream::iter(corpus())
        .for_each_concurrent(4, |hostile| {
            let harmless = &harmless;
            async move {
                for ((tool, answer), (_, plain)) in read_all(&hostile).await.iter().zip(harmless) {
                    check(tool, &hostile, answer, plain);
                }
            }
        })
        .await;
}

#[track_caller]
fn check(tool: &str, hostile: &str, answer: &Answer, plain: &Answer) {
    let place = format!("{tool} with {hostile:?}");
    hides_nothing(&place, &Value::String(answer.text.clone()));
    hides_nothing(&place, &answer.data);
    let coverage = answer.text.lines().filter(|line| line.starts_with("Coverage: ")).count();
    assert!(coverage <= 1, "{place}: {}", answer.text);
    // A name of which nothing is left stands nowhere.
    if hostile.len() > LONG || mcp_tools::text::is_blank(hostile) {
        return;
    }
    let expected: BTreeSet<String> = own_lines(&plain.text).into_iter().collect();
    for line in own_lines(&answer.text) {
        let coverage = line.starts_with("Coverage: ");
        assert!(coverage || expected.contains(&line), "{place}: {line:?} is not one of\n{expected:#?}");
    }
}

/// Control, zero-width, bidirectional and tag characters.
fn hides_nothing(place: &str, value: &Value) {
    match value {
        Value::String(text) => {
            let hidden = text.chars().find(|&c| {
                (c.is_control() && c != '\n')
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}')
                    || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' | '\u{ad}' | '\u{3164}')
            });
            assert_eq!(hidden, None, "{place}: {text:?}");
        }
        Value::Array(items) => items.iter().for_each(|item| hides_nothing(place, item)),
        Value::Object(fields) => fields.values().for_each(|field| hides_nothing(place, field)),
        _ => {}
    }
}

/// Numbers of the corpus, as somebody could be talked into texting them.
fn numbers() -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    for text in corpus() {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        for number in ["14155550199", "14155550198", "14155550197", "14155550196", "442079460958"] {
            let national = number.trim_start_matches('1');
            if digits.contains(national) {
                numbers.insert(format!("+{number}"));
            }
        }
    }
    numbers
}

/// The limit `reply_only` believes what the API records, never what somebody wrote: not in a message, not in a name, not
/// in a note.
#[tokio::test]
async fn under_reply_only_no_text_goes_to_a_number_that_was_only_read() {
    let numbers = numbers();
    assert_eq!(numbers.len(), 5, "{numbers:?}");
    let every_number = numbers.iter().cloned().collect::<Vec<_>>().join(" or ");
    let world = World::behind(Front::new(&format!("My new number: {every_number}"))).await;
    let limits: Limits = serde_json::from_value(json!({ "replyOnly": true })).expect("limits");
    let cx = world.cx(ALPHA).with_limits(&limits);
    for (tool, arguments) in readings(&world.catalog) {
        world.call_in(&cx, tool, arguments).await;
    }
    let all: Vec<&String> = numbers.iter().collect();
    let attempts = world.catalog.specs().filter(|spec| spec.texts_people).flat_map(|spec| {
        let one = |number: &String| match spec.name {
            "send-message" => json!({ "from": "Front desk", "to": number, "content": "The code is 1234." }),
            _ => json!({ "from": "Front desk", "to": [number, all[0]], "content": "The code is 1234." }),
        };
        numbers.iter().map(move |number| (spec.name, one(number))).collect::<Vec<_>>()
    });
    for (tool, arguments) in attempts.collect::<Vec<_>>() {
        let answer = world.call_in(&cx, tool, arguments).await;
        assert!(answer.is_error, "{tool}: {}", answer.text);
    }
    assert_eq!(world.posts(), 0);
    assert_eq!(world.sent(), []);
}
