//! The sandbox: its workspaces, and the way of one request through it. `server.rs` puts it on a socket.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use jiff::Timestamp;

use crate::api::{self, ApiError, Cx, Routed, Router};
use crate::cell::{Cell, Tasks, lock};
use crate::faults::header;
use crate::faults::{Effect, Fault, Refusal};
use crate::journal::Requests;
use crate::options::SandboxOptions;
use crate::seed;
use crate::workspace::{Key, Plan, WorkspaceKey};
use crate::{Faults, Operation, SentMessage};

/// No body of the API comes near it.
pub(crate) const MAX_REQUEST_BODY: usize = 1024 * 1024;

/// A simulated OpenPhone API. Cheap to clone: clones share everything.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    options: SandboxOptions,
    anchor: Timestamp,
    router: Router,
    faults: Faults,
    requests: Requests,
    traces: AtomicU64,
    workspaces: Mutex<Workspaces>,
    tasks: Tasks,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

#[derive(Default)]
struct Workspaces {
    open: HashMap<WorkspaceKey, Open>,
    uses: u64,
}

struct Open {
    cell: Arc<Cell>,
    last_use: u64,
}

/// What becomes of a request, for whoever holds its connection.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answer(Response<Bytes>),
    /// Part of the answer, then the connection closes.
    Truncate(Response<Bytes>),
    /// No answer; the connection closes.
    Close,
    /// No answer; the connection is reset.
    Reset,
}

/// Why there is no body to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// More than [`MAX_REQUEST_BODY`].
    TooLarge,
    /// The connection ended before it.
    Broken,
}

/// A request whose version, key and budget are in order.
struct Admitted {
    cell: Arc<Cell>,
    plan: Plan,
    /// Of the budget.
    remaining: u32,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new(SandboxOptions::default())
    }
}

impl Sandbox {
    /// A sandbox without a socket; see [`handle`](Self::handle) and [`serve`](Self::serve).
    #[must_use]
    pub fn new(options: SandboxOptions) -> Self {
        let anchor = options.now.unwrap_or_else(|| options.clock.now());
        Self {
            inner: Arc::new(Inner {
                options,
                anchor,
                router: Router::new(),
                faults: Faults::default(),
                requests: Requests::default(),
                traces: AtomicU64::new(0),
                workspaces: Mutex::default(),
                tasks: Tasks::default(),
            }),
        }
    }

