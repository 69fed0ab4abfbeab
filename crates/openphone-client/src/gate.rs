//! One at a time: changes of one thing that are made by reading and writing it back.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, ErrorKind};

/// Things share a place when their hashes do, which costs some waiting and no more.
const PLACES: usize = 64;

/// Lets one caller at a time change a thing, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Gate {
    places: [Semaphore; PLACES],
    names: RandomState,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { places: std::array::from_fn(|_| Semaphore::new(1)), names: RandomState::new() }
    }

    /// Waits until nobody else changes the thing.
    pub(crate) async fn enter(&self, thing: &str, deadline: Instant) -> Result<SemaphorePermit<'_>, Error> {
        let place = usize::try_from(self.names.hash_one(thing) % PLACES as u64).unwrap_or(0);
        let busy = || Error::new(ErrorKind::Busy).because("others change the same thing");
        let place = self.places.get(place).ok_or_else(busy)?;
        // The semaphores are never closed.
        timeout_at(deadline, place.acquire()).await.ok().and_then(Result::ok).ok_or_else(busy)
    }
}
