//! What goes wrong on the wire: which error comes of it and how often the request arrived. The number is the
//! point: a text must not go out twice.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::BoxFuture;
use openphone_client::messages::{Message, SendMessage};
use openphone_client::organization::Organization;
use openphone_client::{
    ApiKey, BreakerSettings, E164, Error, ErrorKind, LocalLimiter, PhoneNumberId, RateLimiter, Refusal,
    TurnFor, UpstreamState, Workspace,
};
use sealing::SecretString;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::server::{Server, Step, Unlimited, key, quick};

pub(crate) const ACCEPTED: &str = r#"{"data":{"id":"AC1","to":["+14155550101"],"from":"+14155550199","text":"Hi",
    "phoneNumberId":"PN1","conversationId":"CN1","direction":"outgoing","userId":"US1","status":"queued",
    "createdAt":"2026-11-20T18:30:00Z","updatedAt":"2026-11-20T18:30:00.123Z"}}"#;
pub(crate) const ORGANIZATION: &str = r#"{"data":{"id":"OR1","name":"Acme","subscriptionStatus":"active",
    "createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}}"#;

pub(crate) fn text() -> SendMessage {
    let to = E164::parse("+14155550101").expect("a number");
    SendMessage::new(PhoneNumberId::parse("PN1").expect("an id"), to, "Hi")
}

async fn send(workspace: &Workspace) -> Result<Message, Error> {
    workspace.messages().send(&text()).await
}

async fn read(workspace: &Workspace) -> Result<Organization, Error> {
    workspace.organization().get().await
}

/// A fault on the first request, health afterwards: the outcome and the number of requests that arrived.
async fn check_send(fault: Step) -> (Result<(), ErrorKind>, usize) {
    let timeout = timeout_for(&fault);
    let server = Server::start([fault, Step::json(202, ACCEPTED)]).await;
    let outcome = send(&server.workspace_with(|builder| builder.timeout(timeout))).await;
    (outcome.map(drop).map_err(|error| error.kind()), server.count())
}

/// The same for a read.
async fn check_read(fault: Step) -> (Result<(), ErrorKind>, usize) {
    let timeout = timeout_for(&fault);
    let server = Server::start([fault, Step::json(200, ORGANIZATION)]).await;
    let outcome = read(&server.workspace_with(|builder| builder.timeout(timeout))).await;
    (outcome.map(drop).map_err(|error| error.kind()), server.count())
}

/// Short only where it must pass: elsewhere a slow machine must not turn health into a time-out.
fn timeout_for(fault: &Step) -> Duration {
    Duration::from_secs(if matches!(fault, Step::Never) { 1 } else { 30 })
}

fn oversized() -> Step {
    Step::json(200, &format!("{}{ORGANIZATION}", " ".repeat(5 * 1024 * 1024)))
}

fn redirect(status: u16) -> Step {
    Step::with(status, "location: /elsewhere\r\n", "")
}

#[tokio::test]
async fn a_send_arrives_once_whatever_happens() {
    use ErrorKind::{NotFound, OutcomeUnknown, Protocol};
    assert_eq!(check_send(Step::json(202, ACCEPTED)).await, (Ok(()), 1));
    assert_eq!(check_send(Step::Close).await, (Err(OutcomeUnknown), 1), "closed before answering");
    assert_eq!(check_send(Step::half(202, "{\"data\":")).await, (Err(OutcomeUnknown), 1), "half an answer");
    assert_eq!(check_send(Step::Never).await, (Err(OutcomeUnknown), 1), "no answer");
    assert_eq!(check_send(Step::json(500, "{}")).await, (Err(OutcomeUnknown), 1));
    assert_eq!(check_send(Step::json(503, "{}")).await, (Err(OutcomeUnknown), 1));
    assert_eq!(check_send(Step::json(408, "{}")).await, (Err(OutcomeUnknown), 1));
    assert_eq!(
        check_send(Step::json(202, "<p>ok</p>")).await,
        (Err(OutcomeUnknown), 1),
        "unreadable success"
    );
    assert_eq!(check_send(oversized()).await, (Err(OutcomeUnknown), 1));
    assert_eq!(check_send(redirect(302)).await, (Err(OutcomeUnknown), 1));
    assert_eq!(check_send(redirect(307)).await, (Err(Protocol), 1), "asks for it elsewhere: not performed");
    let html = Step::with(404, "content-type: text/html\r\n", "<pre>Cannot POST /v1/messages</pre>");
    assert_eq!(check_send(html).await, (Err(NotFound), 1));
    assert_eq!(
        check_send(Step::half(400, "{\"mess")).await,
        (Err(ErrorKind::InvalidRequest), 1),
        "a refusal is one, readable or not"
    );
}

