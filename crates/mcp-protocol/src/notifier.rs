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
        Listener { ring: self.ring.subscribe(), told: 0 }
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").field("streams", &self.ring.receiver_count()).finish()
    }
}

impl Event {
    /// Whether a stream that missed events is told of it anyway: lists and resources, which it is to look at again.
    fn says_look_again(&self) -> bool {
        match self {
            Self::ToolsListChanged | Self::ResourcesListChanged | Self::PromptsListChanged => true,
            Self::ResourceUpdated(_) => true,
            Self::Task(_) | Self::ElicitationComplete(_) => false,
        }
    }
}

/// One stream's place in the ring.
pub(crate) struct Listener {
    ring: broadcast::Receiver<Arc<Announcement>>,
    /// Events that are still in the ring from before the stream was told to look at everything again.
    told: usize,
}

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
        loop {
            match self.ring.recv().await {
                Ok(announcement) => {
                    let is_told = self.told > 0;
                    self.told = self.told.saturating_sub(1);
                    if !(is_told && announcement.event.says_look_again()) {
                        return Heard::One(announcement);
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    self.told = self.ring.len();
                    return Heard::Lagged;
                }
                Err(RecvError::Closed) => return Heard::Closed,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// What is there to be heard, by name.
    fn heard(listener: &mut Listener) -> Vec<&'static str> {
        let next = || listener.next().now_or_never();
        std::iter::from_fn(next)
            .map(|heard| match heard {
                Heard::One(announcement) => match announcement.event {
                    Event::ToolsListChanged => "tools",
                    Event::PromptsListChanged => "prompts",
                    Event::ElicitationComplete(_) => "elicitation",
                    _ => "other",
                },
                Heard::Lagged => "look again",
                Heard::Closed => "closed",
            })
            .collect()
    }

    #[test]
    fn a_stream_that_lags_is_told_once_and_not_of_what_is_left_in_the_ring() {
        let notifier = Notifier::new();
        let mut listener = notifier.listen();
        for _ in 0..3 * RING {
            notifier.tools_list_changed();
        }
        notifier.elicitation_complete(&(), "e");
        notifier.tools_list_changed();
        assert_eq!(heard(&mut listener), ["look again", "elicitation"]);
        notifier.prompts_list_changed();
        notifier.tools_list_changed();
        assert_eq!(heard(&mut listener), ["prompts", "tools"]);
    }

    #[test]
    fn what_is_announced_while_a_stream_looks_again_is_heard() {
        let notifier = Notifier::new();
        let mut listener = notifier.listen();
        for _ in 0..=RING {
            notifier.tools_list_changed();
        }
        assert!(matches!(listener.next().now_or_never(), Some(Heard::Lagged)));
        // So much that it lags again: the list that changed meanwhile is among those to look at.
        notifier.prompts_list_changed();
        assert_eq!(heard(&mut listener), ["look again"]);
        notifier.prompts_list_changed();
        assert_eq!(heard(&mut listener), ["prompts"]);
    }
}
