//! Limits per client address, for what costs little and needs no store: registrations.
//!
//! Addresses are counted in tiers, as whoever abuses them has them: one address (a /64 of IPv6 is one customer), and the
//! block around it, which may be bought as a whole. The large hosts call for all of their users from a few blocks, so that
//! those get many times as much.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;

/// How often clients may register.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RegistrationLimits {
    /// Registrations a second from one client address, where the request carries a
    /// [`ClientAddress`](crate::ClientAddress); in a burst, ten times as many. The block around it (an IPv4 /24, an IPv6
    /// /48) gets four times as much.
    pub per_address: u32,
    /// Registrations a second altogether; in a burst, ten times as many.
    pub overall: u32,
    /// Networks from which many users come, and how many times as much they get.
    pub shared_networks: Vec<(IpNet, u32)>,
}

impl Default for RegistrationLimits {
    /// Ten a second from one address and a hundred altogether; the networks that Anthropic has published for its calls
    /// count for twenty addresses.
    fn default() -> Self {
        let shared = ["160.79.104.0/21", "2607:6bc0::/48"];
        let shared_networks = shared
            .into_iter()
            .filter_map(|network| network.parse().ok())
            .map(|network| (network, 20))
            .collect();
        Self { per_address: 10, overall: 100, shared_networks }
    }
}

/// A burst, in seconds of the steady rate.
const BURST: u64 = 10;
/// How many addresses the block around one counts for.
const BLOCK: u32 = 4;
/// Shortest time between two looks at all that is remembered, in microseconds.
const CLEARING: u64 = 100_000;
/// Most addresses and blocks that are remembered.
const MOST: usize = 20_000;

/// Counts registrations. In memory: each instance counts for itself.
pub(crate) struct RegistrationLimiter {
    limits: RegistrationLimits,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    /// When the allowance of each will be whole again, in microseconds since the Unix epoch.
    whole_at: HashMap<Counted, u64>,
    /// When those that are whole were last taken out: not for every request, because that looks at all.
    cleared_at: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    All,
    Network(IpNet),
}

impl RegistrationLimiter {
    pub(crate) fn new(limits: RegistrationLimits) -> Self {
        Self { limits, counts: Mutex::default() }
    }

    /// Counts one more at this time since the Unix epoch.
    ///
    /// # Errors
    /// When to come back; nothing was counted.
    pub(crate) fn take(&self, address: Option<IpAddr>, now: Duration) -> Result<(), Duration> {
        let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        let mut counted = vec![(Counted::All, self.limits.overall)];
        if let Some(address) = address {
            counted.extend(self.tiers(address.to_canonical()));
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { whole_at, cleared_at } = &mut *counts;
        if whole_at.len() + counted.len() > MOST && now.abs_diff(*cleared_at) >= CLEARING {
            whole_at.retain(|_, at| *at > now);
            *cleared_at = now;
        }
        let mut then = Vec::with_capacity(counted.len());
        for (what, per_second) in counted {
            let period = 1_000_000 / u64::from(per_second.clamp(1, 1_000_000));
            let from = whole_at.get(&what).copied().unwrap_or(0).max(now);
            let at = from + period;
            // A clock that was set back makes nobody wait for longer than a burst.
            let ahead = (at - now).min(2 * BURST * 1_000_000);
            if ahead > BURST * 1_000_000 {
                return Err(Duration::from_micros(ahead - BURST * 1_000_000));
            }
            then.push((what, at));
        }
        for (what, at) in then {
            // Full of addresses that all came just now: the count of all goes on.
            if whole_at.len() < MOST || whole_at.contains_key(&what) {
                whole_at.insert(what, at);
            }
        }
        Ok(())
    }

    /// What an address counts for, and how many a second each may have.
    fn tiers(&self, address: IpAddr) -> impl Iterator<Item = (Counted, u32)> {
        let shared = self.limits.shared_networks.iter().find(|(network, _)| network.contains(&address));
        let factor = shared.map_or(1, |(_, factor)| (*factor).max(1));
        let (one, block) = if address.is_ipv4() { (32, 24) } else { (64, 48) };
        [(one, 1), (block, BLOCK)].into_iter().filter_map(move |(bits, times)| {
            let network = IpNet::new(address, bits).ok()?.trunc();
            let rate = self.limits.per_address.saturating_mul(times).saturating_mul(factor);
            Some((Counted::Network(network), rate))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `count` registrations from these addresses in turn are taken at one moment.
    fn taken(limiter: &RegistrationLimiter, addresses: &[&str], count: usize, at: u64) -> usize {
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let take = |n: usize| limiter.take(Some(addresses[n % addresses.len()]), Duration::from_secs(at));
        (0..count).filter(|n| take(*n).is_ok()).count()
    }

    fn limiter() -> RegistrationLimiter {
        RegistrationLimiter::new(RegistrationLimits { overall: 100_000, ..RegistrationLimits::default() })
    }

    #[test]
    fn h13_addresses_are_counted_in_tiers() {
        let limiter = limiter();
        assert_eq!(taken(&limiter, &["192.0.2.1"], 500, 1_000), 100);
        assert_eq!(taken(&limiter, &["192.0.2.1"], 500, 1_001), 10);
        // Its neighbours have the block's allowance left, and strangers their own.
        let neighbours = ["192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"];
        assert_eq!(taken(&limiter, &neighbours, 1_000, 1_001), 400 - 100 - 10 + 40);
        assert_eq!(taken(&limiter, &["192.0.3.1"], 500, 1_001), 100);
        // One customer of IPv6 has a /64; a mapped address is the one inside.
        assert_eq!(taken(&limiter, &["2001:db8::1", "2001:db8::2", "2001:db8::3"], 500, 1_001), 100);
        assert_eq!(taken(&limiter, &["::ffff:192.0.3.1"], 500, 1_001), 0);
        // All users of one large host.
        assert_eq!(taken(&limiter, &["160.79.104.10"], 5_000, 1_001), 2_000);
    }

    #[test]
    fn h13_there_is_a_limit_for_all() {
        let limiter = RegistrationLimiter::new(RegistrationLimits::default());
        let later = Duration::from_secs(1_000);
        assert_eq!((0..2_000).filter(|_| limiter.take(None, later).is_ok()).count(), 1_000);
        let wait = limiter.take(Some("192.0.2.1".parse().unwrap()), later).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(10), "{wait:?}");
        assert!(limiter.take(None, later + wait).is_ok());
        // The clock is set back by a year.
        assert!(limiter.take(None, Duration::from_secs(10)).unwrap_err() <= Duration::from_secs(BURST));
    }

    #[test]
    fn h13_the_memory_is_bounded() {
        let limiter = RegistrationLimiter::new(RegistrationLimits {
            overall: 1_000_000,
            ..RegistrationLimits::default()
        });
        for n in 0..60_000u32 {
            let address = IpAddr::from((0x0100_0000 + n * 256).to_be_bytes());
            limiter.take(Some(address), Duration::from_secs(1_000)).expect("a stranger");
        }
        assert!(limiter.counts.lock().unwrap().whole_at.len() <= MOST);
        // Later there is room again.
        assert!(limiter.take(Some("192.0.2.1".parse().unwrap()), Duration::from_secs(1_100)).is_ok());
        assert!(limiter.counts.lock().unwrap().whole_at.len() < 10);
    }
}
