//! Send chaos: processes that end in the middle, answers that are lost, calls that are repeated by whoever is left, and at
//! the end each text went out exactly once.
//!
//! A process is a runtime of its own over the same store; it ends by being dropped, whatever it was doing: what was
//! awaited never comes back, as after `kill -9`. Time is a clock that the test moves, so the waits of reconciliation
//! cost nothing. The binary's own test kills real processes over both stores.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mcp_tools::{CallOutcome, Limits};
use openphone_sandbox::{Fault, On};
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};
use state_store::embedded::EmbeddedStore;
use tokio::runtime::{Builder, Runtime};

use crate::world::{ALPHA, NORA, THEO, World};

/// What has to be sent: arguments of one call, and the texts that it stands for.
#[derive(Clone)]
struct Wish {
    tool: &'static str,
    arguments: Value,
    texts: Vec<(String, String)>,
}

struct Dice(TestRng);

impl Dice {
    fn new(seed: u8) -> Self {
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
    }

    fn below(&mut self, bound: u64) -> u64 {
        use proptest::prelude::Rng as _;
        self.0.next_u64() % bound
    }
}

/// Eight single texts, half of them with a key, and three batches, of which one is personal.
fn wishes() -> Vec<Wish> {
    let number = |index: usize| format!("+1415555{:04}", 160 + index);
    let mut wishes = Vec::new();
    for index in 0..8 {
        let (to, content) = (number(index % 5), format!("Visit {index} is confirmed."));
        let mut arguments = json!({ "from": "Front desk", "to": to, "content": content });
        if index % 2 == 0 {
            arguments["idempotencyKey"] = json!(format!("visit-{index}"));
        }
        wishes.push(Wish { tool: "send-message", arguments, texts: vec![(to, content)] });
    }
    for batch in 0..2 {
        let to: Vec<String> = (0..6).map(|index| number(10 + index + 3 * batch)).collect();
        let content = format!("Closed on day {batch}.");
        let texts = to.iter().map(|to| (to.clone(), content.clone())).collect();
        let arguments = json!({ "from": "Front desk", "to": to, "content": content });
        wishes.push(Wish { tool: "bulk-messages", arguments, texts });
    }
    let texts: Vec<_> = (0..4).map(|index| (number(index), format!("Personal {index}"))).collect();
    let messages: Vec<Value> =
        texts.iter().map(|(to, content)| json!({ "to": to, "content": content })).collect();
    let arguments = json!({ "from": "Emergency line", "messages": messages, "idempotencyKey": "personal" });
    wishes.push(Wish { tool: "bulk-messages", arguments, texts });
    wishes
}

/// One of the things that happen to a send on its way.
fn fault(dice: &mut Dice) -> Fault {
    match dice.below(8) {
        0 => Fault::server_error(),
        1 => Fault::server_error().after_processing(),
        2 => Fault::reset().after_processing(),
        3 => Fault::close_unread(),
        4 => Fault::too_many_requests(None),
        5 => Fault::truncate().after_processing(),
        _ => Fault::delay(Duration::from_millis(30 + dice.below(60))),
    }
}

fn process() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// Makes a call in a process of its own runtime.
async fn call(world: &Arc<World>, process: &Runtime, wish: &Wish) -> Option<Value> {
    let (world, wish) = (Arc::clone(world), wish.clone());
    let running = process.spawn(async move {
        let instance = world.instance();
        let cx = instance.cx(ALPHA);
        match world.outcome(&cx, wish.tool, wish.arguments.clone()).await {
            CallOutcome::Result(result) => result.structured_content.map(|data| data.to_value()),
            other => panic!("{other:?}"),
        }
    });
    // An error: the process ended under the call.
    running.await.ok().flatten()
}

