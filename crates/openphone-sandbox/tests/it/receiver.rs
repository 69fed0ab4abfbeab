//! Webhooks over real HTTP: a receiver on loopback, which checks every signature by itself.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use openphone_sandbox::{CallOutcome, Calling, Delivery, IncomingCall, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::{ALPHA, all, anchor, fill, ids, json, options};

mod burden;

/// A server that writes down what it gets, and answers 200 unless told otherwise.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Delivered>>>,
    answers: Arc<Mutex<Vec<u16>>>,
    task: JoinHandle<()>,
}

#[derive(Clone, Debug)]
struct Delivered {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (got, answers) = (Arc::<Mutex<Vec<Delivered>>>::default(), Arc::<Mutex<Vec<u16>>>::default());
        let (book, next) = (Arc::clone(&got), Arc::clone(&answers));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (book, next) = (Arc::clone(&book), Arc::clone(&next));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (book, next) = (Arc::clone(&book), Arc::clone(&next));
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await?.to_bytes();
                        let path = parts.uri.path().to_owned();
                        book.lock().unwrap().push(Delivered { path, headers: parts.headers, body });
                        let status = next.lock().unwrap().pop().unwrap_or(200);
                        let answer = Response::builder().status(status);
                        Ok::<_, hyper::Error>(answer.body(Full::new(Bytes::from_static(b"noted"))).unwrap())
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { url, got, answers, task }
    }

    /// The next requests are answered with these statuses.
    fn answers(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses.iter().rev());
    }

    fn got(&self) -> Vec<Delivered> {
        self.got.lock().unwrap().clone()
    }

    /// The first `count` deliveries, once they are there.
    async fn wait_for(&self, count: usize) -> Vec<Delivered> {
        until(async || Some(self.got()).filter(|got| got.len() >= count)).await
    }
}

impl Delivered {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn event_type(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Checks a Standard Webhooks signature.
    fn verify_standard(&self, secret: &str) -> bool {
        let signed =
            [self.header("webhook-id").as_bytes(), self.header("webhook-timestamp").as_bytes(), &self.body]
                .join(&b'.');
        let expected = format!("v1,{}", mac(secret.strip_prefix("whsec_").unwrap(), &signed));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
            && !self.headers.contains_key("openphone-signature")
    }

    /// Checks a legacy signature.
    fn verify_legacy(&self, key: &str) -> bool {
        let fields: Vec<&str> = self.header("openphone-signature").split(';').collect();
        let ["hmac", "1", timestamp, signature] = fields[..] else { return false };
        mac(key, &[timestamp.as_bytes(), &self.body].join(&b'.')) == signature
            && !self.headers.contains_key("webhook-id")
    }
}

fn mac(key: &str, signed: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(key).unwrap()).unwrap();
    mac.update(signed);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Asks until there is an answer; the bound is for a test that fails.
async fn until<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let answered = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), answered).await.unwrap()
}

fn quick() -> SandboxOptions {
    let now = Duration::from_millis(1);
    let (soon, later) = (Duration::from_millis(10), Duration::from_millis(20));
    let delivery = Delivery { sent: now, delivered: now, reply: now };
    let calling =
        Calling { rings: now, lasts: now, recording: now, transcript: soon, summary: later, voicemail: now };
    options().delivery(delivery).calling(calling).first_webhook_retry(Duration::from_millis(5))
}