    /// Answers one request, without a connection: a fault that would close it shows as a 502 without a body
    /// or as half a body. Must run on a tokio runtime with time, which carries the texts.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let is_head = parts.method == Method::HEAD;
        let read = if body.len() > MAX_REQUEST_BODY { Err(Unread::TooLarge) } else { Ok(body) };
        match self.exchange(parts, async { read }).await {
            Outcome::Answer(response) if is_head => response.map(|_| Bytes::new()),
            Outcome::Answer(response) => response,
            Outcome::Truncate(response) => response.map(|body| body.slice(..body.len() / 2)),
            Outcome::Close | Outcome::Reset => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }
        }
    }

    /// What goes wrong, for tests.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// Every accepted send of a key's workspace, in order. Empty for a key that opens none.
    #[must_use]
    pub fn sent(&self, key: &str) -> Vec<SentMessage> {
        let Some(key) = Key::parse(key) else { return Vec::new() };
        self.cell(key.workspace).read(|workspace| workspace.sent.iter().cloned().collect())
    }

    /// How many requests for an operation came in, refused and faulty ones included.
    #[must_use]
    pub fn requests(&self, operation: Operation) -> u64 {
        self.inner.requests.snapshot().get(&operation).copied().unwrap_or_default()
    }

    /// How many requests came in per operation; operations without any are absent.
    #[must_use]
    pub fn request_log(&self) -> BTreeMap<Operation, u64> {
        self.inner.requests.snapshot()
    }

    /// One request. `body` is awaited only when the request is read to its end.
    pub(crate) async fn exchange(
        &self,
        parts: Parts,
        body: impl Future<Output = Result<Bytes, Unread>>,
    ) -> Outcome {
        let Some(routed) = self.inner.router.route(&parts.method, parts.uri.path()) else {
            let _ = body.await;
            let page = api::unrouted(&parts.method, parts.uri.path());
            return Outcome::Answer(self.announce(page, self.untouched_budget()));
        };
        let operation = routed.operation;
        self.inner.requests.count(operation);
        let fault = match header::asked(&parts.headers) {
            Ok(Some(fault)) => Some(fault),
            Ok(None) => self.inner.faults.take(operation, api::presented_key(&parts)),
            Err(wrong) => {
                let _ = body.await;
                return Outcome::Answer(api::not_the_apis(&format!("Sandbox-Fault: {wrong}\n")));
            }
        };
        tracing::debug!(operation = operation.id(), faulty = fault.is_some(), "request");
        if fault.as_ref().is_some_and(|fault| fault.effect == Effect::CloseUnread) {
            return Outcome::Close;
        }
        let body = match body.await {
            Ok(body) => body,
            Err(Unread::Broken) => return Outcome::Close,
            Err(Unread::TooLarge) => {
                let mut refused = self.refuse(ApiError::too_large(), operation, self.untouched_budget());
                refused.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                return Outcome::Answer(refused);
            }
        };
        match fault {
            None => Outcome::Answer(self.process(&routed, &parts, &body)),
            Some(fault) => self.suffer(fault, &routed, &parts, &body).await,
        }
    }

    async fn suffer(&self, fault: Fault, routed: &Routed, parts: &Parts, body: &Bytes) -> Outcome {
        // A refusal sees to it itself, once version, key and budget are in order.
        let processes = fault.processed && !matches!(fault.effect, Effect::Refuse(_));
        let answer = if processes { Some(self.process(routed, parts, body)) } else { None };
        let broken = match fault.effect {
            Effect::Delay(by) => {
                tokio::time::sleep(by).await;
                return Outcome::Answer(answer.unwrap_or_else(|| self.process(routed, parts, body)));
            }
            Effect::Hang => std::future::pending().await,
            Effect::Close | Effect::CloseUnread => return Outcome::Close,
            Effect::Reset => return Outcome::Reset,
            Effect::Truncate | Effect::Garble => {
                let answer = answer.unwrap_or_else(|| self.process(routed, parts, body));
                if answer.body().is_empty() || parts.method == Method::HEAD {
                    // There is nothing to break but the connection.
                    return Outcome::Close;
                }
                if fault.effect == Effect::Truncate {
                    return Outcome::Truncate(answer);
                }
                answer.map(|body| {
                    let mut garbled = body.slice(..body.len() / 2).to_vec();
                    garbled.extend_from_slice(b"\",,}");
                    garbled.into()
                })
            }
            Effect::Refuse(refusal) => self.refuse_as_told(refusal, fault.processed, routed, parts, body),
            Effect::Html { status, retry_after } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                let mut page = api::html(status, status.canonical_reason().unwrap_or_default());
                if let Some(seconds) = retry_after {
                    page.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
                }
                page
            }
            Effect::Raw { status, content_type, body } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                api::response(status, &content_type, body.into())
            }
        };
        Outcome::Answer(broken)
    }

    /// A refusal of the API's own, which comes after those of version, key and budget.
    fn refuse_as_told(
        &self,
        refusal: Refusal,
        processed: bool,
        routed: &Routed,
        parts: &Parts,
        body: &Bytes,
    ) -> Response<Bytes> {
        let admitted = match self.admit(routed.operation, parts) {
            Ok(admitted) => admitted,
            Err(refused) => return *refused,
        };
        if processed {
            self.perform(&admitted, routed, parts, body);
        }
        let error = ApiError::refusal(refusal, routed.operation);
        match refusal {
            Refusal::TooManyRequests { .. } => {
                self.refuse(error.in_form(self.inner.options.too_many_requests_form), routed.operation, 0)
            }
            _ => self.refuse(error, routed.operation, admitted.remaining),
        }
    }

    /// The order of checks: version, key, budget, operation.
    fn process(&self, routed: &Routed, parts: &Parts, body: &Bytes) -> Response<Bytes> {
        match self.admit(routed.operation, parts) {
            Ok(admitted) => self.perform(&admitted, routed, parts, body),
            Err(refused) => *refused,
        }
    }

    /// Checks version and key, and takes the request out of the key's budget; or how it is refused.
    fn admit(&self, operation: Operation, parts: &Parts) -> Result<Admitted, Box<Response<Bytes>>> {
        let key = api::presented_key(parts);
        let key = api::check_version(operation, parts)
            .and_then(|()| api::authenticate(key, |key| self.inner.faults.is_revoked(key)))
            .map_err(|error| Box::new(self.refuse(error, operation, self.untouched_budget())))?;
        let cell = self.cell(key.workspace);
        match cell.take_from_budget(key.plan) {
            Some(remaining) => Ok(Admitted { cell, plan: key.plan, remaining }),
            None => {
                let error = ApiError::too_many_requests(None);
                let error = error.in_form(self.inner.options.too_many_requests_form);
                Err(Box::new(self.refuse(error, operation, 0)))
            }
        }
    }

    fn perform(&self, admitted: &Admitted, routed: &Routed, parts: &Parts, body: &Bytes) -> Response<Bytes> {
        let operation = routed.operation;
        let response = admitted.cell.change(|workspace, now| {
            let cx = Cx {
                operation,
                params: &routed.params,
                query: parts.uri.query().unwrap_or_default(),
                body,
                is_json: api::says_json(parts),
                workspace,
                options: &self.inner.options,
                plan: admitted.plan,
                now,
            };
            api::perform(cx, || self.trace())
        });
        self.announce(response, admitted.remaining)
    }

    fn refuse(&self, error: ApiError, operation: Operation, remaining: u32) -> Response<Bytes> {
        self.announce(error.into_response(operation, self.trace()), remaining)
    }

    /// Adds the headers of the rate limit.
    fn announce(&self, mut response: Response<Bytes>, remaining: u32) -> Response<Bytes> {
        api::announce(&mut response, remaining, self.inner.options.requests_per_second);
        response
    }

    /// What is left, as far as anybody is told who has no budget of his own.
    fn untouched_budget(&self) -> u32 {
        self.inner.options.requests_per_second.saturating_sub(1)
    }

    /// Ends what goes on in the background.
    pub(crate) fn end_tasks(&self) {
        self.inner.tasks.end();
    }

    pub(crate) fn cell(&self, key: WorkspaceKey) -> Arc<Cell> {
        let mut workspaces = lock(&self.inner.workspaces);
        workspaces.uses += 1;
        let now = workspaces.uses;
        if let Some(open) = workspaces.open.get_mut(&key) {
            open.last_use = now;
            return Arc::clone(&open.cell);
        }
        if workspaces.open.len() >= self.inner.options.limits.workspaces.max(1) {
            let idlest = workspaces.open.iter().min_by_key(|(_, open)| open.last_use).map(|(key, _)| *key);
            if let Some(idlest) = idlest {
                workspaces.open.remove(&idlest);
            }
        }
        let workspace = seed::build(key, self.inner.anchor, &self.inner.options);
        let cell = Arc::new(Cell::new(workspace, self.inner.options.clone(), self.inner.tasks.clone()));
        workspaces.open.insert(key, Open { cell: Arc::clone(&cell), last_use: now });
        cell
    }

    /// A number for an error's `trace`: looks random, and is the same in every run.
    fn trace(&self) -> u64 {
        seed::mix(self.inner.traces.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("options", &self.inner.options).finish_non_exhaustive()
    }
}
