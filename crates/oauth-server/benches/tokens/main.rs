//! What tokens cost: checking one, and issuing them from codes and refresh tokens with each store, 64 requests at a time on
//! one thread. `cargo xtask bench tokens` runs it and puts the figures into the docs. Prints one line of JSON a figure.
//!
//! Checking a token stands beside what no server with such tokens can do without: opening the sealed text. Issuing has no
//! such floor but the store's own speed, which is why the stores stand beside each other.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod redis;
mod world;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use state_store::embedded::EmbeddedStore;
use state_store::redis::RedisStore;
use state_store::{Store, SystemClock};

use crate::redis::Redis;
use crate::world::World;

/// Why nothing could be measured.
type Failure = Box<dyn Error + Send + Sync>;

/// Requests at the same time.
const AT_ONCE: usize = 64;
/// Logins for each store, all of which are refreshed.
const LOGINS: usize = 2_000;
/// A connection may be refreshed so often at once; then once a second.
const ROUNDS_OF_A_CONNECTION: usize = 60;
/// How long refreshing is measured at most.
const REFRESHING: Duration = Duration::from_secs(4);
/// Checks of a token in one round, and rounds.
const CHECKS: usize = 2_000;
const ROUNDS: usize = 20;

fn main() -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Failure> {
    let clock = Arc::new(SystemClock);
    let memory: Arc<dyn Store> = Arc::new(EmbeddedStore::in_memory(clock.clone()));
    check(&World::new(Arc::clone(&memory))?).await?;
    issue("memory", memory).await?;
    let folder = tempfile::tempdir()?;
    let file = EmbeddedStore::open(folder.path().join("state.redb"), clock)?;
    issue("file, durable", Arc::new(file)).await?;
    // Where there is one.
    if let Some(redis) = Redis::start()? {
        let store = RedisStore::connect(&redis.url()).await?;
        issue("Redis", Arc::new(store)).await?;
    }
    Ok(())
}

/// Microseconds of one, by rounds that alternate: the sealed text opened, the token checked, a forged one refused.
async fn check(world: &World) -> Result<(), Failure> {
    let login = world.login().await?;
    let forged = world.forge(&login.access_token);
    let (mut open, mut whole, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        open.push(each(CHECKS, || world.open(&login.access_token))?);
        let begun = Instant::now();
        for _ in 0..CHECKS {
            world.check(&login.access_token).await?;
        }
        whole.push(micros(begun.elapsed()) / as_float(CHECKS));
        let begun = Instant::now();
        for _ in 0..CHECKS {
            if world.check(&forged).await.is_ok() {
                return Err("a forged token was let in".into());
            }
        }
        refused.push(micros(begun.elapsed()) / as_float(CHECKS));
    }
    for (case, rounds) in [
        ("open the sealed text alone", open),
        ("check an access token", whole),
        ("refuse a forged one", refused),
    ] {
        let microseconds = median(rounds);
        println!(
            "{}",
            json!({ "kind": "check", "case": case, "microseconds": microseconds, "per_second": 1e6 / microseconds })
        );
    }
    Ok(())
}

/// Tokens a second from codes, and from refresh tokens.
async fn issue(store: &str, shared: Arc<dyn Store>) -> Result<(), Failure> {
    let world = World::new(shared)?;
    let codes = in_parallel((0..LOGINS).map(|_| world.code())).await?.0;
    let (answers, took, latencies) = in_parallel(codes.iter().map(|code| world.redeem(code))).await?;
    report("code", store, LOGINS, took, latencies);

    let mut tokens: Vec<String> = answers;
    let (mut count, mut took, mut latencies) = (0, Duration::ZERO, Vec::new());
    for _ in 0..ROUNDS_OF_A_CONNECTION {
        if took >= REFRESHING {
            break;
        }
        let round = in_parallel(tokens.iter().map(|token| world.refresh(token))).await?;
        count += tokens.len();
        took += round.1;
        latencies.extend(round.2);
        tokens = round.0;
    }
    report("refresh token", store, count, took, latencies);
    Ok(())
}

/// All of them, 64 at a time: what they gave in their order, how long all took and each.
async fn in_parallel<T, F>(
    work: impl IntoIterator<Item = F>,
) -> Result<(Vec<T>, Duration, Vec<Duration>), Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let timed = |at: usize, work: F| async move {
        let begun = Instant::now();
        work.await.map(|outcome| (at, outcome, begun.elapsed()))
    };
    let mut waiting = work.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    let begun = Instant::now();
    running.extend(waiting.by_ref().take(AT_ONCE).map(|(at, work)| timed(at, work)));
    let mut done = Vec::new();
    while let Some(outcome) = running.next().await {
        done.push(outcome?);
        running.extend(waiting.next().map(|(at, work)| timed(at, work)));
    }
    let took = begun.elapsed();
    done.sort_by_key(|(at, ..)| *at);
    let latencies = done.iter().map(|(_, _, latency)| *latency).collect();
    Ok((done.into_iter().map(|(_, outcome, _)| outcome).collect(), took, latencies))
}

fn report(case: &str, store: &str, count: usize, took: Duration, latencies: Vec<Duration>) {
    let mut latencies: Vec<f64> = latencies.into_iter().map(micros).collect();
    latencies.sort_by(f64::total_cmp);
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize] / 1_000.0;
    let per_second = as_float(count) / took.as_secs_f64();
    let figure = json!({
        "kind": "issue", "case": case, "store": store, "count": count, "per_second": per_second,
        "median_ms": at(0.5), "p99_ms": at(0.99),
    });
    println!("{figure}");
}

/// Microseconds of one of many.
fn each(count: usize, mut work: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    let begun = Instant::now();
    for _ in 0..count {
        work()?;
    }
    Ok(micros(begun.elapsed()) / as_float(count))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn as_float(count: usize) -> f64 {
    count as f64
}
