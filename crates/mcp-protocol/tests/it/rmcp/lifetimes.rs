//! Calls that are given up, that go on as tasks, that outlive their connection; sessions that end.

use std::time::Duration;

use http::Method;
use rmcp::model::{
    CallToolRequest, CallToolResponse, CancelTaskParams, ClientRequest, GetTaskParams, TaskPayload,
    UpdateTaskParams,
};
use rmcp::service::{PeerRequestOptions, ServiceError};
use serde_json::{Value, json};

use super::conversation::{ALL, Conversation, Mode, Way, open, request, soon, until};

fn wait() -> ClientRequest {
    ClientRequest::CallToolRequest(CallToolRequest::new(request("wait", json!({}))))
}

/// rmcp gives a call up by closing its connection on 2026-07-28 over HTTP, by `notifications/cancelled` elsewhere.
#[tokio::test]
async fn a_call_is_given_up() {
    for (way, mode) in ALL {
        let Conversation { client, desk, .. } = open(way, mode).await;
        let options = PeerRequestOptions::no_options();
        let handle = client.send_cancellable_request(wait(), options).await.unwrap();
        soon(desk.begun.notified()).await;
        handle.cancel(Some("enough".to_owned())).await.unwrap();
        soon(desk.given_up.notified()).await;

        let options = PeerRequestOptions::with_timeout(Duration::from_millis(20));
        let handle = client.send_cancellable_request(wait(), options).await.unwrap();
        soon(desk.begun.notified()).await;
        // rmcp's clock runs from here on.
        let late = handle.await_response().await;
        assert!(matches!(late, Err(ServiceError::Timeout { .. })), "{way:?} {mode:?}: {late:?}");
        soon(desk.given_up.notified()).await;

        // And the conversation goes on.
        assert!(client.call_tool(request("count", json!({}))).await.is_ok(), "{way:?} {mode:?}");
    }
}

/// A caller that drops its future: rmcp tells us, and the work stops.
#[tokio::test]
async fn a_call_is_dropped() {
    for (way, mode) in ALL {
        let Conversation { client, desk, .. } = open(way, mode).await;
        tokio::select! {
            answer = client.call_tool(request("wait", json!({}))) => panic!("{answer:?}"),
            () = soon(desk.begun.notified()) => {}
        }
        soon(desk.given_up.notified()).await;
    }
}

#[tokio::test]
async fn many_calls_at_once() {
    for (way, mode) in ALL {
        let conversation = open(way, mode).await;
        let calls = (0..30).map(|n| conversation.call("echo", json!({ "text": format!("call {n}") })));
        for (n, answer) in futures_util::future::join_all(calls).await.into_iter().enumerate() {
            let answer = answer.unwrap();
            assert_eq!(answer.content[0].as_text().unwrap().text, format!("call {n}"), "{way:?} {mode:?}");
        }
    }
}

/// The connection of a call in a session is closed under way; rmcp comes back with the id of the last event and gets the
/// rest. Elsewhere the wish does nothing.
#[tokio::test]
async fn a_call_outlives_its_connection() {
    for (way, mode) in ALL {
        let mut conversation = open(way, mode).await;
        let resumable = (way, mode) == (Way::Http, Mode::Initialize);
        let made_it = conversation.call("detour", json!({ "patient": resumable })).await.unwrap();
        assert_eq!(made_it.content[0].as_text().unwrap().text, "made it", "{way:?} {mode:?}");
        let wanted = if mode.is_modern() { vec![] } else { vec![json!("before"), json!("after")] };
        let mut logs = Vec::new();
        for _ in &wanted {
            logs.push(conversation.heard().await.1["data"].clone());
        }
        // rmcp runs each handler in a task of its own, so they may overtake each other.
        logs.sort_by_key(|log| *log == json!("after"));
        assert_eq!(logs, wanted, "{way:?} {mode:?}: nothing is lost, nothing comes twice");
        conversation.call("count", json!({})).await.unwrap();
        assert_eq!(conversation.all_heard(), [], "{way:?} {mode:?}");
        let resumed = conversation.headers(&Method::GET, "last-event-id").len();
        assert_eq!(resumed, usize::from(resumable), "{way:?} {mode:?}");
    }
}

