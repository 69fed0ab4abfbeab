//! Requests from the server to the client on the legacy revisions: over the stream of the call that asks.
//!
//! The client's answer comes back as a message of its own: over the same connection (HTTP+SSE, stdio), or as a POST that
//! may arrive at another instance and is relayed to this one (sessions of Streamable HTTP).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::{OnceCell, oneshot};

use crate::context::Outbox;
use crate::error::{ErrorCode, RpcError};
use crate::input::{InputRequest, LegacyRequest};
use crate::jsonrpc::PeerAnswer;
use crate::version::ProtocolVersion;

/// Questions that wait for an answer.
#[derive(Default)]
pub(crate) struct Pending(Mutex<Questions>);

#[derive(Default)]
struct Questions {
    by_id: HashMap<String, oneshot::Sender<PeerAnswer>>,
    /// No answer can come any more.
    closed: bool,
}

impl Pending {
    /// Hands an answer to the question that waits for it. False when none does: it may have been answered or given up.
    pub(crate) fn answer(&self, id: &str, answer: PeerAnswer) -> bool {
        let waiting = self.lock().by_id.remove(id);
        waiting.is_some_and(|waiting| waiting.send(answer).is_ok())
    }

    /// Gives up every question, and those to come: the client can no longer answer.
    pub(crate) fn close(&self) {
        let mut questions = self.lock();
        questions.closed = true;
        questions.by_id.clear();
    }

    fn wait(self: &Arc<Self>, id: String) -> Waiting {
        let (send, answer) = oneshot::channel();
        let mut questions = self.lock();
        if !questions.closed {
            questions.by_id.insert(id.clone(), send);
        }
        Waiting { pending: Arc::clone(self), id, answer }
    }

    fn lock(&self) -> MutexGuard<'_, Questions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question under way. Dropped, it is no longer waited for.
struct Waiting {
    pending: Arc<Pending>,
    id: String,
    answer: oneshot::Receiver<PeerAnswer>,
}

impl Waiting {
    /// Whether nothing came yet.
    fn is_open(&self) -> bool {
        self.pending.lock().by_id.contains_key(&self.id)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.pending.lock().by_id.remove(&self.id);
    }
}

/// Makes answers find their way here; called once, before the first question.
pub(crate) type OpenRoute = Box<dyn Fn() -> BoxFuture<'static, Result<(), RpcError>> + Send + Sync>;

/// The way from one call to its client. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reverse(Arc<Inner>);

struct Inner {
    outbox: Outbox,
    pending: Arc<Pending>,
    /// Makes ids unique: among the calls of a connection, or by naming the call in its session.
    suffix: Box<str>,
    count: AtomicU64,
    timeout: Duration,
    route: Option<(OpenRoute, OnceCell<()>)>,
    release: Option<Arc<Release>>,
}

/// How a call asks that its stream's connection be closed for a while.
#[derive(Debug, Default)]
pub(crate) struct Release(AtomicU64);

impl Release {
    /// The wish, once: after how many milliseconds the client is to come back.
    pub(crate) fn take(&self) -> Option<u64> {
        Some(self.0.swap(0, Ordering::AcqRel)).filter(|wish| *wish > 0)
    }
}

impl Reverse {
    /// Over a connection that carries both directions.
    pub(crate) fn new(
        outbox: Outbox,
        pending: Arc<Pending>,
        suffix: impl Into<Box<str>>,
        timeout: Duration,
    ) -> Self {
        let count = AtomicU64::new(1);
        let (suffix, route, release) = (suffix.into(), None, None);
        Self(Arc::new(Inner { outbox, pending, suffix, count, timeout, route, release }))
    }

    /// Over a stream whose answers must find their way first.
    pub(crate) fn routed(
        outbox: Outbox,
        pending: Arc<Pending>,
        suffix: impl Into<Box<str>>,
        timeout: Duration,
        route: OpenRoute,
        release: Option<Arc<Release>>,
    ) -> Self {
        let (count, suffix) = (AtomicU64::new(1), suffix.into());
        let route = Some((route, OnceCell::new()));
        Self(Arc::new(Inner { outbox, pending, suffix, count, timeout, route, release }))
    }

    /// Asks everything at once, and waits for all answers.
    ///
    /// # Errors
    /// The first question that the client refused, could not answer in time, or cannot be told of.
    pub(crate) async fn ask(
        &self,
        requests: &BTreeMap<String, InputRequest>,
        version: ProtocolVersion,
    ) -> Result<Map<String, Value>, RpcError> {
        if let Some((open, opened)) = &self.0.route {
            opened.get_or_try_init(open).await?;
        }
        let mut waiting = Vec::with_capacity(requests.len());
        let answers = async {
            for (key, request) in requests {
                let id = format!("{}~{}", self.0.count.fetch_add(1, Ordering::Relaxed), self.0.suffix);
                let message = serde_json::to_vec(&LegacyRequest { id: &id, request, version })
                    .map_err(|_| RpcError::internal("Internal error"))?;
                waiting.push((key, request, self.0.pending.wait(id)));
                // Into a full queue, when the client does not read.
                self.0.outbox.send(message.into()).await.map_err(|_| gone())?;
            }
            let mut answers = Map::new();
            for (key, request, waiting) in &mut waiting {
                let answer = (&mut waiting.answer).await.map_err(|_| gone())?;
                let answer = answer.map_err(|refusal| refused(request, refusal.code))?;
                answers.insert((*key).clone(), answer);
            }
            Ok(answers)
        };
        let answered = tokio::select! {
            answers = tokio::time::timeout(self.0.timeout, answers) => answers.unwrap_or_else(|_| Err(too_late())),
            () = self.0.outbox.closed() => Err(gone()),
        };
        if answered.is_err() {
            for (_, _, waiting) in waiting.iter().filter(|(_, _, waiting)| waiting.is_open()) {
                self.give_up(&waiting.id);
            }
        }
        answered
    }

    /// Tells the client that a question is no longer of interest. Best effort.
    fn give_up(&self, id: &str) {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            request_id: &'a str,
        }
        #[derive(Serialize)]
        struct Cancelled<'a> {
            jsonrpc: &'static str,
            method: &'static str,
            params: Params<'a>,
        }
        let params = Params { request_id: id };
        let message = Cancelled { jsonrpc: "2.0", method: "notifications/cancelled", params };
        if let Ok(message) = serde_json::to_vec(&message) {
            let _ = self.0.outbox.try_send(message.into());
        }
    }

    /// Asks that the stream's connection be closed, and the client come back after `retry`.
    pub(crate) fn release(&self, retry: Duration) {
        if let Some(release) = &self.0.release {
            let milliseconds = u64::try_from(retry.as_millis()).unwrap_or(u64::MAX).max(1);
            release.0.store(milliseconds, Ordering::Release);
            // An empty message is no message: it makes the stream look at the wish.
            let _ = self.0.outbox.try_send(Bytes::new());
        }
    }
}

fn gone() -> RpcError {
    RpcError::internal("The client has gone, and could not be asked")
}

fn too_late() -> RpcError {
    RpcError::internal("The client did not answer in time")
}

fn refused(request: &InputRequest, code: i64) -> RpcError {
    let code = i32::try_from(code).map_or(ErrorCode::INTERNAL_ERROR, ErrorCode);
    RpcError::internal(format!("The client refused `{}` ({code})", request.method()))
}

impl fmt::Debug for Reverse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reverse").finish_non_exhaustive()
    }
}
