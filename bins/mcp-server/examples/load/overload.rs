//! More than is let in: half of what the server admits, then three times as much, then half of it again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::calls::Kind;
use crate::tally::Sample;
use crate::user::User;
use crate::{Failure, Line, World, arrive, print, second};

/// Requests that are made one after the other to learn how long they take.
const TRIED: usize = 60;
/// How long half of it is offered before and after.
const CALM: u64 = 15;
/// What is later than this is not made up for: a load that was kept from running would come in bursts.
const LATE: Duration = Duration::from_millis(10);
/// Of the requests in a rush and before it, those that the limit counts: all but the token refreshes.
const COUNTED: [f64; 2] = [0.9, 0.875];

/// The users who have nothing to do.
type Idle = Arc<Mutex<VecDeque<User>>>;

/// Offers three times the capacity for so many seconds. The capacity follows from the limit of calls under way, which this is.
pub(crate) async fn run(world: &Arc<World>, users: usize, limit: u64, seconds: u64) -> Result<(), Failure> {
    // Fewer than are let in.
    let at_once = usize::try_from(limit / 2)?;
    let mut there: VecDeque<_> = arrive(world, 0..users, at_once).await?.into();
    for user in &mut there {
        // What the server remembers of a workspace for a minute is there: every read is one request to the API.
        user.make(world, Kind::FetchMessages).await;
    }
    drop(world.tally.take());
    for turn in 0..TRIED {
        let Some(user) = there.get_mut(turn % users) else { break };
        user.make(world, Kind::FetchMessages).await;
    }
    let latency_ms = mean(&world.tally.take()).ok_or("no call was answered")?;
    let capacity = f64::from(u32::try_from(limit)?) * 1e3 / latency_ms;
    print(&Line::Capacity { limit, latency_ms, capacity })?;

    let idle = Arc::new(Mutex::new(there));
    let phases = [("calm", 0.5, CALM), ("overload", 3.0, seconds), ("recovery", 0.5, CALM)];
    for (name, times, seconds) in phases {
        let all = times > 1.0;
        let counted = COUNTED[usize::from(!all)];
        let phase = Phase { name, rate: capacity * times / counted, seconds, all };
        phase.run(world, &idle).await?;
    }
    print(&Line::End { stream_bytes: 0, stream_seconds: 0.0, words: world.tally.words() })
}

/// So many requests a second, whether or not those before are answered.
struct Phase {
    name: &'static str,
    rate: f64,
    seconds: u64,
    /// Also what is shed first.
    all: bool,
}

impl Phase {
    async fn run(&self, world: &Arc<World>, idle: &Idle) -> Result<(), Failure> {
        let started = Instant::now();
        let gap = Duration::from_secs_f64(1.0 / self.rate);
        let mut due = started;
        let mut running = JoinSet::new();
        let mut printed = 0;
        loop {
            due = (due + gap).max(Instant::now().checked_sub(LATE).unwrap_or(due));
            while printed < self.seconds && due >= started + Duration::from_secs(printed + 1) {
                tokio::time::sleep_until((started + Duration::from_secs(printed + 1)).into()).await;
                second(world, self.name, printed)?;
                printed += 1;
            }
            if printed == self.seconds {
                break;
            }
            tokio::time::sleep_until(due.into()).await;
            while running.try_join_next().is_some() {}
            let Some(mut user) = idle.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else {
                world.tally.complain("every user waits for an answer".to_owned());
                continue;
            };
            let (world, idle, all) = (Arc::clone(world), Arc::clone(idle), self.all);
            running.spawn(async move {
                let kind = user.rush(all);
                user.make(&world, kind).await;
                idle.lock().unwrap_or_else(PoisonError::into_inner).push_back(user);
            });
        }
        running.join_all().await;
        second(world, self.name, self.seconds)
    }
}

fn mean(samples: &[Sample]) -> Option<f64> {
    let count = u32::try_from(samples.len()).ok().filter(|count| *count > 0)?;
    Some(samples.iter().map(|sample| sample.timing.ms).sum::<f64>() / f64::from(count))
}
