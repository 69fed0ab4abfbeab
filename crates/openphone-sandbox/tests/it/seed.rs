//! The seeded workspaces: what issue and documentation promise of them.

use serde_json::Value;

use crate::support::{ALPHA, BRAVO, all, anchor, json, sandbox};

#[tokio::test]
async fn a_workspace_holds_what_is_promised() {
    let sandbox = sandbox();
    for key in [ALPHA, BRAVO, "sandbox-key-workspace-1", "sandbox-key-workspace-2"] {
        assert_eq!(all(&sandbox, key, "/phone-numbers").await.len(), 2);
        assert_eq!(all(&sandbox, key, "/users").await.len(), 3);
        assert_eq!(all(&sandbox, key, "/v1/contacts").await.len(), 20);
        let messages = all(&sandbox, key, "/messages").await;
        assert!((250..600).contains(&messages.len()), "{key}: {} messages", messages.len());
        let calls = all(&sandbox, key, "/calls?include=summary,voicemail").await;
        assert!(calls.len() >= 20, "{key}: {} calls", calls.len());
        let conversations = all(&sandbox, key, "/conversations").await;
        let groups =
            conversations.iter().filter(|one| one["participants"].as_array().unwrap().len() > 1).count();
        assert!(groups >= 3 && conversations.len() > 20, "{key}: {groups} of {}", conversations.len());
        for status in ["completed", "missed", "no-answer", "forwarded", "abandoned"] {
            assert!(calls.iter().any(|call| call["status"] == status), "{key}: no {status} call");
        }
        let count = |wanted: &dyn Fn(&Value) -> bool| calls.iter().filter(|call| wanted(call)).count();
        assert!(count(&|call| call["voicemail"]["status"] == "completed") >= 3);
        assert!(count(&|call| call["aiHandled"] == "ai-agent") >= 2);
        assert!(count(&|call| call["summary"]["status"] == "completed") >= 7);
        assert!(count(&|call| call["summary"]["status"] == "in-progress") == 1);
        let tasks = all(&sandbox, key, "/v1/tasks").await;
        let count = |wanted: &dyn Fn(&Value) -> bool| tasks.iter().filter(|task| wanted(task)).count();
        let overdue = |task: &Value| task["dueDate"].as_str().is_some_and(|due| due < "2026-11-20T18:30");
        assert_eq!(count(&|task| task["isDeleted"] == true), 1);
        assert!(count(&|task| task["completed"] == true) >= 1);
        assert!(count(&|task| task["completed"] == false && overdue(task)) >= 2);
        assert!(count(&|task| task["activityId"].is_string()) >= 3);
        assert!(count(&|task| task["conversationId"].is_null()) >= 1, "{key}: one is about an inbox alone");
        let writers: std::collections::BTreeSet<_> =
            messages.iter().filter_map(|message| message["userId"].as_str()).collect();
        assert_eq!(writers.len(), 3, "all three teammates write");
    }
}

/// What real workspaces have in them and a client has to stand.
#[tokio::test]
async fn a_workspace_has_something_of_each_quirk() {
    let sandbox = sandbox();
    for key in [ALPHA, BRAVO, "sandbox-key-workspace-1", "sandbox-key-workspace-2"] {
        let messages = all(&sandbox, key, "/messages").await;
        let media: Vec<_> = messages.iter().flat_map(|one| one["media"].as_array().unwrap()).collect();
        assert!(media.iter().any(|one| one["type"].is_string()), "{key}: a picture");
        assert!(media.iter().any(|one| one["type"].is_null()), "{key}: a file of an unknown type");
        let is_short_code = |party: &Value| party.as_str().unwrap().bytes().all(|b| b.is_ascii_digit());
        assert!(messages.iter().any(|one| is_short_code(&one["from"])), "{key}: a short code");
        let mut withheld = std::collections::BTreeSet::new();
        let (mut lost, mut forwarded) = (0, 0);
        for call in all(&sandbox, key, "/calls").await {
            let line = format!("GET /v1/calls/{}", call["id"].as_str().unwrap());
            let v1 = &json(&sandbox, key, &line, 200).await["data"];
            lost += usize::from(v1["participants"].as_array().unwrap().is_empty());
            let from = call["participants"][0]["phoneNumber"].as_str().unwrap();
            withheld.extend(from.starts_with(|c: char| c.is_alphabetic()).then(|| from.to_owned()));
            forwarded += usize::from(call["status"] == "forwarded");
            for call in [&call, v1] {
                assert_eq!(call["status"] == "forwarded", call["forwardedFrom"].is_string(), "{call}");
                assert_eq!(call["status"] == "forwarded", call["forwardedTo"].is_string(), "{call}");
            }
        }
        assert!(withheld.contains("Anonymous") && withheld.len() == 2, "{key}: {withheld:?}");
        assert_eq!((lost, forwarded), (1, 1), "{key}");
        for path in ["/v1/conversations", "/conversations"] {
            let conversations = all(&sandbox, key, path).await;
            for field in ["mutedUntil", "snoozedUntil"] {
                let until: Vec<_> = conversations.iter().filter_map(|one| one[field].as_str()).collect();
                assert!(until.len() == 1 && until[0] > "2026-11-20T18:30", "{key} {path} {field}: {until:?}");
            }
        }
        let users = all(&sandbox, key, "/users").await;
        assert_eq!(users.iter().filter(|user| user["pictureUrl"].is_string()).count(), 1);
    }
}

