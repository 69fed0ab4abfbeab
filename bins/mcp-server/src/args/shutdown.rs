//! How the server ends, as typed.

use std::time::Duration;

use clap::Args;

use super::duration;

/// How the server ends.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Stopping")]
pub struct ShutdownArgs {
    /// How long the server still takes requests after it was told to end, while `/readyz` already says no: as long as your
    /// balancer takes to notice
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub drain_delay: Duration,

    /// How long requests that were begun may take to finish after that. A tool call answers within 50 s
    #[arg(long, value_name = "DURATION", default_value = "55s", value_parser = duration)]
    pub shutdown_timeout: Duration,
}
