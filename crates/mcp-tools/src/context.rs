//! What a call works with: [`Services`] live as long as the server, a [`Context`] as long as one request.

mod services;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::tz::TimeZone;
use mcp_protocol::Progress;
use openphone_client::Workspace;
use sealing::Fingerprint;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::asking::Asking;
use crate::audit::trail::Trail;
use crate::completion::CompletionTurns;
use crate::conversations::ConversationCache;
use crate::inbox::InboxCache;
use crate::limits::Limits;
use crate::people::PeopleCache;
use crate::scope::Scopes;
use crate::view::View;

pub use services::Services;

/// A call answers within this time, whatever is still to be done (design: a call answers within 50 s).
pub const LONGEST_CALL: Duration = Duration::from_secs(50);

/// The connection of a call. Most calls never ask for its keyed hash.
pub(crate) struct Connection {
    name: Arc<str>,
    fingerprint: OnceLock<Fingerprint>,
}

impl Connection {
    pub(crate) fn fingerprint(&self, services: &Services) -> Fingerprint {
        let made = || services.fingerprints().fingerprint("connection", self.name.as_bytes());
        *self.fingerprint.get_or_init(made)
    }
}

/// One call: whose workspace, under which limits, until when.
#[derive(Clone)]
pub struct Context {
    services: Services,
    workspace: Workspace,
    key: Fingerprint,
    connection: Option<Arc<Connection>>,
    client: Option<Arc<str>>,
    request_id: Option<Arc<str>>,
    trail: Option<Arc<Trail>>,
    scopes: Scopes,
    limits: Limits,
    asking: Asking,
    time_zone: TimeZone,
    deadline: Instant,
    cancellation: CancellationToken,
    progress: Progress,
}

impl Context {
    /// A call with one API key. `key` is the key's fingerprint: the tenant in everything that is kept.
    #[must_use]
    pub fn new(services: Services, workspace: Workspace, key: Fingerprint) -> Self {
        let limits = services.limits().clone();
        Self {
            services,
            workspace,
            key,
            connection: None,
            client: None,
            request_id: None,
            trail: None,
            scopes: Scopes::NONE,
            limits,
            asking: Asking::impossible(),
            time_zone: TimeZone::UTC,
            deadline: Instant::now() + LONGEST_CALL,
            cancellation: CancellationToken::new(),
            progress: Progress::default(),
        }
    }

    /// Names the connection (the grant) that the call belongs to, so that its own limits on texts count what it sent and
    /// not what other connections with the same key did. Without a name the key's count stands for it. The name is
    /// kept for a day at most, and only as its keyed hash.
    #[must_use]
    pub fn with_connection(self, name: impl Into<Arc<str>>) -> Self {
        let connection = Connection { name: name.into(), fingerprint: OnceLock::new() };
        Self { connection: Some(Arc::new(connection)), ..self }
    }

    /// Says what the client is called, for the audit and for the user: its name, and where its codes are sent.
    #[must_use]
    pub fn with_client(self, client: impl Into<Arc<str>>) -> Self {
        Self { client: Some(client.into()), ..self }
    }

    /// Names the request as the transport's log does, for the audit.
    #[must_use]
    pub fn with_request_id(self, id: impl Into<Arc<str>>) -> Self {
        Self { request_id: Some(id.into()), ..self }
    }

    /// Whether the person behind the client can be asked, and what they answered.
    #[must_use]
    pub fn with_asking(self, asking: Asking) -> Self {
        Self { asking, ..self }
    }

    /// Tightens the limits.
    #[must_use]
    pub fn with_limits(self, limits: &Limits) -> Self {
        Self { limits: self.limits.tightened(limits), ..self }
    }

    /// The zone that dates without one are read in, and times are shown in. UTC unless set.
    #[must_use]
    pub fn with_time_zone(self, time_zone: TimeZone) -> Self {
        Self { time_zone, ..self }
    }

    /// When the answer is due, if that is before [`LONGEST_CALL`] is over.
    #[must_use]
    pub fn with_deadline(self, deadline: Instant) -> Self {
        Self { deadline: self.deadline.min(deadline), ..self }
    }

    /// Takes the caller's cancellation. A text that is under way is finished and recorded all the same.
    #[must_use]
    pub fn with_cancellation(self, cancellation: CancellationToken) -> Self {
        Self { cancellation, ..self }
    }

    /// Reports how far the call has got.
    #[must_use]
    pub fn with_progress(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    pub(crate) fn under(&self, view: &View) -> Self {
        Self { scopes: view.scopes, ..self.clone().with_limits(&view.limits) }
    }

    pub(crate) fn recorded_by(self, trail: Arc<Trail>) -> Self {
        Self { trail: Some(trail), ..self }
    }

    /// What all calls share.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The workspace, for reads: requests end at the deadline of this call.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        self.workspace.with_deadline(self.deadline)
    }

    /// The workspace without this call's deadline: a text that was begun runs to a recorded outcome.
    pub(crate) fn workspace_beyond_the_call(&self) -> Workspace {
        self.workspace.clone()
    }

    /// Fingerprint of the API key: the tenant.
    #[must_use]
    pub fn key(&self) -> Fingerprint {
        self.key
    }

    pub(crate) fn connection(&self) -> Option<Fingerprint> {
        self.connection.as_ref().map(|connection| connection.fingerprint(&self.services))
    }

    pub(crate) fn connection_name(&self) -> Option<&Arc<Connection>> {
        self.connection.as_ref()
    }

    pub(crate) fn client(&self) -> Option<&Arc<str>> {
        self.client.as_ref()
    }

    pub(crate) fn request_id(&self) -> Option<&Arc<str>> {
        self.request_id.as_ref()
    }

    /// The record of this call; `None` for a call that no catalogue stands before.
    pub(crate) fn trail(&self) -> Option<&Trail> {
        self.trail.as_deref()
    }

    /// The scopes of the view that the call came through; none for a call that no catalogue stands before.
    pub(crate) fn scopes(&self) -> Scopes {
        self.scopes
    }

    pub(crate) fn asking(&self) -> &Asking {
        &self.asking
    }

    /// What this connection may do at most.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The zone for dates and times.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// When the answer is due.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The caller's cancellation.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Where to report how far the call has got.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(crate) fn inboxes(&self) -> &InboxCache {
        self.services.inboxes()
    }

    pub(crate) fn people(&self) -> &PeopleCache {
        self.services.people()
    }

    pub(crate) fn conversations(&self) -> &ConversationCache {
        self.services.conversations()
    }

    pub(crate) fn completions(&self) -> &CompletionTurns {
        self.services.completions()
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("key", &self.key)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
