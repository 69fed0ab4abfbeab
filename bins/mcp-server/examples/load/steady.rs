//! An ordinary day: every user thinks, does something, and thinks again; some come, some hang up, a fifth listen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::calls::Kind;
use crate::connection::Connection;
use crate::user::{User, address};
use crate::{Failure, Line, World, arrive, login, moment, print, second};

/// Users who are there before anything counts: the server's code and threads are warm.
const WARMING: usize = 10;
/// Users who look around at once.
const AT_ONCE: usize = 20;
/// Of so many users one holds a stream open besides.
const LISTENERS: usize = 5;
/// Of so many requests one is the login of somebody who comes anew.
const NEWCOMERS: f64 = 200.0;

/// Lets the users come in, and holds the day for so many seconds.
pub(crate) async fn run(world: &Arc<World>, users: usize, rate: f64, seconds: u64) -> Result<(), Failure> {
    let warming = users.min(WARMING);
    let mut there = arrive(world, 0..warming, warming).await?;
    for user in &mut there {
        user.step(world).await;
    }
    moment("fresh", warming, 0).await?;
    there.append(&mut arrive(world, warming..users, users).await?);
    // What the server remembers of each of them for a while is there before anything is weighed; and the first came long ago: a
    // server closes connections that are idle for so long.
    let mut there = warm(world, there).await?;
    moment("connected", users, 0).await?;
    let listening = listen(world, &mut there).await?;
    moment("listening", users, listening.count).await?;
    // What came before is no part of the day.
    drop(world.tally.take());

    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let mean = Duration::from_secs_f64(f64::from(u32::try_from(users)?) / rate);
    let mut tasks: Vec<_> =
        there.into_iter().map(|user| tokio::spawn(live(Arc::clone(world), user, mean, until))).collect();
    tasks.push(tokio::spawn(newcomers(
        Arc::clone(world),
        users,
        Duration::from_secs_f64(NEWCOMERS / rate),
        until,
    )));
    let mut ticks = tokio::time::interval_at(started.into(), Duration::from_secs(1));
    ticks.tick().await;
    for number in 0..seconds {
        ticks.tick().await;
        second(world, "steady", number)?;
    }
    for task in tasks {
        task.await?;
    }
    second(world, "steady", seconds)?;
    listening.closing.store(true, Ordering::Relaxed);
    let received: u64 = listening.received.iter().map(|count| count.load(Ordering::Relaxed)).sum();
    let open = f64::from(u32::try_from(listening.count)?) * listening.since.elapsed().as_secs_f64();
    print(&Line::End {
        stream_bytes: received.saturating_sub(listening.before),
        stream_seconds: open,
        words: world.tally.words(),
    })
}

/// Has every user look once at what the server keeps for a while.
async fn warm(world: &Arc<World>, users: Vec<User>) -> Result<Vec<User>, Failure> {
    let mut warmed = Vec::with_capacity(users.len());
    let mut users = users.into_iter().peekable();
    while users.peek().is_some() {
        let some = users.by_ref().take(AT_ONCE).map(|mut user| {
            let world = Arc::clone(world);
            tokio::spawn(async move {
                for kind in [Kind::ToolsList, Kind::FindContact, Kind::FetchMessages, Kind::ListCalls] {
                    user.make(&world, kind).await;
                }
                user
            })
        });
        for user in some.collect::<Vec<_>>() {
            warmed.push(user.await?);
        }
    }
    Ok(warmed)
}

/// The open streams.
struct Listening {
    count: usize,
    closing: Arc<AtomicBool>,
    received: Vec<Arc<AtomicU64>>,
    /// What had come over them when they were counted first: heads and acknowledgements.
    before: u64,
    since: Instant,
}

async fn listen(world: &Arc<World>, users: &mut [User]) -> Result<Listening, Failure> {
    let closing = Arc::new(AtomicBool::new(false));
    let mut received = Vec::new();
    for user in users.iter_mut().step_by(LISTENERS) {
        let stream = user.listen(world).await?;
        received.push(stream.received());
        let (world, closing) = (Arc::clone(world), Arc::clone(&closing));
        tokio::spawn(async move {
            let end = stream.drain().await;
            if !closing.load(Ordering::Relaxed) {
                world.tally.complain(format!("a stream ended by itself: {end:?}"));
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = received.iter().map(|count| count.load(Ordering::Relaxed)).sum();
    Ok(Listening { count: received.len(), closing, received, before, since: Instant::now() })
}

/// One user's day.
async fn live(world: Arc<World>, mut user: User, mean: Duration, until: Instant) {
    loop {
        let next = Instant::now() + user.pause(mean);
        if next >= until {
            return;
        }
        tokio::time::sleep_until(next.into()).await;
        user.step(&world).await;
    }
}

/// New connections of keys that are there already, one after the other.
async fn newcomers(world: Arc<World>, users: usize, every: Duration, until: Instant) {
    for number in 0.. {
        let next = Instant::now() + every;
        if next >= until {
            return;
        }
        tokio::time::sleep_until(next.into()).await;
        let mut connection = Connection::new(world.server);
        let workspace = number % users;
        let login = login::login(&world, &mut connection, workspace, &address(users + number)).await;
        if let Err(failure) = login {
            world.tally.complain(format!("a newcomer: {failure}"));
        }
    }
}
