//! Completion: what is offered, in which order, within which reach, and that it neither waits nor fails.

use std::time::{Duration, Instant};

use mcp_protocol::{CompleteRequest, CompleteResult, CompletionReference};
use mcp_tools::completion::CompletionError;
use mcp_tools::{Toolsets, View};
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::resources::{Stage, full, limits};
use crate::world::{BRAVO, contains};

fn prompt(name: &str, argument: &str, typed: &str) -> CompleteRequest {
    CompleteRequest::new(CompletionReference::Prompt { name: name.to_owned() }, argument, typed)
}

fn variable(name: &str, typed: &str) -> CompleteRequest {
    let uri = format!("openphone://{name}/{{{name}}}");
    CompleteRequest::new(CompletionReference::Resource { uri }, name, typed)
}

impl Stage {
    async fn complete_in(&self, view: &View, request: &CompleteRequest) -> Vec<String> {
        let result = self.catalog.complete(view, request, &self.cx()).await;
        result.expect("a completion").values().to_vec()
    }

    async fn complete(&self, request: &CompleteRequest) -> Vec<String> {
        self.complete_in(&full(), request).await
    }
}

#[tokio::test]
async fn people_and_inboxes_are_found_by_what_they_are_called() {
    let stage = Stage::start().await;
    assert_eq!(
        stage.complete(&prompt("voicemail-triage", "inbox", "fro")).await,
        ["Front desk +14155550150 (PNlj9HqL54hB)"]
    );
    assert_eq!(stage.complete(&variable("inbox", "")).await.len(), 2);
    assert_eq!(stage.complete(&variable("inbox", "desk")).await, ["PNlj9HqL54hB"]);

    let [nora] = &*stage.complete(&prompt("follow-up-drafts", "contact", "nora cas")).await else {
        panic!("one")
    };
    contains(nora, &["Nora Castillo +14155550101 ("]);
    let id = nora.rsplit('(').next().expect("an id").trim_end_matches(')');
    for typed in ["castillo", "nora", "(415) 555-0101", "Castilo", &id[..24], nora] {
        let found = stage.complete(&variable("contact", typed)).await;
        assert_eq!(found.first().map(String::as_str), Some(id), "{typed}: {found:?}");
    }
    contains(&stage.read(&format!("openphone://contact/{id}")).await, &["lastName \"Castillo\""]);

    let found = stage.complete(&prompt("follow-up-drafts", "conversation", "nora")).await;
    contains(&found[0], &["Nora Castillo +14155550101", "(CN"]);
    let found = stage.complete(&variable("conversation", "nora")).await;
    contains(&stage.read(&format!("openphone://conversation/{}", found[0])).await, &["\"Nora Castillo\""]);

    let found = stage.complete(&prompt("overdue-tasks", "assignee", "marc")).await;
    contains(&found[0], &["Marcus Oyelaran (US"]);
    assert_eq!(
        stage.complete(&prompt("overdue-tasks", "timeZone", "los ang")).await,
        ["America/Los_Angeles"]
    );
    assert_eq!(stage.complete(&prompt("morning-digest", "since", "yes")).await, ["yesterday"]);
    for nothing in [
        prompt("follow-up-drafts", "about", "x"),
        prompt("follow-up-drafts", "contact", "nobody of that name"),
        variable("call", "AC"),
    ] {
        assert_eq!(stage.complete(&nothing).await, Vec::<String>::new());
    }
}

