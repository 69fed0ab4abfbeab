//! The streams that this instance holds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mcp_protocol::transport::relay::{Delivery, StreamId};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Messages that wait at one stream's holder.
const INBOX: usize = 16;

/// The streams, by their ids.
pub(super) struct Streams<P> {
    held: Mutex<HashMap<StreamId, Held<P>>>,
    count: AtomicU64,
}

struct Held<P> {
    /// Which registration it is.
    number: u64,
    deliveries: mpsc::Sender<Delivery<P>>,
    /// When the store heard of it; not yet, when it was away.
    announced: Option<Instant>,
}

/// A stream of which the store must hear.
pub(super) struct Due {
    pub(super) stream: StreamId,
    pub(super) number: u64,
    /// Whether it has heard of it before.
    pub(super) again: bool,
}

impl<P> Default for Streams<P> {
    fn default() -> Self {
        Self { held: Mutex::default(), count: AtomicU64::new(0) }
    }
}

impl<P> Streams<P> {
    /// Holds a stream. One of the same id that was held before sees its inbox close.
    pub(super) fn insert(&self, stream: &StreamId) -> (u64, mpsc::Receiver<Delivery<P>>) {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let (deliveries, inbox) = mpsc::channel(INBOX);
        self.lock().insert(stream.clone(), Held { number, deliveries, announced: None });
        (number, inbox)
    }

    pub(super) fn get(&self, stream: &StreamId) -> Option<mpsc::Sender<Delivery<P>>> {
        self.lock().get(stream).map(|held| held.deliveries.clone())
    }

    /// Lets a stream go, which closes its inbox; false when this registration has ended already.
    pub(super) fn remove(&self, stream: &StreamId, number: u64) -> bool {
        let mut held = self.lock();
        let there = held.get(stream).is_some_and(|held| held.number == number);
        if there {
            held.remove(stream);
        }
        there
    }

    /// The store has heard of it.
    pub(super) fn announced(&self, stream: &StreamId, number: u64) {
        if let Some(held) = self.lock().get_mut(stream).filter(|held| held.number == number) {
            held.announced = Some(Instant::now());
        }
    }

    /// The streams that the store has not heard of for so long.
    pub(super) fn due(&self, after: Duration) -> Vec<Due> {
        let held = self.lock();
        let is_due = |held: &Held<P>| held.announced.is_none_or(|announced| announced.elapsed() >= after);
        held.iter()
            .filter(|(_, held)| is_due(held))
            .map(|(stream, held)| Due {
                stream: stream.clone(),
                number: held.number,
                again: held.announced.is_some(),
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StreamId, Held<P>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
