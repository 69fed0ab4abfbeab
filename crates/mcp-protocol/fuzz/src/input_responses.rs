//! What a client answers when it is asked something: any JSON, to every kind of question.
//!
//! What is accepted fits the question as it was asked, has nothing beside it, and reads the same again.

use mcp_protocol::{Ask as _, CreateMessageResult, ElicitResult, ElicitUrl, ListRoots, SamplingContent};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::tools;

/// Answers every question with the input.
pub fn input_responses(input: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Value>(input) else { return };
    let form = tools::form();
    if let Ok(read) = form.read(&answer) {
        check_action(&read, &answer);
        if let ElicitResult::Accept(content) = &read {
            check_content(content, &answer);
            let again = json!({ "action": "accept", "content": content });
            assert_eq!(form.read(&again).unwrap(), read, "it reads otherwise the second time");
        }
    }
    if let Ok(read) = ElicitUrl::new("Visit", "https://example.com/", "visit").read(&answer) {
        check_action(&read, &answer);
        assert!(read.accepted().is_none_or(Map::is_empty), "a page has no fields");
    }
    for tools in [false, true] {
        if let Ok(read) = tools::sample(tools).read(&answer) {
            check_sample(&read, &answer);
        }
    }
    if let Ok(roots) = ListRoots::new().read(&answer) {
        let uris = answer["roots"].as_array().unwrap().iter().map(|root| root["uri"].as_str().unwrap());
        assert!(uris.eq(roots.iter().map(|root| root.uri.as_str())), "{answer}");
    }
}

fn check_action(read: &ElicitResult, answer: &Value) {
    let action = match read {
        ElicitResult::Accept(_) => "accept",
        ElicitResult::Decline => "decline",
        ElicitResult::Cancel => "cancel",
    };
    assert_eq!(answer["action"], action, "{answer}");
}

/// Against the fields of [`tools::form`], each by its own rule.
fn check_content(content: &Map<String, Value>, answer: &Value) {
    assert!(content.contains_key("name"), "what is required is missing: {content:?}");
    for (name, value) in content {
        let sent = &answer["content"][name];
        let fits = match name.as_str() {
            "name" => value.as_str().is_some_and(|text| (1..=8).contains(&text.chars().count())),
            "mail" => value.is_string(),
            // A handler takes it with `as_i64`.
            "count" => value.as_i64().is_some_and(|count| (-10..=10).contains(&count)),
            "share" => value.as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)),
            "sure" => value.is_boolean(),
            "one" => matches!(value.as_str(), Some("a" | "b")),
            "some" => value.as_array().is_some_and(|some| {
                let known = |one: &Value| matches!(one.as_str(), Some("x" | "y" | "z"));
                (1..=2).contains(&some.len()) && some.iter().all(known)
            }),
            _ => false,
        };
        assert!(fits, "`{name}` does not fit: {value} of {sent}");
        // The same value, if not in the same words: one choice may stand for a list of one, 1.0 for 1.
        let same =
            value == sent || value.as_f64() == sent.as_f64() && sent.is_number() || *value == json!([sent]);
        assert!(same, "`{name}` became {value} of {sent}");
    }
}

fn check_sample(read: &CreateMessageResult, answer: &Value) {
    assert_eq!(answer["model"], *read.model);
    let blocks = match &answer["content"] {
        Value::Array(blocks) => blocks.len(),
        one => usize::from(one.is_object()),
    };
    assert_eq!(read.content.len(), blocks, "{answer}");
    // What is read can be sent on in a conversation, and is then the same.
    for block in &read.content {
        let written = serde_json::to_value(block).unwrap();
        assert_eq!(&SamplingContent::deserialize(&written).unwrap(), block, "{written}");
    }
}
