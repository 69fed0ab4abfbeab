//! What the server takes at most.

use std::time::Duration;

use mcp_protocol::StreamLimits;

use crate::args::EdgeArgs;
use crate::edge::admission::AdmissionSettings;
use crate::edge::limits::{LimitSettings, Quotas};
use crate::edge::overload::OverloadSettings;
use crate::exit::Failure;

/// Bounds of requests, connections and load.
#[derive(Clone, Debug)]
pub struct EdgeSettings {
    /// Of requests.
    pub admission: AdmissionSettings,
    /// Of streams that stay open.
    pub streams: StreamLimits,
    /// Of network connections.
    pub connections: ConnectionSettings,
}

/// Bounds of network connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionSettings {
    /// In all.
    pub most: usize,
    /// Of one address.
    pub per_address: usize,
    /// How long one may be idle.
    pub idle: Duration,
}

/// Checks what was typed.
pub(super) fn resolve(args: &EdgeArgs) -> Result<EdgeSettings, Failure> {
    let quotas = Quotas::new(&args.quotas).map_err(|reason| Failure::Option { name: "--quotas", reason })?;
    if args.idle_timeout.is_zero() {
        return Err(Failure::Option {
            name: "--idle-timeout",
            reason: "must be longer than nothing, such as 75s".to_owned(),
        });
    }
    let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    Ok(EdgeSettings {
        admission: AdmissionSettings {
            limits: LimitSettings {
                per_address: args.address_rate,
                tiers: args.address_tiers.0.clone(),
                per_grant: args.grant_rate,
                per_key: args.key_rate,
                quotas,
                overall: args.overall_rate,
            },
            overload: OverloadSettings { most: size(args.max_requests), delay: args.overload_delay },
        },
        streams: StreamLimits::new(size(args.max_streams), size(args.streams_per_grant)),
        connections: ConnectionSettings {
            most: size(args.max_connections),
            per_address: size(args.connections_per_address),
            idle: args.idle_timeout,
        },
    })
}
