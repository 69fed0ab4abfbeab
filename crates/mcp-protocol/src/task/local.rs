//! [`LocalTasks`]: tasks in the memory of one process, for servers that have one, and for tests.
//!
//! A task runs in a task of the runtime's own, whatever becomes of the request that began it. It belongs to the party
//! that began it: to anybody else it does not exist (`task.sec`). Everything is bounded, and forgotten at its time.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use sealing::Entropy;
use serde_json::{Map, Value};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Task, TaskStatus};
use crate::capabilities::{ClientCapabilities, TASKS};
use crate::context::RequestContext;
use crate::error::RpcError;
use crate::input::{Ask, Interrupt};
use crate::notifier::Notifier;
use crate::principal::Principal;
use crate::tool::CallToolResult;
use crate::version::ProtocolVersion;

/// Tasks of this process. Cheap to clone.
#[derive(Clone)]
pub struct LocalTasks(Arc<Inner>);

struct Inner {
    notifier: Notifier,
    entropy: Arc<dyn Entropy>,
    unix_millis: Box<dyn Fn() -> u64 + Send + Sync>,
    ttl: Duration,
    poll_interval: Duration,
    most: usize,
    tasks: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    owner: Box<[u8]>,
    task: Task,
    /// What was asked and is not answered yet is in the task's status; what was answered is here until it is taken.
    answers: Map<String, Value>,
    changed: Arc<Notify>,
    cancellation: CancellationToken,
    forget_at: Instant,
}

impl LocalTasks {
    /// No tasks yet. `entropy` makes their ids, `unix_millis` is the clock, and `notifier` tells of their progress. A task
    /// is kept for five minutes from its beginning, and clients are asked to look every second.
    #[must_use]
    pub fn new(
        notifier: Notifier,
        entropy: Arc<dyn Entropy>,
        unix_millis: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            notifier,
            entropy,
            unix_millis: Box::new(unix_millis),
            ttl: Duration::from_secs(300),
            poll_interval: Duration::from_secs(1),
            most: 10_000,
            tasks: Mutex::default(),
        }))
    }

    /// Sets how long a task is kept from its beginning; one that still runs then is given up.
    #[must_use]
    pub fn with_ttl(self, ttl: Duration) -> Self {
        self.with(|inner| inner.ttl = ttl)
    }

    /// Sets how often clients are asked to look.
    #[must_use]
    pub fn with_poll_interval(self, interval: Duration) -> Self {
        self.with(|inner| inner.poll_interval = interval)
    }

    /// Sets how many tasks are kept at a time.
    #[must_use]
    pub fn with_most(self, tasks: usize) -> Self {
        self.with(|inner| inner.most = tasks)
    }

    /// Only before the first clone, which setting up is.
    fn with(mut self, set: impl FnOnce(&mut Inner)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            set(inner);
        }
        self
    }

    /// Begins a task: what `tools/call` returns as its error. For a client that did not declare the extension it is
    /// -32021 (`task.never-unasked`), and nothing is begun.
    pub fn start<P, F, W>(&self, cx: &RequestContext<P>, work: F) -> Interrupt
    where
        P: Principal,
        F: FnOnce(TaskContext) -> W,
        W: Future<Output = Result<CallToolResult, RpcError>> + Send + 'static,
    {
        if !cx.wants_tasks() {
            return RpcError::missing_extension(TASKS).into();
        }
        let id = URL_SAFE_NO_PAD.encode(sealing::entropy::random::<24>(&*self.0.entropy));
        let mut task = Task::new(&*id, self.0.now());
        task.ttl = Some(self.0.ttl);
        task.poll_interval = Some(self.0.poll_interval);
        let cancellation = CancellationToken::new();
        let entry = Entry {
            owner: cx.principal().owner().into(),
            task: task.clone(),
            answers: Map::new(),
            changed: Arc::default(),
            cancellation: cancellation.clone(),
            forget_at: Instant::now() + self.0.ttl,
        };
        let mut tasks = self.0.lock();
        forget_expired(&mut tasks);
        if tasks.len() >= self.0.most {
            tracing::warn!(most = self.0.most, "a task was refused: too many are kept");
            return RpcError::internal("Too many tasks are under way; try again later").into();
        }
        tasks.insert(id.clone(), entry);
        drop(tasks);

        let context = TaskContext {
            tasks: self.clone(),
            id: id.clone(),
            capabilities: Arc::new(cx.client_capabilities().clone()),
            version: cx.protocol_version(),
            cancellation: cancellation.clone(),
        };
        let (tasks, principal, ttl) = (self.clone(), cx.principal().clone(), self.0.ttl);
        let work = AssertUnwindSafe(work(context)).catch_unwind();
        tokio::spawn(async move {
            let ended = tokio::select! {
                biased;
                () = cancellation.cancelled() => TaskStatus::Cancelled,
                () = tokio::time::sleep(ttl) => TaskStatus::Cancelled,
                result = work => match result {
                    Ok(Ok(result)) => TaskStatus::Completed(Box::new(result)),
                    Ok(Err(error)) => TaskStatus::Failed(Box::new(error)),
                    Err(_) => {
                        tracing::error!("a task panicked");
                        TaskStatus::Failed(Box::new(RpcError::internal("Internal error")))
                    }
                },
            };
            tasks.0.end(&id, &principal, ended);
        });
        task.into()
    }

    /// `tasks/get`.
    ///
    /// # Errors
    /// [`RpcError::unknown_task`].
    pub fn get<P: Principal>(&self, cx: &RequestContext<P>, id: &str) -> Result<Task, RpcError> {
        self.0.with_entry(cx.principal(), id, |entry| entry.task.clone())
    }

    /// `tasks/update`.
    ///
    /// # Errors
    /// [`RpcError::unknown_task`].
    pub fn update<P: Principal>(
        &self,
        cx: &RequestContext<P>,
        id: &str,
        answers: Map<String, Value>,
    ) -> Result<(), RpcError> {
        let now = self.0.now();
        self.0.with_entry(cx.principal(), id, |entry| {
            let TaskStatus::InputRequired(requests) = &mut entry.task.status else { return };
            for (key, answer) in answers {
                if requests.remove(&key).is_some() {
                    entry.answers.insert(key, answer);
                }
            }
            if requests.is_empty() {
                entry.task.status = TaskStatus::Working;
            }
            entry.task.last_updated_at = now;
            entry.changed.notify_waiters();
        })?;
        self.0.tell(id, cx.principal());
        Ok(())
    }

    /// `tasks/cancel`. A task that has ended stays as it is.
    ///
    /// # Errors
    /// [`RpcError::unknown_task`].
    pub fn cancel<P: Principal>(&self, cx: &RequestContext<P>, id: &str) -> Result<(), RpcError> {
        let token = self.0.with_entry(cx.principal(), id, |entry| entry.cancellation.clone())?;
        token.cancel();
        self.0.end(id, cx.principal(), TaskStatus::Cancelled);
        Ok(())
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// RFC 3339. A clock beyond the year 9999 reads as its beginning.
    fn now(&self) -> String {
        let millis = i64::try_from((self.unix_millis)()).unwrap_or_default();
        jiff::Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
    }

    fn with_entry<P: Principal, T>(
        &self,
        principal: &P,
        id: &str,
        look: impl FnOnce(&mut Entry) -> T,
    ) -> Result<T, RpcError> {
        let mut tasks = self.lock();
        let entry = tasks
            .get_mut(id)
            .filter(|entry| *entry.owner == *principal.owner() && entry.forget_at > Instant::now());
        entry.map(look).ok_or_else(RpcError::unknown_task)
    }

    /// Changes a task, unless it has ended: what has ended stays as it is. Says whether it was changed.
    fn set(&self, id: &str, change: impl FnOnce(&mut Task)) -> bool {
        let now = self.now();
        let mut tasks = self.lock();
        let Some(entry) = tasks.get_mut(id).filter(|entry| !entry.task.status.is_final()) else {
            return false;
        };
        change(&mut entry.task);
        entry.task.last_updated_at = now;
        true
    }

    /// A task has ended, by itself or because it was given up: whichever comes first is told.
    fn end<P: Principal>(&self, id: &str, principal: &P, status: TaskStatus) {
        if self.set(id, |task| task.status = status) {
            self.tell(id, principal);
        }
    }

    fn tell<P: Principal>(&self, id: &str, principal: &P) {
        let task = self.lock().get(id).map(|entry| entry.task.clone());
        if let Some(task) = task {
            self.notifier.task_changed(principal, task);
        }
    }
}