/// Creates a webhook; its id and its key.
async fn create(sandbox: &Sandbox, line: &str, url: &str) -> (String, String) {
    let created = json(sandbox, ALPHA, &line.replace("{url}", url), 201).await;
    let text = |field: &str| created["data"][field].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

const DATED: &str = r#"POST /webhooks {"url":"{url}/dated","events":["message.received","message.delivered","message.failed","message.undelivered","contact.updated","contact.deleted"]}"#;
const LEGACY: &str =
    r#"POST /v1/webhooks/messages {"url":"{url}/legacy","events":["message.received","message.delivered"]}"#;

/// Sends a text to the number that ends in these digits.
async fn send(sandbox: &Sandbox, ending: &str) {
    let ids = ids(sandbox, ALPHA).await;
    let line = format!(
        r#"POST /v1/messages {{"content":"On our way","from":"{{inbox}}","to":["+141555501{ending}"]}}"#
    );
    json(sandbox, ALPHA, &fill(&line, &ids), 202).await;
}

/// The log of a webhook, newest first.
async fn log(sandbox: &Sandbox, webhook: &str) -> Vec<Value> {
    all(sandbox, ALPHA, &format!("/webhooks/{webhook}/events")).await
}

/// The only delivery in the log, with its status and its attempts, once it has this status.
async fn only_delivery(sandbox: &Sandbox, webhook: &str, status: &str, attempts: usize) -> (Value, Value) {
    until(async || {
        let listed = log(sandbox, webhook).await;
        let id = listed.first()?["id"].as_str().unwrap().to_owned();
        let path = format!("GET /webhooks/{webhook}/events/{id}");
        let detail = json(sandbox, ALPHA, &path, 200).await["data"].clone();
        let made = detail["attempts"].as_array().unwrap().len();
        (listed.len() == 1 && listed[0]["status"] == status && made == attempts)
            .then(|| (listed[0].clone(), detail))
    })
    .await
}

#[tokio::test]
async fn both_kinds_hear_of_texts_and_contacts_and_every_signature_verifies() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::new(quick());
    let (dated, secret) = create(&sandbox, DATED, &receiver.url).await;
    let (_, key) = create(&sandbox, LEGACY, &receiver.url).await;
    // Delivered and answered; delivered and not; failed; failed for good: 2 × 2, 1 × 2, 1 and 1 events.
    for (ending, heard) in [("03", 4), ("88", 6), ("92", 7), ("20", 8)] {
        send(&sandbox, ending).await;
        receiver.wait_for(heard).await;
    }
    let created = r#"POST /v1/contacts {"defaultFields":{"firstName":"Pia","phoneNumbers":[{"name":"mobile","value":"+14155550161"}]}}"#;
    let contact = json(&sandbox, ALPHA, created, 201).await["data"]["id"].as_str().unwrap().to_owned();
    receiver.wait_for(9).await;
    crate::support::answer(&sandbox, ALPHA, &format!("DELETE /v1/contacts/{contact}")).await;
    let mut got = receiver.wait_for(10).await;
    // Several attempts are under way at the same time.
    got.sort_by_key(|delivered| (delivered.path.clone(), delivered.event_type(), delivered.body.clone()));
    for delivered in &got {
        assert_eq!(delivered.header("content-type"), "application/json");
        match delivered.path.as_str() {
            "/dated" => assert!(delivered.verify_standard(&secret), "{delivered:?}"),
            "/legacy" => assert!(delivered.verify_legacy(&key), "{delivered:?}"),
            other => panic!("{other}"),
        }
    }
    let payloads: Vec<_> = got.iter().map(|delivered| json!({ &delivered.path: delivered.json() })).collect();
    insta::assert_json_snapshot!("payloads_of_texts_and_contacts", payloads);
    // The header names the delivery in the log.
    let log = log(&sandbox, &dated).await;
    assert_eq!(log.len(), 7);
    assert!(log.iter().any(|delivery| delivery["id"] == got[0].header("webhook-id")));
}

