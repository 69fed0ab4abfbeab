//! The types of answers against the API's own descriptions, where those lie beside the checkout: whatever an
//! operation's schema allows is read, and nothing that is read gets lost on the way. Known departures of the real
//! API from its descriptions are in `deviations`.

mod deviations;
mod generate;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use self::generate::{Generator, Variant, is_any_text, with_unheard_of};
use super::{DECODERS, Decoder};
use crate::endpoint::{self, Operation, Surface};

/// Both descriptions; `None` when they are not there.
struct Descriptions {
    v1: Value,
    dated: Value,
}

impl Descriptions {
    fn beside_the_checkout() -> Option<Self> {
        let read = |file: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/openapi").join(file);
            let Ok(text) = std::fs::read_to_string(path) else {
                eprintln!("skipped: there is no ../shared/openapi/{file} beside the checkout");
                return None;
            };
            Some(serde_json::from_str(&text).expect("JSON"))
        };
        Some(Self { v1: read("openphone-v1.json")?, dated: read("quo-2026-03-30.json")? })
    }

    /// Every answer to an operation that the tests try. The first is the usual one.
    fn answers(&self, operation: &Operation) -> Vec<Variant> {
        let document = if operation.surface == Surface::V1 { &self.v1 } else { &self.dated };
        let Some(schema) = success(document, operation) else {
            return Vec::new();
        };
        let generator = Generator(document);
        let mut answers = generator.variants(schema);
        let at = String::new;
        answers.push(Variant { at: at(), value: generator.least(schema) });
        answers.push(Variant { at: at(), value: with_unheard_of(&answers[0].value) });
        answers.extend(deviations::of(operation, &answers[0].value));
        answers
    }
}

/// The schema of the answer when all went well; `None` when the answer is empty.
fn success<'d>(document: &'d Value, operation: &Operation) -> Option<&'d Value> {
    let method = operation.method.as_str().to_lowercase();
    let fits = |template: &str| {
        let of_template = template.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        of_template.eq(operation.route.split('/'))
    };
    let mut paths = document["paths"].as_object().expect("paths").iter();
    let (_, path) = paths.find(|(template, _)| fits(template)).expect("a described path");
    let responses = path[&method]["responses"].as_object().expect("a described method");
    let mut successes = responses.iter().filter(|(status, _)| status.starts_with('2'));
    let (_, response) = successes.next().expect("a success");
    assert!(successes.next().is_none(), "{} succeeds in one way", operation.name);
    response["content"].get("application/json").map(|content| &content["schema"])
}

fn each_operation() -> impl Iterator<Item = (&'static Decoder, &'static Operation)> {
    DECODERS.iter().flat_map(|decoder| decoder.operations.iter().map(move |operation| (decoder, *operation)))
}

fn read(decoder: &Decoder, answer: &Value) -> Result<String, serde_json::Error> {
    (decoder.decode)(answer.to_string().as_bytes())
}

/// What stands at a place, cut to a line, for the person who reads that a test failed.
fn quoted(answer: &Variant) -> String {
    let text = answer.value.pointer(&answer.at).map_or_else(|| "absent".to_owned(), Value::to_string);
    let place = if answer.at.is_empty() { "the answer" } else { &answer.at };
    format!("{place} is {}", text.chars().take(60).collect::<String>())
}

#[test]
fn every_operation_has_a_decoder() {
    let mut named: Vec<_> = each_operation().map(|(_, operation)| operation.name).collect();
    let mut declared: Vec<_> = endpoint::ALL.iter().map(|operation| operation.name).collect();
    named.sort_unstable();
    declared.sort_unstable();
    assert_eq!(named, declared);
}

#[test]
fn whatever_is_described_is_read() {
    let Some(descriptions) = Descriptions::beside_the_checkout() else { return };
    let mut failures = BTreeSet::new();
    let mut tried = 0;
    for (decoder, operation) in each_operation() {
        for answer in descriptions.answers(operation) {
            tried += 1;
            if let Err(error) = read(decoder, &answer.value) {
                failures.insert(format!(
                    "{}: {}: {}: {error}",
                    decoder.name,
                    operation.name,
                    quoted(&answer)
                ));
                if answer.at.is_empty() {
                    // What is wrong with the usual answer is wrong with all of them.
                    break;
                }
            }
        }
    }
    assert!(tried > 3_000, "{tried} answers");
    let failures: Vec<_> = failures.into_iter().collect();
    assert!(failures.is_empty(), "{} of {tried}:\n{}", failures.len(), failures.join("\n"));
}

/// An empty body is an answer where the description promises no other.
#[test]
fn what_has_no_answer_is_done() {
    let Some(descriptions) = Descriptions::beside_the_checkout() else { return };
    for (decoder, operation) in each_operation() {
        if descriptions.answers(operation).is_empty() {
            assert_eq!(decoder.name, "done", "{}", operation.name);
            assert!((decoder.decode)(b"").is_ok());
        }
    }
}

