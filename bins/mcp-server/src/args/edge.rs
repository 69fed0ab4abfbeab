//! What the server takes at most, as typed: options of `serve`.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;

use super::duration;
use crate::edge::limits::{Allowance, Quota};

/// The networks whose addresses many people share: Anthropic calls for all of its users from the first (as it has
/// published under "IP addresses", outbound), and whoever calls from this machine itself is its operator, or a proxy.
const TIERS: &str = "160.79.104.0/21=200/s,127.0.0.0/8=off,::1/128=off";

/// Bounds of requests, connections and load.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Limits and overload (rates are 20/s, 600/m, 1000/h, 5000/d, 20/s:400 for 400 at once, or off)"
)]
pub struct EdgeArgs {
    /// Requests of one address (of IPv6: one /64) that have no valid token
    #[arg(long, value_name = "RATE", default_value = "20/s")]
    pub address_rate: Allowance,

    /// The same for each address in certain networks; a list of your own replaces the default, `none` empties it
    #[arg(long, value_name = "CIDR=RATE,…", default_value = TIERS, value_parser = tiers)]
    pub address_tiers: Tiers,

    /// Requests of one connection
    #[arg(long, value_name = "RATE", default_value = "20/s")]
    pub grant_rate: Allowance,

    /// Requests with one API key, of all its connections
    #[arg(long, value_name = "RATE", default_value = "50/s")]
    pub key_rate: Allowance,

    /// Requests with certain API keys, by their fingerprints in `grants list`: `KEY=5/s` in place of the rate above, or
    /// `KEY+KEY=1000/h` for all keys of a workspace together
    #[arg(long, value_name = "KEYS=RATE,…", value_delimiter = ',')]
    pub quotas: Vec<Quota>,

    /// All requests to this instance
    #[arg(long, value_name = "RATE", default_value = "off")]
    pub overall_rate: Allowance,

    /// Requests of a kind (sign-in, MCP, pages, tool calls) that may be under way at once
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_requests: u32,

    /// How long work that is ready may wait for a processor before requests are turned away
    #[arg(long, value_name = "DURATION", default_value = "5ms", value_parser = duration)]
    pub overload_delay: Duration,

    /// Streams that stay open, in all
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub max_streams: u32,

    /// Streams that stay open, of one connection
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub streams_per_grant: u32,

    /// Network connections in all. When there are as many, those that have been idle for longest are closed
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,

    /// Network connections of one address; proxies and the networks with a rate of their own may have more
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub connections_per_address: u32,

    /// How long a network connection may be idle between two requests. It must be longer than a proxy in front keeps one that
    /// it does not use
    #[arg(long, value_name = "DURATION", default_value = "75s", value_parser = duration)]
    pub idle_timeout: Duration,
}

/// Networks with the rate of each of their addresses.
#[derive(Clone, Debug, Default)]
pub struct Tiers(pub Vec<(IpNet, Allowance)>);

fn tiers(text: &str) -> Result<Tiers, String> {
    if text.trim() == "none" {
        return Ok(Tiers::default());
    }
    let tier = |text: &str| {
        let (network, rate) = text
            .split_once('=')
            .ok_or_else(|| format!("'{text}' has no rate: write it like 192.0.2.0/24=100/s"))?;
        let network = IpNet::from_str(network.trim())
            .map_err(|_| format!("'{network}' is no network: write it like 192.0.2.0/24=100/s"))?;
        Ok::<_, String>((network.trunc(), rate.parse()?))
    };
    text.split(',').map(|text| tier(text.trim())).collect::<Result<_, _>>().map(Tiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_as_operators_write_them() {
        assert_eq!(tiers(TIERS).unwrap().0.len(), 3);
        assert!(tiers("none").unwrap().0.is_empty());
        let two = tiers("192.0.2.9/24=100/s, 2001:db8::/32=off").unwrap().0;
        assert_eq!(two[0], ("192.0.2.0/24".parse().unwrap(), "100/s".parse().unwrap()));
        assert_eq!(two[1].1, Allowance::Off);
        for (wrong, part) in [
            ("", "has no rate"),
            ("192.0.2.0/24", "has no rate"),
            ("192.0.2.0=1/s", "is no network"),
            ("192.0.2.0/24=fast", "is no rate"),
        ] {
            let error = tiers(wrong).unwrap_err();
            assert!(error.contains(part), "{wrong}: {error}");
        }
    }
}
