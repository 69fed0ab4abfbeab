//! Tasks: what the two surfaces say of the same one, and what changes it.

use openphone_sandbox::{Limits, Sandbox};
use serde_json::{Value, json};

use crate::support::{ALPHA, all, answer, answers, fill, ids, json, options, sandbox};

async fn check(name: &str, lines: &[&str]) {
    insta::assert_snapshot!(name, answers(lines).await);
}

#[tokio::test]
async fn tasks() {
    let lines = [
        "GET /v1/tasks?maxResults=2",
        "GET /tasks?limit=1",
        "GET /v1/tasks/{task}",
        "GET /tasks/{task}",
        r#"POST /v1/tasks {"title":"Call back","description":"About the boiler","conversationId":"{conversation}","dueDate":"2026-11-24T12:00:00-08:00","assignedTo":"{tech}"}"#,
        r#"POST /v1/tasks {"title":"Call back","description":"","activityId":"{voicemail}"}"#,
        r#"POST /v1/tasks {"title":"Order tape","description":"","phoneNumberId":"{inbox2}"}"#,
        r#"POST /tasks {"title":"Call back","description":"About the boiler","conversationId":"{conversation}"}"#,
        r#"PUT /v1/tasks/{task} {"title":"Grease trap","description":"Sunday"}"#,
        r#"PATCH /tasks/{task} {"title":"Grease trap","description":"Sunday, 7 am"}"#,
        r#"POST /v1/tasks/{task}/assign {"userId":"{office}"}"#,
        r#"DELETE /tasks/{task}/users {"userId":"{office}"}"#,
        r#"POST /tasks/{task}/users {"userId":"{owner}"}"#,
        r#"POST /v1/tasks/{task}/change-due-date {"dueDate":"2026-12-01T00:00:00Z"}"#,
        "DELETE /tasks/{task}/due-date",
        r#"POST /tasks/{task}/conversations {"conversationId":"{conversation}"}"#,
        r#"DELETE /tasks/{task}/conversations {"conversationId":"{conversation}"}"#,
        "POST /v1/tasks/{task}/complete",
        "GET /v1/tasks/{task}",
        r#"PATCH /tasks/{task}/status {"status":"deleted"}"#,
        "GET /v1/tasks/{task}",
        "GET /tasks/{task}",
    ];
    check("tasks", &lines).await;
}

#[tokio::test]
async fn wrong_tasks() {
    let lines = [
        "GET /v1/tasks?maxResults=101",
        "GET /tasks?limit=0",
        "GET /v1/tasks/AC1",
        "GET /tasks/TK1",
        r#"POST /v1/tasks {"title":"x","description":"x"}"#,
        r#"POST /v1/tasks {"title":"x","description":"x","conversationId":"{conversation}","phoneNumberId":"{inbox}"}"#,
        r#"POST /v1/tasks {"title":null,"phoneNumberId":"X","dueDate":"tomorrow","assignedTo":"me","color":"red"}"#,
        r#"POST /v1/tasks {"title":"x","description":"x","phoneNumberId":"PN0"}"#,
        r#"POST /v1/tasks {"title":"x","description":"x","activityId":"AC0"}"#,
        r#"POST /tasks {"title":"x","description":"x","conversationId":"CN0"}"#,
        r#"POST /tasks {"title":"x","description":"x"}"#,
        r#"PUT /v1/tasks/{task} {"title":"x"}"#,
        r#"PATCH /tasks/{task}/status {"status":"done"}"#,
        r#"POST /v1/tasks/{task}/assign {"userId":"US0"}"#,
        r#"POST /v1/tasks/{task}/assign {"userId":"{owner}","note":"x"}"#,
        r#"POST /tasks/{task}/conversations {"conversationId":"CN0"}"#,
        "DELETE /tasks/{task}/users",
    ];
    check("wrong_tasks", &lines).await;
}

/// The revision after each change, which must be the same on both surfaces, a string on the one and a number
/// on the other.
async fn revision(sandbox: &Sandbox, id: &str) -> u64 {
    let v1 = json(sandbox, ALPHA, &format!("GET /v1/tasks/{id}"), 200).await;
    let dated = json(sandbox, ALPHA, &format!("GET /tasks/{id}"), 200).await;
    let number = dated["data"]["revision"].as_u64().unwrap();
    assert_eq!(v1["data"]["revision"], Value::String(number.to_string()));
    number
}

