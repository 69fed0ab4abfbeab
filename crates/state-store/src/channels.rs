//! Fan-out of published messages inside this process, under both backends: the embedded store publishes into it,
//! the Redis store feeds it from one connection.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::store::Subscription;

/// Messages that wait for a slow reader; beyond this the oldest are lost. A channel reserves a slot for each. Enough for
/// a burst from other instances to one that has two processors and is busy; channels are few, one or two per instance.
const BUFFER: usize = 512;

/// Open channels by name; a channel is open while somebody listens.
pub(crate) struct Channels {
    /// `None` when closed for good.
    open: Mutex<Option<HashMap<String, broadcast::Sender<Bytes>>>>,
    /// Told when a channel loses its last listener.
    on_leave: Option<Box<dyn Fn(String) + Send + Sync>>,
}

impl Channels {
    #[cfg(feature = "embedded")]
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { open: Mutex::new(Some(HashMap::new())), on_leave: None })
    }

    #[cfg(feature = "redis")]
    pub(crate) fn with_leave_hook(on_leave: impl Fn(String) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { open: Mutex::new(Some(HashMap::new())), on_leave: Some(Box::new(on_leave)) })
    }

    /// Hands a message to those who listen on the channel now.
    pub(crate) fn publish(&self, name: &str, message: Bytes) {
        if let Some(channel) = self.lock().as_ref().and_then(|open| open.get(name)) {
            // An error says that the last listener left just now.
            let _ = channel.send(message);
        }
    }

    /// Listens from now on, and whether this opened the channel. After [`Channels::close`] it has ended already.
    pub(crate) fn subscribe(self: &Arc<Self>, name: String) -> (Subscription, bool) {
        let mut lock = self.lock();
        let Some(open) = lock.as_mut() else { return (stream::empty().boxed(), false) };
        let (receiver, opened) = match open.entry(name.clone()) {
            Entry::Occupied(channel) => (channel.get().subscribe(), false),
            Entry::Vacant(slot) => (slot.insert(broadcast::Sender::new(BUFFER)).subscribe(), true),
        };
        drop(lock);
        let listener = Listener { receiver, name, channels: Arc::clone(self) };
        let messages = stream::unfold(listener, async |mut listener| {
            let message = listener.next().await?;
            Some((message, listener))
        });
        (messages.boxed(), opened)
    }

    /// Whether somebody listens on the channel.
    #[cfg(feature = "redis")]
    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.lock().as_ref().is_some_and(|open| open.contains_key(name))
    }

    /// Ends every subscription, and those to come.
    #[cfg(feature = "redis")]
    pub(crate) fn close(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<String, broadcast::Sender<Bytes>>>> {
        // No code that runs under the lock leaves the map half changed.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Listener {
    receiver: broadcast::Receiver<Bytes>,
    name: String,
    channels: Arc<Channels>,
}

impl Listener {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            match self.receiver.recv().await {
                Ok(message) => return Some(message),
                Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "a slow subscriber lost messages"),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut lock = self.channels.lock();
        let Some(open) = lock.as_mut() else { return };
        // This listener still counts. Whoever subscribes meanwhile waits for the lock.
        let is_last = open.get(&self.name).is_some_and(|channel| channel.receiver_count() == 1);
        if is_last {
            open.remove(&self.name);
        }
        drop(lock);
        if let (true, Some(on_leave)) = (is_last, &self.channels.on_leave) {
            on_leave(std::mem::take(&mut self.name));
        }
    }
}
