//! Ten requests in each second of the clock, per key.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use openphone_sandbox::{Sandbox, SandboxOptions};

use crate::support::{ALPHA, BRAVO, anchor, answer, show};

#[tokio::test]
async fn the_eleventh_request_of_a_second_is_refused_and_the_next_second_opens_the_budget() {
    let now = Arc::new(AtomicI64::new(anchor().as_millisecond()));
    let clock = Arc::clone(&now);
    let options = SandboxOptions::default()
        .now(anchor())
        .clock(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap());
    let sandbox = Sandbox::new(options);
    let mut remaining = Vec::new();
    for count in 0..10 {
        // Both surfaces draw on one budget.
        let line = if count % 2 == 0 { "GET /v1/users" } else { "GET /users" };
        let answer = answer(&sandbox, ALPHA, line).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["ratelimit-policy"], "\"per-second\"; q=10; w=1");
        remaining.push(answer.headers()["ratelimit"].to_str().unwrap().to_owned());
    }
    assert_eq!(remaining.first().unwrap(), "\"per-second\"; r=9; t=1");
    assert_eq!(remaining.last().unwrap(), "\"per-second\"; r=0; t=1");
    let mut shown = String::new();
    for line in ["GET /v1/users", "GET /users"] {
        let refused = answer(&sandbox, ALPHA, line).await;
        assert!(!refused.headers().contains_key("retry-after"));
        shown.push_str(&show(line, &refused));
    }
    insta::assert_snapshot!("too_many_requests", shown);
    assert_eq!(answer(&sandbox, BRAVO, "GET /users").await.status(), 200, "another key has its own budget");
    now.fetch_add(999, Ordering::SeqCst);
    assert_eq!(answer(&sandbox, ALPHA, "GET /users").await.status(), 429, "still the same second");
    now.fetch_add(1, Ordering::SeqCst);
    assert_eq!(answer(&sandbox, ALPHA, "GET /users").await.status(), 200, "the next one");
}
