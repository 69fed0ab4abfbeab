//! The API over a workspace: one file per resource, and what they share (routing, errors, parameters, pages).
//!
//! The order of checks is `sandbox.rs`'s: version header (dated surface), key, rate limit, then the operation's
//! own validation, in its handler. Nothing here touches a socket.

use bytes::Bytes;
use http::request::Parts;
use http::{Response, header};
use jiff::Timestamp;

use crate::Operation;
use crate::options::SandboxOptions;
use crate::workspace::{Direction, Key, Plan, Workspace};

pub(crate) mod a2p_registration;
mod answer;
pub(crate) mod available_numbers;
mod body;
pub(crate) mod call_artifacts;
pub(crate) mod calls;
mod contact_fields;
pub(crate) mod contact_notes;
pub(crate) mod contact_properties;
pub(crate) mod contacts;
pub(crate) mod contacts_v1;
pub(crate) mod conversations;
mod error;
mod events;
pub(crate) mod messages;
pub(crate) mod organization;
mod page;
mod pattern;
pub(crate) mod phone_numbers;
mod query;
mod rate_limit;
mod router;
pub(crate) mod tasks;
pub(crate) mod users;
pub(crate) mod webhook_events;
mod webhook_fields;
pub(crate) mod webhooks;
pub(crate) mod webhooks_v1;

pub(crate) use answer::{Answer, html, not_the_apis, response, unrouted};
pub(crate) use error::ApiError;
pub(crate) use events::address;
pub(crate) use rate_limit::{Window, announce};
pub(crate) use router::{Routed, Router};

/// The one dated version there is.
const API_VERSION: &str = "2026-03-30";

/// What an operation does: reads and changes the workspace, and answers.
pub(crate) type Handler = fn(&mut Cx<'_>) -> Result<Answer, ApiError>;

/// What an operation is given.
pub(crate) struct Cx<'a> {
    pub(crate) operation: Operation,
    /// Path parameters by their names in the template.
    pub(crate) params: &'a [(String, String)],
    /// The raw query.
    pub(crate) query: &'a str,
    pub(crate) body: &'a Bytes,
    /// Whether the body says that it is JSON.
    pub(crate) is_json: bool,
    pub(crate) workspace: &'a mut Workspace,
    pub(crate) options: &'a SandboxOptions,
    /// The conditions of the key.
    pub(crate) plan: Plan,
    pub(crate) now: Timestamp,
}

impl Cx<'_> {
    /// The only path parameter of the operation, whatever the surface calls it.
    fn path_id(&self) -> (&str, &str) {
        self.params.first().map_or(("id", ""), |(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Checks the version header. Comes before the key on the dated surface.
pub(crate) fn check_version(operation: Operation, parts: &Parts) -> Result<(), ApiError> {
    if operation.is_v1() {
        return Ok(());
    }
    let version = parts.headers.get("quo-api-version").and_then(|value| value.to_str().ok());
    if version == Some(API_VERSION) { Ok(()) } else { Err(ApiError::version(operation)) }
}

/// The raw key of a request, if it carries one.
pub(crate) fn presented_key(parts: &Parts) -> Option<&str> {
    parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())
}

/// Whether the body of a request says that it is JSON, in whatever encoding.
pub(crate) fn says_json(parts: &Parts) -> bool {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// What a key opens.
pub(crate) fn authenticate(key: Option<&str>, revoked: impl Fn(&str) -> bool) -> Result<Key, ApiError> {
    let key = key.ok_or_else(ApiError::missing_key)?;
    Key::parse(key).filter(|_| !revoked(key)).ok_or_else(ApiError::wrong_key)
}

/// Runs the operation and renders what it says.
pub(crate) fn perform(mut cx: Cx<'_>, trace: impl FnOnce() -> u64) -> Response<Bytes> {
    let operation = cx.operation;
    match operation.handler()(&mut cx) {
        Ok(answer) => answer.into_response(),
        Err(error) => error.into_response(operation, trace()),
    }
}

/// A moment as the API writes it: ISO 8601, UTC, milliseconds.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn optional_time(at: Option<Timestamp>) -> Option<String> {
    at.map(time)
}

/// What a direction is called.
fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Incoming => "incoming",
        Direction::Outgoing => "outgoing",
    }
}
