//! What a sandbox can be told when it is built: its clock, the anchor of the seeded dates, how fast texts
//! travel and calls pass, its memory bounds, and what it makes of what is not known. Everything has a default;
//! nothing is read from the environment.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use quirks::{ErrorForm, V1ContactUpdate, V1Parameters};
pub use size::{InvalidSize, WorkspaceSize};

mod quirks;
mod size;

/// Settings of a [`Sandbox`](crate::Sandbox), with chainable setters.
///
/// ```
/// use std::time::Duration;
/// use openphone_sandbox::{Delivery, Sandbox, SandboxOptions};
///
/// let now = "2026-11-20T18:30:00Z".parse()?;
/// let options = SandboxOptions::default()
///     .now(now)
///     .clock(move || now)
///     .delivery(Delivery { sent: Duration::from_millis(5), ..Delivery::default() });
/// let sandbox = Sandbox::new(options);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone)]
pub struct SandboxOptions {
    pub(crate) now: Option<Timestamp>,
    pub(crate) clock: Clock,
    pub(crate) delivery: Delivery,
    pub(crate) calling: Calling,
    pub(crate) first_webhook_retry: Duration,
    pub(crate) limits: Limits,
    pub(crate) large: WorkspaceSize,
    pub(crate) requests_per_second: u32,
    pub(crate) v1_parameters: V1Parameters,
    pub(crate) v1_contact_update: V1ContactUpdate,
    pub(crate) too_many_requests_form: Option<ErrorForm>,
}

/// How long a text takes on its way. Each duration starts where the one before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// From `queued` to `sent`.
    pub sent: Duration,
    /// From `sent` to the final status.
    pub delivered: Duration,
    /// From delivery to the answer of a number that answers.
    pub reply: Duration,
}

impl Default for Delivery {
    /// Quick enough to watch: 300 ms, 600 ms (so 900 ms after the send), 1.5 s.
    fn default() -> Self {
        Self {
            sent: Duration::from_millis(300),
            delivered: Duration::from_millis(600),
            reply: Duration::from_millis(1500),
        }
    }
}

impl Delivery {
    /// The default in another measure: it takes so long from the send to the delivery.
    #[must_use]
    pub fn taking(whole: Duration) -> Self {
        let default = Self::default();
        let scale = Scale { from: default.sent + default.delivered, to: whole };
        Self {
            sent: scale.of(default.sent),
            delivered: scale.of(default.delivered),
            reply: scale.of(default.reply),
        }
    }
}

/// How long the steps of a call take. It rings, then it lasts; the others begin when it is over, so that either
/// of two can be done first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calling {
    /// Until it is answered, or is not.
    pub rings: Duration,
    /// An answered call, and the leaving of a voicemail.
    pub lasts: Duration,
    /// Until the recording is ready.
    pub recording: Duration,
    /// Until the transcript is.
    pub transcript: Duration,
    /// Until the summary is.
    pub summary: Duration,
    /// Until the voicemail is.
    pub voicemail: Duration,
}

impl Default for Calling {
    /// Quick enough to watch: 2 s of ringing, a call of 5 s, and all of it ready 3 s later.
    fn default() -> Self {
        Self {
            rings: Duration::from_secs(2),
            lasts: Duration::from_secs(5),
            recording: Duration::from_secs(1),
            transcript: Duration::from_secs(2),
            summary: Duration::from_secs(3),
            voicemail: Duration::from_secs(2),
        }
    }
}

impl Calling {
    /// The default in another measure: an answered call takes so long from the first ring to its end.
    #[must_use]
    pub fn taking(whole: Duration) -> Self {
        let default = Self::default();
        let scale = Scale { from: default.rings + default.lasts, to: whole };
        Self {
            rings: scale.of(default.rings),
            lasts: scale.of(default.lasts),
            recording: scale.of(default.recording),
            transcript: scale.of(default.transcript),
            summary: scale.of(default.summary),
            voicemail: scale.of(default.voicemail),
        }
    }
}

