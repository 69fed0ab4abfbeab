//! A sandbox with a clock that stands still, and requests as lines of text.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use openphone_sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

pub(crate) const ALPHA: &str = "sandbox-key-workspace-alpha";
pub(crate) const LARGE: &str = "sandbox-key-workspace-large";
pub(crate) const BRAVO: &str = "sandbox-key-workspace-bravo";

/// The moment at which all these tests play: a Friday morning on the Pacific coast.
pub(crate) fn anchor() -> Timestamp {
    "2026-11-20T18:30:00Z".parse().unwrap()
}

pub(crate) fn options() -> SandboxOptions {
    // The limit is its own test; elsewhere it would be noise, because the clock stands still.
    SandboxOptions::default().now(anchor()).clock(anchor).requests_per_second(1_000_000)
}

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(options())
}

/// A request from a line: `METHOD path`, and perhaps a JSON body. On the dated surface with its header.
pub(crate) fn request(key: &str, line: &str) -> Request<Bytes> {
    let mut words = line.splitn(3, ' ');
    let method = words.next().unwrap();
    let path = words.next().unwrap();
    let body = words.next().unwrap_or_default();
    let mut request = Request::builder().method(method).uri(path).header("authorization", key);
    if !path.starts_with("/v1/") {
        request = request.header("quo-api-version", "2026-03-30");
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

pub(crate) async fn answer(sandbox: &Sandbox, key: &str, line: &str) -> Response<Bytes> {
    sandbox.handle(request(key, line)).await
}

/// The JSON body of an answer that must have this status.
pub(crate) async fn json(sandbox: &Sandbox, key: &str, line: &str, status: u16) -> Value {
    let answer = answer(sandbox, key, line).await;
    assert_eq!(answer.status(), status, "{line}: {}", String::from_utf8_lossy(answer.body()));
    serde_json::from_slice(answer.body()).unwrap()
}

/// All items of a list, page by page.
pub(crate) async fn all(sandbox: &Sandbox, key: &str, path: &str) -> Vec<Value> {
    paged(sandbox, key, path, 50).await
}

/// All items of a list, in pages of this size.
pub(crate) async fn paged(sandbox: &Sandbox, key: &str, path: &str, size: usize) -> Vec<Value> {
    let (limit, after, next) = if path.starts_with("/v1/") {
        ("maxResults", "pageToken", "nextPageToken")
    } else {
        ("limit", "after", "nextCursor")
    };
    let first = format!("GET {path}{}{limit}={size}", if path.contains('?') { '&' } else { '?' });
    let mut line = first.clone();
    let mut items = Vec::new();
    loop {
        let page = json(sandbox, key, &line, 200).await;
        let data = page["data"].as_array().unwrap();
        items.extend(data.iter().cloned());
        match page[next].as_str() {
            Some(cursor) => {
                assert_eq!(data.len(), size, "{line}: a short page, and one more");
                line = format!("{first}&{after}={cursor}");
            }
            None => return items,
        }
    }
}

/// Ids that requests need, by the names that stand for them in a line.
pub(crate) async fn ids(sandbox: &Sandbox, key: &str) -> Vec<(&'static str, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let inboxes = all(sandbox, key, "/phone-numbers").await;
    let users = all(sandbox, key, "/users").await;
    let contacts = all(sandbox, key, "/v1/contacts").await;
    let calls = all(sandbox, key, "/calls?include=voicemail").await;
    let messages = all(sandbox, key, "/messages").await;
    let conversations = all(sandbox, key, "/conversations").await;
    let first = text(&contacts[0]["id"]);
    let properties = all(sandbox, key, &format!("/contacts/{first}/properties")).await;
    let notes = all(sandbox, key, &format!("/contacts/{first}/notes")).await;
    let tasks = all(sandbox, key, "/tasks").await;
    let call = |wanted: &dyn Fn(&Value) -> bool| text(&calls.iter().find(|call| wanted(call)).unwrap()["id"]);
    vec![
        ("{inbox}", text(&inboxes[0]["id"])),
        ("{inbox2}", text(&inboxes[1]["id"])),
        ("{owner}", text(&users[0]["id"])),
        ("{office}", text(&users[1]["id"])),
        ("{tech}", text(&users[2]["id"])),
        ("{contact}", text(&contacts[0]["id"])),
        ("{contact2}", text(&contacts[1]["id"])),
        ("{message}", text(&messages[3]["id"])),
        ("{conversation}", text(&conversations[0]["id"])),
        (
            "{answered}",
            call(&|call| call["status"] == "completed" && call["createdAt"].as_str() < Some("2026-11-19")),
        ),
        ("{missed}", call(&|call| call["status"] == "missed")),
        ("{voicemail}", call(&|call| call.get("voicemail").is_some())),
        ("{ai}", call(&|call| call["aiHandled"] == "ai-agent")),
        ("{fresh}", text(&calls[0]["id"])),
        ("{property}", text(&properties[0]["id"])),
        ("{note}", text(&notes[0]["id"])),
        ("{task}", text(&tasks[0]["taskId"])),
    ]
}

/// Creates a webhook of each kind, and a delivery of the dated one; their ids.
pub(crate) async fn webhooks(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let legacy = r#"POST /v1/webhooks/messages {"url":"http://example.com/","events":["message.received"]}"#;
    let dated = r#"POST /webhooks {"url":"http://example.com/","events":["message.received"]}"#;
    let legacy = text(&json(sandbox, ALPHA, legacy, 201).await["data"]["id"]);
    let dated = text(&json(sandbox, ALPHA, dated, 201).await["data"]["id"]);
    let test = format!(r#"POST /webhooks/{dated}/events/test {{"eventType":"message.received"}}"#);
    json(sandbox, ALPHA, &test, 200).await;
    let delivery = text(&all(sandbox, ALPHA, &format!("/webhooks/{dated}/events")).await[0]["id"]);
    vec![("{webhook1}", legacy), ("{webhook}", dated), ("{delivery}", delivery)]
}

pub(crate) fn fill(line: &str, ids: &[(&'static str, String)]) -> String {
    ids.iter().fold(line.to_owned(), |line, (name, id)| line.replace(name, id))
}

/// An answer as a snapshot shows it.
pub(crate) fn show(line: &str, answer: &Response<Bytes>) -> String {
    let content_type = answer.headers().get("content-type").map_or("", |value| value.to_str().unwrap());
    let body = match serde_json::from_slice::<Value>(answer.body()) {
        Ok(body) => serde_json::to_string_pretty(&body).unwrap(),
        Err(_) => String::from_utf8_lossy(answer.body()).into_owned(),
    };
    format!(">>> {line}\n<<< {} {content_type}\n{body}\n\n", answer.status())
}

/// A table of requests to one sandbox, one after the other, with their answers.
pub(crate) async fn answers(lines: &[&str]) -> String {
    let sandbox = sandbox();
    let ids = ids(&sandbox, ALPHA).await;
    let mut shown = String::new();
    for line in lines {
        let answer = answer(&sandbox, ALPHA, &fill(line, &ids)).await;
        shown.push_str(&show(line, &answer));
    }
    shown
}
