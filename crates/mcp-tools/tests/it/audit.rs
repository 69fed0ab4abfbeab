//! Records of what was done: one per write and per refusal, without numbers, texts, names and keys; and
//! `list-recent-activity`, which reads them back.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use mcp_tools::{
    AuditOutcome, AuditRecord, AuditSink, CallOutcome, ClientMode, Context, Dedupe, Limits, Scope, Scopes,
    View,
};
use openphone_sandbox::{Fault, On, Operation};
use serde_json::{Value, json};

use crate::stores::{Breakable, Recording};
use crate::world::{ALPHA, NORA, STRANGER, THEO, World, contains};

/// Keeps what it is given.
#[derive(Default)]
struct Kept(Mutex<Vec<AuditRecord>>);

#[async_trait]
impl AuditSink for Kept {
    async fn record(&self, record: &AuditRecord) {
        self.0.lock().expect("not poisoned").push(record.clone());
    }
}

impl Kept {
    /// A world whose records are kept here.
    fn of(mut world: World) -> (World, Arc<Self>) {
        let kept = Arc::new(Self::default());
        world.services = world.services.with_audit(kept.clone());
        (world, kept)
    }

    /// Everything that was recorded, once it was.
    async fn all(&self, world: &World) -> Vec<AuditRecord> {
        world.services.drain().await;
        std::mem::take(&mut self.0.lock().expect("not poisoned"))
    }

    async fn only(&self, world: &World) -> AuditRecord {
        let [record] = <[AuditRecord; 1]>::try_from(self.all(world).await).expect("one record");
        record
    }
}

/// As the binary makes it.
fn cx(world: &World) -> Context {
    world.cx(ALPHA).with_connection("one").with_client("Claude (claude.ai)").with_request_id("0badcafe-2a")
}

fn send(to: &str, content: &str) -> Value {
    json!({ "from": "Front desk", "to": to, "content": content })
}

fn limits(json: Value) -> Limits {
    serde_json::from_value(json).expect("limits")
}

#[tokio::test]
async fn a_text_leaves_one_record_with_everything_but_what_it_said() {
    let (world, kept) = Kept::of(World::start().await);
    let cx = cx(&world);
    let sent = world.call_in(&cx, "send-message", send(NORA, "Hi Nora, at five?")).await.ok();
    let record = kept.only(&world).await;
    assert_eq!(record.at.to_string(), "2026-11-22T18:30:00Z");
    assert_eq!(record.request_id.as_deref(), Some("0badcafe-2a"));
    assert_eq!(record.key, cx.key());
    assert_eq!(record.client.as_deref(), Some("Claude (claude.ai)"));
    assert_eq!(record.tool, "send-message");
    assert_eq!(record.inbox.as_deref(), sent.data["from"]["id"].as_str());
    assert_eq!((record.recipients.len(), record.size), (1, "Hi Nora, at five?".len()));
    assert_eq!((record.outcome, record.reason), (AuditOutcome::Done, None));
    assert_eq!((record.counts, record.dedupe), (vec![("sent", 1)], Some(Dedupe::New)));
    assert_eq!(record.ids, [sent.data["messageId"].as_str().expect("an id")]);

    // The same again is another record, of the same recipient and message.
    world.call_in(&cx, "send-message", send(NORA, "Hi Nora, at five?")).await.ok();
    let again = kept.only(&world).await;
    assert_eq!((again.dedupe, again.outcome), (Some(Dedupe::Duplicate), AuditOutcome::Done));
    assert_eq!((again.recipients, again.connection), (record.recipients, record.connection));
    assert!(record.connection.is_some());
}

