//! Receivers that take their time, and logs that fill up.

use std::time::Duration;

use openphone_sandbox::{Limits, Sandbox};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::{DATED, Receiver, create, log, only_delivery, quick, send};
use crate::support::{ALPHA, json};

#[tokio::test]
async fn a_receiver_that_hangs_delays_no_other() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hanging = format!("http://{}", listener.local_addr().unwrap());
    let taken = tokio::spawn(async move {
        let mut taken = Vec::new();
        loop {
            taken.push(listener.accept().await.unwrap());
        }
    });
    let receiver = Receiver::start().await;
    let sandbox = Sandbox::new(quick());
    let (slow, _) = create(&sandbox, DATED, &hanging).await;
    create(&sandbox, DATED, &receiver.url).await;
    for count in 1..=20 {
        json(&sandbox, ALPHA, r#"POST /contacts {"firstName":"Pia"}"#, 201).await;
        receiver.wait_for(count).await;
    }
    let waiting = log(&sandbox, &slow).await;
    assert_eq!(waiting.iter().filter(|delivery| delivery["status"] == "sending").count(), 2);
    taken.abort();
}

#[tokio::test]
async fn an_acknowledgement_whose_body_stalls_is_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stalling = tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nnoted").await.unwrap();
            open.push(stream);
        }
    });
    let sandbox = Sandbox::new(quick().first_webhook_retry(Duration::from_hours(1)));
    let (webhook, _) = create(&sandbox, DATED, &url).await;
    send(&sandbox, "88").await;
    let (_, detail) = only_delivery(&sandbox, &webhook, "success", 1).await;
    assert_eq!(detail["attempts"][0]["responseBody"], "noted");
    stalling.abort();
}

#[tokio::test]
async fn a_log_holds_so_many_bytes_and_always_the_newest() {
    let sandbox = Sandbox::new(quick().limits(Limits { delivery_bytes: 2_800, ..Limits::default() }));
    let (webhook, _) = create(&sandbox, DATED, "https://example.com").await;
    let large = format!(r#"POST /contacts {{"firstName":"{}"}}"#, "x".repeat(900));
    let mut kept = Vec::new();
    for _ in 0..3 {
        json(&sandbox, ALPHA, &large, 201).await;
        kept.push(log(&sandbox, &webhook).await.len());
    }
    assert_eq!(kept, [1, 1, 1], "two of them are over it");
    json(&sandbox, ALPHA, r#"POST /contacts {"firstName":"Pia"}"#, 201).await;
    assert_eq!(log(&sandbox, &webhook).await.len(), 2);
}
