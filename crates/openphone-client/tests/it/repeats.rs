//! What is repeated, seen from the server: reads and what sets a state are, what makes something is not.

use openphone_client::tasks::NewTask;
use openphone_client::webhooks::{EventKind, NewWebhook};
use openphone_client::{BreakerSettings, ErrorKind, PhoneNumberId};

use crate::server::{Server, Step};

const DELETED: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_delete_whose_answer_was_lost_is_done() {
    let id = "TK1".parse().expect("an id");
    for lost in [Step::Close, Step::json(500, "{}"), Step::half(200, "{")] {
        let server = Server::start([lost, Step::json(404, "{}")]).await;
        server.workspace().tasks().delete(&id).await.expect("it is gone");
        assert_eq!(server.count(), 2);
    }
    // What was never there was not deleted.
    let server = Server::start([Step::json(404, "{}")]).await;
    let error = server.workspace().tasks().delete(&id).await.expect_err("nothing there");
    assert_eq!((error.kind(), server.count()), (ErrorKind::NotFound, 1));
    // A refusal says nothing about the one before it.
    let server = Server::start([Step::json(429, "{}"), Step::json(404, "{}")]).await;
    let error = server.workspace().tasks().delete(&id).await.expect_err("nothing there");
    assert_eq!((error.kind(), server.count()), (ErrorKind::NotFound, 2));
    let server = Server::start([Step::Answer(DELETED.into())]).await;
    server.workspace().tasks().delete(&id).await.expect("deleted");
}

#[tokio::test]
async fn nothing_that_comes_later_says_that_a_lost_change_did_not_happen() {
    // The link is gone, by whomever; the revision that was lost cannot be made up.
    let server = Server::start([Step::Close, Step::json(404, "{}")]).await;
    let (id, conversation) = ("TK1".parse().expect("an id"), "CN1".parse().expect("an id"));
    let error = server.workspace().tasks().unlink(&id, &conversation).await.expect_err("no answer");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::OutcomeUnknown, true));
    assert_eq!(server.count(), 2);

    // The breaker opens between the attempts, or the rate limit ends them.
    let table = [
        (vec![Step::Close], BreakerSettings::default().consecutive_failures(1)),
        (vec![Step::Close, Step::with(429, "retry-after: 60\r\n", "{}")], BreakerSettings::default()),
        (vec![Step::json(500, "{}"), Step::json(403, "{}")], BreakerSettings::default()),
        (vec![Step::json(200, "{")], BreakerSettings::default()),
    ];
    for (steps, breaker) in table {
        let server = Server::start(steps.clone()).await;
        let error = server.workspace_with(|builder| builder.breaker(breaker)).tasks().complete(&id).await;
        let error = error.expect_err("no answer");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::OutcomeUnknown, true), "{steps:?}");
        // A read was not done, whatever came of it.
        let server = Server::start(steps.clone()).await;
        let error = server.workspace_with(|builder| builder.breaker(breaker)).tasks().get(&id).await;
        assert_ne!(error.expect_err("no answer").kind(), ErrorKind::OutcomeUnknown, "{steps:?}");
    }
}

#[tokio::test]
async fn what_makes_something_is_written_once() {
    macro_rules! unknown {
        ($($workspace:ident => $call:expr;)+) => {
            $(for lost in [Step::Close, Step::json(502, "<html>"), Step::json(200, "{}x")] {
                let server = Server::start([lost]).await;
                let $workspace = server.workspace();
                let error = $call.await.map(drop).expect_err("no answer");
                assert_eq!((error.kind(), server.count()), (ErrorKind::OutcomeUnknown, 1), stringify!($call));
                assert!(!error.is_retryable());
            })+
        };
    }
    let inbox: PhoneNumberId = "PN1".parse().expect("an id");
    let contact = "c1".parse().expect("an id");
    let (message, webhook, delivery) =
        ("AC1".parse().expect("an id"), "7".parse().expect("an id"), "msg_1".parse().expect("an id"));
    let new_webhook = NewWebhook::new("https://example.com", [EventKind::MessageReceived]);
    unknown! {
        w => w.messages().retry(&message);
        w => w.contacts().notes(&contact).create("x");
        w => w.tasks().create(&NewTask::new(inbox.clone(), "x", "y"));
        w => w.webhooks().create(&new_webhook);
        w => w.webhooks().rotate_secret(&webhook);
        w => w.webhooks().retry_delivery(&webhook, &delivery);
        w => w.webhooks().test(&webhook, &EventKind::CallMissed);
        w => w.a2p_registration().submit();
    }
}

#[tokio::test]
async fn what_sets_a_state_is_repeated() {
    let change = r#"{"data":{"taskId":"TK1","revision":"7"}}"#;
    let server = Server::start([Step::Close, Step::json(500, "{}"), Step::json(200, change)]).await;
    let change = server.workspace().tasks().complete(&"TK1".parse().expect("an id")).await.expect("done");
    assert_eq!((change.revision, server.count()), (Some(7), 3));
}

/// With a minute to wait, a deadline in a moment: that the wait is not begun shows that the header was read.
#[tokio::test]
async fn a_429_waits_as_long_as_the_budget_header_says() {
    use std::time::Duration;
    for (header, attempts) in
        [("ratelimit: \"per-second\"; r=0; t=60\r\n", 1), ("ratelimit: \"per-second\"; r=0; t=0\r\n", 3)]
    {
        let server = Server::start([Step::with(429, header, "{}")]).await;
        let workspace =
            server.workspace().with_deadline(tokio::time::Instant::now() + Duration::from_secs(20));
        let error = workspace.organization().get().await.expect_err("a rate limit");
        assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, attempts), "{header}");
    }
}
