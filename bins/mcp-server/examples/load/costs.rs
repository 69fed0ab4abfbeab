//! What each kind of request costs the store: one kind after the other, with the store's own counts before and after.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::calls::Kind;
use crate::connection::Connection;
use crate::redis::Redis;
use crate::user::address;
use crate::{Failure, Line, World, arrive, login, print, second};

/// Users who make requests in turn.
const USERS: usize = 20;
/// Rounds of them for each kind.
const ROUNDS: usize = 3;
/// How long nobody does anything, for what an instance does by itself.
const IDLE: Duration = Duration::from_secs(20);

/// Makes the requests; `redis` is where the server's store is.
pub(crate) async fn run(world: &Arc<World>, redis: SocketAddr) -> Result<(), Failure> {
    let mut redis = Redis::connect(redis).await?;
    let mut users = arrive(world, 0..USERS, USERS).await?;
    drop(world.tally.take());

    let (before, started) = (redis.counts().await?, Instant::now());
    tokio::time::sleep(IDLE).await;
    let counts = redis.counts().await?.since(&before);
    let seconds = started.elapsed().as_secs_f64();
    print(&Line::Cost { kind: None, login: false, requests: 0, seconds, counts })?;

    for kind in Kind::PRICED {
        let (before, started) = (redis.counts().await?, Instant::now());
        for _ in 0..ROUNDS {
            for user in &mut users {
                user.make(world, kind).await;
            }
        }
        let counts = redis.counts().await?.since(&before);
        let seconds = started.elapsed().as_secs_f64();
        print(&Line::Cost { kind: Some(kind), login: false, requests: requests(), seconds, counts })?;
    }

    let (before, started) = (redis.counts().await?, Instant::now());
    for number in 0..ROUNDS * USERS {
        let mut connection = Connection::new(world.server);
        login::login(world, &mut connection, number % USERS, &address(USERS + number)).await?;
    }
    let counts = redis.counts().await?.since(&before);
    let seconds = started.elapsed().as_secs_f64();
    print(&Line::Cost { kind: None, login: true, requests: requests(), seconds, counts })?;
    second(world, "costs", 0)?;
    print(&Line::End { stream_bytes: 0, stream_seconds: 0.0, words: world.tally.words() })
}

const fn requests() -> u64 {
    (ROUNDS * USERS) as u64
}
