//! How a client is built: [`OpenPhoneBuilder`], and which addresses it accepts.

use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use sealing::{Entropy, OsEntropy};
use url::Url;

use super::{OpenPhone, Shared};
use crate::breaker::{Breaker, BreakerSettings};
use crate::gate::Gate;
use crate::observer::Observer;
use crate::pacing::{LocalLimiter, RateLimiter};
use crate::retry::budget::RetryBudget;

/// Where the API is.
pub const DEFAULT_BASE_URL: &str = "https://api.quo.com";

/// Settings of an [`OpenPhone`]; all but the HTTP client have a default.
pub struct OpenPhoneBuilder {
    http: reqwest::Client,
    base_url: Option<Url>,
    timeout: Duration,
    total_timeout: Duration,
    max_response: usize,
    limiter: Option<Arc<dyn RateLimiter>>,
    breaker: BreakerSettings,
    observer: Option<Arc<dyn Observer>>,
    entropy: Arc<dyn Entropy>,
}

/// Why a client cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The key would travel in clear: the base URL is neither `https` nor `http` on this very machine.
    #[error("the API's base URL must be https (plain http is for this machine alone)")]
    InsecureBaseUrl,
    /// The base URL has a user name, a query or a fragment, or cannot have a path.
    #[error("the API's base URL must be a plain address without user name, query and fragment")]
    UnusableBaseUrl,
}

impl OpenPhoneBuilder {
    pub(super) fn new(http: reqwest::Client) -> Self {
        Self {
            http,
            base_url: None,
            timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(60),
            max_response: 4 * 1024 * 1024,
            limiter: None,
            breaker: BreakerSettings::default(),
            observer: None,
            entropy: Arc::new(OsEntropy),
        }
    }

    /// Sets where the API is; [`DEFAULT_BASE_URL`] if unset. A path in it goes before every route.
    #[must_use]
    pub fn base_url(mut self, base: Url) -> Self {
        self.base_url = Some(base);
        self
    }

    /// Sets how long one request may take, from the connection to the last byte of the answer. 30 s if unset.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long one operation may take with pacing and retries, where the workspace has no deadline
    /// ([`Workspace::with_deadline`](crate::Workspace::with_deadline)). 60 s if unset. Under six seconds, nothing is ever sent.
    #[must_use]
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = timeout;
        self
    }

    /// Sets how many bytes an answer may have, unpacked. 4 MiB if unset.
    #[must_use]
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response = bytes;
        self
    }

    /// Plugs another rate limiter, such as one that several processes share. A [`LocalLimiter`] if unset.
    #[must_use]
    pub fn rate_limiter(mut self, limiter: Arc<dyn RateLimiter>) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Sets when the circuit breaker opens.
    #[must_use]
    pub fn breaker(mut self, settings: BreakerSettings) -> Self {
        self.breaker = settings;
        self
    }

    /// Tells this observer of each operation. None if unset.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Sets where the randomness of jitter comes from. The operating system if unset.
    #[must_use]
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// The client.
    pub fn build(self) -> Result<OpenPhone, BuildError> {
        let base = match self.base_url {
            Some(base) => base,
            None => Url::parse(DEFAULT_BASE_URL).map_err(|_| BuildError::UnusableBaseUrl)?,
        };
        check_base(&base)?;
        Ok(OpenPhone {
            shared: Arc::new(Shared {
                http: self.http,
                base,
                timeout: self.timeout,
                total_timeout: self.total_timeout,
                max_response: self.max_response,
                limiter: self.limiter.unwrap_or_else(|| Arc::new(LocalLimiter::new())),
                breaker: Breaker::new(self.breaker),
                retry_budget: RetryBudget::new(),
                gate: Gate::default(),
                observer: self.observer,
                entropy: self.entropy,
                names: RandomState::new(),
            }),
        })
    }
}

pub(super) fn check_base(base: &Url) -> Result<(), BuildError> {
    let loopback = match base.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => return Err(BuildError::UnusableBaseUrl),
    };
    let plain = base.username().is_empty()
        && base.password().is_none()
        && base.query().is_none()
        && base.fragment().is_none()
        && !base.cannot_be_a_base();
    match base.scheme() {
        _ if !plain => Err(BuildError::UnusableBaseUrl),
        "https" => Ok(()),
        "http" if loopback => Ok(()),
        _ => Err(BuildError::InsecureBaseUrl),
    }
}

impl fmt::Debug for OpenPhoneBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenPhoneBuilder").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
