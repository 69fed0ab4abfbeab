//! The large workspace in its full size: 200 inboxes, 50,000 contacts, 500,000 messages, none of them stored.

use std::collections::BTreeSet;

use openphone_sandbox::{Sandbox, WorkspaceSize};
use serde_json::Value;

use crate::support::{ALPHA, LARGE, all, anchor, answer, json, options, paged, show};

mod changes;
mod lists;

fn full() -> Sandbox {
    Sandbox::new(options())
}

/// As the default, but small enough to be read whole.
fn small() -> Sandbox {
    Sandbox::new(options().large_workspace(WorkspaceSize::new(7, 300, 3_000).unwrap()))
}

fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item[key].as_str().unwrap_or_default()
}

async fn page(sandbox: &Sandbox, path: &str) -> Vec<Value> {
    json(sandbox, LARGE, &format!("GET {path}"), 200).await["data"].as_array().unwrap().clone()
}

/// Pages of messages from the present to three years ago.
async fn sample(sandbox: &Sandbox) -> Vec<Value> {
    let mut sample = page(sandbox, "/messages?limit=50").await;
    for months in 1..36 {
        let before = anchor() - jiff::SignedDuration::from_hours(24 * 30 * months);
        sample.extend(page(sandbox, &format!("/messages?limit=50&createdAt[lt]={before}")).await);
    }
    sample
}

#[tokio::test]
async fn it_is_as_large_as_promised_and_reads_from_either_end() {
    let sandbox = full();
    assert_eq!(page(&sandbox, "/v1/phone-numbers").await.len(), 200);
    assert_eq!(all(&sandbox, LARGE, "/users").await.len(), 60);
    // The ends of what is too long to be read here.
    let first = page(&sandbox, "/conversations?limit=1&sort=createdAt:asc").await;
    let since = text(&first[0], "createdAt");
    let oldest = page(&sandbox, &format!("/messages?limit=50&createdAt[lt]={since}")).await;
    assert!(oldest.is_empty(), "a conversation begins with its first message or call");
    let three_years = anchor().duration_since(since.parse().unwrap()).as_hours() / 24;
    assert!((1_080..1_100).contains(&three_years), "{three_years} days");
    assert_eq!(page(&sandbox, "/v1/contacts?maxResults=50&externalIds=CRM-049999").await.len(), 1);
    assert_eq!(page(&sandbox, "/v1/contacts?maxResults=50&externalIds=CRM-050001").await.len(), 0);
    // One month of one inbox in pages of any size.
    let inbox = text(&first[0], "phoneNumberId");
    let path = format!("/messages?phoneNumberId={inbox}&createdAt[gt]=2026-10-20T00:00:00Z");
    let month = paged(&sandbox, LARGE, &path, 50).await;
    assert!((50..150).contains(&month.len()), "{} messages", month.len());
    assert_eq!(paged(&sandbox, LARGE, &path, 7).await, month);
}

#[tokio::test]
async fn what_one_list_shows_the_others_show_too() {
    let sandbox = full();
    let sample = sample(&sandbox).await;
    assert_eq!(sample.len(), 36 * 50);
    assert_eq!(sample.iter().map(|message| text(message, "id")).collect::<BTreeSet<_>>().len(), 36 * 50);
    for message in sample.iter().step_by(23) {
        let id = text(message, "id");
        assert_eq!(json(&sandbox, LARGE, &format!("GET /messages/{id}"), 200).await["data"], *message);
        let (inbox, at) = (text(message, "phoneNumberId"), text(message, "createdAt"));
        let from = text(message, "from").replace('+', "%2B");
        let to = message["to"][0].as_str().unwrap().replace('+', "%2B");
        // Lists that begin at the message, and have it on their first page.
        for filter in [
            String::new(),
            format!("&phoneNumberId={inbox}"),
            format!("&from={from}"),
            format!("&to={to}"),
            format!("&from={from}&to={to}&direction={}", text(message, "direction")),
        ] {
            let until: jiff::Timestamp = at.parse().unwrap();
            let until = until + jiff::SignedDuration::from_millis(1);
            let found = page(&sandbox, &format!("/messages?limit=50&createdAt[lt]={until}{filter}")).await;
            assert!(found.contains(message), "{filter} does not show {message}");
            assert!(found.is_sorted_by(|one, next| text(one, "createdAt") >= text(next, "createdAt")));
        }
        check_thread(&sandbox, message).await;
    }
}

