//! Rounds of list-changed: the server announces that a list has changed, and every stream must be told once.
//!
//! The messages carry no number, so no stream is opened while a round is announced: one that was open before is told of
//! it, one that is opened after is not. A stream that is closed on purpose is closed when it was told everything.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::streams::{Kind, Stream};
use crate::tally::{Spread, spread};
use crate::wire::{self, Client, MODERN};
use crate::{Failure, World};

/// The lists, as the server's tool calls them.
pub(crate) const LISTS: [&str; 3] = ["tools", "resources", "prompts"];
/// From one round to the next.
const EVERY: Duration = Duration::from_secs(5);
/// How long a stream may take to be told.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often in a row a list is announced at the end: more often than any stream can follow.
const BURST: u64 = 2_000;

/// What was announced.
#[derive(Default)]
pub(crate) struct Rounds {
    /// Whoever opens or closes a stream reads it, whoever announces writes it.
    pub(crate) gate: RwLock<()>,
    announced: [AtomicU32; LISTS.len()],
    /// When the last round was announced.
    began: Mutex<Option<Instant>>,
    delays: Mutex<Vec<Duration>>,
    rounds: AtomicU32,
    lost: AtomicU32,
    twice: AtomicU32,
}

/// How the rounds went.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    rounds: u32,
    /// Streams that were told, over all rounds.
    told: usize,
    /// Rounds that a stream was not told of.
    lost: u32,
    /// Times that a stream was told more than once.
    twice: u32,
    /// From the announcement to each stream's client.
    delay: Spread,
}

/// What became of a burst of announcements, which streams hear of less often.
#[derive(Debug, Serialize)]
pub(crate) struct Burst {
    announced: u64,
    /// Streams that were told nothing.
    untold: usize,
    /// How often a stream was told, at least and at most.
    fewest: u32,
    most: u32,
}

impl Rounds {
    pub(crate) fn announced(&self) -> [u32; LISTS.len()] {
        self.announced.each_ref().map(|list| list.load(Ordering::SeqCst))
    }

    /// A stream was told.
    pub(crate) fn told(&self) {
        let began = *self.began.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(began) = began {
            self.delays.lock().unwrap_or_else(PoisonError::into_inner).push(began.elapsed());
        }
    }

    /// A stream is about to be closed, or the end has come: it must have been told everything.
    pub(crate) async fn settle(&self, stream: &Stream) {
        let patience = Instant::now() + PATIENCE;
        while stream.balance(self.announced()).0 > 0 && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (lost, twice) = stream.balance(self.announced());
        self.lost.fetch_add(lost, Ordering::SeqCst);
        self.twice.fetch_add(twice, Ordering::SeqCst);
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        Outcome {
            rounds: self.rounds.load(Ordering::SeqCst),
            told: delays.len(),
            lost: self.lost.load(Ordering::SeqCst),
            twice: self.twice.load(Ordering::SeqCst),
            delay: spread(&mut delays),
        }
    }
}

/// Which list a message says has changed.
pub(crate) fn list_of(message: &Value) -> Option<usize> {
    let method = message.get("method")?.as_str()?;
    let list = method.strip_prefix("notifications/")?.strip_suffix("/list_changed")?;
    LISTS.iter().position(|known| *known == list)
}

/// Announces one round after the other until it is dropped or, with no time for another, returns.
pub(crate) async fn run(world: Arc<World>, until: Instant) {
    for list in (0..LISTS.len()).cycle() {
        tokio::time::sleep(EVERY).await;
        if Instant::now() + EVERY > until {
            return;
        }
        if let Err(error) = round(&world, list).await {
            return world.tally.complain(&format!("a round could not be announced: {error}"));
        }
    }
}

async fn round(world: &World, list: usize) -> Result<(), Failure> {
    let rounds = &world.rounds;
    {
        let _closed = rounds.gate.write().await;
        *rounds.began.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        announce(world, list, 1).await?;
        rounds.announced[list].fetch_add(1, Ordering::SeqCst);
        rounds.rounds.fetch_add(1, Ordering::SeqCst);
    }
    let patience = Instant::now() + PATIENCE;
    loop {
        let untold = untold(world, |stream| stream.balance(rounds.announced()).0 > 0);
        if untold == 0 {
            return Ok(());
        }
        if Instant::now() > patience {
            world.tally.complain(&format!("{untold} streams were not told in {PATIENCE:?}"));
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What every stream was told of before must be complete; then more is announced at once than can be followed.
pub(crate) async fn finish(world: &World) -> Result<Burst, Failure> {
    for at in 0..world.streams.len() {
        if let Some(stream) = &*world.streams.place(at).read().await {
            world.rounds.settle(stream).await;
        }
    }
    *world.rounds.began.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let before = counts(world).await;
    announce(world, 0, BURST).await?;
    let patience = Instant::now() + PATIENCE;
    let mut heard = Vec::new();
    // Until everybody was told, and nothing more comes.
    while Instant::now() < patience {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now: Vec<_> = counts(world).await.iter().zip(&before).map(|(now, before)| now - before).collect();
        let is_over = now == heard && now.iter().all(|told| *told > 0);
        heard = now;
        if is_over {
            break;
        }
    }
    Ok(Burst {
        announced: BURST,
        untold: heard.iter().filter(|told| **told == 0).count(),
        fewest: heard.iter().copied().min().unwrap_or_default(),
        most: heard.iter().copied().max().unwrap_or_default(),
    })
}

async fn counts(world: &World) -> Vec<u32> {
    let mut counts = Vec::with_capacity(world.streams.len());
    for at in 0..world.streams.len() {
        counts.push(world.streams.place(at).read().await.as_ref().map_or(0, |stream| stream.told(0)));
    }
    counts
}

/// How many streams are not as they should be; one that is just being replaced is somebody else's care.
fn untold(world: &World, lacks: impl Fn(&Stream) -> bool) -> usize {
    let places = Kind::ALL.into_iter().flat_map(|kind| world.streams.range(kind));
    places
        .filter(|at| {
            let place = world.streams.place(*at).try_read();
            place.is_ok_and(|place| place.as_ref().is_some_and(&lacks))
        })
        .count()
}

async fn announce(world: &World, list: usize, times: u64) -> Result<(), Failure> {
    let client = Client { user: "announcer", revision: MODERN, session: None };
    let id = Value::from(world.next_id());
    let params = json!({ "name": "announce", "arguments": { "list": LISTS[list], "times": times } });
    let request = client.request(&id, "tools/call", params);
    let answer = world.connections.send(client.post(&request)?).await?.whole().await?;
    wire::says(&serde_json::from_slice(&answer)?, &id, LISTS[list])
}
