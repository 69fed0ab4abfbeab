//! Clients that go and come: streams are closed and opened again while everything else goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;

use crate::streams::{Kind, Stream};
use crate::{Failure, World};

/// One stream in a thousand goes and comes in a second.
const SHARE: usize = 1_000;
/// No divisor in common with the numbers of streams that one would choose, so that all kinds have their turn.
const STRIDE: usize = 1_237;
/// How long a stream may take to end once its session has.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many were replaced.
#[derive(Default)]
pub(crate) struct Churned(AtomicU64);

impl Churned {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Replaces one stream after the other.
pub(crate) async fn run(world: Arc<World>, until: Instant) {
    let count = world.streams.len().max(1);
    let pause = Duration::from_secs_f64(f64::from(u32::try_from(SHARE).unwrap_or(1)) / as_float(count));
    let mut turn = 0_usize;
    while Instant::now() + pause < until {
        tokio::time::sleep(pause).await;
        turn += 1;
        if let Err(error) = replace(&world, turn * STRIDE % count, turn).await {
            world.tally.complain(&format!("a stream could not be opened again: {error}"));
        }
    }
}

async fn replace(world: &Arc<World>, at: usize, turn: usize) -> Result<(), Failure> {
    let _no_round = world.rounds.gate.read().await;
    // Calls that need the stream have it; it has its turn another time.
    let Ok(mut place) = world.streams.place(at).try_write() else { return Ok(()) };
    if let Some(stream) = place.take() {
        world.rounds.settle(&stream).await;
        if world.streams.kind(at) == Kind::Session && turn.is_multiple_of(2) {
            end_session(world, &stream).await?;
        }
    }
    *place = Some(Stream::open(world, at).await?);
    world.churned.0.fetch_add(1, Ordering::SeqCst);
    Ok(())
}

/// The client is done: its stream ends.
async fn end_session(world: &World, stream: &Stream) -> Result<(), Failure> {
    stream.heard.may_end.cancel();
    let reply = world.connections.send(stream.client().delete()?).await?;
    let status = reply.status();
    reply.whole().await?;
    if status != StatusCode::NO_CONTENT {
        return Err(format!("DELETE was answered {status}").into());
    }
    let ended = tokio::time::timeout(PATIENCE, stream.heard.ended.cancelled()).await;
    ended.map_err(|_| "a stream outlives its session".into())
}

#[expect(clippy::cast_precision_loss, reason = "a number of streams")]
fn as_float(count: usize) -> f64 {
    count as f64
}
