//! What [`LocalLimiter`] costs when a turn is free, which the exchanges leave out: they would use up the ten
//! turns of a key's second and then measure waiting.

use std::time::Duration;

use openphone_client::pacing::{LIMIT, WINDOW};
use openphone_client::{LocalLimiter, RateLimiter, TurnFor};
use tokio::time::{Instant, sleep};

use crate::Failure;
use crate::measure::{self, Figure, Side, Stopwatch};

/// Keys that are paced, each with [`LIMIT`] turns in a window.
const KEYS: usize = 1000;
/// Turns that are timed together, because one is too short for the clock.
const TOGETHER: u32 = 100;
/// Windows that are measured, after a first one in which the keys become known.
const WINDOWS: usize = 4;

/// Takes every turn that is free, waits until all are free again, and so on.
pub(crate) async fn measure() -> Result<Figure, Failure> {
    let limiter = LocalLimiter::new();
    let keys: Vec<String> = (0..KEYS).map(|key| format!("{key:032x}")).collect();
    let mut samples = Vec::with_capacity(WINDOWS * LIMIT * KEYS);
    for window in 0..=WINDOWS {
        for _ in 0..LIMIT {
            for some in keys.chunks(TOGETHER as usize) {
                let deadline = Instant::now() + Duration::from_secs(1);
                let watch = Stopwatch::start();
                for key in some {
                    let turn = limiter.acquire(TurnFor::new(key, ""), deadline).await;
                    turn.map_err(|refusal| format!("no free turn: {refusal:?}"))?;
                }
                let sample = watch.stop();
                if window > 0 {
                    samples.push(sample);
                }
            }
        }
        sleep(WINDOW).await;
    }
    Ok(measure::figure("a free turn of the LocalLimiter", Side::Client, &samples, TOGETHER))
}
