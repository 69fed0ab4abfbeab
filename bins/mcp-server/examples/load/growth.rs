//! What one call costs while more and more is there: servers with few and with many connections, or with few and with many
//! open streams, side by side. The same calls are made to each in turn, again and again, so that a machine's moods meet all.
//!
//! Before each slice a line asks whoever reads to look at the servers, and one with what was answered follows it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join_all};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::calls::Kind;
use crate::connection::Connection;
use crate::user::User;
use crate::{Failure, Line, World, print};

/// Logins under way at once, and the time between two: a server takes a hundred registrations a second.
const LOGINS: usize = 16;
const LOGIN_EVERY: Duration = Duration::from_millis(10);
/// Calls at once, where many are made.
const AT_ONCE: usize = 4;
/// Of so many streams, one connection has all: a server lets one hold 16.
const STREAMS_OF_ONE: usize = 10;
/// The fewest connections that streams are shared by, so that no key and no connection is asked for more than it may be.
const FEWEST: usize = 100;
/// Of the connections that are there, how many make the calls that come at a pace: of ten thousand, each would be the first
/// in a long time.
const CALLERS: usize = 100;
/// The pace of reads and of refreshes: what one key and one connection may ask for, so that a server with one alone is asked
/// for as much as one with all.
const READ_EVERY: Duration = Duration::from_millis(115);
const REFRESH_EVERY: Duration = Duration::from_millis(300);
/// How many slices long they are, since so few are made.
const PACED_SLICES: u32 = 8;
/// After so many logins and more, what they leave behind (counters, and codes for two minutes after they were used) is given the
/// time to expire and to be cleared away: a store does that with what is written next, and it is no part of what a call costs.
/// What lives for five minutes is left behind as well, and is not due before the end.
const MANY_LOGINS: usize = 1_000;
const SETTLING: Duration = Duration::from_secs(130);
/// How long whoever reads a line has to look before anything happens.
const LOOK: Duration = Duration::from_millis(30);

/// What there is more and more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Grants,
    Streams,
}

/// How long it goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Length {
    pub(crate) rounds: usize,
    pub(crate) slice: Duration,
}

/// Has so much of it on each of the servers, and measures.
pub(crate) async fn run(
    worlds: &[Arc<World>],
    what: What,
    counts: &[usize],
    length: Length,
) -> Result<(), Failure> {
    let most = counts.iter().copied().max().unwrap_or_default();
    let mut places = Vec::new();
    for (world, count) in worlds.iter().zip(counts) {
        let users = if what == What::Grants { *count } else { most.div_ceil(STREAMS_OF_ONE).max(FEWEST) };
        let started = Instant::now();
        let place = Place::fill(world, users).await?;
        print(&Line::Filled { logins: users, seconds: started.elapsed().as_secs_f64() })?;
        if what == What::Streams {
            place.listen(*count).await?;
        }
        places.push(place);
    }
    let settling = if most >= MANY_LOGINS { SETTLING } else { Duration::ZERO };
    let until = Instant::now() + settling;
    join_all(places.iter_mut().map(|place| place.settle(until))).await;
    // A short one first, which does not count: from then on each server has seen everything.
    round_of(&mut places, what, length.slice / 2, None).await?;
    for round in 0..length.rounds {
        round_of(&mut places, what, length.slice, Some(round)).await?;
    }
    let words = places.iter().flat_map(|place| place.world.tally.words()).collect();
    print(&Line::End { stream_bytes: 0, stream_seconds: 0.0, words })
}

/// Every kind of call at every server; in each round another one comes first. `None`: it does not count.
async fn round_of(
    places: &mut [Place],
    what: What,
    time: Duration,
    round: Option<usize>,
) -> Result<(), Failure> {
    let is_counted = round.is_some();
    slice(places, None, None, is_counted, async |_| {
        tokio::time::sleep(2 * time).await;
        Ok(())
    })
    .await?;
    let one_by_one: &[Kind] = match what {
        What::Grants => &[Kind::ToolsList],
        What::Streams => &[Kind::ToolsList, Kind::ListContacts, Kind::Refresh],
    };
    for kind in one_by_one.iter().copied() {
        for turn in 0..places.len() {
            let at = (turn + round.unwrap_or_default()) % places.len();
            let work = async |places: &mut [Place]| places[at].ask(kind, time).await;
            slice(places, Some(at), Some(kind), is_counted, work).await?;
        }
    }
    if what == What::Grants {
        for (kind, every) in [(Kind::ListContacts, READ_EVERY), (Kind::Refresh, REFRESH_EVERY)] {
            let paced = async |places: &mut [Place]| {
                let calls = places.iter_mut().map(|place| place.pace(kind, every, PACED_SLICES * time));
                join_all(calls).await;
                Ok(())
            };
            slice(places, None, Some(kind), is_counted, paced).await?;
        }
    }
    Ok(())
}

