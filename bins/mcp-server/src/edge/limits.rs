//! How often clients may ask: those who have not signed in by their address, the others by connection, API key and
//! workspace, and all of them together.
//!
//! Whatever a request turns out to be, it first counts for its address, and is given back when it has a valid token: the
//! clouds of AI clients call for many users from few addresses, and who has signed in is limited as who they are. The
//! counters are this instance's own. With several instances each has its share of the requests, and so each grants the
//! whole rate: what must be exact across instances (texts, tries of keys, the pace at the API) is counted in the store,
//! and a store that was asked for every read would be slower than the reads, and down for all when it is down.

mod quotas;
mod rate;
mod table;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;
use tokio::time::Instant;

pub use quotas::{Quota, Quotas};
pub use rate::{Allowance, Rate};
pub(in crate::edge) use table::Table;

use crate::edge::refused::{Refusal, Refused};

/// Parties that are counted at once, of either kind: 256 kB each. A party takes room only until it has had its rest, ten
/// seconds at the standard rates.
const PARTIES: usize = 32 * 1024;

/// How often.
#[derive(Clone, Debug, Default)]
pub struct LimitSettings {
    /// Requests without a valid token from one address (of IPv6: from one /64, which is one customer's).
    pub per_address: Allowance,
    /// The same for each address in these networks; the narrowest that fits counts.
    pub tiers: Vec<(IpNet, Allowance)>,
    /// Requests of one connection.
    pub per_grant: Allowance,
    /// Requests with one API key.
    pub per_key: Allowance,
    /// Requests with certain keys.
    pub quotas: Quotas,
    /// All requests.
    pub overall: Allowance,
}

/// Counts requests.
#[derive(Debug)]
pub struct RequestLimits {
    settings: LimitSettings,
    start: Instant,
    strangers: Table,
    parties: Table,
}

/// Whom a counter is for.
#[derive(Hash)]
enum Party<'a> {
    Grant(&'a [u8; 16]),
    Key(&'a [u8; 16]),
    Workspace(usize),
    All,
}

impl RequestLimits {
    /// Nobody has asked for anything yet.
    #[must_use]
    pub fn new(mut settings: LimitSettings) -> Self {
        settings.tiers.sort_by_key(|(network, _)| std::cmp::Reverse(network.prefix_len()));
        let start = Instant::now();
        Self { settings, start, strangers: Table::new(PARTIES), parties: Table::new(PARTIES) }
    }

    /// Whether the network of this address has a rate of its own: many people share its addresses.
    #[must_use]
    pub fn is_shared(&self, address: IpAddr) -> bool {
        self.tier(address.to_canonical()).is_some()
    }

    /// A request has arrived. `None`: nobody knows its client's address.
    ///
    /// # Errors
    /// It is one too many.
    pub fn arrived(&self, address: Option<IpAddr>, now: Instant) -> Result<(), Refusal> {
        let now = micros(self.start, now);
        if let Some((network, rate)) = address.and_then(|address| self.stranger(address)) {
            take(&self.strangers, &network, rate, Refused::Address, now)?;
        }
        match self.settings.overall.rate() {
            Some(rate) => take(&self.parties, &Party::All, rate, Refused::Global, now),
            None => Ok(()),
        }
    }

    /// It has a credential that works: from now on it is this key's, and this connection's where it is one's. `address`: where
    /// it counts no more.
    ///
    /// # Errors
    /// It is one too many.
    pub fn signed_in(
        &self,
        address: Option<IpAddr>,
        grant: Option<&[u8; 16]>,
        key: &[u8; 16],
        now: Instant,
    ) -> Result<(), Refusal> {
        let now = micros(self.start, now);
        if let Some((network, rate)) = address.and_then(|address| self.stranger(address)) {
            self.strangers.give_back(&network, rate.bucket(), now);
        }
        // The narrowest first: a connection that is over its own limit uses up nothing that it shares.
        if let (Some(grant), Some(rate)) = (grant, self.settings.per_grant.rate()) {
            take(&self.parties, &Party::Grant(grant), rate, Refused::Grant, now)?;
        }
        let quotas = &self.settings.quotas;
        if let Some(rate) = quotas.of_key(key).unwrap_or(self.settings.per_key).rate() {
            take(&self.parties, &Party::Key(key), rate, Refused::Key, now)?;
        }
        match quotas.of_workspace(key) {
            Some((index, rate)) => {
                take(&self.parties, &Party::Workspace(index), rate, Refused::Workspace, now)
            }
            None => Ok(()),
        }
    }

    /// What an address counts as, and how often it may.
    fn stranger(&self, address: IpAddr) -> Option<(u128, Rate)> {
        let address = address.to_canonical();
        let rate = self.tier(address).unwrap_or(self.settings.per_address).rate()?;
        Some((one_customer(address), rate))
    }

    fn tier(&self, address: IpAddr) -> Option<Allowance> {
        let fits = self.settings.tiers.iter().find(|(network, _)| network.contains(&address));
        fits.map(|(_, allowance)| *allowance)
    }
}

/// Microseconds since the start, as a [`Table`] counts them.
pub(super) fn micros(start: Instant, now: Instant) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "half a million years of microseconds fit")]
    let micros = now.saturating_duration_since(start).as_micros() as u64;
    micros
}

/// What is counted as one client: an IPv4 address, or an IPv6 /64, which is what one customer gets.
#[must_use]
pub fn one_customer(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv6Addr::to_bits(address.to_ipv6_mapped()),
        IpAddr::V6(address) => address.to_bits() & !u128::from(u64::MAX),
    }
}

fn take(
    table: &Table,
    party: &impl std::hash::Hash,
    rate: Rate,
    refused: Refused,
    now: u64,
) -> Result<(), Refusal> {
    table.take(party, rate.bucket(), now).map_err(|retry_after| Refusal {
        refused,
        retry_after,
        rate: Some(rate),
    })
}
