//! One at a time: changes of one thing that are made by reading and writing it back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, ErrorKind};

/// Up to this many things, those that nobody changes any more are kept.
const THINGS_BEFORE_SWEEP: usize = 256;

/// Lets one caller at a time change a thing, in the order in which they came. A thing is known while somebody
/// changes it or waits to.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    things: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Gate {
    /// Waits until nobody else changes the thing.
    pub(crate) async fn enter(
        &self,
        thing: String,
        deadline: Instant,
    ) -> Result<OwnedSemaphorePermit, Error> {
        let turn = self.turnstile(thing).acquire_owned();
        let busy = || Error::new(ErrorKind::Busy).because("others change the same thing");
        // The semaphores are never closed.
        timeout_at(deadline, turn).await.ok().and_then(Result::ok).ok_or_else(busy)
    }

    fn turnstile(&self, thing: String) -> Arc<Semaphore> {
        // Nothing here can panic half-way through a change.
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        if things.len() > THINGS_BEFORE_SWEEP {
            things.retain(|_, turnstile| turnstile.strong_count() > 0);
        }
        if let Some(known) = things.get(&thing).and_then(Weak::upgrade) {
            return known;
        }
        let turnstile = Arc::new(Semaphore::new(1));
        things.insert(thing, Arc::downgrade(&turnstile));
        turnstile
    }
}
