//! How many streams one connection holds: a bound, so that nobody takes every place there is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use oauth_server::Id;

/// Streams that one connection (one grant, with all its tokens) may hold open. Clients hold one or two.
const MOST: u32 = 16;

/// Counts the open streams of each connection. A connection without streams takes no room.
#[derive(Debug, Default)]
pub struct Streams(Arc<Mutex<HashMap<Id, u32>>>);

/// A place among the streams of a connection, given back when dropped.
#[derive(Debug)]
pub struct StreamPermit {
    counts: Arc<Mutex<HashMap<Id, u32>>>,
    connection: Id,
}

impl Streams {
    /// Takes a place; `None` when the connection holds as many as it may.
    #[must_use]
    pub fn admit(&self, connection: Id) -> Option<StreamPermit> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(connection).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(StreamPermit { counts: Arc::clone(&self.0), connection })
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.connection) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.connection);
            }
        }
    }
}
