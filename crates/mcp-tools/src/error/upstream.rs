//! What the OpenPhone API says, as a failure that a model can act on.
//!
//! The API's own message is kept. Where its code or status is known (carrier registration, daily cap, expired
//! plan, opted out ...), the next step is named. A rate limit or an outage is never called a bad key.

use openphone_client::{Error, ErrorKind, Reason};

use super::{FieldError, ToolError, ToolErrorKind};

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Read,
    Write,
    Send,
}

pub(super) fn explain(error: Error, verb: Verb) -> ToolError {
    let (kind, what, next) = if let Some((what, next)) = known(&error, verb) {
        (ToolErrorKind::Upstream, what.to_owned(), next)
    } else {
        by_kind(&error, verb)
    };
    let mut explained = ToolError::new(kind, with_message(&what, &error), next);
    explained.0.fields = error
        .field_errors()
        .iter()
        .map(|field| FieldError::new(dotted(&field.path), format!("was refused: {}", field.message)))
        .collect();
    explained.0.retry_after = error.retry_after();
    explained.0.concerns_all =
        matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::PaymentRequired | ErrorKind::CircuitOpen)
            || error.reason() == Some(Reason::DailyMessageCap);
    let outcome_unknown = error.kind() == ErrorKind::OutcomeUnknown;
    let explained = explained.because(error);
    match (verb, outcome_unknown) {
        (Verb::Read, _) => explained,
        (Verb::Write, false) => explained.nothing_written(),
        (Verb::Write, true) => explained.perhaps_written(),
        (Verb::Send, false) => explained.nothing_sent(),
        (Verb::Send, true) => explained.perhaps_sent(),
    }
}

/// Refusals whose cause the API names. What is only said of a recipient counts for sends alone.
fn known(error: &Error, verb: Verb) -> Option<(&'static str, &'static str)> {
    Some(match error.reason() {
        Some(Reason::CarrierRegistration) => (
            "The carriers refuse texts from this workspace to US numbers: its registration (A2P 10DLC) is not approved.",
            "An owner or admin can register or check the state in OpenPhone under Settings. Trying again does not help until it is approved.",
        ),
        Some(Reason::DailyMessageCap) => (
            "The carriers' daily limit of texts for this workspace's registration (A2P 10DLC) is reached.",
            "Send the rest tomorrow. Trying again today does not help.",
        ),
        Some(Reason::NotEnoughCredits) => (
            "The workspace's prepaid messaging credits do not cover this text.",
            "An owner or admin can add credits in OpenPhone under Settings; then call again.",
        ),
        Some(Reason::SubscriptionExpired) => (
            "The workspace's OpenPhone subscription has expired.",
            "An owner can renew it in OpenPhone; then call again.",
        ),
        Some(Reason::NotInboxMember) => (
            "The user that this API key acts for is no member of this inbox.",
            "Use another inbox, or have an admin add the user to this one in OpenPhone.",
        ),
        Some(Reason::OpenTasksLimit) => (
            "The workspace has as many open tasks as its OpenPhone plan allows.",
            "Complete or delete some tasks first; then call again.",
        ),
        Some(Reason::OptedOut) if verb == Verb::Send => (
            "This recipient has opted out of texts from this number.",
            "Do without this text; only the recipient can opt in again (by texting START).",
        ),
        Some(Reason::InternationalOff) if verb == Verb::Send => (
            "This workspace does not text to that country.",
            "An owner or admin can allow international texts in OpenPhone under Settings.",
        ),
        Some(Reason::UnreachableNumber) if verb == Verb::Send => {
            ("This recipient's number cannot receive texts.", "Check the number with the person who asked.")
        }
        _ if error.kind() == ErrorKind::PaymentRequired => (
            "The workspace's OpenPhone subscription or credits do not cover this.",
            "An owner can check the billing page in OpenPhone; then call again.",
        ),
        _ => return None,
    })
}

fn by_kind(error: &Error, verb: Verb) -> (ToolErrorKind, String, &'static str) {
    use ToolErrorKind as Kind;
    let (kind, what, next) = match error.kind() {
        ErrorKind::Unauthorized => (
            Kind::KeyRefused,
            "OpenPhone no longer accepts the API key of this connection (it was deleted or replaced).",
            "Connect this server again with a current key from OpenPhone under Settings > API.",
        ),
        ErrorKind::RateLimited | ErrorKind::Busy => (
            Kind::RateLimited,
            "OpenPhone takes 10 requests a second per API key, and more are waiting. The key is fine.",
            "Call again in a moment.",
        ),
        ErrorKind::CircuitOpen | ErrorKind::Unreachable | ErrorKind::Server => (
            Kind::Upstream,
            "OpenPhone is failing or out of reach at the moment. The key may be fine.",
            "Call again in a minute.",
        ),
        ErrorKind::Timeout => (
            Kind::TimedOut,
            "OpenPhone did not answer in time. The key may be fine.",
            "Call again; ask for less if it happens again.",
        ),
        ErrorKind::OutcomeUnknown if verb == Verb::Send => (
            Kind::OutcomeUnknown,
            "OpenPhone broke off after the text was handed over, so it is not known whether it was sent.",
            "Repeat the very same call after a minute: it first looks whether the text went out, and sends only if it did not.",
        ),
        ErrorKind::OutcomeUnknown if error.is_retryable() => (
            Kind::OutcomeUnknown,
            "OpenPhone broke off after the change was handed over, so it is not known whether it was made.",
            "Call again: made a second time, it changes nothing more.",
        ),
        ErrorKind::OutcomeUnknown => (
            Kind::OutcomeUnknown,
            "OpenPhone broke off after the request was handed over, so it is not known whether it was done.",
            "Look whether it was done before doing it again.",
        ),
        ErrorKind::Protocol => (
            Kind::Upstream,
            "OpenPhone answered with something that cannot be read.",
            "Call again in a minute.",
        ),
        ErrorKind::NotFound => (
            Kind::NotFound,
            "OpenPhone has no such thing in this workspace.",
            "Check the id; ids of another workspace are not found either.",
        ),
        ErrorKind::Forbidden => (
            Kind::NotAllowed,
            "OpenPhone does not allow this in this workspace.",
            "An owner or admin of the workspace can look at its settings.",
        ),
        ErrorKind::Conflict => {
            (Kind::Conflict, "OpenPhone has this already.", "Look for the existing one first.")
        }
        _ => (Kind::Upstream, "OpenPhone refused the request.", "Change what it names, and call again."),
    };
    (kind, what.to_owned(), next)
}

/// Adds what the API said in its own words.
fn with_message(what: &str, error: &Error) -> String {
    match error.message().or(error.title()) {
        Some(message) => format!("{what} OpenPhone says: \"{message}\""),
        None => what.to_owned(),
    }
}

/// `/to/0` as `to.0`.
fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
