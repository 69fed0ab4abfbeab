//! Lives of tasks.

use futures_util::FutureExt as _;
use sealing::OsEntropy;
use serde_json::json;

use super::*;
use crate::input::{ElicitForm, Field};
use crate::notifier::{Event, Heard, Listener};

fn cx(principal: &'static str, capabilities: Value) -> RequestContext<&'static str> {
    let Value::Object(capabilities) = capabilities else { panic!("an object") };
    RequestContext::new(principal, ProtocolVersion::LATEST)
        .with_client(None, ClientCapabilities::new(capabilities))
}

fn willing(principal: &'static str) -> RequestContext<&'static str> {
    cx(principal, json!({ "elicitation": {}, "extensions": { TASKS: {} } }))
}

fn tasks() -> LocalTasks {
    LocalTasks::new(Notifier::new(), Arc::new(OsEntropy), || 1_795_557_600_000)
}

fn started(interrupt: Interrupt) -> Task {
    match interrupt {
        Interrupt::Task(task) => *task,
        other => panic!("{other:?}"),
    }
}

async fn settled(tasks: &LocalTasks, cx: &RequestContext<&'static str>, id: &str) -> Task {
    loop {
        let task = tasks.get(cx, id).unwrap();
        if task.status.is_final() {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_ends_with_its_result() {
    let (tasks, alice) = (tasks(), willing("alice"));
    let task = started(tasks.start(&alice, |_| async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(CallToolResult::text("done"))
    }));
    assert_eq!(task.created_at, "2026-11-24T22:00:00Z");
    assert_eq!(tasks.get(&alice, &task.id).unwrap().status.name(), "working");
    let ended = settled(&tasks, &alice, &task.id).await;
    assert!(matches!(ended.status, TaskStatus::Completed(result) if *result == CallToolResult::text("done")));
}

#[tokio::test(start_paused = true)]
async fn failures_and_panics_are_failures() {
    let (tasks, alice) = (tasks(), willing("alice"));
    let failing = started(tasks.start(&alice, |_| async { Err(RpcError::internal("broken")) }));
    let panicking = started(tasks.start(&alice, |_| async { panic!("a bug") }));
    for id in [failing.id, panicking.id] {
        assert_eq!(settled(&tasks, &alice, &id).await.status.name(), "failed");
    }
}

#[tokio::test]
async fn nobody_gets_a_task_unasked() {
    let refused = tasks().start(&cx("alice", json!({})), |_| async { Ok(CallToolResult::text("done")) });
    let Interrupt::Error(error) = refused else { panic!("{refused:?}") };
    assert_eq!(error.data.unwrap()["requiredCapabilities"], json!({ "extensions": { TASKS: {} } }));
}

#[tokio::test(start_paused = true)]
async fn a_task_of_somebody_else_does_not_exist() {
    let (tasks, alice, mallory) = (tasks(), willing("alice"), willing("mallory"));
    let task = started(tasks.start(&alice, |_| std::future::pending()));
    let unknown = RpcError::unknown_task().to_string();
    assert_eq!(tasks.get(&mallory, &task.id).unwrap_err().to_string(), unknown);
    assert_eq!(tasks.cancel(&mallory, &task.id).unwrap_err().to_string(), unknown);
    assert_eq!(tasks.update(&mallory, &task.id, Map::new()).unwrap_err().to_string(), unknown);
    assert_eq!(tasks.get(&alice, "no such").unwrap_err().to_string(), unknown);
    assert_eq!(tasks.get(&alice, &task.id).unwrap().status.name(), "working");
}

#[tokio::test(start_paused = true)]
async fn questions_wait_and_are_answered_one_by_one() {
    let (tasks, alice) = (tasks(), willing("alice"));
    let task = started(tasks.start(&alice, |task| async move {
        let name = || ElicitForm::new("Name?").required("name", Field::text());
        let (one, two) = tokio::join!(task.ask("one", name()), task.ask("two", name()));
        let shown = |answer: &crate::ElicitResult| answer.accepted().unwrap()["name"].clone();
        Ok(CallToolResult::text(format!("{} {}", shown(&one?), shown(&two?))))
    }));
    let asked = |id: &str| match tasks.get(&alice, id).unwrap().status {
        TaskStatus::InputRequired(requests) => requests.into_keys().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    tokio::task::yield_now().await;
    assert_eq!(asked(&task.id), ["one", "two"]);
    let answer = |key: &str, name: &str| {
        let mut answers = Map::new();
        answers.insert(key.to_owned(), json!({ "action": "accept", "content": { "name": name } }));
        answers
    };
    tasks.update(&alice, &task.id, answer("unknown", "x")).unwrap();
    assert_eq!(asked(&task.id), ["one", "two"]);
    tasks.update(&alice, &task.id, answer("one", "Ada")).unwrap();
    assert_eq!(asked(&task.id), ["two"]);
    tasks.update(&alice, &task.id, answer("two", "Eve")).unwrap();
    let ended = settled(&tasks, &alice, &task.id).await;
    let expected = CallToolResult::text(r#""Ada" "Eve""#);
    assert!(matches!(ended.status, TaskStatus::Completed(result) if *result == expected));
}

#[tokio::test(start_paused = true)]
async fn cancelling_drops_the_work_and_leaves_what_has_ended() {
    let (tasks, alice) = (tasks(), willing("alice"));
    let dropped = CancellationToken::new();
    let guard = dropped.clone().drop_guard();
    let task = started(tasks.start(&alice, |_| async move {
        let _guard = guard;
        std::future::pending().await
    }));
    tasks.cancel(&alice, &task.id).unwrap();
    assert_eq!(tasks.get(&alice, &task.id).unwrap().status.name(), "cancelled");
    dropped.cancelled().await;
    let done = started(tasks.start(&alice, |_| async { Ok(CallToolResult::text("done")) }));
    settled(&tasks, &alice, &done.id).await;
    tasks.cancel(&alice, &done.id).unwrap();
    assert_eq!(tasks.get(&alice, &done.id).unwrap().status.name(), "completed");
}

/// How tasks were said to stand, by name.
fn told(listener: &mut Listener) -> Vec<&'static str> {
    let next = || match listener.next().now_or_never()? {
        Heard::One(announcement) => match &announcement.event {
            Event::Task(task) => Some(task.status.name()),
            other => panic!("{other:?}"),
        },
        Heard::Lagged | Heard::Closed => panic!("nothing is missed"),
    };
    std::iter::from_fn(next).collect()
}

/// A task that is given up ends twice: its work, too, comes to an end. So does one that is cancelled after it has ended.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_task_is_told_once() {
    let (tasks, alice) = (tasks(), willing("alice"));
    let mut listener = tasks.0.notifier.listen();
    let given_up = started(tasks.start(&alice, |_| std::future::pending()));
    tasks.cancel(&alice, &given_up.id).unwrap();
    assert_eq!(told(&mut listener), ["cancelled"]);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(told(&mut listener).is_empty());
    let done = started(tasks.start(&alice, |_| async { Ok(CallToolResult::text("done")) }));
    settled(&tasks, &alice, &done.id).await;
    tasks.cancel(&alice, &done.id).unwrap();
    assert_eq!(told(&mut listener), ["completed"]);
}

#[tokio::test(start_paused = true)]
async fn tasks_are_forgotten_and_bounded() {
    let (tasks, alice) = (tasks().with_ttl(Duration::from_secs(10)).with_most(2), willing("alice"));
    let first = started(tasks.start(&alice, |_| std::future::pending()));
    started(tasks.start(&alice, |_| std::future::pending()));
    assert!(matches!(tasks.start(&alice, |_| std::future::pending()), Interrupt::Error(_)));
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(tasks.get(&alice, &first.id).is_err());
    started(tasks.start(&alice, |_| std::future::pending()));
    assert_eq!(tasks.0.lock().len(), 1);
}
