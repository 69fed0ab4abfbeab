//! Whether this instance wants requests: what `/readyz` says, named part by part.
//!
//! Stopping comes first: an instance that has been told to end is not ready at once, while it still answers. The store and the keys
//! decide, too: without them a login or a text fails here that would succeed elsewhere. That OpenPhone fails is shown and
//! does **not** decide: every instance sees the same upstream, so all would be taken out together, and with them what
//! works without it (sign-in, refreshes, lists, a clear error in the conversation).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use openphone_client::{OpenPhone, UpstreamState};
use serde::Serialize;
use state_store::Store;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::operator::live_keys::LiveKeys;

/// For how long an answer is good: many may ask, and the store is asked once.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// A store that takes longer is none.
const STORE_TIME: Duration = Duration::from_secs(2);

/// Looks at what requests need.
pub struct Readiness {
    store: Arc<dyn Store>,
    keys: Arc<LiveKeys>,
    openphone: OpenPhone,
    stopping: CancellationToken,
    last: Mutex<Option<(Instant, Report)>>,
    ready: AtomicBool,
}

impl std::fmt::Debug for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readiness").field("ready", &self.ready).finish_non_exhaustive()
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether requests are wanted.
    pub ready: bool,
    /// Part by part.
    pub checks: Checks,
}

/// The parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// `serving` or `stopping`. Decides.
    pub process: &'static str,
    /// `ok` or `unreachable`. Decides.
    pub store: &'static str,
    /// `ok` or `unusable`. Decides.
    pub keys: &'static str,
    /// `up`, `down` or `unknown`. Does not decide.
    pub upstream: &'static str,
}

impl Readiness {
    /// Looks at these; `stopping` is cancelled when the process has been told to end.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        keys: Arc<LiveKeys>,
        openphone: OpenPhone,
        stopping: CancellationToken,
    ) -> Self {
        Self { store, keys, openphone, stopping, last: Mutex::new(None), ready: AtomicBool::new(true) }
    }

    /// How things are, or were a moment ago.
    pub async fn report(&self) -> Report {
        let mut last = self.last.lock().await;
        let now = Instant::now();
        let known = last.filter(|(at, _)| now.duration_since(*at) < GOOD_FOR).map(|(_, report)| report);
        let report = match known {
            // That it ends is said at once.
            Some(report) if !self.stopping.is_cancelled() || !report.ready => report,
            _ => {
                let report = self.look().await;
                *last = Some((now, report));
                report
            }
        };
        self.ready.store(report.ready, Ordering::Relaxed);
        report
    }

    /// What the last report said.
    #[must_use]
    pub fn was_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed) && !self.stopping.is_cancelled()
    }

    /// Whether OpenPhone is left alone for the moment.
    #[must_use]
    pub fn breaker_is_open(&self) -> bool {
        self.openphone.upstream_state() == UpstreamState::Down
    }

    async fn look(&self) -> Report {
        let store = match timeout(STORE_TIME, self.store.check()).await {
            Ok(Ok(())) => "ok",
            Ok(Err(error)) => {
                tracing::warn!(%error, "not ready: the state cannot be reached");
                "unreachable"
            }
            Err(_) => {
                tracing::warn!("not ready: the state does not answer");
                "unreachable"
            }
        };
        let keys = if self.keys.work() { "ok" } else { "unusable" };
        let upstream = match self.openphone.upstream_state() {
            UpstreamState::Up => "up",
            UpstreamState::Down => "down",
            _ => "unknown",
        };
        let process = if self.stopping.is_cancelled() { "stopping" } else { "serving" };
        Report {
            ready: process == "serving" && store == "ok" && keys == "ok",
            checks: Checks { process, store, keys, upstream },
        }
    }
}
