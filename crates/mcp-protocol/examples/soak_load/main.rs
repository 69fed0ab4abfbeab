//! The load of `cargo xtask soak`: ten thousand open streams, a thousand calls a second, and everything that comes back
//! is checked. It is a process of its own, so that the server's memory is the server's alone.
//!
//! `soak_load ADDRESS PROCESS STREAMS RATE SECONDS`: where the server listens, its process id, how many streams are held,
//! how many calls are made a second, and for how long. Prints one line of JSON for each [`Line`]; the last sums up.
//!
//! * [`connection`], [`events`], [`wire`]: HTTP as a client speaks it.
//! * [`streams`]: the open streams; [`rounds`]: what they must be told; [`churn`]: some go and come.
//! * [`calls`]: the pace and the mix; [`modern`], [`legacy`], [`over_sse`]: each call; [`tally`]: what became of them.
//! * [`server`]: what the server holds.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod calls;
mod churn;
mod connection;
mod events;
mod legacy;
mod modern;
mod over_sse;
mod rounds;
mod server;
mod streams;
mod tally;
mod wire;

use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{self, TryStreamExt as _};
use serde::Serialize;

use crate::churn::Churned;
use crate::connection::Connections;
use crate::rounds::{Burst, Outcome, Rounds};
use crate::server::{Holdings, Server};
use crate::streams::{Kind, Stream, Streams};
use crate::tally::{Calls, Tally};

/// Why the load cannot go on.
type Failure = Box<dyn Error + Send + Sync>;

/// Streams that are opened at a time.
const OPENED_AT_ONCE: usize = 64;
/// Streams of each kind that are opened before anything counts.
const WARMING: usize = 10;
/// How long the server is left alone before what it holds is read.
const QUIET: Duration = Duration::from_secs(2);
/// How long the server may take to let go of what was closed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What everything shares.
struct World {
    connections: Connections,
    streams: Streams,
    rounds: Rounds,
    churned: Churned,
    tally: Tally,
    ids: AtomicU64,
}

impl World {
    fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

/// What is printed.
#[derive(Debug, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    /// The server before anything is open, its code warm.
    Fresh { held: Holdings },
    /// The connections that calls are made over are open: no stream's memory.
    Connected { held: Holdings },
    /// Streams of one kind more are open and idle.
    Opened { kind: Kind, streams: usize, held: Holdings },
    /// A second of the run.
    Second { second: u64, sent: u64, ended: u64, failed: u64, held: Holdings },
    /// All streams are closed, the pooled connections too.
    Closed { held: Holdings },
    /// All streams are open once more.
    Reopened { held: Holdings },
    /// All streams are closed for good.
    End(Box<Summary>),
}

/// The whole run.
#[derive(Debug, Serialize)]
struct Summary {
    held: Holdings,
    /// Of the run, in seconds: from the first call to the last answer.
    took: f64,
    /// The server's processor time in it.
    processor: f64,
    calls: Calls,
    rounds: Outcome,
    burst: Burst,
    churned: u64,
    complaints: u64,
    /// The first of them.
    texts: Vec<String>,
}

/// The arguments.
struct Plan {
    server: Server,
    rate: u64,
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [address, process, streams, rate, seconds] = &arguments[..] else {
        return Err("usage: soak_load ADDRESS PROCESS STREAMS RATE SECONDS".into());
    };
    let streams: usize = streams.parse()?;
    // Both ends need a descriptor for each stream, and some more.
    let limit = rlimit::increase_nofile_limit(u64::MAX)?;
    if u64::try_from(streams)? + 1_500 > limit {
        return Err(format!("{streams} streams need more open files than this system allows, {limit}").into());
    }
    let world = Arc::new(World {
        connections: Connections::new(address.parse()?),
        streams: Streams::new(streams),
        rounds: Rounds::default(),
        churned: Churned::default(),
        tally: Tally::default(),
        ids: AtomicU64::new(1),
    });
    let server = Server::new(process.parse()?);
    run(&world, &Plan { server, rate: rate.parse()?, seconds: seconds.parse()? }).await
}

async fn run(world: &Arc<World>, plan: &Plan) -> Result<(), Failure> {
    let server = &plan.server;
    // What a server needs once, its code and threads, is there before anything counts. Few streams of each kind: the
    // memory that the allocator keeps of them is no longer missing when the others come.
    for kind in Kind::ALL {
        let Range { start, end } = world.streams.range(kind);
        open(world, start..end.min(start + WARMING)).await?;
    }
    print(&Line::Fresh { held: emptied(world, server).await? })?;
    calls::warm(world, OPENED_AT_ONCE).await?;
    print(&Line::Connected { held: server.holdings(world).await? })?;

    for kind in Kind::ALL {
        let range = world.streams.range(kind);
        let streams = range.len();
        open(world, range).await?;
        tokio::time::sleep(QUIET).await;
        print(&Line::Opened { kind, streams, held: server.holdings(world).await? })?;
    }

    let before = server.holdings(world).await?;
    let until = Instant::now() + Duration::from_secs(plan.seconds);
    let beside = [
        tokio::spawn(rounds::run(Arc::clone(world), until)),
        tokio::spawn(churn::run(Arc::clone(world), until)),
    ];
    let calls = calls::run(world, plan.rate, plan.rate * plan.seconds);
    let took = tokio::select! {
        took = calls => took,
        failure = watch(world, server) => return Err(failure),
    };
    for task in beside {
        task.await?;
    }
    let after = server.holdings(world).await?;
    let burst = rounds::finish(world).await?;

    print(&Line::Closed { held: emptied(world, server).await? })?;
    open(world, 0..world.streams.len()).await?;
    tokio::time::sleep(QUIET).await;
    print(&Line::Reopened { held: server.holdings(world).await? })?;
    let held = emptied(world, server).await?;
    let (complaints, texts) = world.tally.complaints();
    print(&Line::End(Box::new(Summary {
        held,
        took: took.as_secs_f64(),
        processor: after.processor - before.processor,
        calls: world.tally.calls(),
        rounds: world.rounds.outcome(),
        burst,
        churned: world.churned.count(),
        complaints,
        texts,
    })))
}

/// Opens the streams of these places.
async fn open(world: &Arc<World>, places: Range<usize>) -> Result<(), Failure> {
    stream::iter(places.map(Ok))
        .try_for_each_concurrent(OPENED_AT_ONCE, |at| async move {
            let stream = Stream::open(world, at).await?;
            *world.streams.place(at).write().await = Some(stream);
            Ok(())
        })
        .await
}

/// Closes everything, and waits until the server has let go of it.
async fn emptied(world: &World, server: &Server) -> Result<Holdings, Failure> {
    world.streams.close().await;
    world.connections.clear();
    let is_empty = |held: &Holdings| held.open_streams == 0 && held.running == 0;
    server.settled(world, PATIENCE, is_empty).await?;
    tokio::time::sleep(QUIET).await;
    server.holdings(world).await
}

/// Prints a line each second. Ends only when the server can no longer be looked at.
async fn watch(world: &World, server: &Server) -> Failure {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    for second in 0.. {
        ticks.tick().await;
        let [sent, ended, failed] = world.tally.counts();
        let held = match server.holdings(world).await {
            Ok(held) => held,
            Err(failure) => return failure,
        };
        if let Err(failure) = print(&Line::Second { second, sent, ended, failed, held }) {
            return failure;
        }
    }
    "the run has no end".into()
}

fn print(line: &Line) -> Result<(), Failure> {
    println!("{}", serde_json::to_string(line)?);
    Ok(())
}
