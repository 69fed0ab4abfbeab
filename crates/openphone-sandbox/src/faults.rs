//! Things that go wrong on purpose, for the tests of a client: off until switched on.
//!
//! A [`Fault`] is what happens, [`On`] is to which requests. The first armed fault that matches a request is
//! the one that happens to it. A fault hits before the request is processed, unless it is told
//! [`after_processing`](Fault::after_processing): then the request has its effect, and only the answer is lost.
//! `header.rs` reads the faults that a request asks for itself.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Operation;

pub(crate) mod header;

/// The faults of one sandbox. Thread-safe; starts empty.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    armed: Vec<Armed>,
    revoked: HashSet<String>,
}

#[derive(Debug)]
struct Armed {
    on: On,
    fault: Fault,
    /// `None`: until cleared.
    left: Option<usize>,
}

impl Faults {
    /// The next `count` requests that match fail so.
    pub fn next(&self, count: usize, on: impl Into<On>, fault: Fault) {
        if count > 0 {
            self.state().armed.push(Armed { on: on.into(), fault, left: Some(count) });
        }
    }

    /// Every request that matches fails so, until [`clear`](Self::clear).
    pub fn always(&self, on: impl Into<On>, fault: Fault) {
        self.state().armed.push(Armed { on: on.into(), fault, left: None });
    }

    /// From now on the key is refused as a wrong one, as after its deletion in the app.
    pub fn revoke_key(&self, key: &str) {
        self.state().revoked.insert(key.to_owned());
    }

    /// Switches everything off; revoked keys work again.
    pub fn clear(&self) {
        *self.state() = State::default();
    }

    pub(crate) fn is_revoked(&self, key: &str) -> bool {
        self.state().revoked.contains(key)
    }

    /// The fault for one request, if any; counts it down.
    pub(crate) fn take(&self, operation: Operation, key: Option<&str>) -> Option<Fault> {
        let mut state = self.state();
        let index = state.armed.iter().position(|armed| armed.on.matches(operation, key))?;
        let armed = state.armed.get_mut(index)?;
        let fault = armed.fault.clone();
        if let Some(left) = &mut armed.left {
            *left -= 1;
            if *left == 0 {
                state.armed.remove(index);
            }
        }
        Some(fault)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which requests a fault hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct On {
    operation: Option<Operation>,
    sends: bool,
    key: Option<String>,
}

impl On {
    /// All requests.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Requests that send a text, on either surface.
    #[must_use]
    pub fn sends() -> Self {
        Self { sends: true, ..Self::default() }
    }

    /// Only those made with this key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    fn matches(&self, operation: Operation, key: Option<&str>) -> bool {
        self.operation.is_none_or(|wanted| wanted == operation)
            && (!self.sends || operation.sends_text())
            && self.key.as_deref().is_none_or(|wanted| Some(wanted) == key)
    }
}

impl From<Operation> for On {
    fn from(operation: Operation) -> Self {
        Self { operation: Some(operation), ..Self::default() }
    }
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(crate) effect: Effect,
    pub(crate) processed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Delay(Duration),
    Hang,
    CloseUnread,
    Close,
    Reset,
    Truncate,
    Garble,
    Refuse(Refusal),
    Html { status: u16, retry_after: Option<u32> },
    Raw { status: u16, content_type: String, body: String },
}

/// Refusals that the API words itself, in the error shape of the operation's surface. They come after version,
/// key and budget, as the API's own do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    TooManyRequests { retry_after: Option<u32> },
    Unknown,
    PlanWithoutTranscripts,
    A2pNotApproved,
    SubscriptionExpired,
    NotEnoughCredits,
    DailyCapReached,
    InternationalMessagingOff,
    OpenTasksLimit,
    RevokedKey,
}

impl Fault {
    /// 429 as over the budget; the real API sends no `Retry-After` (seconds), a proxy before it might.
    #[must_use]
    pub fn too_many_requests(retry_after: Option<u32>) -> Self {
        Self::before(Effect::Refuse(Refusal::TooManyRequests { retry_after }))
    }

    /// 500 in the API's own error shape.
    #[must_use]
    pub fn server_error() -> Self {
        Self::before(Effect::Refuse(Refusal::Unknown))
    }

    /// 502 with a gateway's HTML page.
    #[must_use]
    pub fn bad_gateway() -> Self {
        Self::before(Effect::Html { status: 502, retry_after: None })
    }