/// The message's conversation, contacts and inbox know it.
async fn check_thread(sandbox: &Sandbox, message: &Value) {
    let inbox =
        json(sandbox, LARGE, &format!("GET /phone-numbers/{}", text(message, "phoneNumberId")), 200).await;
    let ours = text(&inbox["data"], "phoneNumber");
    let parties = message["to"].as_array().unwrap().iter().chain([&message["from"]]);
    let others: Vec<&str> = parties.filter_map(Value::as_str).filter(|party| *party != ours).collect();
    let query: Vec<_> =
        others.iter().map(|number| format!("participants={}", number.replace('+', "%2B"))).collect();
    let path = format!("/v1/messages?phoneNumberId={}&{}", text(message, "phoneNumberId"), query.join("&"));
    let thread = paged(sandbox, LARGE, &path, 50).await;
    assert!(thread.iter().any(|known| known["id"] == message["id"]), "{path}");
    let id = text(message, "conversationId");
    assert!(thread.iter().all(|known| text(known, "conversationId") == id));
    let conversation = json(sandbox, LARGE, &format!("POST /conversations/{id}/mark-as-read"), 200).await;
    let mut sorted = others.clone();
    sorted.sort_unstable();
    assert_eq!(conversation["data"]["participants"], serde_json::json!(sorted));
    assert!(text(&conversation["data"], "lastActivityAt") >= text(&thread[0], "createdAt"));
}

#[tokio::test]
async fn contacts_are_found_by_external_id_and_by_id() {
    let sandbox = full();
    for number in [1, 2, 4_999, 25_001, 49_998] {
        let found = page(&sandbox, &format!("/v1/contacts?externalIds=CRM-{number:06}")).await;
        let [contact] = found.as_slice() else { panic!("CRM-{number:06}: {found:?}") };
        let id = text(contact, "id");
        assert_eq!(json(&sandbox, LARGE, &format!("GET /v1/contacts/{id}"), 200).await["data"], *contact);
        let taken = format!(
            r#"POST /v1/contacts {{"defaultFields":{{"firstName":"Ada"}},"externalId":"CRM-{number:06}"}}"#
        );
        json(&sandbox, LARGE, &taken, 409).await;
    }
}

#[tokio::test]
async fn ids_that_were_not_given_out_are_not_there() {
    let sandbox = full();
    let message = page(&sandbox, "/messages?limit=1").await[0].clone();
    let id = text(&message, "id");
    let (last, other) = if id.ends_with('0') { ("0", "1") } else { (&id[id.len() - 1..], "0") };
    let forged = format!("{}{other}", id.strip_suffix(last).unwrap());
    json(&sandbox, LARGE, &format!("GET /messages/{id}"), 200).await;
    for (path, id) in [
        ("/messages", forged.as_str()),
        ("/calls", id),
        ("/v1/contacts", &id[10..]),
        ("/messages", &id.to_uppercase()),
    ] {
        json(&sandbox, LARGE, &format!("GET {path}/{id}"), 404).await;
    }
}

#[tokio::test]
async fn two_runs_are_the_same_and_another_start_moves_the_dates() {
    let lines = [
        "GET /organization",
        "GET /phone-numbers?limit=50",
        "GET /messages?limit=50",
        "GET /messages?limit=50&createdAt[lt]=2025-02-03T00:00:00Z&direction=incoming",
        "GET /calls?limit=50&include=summary,voicemail",
        "GET /conversations?limit=50&sort=updatedAt:asc",
        "GET /v1/contacts?maxResults=50",
    ];
    let (one, two) = (full(), full());
    let later = anchor() + jiff::SignedDuration::from_hours(24);
    let other = Sandbox::new(options().now(later));
    for line in lines {
        let body = answer(&one, LARGE, line).await.into_body();
        assert_eq!(body, answer(&two, LARGE, line).await.into_body(), "{line}");
        assert_ne!(body, answer(&other, LARGE, line).await.into_body(), "{line}");
    }
}