#[tokio::test]
async fn a_read_is_repeated_where_that_may_help() {
    use ErrorKind::{NotFound, Protocol, Unauthorized};
    assert_eq!(check_read(Step::Close).await, (Ok(()), 2));
    assert_eq!(check_read(Step::half(200, "{\"data\":")).await, (Ok(()), 2));
    assert_eq!(check_read(Step::Never).await, (Ok(()), 2));
    assert_eq!(check_read(Step::json(500, "{}")).await, (Ok(()), 2));
    assert_eq!(check_read(Step::json(408, "{}")).await, (Ok(()), 2));
    assert_eq!(check_read(oversized()).await, (Err(Protocol), 1));
    assert_eq!(check_read(redirect(302)).await, (Err(Protocol), 1));
    assert_eq!(check_read(Step::json(200, "{\"data\":[]}")).await, (Err(Protocol), 1));
    assert_eq!(check_read(Step::json(401, "{}")).await, (Err(Unauthorized), 1));
    assert_eq!(check_read(Step::with(404, "", "<html>")).await, (Err(NotFound), 1));
}

/// An answer whose body is packed.
fn gzip(status: u16, body: &[u8]) -> Step {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body).expect("a vector takes everything");
    let packed = packed.finish().expect("a vector takes everything");
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    Step::Answer([head.as_bytes(), &packed].concat())
}

#[tokio::test]
async fn gzip_is_unpacked_and_the_bound_is_on_what_comes_out() {
    assert_eq!(check_read(gzip(200, ORGANIZATION.as_bytes())).await, (Ok(()), 1));
    let bomb = gzip(200, &[vec![b' '; 64 * 1024 * 1024], ORGANIZATION.as_bytes().to_vec()].concat());
    assert!(matches!(&bomb, Step::Answer(bytes) if bytes.len() < 100_000));
    assert_eq!(check_read(bomb).await, (Err(ErrorKind::Protocol), 1));
}

#[tokio::test]
async fn a_read_is_given_up_after_two_retries() {
    let table = [
        (Step::Close, ErrorKind::Unreachable),
        (Step::Never, ErrorKind::Timeout),
        (Step::json(502, "<h1>Bad Gateway</h1>"), ErrorKind::Server),
    ];
    for (step, kind) in table {
        let server = Server::start([step.clone()]).await;
        let workspace = server.workspace_with(|builder| builder.timeout(Duration::from_millis(300)));
        let error = read(&workspace).await.expect_err("it never recovers");
        assert_eq!((error.kind(), server.count()), (kind, 3), "{step:?}");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_429_is_waited_out_and_a_send_repeated_once() {
    let limited = Step::with(429, "retry-after: 1\r\n", r#"{"title":"Too Many Requests"}"#);
    assert_eq!(check_send(limited.clone()).await, (Ok(()), 2));
    assert_eq!(check_send(Step::json(429, "{}")).await, (Ok(()), 2), "without Retry-After");

    let server = Server::start([limited]).await;
    let error = send(&server.workspace()).await.expect_err("it never recovers");
    assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, 2));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn a_429_that_asks_for_too_long_is_reported_at_once() {
    let server = Server::start([Step::with(429, "retry-after: 3600\r\n", "{}")]).await;
    let error = read(&server.workspace()).await.expect_err("an hour is past every deadline");
    assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, 1));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let headers = "date: Fri, 20 Nov 2026 18:30:00 GMT\r\nretry-after: Fri, 20 Nov 2026 20:30:00 GMT\r\n";
    let server = Server::start([Step::with(429, headers, "{}")]).await;
    let error = read(&server.workspace()).await.expect_err("limited");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7200)));
}

/// A send after a 429 has used up its one retry, so that what follows is final.
#[tokio::test]
async fn a_send_is_not_repeated_after_a_429_and_a_fault() {
    let server = Server::start([Step::json(429, "{}"), Step::Close, Step::json(202, ACCEPTED)]).await;
    let error = send(&server.workspace()).await.expect_err("unknown");
    assert_eq!((error.kind(), server.count()), (ErrorKind::OutcomeUnknown, 2));
}

