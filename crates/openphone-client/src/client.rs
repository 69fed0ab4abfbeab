//! [`OpenPhone`], the client of one host, and [`Workspace`], the same with one key.

mod builder;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use sealing::Entropy;
use sealing::entropy::random;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use url::Url;

pub use self::builder::{BuildError, DEFAULT_BASE_URL, OpenPhoneBuilder};
use crate::a2p::A2pRegistrationResource;
use crate::api_key::ApiKey;
use crate::breaker::{Breaker, UpstreamState};
use crate::calls::Calls;
use crate::contacts::Contacts;
use crate::conversations::Conversations;
use crate::decode;
use crate::error::Error;
use crate::gate::Gate;
use crate::messages::Messages;
use crate::observer::Observer;
use crate::organization::OrganizationResource;
use crate::pacing::{RateLimiter, TurnFor};
use crate::page::Page;
use crate::phone_numbers::PhoneNumbers;
use crate::request::Request;
use crate::retry::budget::RetryBudget;
use crate::tasks::Tasks;
use crate::transport;
use crate::users::Users;
use crate::webhooks::{LegacyWebhooks, Webhooks};

/// As good as none.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// A client of the OpenPhone (Quo) API: one host, any number of keys. Cheap to clone; clones share pacing,
/// circuit breaker and connections.
#[derive(Clone)]
pub struct OpenPhone {
    pub(crate) shared: Arc<Shared>,
}

/// What all workspaces of a client share.
pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) timeout: Duration,
    total_timeout: Duration,
    pub(crate) max_response: usize,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) breaker: Breaker,
    pub(crate) retry_budget: RetryBudget,
    /// For what is changed by reading it and writing it back.
    pub(crate) gate: Gate,
    observer: Option<Arc<dyn Observer>>,
    entropy: Arc<dyn Entropy>,
    names: RandomState,
}

impl OpenPhone {
    /// Begins with the HTTP client to use: [`crate::recommended_http_client`], or one built alike.
    #[must_use]
    pub fn builder(http: reqwest::Client) -> OpenPhoneBuilder {
        OpenPhoneBuilder::new(http)
    }

    /// Whether a client can be built for this address: what [`OpenPhoneBuilder::build`] checks.
    pub fn check_base_url(url: &Url) -> Result<(), BuildError> {
        builder::check_base(url)
    }

    /// How the API is doing, as far as the requests of this client and its clones have shown. Nothing is asked of it:
    /// the answer comes from memory, so that it may be asked for as often as somebody likes.
    #[must_use]
    pub fn upstream_state(&self) -> UpstreamState {
        self.shared.breaker.upstream()
    }

    /// The workspace that a key belongs to. Nothing is asked of the API.
    #[must_use]
    pub fn with_key(&self, key: ApiKey) -> Workspace {
        let pacing_name = key.pacing_name().cloned().unwrap_or_else(|| self.shared.name(key.expose()));
        Workspace {
            shared: Arc::clone(&self.shared),
            key,
            pacing_name,
            caller: "".into(),
            deadline: None,
            observer: self.shared.observer.clone(),
        }
    }
}

impl Shared {
    /// A name for a key that cannot be traced back to it and means nothing outside this client: two keyed
    /// 64-bit hashes.
    fn name(&self, key: &str) -> Arc<str> {
        format!("{:016x}{:016x}", self.names.hash_one((0_u8, key)), self.names.hash_one((1_u8, key))).into()
    }

    /// A random number in 0 to 1.
    pub(crate) fn jitter(&self) -> f64 {
        f64::from(u32::from_le_bytes(random(&*self.entropy))) / f64::from(u32::MAX)
    }
}

/// One workspace: a client with a key. Cheap to clone.
#[derive(Clone)]
pub struct Workspace {
    pub(crate) shared: Arc<Shared>,
    pub(crate) key: ApiKey,
    pub(crate) pacing_name: Arc<str>,
    caller: Arc<str>,
    deadline: Option<Instant>,
    observer: Option<Arc<dyn Observer>>,
}

