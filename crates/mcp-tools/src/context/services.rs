//! What all calls of a server share: store, clock, keys, caches, the operator's limits.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sealing::{Entropy, FingerprintKey, Sealer};
use state_store::{Clock, Store};
use tokio_util::task::TaskTracker;

use crate::audit::recorder::Recorder;
use crate::audit::{AuditSink, TracingAudit};
use crate::completion::CompletionTurns;
use crate::conversations::ConversationCache;
use crate::inbox::InboxCache;
use crate::limits::Limits;
use crate::people::PeopleCache;
use crate::safety::ledger::AttemptId;
use crate::safety::ledger::begun::Begun;
use crate::safety::reply_only::ProofCache;
use crate::safety::screening::ClearCache;

/// Longest wait for audit records at shutdown.
const LAST_RECORDS: Duration = Duration::from_secs(5);

/// What all calls share: injected once, by whoever composes the server. A clone is a handle.
#[derive(Clone)]
pub struct Services(Arc<Shared>);

struct Shared {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    fingerprints: FingerprintKey,
    sealer: Sealer,
    /// What the send ledger is kept in.
    ledger_store: Arc<dyn Store>,
    /// When this process began to use a store that no other process can have open, in milliseconds since the Unix epoch.
    alone_since: Option<u64>,
    /// Texts that this process is at.
    begun: Begun,
    caches: Caches,
    sends: TaskTracker,
    recorder: Recorder,
    limits: Limits,
}

/// What is remembered for a while, in memory only.
#[derive(Default)]
struct Caches {
    inboxes: InboxCache,
    people: PeopleCache,
    conversations: ConversationCache,
    completions: CompletionTurns,
    proofs: ProofCache,
    clear: ClearCache,
}

impl Services {
    /// Services over a store. `fingerprints` names API keys, numbers and texts in it, so that it holds none; `sealer`
    /// makes confirmation handles, which every instance must be able to open: the deployment's own. `limits` are the
    /// operator's upper bound for every call, [`Limits::standard`] unless told otherwise.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        fingerprints: FingerprintKey,
        sealer: Sealer,
        limits: Limits,
    ) -> Self {
        let recorder = Recorder::new(Arc::new(TracingAudit::default()), Arc::clone(&store));
        let alone_since = store.is_exclusive().then(|| millis(&*clock));
        Self(Arc::new(Shared {
            alone_since,
            begun: Begun::default(),
            ledger_store: store.replicated().unwrap_or_else(|| Arc::clone(&store)),
            sealer,
            store,
            clock,
            entropy,
            fingerprints,
            caches: Caches::default(),
            sends: TaskTracker::new(),
            recorder,
            limits,
        }))
    }

    /// Takes audit records to another sink than the log. For the composition of the server, before the first call:
    /// nothing is remembered yet, and nothing is taken along.
    #[must_use]
    pub fn with_audit(&self, sink: Arc<dyn AuditSink>) -> Self {
        let shared = &self.0;
        Self(Arc::new(Shared {
            store: Arc::clone(&shared.store),
            clock: Arc::clone(&shared.clock),
            entropy: Arc::clone(&shared.entropy),
            fingerprints: shared.fingerprints.clone(),
            sealer: shared.sealer.clone(),
            ledger_store: Arc::clone(&shared.ledger_store),
            alone_since: shared.alone_since,
            begun: Begun::default(),
            caches: Caches::default(),
            sends: TaskTracker::new(),
            recorder: shared.recorder.with_sink(sink),
            limits: shared.limits.clone(),
        }))
    }

    /// Waits until every text that was begun has a recorded outcome, and until audit records are written. For shutdown:
    /// stop taking calls first.
    pub async fn drain(&self) {
        self.0.sends.close();
        self.0.sends.wait().await;
        self.0.recorder.flush(LAST_RECORDS).await;
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// The store for what decides whether a text is sent.
    pub(crate) fn ledger_store(&self) -> &dyn Store {
        &*self.0.ledger_store
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    pub(crate) fn fingerprints(&self) -> &FingerprintKey {
        &self.0.fingerprints
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }

    /// Whether an attempt without an outcome is an earlier process's, which has ended. Known only of a store that
    /// processes do not share.
    pub(crate) fn is_left_behind(&self, id: AttemptId) -> bool {
        self.0.alone_since.is_some() && !self.0.begun.has(id)
    }

    pub(crate) fn begun(&self) -> &Begun {
        &self.0.begun
    }

    /// When this process began to use a store that no other has open.
    pub(crate) fn alone_since(&self) -> Option<u64> {
        self.0.alone_since
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn now_millis(&self) -> u64 {
        millis(&*self.0.clock)
    }

    pub(crate) fn now(&self) -> Timestamp {
        crate::time::from_millis(self.now_millis())
    }

    /// The operator's upper bound for every call. Lists are narrowed by it, too, when it is part of their view.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    pub(crate) fn proofs(&self) -> &ProofCache {
        &self.0.caches.proofs
    }

    pub(crate) fn clear(&self) -> &ClearCache {
        &self.0.caches.clear
    }

    pub(super) fn inboxes(&self) -> &InboxCache {
        &self.0.caches.inboxes
    }

    pub(super) fn people(&self) -> &PeopleCache {
        &self.0.caches.people
    }

    pub(super) fn conversations(&self) -> &ConversationCache {
        &self.0.caches.conversations
    }

    pub(super) fn completions(&self) -> &CompletionTurns {
        &self.0.caches.completions
    }

    pub(crate) fn sends(&self) -> &TaskTracker {
        &self.0.sends
    }
}

fn millis(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.since_epoch().as_millis()).unwrap_or(u64::MAX)
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").field("sends_under_way", &self.0.sends.len()).finish_non_exhaustive()
    }
}