/// Has the servers looked at, works, and prints what was answered: of one place, or of all.
async fn slice(
    places: &mut [Place],
    place: Option<usize>,
    kind: Option<Kind>,
    is_counted: bool,
    work: impl AsyncFnOnce(&mut [Place]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    tokio::time::sleep(LOOK).await;
    print(&Line::Look)?;
    tokio::time::sleep(LOOK).await;
    let started = Instant::now();
    work(places).await?;
    let seconds = started.elapsed().as_secs_f64();
    for (at, shown) in places.iter().enumerate().filter(|(at, _)| place.is_none_or(|place| place == *at)) {
        let answers = shown.world.tally.take();
        let micros = answers.iter().map(|sample| sample.timing.micros()).collect();
        let [.., wrong] = shown.world.tally.counts();
        if is_counted {
            print(&Line::Slice { place: at, kind, seconds, micros, wrong })?;
        }
    }
    Ok(())
}

/// A server with those who have logged in.
struct Place {
    world: Arc<World>,
    users: Vec<User>,
    next: usize,
    connection: Connection,
    workers: Vec<Worker>,
}

/// One of those that call at the same time: its users in turn.
struct Worker {
    users: Vec<User>,
    next: usize,
    connection: Connection,
}

impl Place {
    /// Lets so many log in, each with a workspace, an address, a registered client and a connection of their own.
    async fn fill(world: &Arc<World>, count: usize) -> Result<Self, Failure> {
        let users = sign_in(world, count).await?;
        let workers = (0..AT_ONCE).map(|number| {
            let own = users.iter().skip(number % users.len().max(1)).step_by(AT_ONCE);
            let users = own.map(|user| user.twin(world, number + 1)).collect();
            Worker { users, next: 0, connection: Connection::new(world.server) }
        });
        let workers = workers.collect();
        drop(world.tally.take());
        let connection = Connection::new(world.server);
        Ok(Self { world: Arc::clone(world), users, next: 0, connection, workers })
    }

    /// Every connection refreshes its tokens, for which a server asks the API about the key the first time; and once more when
    /// it is late enough, which clears away what has expired.
    async fn settle(&mut self, until: Instant) {
        for at in [Instant::now(), until] {
            tokio::time::sleep_until(at.into()).await;
            for user in &mut self.users {
                user.make_over(&self.world, Kind::Refresh, &mut self.connection).await;
            }
        }
        drop(self.world.tally.take());
    }

    /// Opens so many streams, which stay open until the load ends.
    async fn listen(&self, count: usize) -> Result<(), Failure> {
        let opening = (0..count).map(|number| async move {
            let user = &self.users[number % self.users.len()];
            let stream = user.twin(&self.world, AT_ONCE + 1 + number).listen(&self.world).await?;
            let world = Arc::clone(&self.world);
            tokio::spawn(async move {
                let end = stream.drain().await;
                world.tally.complain(format!("a stream ended by itself: {end:?}"));
            });
            Ok::<_, Failure>(())
        });
        stream::iter(opening).buffer_unordered(LOGINS).try_collect::<()>().await
    }

    /// Many at a time; refreshes, which change what the next one presents, one after the other.
    async fn ask(&mut self, kind: Kind, time: Duration) -> Result<(), Failure> {
        let until = Instant::now() + time;
        if kind != Kind::Refresh {
            let asking = self
                .workers
                .drain(..)
                .map(|worker| tokio::spawn(worker.ask(Arc::clone(&self.world), kind, until)));
            let asking: Vec<_> = asking.collect();
            self.workers = try_join_all(asking).await?;
            return Ok(());
        }
        while Instant::now() < until {
            let at = self.next % self.users.len();
            self.next += 1;
            self.users[at].make_over(&self.world, kind, &mut self.connection).await;
        }
        Ok(())
    }

    /// One after the other at a pace, by some of the connections in turn.
    async fn pace(&mut self, kind: Kind, every: Duration, time: Duration) {
        let (count, apart) = (self.users.len().min(CALLERS), (self.users.len() / CALLERS).max(1));
        let mut due = Instant::now();
        let until = due + time;
        while due < until {
            tokio::time::sleep_until(due.into()).await;
            let at = self.next % count * apart;
            self.next += 1;
            self.users[at].make_over(&self.world, kind, &mut self.connection).await;
            due += every;
        }
    }
}

impl Worker {
    async fn ask(mut self, world: Arc<World>, kind: Kind, until: Instant) -> Self {
        while Instant::now() < until {
            let at = self.next % self.users.len();
            self.next += 1;
            self.users[at].make_over(&world, kind, &mut self.connection).await;
        }
        self
    }
}

/// Lets so many log in, as fast as a server lets clients register.
pub(crate) async fn sign_in(world: &Arc<World>, count: usize) -> Result<Vec<User>, Failure> {
    let mut users = Vec::with_capacity(count);
    let started = Instant::now();
    let arriving = (0..count).map(|number| async move {
        let due = started + LOGIN_EVERY * u32::try_from(number)?;
        tokio::time::sleep_until(due.into()).await;
        let user = User::sign_in(world, number).await;
        user.map_err(|failure| Failure::from(format!("user {number} cannot come in: {failure}")))
    });
    let mut arriving = stream::iter(arriving).buffered(LOGINS);
    while let Some(user) = arriving.try_next().await? {
        users.push(user);
    }
    Ok(users)
}
