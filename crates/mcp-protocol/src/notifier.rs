//! [`Notifier`]: what a server tells its clients unasked, and how each stream hears of it.
//!
//! One bounded ring for all streams instead of a queue for each: ten thousand idle streams cost no memory here. A
//! stream that lags behind the ring loses nothing that matters, because what these events say is "look again": it is
//! told everything that it wanted to hear of, once.

use std::fmt;
use std::sync::Arc;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::principal::Principal;
use crate::task::Task;

/// Events that wait for streams which are busy.
const RING: usize = 512;

/// Tells connected clients of changes: those of 2026-07-28 that listen, those of the legacy revisions that hold a
/// stream. Cheap to clone. It reaches the streams of this process: an embedder with several calls it on each.
#[derive(Clone)]
pub struct Notifier {
    ring: broadcast::Sender<Arc<Announcement>>,
}

/// Something that happened, and whom it concerns.
#[derive(Debug)]
pub(crate) struct Announcement {
    pub(crate) event: Event,
    /// Only the streams of this party; none: everybody's.
    pub(crate) owner: Option<Box<[u8]>>,
}

/// Something that clients may want to hear of.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    ToolsListChanged,
    ResourcesListChanged,
    PromptsListChanged,
    ResourceUpdated(Box<str>),
    Task(Box<Task>),
    ElicitationComplete(Box<str>),
}

impl Default for Notifier {
    fn default() -> Self {
        Self { ring: broadcast::Sender::new(RING) }
    }
}

impl Notifier {
    /// A notifier without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `tools/list` answers differently now.
    pub fn tools_list_changed(&self) {
        self.announce::<()>(Event::ToolsListChanged, None);
    }

    /// `resources/list` or `resources/templates/list` answers differently now.
    pub fn resources_list_changed(&self) {
        self.announce::<()>(Event::ResourcesListChanged, None);
    }

    /// `prompts/list` answers differently now.
    pub fn prompts_list_changed(&self) {
        self.announce::<()>(Event::PromptsListChanged, None);
    }

    /// The contents of a resource changed: for those who subscribed to it.
    pub fn resource_updated(&self, uri: impl Into<String>) {
        self.announce::<()>(Event::ResourceUpdated(uri.into().into()), None);
    }

    /// `tools/list` answers differently now, to this party alone.
    pub fn tools_list_changed_for(&self, principal: &impl Principal) {
        self.announce(Event::ToolsListChanged, Some(principal));
    }

    /// The contents of a resource changed, for this party alone.
    pub fn resource_updated_for(&self, principal: &impl Principal, uri: impl Into<String>) {
        self.announce(Event::ResourceUpdated(uri.into().into()), Some(principal));
    }

    /// A task of this party stands differently now.
    pub fn task_changed(&self, principal: &impl Principal, task: Task) {
        self.announce(Event::Task(Box::new(task)), Some(principal));
    }

    /// The page of the [`ElicitUrl`](crate::ElicitUrl) with this id has been visited (2025-11-25 alone).
    pub fn elicitation_complete(&self, principal: &impl Principal, id: impl Into<String>) {
        self.announce(Event::ElicitationComplete(id.into().into()), Some(principal));
    }

    fn announce<P: Principal>(&self, event: Event, principal: Option<&P>) {
        let owner = principal.map(|principal| principal.owner().into());
        // Fails when nobody listens.
        let _ = self.ring.send(Arc::new(Announcement { event, owner }));
    }

    pub(crate) fn listen(&self) -> Listener {
        Listener(self.ring.subscribe())
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").field("streams", &self.ring.receiver_count()).finish()
    }
}

/// One stream's place in the ring.
pub(crate) struct Listener(broadcast::Receiver<Arc<Announcement>>);

/// What a stream hears.
pub(crate) enum Heard {
    /// This.
    One(Arc<Announcement>),
    /// So much that it missed some of it.
    Lagged,
    /// The notifier is gone.
    Closed,
}

impl Listener {
    /// What comes next. Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Heard {
        match self.0.recv().await {
            Ok(announcement) => Heard::One(announcement),
            Err(RecvError::Lagged(_)) => Heard::Lagged,
            Err(RecvError::Closed) => Heard::Closed,
        }
    }
}
