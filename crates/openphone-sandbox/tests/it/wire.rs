//! The sandbox on a socket, through an ordinary HTTP client.

use openphone_sandbox::{Fault, On, Operation, RunningSandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{ALPHA, all, sandbox};

fn client() -> reqwest::Client {
    #[expect(clippy::disallowed_methods, reason = "a test's own client")]
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn send(http: &reqwest::Client, sandbox: &RunningSandbox) -> reqwest::Result<String> {
    let request = http
        .post(format!("{}/v1/messages", sandbox.base_url()))
        .header("authorization", ALPHA)
        .header("content-type", "application/json")
        .body(r#"{"content":"Once","from":"+14155550150","to":["+14155550188"]}"#);
    request.send().await?.text().await
}

#[tokio::test]
async fn a_text_goes_out_over_real_http() {
    let sandbox = sandbox().listen_on_loopback().await.unwrap();
    let http = client();
    let body = send(&http, &sandbox).await.unwrap();
    assert!(body.contains("\"queued\""), "{body}");
    assert_eq!(sandbox.sent(ALPHA).len(), 1);
    assert_eq!(sandbox.request_log().into_iter().collect::<Vec<_>>(), [(Operation::SendMessageV1, 1)]);
    sandbox.stop().await;
}

#[tokio::test]
async fn connections_break_where_they_are_told_to() {
    // What the client sees, and whether the text was sent all the same.
    let table = [
        (Fault::close_unread(), "request", 0),
        (Fault::close_unread().after_processing(), "request", 0),
        (Fault::close(), "request", 0),
        (Fault::close().after_processing(), "request", 1),
        (Fault::reset(), "request", 0),
        (Fault::reset().after_processing(), "request", 1),
        (Fault::truncate(), "body", 1),
    ];
    for (fault, breaks, sent) in table {
        let sandbox = sandbox().listen_on_loopback().await.unwrap();
        let http = client();
        sandbox.faults().next(1, On::sends(), fault.clone());
        let error = send(&http, &sandbox).await.unwrap_err();
        let seen = if error.is_request() { "request" } else { "body" };
        assert_eq!(seen, breaks, "{fault:?}: {error:?}");
        assert_eq!(sandbox.sent(ALPHA).len(), sent, "{fault:?}");
        assert_eq!(sandbox.requests(Operation::SendMessageV1), 1, "{fault:?}: the client does not repeat it");
        assert!(send(&http, &sandbox).await.is_ok(), "{fault:?} is over");
        sandbox.stop().await;
    }
}

/// What a client reads after it wrote a whole request that asks for this fault.
async fn raw(sandbox: &RunningSandbox, fault: &str) -> std::io::Result<String> {
    let body = r#"{"content":"Once","from":"+14155550150","to":["+14155550188"]}"#;
    let request = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: sandbox\r\nauthorization: {ALPHA}\r\nsandbox-fault: {fault}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(sandbox.addr).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut read = String::new();
    stream.read_to_string(&mut read).await?;
    Ok(read)
}

#[tokio::test]
async fn a_reset_is_a_reset_and_a_close_an_orderly_end() {
    let sandbox = sandbox().listen_on_loopback().await.unwrap();
    for (fault, sent) in [("close", 0), ("close; after-processing", 1)] {
        assert_eq!(raw(&sandbox, fault).await.unwrap(), "", "{fault}");
        assert_eq!(sandbox.sent(ALPHA).len(), sent, "{fault}");
    }
    for (fault, sent) in [("reset", 1), ("reset; after-processing", 2)] {
        let error = raw(&sandbox, fault).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{fault}");
        assert_eq!(sandbox.sent(ALPHA).len(), sent, "{fault}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn an_empty_answer_breaks_with_its_connection() {
    let sandbox = sandbox().listen_on_loopback().await.unwrap();
    let http = client();
    let notes = all(&sandbox, ALPHA, "/v1/contacts").await;
    for (fault, contact) in [("truncate", &notes[0]), ("malformed-json", &notes[1])] {
        let url = format!("{}/v1/contacts/{}", sandbox.base_url(), contact["id"].as_str().unwrap());
        let delete = || http.delete(&url).header("authorization", ALPHA);
        let error = delete().header("sandbox-fault", fault).send().await.unwrap_err();
        assert!(error.is_request(), "{fault}: {error:?}");
        assert_eq!(delete().send().await.unwrap().status(), 404, "{fault}: it was processed");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_and_the_connection_closes() {
    let sandbox = sandbox().listen_on_loopback().await.unwrap();
    let http = client();
    for (path, code) in [("/v1/messages", true), ("/messages", false)] {
        let answer = http
            .post(format!("{}{path}", sandbox.base_url()))
            .header("content-type", "application/json")
            .body("x".repeat(3 * 1024 * 1024))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 413, "{path}");
        assert_eq!(answer.headers()["connection"], "close", "{path}");
        let body: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(body["title"], "Payload Too Large", "{path}");
        assert_eq!(body["code"] == "0200413", code, "{path}");
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let sandbox = sandbox().listen_on_loopback().await.unwrap();
    let http = client();
    let url = format!("{}/v1/users", sandbox.base_url());
    let get = http.get(&url).header("authorization", ALPHA).send().await.unwrap();
    let head = http.head(&url).header("authorization", ALPHA).send().await.unwrap();
    assert_eq!(head.status(), 200);
    for name in ["content-type", "content-length", "ratelimit-policy"] {
        assert_eq!(head.headers()[name], get.headers()[name], "{name}");
    }
    assert_eq!(head.text().await.unwrap(), "");
    assert_eq!(sandbox.requests(Operation::ListUsersV1), 2);
    let broken = http.head(&url).header("authorization", ALPHA).header("sandbox-fault", "truncate");
    assert!(broken.send().await.unwrap_err().is_request());
    let unrouted = http.head(format!("{}/v1/nothing", sandbox.base_url())).send().await.unwrap();
    assert_eq!(unrouted.status(), 404);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_hung_request_does_not_keep_the_server_from_stopping() {
    let sandbox = sandbox().listen_on_loopback().await.unwrap();
    let addr = sandbox.addr;
    sandbox.faults().always(On::any(), Fault::hang());
    let http = client();
    let hung = {
        let http = http.clone();
        let url = format!("{}/organization", sandbox.base_url());
        tokio::spawn(async move { http.get(url).send().await })
    };
    while sandbox.requests(Operation::GetOrganization) == 0 {
        tokio::task::yield_now().await;
    }
    sandbox.stop().await;
    assert!(hung.await.unwrap().is_err());
    assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "the port is free again");
}

#[tokio::test]
async fn a_dropped_sandbox_stops_listening() {
    let sandbox = sandbox().listen_on_loopback().await.unwrap();
    let addr = sandbox.addr;
    drop(sandbox);
    while tokio::net::TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