/// A client that leaves ends its session by DELETE, and its stream with it.
#[tokio::test]
async fn a_session_ends() {
    let mut conversation = open(Way::Http, Mode::Initialize).await;
    until(|| conversation.runtime.open_streams() == 1).await;
    conversation.client.close().await.unwrap();
    let session = conversation.headers(&Method::POST, "mcp-session-id");
    assert_eq!(conversation.headers(&Method::DELETE, "mcp-session-id"), session[..1]);
    until(|| conversation.runtime.open_streams() == 0).await;
}

async fn started(conversation: &Conversation) -> String {
    match conversation.client.call_tool_once(request("job", json!({}))).await.unwrap() {
        CallToolResponse::Task(created) => created.task.task_id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_task_is_answered_and_completed() {
    for (way, mode) in ALL.into_iter().filter(|(_, mode)| mode.is_modern()) {
        let conversation = open(way, mode).await;
        let client = &conversation.client;
        let id = started(&conversation).await;
        let get = async || client.get_task(GetTaskParams::new(&*id)).await.unwrap().task;
        // It asks at once, but in a task of its own.
        let asking = soon(async {
            loop {
                let task = get().await;
                if let TaskPayload::InputRequired { input_requests } = &task.payload {
                    assert_eq!(task.task.status_message.as_deref(), Some("waiting for an answer"));
                    assert_eq!((task.task.ttl_ms, task.task.poll_interval_ms), (Some(300_000), Some(1_000)));
                    return serde_json::to_value(input_requests).unwrap();
                }
            }
        })
        .await;
        let question = &asking["go-on"];
        assert_eq!(
            (&question["method"], &question["params"]["message"]),
            (&json!("elicitation/create"), &json!("Go on?"))
        );

        let answers = [("go-on".to_owned(), json!({ "action": "accept", "content": { "sure": true } }))];
        client.update_task(UpdateTaskParams::new(&*id, answers.into())).await.unwrap();
        let result = soon(async {
            loop {
                if let TaskPayload::Completed { result } = get().await.payload {
                    return Value::Object(result);
                }
            }
        })
        .await;
        assert_eq!(result["structuredContent"], json!({ "sure": true }), "{way:?} {mode:?}");
        assert_eq!(
            (&result["content"][0]["text"], &result["resultType"]),
            (&json!("done"), &json!("complete"))
        );
    }
}

#[tokio::test]
async fn a_task_is_given_up() {
    for (way, mode) in ALL.into_iter().filter(|(_, mode)| mode.is_modern()) {
        let conversation = open(way, mode).await;
        let client = &conversation.client;
        let id = started(&conversation).await;
        client.cancel_task(CancelTaskParams::new(&*id)).await.unwrap();
        let task = client.get_task(GetTaskParams::new(&*id)).await.unwrap().task;
        assert_eq!(task.payload, TaskPayload::Cancelled, "{way:?} {mode:?}");
        match client.get_task(GetTaskParams::new("nobody's")).await {
            Err(ServiceError::McpError(error)) => assert_eq!(error.code.0, -32602, "{way:?} {mode:?}"),
            other => panic!("{way:?} {mode:?}: {other:?}"),
        }
    }
}

/// The legacy revisions have no tasks of this kind: the tool answers at once.
#[tokio::test]
async fn a_legacy_client_gets_no_task() {
    for way in [Way::Http, Way::Pipe] {
        let conversation = open(way, Mode::Initialize).await;
        assert_eq!(conversation.text("job").await, "done at once", "{way:?}");
        match conversation.client.get_task(GetTaskParams::new("any")).await {
            Err(ServiceError::McpError(error)) => assert_eq!(error.code.0, -32601, "{way:?}"),
            other => panic!("{way:?}: {other:?}"),
        }
    }
}
