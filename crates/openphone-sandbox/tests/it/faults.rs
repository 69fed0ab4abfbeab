//! Faults that show in an answer. `wire.rs` has those that show on the connection.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use openphone_sandbox::{Fault, On, Operation, Sandbox};

use crate::support::{ALPHA, BRAVO, answer, json, options, request, sandbox, show};

const SEND: &str = r#"POST /v1/messages {"content":"Once","from":"+14155550150","to":["+14155550188"]}"#;

#[tokio::test]
async fn each_fault_answers_as_it_says() {
    let table = [
        ("too_many_requests", Fault::too_many_requests(None)),
        ("too_many_requests with Retry-After", Fault::too_many_requests(Some(2))),
        ("server_error", Fault::server_error()),
        ("bad_gateway", Fault::bad_gateway()),
        ("unavailable", Fault::unavailable(Some(5))),
        ("plan_without_transcripts", Fault::plan_without_transcripts()),
        ("a2p_not_approved", Fault::a2p_not_approved()),
        ("subscription_expired", Fault::subscription_expired()),
        ("daily_cap_reached", Fault::daily_cap_reached()),
        ("not_enough_credits", Fault::not_enough_credits()),
        ("international_messaging_off", Fault::international_messaging_off()),
        ("open_tasks_limit", Fault::open_tasks_limit()),
        ("revoked_key", Fault::revoked_key()),
        ("answer", Fault::answer(418, "text/plain", "short and stout")),
        ("malformed_json", Fault::malformed_json()),
    ];
    let sandbox = sandbox();
    let mut shown = String::new();
    for (name, fault) in table {
        for line in ["GET /v1/users?maxResults=1", "GET /organization"] {
            sandbox.faults().next(1, On::any(), fault.clone());
            let faulty = answer(&sandbox, ALPHA, line).await;
            let retry_after =
                faulty.headers().get("retry-after").map_or("none", |value| value.to_str().unwrap());
            shown.push_str(&format!("{name}, Retry-After: {retry_after}\n{}", show(line, &faulty)));
            assert_eq!(answer(&sandbox, ALPHA, line).await.status(), 200, "{name} is over");
        }
    }
    insta::assert_snapshot!("faults", shown);
}

#[tokio::test]
async fn a_fault_hits_what_it_is_told_to_as_often_as_it_is_told_to() {
    let sandbox = sandbox();
    let faults = sandbox.faults();
    faults.next(2, Operation::ListUsers, Fault::server_error());
    faults.always(On::any().with_key(BRAVO), Fault::unavailable(None));
    for (key, line, status) in [
        (ALPHA, "GET /organization", 200),
        (ALPHA, "GET /users", 500),
        (BRAVO, "GET /organization", 503),
        (ALPHA, "GET /users", 500),
        (ALPHA, "GET /users", 200),
        (BRAVO, "GET /users", 503),
        (BRAVO, "GET /v1/users", 503),
    ] {
        assert_eq!(answer(&sandbox, key, line).await.status(), status, "{key} {line}");
    }
    faults.clear();
    assert_eq!(answer(&sandbox, BRAVO, "GET /users").await.status(), 200);
}

#[tokio::test]
async fn a_send_that_fails_before_processing_is_not_sent_and_one_after_is() {
    let sandbox = sandbox();
    sandbox.faults().next(1, On::sends(), Fault::server_error());
    json(&sandbox, ALPHA, SEND, 500).await;
    assert!(sandbox.sent(ALPHA).is_empty());
    sandbox.faults().next(1, On::sends(), Fault::server_error().after_processing());
    json(&sandbox, ALPHA, SEND, 500).await;
    assert_eq!(sandbox.sent(ALPHA).len(), 1);
    let found = json(&sandbox, ALPHA, "GET /messages?to=%2B14155550188", 200).await;
    assert_eq!(found["data"][0]["text"], "Once", "it can be found by reading");
}

async fn answer_of(sandbox: &Sandbox, line: &str) -> u16 {
    answer(sandbox, ALPHA, line).await.status().as_u16()
}

/// A line with the header.
async fn asking(sandbox: &Sandbox, fault: &str, line: &str) -> Response<Bytes> {
    let mut request = request(ALPHA, line);
    request.headers_mut().insert("sandbox-fault", fault.parse().unwrap());
    sandbox.handle(request).await
}

