//! What the outcome of one attempt means: a pure function from what came back to a value or an error, and what
//! it says about the host's health.
//!
//! For an operation that changes something, only a 4xx (408 aside) or a failure before the first byte proves
//! that nothing happened. Everything else that is no readable success is [`ErrorKind::OutcomeUnknown`].

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::HeaderMap;

use crate::decode::{Decode, Unreadable};
use crate::endpoint::Effect;
use crate::error::answer::{self, Details};
use crate::error::{Error, ErrorKind, Reason, reason};
use crate::headers;
use crate::retry::Fault;

/// What came of writing a request.
pub(crate) enum Outcome {
    /// No head of an answer arrived. Without the address.
    NoAnswer(reqwest::Error),
    /// The HTTP client followed a redirect, which it must not.
    Elsewhere,
    /// The head arrived, and the body or not.
    Answer(Answer),
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<Bytes, BodyFault>,
}

/// Why a body is not there.
pub(crate) enum BodyFault {
    /// More than the bound.
    TooLarge,
    /// It broke off, took too long, or is no gzip. Without the address.
    Broken(reqwest::Error),
}

/// What an outcome says about the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostHealth {
    /// It answers, be it with a refusal.
    Well,
    /// It took too long.
    Slow,
    /// It fails or cannot be reached.
    Failing,
}

/// An attempt that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) fault: Fault,
    /// When the key's budget is there again, after a 429 that says so.
    pub(crate) budget_renews_in: Option<Duration>,
}

impl Failure {
    pub(crate) fn definite(error: Error) -> Self {
        Self::new(error, Fault::Definite)
    }

    fn new(error: Error, fault: Fault) -> Self {
        Self { error, fault, budget_renews_in: None }
    }
}

impl Outcome {
    /// The status of the answer, if its head arrived.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Answer(answer) => Some(answer.status),
            Self::NoAnswer(_) | Self::Elsewhere => None,
        }
    }

    pub(crate) fn host_health(&self) -> HostHealth {
        match self {
            Self::NoAnswer(error) if error.is_timeout() && !error.is_connect() => HostHealth::Slow,
            Self::Answer(Answer { body: Err(BodyFault::Broken(error)), .. }) if error.is_timeout() => {
                HostHealth::Slow
            }
            Self::NoAnswer(_) | Self::Answer(Answer { body: Err(BodyFault::Broken(_)), .. }) => {
                HostHealth::Failing
            }
            Self::Answer(answer) if answer.status.is_server_error() => HostHealth::Failing,
            Self::Elsewhere | Self::Answer(_) => HostHealth::Well,
        }
    }
}

/// Decides. `key` is taken out of whatever the API said.
pub(crate) fn judge<T>(outcome: Outcome, effect: Effect, decode: Decode<T>, key: &str) -> Result<T, Failure> {
    match outcome {
        // Resolving, connecting and TLS come before the first byte; nothing else is known to.
        Outcome::NoAnswer(error) if error.is_connect() => {
            Err(Failure::new(Error::new(ErrorKind::Unreachable).caused_by(error), Fault::NotWritten))
        }
        Outcome::NoAnswer(error) => Err(interrupted(error, effect)),
        Outcome::Elsewhere => {
            let error = uncertain(ErrorKind::Protocol, effect);
            Err(Failure::definite(error.because("the HTTP client followed a redirect, which it must not")))
        }
        Outcome::Answer(answer) if answer.status.is_success() => success(answer, effect, decode),
        Outcome::Answer(answer) => Err(refusal(&answer, effect, key)),
    }
}

fn success<T>(answer: Answer, effect: Effect, decode: Decode<T>) -> Result<T, Failure> {
    let status = answer.status;
    let error = |kind| uncertain(kind, effect).answered(status, Details::default());
    match answer.body {
        Ok(body) => decode(&body).map_err(|error_in_json| {
            let unreadable = Unreadable::from(&error_in_json);
            Failure::definite(error(ErrorKind::Protocol).caused_by(unreadable).with_body(&body))
        }),
        Err(BodyFault::TooLarge) => {
            Err(Failure::definite(error(ErrorKind::Protocol).because("the answer is too large")))
        }
        Err(BodyFault::Broken(source)) => {
            let failure = interrupted(source, effect);
            Err(Failure { error: failure.error.answered(status, Details::default()), ..failure })
        }
    }
}

fn refusal(answer: &Answer, effect: Effect, key: &str) -> Failure {
    let status = answer.status;
    let (kind, fault) = kind_of(status, effect);
    // A refusal without a readable body is still a refusal.
    let details = answer.body.as_deref().map_or_else(|_| Details::default(), |body| answer::read(body, key));
    let kind = match kind {
        ErrorKind::InvalidRequest if reason::of(status, &details) == Some(Reason::CarrierRegistration) => {
            ErrorKind::CarrierRegistration
        }
        kind => kind,
    };
    let retry_after = headers::retry_after(&answer.headers).filter(|_| kind != ErrorKind::OutcomeUnknown);
    let mut error = Error::new(kind).answered(status, details).retry_in(retry_after);
    if let (ErrorKind::Protocol, Ok(body)) = (kind, &answer.body) {
        error = error.with_body(body);
    }
    let budget_renews_in = headers::budget_renews_in(&answer.headers).filter(|_| fault == Fault::RateLimited);
    Failure { error, fault, budget_renews_in }
}

/// What a status other than 2xx means.
fn kind_of(status: StatusCode, effect: Effect) -> (ErrorKind, Fault) {
    let unless_changing = |kind| uncertain_kind(kind, effect);
    match status.as_u16() {
        401 => (ErrorKind::Unauthorized, Fault::Definite),
        402 => (ErrorKind::PaymentRequired, Fault::Definite),
        403 => (ErrorKind::Forbidden, Fault::Definite),
        404 | 410 => (ErrorKind::NotFound, Fault::Definite),
        // Proxies give 408 for an upstream that did not answer them, too.
        408 => (unless_changing(ErrorKind::Timeout), Fault::Interrupted),
        409 => (ErrorKind::Conflict, Fault::Definite),
        422 => (ErrorKind::Unprocessable, Fault::Definite),
        429 => (ErrorKind::RateLimited, Fault::RateLimited),
        400..=499 => (ErrorKind::InvalidRequest, Fault::Definite),
        500..=599 => (unless_changing(ErrorKind::Server), Fault::Interrupted),
        // 307 and 308 ask for the same request elsewhere, so it was not performed (RFC 9110 section 15.4.8);
        // after the others it may have been.
        307 | 308 => (ErrorKind::Protocol, Fault::Definite),
        _ => (unless_changing(ErrorKind::Protocol), Fault::Definite),
    }
}

/// The kind for a read; unknown for what changes something.
fn uncertain_kind(kind: ErrorKind, effect: Effect) -> ErrorKind {
    match effect {
        Effect::Read => kind,
        Effect::Set | Effect::Once => ErrorKind::OutcomeUnknown,
    }
}

fn uncertain(kind: ErrorKind, effect: Effect) -> Error {
    Error::new(uncertain_kind(kind, effect))
}

/// Bytes were written, or may have been, and no whole answer came back.
fn interrupted(source: reqwest::Error, effect: Effect) -> Failure {
    let (kind, reason) = if source.is_timeout() {
        (ErrorKind::Timeout, "no answer in time")
    } else {
        (ErrorKind::Unreachable, "the connection broke off")
    };
    let error = uncertain(kind, effect).because(reason).caused_by(source);
    Failure::new(error, Fault::Interrupted)
}
