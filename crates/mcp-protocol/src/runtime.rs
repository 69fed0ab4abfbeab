//! [`Runtime`]: a server with what its transports share.
//!
//! A server on one endpoint needs none of this: every transport makes one by itself. Build one when several transports
//! serve the same server, when clients are to be asked things over HTTP (which needs keys: [`Seal`]), when lists change
//! ([`Notifier`]), when several processes serve the same clients ([`MessageRelay`]), or to end streams on shutdown.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::dispatch::Core;
use crate::notifier::Notifier;
use crate::observer::Observer;
use crate::seal::Seal;
use crate::server::Server;
use crate::transport::relay::{LocalRelay, MessageRelay};
use crate::transport::{Replay, SessionMemory, StreamSlots};

/// A server, ready to be reached. Cheap to clone.
pub struct Runtime<S: Server> {
    pub(crate) core: Arc<Core<S>>,
}

/// What the transports of one runtime share besides the server.
pub(crate) struct Shared<P> {
    pub(crate) seal: Option<Seal>,
    pub(crate) relay: Arc<dyn MessageRelay<P>>,
    pub(crate) notifier: Notifier,
    pub(crate) observer: Option<Arc<dyn Observer<P>>>,
    pub(crate) slots: StreamSlots,
    pub(crate) sessions: Arc<SessionMemory>,
    pub(crate) replay: Arc<Replay>,
    pub(crate) always_session: bool,
    pub(crate) ask_timeout: Duration,
    pub(crate) shutdown: CancellationToken,
}

/// Sets up a [`Runtime`].
pub struct RuntimeBuilder<S: Server> {
    server: Arc<S>,
    seal: Option<Seal>,
    relay: Option<Arc<dyn MessageRelay<S::Principal>>>,
    notifier: Notifier,
    observer: Option<Arc<dyn Observer<S::Principal>>>,
    limits: StreamLimits,
    always_session: bool,
    ask_timeout: Duration,
    shutdown: CancellationToken,
}

/// How many long-lived streams may be open in this process: those of HTTP+SSE, of GET, of `subscriptions/listen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamLimits {
    /// In all. Beyond it: 503.
    pub total: usize,
    /// Of one party ([`Principal::owner`](crate::Principal::owner)). Beyond it: 429.
    pub per_owner: usize,
}

impl Default for StreamLimits {
    /// 10,000 in all, 16 of one party.
    fn default() -> Self {
        Self { total: 10_000, per_owner: 16 }
    }
}

impl StreamLimits {
    /// These limits.
    #[must_use]
    pub const fn new(total: usize, per_owner: usize) -> Self {
        Self { total, per_owner }
    }
}

impl<S: Server> Runtime<S> {
    /// The server with the defaults: clients cannot be asked over Streamable HTTP, and streams live in this process.
    #[must_use]
    pub fn new(server: Arc<S>) -> Self {
        Self::builder(server).build()
    }

    /// The server, to be set up.
    #[must_use]
    pub fn builder(server: Arc<S>) -> RuntimeBuilder<S> {
        RuntimeBuilder {
            server,
            seal: None,
            relay: None,
            notifier: Notifier::new(),
            observer: None,
            limits: StreamLimits::default(),
            always_session: false,
            ask_timeout: Duration::from_secs(300),
            shutdown: CancellationToken::new(),
        }
    }

    /// Tells connected clients of changes.
    #[must_use]
    pub fn notifier(&self) -> &Notifier {
        &self.core.shared.notifier
    }

    /// How many long-lived streams are open, for metrics.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.core.shared.slots.open()
    }

    /// Ends the long-lived streams: each with its result, where its revision has one, so that clients come back to
    /// another instance. Calls under way are not touched.
    pub fn shut_down(&self) {
        self.core.shared.shutdown.cancel();
    }
}

impl<S: Server> RuntimeBuilder<S> {
    /// Lets clients be asked: sessions of the legacy revisions and states between the rounds of a call on 2026-07-28 are
    /// sealed with this.
    #[must_use]
    pub fn seal(mut self, seal: Seal) -> Self {
        self.seal = Some(seal);
        self
    }

    /// Takes messages to the process that holds their stream.
    #[must_use]
    pub fn relay(mut self, relay: Arc<dyn MessageRelay<S::Principal>>) -> Self {
        self.relay = Some(relay);
        self
    }

    /// The notifier that the server itself has, too.
    #[must_use]
    pub fn notifier(mut self, notifier: Notifier) -> Self {
        self.notifier = notifier;
        self
    }

    /// Tells this observer of each request.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer<S::Principal>>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// How many long-lived streams may be open.
    #[must_use]
    pub fn stream_limits(mut self, limits: StreamLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Gives every legacy client a session, also one that cannot be asked anything: its streams can be resumed then.
    #[must_use]
    pub fn always_session(mut self) -> Self {
        self.always_session = true;
        self
    }

    /// How long a person may take to answer a question on a legacy revision. The default is five minutes.
    #[must_use]
    pub fn ask_timeout(mut self, timeout: Duration) -> Self {
        self.ask_timeout = timeout;
        self
    }

    /// Ends the long-lived streams when it is cancelled, as [`Runtime::shut_down`] does.
    #[must_use]
    pub fn shutdown(mut self, token: CancellationToken) -> Self {
        self.shutdown = token;
        self
    }

    /// The runtime.
    #[must_use]
    pub fn build(self) -> Runtime<S> {
        let shared = Shared {
            seal: self.seal,
            relay: self.relay.unwrap_or_else(|| Arc::new(LocalRelay::new())),
            notifier: self.notifier,
            observer: self.observer,
            slots: StreamSlots::new(self.limits),
            sessions: Arc::default(),
            replay: Arc::default(),
            always_session: self.always_session,
            ask_timeout: self.ask_timeout,
            shutdown: self.shutdown,
        };
        Runtime { core: Arc::new(Core::new(self.server, shared)) }
    }
}

impl<S: Server> Clone for Runtime<S> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core) }
    }
}

impl<S: Server> fmt::Debug for Runtime<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("open_streams", &self.open_streams()).finish_non_exhaustive()
    }
}

impl<S: Server> fmt::Debug for RuntimeBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeBuilder").field("limits", &self.limits).finish_non_exhaustive()
    }
}
