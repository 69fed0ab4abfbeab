//! The load of `cargo xtask load`: a thousand users with their apps, in a process of their own, who check every answer.
//!
//! `load ADDRESS steady USERS RATE SECONDS`, `load ADDRESS overload USERS LIMIT SECONDS`, `load ADDRESS costs REDIS`,
//! `load ADDRESS,… (grants | streams) COUNT,… ROUNDS SECONDS`, `load ADDRESS fairness KEYS SECONDS`, `load ADDRESS tokens USERS`.
//! Prints one line of JSON for each [`Line`]; whoever started it judges, with the server's log.
//!
//! * [`connection`]: HTTP over one connection; [`login`]: the whole OAuth flow; [`user`]: one user; [`calls`]: what they do.
//! * [`steady`]: an ordinary day; [`overload`]: three times as much as is let in; [`costs`]: each request by itself;
//!   [`tokens`]: logins alone, for `cargo xtask bench servers`, whose load is another program.
//! * [`growth`]: what a call costs the more there is; [`fairness`]: what each key gets. For `cargo xtask bench`.
//! * [`tally`], [`redis`], [`random`]: what they count, ask and draw.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod calls;
mod connection;
mod costs;
mod fairness;
mod growth;
mod login;
mod overload;
mod random;
mod redis;
mod steady;
mod tally;
mod tokens;
mod user;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use crate::calls::Kind;
use crate::growth::{Length, What};
use crate::redis::Counts;
use crate::tally::{Sample, Tally};
use crate::user::User;

/// Why the load cannot go on.
type Failure = Box<dyn Error + Send + Sync>;

/// Users who log in at the same time: a server takes a hundred registrations a second.
const AT_ONCE: usize = 6;
/// How long the server is left alone before it is looked at.
const QUIET: Duration = Duration::from_secs(3);
/// How long whoever reads the lines has to look at the server.
const LOOK: Duration = Duration::from_millis(500);
/// Of all chance.
const SEED: u64 = 20_261_126;

/// What everything shares.
struct World {
    server: SocketAddr,
    origin: String,
    seed: u64,
    /// Whether a request may be refused.
    may_refuse: bool,
    tally: Tally,
}

/// What is printed.
#[derive(Debug, Serialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
enum Line {
    /// A moment to look at the server: a few users are there, all are, all streams are open.
    Moment { moment: &'static str, users: usize, streams: usize },
    /// A second of a phase is over.
    Second {
        phase: &'static str,
        second: u64,
        answered: u64,
        refused: u64,
        abandoned: u64,
        wrong: u64,
        samples: Vec<Sample>,
    },
    /// What the server admits in a second, and why.
    Capacity { limit: u64, latency_ms: f64, capacity: f64 },
    /// What so many requests of a kind cost.
    Cost { kind: Option<Kind>, login: bool, requests: u64, seconds: f64, counts: Counts },
    /// A user has logged in: what comes of it.
    Login { workspace: usize, client_id: String, access_token: String, refresh_token: String },
    /// So many have logged in, in this time.
    Filled { logins: usize, seconds: f64 },
    /// Whoever reads this looks at the servers now: something begins that is counted.
    Look,
    /// Requests to one of the servers, of one kind or of none, and how long each took; what was wrong there up to now.
    Slice { place: usize, kind: Option<Kind>, seconds: f64, micros: Vec<u64>, wrong: u64 },
    /// What each key got done of what was offered in a second, how long every answer took, and what was refused and wrong.
    Share {
        phase: &'static str,
        offered: f64,
        seconds: f64,
        done: Vec<u64>,
        micros: Vec<u64>,
        refused: u64,
        wrong: u64,
    },
    /// All is over.
    End { stream_bytes: u64, stream_seconds: f64, words: Vec<String> },
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let [address, mode, rest @ ..] = &arguments[..] else { return Err(usage()) };
    let may_refuse = matches!(*mode, "overload" | "fairness");
    let worlds: Vec<_> =
        address.split(',').map(|address| World::of(address, may_refuse)).collect::<Result<_, _>>()?;
    let Some(world) = worlds.first() else { return Err(usage()) };
    match (*mode, rest) {
        ("steady", [users, rate, seconds]) => {
            steady::run(world, users.parse()?, rate.parse()?, seconds.parse()?).await
        }
        ("overload", [users, limit, seconds]) => {
            overload::run(world, users.parse()?, limit.parse()?, seconds.parse()?).await
        }
        ("costs", [redis]) => costs::run(world, redis.parse()?).await,
        ("grants" | "streams", [counts, rounds, seconds]) => {
            let what = if *mode == "grants" { What::Grants } else { What::Streams };
            let counts = counts.split(',').map(str::parse).collect::<Result<Vec<_>, _>>()?;
            let slice = Duration::from_secs_f64(seconds.parse()?);
            growth::run(&worlds, what, &counts, Length { rounds: rounds.parse()?, slice }).await
        }
        ("fairness", [keys, seconds]) => {
            let greedy = World::of(address, may_refuse)?;
            fairness::run(world, &greedy, keys.parse()?, Duration::from_secs(seconds.parse()?)).await
        }
        ("tokens", [users]) => tokens::run(world, users.parse()?).await,
        _ => Err(usage()),
    }
}

impl World {
    fn of(address: &str, may_refuse: bool) -> Result<Arc<Self>, Failure> {
        let (server, origin) = (address.parse()?, format!("http://{address}"));
        Ok(Arc::new(Self { server, origin, seed: SEED, may_refuse, tally: Tally::default() }))
    }
}

fn usage() -> Failure {
    "usage: load ADDRESS,… (steady USERS RATE SECONDS | overload USERS LIMIT SECONDS | costs REDIS | tokens USERS | grants COUNT,… ROUNDS \
     SECONDS | streams COUNT,… ROUNDS SECONDS | fairness KEYS SECONDS)"
        .into()
}

/// Lets these users log in, so many at a time, and no more than a few.
async fn arrive(
    world: &Arc<World>,
    numbers: std::ops::Range<usize>,
    at_once: usize,
) -> Result<Vec<User>, Failure> {
    stream::iter(numbers)
        .map(|number| async move {
            let user = User::arrive(world, number).await;
            user.map_err(|failure| format!("user {number} cannot come in: {failure}").into())
        })
        .buffered(at_once.clamp(1, AT_ONCE))
        .try_collect()
        .await
}

/// Prints a moment, and leaves the time to look at the server.
async fn moment(moment: &'static str, users: usize, streams: usize) -> Result<(), Failure> {
    tokio::time::sleep(QUIET).await;
    print(&Line::Moment { moment, users, streams })?;
    tokio::time::sleep(LOOK).await;
    Ok(())
}

/// Prints a line with what has happened since the one before.
fn second(world: &World, phase: &'static str, second: u64) -> Result<(), Failure> {
    let [answered, refused, abandoned, wrong] = world.tally.counts();
    print(&Line::Second { phase, second, answered, refused, abandoned, wrong, samples: world.tally.take() })
}

fn print(line: &Line) -> Result<(), Failure> {
    println!("{}", serde_json::to_string(line)?);
    Ok(())
}
