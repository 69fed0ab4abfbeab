//! Options about logs and traces.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use sealing::SecretString;

use super::secret;

/// How the log looks, and where traces go.
#[derive(Debug, Args)]
pub struct TelemetryArgs {
    /// How the log is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Auto)]
    pub log_format: LogFormat,

    /// Write the line of one request in N, where nothing went wrong; failures and audit records are always written
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub log_sample: u32,

    /// The OpenTelemetry collector that traces and metrics go to, over OTLP with HTTP and JSON, such as
    /// `http://127.0.0.1:4318` [default: $OTEL_EXPORTER_OTLP_ENDPOINT, or none]
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// Headers for the collector, such as a vendor's key: `name=value,…` [default: $OTEL_EXPORTER_OTLP_HEADERS]
    #[arg(long, value_name = "NAME=VALUE,…", value_parser = secret)]
    pub otlp_headers: Option<SecretString>,

    /// File that holds them
    #[arg(long, value_name = "FILE")]
    pub otlp_headers_file: Option<PathBuf>,

    /// Which share of traces is recorded, from 0 to 1, where the caller does not say
    #[arg(long, value_name = "SHARE", default_value_t = Share(1.0))]
    pub trace_sample: Share,

    /// Believe callers which trace a request belongs to and whether it is recorded. Without it, traces begin here: a
    /// stranger could fill the collector otherwise
    #[arg(long)]
    pub trust_trace_context: bool,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people on a terminal, as JSON everywhere else
    #[default]
    Auto,
    /// One JSON object a line
    Json,
    /// For people
    Pretty,
}

/// A number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let share: f64 = text.parse().map_err(|_| "write a number from 0 to 1, such as 0.1")?;
        if (0.0..=1.0).contains(&share) {
            Ok(Self(share))
        } else {
            Err("write a number from 0 to 1, such as 0.1")
        }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
