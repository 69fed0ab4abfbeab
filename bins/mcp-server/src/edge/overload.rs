//! Turns requests away, by class and by key, when there are more than the server can do.
//!
//! What is counted is requests under way, those of sign-in, of MCP and for pages apart, and tool calls besides, because
//! what a call is for is known only once it was read. Each may take a share of one limit. The limit itself follows the
//! machine: every hundred milliseconds somebody looks how long a task that is ready has to wait for its turn. While that is
//! too long, the limit falls below what is under way; else it grows back. So whoever is let in finds the machine free, a
//! refusal costs little more than reading the request's head and opening its token, and waiting for the API, which costs
//! nothing, is not taken for load. Of MCP requests those of the keys go first that have had the most lately; those of the
//! others, and reads among tool calls, may be a third more than the limit (`shares`).
//! Nothing waits in a queue here. Streams that stay open are counted elsewhere (`mcp_protocol::StreamLimits`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::edge::refused::{Class, Refusal};
use shares::{Room, Shares};

mod shares;

/// Below this the limit does not fall, and so nobody is turned away below half of it, however busy the machine is: a
/// machine that others keep busy gets no better by our refusals.
const FLOOR: usize = 96;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// Looks of which the shortest wait counts: a wait that never went away is a queue, one that did was a moment's.
const LOOKS: u32 = 10;

/// Bounds.
#[derive(Clone, Copy, Debug)]
pub struct OverloadSettings {
    /// Requests under way at most, of each kind.
    pub most: usize,
    /// How long a task that is ready may have to wait for its turn.
    pub delay: Duration,
}

impl Default for OverloadSettings {
    fn default() -> Self {
        Self { most: 4096, delay: Duration::from_millis(5) }
    }
}

/// Counts what is under way.
#[derive(Debug)]
pub struct Overload {
    settings: OverloadSettings,
    /// What each kind may have under way at this moment, and reads a third more.
    limit: AtomicUsize,
    oauth: AtomicUsize,
    mcp: AtomicUsize,
    pages: AtomicUsize,
    calls: AtomicUsize,
    shares: Shares,
}

/// What is counted by itself.
#[derive(Clone, Copy, Debug)]
enum Kind {
    OAuth,
    Mcp,
    Pages,
    Calls,
}

/// A place among those under way, given back when dropped.
#[derive(Debug)]
pub struct Permit {
    overload: Arc<Overload>,
    kind: Kind,
}

impl Overload {
    /// Nothing is under way.
    #[must_use]
    pub fn new(settings: OverloadSettings) -> Arc<Self> {
        Arc::new(Self {
            limit: AtomicUsize::new(settings.most),
            settings,
            oauth: AtomicUsize::new(0),
            mcp: AtomicUsize::new(0),
            pages: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
            shares: Shares::new(),
        })
    }

    /// A request of this class has arrived. What an MCP request is for is not known yet: it counts among the reads.
    ///
    /// # Errors
    /// There is too much under way.
    pub fn enter(self: &Arc<Self>, class: Class) -> Result<Permit, Refusal> {
        match class {
            Class::OAuth => self.take(Kind::OAuth, class, self.room().limit),
            Class::Reads | Class::Sends | Class::Transcripts => {
                self.take(Kind::Mcp, Class::Reads, self.room().top)
            }
            Class::Pages => self.take(Kind::Pages, class, self.eighths(2)),
        }
    }

    /// An MCP request turns out to call a tool of this class. It holds its own place besides: the call may outlive the
    /// request, as it does over HTTP+SSE.
    ///
    /// # Errors
    /// There is too much under way for this class.
    pub fn call(self: &Arc<Self>, class: Class) -> Result<Permit, Refusal> {
        let most = match class {
            Class::OAuth | Class::Reads | Class::Pages => self.room().top,
            Class::Sends => self.eighths(6),
            Class::Transcripts => self.eighths(4),
        };
        self.take(Kind::Calls, class, most)
    }

    fn room(&self) -> Room {
        let limit = self.limit.load(Ordering::Relaxed);
        Room { limit, top: (limit + limit / 3).min(self.settings.most) }
    }

