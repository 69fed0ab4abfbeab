//! What the server says of its own work: logs (here), [`metrics`], spans ([`trace`], [`otlp`]), and the adapters that feed them
//! from the libraries' hooks.
//!
//! Logs: one line per request and per event, for a person on a terminal and as JSON everywhere else.
//!
//! No line holds a key, token, code, phone number or message body. Our own crates log ids and kinds only; other
//! people's crates are held at `info`, because what they print below that is not ours to promise.

pub mod client_family;
pub mod json_line;
pub mod line;
pub mod metrics;
pub mod operations;
pub mod otlp;
pub mod request;
pub mod stored;
pub mod trace;
pub mod upstream;

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use self::json_line::JsonLine;
use crate::args::LogFormat;
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

/// The target of audit records (`mcp_tools::audit`).
const AUDIT: &str = "audit";

/// Installs the process-wide subscriber, writing to standard error.
pub fn install(filter: &str, format: LogFormat) -> Result<(), Failure> {
    let filter = filter_of(filter)?;
    let terminal = match format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Pretty => true,
    };
    tracing_subscriber::registry()
        .with(output(terminal).with_filter(filter))
        .try_init()
        .map_err(|error| Failure::Other(format!("cannot install the log: {error}")))
}

/// Whether [`install`] would take a filter.
///
/// # Errors
/// As it.
pub fn check(filter: &str) -> Result<(), Failure> {
    filter_of(filter).map(|_| ())
}

/// The filter that was asked for, and audit records with it: less noise does not mean that nobody wants to know who
/// texted whom. Naming their target (`audit=off`) is how to do without.
fn filter_of(asked: &str) -> Result<EnvFilter, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Option { name: "--log", reason: error.to_string() };
    let filter = EnvFilter::try_new(asked).map_err(|error| wrong(&error))?;
    if asked.split(',').any(|directive| directive.split(['=', '[']).next() == Some(AUDIT)) {
        return Ok(filter);
    }
    let audit = format!("{AUDIT}=info").parse().map_err(|error| wrong(&error))?;
    Ok(filter.add_directive(audit))
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
        layer.event_format(JsonLine).with_filter(quiet).boxed()
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
    fn audit_records_are_written_unless_they_are_turned_off_by_name() {
        let text = |asked: &str| filter_of(asked).unwrap().to_string();
        assert!(text("warn").contains("audit=info"));
        assert!(text("mcp_server=debug,info").contains("audit=info"));
        assert!(!text("info,audit=off").contains("audit=info"));
        assert!(filter_of("=,=").is_err());
    }

    #[test]
    fn other_crates_are_not_ours() {
        assert!(is_ours("mcp_server::routes"));
        assert!(is_ours("oauth_server"));
        assert!(!is_ours("hyper::proto::h1"));
        assert!(!is_ours("mcp_server_lookalike"));
    }
}