#[tokio::test]
async fn what_changes_nothing_leaves_the_revision_alone() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let create = r#"POST /tasks {"title":"x","description":"y","conversationId":"{conversation}"}"#;
    let created = json(&sandbox, ALPHA, &fill(create, &ids), 201).await;
    let id = created["data"]["taskId"].as_str().unwrap().to_owned();
    assert_eq!(revision(&sandbox, &id).await, 1);
    let changes = [
        r#"PATCH /tasks/{new} {"title":"x","description":"z"}"#,
        r#"POST /v1/tasks/{new}/assign {"userId":"{tech}"}"#,
        r#"POST /v1/tasks/{new}/change-due-date {"dueDate":"2026-12-01T00:00:00Z"}"#,
        "POST /v1/tasks/{new}/complete",
        "POST /v1/tasks/{new}/reopen",
        r#"DELETE /tasks/{new}/conversations {"conversationId":"{conversation}"}"#,
        r#"POST /tasks/{new}/conversations {"conversationId":"{conversation}"}"#,
        "DELETE /tasks/{new}/due-date",
        r#"POST /v1/tasks/{new}/unassign {"userId":"{tech}"}"#,
    ];
    for (done, line) in (2..).zip(changes) {
        let line = fill(line, &ids).replace("{new}", &id);
        for _ in 0..2 {
            assert_eq!(answer(&sandbox, ALPHA, &line).await.status(), 200, "{line}");
            assert_eq!(revision(&sandbox, &id).await, done, "{line}");
        }
    }
    for _ in 0..2 {
        assert_eq!(answer(&sandbox, ALPHA, &format!("DELETE /v1/tasks/{id}")).await.status(), 204);
        assert_eq!(revision(&sandbox, &id).await, 11);
    }
}

#[tokio::test]
async fn a_deleted_task_is_read_and_reopened_and_nothing_else() {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let status = async |line: &str| answer(&sandbox, ALPHA, &fill(line, &ids)).await.status().as_u16();
    assert_eq!(status("DELETE /tasks/{task}").await, 204);
    assert_eq!(status("GET /tasks/{task}").await, 200);
    assert_eq!(status("POST /v1/tasks/{task}/complete").await, 404);
    assert_eq!(status(r#"PATCH /tasks/{task} {"title":"x","description":"y"}"#).await, 404);
    assert!(all(&sandbox, ALPHA, "/tasks").await.iter().any(|task| task["status"] == "deleted"));
    assert_eq!(status("POST /v1/tasks/{task}/reopen").await, 200);
    assert_eq!(status("POST /v1/tasks/{task}/complete").await, 200);
}

#[tokio::test]
async fn past_the_limit_no_task_is_opened_and_the_oldest_closed_ones_are_forgotten() {
    let sandbox = Sandbox::new(options().limits(Limits { open_tasks: 6, ..Limits::default() }));
    let ids = ids(&sandbox, ALPHA).await;
    let create = fill(r#"POST /v1/tasks {"title":"x","description":"y","phoneNumberId":"{inbox}"}"#, &ids);
    let refused = json(&sandbox, ALPHA, &create, 402).await;
    assert_eq!(refused["code"], "0600402");
    let dated =
        fill(r#"POST /tasks {"title":"x","description":"y","conversationId":"{conversation}"}"#, &ids);
    assert_eq!(json(&sandbox, ALPHA, &dated, 403).await["message"], "Open Tasks Limit Reached");
    json(&sandbox, ALPHA, &fill("POST /v1/tasks/{task}/complete", &ids), 200).await;
    for round in 0..20 {
        let created = json(&sandbox, ALPHA, &create, 201).await;
        if round == 0 {
            json(&sandbox, ALPHA, &fill("POST /v1/tasks/{task}/reopen", &ids), 402).await;
        }
        let id = created["data"]["taskId"].as_str().unwrap();
        json(&sandbox, ALPHA, &format!("POST /v1/tasks/{id}/complete"), 200).await;
    }
    let page = json(&sandbox, ALPHA, "GET /v1/tasks", 200).await;
    assert_eq!(page["totalItems"], json!(page["data"].as_array().unwrap().len()));
    assert!(page.get("nextPageToken").is_none(), "the last page has no token");
    let closed = page["data"].as_array().unwrap().iter().filter(|task| task["completed"] == true).count();
    assert_eq!(closed, 6);
}