/// Each way in which a call ends without having done what was asked.
#[tokio::test]
async fn a_refusal_leaves_a_record_with_its_reason() {
    let read = |scope| View::new(ClientMode::Full, Scopes::from(scope));
    let all = View::new(ClientMode::Full, Scopes::ALL);
    for (view, limit, tool, arguments, outcome, reason) in [
        (
            read(Scope::Read),
            json!({}),
            "send-message",
            send(NORA, "Hi"),
            AuditOutcome::Refused,
            "missing_scope",
        ),
        (
            all.clone(),
            json!({ "readOnly": true }),
            "send-message",
            send(NORA, "Hi"),
            AuditOutcome::Refused,
            "not_allowed",
        ),
        (
            all.clone(),
            json!({ "noTexting": true }),
            "send-bulk-messages",
            json!({}),
            AuditOutcome::Refused,
            "not_allowed",
        ),
        (
            View::new(ClientMode::ChatGpt, Scopes::ALL),
            json!({}),
            "bulk-messages",
            json!({}),
            AuditOutcome::Refused,
            "hidden",
        ),
        (
            all.clone(),
            json!({ "sendsPerDay": 0 }),
            "send-message",
            send(NORA, "Hi"),
            AuditOutcome::Refused,
            "limit_reached",
        ),
        (
            all.clone(),
            json!({ "replyOnly": true }),
            "send-message",
            send(STRANGER, "Hi"),
            AuditOutcome::Refused,
            "not_allowed",
        ),
        (
            all.clone(),
            json!({}),
            "send-message",
            send("nobody", "Hi"),
            AuditOutcome::Refused,
            "invalid_arguments",
        ),
        (
            all.clone(),
            json!({}),
            "send-message",
            send("+14155550119", "Hi"),
            AuditOutcome::Refused,
            "not_allowed",
        ),
        (
            all.clone(),
            json!({}),
            "list-recent-activity",
            json!({ "connections": "all" }),
            AuditOutcome::Done,
            "",
        ),
        (
            read(Scope::Read),
            json!({}),
            "list-recent-activity",
            json!({ "connections": "all" }),
            AuditOutcome::Refused,
            "not_allowed",
        ),
        (all.clone(), json!({}), "fetch-messages", json!({ "inbox": "Nowhere" }), AuditOutcome::Done, ""),
        (all.clone(), json!({}), "no-such-tool", json!({}), AuditOutcome::Done, ""),
    ] {
        let (world, kept) = Kept::of(World::start().await);
        let cx = cx(&world).with_limits(&limits(limit));
        let Value::Object(arguments) = arguments else { panic!("an object") };
        world.catalog.call(&view, tool, arguments, &cx).await;
        let records = kept.all(&world).await;
        // What only reads is recorded when it is refused; a mistyped filter is no refusal.
        let expected = if reason.is_empty() { vec![] } else { vec![(outcome, Some(reason))] };
        let found: Vec<_> = records.iter().map(|record| (record.outcome, record.reason)).collect();
        assert_eq!(found, expected, "{tool} {reason}");
        assert!(records.iter().all(|record| record.tool == tool || record.tool == "bulk-messages"), "{tool}");
        assert_eq!(world.sent().len(), 0, "{tool} {reason}");
    }
}

#[tokio::test]
async fn a_failure_of_the_upstream_leaves_a_record_with_its_kind() {
    for (fault, outcome, reason) in [
        (Fault::a2p_not_approved(), AuditOutcome::Failed, "upstream"),
        (Fault::revoked_key(), AuditOutcome::Failed, "key_refused"),
        (Fault::close(), AuditOutcome::Unknown, "outcome_unknown"),
    ] {
        let (world, kept) = Kept::of(World::start().await);
        world.sandbox.faults().next(1, Operation::SendMessageV1, fault.clone());
        world.sandbox.faults().next(1, Operation::CreateContactV1, fault);
        world.call_in(&cx(&world), "send-message", send(NORA, "Hi")).await.error();
        let record = kept.only(&world).await;
        assert_eq!(
            (record.outcome, record.reason, record.dedupe),
            (outcome, Some(reason), Some(Dedupe::New))
        );
        world.call_in(&cx(&world), "create-contact", json!({ "firstName": "Ada" })).await;
        assert_eq!(kept.only(&world).await.outcome, outcome, "{reason}");
    }
}

#[tokio::test]
async fn a_question_and_its_answer_are_two_records() {
    let (world, kept) = Kept::of(World::start().await);
    let cx = cx(&world).with_limits(&limits(json!({ "confirmMany": true })));
    let two = json!({ "from": "Front desk", "to": [NORA, THEO], "content": "Closed on Friday." });
    let asked = cx.clone().with_asking(mcp_tools::Asking::possible());
    let question = world.question(&asked, "bulk-messages", two.clone()).await;
    let record = kept.only(&world).await;
    assert_eq!((record.outcome, record.recipients.len()), (AuditOutcome::Asked, 2));
    let answered = cx.with_asking(mcp_tools::Asking::possible().with_answer(&question.id, true));
    world.call_in(&answered, "bulk-messages", two).await.ok();
    let record = kept.only(&world).await;
    assert_eq!((record.outcome, record.counts), (AuditOutcome::Done, vec![("sent", 2)]));
}