    /// 503 with a gateway's HTML page.
    #[must_use]
    pub fn unavailable(retry_after: Option<u32>) -> Self {
        Self::before(Effect::Html { status: 503, retry_after })
    }

    /// 403: the workspace's plan has no summaries and transcripts.
    #[must_use]
    pub fn plan_without_transcripts() -> Self {
        Self::before(Effect::Refuse(Refusal::PlanWithoutTranscripts))
    }

    /// 400 `0206400`: the organization's carrier registration is not approved.
    #[must_use]
    pub fn a2p_not_approved() -> Self {
        Self::before(Effect::Refuse(Refusal::A2pNotApproved))
    }

    /// 402 `0201402`: the subscription has expired.
    #[must_use]
    pub fn subscription_expired() -> Self {
        Self::before(Effect::Refuse(Refusal::SubscriptionExpired))
    }

    /// 403 `0204403`: the carrier's daily cap is reached.
    #[must_use]
    pub fn daily_cap_reached() -> Self {
        Self::before(Effect::Refuse(Refusal::DailyCapReached))
    }

    /// 402 `0200402`: not enough prepaid credits.
    #[must_use]
    pub fn not_enough_credits() -> Self {
        Self::before(Effect::Refuse(Refusal::NotEnoughCredits))
    }

    /// 403: the number may not text abroad.
    #[must_use]
    pub fn international_messaging_off() -> Self {
        Self::before(Effect::Refuse(Refusal::InternationalMessagingOff))
    }

    /// As many tasks are open as may be: 402 `0600402` on v1, 403 on the dated surface.
    #[must_use]
    pub fn open_tasks_limit() -> Self {
        Self::before(Effect::Refuse(Refusal::OpenTasksLimit))
    }

    /// 401 as for a key that was deleted in the app; see [`Faults::revoke_key`] for one that stays so.
    #[must_use]
    pub fn revoked_key() -> Self {
        Self::before(Effect::Refuse(Refusal::RevokedKey))
    }

    /// An answer of the test's own.
    #[must_use]
    pub fn answer(status: u16, content_type: impl Into<String>, body: impl Into<String>) -> Self {
        Self::before(Effect::Raw { status, content_type: content_type.into(), body: body.into() })
    }

    /// The right answer, late.
    #[must_use]
    pub fn delay(by: Duration) -> Self {
        Self { effect: Effect::Delay(by), processed: true }
    }

    /// No answer, ever; the connection stays open.
    #[must_use]
    pub fn hang() -> Self {
        Self::before(Effect::Hang)
    }

    /// The connection closes once the request's head is in: the body is not read, nothing is processed.
    #[must_use]
    pub fn close_unread() -> Self {
        Self::before(Effect::CloseUnread)
    }

    /// The connection closes once the whole request is in.
    #[must_use]
    pub fn close() -> Self {
        Self::before(Effect::Close)
    }

    /// The connection is reset (a TCP `RST` instead of an orderly end) once the whole request is in.
    #[must_use]
    pub fn reset() -> Self {
        Self::before(Effect::Reset)
    }

    /// The request is processed; the connection closes in the middle of the answer's body, or where there is none
    /// (a 204) before the answer.
    #[must_use]
    pub fn truncate() -> Self {
        Self { effect: Effect::Truncate, processed: true }
    }

    /// The request is processed; the answer says it is JSON and is not. Where there is no body (a 204), the
    /// connection closes before the answer.
    #[must_use]
    pub fn malformed_json() -> Self {
        Self { effect: Effect::Garble, processed: true }
    }

    /// The request has its effect first; only its answer is replaced or lost. (A connection that closes
    /// unread has none.)
    #[must_use]
    pub fn after_processing(mut self) -> Self {
        self.processed = self.effect != Effect::CloseUnread;
        self
    }

    /// The same with a `Retry-After`; `None` for a fault that has none.
    fn retrying_after(mut self, seconds: u32) -> Option<Self> {
        match &mut self.effect {
            Effect::Refuse(Refusal::TooManyRequests { retry_after })
            | Effect::Html { retry_after, status: 503 } => {
                *retry_after = Some(seconds);
                Some(self)
            }
            _ => None,
        }
    }

    fn before(effect: Effect) -> Self {
        Self { effect, processed: false }
    }
}