#[tokio::test]
async fn both_kinds_hear_of_calls_from_the_first_ring_to_the_summary() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::new(quick());
    let call = r#"POST /webhooks {"url":"{url}/dated","events":["call.ringing","call.answered","call.completed","call.missed","call.forwarded","call.menu.selected","call.recording.completed","call.transcript.completed","call.summary.completed","call.voicemail.completed"]}"#;
    let (_, secret) = create(&sandbox, call, &receiver.url).await;
    let mut keys = Vec::new();
    for (kind, events) in [
        ("calls", r#""call.ringing","call.completed","call.recording.completed""#),
        ("call-summaries", r#""call.summary.completed""#),
        ("call-transcripts", r#""call.transcript.completed""#),
    ] {
        let line = format!(r#"POST /v1/webhooks/{kind} {{"url":"{{url}}/{kind}","events":[{events}]}}"#);
        keys.push((format!("/{kind}"), create(&sandbox, &line, &receiver.url).await.1));
    }
    // Dated and legacy events of each.
    let table = [
        (CallOutcome::Answered, 6 + 5),
        (CallOutcome::AiHandled, 6 + 5),
        (CallOutcome::Voicemail, 4 + 2),
        (CallOutcome::Missed, 3 + 2),
        (CallOutcome::Forwarded, 3 + 2),
        (CallOutcome::Abandoned, 3 + 2),
    ];
    let mut heard = 0;
    let mut payloads = Vec::new();
    for (outcome, events) in table {
        let call = IncomingCall::new("+14155550101", "+14155550150", outcome);
        sandbox.incoming_call(ALPHA, call).unwrap();
        let mut got = receiver.wait_for(heard + events).await.split_off(heard);
        assert_eq!(got.len(), events, "{outcome:?}: {got:?}");
        heard += events;
        for delivered in &got {
            let verified = match keys.iter().find(|(path, _)| *path == delivered.path) {
                Some((_, key)) => delivered.verify_legacy(key),
                None => delivered.verify_standard(&secret),
            };
            assert!(verified, "{delivered:?}");
        }
        got.sort_by_key(|delivered| (delivered.path.clone(), delivered.event_type()));
        let shown = |delivered: &Delivered| json!({ &delivered.path: delivered.json() });
        // The first in full; of the others, what they are about.
        payloads.push(match outcome {
            CallOutcome::Answered => got.iter().map(shown).collect(),
            _ => got
                .iter()
                .map(|delivered| json!({ &delivered.path: [delivered.json()["type"], delivered.json()["data"]["resource"]] }))
                .collect::<Vec<_>>(),
        });
    }
    insta::assert_json_snapshot!("payloads_of_calls", payloads);
}

#[tokio::test]
async fn a_webhook_of_a_plan_without_transcripts_hears_of_none() {
    let sandbox = Sandbox::new(quick());
    let line = r#"POST /webhooks {"url":"https://example.com/","events":["call.transcript.completed","call.summary.completed","call.recording.completed"]}"#;
    let mut heard = Vec::new();
    for key in [ALPHA.to_owned(), format!("{ALPHA}.no-transcripts")] {
        let made = json(&sandbox, &key, line, 201).await;
        heard.push((made["data"]["id"].as_str().unwrap().to_owned(), key));
    }
    let call = IncomingCall::new("+14155550101", "+14155550150", CallOutcome::Answered);
    sandbox.incoming_call(ALPHA, call).unwrap();
    until(async || (log(&sandbox, &heard[0].0).await.len() == 3).then_some(())).await;
    let of_less = log(&sandbox, &heard[1].0).await;
    assert_eq!(of_less.len(), 1);
    assert_eq!(of_less[0]["eventType"], "call.recording.completed");
}

#[tokio::test]
async fn due_dates_are_told_without_any_request() {
    let receiver = Receiver::start().await;
    let now = Arc::new(AtomicI64::new(anchor().as_second()));
    let clock = Arc::clone(&now);
    let sandbox =
        Sandbox::new(quick().clock(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()));
    let ids = ids(&sandbox, ALPHA).await;
    let tasks =
        r#"POST /webhooks {"url":"{url}/","events":["task.created","task.overdue","task.completed"]}"#;
    let (_, secret) = create(&sandbox, tasks, &receiver.url).await;
    let line = r#"POST /tasks {"title":"x","description":"y","conversationId":"{conversation}","dueDate":"2026-11-20T19:00:00Z"}"#;
    let task = json(&sandbox, ALPHA, &fill(line, &ids), 201).await["data"]["taskId"].clone();
    receiver.wait_for(1).await;
    now.fetch_add(30 * 60, Ordering::SeqCst);
    receiver.wait_for(2).await;
    // A clock that jumps is noticed with the next request too, and before what that changes.
    let line = r#"PATCH /tasks/{task}/due-date {"dueDate":"2026-11-20T20:00:00Z"}"#;
    json(&sandbox, ALPHA, &line.replace("{task}", task.as_str().unwrap()), 200).await;
    now.fetch_add(3600, Ordering::SeqCst);
    let line = "POST /v1/tasks/{task}/complete".replace("{task}", task.as_str().unwrap());
    json(&sandbox, ALPHA, &line, 200).await;
    let got = receiver.wait_for(4).await;
    assert!(got.iter().all(|delivered| delivered.verify_standard(&secret)));
    let mut heard: Vec<_> = got.iter().map(Delivered::event_type).collect();
    // The last two are under way at the same time.
    heard[2..].sort();
    assert_eq!(heard, ["task.created", "task.overdue", "task.completed", "task.overdue"]);
    assert!(got.iter().all(|delivered| delivered.json()["data"]["resource"]["id"] == task));
}

#[tokio::test]
async fn a_delivery_is_tried_again_until_it_is_acknowledged() {
    let receiver = Receiver::start().await;
    receiver.answers(&[500, 404, 204]);
    let sandbox = Sandbox::new(quick());
    let (webhook, secret) = create(&sandbox, DATED, &receiver.url).await;
    send(&sandbox, "88").await;
    let (delivery, mut detail) = only_delivery(&sandbox, &webhook, "success", 3).await;
    assert_eq!(delivery["nextAttemptAt"], Value::Null);
    for attempt in detail["attempts"].as_array_mut().unwrap() {
        attempt["url"] = "…".into();
    }
    insta::assert_json_snapshot!("tried_again", detail);
    let got = receiver.got();
    assert_eq!(got.len(), 3);
    assert!(got.iter().all(|delivered| delivered.verify_standard(&secret)));
    let ids: Vec<_> = got.iter().map(|delivered| delivered.header("webhook-id")).collect();
    assert_eq!(ids, [delivery["id"].as_str().unwrap(); 3]);
}

#[tokio::test]
async fn after_eight_attempts_it_failed_and_a_retry_by_hand_delivers_it_with_the_new_key() {
    let receiver = Receiver::start().await;
    receiver.answers(&[500; 8]);
    let sandbox = Sandbox::new(quick().first_webhook_retry(Duration::from_micros(1)));
    let (webhook, old) = create(&sandbox, DATED, &receiver.url).await;
    send(&sandbox, "88").await;
    let (delivery, _) = only_delivery(&sandbox, &webhook, "failed", 8).await;
    let new = json(&sandbox, ALPHA, &format!("POST /webhooks/{webhook}/rotate"), 200).await;
    let id = delivery["id"].as_str().unwrap();
    let retry = format!("POST /webhooks/{webhook}/events/{id}/retry");
    assert_eq!(json(&sandbox, ALPHA, &retry, 202).await, json!({}));
    let (_, detail) = only_delivery(&sandbox, &webhook, "success", 9).await;
    let triggers: Vec<_> =
        detail["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["triggerType"]).collect();
    assert_eq!(triggers[..8], [&json!("scheduled"); 8]);
    assert_eq!(triggers[8], "manual");
    let last = receiver.wait_for(9).await.pop().unwrap();
    assert!(last.verify_standard(new["data"]["key"].as_str().unwrap()));
    assert!(!last.verify_standard(&old));
    json(&sandbox, ALPHA, &format!("POST /webhooks/{webhook}/events/msg_0/retry"), 404).await;
}

#[tokio::test]
async fn a_retry_by_hand_leaves_the_schedule_as_it_was() {
    let receiver = Receiver::start().await;
    receiver.answers(&[500, 500]);
    let sandbox = Sandbox::new(quick().first_webhook_retry(Duration::from_hours(1)));
    let (webhook, _) = create(&sandbox, DATED, &receiver.url).await;
    send(&sandbox, "88").await;
    let (before, _) = only_delivery(&sandbox, &webhook, "pending", 1).await;
    assert_eq!(before["nextAttemptAt"], "2026-11-20T19:30:00.000Z");
    let id = before["id"].as_str().unwrap();
    json(&sandbox, ALPHA, &format!("POST /webhooks/{webhook}/events/{id}/retry"), 202).await;
    let (after, _) = only_delivery(&sandbox, &webhook, "pending", 2).await;
    assert_eq!(after, before);
}

#[tokio::test]
async fn nothing_is_sent_to_another_machine() {
    let sandbox = Sandbox::new(quick());
    let (webhook, _) = create(&sandbox, DATED, "http://example.com").await;
    send(&sandbox, "88").await;
    let (_, detail) = only_delivery(&sandbox, &webhook, "failed", 1).await;
    insta::assert_json_snapshot!("not_loopback", detail["attempts"]);
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_tried_again() {
    let receiver = Receiver::start().await;
    let url = receiver.url.clone();
    drop(receiver);
    let sandbox = Sandbox::new(quick().first_webhook_retry(Duration::from_hours(1)));
    let (webhook, _) = create(&sandbox, DATED, &url).await;
    until(async || tokio::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).await.err()).await;
    send(&sandbox, "88").await;
    let (_, detail) = only_delivery(&sandbox, &webhook, "pending", 1).await;
    let attempt = &detail["attempts"][0];
    assert_eq!(attempt["responseStatusCode"], 0);
    assert!(attempt["responseBody"].as_str().unwrap().starts_with("no connection: "), "{attempt}");
}

#[tokio::test]
async fn a_test_event_is_delivered_as_it_was_answered() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::new(quick());
    let (webhook, secret) = create(&sandbox, DATED, &receiver.url).await;
    let mut samples = Vec::new();
    for event_type in ["message.received", "call.completed", "call.voicemail.completed", "contact.deleted"] {
        let line = format!(r#"POST /webhooks/{webhook}/events/test {{"eventType":"{event_type}"}}"#);
        let sample = json(&sandbox, ALPHA, &line, 200).await;
        let got = receiver.wait_for(samples.len() + 1).await.pop().unwrap();
        assert_eq!(got.json(), sample);
        assert_eq!(got.event_type(), event_type);
        assert!(got.verify_standard(&secret));
        samples.push(sample);
    }
    insta::assert_json_snapshot!("samples", samples);
    let line = format!(r#"POST /webhooks/{webhook}/events/test {{"eventType":"call.dropped"}}"#);
    json(&sandbox, ALPHA, &line, 400).await;
}

#[tokio::test]
async fn filters_disabling_and_deleting_keep_events_away() {
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::new(quick());
    let (webhook, _) = create(&sandbox, DATED, &receiver.url).await;
    let ids = ids(&sandbox, ALPHA).await;
    for change in [r#"{"resourceIds":["{inbox2}"]}"#, r#"{"resourceIds":["*"],"events":["message.failed"]}"#]
    {
        let line = fill(&format!("PATCH /webhooks/{webhook} {change}"), &ids);
        json(&sandbox, ALPHA, &line, 200).await;
        send(&sandbox, "88").await;
        delivered_texts(&sandbox).await;
        assert_eq!(log(&sandbox, &webhook).await, [] as [Value; 0], "{change}");
    }
    let line = r#"{"events":["message.delivered"],"status":"disabled"}"#;
    json(&sandbox, ALPHA, &format!("PATCH /webhooks/{webhook} {line}"), 200).await;
    send(&sandbox, "88").await;
    delivered_texts(&sandbox).await;
    assert_eq!(log(&sandbox, &webhook).await, [] as [Value; 0]);
    json(&sandbox, ALPHA, &format!(r#"PATCH /webhooks/{webhook} {{"status":"enabled"}}"#), 200).await;
    send(&sandbox, "88").await;
    only_delivery(&sandbox, &webhook, "success", 1).await;
    crate::support::answer(&sandbox, ALPHA, &format!("DELETE /webhooks/{webhook}")).await;
    send(&sandbox, "88").await;
    delivered_texts(&sandbox).await;
    json(&sandbox, ALPHA, &format!("GET /webhooks/{webhook}/events"), 404).await;
    assert_eq!(receiver.got().len(), 1);
}

/// Waits until no text is under way.
async fn delivered_texts(sandbox: &Sandbox) {
    until(async || {
        let texts = all(sandbox, ALPHA, "/messages?to=%2B14155550188").await;
        texts.iter().all(|text| text["status"] == "delivered").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stopped_sandbox_delivers_nothing_more() {
    let receiver = Receiver::start().await;
    receiver.answers(&[500; 2]);
    // The third attempt would be made 2.4 s after the second.
    let sandbox = Sandbox::new(quick().first_webhook_retry(Duration::from_millis(40)));
    let running = sandbox.listen_on_loopback().await.unwrap();
    let (webhook, _) = create(&sandbox, DATED, &receiver.url).await;
    send(&sandbox, "88").await;
    receiver.wait_for(2).await;
    running.stop().await;
    tokio::time::sleep(Duration::from_millis(2_800)).await;
    assert_eq!(receiver.got().len(), 2);
    // The log is still there, and goes on with the next thing that happens.
    send(&sandbox, "88").await;
    receiver.wait_for(4).await;
    let acknowledged = until(async || {
        let log = log(&sandbox, &webhook).await;
        log.iter().all(|delivery| delivery["status"] == "success").then_some(log.len())
    });
    assert_eq!(acknowledged.await, 2);
}
