//! What metrics look up when somebody reads them.

use std::sync::Arc;
use std::time::Duration;

use mcp_protocol::Runtime;
use state_store::Clock;

use crate::adapters::mcp::OpenPhoneServer;
use crate::edge::readiness::Readiness;
use crate::operator::live_keys::LiveKeys;
use crate::telemetry::metrics::Gauges;

/// Of a server that is made of these. They are held by what is returned.
pub(super) fn gauges(
    runtime: &Runtime<OpenPhoneServer>,
    readiness: Arc<Readiness>,
    keys: Arc<LiveKeys>,
    clock: Arc<dyn Clock>,
) -> Gauges {
    let (runtime, breaker, started) = (runtime.clone(), Arc::clone(&readiness), clock.unix_seconds());
    Gauges {
        open_streams: Box::new(move || runtime.open_streams()),
        breaker_open: Box::new(move || breaker.breaker_is_open()),
        ready: Box::new(move || readiness.was_ready()),
        key_age: Box::new(move || {
            let since = keys.active_since()?;
            Some(Duration::from_secs(clock.unix_seconds().saturating_sub(since)))
        }),
        started,
    }
}