/// What one sandbox may hold in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages kept per workspace, and conversations; past it the oldest is forgotten. Of the large workspace,
    /// which is computed, only what is new or changed is kept, here as with contacts; one that is forgotten is
    /// again as it was.
    pub messages: usize,
    /// Calls kept per workspace; past it the oldest is forgotten.
    pub calls: usize,
    /// Accepted sends kept per workspace for [`Sandbox::sent`](crate::Sandbox::sent); past it the oldest is
    /// forgotten.
    pub sends: usize,
    /// Contacts per workspace; past it creating one is a 403.
    pub contacts: usize,
    /// Properties of one contact, on v1 the items of its three lists, and as many notes on it; past it making one
    /// is a 403.
    pub contact_items: usize,
    /// Open tasks per workspace; past it making one is a 402 `0600402` (on the dated surface a 403). As many
    /// closed ones are kept; past it the oldest is forgotten.
    pub open_tasks: usize,
    /// Webhooks per workspace, of each of the two kinds; past it creating one is a 403.
    pub webhooks: usize,
    /// Deliveries kept per webhook; past it the oldest is forgotten, delivered or not.
    pub deliveries: usize,
    /// Bytes kept of what they carry and were answered, per webhook; past it the oldest is forgotten too. The
    /// newest is kept whatever its size.
    pub delivery_bytes: usize,
    /// Workspaces in memory; past it the one unused for longest is forgotten, and built afresh (without what
    /// was changed in it) when its key is used again.
    pub workspaces: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages: 5_000,
            calls: 5_000,
            sends: 20_000,
            contacts: 5_000,
            contact_items: 500,
            open_tasks: 1_000,
            webhooks: 50,
            deliveries: 500,
            delivery_bytes: 2 * 1024 * 1024,
            workspaces: 64,
        }
    }
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            now: None,
            clock: Clock(Arc::new(system_now)),
            delivery: Delivery::default(),
            calling: Calling::default(),
            first_webhook_retry: Duration::from_secs(5),
            limits: Limits::default(),
            large: WorkspaceSize::default(),
            requests_per_second: 10,
            v1_parameters: V1Parameters::default(),
            v1_contact_update: V1ContactUpdate::default(),
            too_many_requests_form: None,
        }
    }
}

impl SandboxOptions {
    /// The moment before which all seeded dates lie. Default: what the clock says when the sandbox is built.
    #[must_use]
    pub fn now(mut self, anchor: Timestamp) -> Self {
        self.now = Some(anchor);
        self
    }

    /// The clock for new messages, time stamps and the rate limit's seconds. Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Clock(Arc::new(clock));
        self
    }

    /// How fast texts travel.
    #[must_use]
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// How calls pass.
    #[must_use]
    pub fn calling(mut self, calling: Calling) -> Self {
        self.calling = calling;
        self
    }

    /// How long after a webhook's first failed attempt the second is made. The six later waits are 60, 360,
    /// 1440, 3600, 7200 and 7200 times as long. Default: 5 s, the real API's, which gives up after a good day.
    #[must_use]
    pub fn first_webhook_retry(mut self, wait: Duration) -> Self {
        self.first_webhook_retry = wait;
        self
    }

    /// Memory bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How large the workspace of `sandbox-key-workspace-large` is.
    #[must_use]
    pub fn large_workspace(mut self, size: WorkspaceSize) -> Self {
        self.large = size;
        self
    }

    /// Requests that one key may make in one second of the clock. Default: 10, the real API's limit.
    #[must_use]
    pub fn requests_per_second(mut self, budget: u32) -> Self {
        self.requests_per_second = budget;
        self
    }

    /// How v1 takes parameters. Default: as the real API was seen to.
    #[must_use]
    pub fn v1_parameters(mut self, parameters: V1Parameters) -> Self {
        self.v1_parameters = parameters;
        self
    }

    /// What an update of a v1 contact does to names that it leaves out. Default: it keeps them.
    #[must_use]
    pub fn v1_contact_update(mut self, update: V1ContactUpdate) -> Self {
        self.v1_contact_update = update;
        self
    }

    /// The body of a 429 on both surfaces. Default: wrapped on v1, flat on the dated surface; nobody has seen one.
    #[must_use]
    pub fn too_many_requests_form(mut self, form: ErrorForm) -> Self {
        self.too_many_requests_form = Some(form);
        self
    }
}

/// The measure that makes `to` of `from`.
struct Scale {
    from: Duration,
    to: Duration,
}

impl Scale {
    /// A duration in this measure; the longest there is when it would be longer.
    fn of(&self, duration: Duration) -> Duration {
        let scaled = duration.as_nanos().saturating_mul(self.to.as_nanos()) / self.from.as_nanos().max(1);
        Duration::from_nanos(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for SandboxOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxOptions")
            .field("now", &self.now)
            .field("delivery", &self.delivery)
            .field("calling", &self.calling)
            .field("first_webhook_retry", &self.first_webhook_retry)
            .field("limits", &self.limits)
            .field("large", &self.large)
            .field("requests_per_second", &self.requests_per_second)
            .field("v1_parameters", &self.v1_parameters)
            .field("v1_contact_update", &self.v1_contact_update)
            .field("too_many_requests_form", &self.too_many_requests_form)
            .finish_non_exhaustive()
    }
}

/// The injected clock.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

fn system_now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the default clock is the one place that asks the system")]
    Timestamp::now()
}