/// A type may read what it cannot make sense of as absent. Nothing that the description allows is of that kind: an
/// answer with a value somewhere reads differently than the same answer without.
#[test]
fn nothing_that_is_described_gets_lost() {
    let Some(descriptions) = Descriptions::beside_the_checkout() else { return };
    let mut lost = BTreeSet::new();
    let mut compared = 0;
    for (decoder, operation) in each_operation() {
        let answers = descriptions.answers(operation);
        let Some(usual) = answers.first() else { continue };
        for answer in &answers {
            for place in places(&answer.at) {
                let says_something = answer.value.pointer(place).is_some_and(says_something);
                // What makes no difference in the usual answer, either, is not read at all.
                if says_something && matters(decoder, &usual.value, place) {
                    compared += 1;
                    if !matters(decoder, &answer.value, place) && !means_nothing(answer) {
                        lost.insert(format!(
                            "{}: {}: {place}: {}",
                            decoder.name,
                            operation.name,
                            quoted(answer)
                        ));
                    }
                }
            }
        }
    }
    assert!(compared > 3_000, "{compared} places");
    let lost: Vec<_> = lost.into_iter().collect();
    assert!(lost.is_empty(), "{} of {compared}:\n{}", lost.len(), lost.join("\n"));
}

/// What the description has and does not show in what is printed of an answer.
const UNSEEN: &[&str] = &[
    // A picture for the eye; a count that is wrong by its own description; what the caller said a moment ago.
    "calls::Call summary/jobs/icon",
    "contacts::Contact totalItems",
    "conversations::Conversation totalItems",
    "tasks::TaskChange activityId",
    "tasks::TaskChange conversationId",
    "tasks::TaskChange phoneNumberId",
    // Personal, so that it prints alike whether it is there or empty.
    "a2p::A2pRegistration businessInfo",
    "a2p::A2pRegistration messaging",
    "a2p::A2pRegistration statusMessages",
    "messages::Message text",
    "webhooks::DeliveryDetails attempts/responseBody",
    "webhooks::DeliveryDetails requestBody",
    "webhooks::WebhookEvent resource",
];

/// A member whose name is misspelt here would be read by no one, and nobody would miss it.
#[test]
fn nothing_that_is_described_is_overlooked() {
    let Some(descriptions) = Descriptions::beside_the_checkout() else { return };
    let mut unseen = BTreeSet::new();
    for (decoder, operation) in each_operation().filter(|(decoder, _)| decoder.name != "done") {
        let usual = &descriptions.answers(operation)[0].value;
        let mut places = Vec::new();
        members(usual, "", &mut places);
        places.retain(|place| !matters(decoder, usual, place));
        // Not each part of what is not seen as a whole.
        let parts = places.clone();
        places.retain(|place| !parts.iter().any(|whole| place.starts_with(&format!("{whole}/"))));
        let (_, kind) = decoder.name.split_once(' ').expect("a type");
        for place in places {
            let names: Vec<_> = place.split('/').filter(|name| name.parse::<u8>().is_err()).collect();
            unseen.insert(format!(
                "{kind} {}",
                names.join("/").trim_start_matches("/data/").trim_start_matches('/')
            ));
        }
    }
    assert_eq!(unseen, UNSEEN.iter().map(|place| (*place).to_owned()).collect());
}

/// Before a contact is changed it is read more strictly, because it is written back whole. What the description
/// allows must not make a contact unchangeable.
#[test]
fn whatever_contact_is_described_can_be_changed() {
    let Some(descriptions) = Descriptions::beside_the_checkout() else { return };
    let generator = Generator(&descriptions.v1);
    let schema = success(&descriptions.v1, &endpoint::GET_CONTACT).expect("an answer");
    for answer in generator.variants(schema) {
        let body = answer.value.to_string();
        let read = crate::decode::one::<crate::contacts::WholeRead>(body.as_bytes());
        assert!(read.is_ok(), "{}: {:?}", quoted(&answer), read.err());
    }
}

/// Whether the answer reads differently without what is at a place. That it is read at all is another test's.
fn matters(decoder: &Decoder, answer: &Value, place: &str) -> bool {
    let Ok(whole) = read(decoder, answer) else { return true };
    read(decoder, &without(answer, place)).map_or(true, |less| less != whole)
}

/// The places of all members of what is at one.
fn members(value: &Value, at: &str, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let place = format!("{at}/{name}");
                members(value, &place, places);
                places.push(place);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                members(item, &format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
}

/// The description allows it because it says less than it knows: any text for a time or a number, any number for
/// a status. It is read as absent, as is the `false` that absence means.
fn means_nothing(answer: &Variant) -> bool {
    let value = answer.value.pointer(&answer.at).unwrap_or(&Value::Null);
    match answer.at.rsplit_once('/').map(|(_, name)| name) {
        Some("createdAt" | "updatedAt" | "revision") => is_any_text(value),
        Some("draft") => value == false,
        Some("responseStatusCode") => value.as_u64().is_some_and(|status| status > 999),
        _ => false,
    }
}

/// The place and all that it is in, without the whole.
fn places(at: &str) -> impl Iterator<Item = &str> {
    at.match_indices('/')
        .map(|(index, _)| index)
        .chain([at.len()])
        .filter(|end| *end > 0)
        .map(|end| &at[..end])
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        // The end of a list, and all inboxes.
        Value::String(text) => !["", "*"].contains(&&**text),
        Value::Array(items) => items.iter().any(says_something),
        Value::Object(members) => members.values().any(says_something),
        _ => true,
    }
}

/// The answer without the member or item at a place.
fn without(answer: &Value, place: &str) -> Value {
    let mut answer = answer.clone();
    let (holder, name) = place.rsplit_once('/').expect("a place in something");
    match answer.pointer_mut(holder) {
        Some(Value::Object(members)) => drop(members.remove(name)),
        Some(Value::Array(items)) => drop(items.remove(name.parse().expect("an index"))),
        _ => panic!("there is nothing at {holder}"),
    }
    answer
}
