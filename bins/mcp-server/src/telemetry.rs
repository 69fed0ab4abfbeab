//! Logs: one line per request and per event, for a person on a terminal and as JSON everywhere else.
//!
//! No line holds a key, token, code, phone number or message body. Our own crates log ids and kinds only; other
//! people's crates are held at `info`, because what they print below that is not ours to promise.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::exit::Failure;

/// Crates whose events pass at every level that the filter asks for.
const OURS: [&str; 9] = [
    "mcp_server",
    "mcp_tools",
    "mcp_protocol",
    "oauth_server",
    "openphone_client",
    "openphone_sandbox",
    "state_store",
    "sealing",
    "landing",
];

/// Installs the process-wide subscriber, writing to standard error.
pub fn install(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Failure::Option { name: "--log", reason: format!("{error}") })?;
    let terminal = std::io::stderr().is_terminal();
    tracing_subscriber::registry()
        .with(output(terminal).with_filter(filter))
        .try_init()
        .map_err(|error| Failure::Other(format!("cannot install the log: {error}")))
}

fn output<S>(terminal: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let quiet =
        filter_fn(|event: &Metadata<'_>| is_ours(event.target()) || *event.level() <= LevelFilter::INFO);
    let layer = fmt::layer().with_writer(std::io::stderr);
    if terminal {
        layer.compact().with_filter(quiet).boxed()
    } else {
        layer.json().flatten_event(true).with_current_span(false).with_filter(quiet).boxed()
    }
}

fn is_ours(target: &str) -> bool {
    let krate = target.split("::").next().unwrap_or(target);
    OURS.contains(&krate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_crates_are_not_ours() {
        assert!(is_ours("mcp_server::routes"));
        assert!(is_ours("oauth_server"));
        assert!(!is_ours("hyper::proto::h1"));
        assert!(!is_ours("mcp_server_lookalike"));
    }
}