/// The latest come first, of one inbox if one was chosen.
#[tokio::test]
async fn conversations_are_those_of_the_chosen_inbox() {
    let stage = Stage::start().await;
    let all = stage.complete(&prompt("follow-up-drafts", "conversation", "")).await;
    for chosen in ["Emergency line", "Front desk +14155550150 (PNlj9HqL54hB)"] {
        let mut request = prompt("follow-up-drafts", "conversation", "");
        request.known.insert("inbox".to_owned(), chosen.to_owned());
        let found = stage.complete(&request).await;
        let name = chosen.split(" +").next().expect("a name");
        assert!(!found.is_empty() && found.len() < all.len(), "{chosen}");
        assert!(found.iter().all(|value| value.contains(&format!(", {name} (CN"))), "{found:?}");
    }
    let mut request = prompt("follow-up-drafts", "conversation", "");
    request.known.insert("inbox".to_owned(), "no such inbox".to_owned());
    assert_eq!(stage.complete(&request).await, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_beyond_the_reach_is_offered() {
    let stage = Stage::start().await;
    let all = stage.complete(&variable("conversation", "")).await;
    let here = full().with_limits(&limits(r#"{"inboxes":["PNlj9HqL54hB"]}"#));
    let nowhere = full().with_limits(&limits(r#"{"inboxes":[]}"#));
    assert_eq!(stage.complete_in(&here, &variable("inbox", "")).await, ["PNlj9HqL54hB"]);
    let few = stage.complete_in(&here, &variable("conversation", "")).await;
    assert!(!few.is_empty() && few.len() < all.len() && few.iter().all(|id| all.contains(id)));
    for name in ["inbox", "conversation"] {
        assert_eq!(stage.complete_in(&nowhere, &variable(name, "")).await, Vec::<String>::new(), "{name}");
    }
    // The other way round: what a narrow connection read is not all that a wide one is offered.
    assert_eq!(stage.complete(&variable("conversation", "")).await, all);
    let other = stage.catalog.complete(&full(), &variable("conversation", ""), &stage.world.cx(BRAVO)).await;
    let other = other.expect("a completion");
    assert!(!other.values().is_empty() && other.values().iter().all(|id| !all.contains(id)));

    // Contacts only where a tool shows contacts.
    let messaging = full().with_toolsets(Toolsets::parse("messaging").expect("toolsets"));
    let contact = prompt("follow-up-drafts", "contact", "nora");
    assert_eq!(stage.complete_in(&messaging, &contact).await, Vec::<String>::new());
    let hidden = stage.catalog.complete(&messaging, &variable("contact", "nora"), &stage.cx()).await;
    assert_eq!(hidden.expect_err("hidden"), CompletionError::UnknownReference);
}

#[tokio::test]
async fn wrong_references_are_refused() {
    let stage = Stage::start().await;
    let uri = |uri: &str| CompletionReference::Resource { uri: uri.to_owned() };
    for request in [
        prompt("no-such-prompt", "inbox", ""),
        CompleteRequest::new(uri("openphone://user/{user}"), "user", ""),
        CompleteRequest::new(uri(""), "inbox", ""),
    ] {
        let refused = stage.catalog.complete(&full(), &request, &stage.cx()).await;
        assert_eq!(refused.expect_err("unknown"), CompletionError::UnknownReference, "{request:?}");
    }
    let refused = stage.catalog.complete(&full(), &prompt("voicemail-triage", "inbx", ""), &stage.cx()).await;
    let refused = refused.expect_err("unknown").to_string();
    assert_eq!(refused, "it has no such argument; there are: inbox, since, timeZone");
    // A URI of the template serves as well as the template.
    let request = CompleteRequest::new(uri("openphone://inbox/PNlj9HqL54hB"), "inbox", "PNl");
    assert_eq!(stage.complete(&request).await, ["PNlj9HqL54hB"]);
}

fn shown(result: &CompleteResult) -> (usize, Option<String>) {
    (result.values().len(), result.values().first().cloned())
}

/// At most 100 values; how many there are is said.
#[tokio::test]
async fn long_lists_are_cut_at_a_hundred() {
    let stage = Stage::start().await;
    let contact = |index: u32| {
        json!({
            "id": format!("66d0d87e8dc12114673{index:05}"), "externalId": null, "source": null, "sourceUrl": null,
            "defaultFields": { "firstName": format!("Person {index:03}"), "lastName": null, "company": null, "role": null,
                "emails": [], "phoneNumbers": [{ "name": "mobile", "value": format!("+1415555{:04}", 1000 + index) }] },
            "customFields": [], "createdAt": "2026-11-22T10:00:00Z", "updatedAt": null, "createdByUserId": "US1"
        })
    };
    let contacts: Vec<Value> = (0..130).map(contact).collect();
    let body = json!({ "data": contacts, "totalItems": 130, "nextPageToken": null }).to_string();
    let answer = Fault::answer(200, "application/json", body);
    stage.world.sandbox.faults().always(Operation::ListContactsV1, answer);
    let result =
        stage.catalog.complete(&full(), &prompt("follow-up-drafts", "contact", "person"), &stage.cx()).await;
    let result = result.expect("a completion");
    assert_eq!(shown(&result), (100, Some("Person 000 +14155551000 (66d0d87e8dc1211467300000)".to_owned())));
    assert_eq!(result, CompleteResult::new((0..130).map(value).collect()));
}

fn value(index: u32) -> String {
    format!("Person {index:03} +1415555{:04} (66d0d87e8dc12114673{index:05})", 1000 + index)
}

/// Whoever types does not wait for a slow API; what was begun is there for the next key.
#[tokio::test]
async fn a_slow_directory_is_awaited_for_a_moment_only() {
    let stage = Stage::start().await;
    // Together longer than anybody waits, each shorter than a request may take.
    let slow = Duration::from_millis(1_800);
    stage.world.sandbox.faults().next(1, Operation::ListUsers, Fault::delay(slow));
    stage.world.sandbox.faults().next(1, Operation::ListContactsV1, Fault::delay(slow));
    let request = prompt("follow-up-drafts", "contact", "nora");
    let begun = Instant::now();
    assert_eq!(stage.complete(&request).await, Vec::<String>::new());
    assert!(begun.elapsed() < slow * 2, "{:?}", begun.elapsed());
    // What was begun goes on: one of the next askings finds it, and none begins anew.
    let mut found = Vec::new();
    while found.is_empty() {
        assert!(begun.elapsed() < slow * 10, "{:?}", begun.elapsed());
        found = stage.complete(&request).await;
    }
    contains(&found[0], &["Nora Castillo"]);
    assert_eq!(stage.world.sandbox.requests(Operation::ListUsers), 1, "what was begun went on");
}

#[tokio::test]
async fn a_failing_directory_is_an_empty_answer() {
    for fault in [Fault::server_error(), Fault::revoked_key(), Fault::malformed_json()] {
        let stage = Stage::start().await;
        for operation in [
            Operation::ListPhoneNumbers,
            Operation::ListContactsV1,
            Operation::ListUsers,
            Operation::ListConversations,
        ] {
            stage.world.sandbox.faults().always(operation, fault.clone());
        }
        for request in [
            variable("inbox", ""),
            variable("contact", ""),
            variable("conversation", ""),
            prompt("overdue-tasks", "assignee", ""),
        ] {
            assert_eq!(stage.complete(&request).await, Vec::<String>::new(), "{request:?}");
        }
    }
}

/// Names are cleaned here as everywhere.
#[tokio::test]
async fn names_hide_nothing() {
    for hostile in crate::hostile::CORPUS {
        let stage = Stage::start().await;
        let body = json!({ "data": [{
            "id": "66d0d87e8dc1211467370009", "externalId": null, "source": null, "sourceUrl": null,
            "defaultFields": { "firstName": hostile, "lastName": "Zz", "company": null, "role": null, "emails": [],
                "phoneNumbers": [{ "name": "mobile", "value": "+14155550101" }] },
            "customFields": [], "createdAt": "2026-11-22T10:00:00Z", "updatedAt": null, "createdByUserId": "US1"
        }], "totalItems": 1, "nextPageToken": null });
        let answer = Fault::answer(200, "application/json", body.to_string());
        stage.world.sandbox.faults().always(Operation::ListContactsV1, answer);
        let found = stage.complete(&prompt("follow-up-drafts", "contact", "")).await;
        let [value] = found.as_slice() else { panic!("one: {found:?}") };
        assert!(value.ends_with(" (66d0d87e8dc1211467370009)"), "{value:?}");
        assert!(
            !value.contains(|c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}' | '\u{feff}')),
            "{value:?}"
        );
    }
}