/// What half a million stored messages would take is far more.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn opening_and_reading_the_full_size_takes_little_memory() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = resident();
    let sandbox = full();
    for round in 0..400 {
        let until = anchor() - jiff::SignedDuration::from_hours(65 * round);
        let list = ["/messages", "/calls", "/conversations"][round as usize % 3];
        let operator = if list == "/messages" { "lt" } else { "lte" };
        page(&sandbox, &format!("{list}?limit=50&createdAt[{operator}]={until}")).await;
    }
    let grown = resident().saturating_sub(before);
    // Other tests run meanwhile; each message would be half a kilobyte.
    assert!(grown < 100_000, "{grown} kB");
}

/// Every key of a value with the kind of its values, such as `.voicemail.status string`.
fn shape(value: &Value, path: &str, shape: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| self::shape(item, &format!("{path}[]"), shape)),
        Value::Object(fields) => {
            fields.iter().for_each(|(key, field)| self::shape(field, &format!("{path}.{key}"), shape));
        }
        Value::Null => _ = shape.insert(format!("{path} null")),
        Value::Bool(_) => _ = shape.insert(format!("{path} boolean")),
        Value::Number(_) => _ = shape.insert(format!("{path} number")),
        Value::String(_) => _ = shape.insert(format!("{path} string")),
    }
}

/// `schema.rs` has the small workspace's answers checked.
#[tokio::test]
async fn its_answers_have_the_shapes_of_a_small_workspace() {
    let sandbox = small();
    for path in [
        "/messages",
        "/calls?include=summary,voicemail",
        "/conversations",
        "/v1/conversations",
        "/phone-numbers",
        "/v1/phone-numbers",
        "/users",
        "/v1/contacts",
    ] {
        let mut shapes = [BTreeSet::new(), BTreeSet::new()];
        for (key, shapes) in [ALPHA, LARGE].iter().zip(&mut shapes) {
            all(&sandbox, key, path).await.iter().for_each(|item| shape(item, "", shapes));
        }
        let [known, seen] = shapes;
        // Everybody in the small workspace has a role.
        let new: Vec<_> = seen.difference(&known).filter(|one| *one != ".defaultFields.role null").collect();
        assert!(new.is_empty(), "{path}: {new:?}");
        assert!(seen.len() * 10 > known.len() * 9, "{path}: {:?}", known.difference(&seen));
    }
}

#[tokio::test]
async fn everybody_is_plainly_fictional_and_no_placeholder_is_left() {
    let sandbox = small();
    for path in ["/messages", "/calls?include=summary,voicemail", "/v1/contacts", "/users", "/phone-numbers"]
    {
        for item in all(&sandbox, LARGE, path).await {
            let shown = item.to_string();
            for number in shown.split("\"+").skip(1) {
                let number = number.split('"').next().unwrap();
                assert!(number.len() == 11 && &number[4..9] == "55501", "{number}");
            }
            for email in shown.split('"').filter(|word| word.contains('@') && !word.contains(' ')) {
                assert!(email.ends_with("@example.com"), "{email}");
            }
            for text in ["text", "transcript", "content"].iter().filter_map(|key| item[key].as_str()) {
                assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn it_reads_like_work() {
    let sandbox = full();
    let mut shown = String::new();
    for line in [
        "GET /organization",
        "GET /users?limit=1",
        "GET /phone-numbers?limit=1",
        "GET /v1/contacts?maxResults=2",
        "GET /v1/contact-custom-fields",
        "GET /messages?limit=1",
        "GET /conversations?limit=1",
        "GET /calls?limit=1&status=completed&include=summary",
        "GET /calls?limit=1&include=voicemail&status=no-answer&direction=incoming",
    ] {
        shown.push_str(&show(line, &answer(&sandbox, LARGE, line).await));
    }
    let inbox = text(&page(&sandbox, "/phone-numbers?limit=1").await[0], "id").to_owned();
    let mut messages = page(&sandbox, &format!("/messages?limit=40&phoneNumberId={inbox}")).await;
    messages.reverse();
    for message in &messages {
        let arrow = if message["direction"] == "incoming" { "<" } else { ">" };
        let (at, text) = (text(message, "createdAt"), text(message, "text"));
        shown.push_str(&format!("{at} {arrow} {text}\n"));
    }
    insta::assert_snapshot!("it_reads_like_work", shown);
}