/// The server takes a request on a kept-alive connection and closes it: to the pool it looks like a
/// connection that died while idle, which it may repeat by itself. It must not: the request was written.
#[tokio::test]
async fn a_send_on_a_reused_connection_that_dies_is_not_repeated_by_the_pool() {
    for _ in 0..20 {
        let server = Server::start([Step::json(202, ACCEPTED), Step::Close, Step::json(202, ACCEPTED)]).await;
        let workspace = server.workspace();
        send(&workspace).await.expect("the first one is accepted");
        let error = send(&workspace).await.expect_err("the second one meets a dying connection");
        assert_eq!((error.kind(), server.count()), (ErrorKind::OutcomeUnknown, 2));
    }
}

/// The server closes the connection after each answer without saying so: the next send goes out on another
/// connection, once.
#[tokio::test]
async fn a_connection_that_was_closed_while_idle_costs_nothing() {
    let Step::Answer(bytes) = Step::json(202, ACCEPTED) else { unreachable!("json answers") };
    let server = Server::start([Step::AnswerAndClose(bytes)]).await;
    let workspace = server.workspace();
    for sent in 1..=5 {
        send(&workspace).await.expect("accepted");
        assert_eq!(server.count(), sent);
        // The pool hears of the close before the next send: without this the send may meet a connection that
        // dies under it, which is the case above. The second wait is for its task to have run.
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

/// A limiter that counts how often a turn is asked for, which is how often a request is tried.
#[derive(Default)]
struct Counting {
    inner: LocalLimiter,
    turns: AtomicUsize,
}

impl RateLimiter for Counting {
    fn acquire<'a>(&'a self, key: TurnFor<'a>, deadline: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        self.turns.fetch_add(1, Ordering::SeqCst);
        self.inner.acquire(key, deadline)
    }

    fn back_off(&self, key: &str, until: Instant) {
        self.inner.back_off(key, until);
    }
}

#[tokio::test]
async fn what_was_never_written_is_tried_again() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let url = format!("http://{}", closed.local_addr().expect("an address")).parse().expect("a URL");
    drop(closed);
    let limiter = Arc::new(Counting::default());
    let client = quick(&url).rate_limiter(Arc::clone(&limiter) as Arc<dyn RateLimiter>).build();
    let workspace = client.expect("a loopback URL").with_key(key());

    let error = send(&workspace).await.expect_err("nobody listens");
    assert_eq!((error.kind(), limiter.turns.swap(0, Ordering::SeqCst)), (ErrorKind::Unreachable, 2));
    let error = read(&workspace).await.expect_err("nobody listens");
    assert_eq!((error.kind(), limiter.turns.load(Ordering::SeqCst)), (ErrorKind::Unreachable, 3));
}

#[tokio::test]
async fn what_cannot_be_done_in_time_is_not_begun() {
    let server = Server::start([Step::json(202, ACCEPTED)]).await;
    let workspace = server.workspace();
    let soon = workspace.with_deadline(Instant::now() + Duration::from_millis(900));
    let error = send(&soon).await.expect_err("a send needs a second to be answered");
    assert_eq!((error.kind(), server.count()), (ErrorKind::Busy, 0));
    let past = workspace.with_deadline(Instant::now() - Duration::from_secs(1));
    let error = read(&past).await.expect_err("over before it began");
    assert_eq!((error.kind(), server.count()), (ErrorKind::Busy, 0));
}

#[tokio::test]
async fn a_key_that_was_limited_is_held_back_and_another_is_not() {
    let limited = Step::with(429, "retry-after: 3600\r\n", "{}");
    let server = Server::start([limited, Step::json(200, ORGANIZATION)]).await;
    let client = quick(&server.url).build().expect("a loopback URL");
    let in_time = Instant::now() + Duration::from_secs(30);
    let error = read(&client.with_key(key()).with_deadline(in_time)).await.expect_err("limited");
    assert_eq!((error.kind(), server.count()), (ErrorKind::RateLimited, 1));
    let error = read(&client.with_key(key()).with_deadline(in_time)).await.expect_err("held back");
    assert_eq!((error.kind(), server.count()), (ErrorKind::Busy, 1));
    assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_secs(60)));
    let other = ApiKey::new(&SecretString::new("another-key".to_owned())).expect("a key");
    read(&client.with_key(other).with_deadline(in_time)).await.expect("its own turn");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn retries_are_bounded_for_all_together() {
    let server = Server::start([Step::json(500, "{}")]).await;
    let workspace = server.workspace_with(|builder| builder.rate_limiter(Arc::new(Unlimited)));
    let reads = futures_util::future::join_all((0..15).map(|_| read(&workspace))).await;
    assert!(reads.iter().all(|read| read.as_ref().is_err_and(|error| error.kind() == ErrorKind::Server)));
    assert_eq!(server.count(), 15 + 20, "fifteen requests and the twenty retries that there are");
}

