//! The calls: when each is made, and which it is. Every revision, every transport, every tool has its turn.
//!
//! Open loop: a call is made when it is due, whether or not those before it are answered, and its time counts from when
//! it was due. A server that stalls cannot slow down those who measure it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde_json::Value;

use crate::tally::Ending;
use crate::{Failure, World, legacy, modern, over_sse};

/// A call that has no answer after so long is lost.
const PATIENCE: Duration = Duration::from_secs(45);

/// One call to be made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) number: u64,
    /// An integer or a string: clients use both.
    pub(crate) id: Value,
    pub(crate) text: String,
}

impl Call {
    pub(crate) fn new(number: u64) -> Self {
        let id = if number.is_multiple_of(2) { number.into() } else { format!("call-{number}").into() };
        Self { number, id, text: format!("say {number}") }
    }
}

/// What kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Modern(modern::Kind),
    Legacy(legacy::Kind),
    OverSse(over_sse::Kind),
}

/// Each kind as often as it comes up in forty calls.
const MIX: &[(Kind, usize)] = &[
    (Kind::Modern(modern::Kind::Echo), 6),
    (Kind::Modern(modern::Kind::Wait), 3),
    (Kind::Modern(modern::Kind::Count), 3),
    (Kind::Modern(modern::Kind::Confirm), 2),
    (Kind::Modern(modern::Kind::List), 1),
    (Kind::Modern(modern::Kind::Discover), 1),
    (Kind::Modern(modern::Kind::Abandon), 1),
    (Kind::Legacy(legacy::Kind::Echo), 4),
    (Kind::Legacy(legacy::Kind::Count), 1),
    (Kind::Legacy(legacy::Kind::Batch), 1),
    (Kind::Legacy(legacy::Kind::SessionEcho), 3),
    (Kind::Legacy(legacy::Kind::SessionPing), 1),
    (Kind::Legacy(legacy::Kind::SessionWait), 2),
    (Kind::Legacy(legacy::Kind::SessionCount), 2),
    (Kind::Legacy(legacy::Kind::SessionConfirm), 1),
    (Kind::Legacy(legacy::Kind::SessionResume), 1),
    (Kind::Legacy(legacy::Kind::SessionCancel), 1),
    (Kind::OverSse(over_sse::Kind::Echo), 3),
    (Kind::OverSse(over_sse::Kind::Count), 1),
    (Kind::OverSse(over_sse::Kind::Confirm), 1),
    (Kind::OverSse(over_sse::Kind::Cancel), 1),
];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Modern(kind) => kind.name(),
            Self::Legacy(kind) => kind.name(),
            Self::OverSse(kind) => kind.name(),
        }
    }

    async fn make(self, world: &World, call: &Call) -> Result<Ending, Failure> {
        match self {
            Self::Modern(kind) => modern::make(world, kind, call).await,
            Self::Legacy(kind) => legacy::make(world, kind, call).await,
            Self::OverSse(kind) => over_sse::make(world, kind, call).await,
        }
    }
}

/// The kinds in the order in which they come up, those of one kind far apart.
fn order() -> Vec<Kind> {
    let kinds: Vec<_> = MIX.iter().flat_map(|(kind, times)| std::iter::repeat_n(*kind, *times)).collect();
    // Seventeen has no divisor in common with forty, so that every kind has its turn.
    (0..kinds.len()).map(|turn| kinds[turn * 17 % kinds.len()]).collect()
}

/// Makes `count` calls, `rate` a second, and waits for their ends. Returns how long it took from the first to the last.
pub(crate) async fn run(world: &Arc<World>, rate: u64, count: u64) -> Duration {
    let order = order();
    let began = Instant::now();
    for turn in 0..count {
        let due = began + Duration::from_nanos(turn * 1_000_000_000 / rate.max(1));
        if Instant::now() < due {
            tokio::time::sleep_until(due.into()).await;
        }
        let kind = order[usize::try_from(turn).unwrap_or_default() % order.len()];
        world.tally.sent();
        tokio::spawn(one(Arc::clone(world), kind, due));
    }
    loop {
        let [sent, ended, failed] = world.tally.counts();
        if ended + failed >= sent {
            return began.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Has so many calls under way at once that as many connections are open afterwards.
pub(crate) async fn warm(world: &World, connections: usize) -> Result<(), Failure> {
    let call = async |_| {
        let call = Call::new(world.next_id());
        modern::make(world, modern::Kind::Wait, &call).await.map(drop)
    };
    try_join_all((0..connections).map(call)).await.map(drop)
}

async fn one(world: Arc<World>, kind: Kind, due: Instant) {
    let call = Call::new(world.next_id());
    match tokio::time::timeout(PATIENCE, kind.make(&world, &call)).await {
        Ok(Ok(ending)) => world.tally.ended(kind.name(), ending, due.elapsed()),
        Ok(Err(error)) => world.tally.failed(kind.name(), &error.to_string()),
        Err(_) => world.tally.failed(kind.name(), &format!("no answer in {PATIENCE:?}")),
    }
}