/// Whether every text of a call went out, by its result.
fn is_done(result: Option<&Value>) -> bool {
    let Some(result) = result else { return false };
    match result["recipients"].as_array() {
        None => result["messageId"].is_string(),
        Some(all) => all.iter().all(|one| matches!(one["status"].as_str(), Some("sent" | "duplicate"))),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_ends_in_the_middle_nobody_is_texted_twice() {
    for seed in 0..4 {
        round(seed).await;
    }
}

async fn round(seed: u8) {
    let mut dice = Dice::new(seed);
    let world = Arc::new(World::with_limits(Limits::default()).await);
    let wishes = wishes();
    // Chaos: some calls of each process end with it.
    for _ in 0..5 {
        let (first, second) = (process(), process());
        for _ in 0..4 {
            world.sandbox.faults().next(1, On::sends(), fault(&mut dice));
        }
        let calls: Vec<_> = (0..6)
            .map(|index| {
                let wish = wishes[usize::try_from(dice.below(wishes.len() as u64)).expect("small")].clone();
                let (world, process) = (Arc::clone(&world), if index % 2 == 0 { &first } else { &second });
                let handle = process.handle().clone();
                handle.spawn(async move {
                    let instance = world.instance();
                    world.outcome(&instance.cx(ALPHA), wish.tool, wish.arguments).await;
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(5 + dice.below(120))).await;
        first.shutdown_background();
        if dice.below(2) == 0 {
            tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
        } else {
            // Some may wait for a text of the process that is gone.
            let finish = futures_util::future::join_all(calls.into_iter().skip(1).step_by(2));
            tokio::time::timeout(Duration::from_millis(400), finish).await.ok();
        }
        second.shutdown_background();
        world.advance(dice.below(25));
    }
    // Peace: what the dead processes had begun is old enough to be looked up, and every call is repeated.
    world.sandbox.faults().clear();
    let last = process();
    world.advance(181);
    for _ in 0..3 {
        world.advance(61);
        for wish in &wishes {
            call(&world, &last, wish).await;
        }
    }
    let mut undone = Vec::new();
    for wish in &wishes {
        let result = call(&world, &last, wish).await;
        if !is_done(result.as_ref()) {
            undone.push(result);
        }
    }
    last.shutdown_background();
    assert_eq!(undone, Vec::<Option<Value>>::new(), "seed {seed}");

    let mut sent: BTreeMap<(String, String), usize> = BTreeMap::new();
    for text in world.sent() {
        *sent.entry(text).or_default() += 1;
    }
    let wished: BTreeMap<(String, String), usize> =
        wishes.iter().flat_map(|wish| wish.texts.iter().cloned()).map(|text| (text, 1)).collect();
    assert_eq!(sent, wished, "seed {seed}");
}

/// Nobody else has the file of a single server open: what its last process did not end, no one is working on any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_on_its_own_file_what_was_cut_short_is_looked_up_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.redb");
    let world =
        World::with_store(|clock| Arc::new(EmbeddedStore::open(&file, clock).expect("a store"))).await;
    let world = Arc::new(world);
    let text = |to: &str, content: &str| Wish {
        tool: "send-message",
        arguments: json!({ "from": "Front desk", "to": to, "content": content }),
        texts: vec![(to.to_owned(), content.to_owned())],
    };
    // One that the upstream took before the end, and one that it did not.
    let (taken, lost) = (text(NORA, "It went out."), text(THEO, "It did not."));
    for (wish, fault) in [(&taken, Fault::hang().after_processing()), (&lost, Fault::hang())] {
        world.sandbox.faults().next(1, On::sends(), fault);
        let (posts, dying) = (world.posts(), process());
        let (at, wish) = (Arc::clone(&world), wish.clone());
        dying.spawn(async move {
            let instance = at.instance();
            at.outcome(&instance.cx(ALPHA), wish.tool, wish.arguments).await
        });
        while world.posts() == posts {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        dying.shutdown_background();
        world.advance(11);
    }
    let sent = world.sent().len();
    let next = world.instance();
    let cx = next.cx(ALPHA);
    let again = world.call_in(&cx, taken.tool, taken.arguments.clone()).await.ok();
    assert_eq!(again.data["duplicate"], true);
    let held = world.call_in(&cx, lost.tool, lost.arguments.clone()).await.error();
    assert!(held.contains("after a minute") || held.contains("in a minute"), "{held}");
    world.advance(61);
    assert_eq!(world.call_in(&cx, lost.tool, lost.arguments.clone()).await.ok().data["duplicate"], false);
    assert_eq!(world.sent().len(), sent + 1);
}
