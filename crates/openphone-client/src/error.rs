//! What can go wrong, by who has to do something about it. Errors hold nothing of what was sent, and what the API
//! said is cleaned of keys, phone numbers and email addresses before it is kept ([`answer`]).

pub(crate) mod answer;
pub(crate) mod reason;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use self::answer::Details;
pub use self::reason::Reason;
use crate::endpoint::Operation;
use crate::redacted::Redacted;

/// Bytes of an answer that are kept when it could not be understood.
const MAX_BODY: usize = 4096;

/// Who has to do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request cannot work as it is: change it. [`Error::field_errors`] may say where.
    InvalidRequest,
    /// The carriers refuse: the workspace's registration (A2P 10DLC) is not approved, and the number is in
    /// the US. No other request helps; an owner or admin registers in the product's settings.
    CarrierRegistration,
    /// The key is wrong or was deleted: a real 401.
    Unauthorized,
    /// The key is right, but this is not allowed: not a member of the inbox, a daily cap, a setting.
    /// [`Error::reason`] may say which.
    Forbidden,
    /// The plan does not cover it: the subscription expired, the credits do not suffice, too many open tasks.
    /// [`Error::reason`] may say which.
    PaymentRequired,
    /// There is none, or it belongs to another workspace.
    NotFound,
    /// It exists already.
    Conflict,
    /// Well-formed but impossible.
    Unprocessable,
    /// More than 10 requests in a second with this key, by whomever. Wait for [`Error::retry_after`].
    RateLimited,
    /// Not sent: this client's own pacing would have waited past the deadline, or too many wait already.
    Busy,
    /// Not sent: the host failed repeatedly and is left alone until [`Error::retry_after`].
    CircuitOpen,
    /// No answer because no connection could be made, or, for reads, because it broke off. For an operation
    /// that changes something it means that nothing was written.
    Unreachable,
    /// A read took too long.
    Timeout,
    /// The API failed (5xx) on a read.
    Server,
    /// An operation that changes something may have happened: no answer, a 5xx, or an answer that cannot be
    /// read. [`Error::is_retryable`] says whether it may simply be done again; where not, look it up first.
    OutcomeUnknown,
    /// The answer to a read cannot be understood, or something between us and the API gave it. What came is
    /// kept: [`Error::body`].
    Protocol,
}

impl ErrorKind {
    /// Its stable name, for logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::CarrierRegistration => "carrier_registration",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::PaymentRequired => "payment_required",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Unprocessable => "unprocessable",
            Self::RateLimited => "rate_limited",
            Self::Busy => "busy",
            Self::CircuitOpen => "circuit_open",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Server => "server",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Protocol => "protocol",
        }
    }
}

/// An operation that did not succeed.
///
/// `Display` is safe to show to a person and to log.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    operation: Option<&'static Operation>,
    status: Option<StatusCode>,
    details: Details,
    retry_after: Option<Duration>,
    because: Option<&'static str>,
    body: Option<Redacted<Bytes>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// One field that the API refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// Where: a JSON pointer such as `/to/0` or `/query/limit`.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            status: None,
            details: Details::default(),
            retry_after: None,
            because: None,
            body: None,
            source: None,
        }))
    }

    pub(crate) fn because(mut self, words: &'static str) -> Self {
        self.0.because = Some(words);
        self
    }

    pub(crate) fn with_body(mut self, body: &[u8]) -> Self {
        let kept = body.get(..MAX_BODY).unwrap_or(body);
        self.0.body = Some(Redacted::new(Bytes::copy_from_slice(kept)));
        self
    }

    pub(crate) fn in_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn answered(mut self, status: StatusCode, details: Details) -> Self {
        self.0.status = Some(status);
        self.0.details = details;
        self
    }

    pub(crate) fn retry_in(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Who has to do what.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Which operation it was, such as `send_message`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.name)
    }

    /// The status, if the API answered.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The API's own code, such as `0206400`. A status can carry codes that no document names.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.details.code.as_deref()
    }

    /// The API's title, such as `A2P Registration Not Approved`.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.0.details.title.as_deref()
    }

    /// The API's message: at most 300 characters, one line, numbers and keys taken out.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.details.message.as_deref()
    }

    /// The API's trace number, for its support.
    #[must_use]
    pub fn trace(&self) -> Option<&str> {
        self.0.details.trace.as_deref()
    }

    /// The fields that the API refused, at most 20.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.details.fields
    }

    /// The cause behind the kind, where the API names one that is known.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        reason::of(self.0.status?, &self.0.details)
    }

    /// The first 4 KiB of an answer that could not be understood, as it came: it may hold anything, names and
    /// numbers included, and belongs in no log.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body.as_ref().map(|body| &body[..])
    }

    /// When it may work, if that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the very same call may succeed later and cannot make anything happen twice.
    ///
    /// Of [`ErrorKind::OutcomeUnknown`] it is true where the operation sets something or takes it away (a
    /// contact's update, a deletion): that may be done again. It is never true where it makes something (a text, a
    /// contact, a task): that must be looked up.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        use ErrorKind::{Busy, CircuitOpen, OutcomeUnknown, RateLimited, Server, Timeout, Unreachable};
        match self.0.kind {
            RateLimited | Busy | CircuitOpen | Unreachable | Timeout | Server => true,
            OutcomeUnknown => self.0.operation.is_some_and(|operation| operation.effect.may_repeat()),
            _ => false,
        }
    }
}

impl ErrorKind {
    /// The kind in one sentence for a person.
    fn sentence(self) -> &'static str {
        match self {
            Self::InvalidRequest => "OpenPhone cannot do this as it was asked",
            Self::CarrierRegistration => {
                "the carriers refuse this workspace's texts to US numbers until its registration (A2P 10DLC) is approved"
            }
            Self::Unauthorized => "OpenPhone does not accept the API key",
            Self::Forbidden => "OpenPhone does not allow this",
            Self::PaymentRequired => "the OpenPhone subscription or its credits do not cover this",
            Self::NotFound => "OpenPhone has no such thing in this workspace",
            Self::Conflict => "OpenPhone has this already",
            Self::Unprocessable => "OpenPhone cannot do this in the state that it is in",
            Self::RateLimited => "too many requests to OpenPhone with this key",
            Self::Busy => "too many requests to OpenPhone are waiting with this key; nothing was sent",
            Self::CircuitOpen => {
                "OpenPhone has been failing and is left alone for a moment; nothing was sent"
            }
            Self::Unreachable => "OpenPhone could not be reached",
            Self::Timeout => "OpenPhone did not answer in time",
            Self::Server => "OpenPhone failed",
            Self::OutcomeUnknown => "it is not known whether OpenPhone did this: look whether it did",
            Self::Protocol => "OpenPhone's answer could not be understood",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.sentence())?;
        if let Some(because) = self.0.because {
            write!(f, ": {because}")?;
        }
        if let Some(message) = self.message().or(self.title()) {
            write!(f, ": {message}")?;
        }
        for field in self.field_errors() {
            write!(f, "; {}: {}", field.path, field.message)?;
        }
        match (self.status(), self.code()) {
            (Some(status), Some(code)) => write!(f, " (status {}, code {code})", status.as_u16()),
            (Some(status), None) => write!(f, " (status {})", status.as_u16()),
            (None, _) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