#[tokio::test]
async fn a_batch_says_how_its_parts_ended() {
    let (world, kept) = Kept::of(World::start().await);
    // 555-0119 opted out.
    let three =
        json!({ "from": "Front desk", "to": [NORA, "+14155550119", THEO], "content": "Closed on Friday." });
    world.call_in(&cx(&world), "bulk-messages", three).await.ok();
    let record = kept.only(&world).await;
    assert_eq!((record.outcome, record.reason), (AuditOutcome::Partly, Some("not_allowed")));
    assert_eq!(record.counts, [("sent", 2), ("not_attempted", 1)]);
    assert_eq!(
        (record.recipients.len(), record.ids.len(), record.size),
        (3, 2, 3 * "Closed on Friday.".len())
    );

    let contacts = json!({ "contacts": [{ "firstName": "Ada" }, { "firstName": "Nora", "phoneNumbers": [{ "value": NORA }] }] });
    let created = world.call_in(&cx(&world), "create-contact", contacts).await.ok();
    let record = kept.only(&world).await;
    assert_eq!((record.outcome, record.counts), (AuditOutcome::Done, vec![("created", 1), ("duplicate", 1)]));
    assert_eq!(record.ids, [created.data["contacts"][0]["id"].as_str().expect("an id")]);
}

/// The text goes on without its caller, and so does its record; what else was being written is recorded as broken off.
#[tokio::test]
async fn a_caller_who_goes_away_leaves_a_record() {
    let (world, kept) = Kept::of(World::start().await);
    let cx = cx(&world);
    world.sandbox.faults().next(1, Operation::SendMessageV1, Fault::delay(Duration::from_millis(300)));
    let call = world.call_in(&cx, "send-message", send(NORA, "Hi"));
    let posted = async {
        while world.posts() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = call => panic!("it takes a while"),
        () = posted => {}
    }
    let record = kept.only(&world).await;
    assert_eq!((record.outcome, record.counts, record.ids.len()), (AuditOutcome::Done, vec![("sent", 1)], 1));
    assert_eq!(world.sent().len(), 1);

    world.sandbox.faults().next(1, Operation::CreateContactV1, Fault::hang());
    let call = world.call_in(&cx, "create-contact", json!({ "firstName": "Ada" }));
    let posted = async {
        while world.sandbox.requests(Operation::CreateContactV1) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = call => panic!("it takes a while"),
        () = posted => {}
    }
    let record = kept.only(&world).await;
    assert_eq!((record.tool, record.outcome), ("create-contact", AuditOutcome::Unknown));
    assert_eq!(record.reason, Some("interrupted"));
}