fn forget_expired(tasks: &mut HashMap<String, Entry>) {
    let now = Instant::now();
    tasks.retain(|_, entry| entry.forget_at > now);
}

impl fmt::Debug for LocalTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTasks").field("tasks", &self.0.lock().len()).finish_non_exhaustive()
    }
}

/// What the work of a task knows of it.
#[derive(Clone)]
pub struct TaskContext {
    tasks: LocalTasks,
    id: String,
    capabilities: Arc<ClientCapabilities>,
    version: ProtocolVersion,
    cancellation: CancellationToken,
}

impl TaskContext {
    /// The task's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Cancelled when the client gives the task up; then the work is dropped as well.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Says how far the work is, for people.
    pub fn say(&self, message: impl Into<String>) {
        self.tasks.0.set(&self.id, |task| task.status_message = Some(message.into()));
    }

    /// Asks the client something and waits for the answer. Several questions may wait at once, under keys that are
    /// used once in a task's life.
    ///
    /// # Errors
    /// -32021 when the client cannot be asked, -32602 when its answer does not fit the question. Return it, and the
    /// task has failed with it.
    pub async fn ask<A: Ask + Clone>(&self, key: &str, question: A) -> Result<A::Answer, RpcError> {
        let request = question.clone().into();
        if !request.is_possible(&self.capabilities, self.version) {
            return Err(RpcError::missing_client_capability(&request.required_capabilities()));
        }
        let changed = {
            let now = self.tasks.0.now();
            let mut tasks = self.tasks.0.lock();
            let entry = tasks.get_mut(&self.id).ok_or_else(RpcError::unknown_task)?;
            match &mut entry.task.status {
                TaskStatus::InputRequired(requests) => {
                    requests.insert(key.to_owned(), request);
                }
                status if !status.is_final() => {
                    *status = TaskStatus::InputRequired(BTreeMap::from([(key.to_owned(), request)]));
                }
                _ => return Err(RpcError::unknown_task()),
            }
            entry.task.last_updated_at = now;
            Arc::clone(&entry.changed)
        };
        loop {
            let next = changed.notified();
            tokio::pin!(next);
            // Registered before looking, so that an answer in between is not missed.
            next.as_mut().enable();
            let answer = self.tasks.0.lock().get_mut(&self.id).and_then(|entry| entry.answers.remove(key));
            if let Some(answer) = answer {
                return question
                    .read(&answer)
                    .map_err(|problem| RpcError::invalid_params(format!("inputResponses.{key}: {problem}")));
            }
            next.await;
        }
    }
}

impl fmt::Debug for TaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskContext").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