    fn eighths(&self, share: usize) -> usize {
        self.room().limit * share / 8
    }

    fn take(self: &Arc<Self>, kind: Kind, class: Class, most: usize) -> Result<Permit, Refusal> {
        let most = most.max(1);
        let taken = self.counter(kind).fetch_update(Ordering::Relaxed, Ordering::Relaxed, |under_way| {
            (under_way < most).then_some(under_way + 1)
        });
        match taken {
            Ok(_) => Ok(Permit { overload: Arc::clone(self), kind }),
            Err(_) => Err(Refusal::overload(class, retry_after(class))),
        }
    }

    /// An MCP request turns out to have this API key.
    ///
    /// # Errors
    /// The key has had more than others lately, and there is too much under way.
    pub fn of_key(&self, key: &[u8; 16], now: Instant) -> Result<(), Refusal> {
        // It has its own place already.
        let others = self.mcp.load(Ordering::Relaxed).saturating_sub(1);
        if self.shares.take(key, others, self.room(), now) {
            return Ok(());
        }
        Err(Refusal::overload(Class::Reads, retry_after(Class::Reads)))
    }

    fn counter(&self, kind: Kind) -> &AtomicUsize {
        match kind {
            Kind::OAuth => &self.oauth,
            Kind::Mcp => &self.mcp,
            Kind::Pages => &self.pages,
            Kind::Calls => &self.calls,
        }
    }

    /// The most of one kind that is under way.
    fn under_way(&self) -> usize {
        let kinds = [Kind::OAuth, Kind::Mcp, Kind::Pages, Kind::Calls];
        kinds.into_iter().map(|kind| self.counter(kind).load(Ordering::Relaxed)).max().unwrap_or(0)
    }

    /// Tasks that were ready had to wait at least so long all the time.
    pub fn waited(&self, wait: Duration) {
        let (limit, most) = (self.limit.load(Ordering::Relaxed), self.settings.most);
        let next = if wait > self.settings.delay {
            // Below what there is, so that it shrinks: a limit that is far above it would do nothing for long.
            limit.min(self.under_way()) * 4 / 5
        } else {
            limit + limit / 8 + 1
        };
        self.limit.store(next.max(FLOOR).min(most), Ordering::Relaxed);
    }

