//! The command line of `health`, as typed.

use clap::Args;

/// Options of `health`.
#[derive(Debug, Args)]
pub struct HealthArgs {
    /// What to ask, over http: the server's own `/healthz`, or `/readyz` of its listener for operators
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:8787/healthz")]
    pub url: String,
}