/// A sink that never takes its first record holds up no text, and takes nothing from the activity log.
#[tokio::test]
async fn a_sink_that_hangs_holds_up_nothing() {
    struct Hangs;
    #[async_trait]
    impl AuditSink for Hangs {
        async fn record(&self, _: &AuditRecord) {
            std::future::pending::<()>().await;
        }
    }
    let mut world = World::start().await;
    world.services = world.services.with_audit(Arc::new(Hangs));
    for (to, content) in [(NORA, "One"), (THEO, "Two")] {
        world.call_in(&cx(&world), "send-message", send(to, content)).await.ok();
    }
    let answer = world.call_in(&cx(&world), "list-recent-activity", json!({})).await.ok();
    assert_eq!(answer.data["actions"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer.data["coverage"]["complete"], true);
}

/// The canary: nothing that is recorded, logged or stored holds a number, a text, a name or a key.
#[tokio::test]
async fn nothing_that_is_kept_says_who_or_what() {
    let store = OnceLock::new();
    let world =
        World::with_store(|clock| store.get_or_init(|| Recording::new(clock)).clone() as Arc<_>).await;
    let (world, kept) = Kept::of(world);
    let cx = cx(&world);
    let marker = "canary-51e7";
    let name = "Marcella Canaris";
    for (tool, arguments) in [
        ("send-message", send(NORA, marker)),
        ("send-message", send(marker, marker)),
        ("send-message", json!({ "from": name, "to": NORA, "content": marker, "idempotencyKey": name })),
        ("send-message", json!({ marker: name })),
        ("bulk-messages", json!({ "from": "Front desk", "to": [THEO, "+14155550119"], "content": marker })),
        ("create-contact", json!({ "firstName": name, "phoneNumbers": [{ "value": STRANGER }] })),
        ("create-contact", json!({ "firstName": name, "phoneNumbers": [{ "value": marker }] })),
        ("list-recent-activity", json!({ "participantPhoneNumber": NORA, "tool": marker })),
    ] {
        world.call_in(&cx, tool, arguments).await;
    }
    let records = kept.all(&world).await;
    assert_eq!(records.len(), 7);
    let mut texts: Vec<String> = records.iter().map(|record| format!("{record:?}")).collect();
    let written = store.get().expect("made").written();
    texts.extend(written.iter().map(|(key, value)| format!("{key} {}", String::from_utf8_lossy(value))));
    let numbers = [NORA, THEO, STRANGER, "+14155550119", "+14155550150"];
    let secrets = numbers
        .iter()
        .flat_map(|number| [&number[1..], &number[2..]])
        .chain([marker, "Marcella", "Canaris", ALPHA]);
    for secret in secrets {
        let found = texts.iter().find(|text| text.contains(secret));
        assert!(found.is_none(), "{secret:?} in {found:?}");
    }
}

/// What the default sink writes.
#[tokio::test]
async fn without_another_sink_records_are_events() {
    let world = World::start().await;
    let unique = "0badcafe-event";
    let cx = world.cx(ALPHA).with_request_id(unique).with_client("Claude (claude.ai)");
    world.call_in(&cx, "send-message", send(NORA, "canary-event")).await.ok();
    world.services.drain().await;
    let lines = crate::log::lines();
    let line =
        lines.iter().find(|line| line.starts_with("audit ") && line.contains(unique)).expect("an event");
    let key = format!("key={}", cx.key());
    contains(
        line,
        &[
            &key,
            "tool=\"send-message\"",
            "outcome=\"done\"",
            "dedupe=\"new\"",
            "counts=\"sent=1\"",
            "size=12",
        ],
    );
    assert!(!line.contains("canary-event") && !line.contains("5550101"), "{line}");
}

async fn activity(world: &World, arguments: Value) -> Vec<(String, String)> {
    let answer = world.call_in(&cx(world), "list-recent-activity", arguments).await.ok();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let actions = answer.data["actions"].as_array().expect("actions");
    actions.iter().map(|action| (text(&action["tool"]), text(&action["outcome"]))).collect()
}

#[tokio::test]
async fn activity_is_listed_newest_first_with_filters_and_a_cursor() {
    let world = World::start().await;
    assert!(activity(&world, json!({})).await.is_empty());
    let call = async |tool, arguments| {
        world.call_in(&cx(&world), tool, arguments).await;
        world.advance(60);
    };
    call("send-message", send(NORA, "One")).await;
    call("create-contact", json!({ "firstName": "Ada" })).await;
    call("bulk-messages", json!({ "from": "Front desk", "to": [NORA, THEO], "content": "Two" })).await;
    call("send-message", send("+14155550119", "Three")).await;
    call("fetch-messages", json!({ "inbox": "Front desk" })).await;
    let pair = |tool: &str, outcome: &str| (tool.to_owned(), outcome.to_owned());
    let all = [
        pair("send-message", "refused"),
        pair("bulk-messages", "done"),
        pair("create-contact", "done"),
        pair("send-message", "done"),
    ];
    assert_eq!(activity(&world, json!({})).await, all);
    assert_eq!(activity(&world, json!({ "tool": "create-contact" })).await, all[2..3]);
    assert_eq!(
        activity(&world, json!({ "participantPhoneNumber": NORA })).await,
        [all[1].clone(), all[3].clone()]
    );
    assert_eq!(activity(&world, json!({ "createdAfter": "2026-11-22T18:32:00Z" })).await, all[..2]);
    assert_eq!(activity(&world, json!({ "createdBefore": "2026-11-22T18:31:00Z" })).await, all[3..]);

    let first = world.call_in(&cx(&world), "list-recent-activity", json!({ "maxResults": 3 })).await.ok();
    assert_eq!(first.data["coverage"]["complete"], false);
    let cursor = first.data["coverage"]["cursor"].as_str().expect("a cursor");
    assert_eq!(activity(&world, json!({ "maxResults": 3, "cursor": cursor })).await, all[3..]);
    let error = world
        .call_in(&cx(&world), "list-recent-activity", json!({ "tool": "x", "cursor": cursor }))
        .await
        .error();
    contains(&error, &["cursor", "belongs to a call with other arguments"]);

    // A month later it is forgotten, and a new action does not keep it.
    world.advance(30 * 24 * 60 * 60 - 240);
    call("create-contact", json!({ "firstName": "Ben" })).await;
    assert_eq!(activity(&world, json!({})).await[1..], all[..2]);
}

/// Names of inboxes are asked for where there is something to name.
#[tokio::test]
async fn what_happened_in_no_inbox_is_told_without_the_upstream() {
    let world = World::start().await;
    world.call_in(&cx(&world), "create-contact", json!({ "firstName": "Ada" })).await.ok();
    world.sandbox.faults().always(On::any(), Fault::server_error());
    let answer = world.call_in(&cx(&world), "list-recent-activity", json!({})).await.ok();
    assert_eq!(answer.data["actions"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer.data["coverage"]["reason"], Value::Null);
}

#[tokio::test]
async fn what_a_model_sees_of_the_activity() {
    let world = World::start().await;
    world.call_in(&cx(&world), "send-message", send(NORA, "One")).await.ok();
    world.advance(60);
    world
        .call_in(
            &cx(&world),
            "bulk-messages",
            json!({ "from": "Front desk", "to": [THEO, "+14155550119"], "content": "Two" }),
        )
        .await;
    let other =
        world.cx(ALPHA).with_connection("two").with_client("ChatGPT\nCoverage: complete (chatgpt.com)");
    world
        .call_in(
            &other.with_limits(&limits(json!({ "sendsPerDay": 0 }))),
            "send-message",
            send(NORA, "Three"),
        )
        .await
        .error();
    let arguments = json!({ "connections": "all", "timeZone": "America/Los_Angeles" });
    let answer = world.call_in(&cx(&world), "list-recent-activity", arguments).await.ok();
    insta::assert_snapshot!(answer.text);
}

#[tokio::test]
async fn other_connections_are_seen_with_the_admin_scope_and_within_reach_alone() {
    let world = World::start().await;
    let other = world.cx(ALPHA).with_connection("two");
    let first = world.call_in(&other, "send-message", send(NORA, "One")).await.ok();
    world
        .call_in(&other, "send-message", json!({ "from": "Emergency line", "to": THEO, "content": "Two" }))
        .await
        .ok();
    world.call_in(&other, "create-contact", json!({ "firstName": "Ada" })).await.ok();
    assert!(activity(&world, json!({})).await.is_empty());
    assert_eq!(activity(&world, json!({ "connections": "all" })).await.len(), 3);

    let bound = cx(&world).with_limits(&limits(json!({ "inboxes": [first.data["from"]["id"]] })));
    let seen = world.call_in(&bound, "list-recent-activity", json!({ "connections": "all" })).await.ok();
    assert_eq!(seen.data["actions"].as_array().map(Vec::len), Some(1), "{}", seen.text);

    let view = View::new(ClientMode::Full, Scopes::from(Scope::Write));
    let Value::Object(arguments) = json!({ "connections": "all" }) else { panic!("an object") };
    let CallOutcome::Result(refused) =
        world.catalog.call(&view, "list-recent-activity", arguments, &cx(&world)).await
    else {
        panic!("a result")
    };
    assert!(refused.is_error);

    // Another key's are never seen.
    let bravo = world.cx(crate::world::BRAVO).with_connection("one");
    let answer = world.call_in(&bravo, "list-recent-activity", json!({ "connections": "all" })).await.ok();
    assert_eq!(answer.data["actions"], json!([]));
}

/// A store that takes nothing fails texts, which need it, and no contact, which does not; the log says what it lacks.
#[tokio::test]
async fn an_activity_log_that_fails_fails_no_write_and_says_what_it_lacks() {
    let store = OnceLock::new();
    let world =
        World::with_store(|clock| store.get_or_init(|| Breakable::new(clock)).clone() as Arc<_>).await;
    let store = store.get().expect("made");
    store.break_now();
    world.call_in(&cx(&world), "create-contact", json!({ "firstName": "Ada" })).await.ok();
    let error = world.call_in(&cx(&world), "list-recent-activity", json!({})).await.error();
    contains(&error, &["cannot read its activity log", "does not mean that it did nothing", "Next: "]);
    assert!(!error.contains("cut off"), "{error}");

    // It was offered again a few times by then, and given up.
    world.services.drain().await;
    store.mend();
    world.call_in(&cx(&world), "create-contact", json!({ "firstName": "Ben" })).await.ok();
    let answer = world.call_in(&cx(&world), "list-recent-activity", json!({})).await.ok();
    assert_eq!(answer.data["actions"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer.data["coverage"]["complete"], false);
    contains(&answer.text, &["1 action(s) since 2026-11-22T18:30:00Z could not be recorded"]);
}
