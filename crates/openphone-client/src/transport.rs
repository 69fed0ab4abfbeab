//! The one way to send a request: pacing, breaker, time-outs, a bounded answer, retries. What is sent is in
//! [`crate::request`], what an outcome means in [`crate::verdict`], whether to repeat it in [`crate::retry`].

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use crate::client::Workspace;
use crate::decode::Decode;
use crate::endpoint::{Effect, Surface, VERSION_HEADER};
use crate::error::{Error, ErrorKind};
use crate::observer::{Asked, Watch};
use crate::pacing::Refusal;
use crate::request::Request;
use crate::retry::{Attempt, Decision, Fault, RATE_WINDOW, decide};
use crate::verdict::{Answer, BodyFault, Failure, HostHealth, Outcome, judge};

/// An operation that must not happen twice is not begun with less time than this left: it could only end as
/// unknown. More than a connection may take to be made, so that one that is not made is known to have failed.
const LEAST_TIME_FOR_ONCE: Duration = Duration::from_secs(6);
/// A 429 holds a key back for no longer than this, whatever it asks for.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// Performs an operation, with everything that belongs to it.
pub(crate) async fn send<T>(workspace: &Workspace, request: &Request, decode: Decode<T>) -> Result<T, Error> {
    let operation = request.operation;
    // The route's template and never the address: numbers are in its query.
    let span = tracing::debug_span!("openphone", operation = operation.name, route = operation.route);
    let watch = Watch::begin(workspace.observer(), operation);
    let result = attempts(workspace, request, decode).instrument(span).await;
    watch.end(&result);
    result.map_err(|error| error.in_operation(operation))
}

