//! How the server ends.

use std::time::Duration;

use crate::args::ShutdownArgs;
use crate::exit::Failure;

/// Longer than any balancer takes; whoever writes more means something else.
const LONGEST: Duration = Duration::from_secs(3600);

/// How long the server takes to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// For so long it still takes requests.
    pub drain_delay: Duration,
    /// For so long requests may finish after that.
    pub timeout: Duration,
}

impl Ending {
    /// As typed.
    ///
    /// # Errors
    /// When it would take hours.
    pub fn of(args: &ShutdownArgs) -> Result<Self, Failure> {
        let &ShutdownArgs { drain_delay, shutdown_timeout } = args;
        for (name, time) in [("--drain-delay", drain_delay), ("--shutdown-timeout", shutdown_timeout)] {
            if time > LONGEST {
                return Err(Failure::Option { name, reason: "an hour is the most".to_owned() });
            }
        }
        Ok(Self { drain_delay, timeout: shutdown_timeout })
    }
}