#[tokio::test]
async fn seeded_dates_lie_in_the_sixty_days_before_the_anchor() {
    let now = anchor();
    for hour in 0..24 {
        let anchor = now + jiff::SignedDuration::from_hours(hour);
        let sandbox = openphone_sandbox::Sandbox::new(crate::support::options().now(anchor));
        for path in ["/messages", "/calls"] {
            let mut days = std::collections::BTreeSet::new();
            for item in all(&sandbox, ALPHA, path).await {
                let at: jiff::Timestamp = item["createdAt"].as_str().unwrap().parse().unwrap();
                assert!(at <= anchor, "{at} is after {anchor}");
                assert!(anchor.duration_since(at).as_hours() <= 61 * 24, "{at} is too old");
                days.insert(anchor.duration_since(at).as_hours() / 24);
            }
            assert!(days.len() > 15, "{path}: on {} days only", days.len());
        }
    }
}

#[tokio::test]
async fn the_same_key_and_anchor_give_the_same_workspace() {
    let (one, two) = (sandbox(), sandbox());
    for path in
        ["/messages", "/calls?include=summary,voicemail", "/v1/contacts", "/v1/conversations", "/tasks"]
    {
        assert_eq!(all(&one, BRAVO, path).await, all(&two, BRAVO, path).await);
    }
}

#[tokio::test]
async fn everybody_is_plainly_fictional_and_no_placeholder_is_left() {
    let sandbox = sandbox();
    for key in [ALPHA, BRAVO, "sandbox-key-workspace-1", "sandbox-key-workspace-2"] {
        for path in [
            "/messages",
            "/calls?include=summary,voicemail",
            "/v1/contacts",
            "/users",
            "/phone-numbers",
            "/tasks",
        ] {
            for item in all(&sandbox, key, path).await {
                let text = item.to_string();
                for number in text.split("\"+").skip(1) {
                    let number = number.split('"').next().unwrap();
                    assert!(number.len() == 11 && &number[4..9] == "55501", "{number}");
                }
                for email in text.split('"').filter(|word| word.contains('@') && !word.contains(' ')) {
                    assert!(email.ends_with("@example.com"), "{email}");
                }
                for name in ["name", "last", "me", "company", "owner", "office", "tech"] {
                    assert!(!text.contains(&format!("{{{name}}}")), "{text}");
                }
            }
        }
    }
}

/// The conversations of one contact, as a person reads them.
#[tokio::test]
async fn conversations_read_like_work() {
    let sandbox = sandbox();
    let mut shown = String::new();
    for (key, number) in [(ALPHA, "+14155550101"), (BRAVO, "+12065550102"), ("sandbox-key-workspace-1", "+1")]
    {
        let mut messages = all(&sandbox, key, "/messages").await;
        messages.reverse();
        shown.push_str(&format!("== {key}\n"));
        let ours = |message: &Value| {
            let party = if message["direction"] == "incoming" { &message["from"] } else { &message["to"][0] };
            party.as_str().unwrap().starts_with(number) && message["to"].as_array().unwrap().len() == 1
        };
        for message in messages.iter().filter(|message| ours(message)).take(24) {
            let arrow = if message["direction"] == "incoming" { "<" } else { ">" };
            shown.push_str(&format!(
                "{} {arrow} {}\n",
                message["createdAt"].as_str().unwrap(),
                message["text"].as_str().unwrap()
            ));
        }
    }
    insta::assert_snapshot!("conversations_read_like_work", shown);
}