impl Workspace {
    /// The same workspace, with a moment at which every operation ends: waiting for a turn, the request and
    /// its retries. What could only begin too late is refused at once, and so is a send that would have less
    /// than six seconds, because it could only end as unknown: a connection alone may take five.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// The same workspace, for one of several callers that share the key: they take turns, so that the many
    /// requests of one do not hold up the others. `name` is compared and nothing else; it goes nowhere.
    #[must_use]
    pub fn for_caller(&self, name: impl Into<Arc<str>>) -> Self {
        Self { caller: name.into(), ..self.clone() }
    }

    /// The same workspace, whose operations this observer hears of, and not the client's own.
    #[must_use]
    pub fn observed_by(&self, observer: Arc<dyn Observer>) -> Self {
        Self { observer: Some(observer), ..self.clone() }
    }

    /// Text messages.
    #[must_use]
    pub fn messages(&self) -> Messages<'_> {
        Messages { workspace: self }
    }

    /// Calls, their transcripts and recordings.
    #[must_use]
    pub fn calls(&self) -> Calls<'_> {
        Calls { workspace: self }
    }

    /// Contacts.
    #[must_use]
    pub fn contacts(&self) -> Contacts<'_> {
        Contacts { workspace: self }
    }

    /// Conversations.
    #[must_use]
    pub fn conversations(&self) -> Conversations<'_> {
        Conversations { workspace: self }
    }

    /// The workspace's own phone numbers.
    #[must_use]
    pub fn phone_numbers(&self) -> PhoneNumbers<'_> {
        PhoneNumbers { workspace: self }
    }

    /// The people of the workspace.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users { workspace: self }
    }

    /// Tasks.
    #[must_use]
    pub fn tasks(&self) -> Tasks<'_> {
        Tasks { workspace: self }
    }

    /// Webhooks.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks { workspace: self }
    }

    /// Webhooks of the old kind.
    #[must_use]
    pub fn legacy_webhooks(&self) -> LegacyWebhooks<'_> {
        LegacyWebhooks { workspace: self }
    }

    /// The registration with the US carriers.
    #[must_use]
    pub fn a2p_registration(&self) -> A2pRegistrationResource<'_> {
        A2pRegistrationResource { workspace: self }
    }

    /// The organization that the key belongs to.
    #[must_use]
    pub fn organization(&self) -> OrganizationResource<'_> {
        OrganizationResource { workspace: self }
    }

    pub(crate) fn observer(&self) -> Option<&Arc<dyn Observer>> {
        self.observer.as_ref()
    }

    pub(crate) fn turn_for(&self) -> TurnFor<'_> {
        TurnFor::new(&self.pacing_name, &self.caller)
    }

    /// Waits until nobody else changes a thing of this workspace through this client.
    pub(crate) async fn enter_gate(&self, thing: &str) -> Result<OwnedSemaphorePermit, Error> {
        self.shared.gate.enter(format!("{} {thing}", self.pacing_name), self.deadline()).await
    }

    /// When an operation that begins now must end.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline.unwrap_or_else(|| {
            let now = Instant::now();
            // So long that no sum of it overflows either.
            now + self.shared.total_timeout.min(LONGEST_TIMEOUT)
        })
    }

    pub(crate) async fn one<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        transport::send(self, &request, decode::one).await
    }

    pub(crate) async fn page<T: DeserializeOwned>(&self, request: Request) -> Result<Page<T>, Error> {
        transport::send(self, &request, decode::many).await
    }

    /// For answers that say no more than that it was done.
    pub(crate) async fn done(&self, request: Request) -> Result<(), Error> {
        transport::send(self, &request, decode::done).await
    }

    /// For an answer that is not wrapped in `data`.
    pub(crate) async fn bare<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        transport::send(self, &request, decode::bare).await
    }
}

impl fmt::Debug for OpenPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenPhone").field("host", &self.shared.base.host_str()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("host", &self.shared.base.host_str()).finish_non_exhaustive()
    }
}