#[tokio::test]
async fn a_request_asks_for_a_fault_of_its_own() {
    let sandbox = sandbox();
    let table = [
        ("too-many-requests; retry-after=3", 429, 0),
        ("unavailable", 503, 0),
        ("server-error", 500, 0),
        ("server-error; after-processing", 500, 1),
        ("revoked-key", 401, 1),
        ("not-enough-credits", 402, 1),
        ("malformed-json", 202, 2),
        ("delay=1ms", 202, 3),
        ("no-such-fault", 400, 3),
    ];
    for (fault, status, sent) in table {
        assert_eq!(asking(&sandbox, fault, SEND).await.status(), status, "{fault}");
        assert_eq!(sandbox.sent(ALPHA).len(), sent, "{fault}");
    }
    let refused = asking(&sandbox, "too-many-requests; retry-after=3", SEND).await;
    assert_eq!(refused.headers()["retry-after"], "3");
    // A fault that is armed waits for a request that does not ask for one.
    sandbox.faults().next(1, On::any(), Fault::bad_gateway());
    assert_eq!(asking(&sandbox, "server-error", "GET /users").await.status(), 500);
    assert_eq!(answer_of(&sandbox, "GET /users").await, 502);
    assert_eq!(answer_of(&sandbox, "GET /users").await, 200);
}

#[tokio::test]
async fn a_refusal_comes_after_version_key_and_budget_and_tells_of_the_budget() {
    let sandbox = Sandbox::new(options().requests_per_second(3));
    let with = |fault: &str, key: &str, line: &str| {
        let mut request = request(key, line);
        request.headers_mut().insert("sandbox-fault", fault.parse().unwrap());
        request
    };
    let mut without_version = with("server-error", ALPHA, "GET /users");
    without_version.headers_mut().remove("quo-api-version");
    let table = [
        (without_version, 400, "r=2"),
        (with("server-error", "a-wrong-key", "GET /users"), 401, "r=2"),
        (with("revoked-key; after-processing", "a-wrong-key", SEND), 401, "r=2"),
        (with("server-error", ALPHA, "GET /users"), 500, "r=2"),
        (with("daily-cap-reached; after-processing", ALPHA, SEND), 403, "r=1"),
        (with("too-many-requests", ALPHA, "GET /users"), 429, "r=0"),
        (with("server-error", ALPHA, "GET /users"), 429, "r=0"),
        (with("server-error; after-processing", ALPHA, SEND), 429, "r=0"),
        (request(ALPHA, "GET /nowhere"), 404, "r=2"),
    ];
    for (request, status, remaining) in table {
        let shown = format!("{request:?}");
        let answer = sandbox.handle(request).await;
        assert_eq!(answer.status(), status, "{shown}");
        let limit = answer.headers()["ratelimit"].to_str().unwrap();
        assert_eq!(limit, format!("\"per-second\"; {remaining}; t=1"), "{shown}");
        assert!(answer.headers().contains_key("ratelimit-policy"), "{shown}");
    }
    assert_eq!(sandbox.sent(ALPHA).len(), 1);
}

#[tokio::test]
async fn a_request_asks_for_one_fault() {
    let sandbox = sandbox();
    for second in ["server-error", "no-such-fault"] {
        let mut request = request(ALPHA, "GET /users");
        request.headers_mut().append("sandbox-fault", "bad-gateway".parse().unwrap());
        request.headers_mut().append("sandbox-fault", second.parse().unwrap());
        let refused = sandbox.handle(request).await;
        assert_eq!(refused.status(), 400);
        assert!(String::from_utf8_lossy(refused.body()).contains("more than once"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_wrong_word_gets_the_list_of_words_and_not_an_error_of_the_apis() {
    let sandbox = sandbox();
    let mut shown = String::new();
    for fault in ["server-eror", "hang; after-processing; soon", "delay=soon", "\u{e9}"] {
        shown.push_str(&show(
            &format!("GET /users, Sandbox-Fault: {fault}"),
            &asking(&sandbox, fault, "GET /users").await,
        ));
    }
    insta::assert_snapshot!("wrong_words", shown);
}

#[tokio::test]
async fn a_revoked_key_is_a_wrong_key_until_all_is_cleared() {
    let sandbox = sandbox();
    sandbox.faults().revoke_key(ALPHA);
    json(&sandbox, ALPHA, "GET /v1/users", 401).await;
    json(&sandbox, ALPHA, "GET /users", 401).await;
    json(&sandbox, BRAVO, "GET /users", 200).await;
    sandbox.faults().clear();
    json(&sandbox, ALPHA, "GET /users", 200).await;
}

#[tokio::test(start_paused = true)]
async fn delayed_answers_come_and_hung_ones_do_not() {
    let sandbox = sandbox();
    sandbox.faults().next(1, On::any(), Fault::delay(Duration::from_secs(40)));
    let started = tokio::time::Instant::now();
    json(&sandbox, ALPHA, "GET /users", 200).await;
    assert_eq!(started.elapsed(), Duration::from_secs(40));
    for (fault, sent) in [(Fault::hang(), 0), (Fault::hang().after_processing(), 1)] {
        sandbox.faults().next(1, On::sends(), fault);
        let hung = tokio::time::timeout(Duration::from_secs(3600), answer(&sandbox, ALPHA, SEND)).await;
        assert!(hung.is_err());
        assert_eq!(sandbox.sent(ALPHA).len(), sent);
    }
}