async fn attempts<T>(workspace: &Workspace, request: &Request, decode: Decode<T>) -> Result<T, Error> {
    request.check()?;
    let shared = &workspace.shared;
    let deadline = workspace.deadline();
    let mut attempt = 0;
    let mut previous = Duration::ZERO;
    // What an earlier attempt left behind that may have been carried out: nothing that comes after it says that
    // it was not.
    let mut unknown = None;
    shared.retry_budget.deposit();
    loop {
        attempt += 1;
        let failure = match attempt_once(workspace, request, decode, deadline, attempt).await {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        // An earlier attempt deleted it, and its answer was lost.
        if unknown.is_some()
            && gone(request, &failure.error)
            && let Ok(value) = decode(b"")
        {
            return Ok(value);
        }
        let decision = decide(&Attempt {
            number: attempt,
            effect: request.operation.effect,
            fault: failure.fault,
            retry_after: failure.error.retry_after(),
            budget_renews_in: failure.budget_renews_in,
            previous_wait: previous,
            jitter: shared.jitter(),
        });
        tracing::debug!(attempt, kind = ?failure.error.kind(), status = ?failure.error.status(), ?decision, "failed");
        let wait = match decision {
            Decision::RetryAfter(wait) if Instant::now() + wait < deadline => wait,
            _ => return Err(unknown.unwrap_or(failure.error)),
        };
        // Waiting out a 429 adds no load to a host that is down, so it takes nothing from the budget.
        if failure.fault != Fault::RateLimited && !shared.retry_budget.withdraw() {
            return Err(unknown.unwrap_or(failure.error));
        }
        if failure.error.kind() == ErrorKind::OutcomeUnknown {
            unknown = unknown.or(Some(failure.error));
        }
        sleep(wait).await;
        previous = wait;
    }
}

/// Whether what was to be deleted is not there (any more).
fn gone(request: &Request, error: &Error) -> bool {
    request.operation.method == Method::DELETE && error.kind() == ErrorKind::NotFound
}

async fn attempt_once<T>(
    workspace: &Workspace,
    request: &Request,
    decode: Decode<T>,
    deadline: Instant,
    attempt: u32,
) -> Result<T, Failure> {
    let shared = &workspace.shared;
    let effect = request.operation.effect;
    // Asked before waiting for a turn, so that nobody queues for a host that is left alone, and again after.
    shared.breaker.check().map_err(circuit_open)?;
    let latest_start = match effect {
        Effect::Read | Effect::Set => deadline,
        Effect::Once => deadline.checked_sub(LEAST_TIME_FOR_ONCE).unwrap_or(deadline),
    };
    shared.limiter.acquire(workspace.turn_for(), latest_start).await.map_err(refused)?;
    // The turn may have come late.
    if effect == Effect::Once && Instant::now() > latest_start {
        return Err(refused(Refusal::PastDeadline(Duration::ZERO)));
    }
    let permit = shared.breaker.admit().map_err(circuit_open)?;

    let left = deadline.saturating_duration_since(Instant::now());
    let time = shared.timeout.min(left);
    let asked = Asked::begin(workspace.observer(), request.operation, attempt);
    let outcome = exchange(workspace, request, time).await;
    asked.answered(outcome.status());
    let cut_short = time < shared.timeout;
    match outcome.host_health() {
        HostHealth::Well => permit.succeeded(),
        // The caller's deadline, not the host's slowness.
        HostHealth::Slow if cut_short => drop(permit),
        HostHealth::Slow | HostHealth::Failing => permit.failed(shared.jitter()),
    }
    let judged = judge(outcome, effect, decode, workspace.key.expose());
    if let Err(failure) = &judged
        && failure.error.kind() == ErrorKind::RateLimited
    {
        let asked = failure.error.retry_after().or(failure.budget_renews_in);
        let wait = asked.unwrap_or(RATE_WINDOW).min(LONGEST_BACK_OFF);
        shared.limiter.back_off(&workspace.pacing_name, Instant::now() + wait);
    }
    judged
}

fn circuit_open(wait: Duration) -> Failure {
    Failure::definite(Error::new(ErrorKind::CircuitOpen).retry_in(Some(wait)))
}

fn refused(refusal: Refusal) -> Failure {
    let error = Error::new(ErrorKind::Busy);
    Failure::definite(match refusal {
        Refusal::PastDeadline(wait) => error.because("no time is left for it").retry_in(Some(wait)),
        Refusal::QueueFull => error.because("too many are waiting"),
        Refusal::Unavailable => error.because("the shared rate limit cannot be asked"),
    })
}

/// Writes the request once and reads the whole answer. `reqwest` must neither repeat nor redirect it: see
/// [`crate::recommended_http_client`].
async fn exchange(workspace: &Workspace, request: &Request, time: Duration) -> Outcome {
    let shared = &workspace.shared;
    let url = request.url(&shared.base);
    let mut builder = shared
        .http
        .request(request.operation.method.clone(), url.clone())
        .timeout(time)
        .header(AUTHORIZATION, workspace.key.header())
        .header(ACCEPT, HeaderValue::from_static("application/json"));
    if request.operation.surface == Surface::Dated {
        builder = builder.header(VERSION_HEADER.0, VERSION_HEADER.1);
    }
    if let Some(body) = &request.body {
        builder =
            builder.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body.clone());
    }
    // `without_url`: the address in an error would carry numbers into logs.
    let mut response = match builder.send().await {
        Ok(response) => response,
        Err(error) => return Outcome::NoAnswer(error.without_url()),
    };
    if *response.url() != url {
        return Outcome::Elsewhere;
    }
    let body = read_body(&mut response, shared.max_response).await;
    Outcome::Answer(Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

/// Reads the body chunk by chunk, so that the bound holds before and not after the memory is taken. The bound
/// is on the unpacked bytes.
async fn read_body(response: &mut reqwest::Response, max: usize) -> Result<Bytes, BodyFault> {
    let mut only = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyFault::Broken(error.without_url()))? {
        if only.len() + joined.len() + chunk.len() > max {
            return Err(BodyFault::TooLarge);
        }
        // Most answers come in one piece, which is taken as it is.
        if only.is_empty() && joined.is_empty() {
            only = chunk;
        } else {
            joined.extend_from_slice(&std::mem::take(&mut only));
            joined.extend_from_slice(&chunk);
        }
    }
    Ok(if joined.is_empty() { only } else { joined.freeze() })
}
