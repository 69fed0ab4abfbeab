//! All connections, how many each address has, and who goes when there are too many.
//!
//! When the places are taken, those that have been at nothing for longest are closed: idle ones, those that trickle a head,
//! those that do not go on with their handshake. A client whose idle connection was closed opens another; one that was left
//! waiting in the system's backlog would not even know that the server lives. Only when every connection is being answered
//! is a new one refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::activity::Activity;

/// Handshakes at once; beyond them, the oldest are broken off. One takes milliseconds of a processor and a round trip.
const MOST_HANDSHAKES: usize = 1024;

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// All that there are are being answered.
    Full,
    /// Its address has its share.
    AddressFull,
}

/// The connections.
#[derive(Debug)]
pub(super) struct Connections {
    start: Instant,
    most: usize,
    per_address: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    all: HashMap<u64, Arc<Activity>>,
    of_address: HashMap<u128, usize>,
    /// How many of them were told to go and have not gone yet.
    going: usize,
    handshakes: usize,
}

/// A connection's place, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    connections: Arc<Connections>,
    id: u64,
    address: Option<u128>,
    activity: Arc<Activity>,
    handshake: bool,
}

impl Connections {
    pub(super) fn new(most: usize, per_address: usize) -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), most, per_address, open: Mutex::default() })
    }

    /// Takes a place for a connection of `address`; `None`: its address is not counted. `handshake`: it begins with one.
    pub(super) fn enter(self: &Arc<Self>, address: Option<u128>, handshake: bool) -> Result<Place, NoPlace> {
        let mut guard = self.lock();
        let open = &mut *guard;
        if let Some(count) = address.and_then(|address| open.of_address.get(&address))
            && *count >= self.per_address
        {
            return Err(NoPlace::AddressFull);
        }
        if open.all.len() - open.going >= self.most {
            // Several at once: looking at all of them for each new one would cost more than the new one.
            open.close_oldest(self.most / 100 + 1, |_| true);
            if open.all.len() - open.going >= self.most {
                return Err(NoPlace::Full);
            }
        }
        if handshake {
            if open.handshakes >= MOST_HANDSHAKES {
                open.close_oldest(MOST_HANDSHAKES / 100, Activity::is_shaking_hands);
            }
            open.handshakes += 1;
        }
        let activity = Activity::new(self.start, handshake);
        let id = open.next;
        open.next += 1;
        open.all.insert(id, Arc::clone(&activity));
        if let Some(address) = address {
            *open.of_address.entry(address).or_default() += 1;
        }
        Ok(Place { connections: Arc::clone(self), id, address, activity, handshake })
    }

    /// Makes room where the system has none for a further connection.
    pub(super) fn make_room(&self) {
        self.lock().close_oldest(self.most / 100 + 1, |_| true);
    }

    /// Has all of them end when their open requests are answered.
    pub(super) fn leave(&self) {
        for activity in self.lock().all.values() {
            activity.leave();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes so many of those that nothing is being answered on, those first that it was for longest.
    fn close_oldest(&mut self, count: usize, which: impl Fn(&Activity) -> bool) {
        let mut candidates: Vec<(u64, &Arc<Activity>)> = self
            .all
            .values()
            .filter(|activity| !activity.is_going() && which(activity))
            .filter_map(|activity| Some((activity.unserved_since()?, activity)))
            .collect();
        if candidates.len() > count {
            candidates.select_nth_unstable_by_key(count, |(since, _)| *since);
            candidates.truncate(count);
        }
        self.going += candidates.into_iter().filter(|(_, activity)| activity.go()).count();
    }
}

impl Place {
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    /// The handshake is done.
    pub(super) fn greeted(&mut self, multiplexed: bool) {
        if std::mem::take(&mut self.handshake) {
            self.connections.lock().handshakes -= 1;
        }
        self.activity.greeted(multiplexed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut guard = self.connections.lock();
        let open = &mut *guard;
        open.all.remove(&self.id);
        if self.activity.is_going() {
            open.going = open.going.saturating_sub(1);
        }
        if self.handshake {
            open.handshakes -= 1;
        }
        if let Some(address) = self.address
            && let Some(count) = open.of_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                open.of_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_oldest_that_is_at_nothing_goes_first() {
        let connections = Connections::new(3, 10);
        let places: Vec<Place> = {
            let mut places = Vec::new();
            for _ in 0..3 {
                places.push(connections.enter(None, false).unwrap());
                advance(Duration::from_secs(1)).await;
            }
            places
        };
        let serving = places[0].activity().serve();
        let fourth = connections.enter(None, false).unwrap();
        let going: Vec<bool> = places.iter().map(|place| place.activity().is_going()).collect();
        assert_eq!(going, [false, true, false], "the first is being answered");
        let _fifth = connections.enter(None, false).unwrap();
        assert!(places[2].activity().is_going());
        let _busy = (fourth.activity().serve(), _fifth.activity().serve());
        assert_eq!(connections.enter(None, false).unwrap_err(), NoPlace::Full);
        drop(serving);
        assert!(connections.enter(None, false).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_have_their_share_and_nothing_is_left_of_who_has_gone() {
        let connections = Connections::new(100, 2);
        let (one, two) =
            (connections.enter(Some(1), false).unwrap(), connections.enter(Some(1), true).unwrap());
        assert_eq!(connections.enter(Some(1), false).unwrap_err(), NoPlace::AddressFull);
        assert!(connections.enter(Some(2), false).is_ok());
        let nobodys: Vec<Place> = (0..50).map(|_| connections.enter(None, false).unwrap()).collect();
        drop(one);
        assert!(connections.enter(Some(1), false).is_ok());
        two.activity().go();
        drop((two, nobodys));
        let open = connections.lock();
        assert!(open.all.is_empty() && open.of_address.is_empty());
        assert_eq!((open.going, open.handshakes), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn handshakes_that_do_not_go_on_are_broken_off() {
        let connections = Connections::new(10_000, 10_000);
        let mut places = Vec::new();
        for _ in 0..MOST_HANDSHAKES {
            places.push(connections.enter(None, true).unwrap());
            advance(Duration::from_millis(1)).await;
        }
        assert!(places.iter().all(|place| !place.activity().is_going()));
        places[0].greeted(true);
        let _more = connections.enter(None, true).unwrap();
        assert!(places.iter().all(|place| !place.activity().is_going()), "one has finished");
        let _one_too_many = connections.enter(None, true).unwrap();
        let going: Vec<usize> =
            (0..places.len()).filter(|index| places[*index].activity().is_going()).collect();
        assert_eq!(going, (1..=MOST_HANDSHAKES / 100).collect::<Vec<_>>());
    }
}