/// What a limiter says that has lost its store: nothing is sent.
struct Lost;

impl RateLimiter for Lost {
    fn acquire<'a>(&'a self, _: TurnFor<'a>, _: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Err(Refusal::Unavailable) })
    }

    fn back_off(&self, _: &str, _: Instant) {}
}

#[tokio::test]
async fn nothing_is_sent_when_the_limiter_cannot_be_asked() {
    let server = Server::start([Step::json(202, ACCEPTED)]).await;
    let workspace = server.workspace_with(|builder| builder.rate_limiter(Arc::new(Lost)));
    let error = send(&workspace).await.expect_err("no turn");
    assert_eq!((error.kind(), server.count()), (ErrorKind::Busy, 0));
}

#[tokio::test]
async fn a_host_that_keeps_failing_is_left_alone() {
    let server = Server::start([Step::json(500, "{}")]).await;
    let workspace = server.workspace_with(|builder| builder.breaker(BreakerSettings::default()));
    let error = read(&workspace).await.expect_err("500");
    assert_eq!((error.kind(), server.count()), (ErrorKind::Server, 3));
    // The fifth failure in a row is the last request to arrive.
    let error = read(&workspace).await.expect_err("500, then open");
    assert_eq!((error.kind(), server.count()), (ErrorKind::CircuitOpen, 5));
    let error = send(&workspace).await.expect_err("open");
    assert_eq!((error.kind(), server.count()), (ErrorKind::CircuitOpen, 5));
    assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_secs(18)));
}

/// Every clone of a client knows it, and nobody is asked for it.
#[tokio::test]
async fn how_the_api_is_doing_is_known_from_its_answers() {
    let server = Server::start([Step::json(401, "{}"), Step::json(500, "{}")]).await;
    let openphone = quick(&server.url).breaker(BreakerSettings::default()).build().expect("a loopback URL");
    let workspace = openphone.with_key(key());
    assert_eq!(openphone.upstream_state(), UpstreamState::Unknown);
    read(&workspace).await.expect_err("401");
    assert_eq!(openphone.clone().upstream_state(), UpstreamState::Up, "it answered, if not to please");
    for _ in 0..2 {
        read(&workspace).await.expect_err("500, and then open");
    }
    assert_eq!(openphone.upstream_state(), UpstreamState::Down);
    assert_eq!(server.count(), 6, "one answer and five failures");
}

#[tokio::test]
async fn refusals_and_hasty_callers_do_not_open_the_breaker() {
    let server = Server::start([Step::json(400, "{}")]).await;
    let workspace = server.workspace_with(|builder| builder.breaker(BreakerSettings::default()));
    for _ in 0..9 {
        assert_eq!(read(&workspace).await.expect_err("400").kind(), ErrorKind::InvalidRequest);
    }
    assert_eq!(server.count(), 9);

    let server = Server::start([Step::Never]).await;
    let workspace = server.workspace_with(|builder| builder.breaker(BreakerSettings::default()));
    for _ in 0..6 {
        let hasty = workspace.with_deadline(Instant::now() + Duration::from_millis(50));
        assert_eq!(read(&hasty).await.expect_err("too slow for it").kind(), ErrorKind::Timeout);
    }
    assert_eq!(server.count(), 6);
}

#[tokio::test]
async fn a_deadline_ends_what_hangs() {
    let server = Server::start([Step::Never]).await;
    let workspace = server.workspace_with(|builder| builder.timeout(Duration::from_secs(30)));
    let workspace = workspace.with_deadline(Instant::now() + Duration::from_secs(7));
    let error = send(&workspace).await.expect_err("no answer");
    assert_eq!((error.kind(), server.count()), (ErrorKind::OutcomeUnknown, 1));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_answer_from_another_address_is_refused() {
    #[expect(clippy::disallowed_methods, reason = "the very client that must not be used")]
    let careless = reqwest::Client::new();
    let server = Server::start([redirect(303), Step::json(200, ACCEPTED)]).await;
    let client = openphone_client::OpenPhone::builder(careless).base_url(server.url.clone()).build();
    let workspace = client.expect("a loopback URL").with_key(key());
    let error = send(&workspace).await.expect_err("another address answered");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}
