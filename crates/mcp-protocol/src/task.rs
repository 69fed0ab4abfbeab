//! Tasks: tool calls whose result comes later (extension `io.modelcontextprotocol/tasks`, SEP-2663; 2026-07-28).
//!
//! A tool that takes long answers with a [`Task`] instead of a result, to clients that declared the extension; they ask
//! for it with `tasks/get` until it has ended, or hear of it through `subscriptions/listen`. Where tasks live is the
//! embedder's: the three methods of [`Server`](crate::Server). [`LocalTasks`] keeps them in the memory of one process.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::error::{ErrorBody, RpcError};
use crate::input::InputRequest;
use crate::tool::CallToolResult;
use crate::version::ProtocolVersion;
use crate::wire::{At, ResultBody, entry};

mod local;

pub use local::{LocalTasks, TaskContext};

/// A task as it stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Task {
    /// Its name: opaque and unguessable.
    pub id: String,
    /// How far it is.
    pub status: TaskStatus,
    /// For people, about the status.
    pub status_message: Option<String>,
    /// When it began, RFC 3339.
    pub created_at: String,
    /// When its status last changed, RFC 3339.
    pub last_updated_at: String,
    /// How long it is kept from its beginning; none: for as long as the server likes.
    pub ttl: Option<Duration>,
    /// How often a client should ask.
    pub poll_interval: Option<Duration>,
}

/// How far a task is, with what that brings.
#[derive(Clone)]
#[non_exhaustive]
pub enum TaskStatus {
    /// It runs.
    Working,
    /// It waits for these answers, which `tasks/update` brings.
    InputRequired(BTreeMap<String, InputRequest>),
    /// It ended with a result, which may be a tool's failure.
    Completed(Box<CallToolResult>),
    /// It ended with a protocol error.
    Failed(Box<RpcError>),
    /// It was given up.
    Cancelled,
}

impl TaskStatus {
    /// The name on the wire.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::InputRequired(_) => "input_required",
            Self::Completed(_) => "completed",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will come.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Completed(_) | Self::Failed(_) | Self::Cancelled)
    }
}

/// Results may hold personal data, so only the name is shown.
impl fmt::Debug for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Task {
    /// A task that began now.
    pub fn new(id: impl Into<String>, created_at: impl Into<String>) -> Self {
        let created_at = created_at.into();
        Self {
            id: id.into(),
            status: TaskStatus::Working,
            status_message: None,
            last_updated_at: created_at.clone(),
            created_at,
            ttl: None,
            poll_interval: None,
        }
    }

    /// Sets how far it is, and since when.
    #[must_use]
    pub fn with_status(mut self, status: TaskStatus, at: impl Into<String>) -> Self {
        self.status = status;
        self.last_updated_at = at.into();
        self
    }

    fn write_head<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        map.serialize_entry("taskId", &self.id)?;
        map.serialize_entry("status", self.status.name())?;
        entry(map, "statusMessage", self.status_message.as_ref())?;
        map.serialize_entry("createdAt", &self.created_at)?;
        map.serialize_entry("lastUpdatedAt", &self.last_updated_at)?;
        map.serialize_entry("ttlMs", &self.ttl.map(milliseconds))?;
        entry(map, "pollIntervalMs", self.poll_interval.map(milliseconds))
    }

    /// Everything: the answer of `tasks/get`, the parameters of `notifications/tasks`.
    pub(crate) fn write_all<M: SerializeMap>(
        &self,
        version: ProtocolVersion,
        map: &mut M,
    ) -> Result<(), M::Error> {
        self.write_head(map)?;
        match &self.status {
            TaskStatus::Working | TaskStatus::Cancelled => Ok(()),
            TaskStatus::InputRequired(requests) => {
                map.serialize_entry("inputRequests", &Requests(requests, version))
            }
            TaskStatus::Completed(result) => {
                map.serialize_entry("result", &TaskResult(result.as_ref(), version))
            }
            TaskStatus::Failed(error) => map.serialize_entry("error", &ErrorBody(error, version)),
        }
    }
}

impl ResultBody for Task {
    fn write_members<M: SerializeMap>(&self, version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        self.write_all(version, map)
    }
}

/// A task as the answer of a tool call: the handle alone.
pub(crate) struct CreatedTask<'a>(pub(crate) &'a Task);

impl ResultBody for CreatedTask<'_> {
    const RESULT_TYPE: &'static str = "task";

    fn write_members<M: SerializeMap>(&self, _version: ProtocolVersion, map: &mut M) -> Result<(), M::Error> {
        self.0.write_head(map)
    }
}

/// Questions by key.
pub(crate) struct Requests<'a>(pub(crate) &'a BTreeMap<String, InputRequest>, pub(crate) ProtocolVersion);

impl Serialize for Requests<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, request)| (key, At(request, self.1))))
    }
}

/// A tool's result inside a task: what the call would have answered.
struct TaskResult<'a>(&'a CallToolResult, ProtocolVersion);

impl Serialize for TaskResult<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("resultType", "complete")?;
        self.0.write_members(self.1, &mut map)?;
        entry(&mut map, "_meta", self.0.meta().filter(|meta| !meta.is_empty()))?;
        map.end()
    }
}