    /// Looks how long tasks wait, until `stop` is cancelled.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let looking = async {
            loop {
                if self.under_way() == 0 {
                    // Nobody is there to be turned away: an idle server need not wake so often.
                    sleep(LOOK * LOOKS).await;
                    self.waited(Duration::ZERO);
                    continue;
                }
                let mut shortest = Duration::MAX;
                for _ in 0..LOOKS {
                    let due = Instant::now() + LOOK;
                    sleep_until(due).await;
                    // A timer that went off may jump the queue; whoever yields goes to its end.
                    tokio::task::yield_now().await;
                    shortest = shortest.min(due.elapsed());
                }
                self.waited(shortest);
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = looking => {}
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.overload.counter(self.kind).fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is kept up first may come back first.
const fn retry_after(class: Class) -> Duration {
    Duration::from_secs(match class {
        Class::OAuth | Class::Reads => 1,
        Class::Pages | Class::Sends => 2,
        Class::Transcripts => 5,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::refused::Refused;

    const MS: Duration = Duration::from_millis(1);

    fn overload(most: usize) -> Arc<Overload> {
        Overload::new(OverloadSettings { most, delay: 5 * MS })
    }

    /// How many calls of this class are let in; they stay.
    fn calls(overload: &Arc<Overload>, class: Class) -> Vec<Permit> {
        std::iter::from_fn(|| overload.call(class).ok()).take(10_000).collect()
    }

    #[test]
    fn classes_are_shed_in_their_order() {
        let overload = overload(80);
        let mut transcripts = calls(&overload, Class::Transcripts);
        assert_eq!(transcripts.len(), 40);
        let sends = calls(&overload, Class::Sends);
        assert_eq!(sends.len(), 20);
        let reads = calls(&overload, Class::Reads);
        assert_eq!(reads.len(), 20);
        let refusal = overload.call(Class::Reads).unwrap_err();
        assert_eq!(refusal.refused, Refused::Overload(Class::Reads));
        // Room for one read is none for a text.
        drop(transcripts.pop());
        assert!(overload.call(Class::Sends).is_err() && overload.call(Class::Reads).is_ok());
    }

    #[test]
    fn nobody_is_kept_from_signing_in_by_calls_or_pages() {
        let overload = overload(80);
        let mcp: Vec<_> = std::iter::from_fn(|| overload.enter(Class::Reads).ok()).collect();
        let pages: Vec<_> = std::iter::from_fn(|| overload.enter(Class::Pages).ok()).collect();
        assert_eq!((mcp.len(), pages.len()), (80, 20));
        let oauth: Vec<_> = std::iter::from_fn(|| overload.enter(Class::OAuth).ok()).collect();
        assert_eq!(oauth.len(), 80);
        assert_eq!(overload.enter(Class::OAuth).unwrap_err().refused, Refused::Overload(Class::OAuth));
        drop((mcp, pages, oauth));
        assert_eq!(overload.under_way(), 0);
    }

    #[test]
    fn the_limit_follows_the_machine() {
        let overload = overload(1_000);
        let under_way: Vec<_> = (0..500).map(|_| overload.enter(Class::Reads).unwrap()).collect();
        overload.waited(5 * MS);
        assert!(overload.enter(Class::Reads).is_ok(), "as long as that is nothing");
        overload.waited(6 * MS);
        assert_eq!(overload.limit.load(Ordering::Relaxed), 400, "from now on below what is under way");
        assert!(overload.enter(Class::Reads).is_ok(), "but not for keys that have had little");
        overload.waited(6 * MS);
        assert_eq!(overload.limit.load(Ordering::Relaxed), 320);
        assert!(overload.enter(Class::Reads).is_err(), "and now for them as well");
        drop(under_way);
        assert!(overload.enter(Class::Reads).is_ok(), "they have finished");
        for _ in 0..100 {
            overload.waited(60 * MS);
        }
        let few: Vec<_> = std::iter::from_fn(|| overload.enter(Class::Reads).ok()).collect();
        assert_eq!(few.len(), FLOOR * 4 / 3, "a few are always served");
        drop(few);
        // Five seconds of calm, and everybody is let in.
        for _ in 0..50 {
            overload.waited(MS);
        }
        assert_eq!(overload.limit.load(Ordering::Relaxed), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn somebody_looks() {
        let overload = overload(1_000);
        let stop = CancellationToken::new();
        let watching = tokio::spawn(Arc::clone(&overload).watch(stop.clone()));
        overload.limit.store(FLOOR, Ordering::Relaxed);
        sleep(Duration::from_secs(5)).await;
        assert_eq!(overload.limit.load(Ordering::Relaxed), 1_000, "an idle server has forgotten it");
        let permit = overload.enter(Class::Reads).unwrap();
        overload.limit.store(FLOOR, Ordering::Relaxed);
        sleep(Duration::from_secs(5)).await;
        assert_eq!(overload.limit.load(Ordering::Relaxed), 1_000, "on a paused clock nothing waits");
        drop(permit);
        stop.cancel();
        watching.await.unwrap();
    }

    /// A machine that has far more to do than it can: no clock is moved here but by the work itself.
    #[tokio::test]
    async fn a_busy_machine_is_noticed() {
        let overload = overload(1_000);
        let stop = CancellationToken::new();
        let _under_way: Vec<_> = (0..500).map(|_| overload.enter(Class::Reads).unwrap()).collect();
        let watching = tokio::spawn(Arc::clone(&overload).watch(stop.clone()));
        let started = std::time::Instant::now();
        while overload.enter(Class::Reads).is_ok() {
            assert!(started.elapsed() < Duration::from_secs(60), "nobody noticed");
            // Others on this one thread: each turn of theirs takes longer than tasks may wait.
            let turn = std::time::Instant::now();
            while turn.elapsed() < 10 * MS {
                std::hint::spin_loop();
            }
            tokio::task::yield_now().await;
        }
        stop.cancel();
        watching.await.unwrap();
    }
}
