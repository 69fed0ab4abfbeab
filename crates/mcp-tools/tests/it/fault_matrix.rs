//! Every fault of the upstream through every tool: what the model reads is pinned, names the cause and the next step.
//!
//! The list of tools is the catalogue's, so a new one is in without a line here. Each tool is called with its first
//! example while every request that it makes meets the fault; texts that are the same stand once, with their tools.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use futures_util::{StreamExt as _, stream};
use openphone_sandbox::{Fault, On};

use crate::world::{ALPHA, Answer, World};

/// Calls that are under way at the same time.
const AT_ONCE: usize = 32;

/// The faults, each with the words that its answer must have, one of them at least.
fn faults() -> Vec<(&'static str, Fault, &'static [&'static str])> {
    let html = |status| Fault::answer(status, "text/html", "<html><body>Bad gateway</body></html>");
    vec![
        ("429", Fault::too_many_requests(None), &["The key is fine."]),
        ("429 with Retry-After", Fault::too_many_requests(Some(7)), &["The key is fine."]),
        ("500", Fault::server_error(), UNSURE),
        ("502", Fault::bad_gateway(), UNSURE),
        ("503", Fault::unavailable(None), UNSURE),
        ("HTML instead of JSON", html(200), &["cannot be read", "broke off"]),
        ("broken JSON", Fault::malformed_json(), &["cannot be read", "broke off"]),
        ("truncated", Fault::truncate(), UNSURE),
        ("no answer", Fault::hang(), &["did not answer in time", "out of reach", "broke off"]),
        ("closed", Fault::close(), UNSURE),
        ("closed before it was read", Fault::close_unread(), UNSURE),
        ("reset", Fault::reset(), UNSURE),
        ("key revoked", Fault::revoked_key(), &["no longer accepts the API key"]),
        ("subscription expired", Fault::subscription_expired(), &["subscription", REFUSED[0], REFUSED[1]]),
        ("no credits", Fault::not_enough_credits(), &["credits", REFUSED[0], REFUSED[1]]),
        (
            "open tasks limit",
            Fault::open_tasks_limit(),
            &["open tasks", "subscription or credits", REFUSED[0], REFUSED[1]],
        ),
        ("carrier registration", Fault::a2p_not_approved(), &["A2P 10DLC", REFUSED[0], REFUSED[1]]),
        ("daily cap", Fault::daily_cap_reached(), &["A2P 10DLC", REFUSED[0], REFUSED[1]]),
        (
            "international off",
            Fault::international_messaging_off(),
            &["does not text", REFUSED[0], REFUSED[1]],
        ),
        ("plan without transcripts", Fault::plan_without_transcripts(), &["plan", REFUSED[0], REFUSED[1]]),
    ]
}

/// What is said of a refusal whose reason does not fit what was asked for.
const REFUSED: [&str; 2] = ["does not allow this", "refused the request"];
const UNSURE: &[&str] = &["The key may be fine.", "broke off", "cannot be read"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_through_every_tool() {
    let catalog = mcp_tools::Catalog::new().expect("the catalogue builds");
    let calls = faults()
        .into_iter()
        .flat_map(|(name, fault, words)| catalog.specs().map(move |spec| (name, fault.clone(), words, spec)));
    // Most of them only wait, but not all at once: what waits for the machine must not look like what waits for the upstream.
    let answers: Vec<_> = stream::iter(calls)
        .map(|(name, fault, words, spec)| async move {
            let answer = call(spec, fault).await;
            check(name, spec.name, &answer, words);
            (name, spec.name, answer)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut faults: Vec<(&str, BTreeMap<String, Vec<&str>>)> = Vec::new();
    for (fault, tool, answer) in answers {
        if faults.last().is_none_or(|(last, _)| *last != fault) {
            faults.push((fault, BTreeMap::new()));
        }
        let shown = if answer.is_error { answer.text } else { gap(&answer) };
        if let Some((_, texts)) = faults.last_mut() {
            texts.entry(shown).or_default().push(tool);
        }
    }
    let mut page = String::new();
    for (name, texts) in faults {
        let _ = writeln!(page, "# {name}\n");
        for (text, tools) in texts {
            let _ = writeln!(page, "{}:\n{text}\n", tools.join(", "));
        }
    }
    insta::assert_snapshot!(page);
}

/// Calls a tool with its first example. What it has to know of the workspace first (which inboxes there are) it knows
/// already, so that the fault meets the request that matters.
async fn call(spec: &mcp_tools::ToolSpec, fault: Fault) -> Answer {
    let world = World::start().await;
    let known = spec.bound_input_outline != spec.input_outline;
    if known {
        world
            .call("fetch-messages", serde_json::json!({ "inbox": "Front desk", "maxResults": 1 }))
            .await
            .ok();
    }
    let cx = if spec.name == "list-recent-activity" {
        // It asks for names of inboxes, where something happened in one, and this instance does not know them.
        let text = serde_json::json!({ "from": "Front desk", "to": "+14155550101", "content": "One" });
        world.call("send-message", text).await.ok();
        world.instance().cx(ALPHA)
    } else {
        world.cx(ALPHA)
    };
    world.sandbox.faults().always(On::any(), fault);
    let answer = world.call_in(&cx, spec.name, spec.examples()[0].arguments.clone()).await;
    assert!(!answer.text.contains(ALPHA), "{}: the key is in the answer", spec.name);
    answer
}

/// A tool that needs nothing of the upstream may succeed; one that lost a part of its answer says so.
fn check(fault: &str, tool: &str, answer: &Answer, words: &[&str]) {
    let text = &answer.text;
    if !answer.is_error {
        return;
    }
    assert_eq!(answer.key_refused, fault == "key revoked", "{tool}: {fault}: whether the connection is dead");
    assert!(words.iter().any(|words| text.contains(words)), "{tool}: {fault}: {text}");
    assert!(text.contains("\nNext: "), "{tool}: {fault}: no next step in {text}");
    if fault == "key revoked" {
        let next = "\nNext: Connect this server again";
        assert!(text.contains(next), "{tool}: {fault}: the next step is another in {text}");
    } else {
        for blame in ["no longer accepts the API key", "Connect this server again"] {
            assert!(!text.contains(blame), "{tool}: {fault} is blamed on the key: {text}");
        }
    }
}

/// What a result that was made nevertheless says of the failure.
fn gap(answer: &Answer) -> String {
    let reason = answer.data.pointer("/coverage/reason").and_then(serde_json::Value::as_str);
    format!("(a result; gap: {})", reason.unwrap_or("none"))
}
