//! Whose address counts: the connection's other end, or what a proxy that the operator trusts says of it.
//!
//! Behind a proxy all clients would share the proxy's address, and one of them could use up what all may do before they have
//! signed in. What a proxy adds stands at the end of the list, so the list is read from its end: the first address that is
//! no trusted proxy's is the client's, and whatever stands before it is the client's own claim.

use std::net::IpAddr;

use http::header::{FORWARDED, HeaderName};
use http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

use crate::exit::Failure;

/// As most proxies write it: addresses with commas between them.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Hops that are looked at: more than any deployment has, and an end for long lists.
const MOST_HOPS: usize = 16;

/// In which header the proxies say it. Only one counts: the other is passed on as the client wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, which most proxies write
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

/// The proxies whose word counts.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ProxyHeader,
}

impl TrustedProxies {
    /// Proxies in these networks, which say it in this header.
    ///
    /// # Errors
    /// A network that is everybody: then every client could claim any address.
    pub fn new(networks: &[IpNet], header: ProxyHeader) -> Result<Self, Failure> {
        match networks.iter().find(|network| network.prefix_len() == 0) {
            None => Ok(Self { networks: networks.iter().map(IpNet::trunc).collect(), header }),
            Some(network) => Err(Failure::Option {
                name: "--trusted-proxies",
                reason: format!(
                    "{network} is every address there is: any client could claim any address. Write the networks of your proxies"
                ),
            }),
        }
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// The address of the client of a request that came from `peer`. `None`: a trusted proxy does not say it.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return Some(peer);
        }
        let name = match self.header {
            ProxyHeader::XForwardedFor => X_FORWARDED_FOR,
            ProxyHeader::Forwarded => FORWARDED,
        };
        // Several lines are one list, in their order.
        let lines: Vec<&HeaderValue> = headers.get_all(name).iter().collect();
        let hops = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for hop in hops.take(MOST_HOPS) {
            let address = match self.header {
                ProxyHeader::XForwardedFor => address(hop.trim()),
                ProxyHeader::Forwarded => forwarded_for(hop),
            };
            // What a trusted proxy could not or would not name is nobody's that we know of.
            let address = address?.to_canonical();
            if !self.trust(address) {
                return Some(address);
            }
        }
        None
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// `for=` of one element (RFC 7239 section 4): a token or a quoted string, in which IPv6 stands in brackets.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let node = element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim())
    })?;
    address(node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node))
}

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn address(node: &str) -> Option<IpAddr> {
    if let Some(rest) = node.strip_prefix('[') {
        let (inside, port) = rest.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return is_port.then(|| inside.parse().ok().map(IpAddr::V6)).flatten();
    }
    node.parse().ok().or_else(|| {
        let (host, port) = node.rsplit_once(':')?;
        is_port(port).then(|| host.parse().ok().map(IpAddr::V4)).flatten()
    })
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.1.2.3";

    fn client(header: ProxyHeader, peer: &str, lines: &[&str]) -> Option<String> {
        let networks = ["10.0.0.0/8", "2001:db8:1::/48"].map(|network| network.parse().unwrap());
        let name = match header {
            ProxyHeader::XForwardedFor => X_FORWARDED_FOR,
            ProxyHeader::Forwarded => FORWARDED,
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name.clone(), HeaderValue::from_str(line).unwrap());
        }
        let proxies = TrustedProxies::new(&networks, header).unwrap();
        proxies.client(peer.parse().unwrap(), &headers).map(|address| address.to_string())
    }

    #[test]
    fn the_list_is_read_from_its_end() {
        for (peer, lines, expected) in [
            // Whoever is no proxy is the client, whatever it says.
            ("192.0.2.1", &["198.51.100.1"][..], Some("192.0.2.1")),
            ("192.0.2.1", &[], Some("192.0.2.1")),
            (PROXY, &["198.51.100.1"], Some("198.51.100.1")),
            // What stands before is the client's own claim.
            (PROXY, &["127.0.0.1, 203.0.113.9,198.51.100.1"], Some("198.51.100.1")),
            // A chain of proxies, on one line or on several.
            (PROXY, &["203.0.113.9, 198.51.100.1, 10.9.9.9, 10.8.8.8"], Some("198.51.100.1")),
            (PROXY, &["203.0.113.9", "198.51.100.1", "10.9.9.9"], Some("198.51.100.1")),
            ("2001:db8:1::5", &["2001:db8:2::7"], Some("2001:db8:2::7")),
            // Addresses of IPv4 in the form of IPv6, on either side.
            ("::ffff:10.1.2.3", &["::ffff:198.51.100.1"], Some("198.51.100.1")),
            (PROXY, &["198.51.100.1:4711"], Some("198.51.100.1")),
            (PROXY, &["[2001:db8:2::7]:4711"], Some("2001:db8:2::7")),
            // Nothing, nobody, or nonsense: not known, and not what stands before.
            (PROXY, &[], None),
            (PROXY, &[""], None),
            (PROXY, &["198.51.100.1, unknown"], None),
            (PROXY, &["198.51.100.1, 10.9.9.9, [::1"], None),
            (PROXY, &["198.51.100.1:99999"], None),
            (PROXY, &["10.9.9.9, 10.8.8.8"], None),
        ] {
            let found = client(ProxyHeader::XForwardedFor, peer, lines);
            assert_eq!(found.as_deref(), expected, "{peer} {lines:?}");
        }
        let long = format!("198.51.100.1{}", ", 10.9.9.9".repeat(MOST_HOPS));
        assert_eq!(client(ProxyHeader::XForwardedFor, PROXY, &[&long]), None);
    }

    #[test]
    fn forwarded_names_it_among_other_things() {
        for (line, expected) in [
            ("for=198.51.100.1", Some("198.51.100.1")),
            ("by=10.1.2.3; For = \"198.51.100.1:4711\" ;proto=https", Some("198.51.100.1")),
            ("for=203.0.113.9, for=\"[2001:db8:2::7]:80\";proto=http", Some("2001:db8:2::7")),
            ("for=198.51.100.1, for=10.9.9.9", Some("198.51.100.1")),
            ("for=198.51.100.1, for=_hidden", None),
            ("for=198.51.100.1, for=unknown", None),
            ("for=198.51.100.1, proto=https", None),
            ("198.51.100.1", None),
        ] {
            assert_eq!(client(ProxyHeader::Forwarded, PROXY, &[line]).as_deref(), expected, "{line}");
        }
        // The header that does not count is the client's to write.
        assert_eq!(client(ProxyHeader::XForwardedFor, PROXY, &[]), None);
    }

    #[test]
    fn everybody_is_no_proxy() {
        for network in ["0.0.0.0/0", "::/0", "10.0.0.0/0"] {
            let refused = TrustedProxies::new(&[network.parse().unwrap()], ProxyHeader::default());
            assert!(refused.unwrap_err().to_string().contains("--trusted-proxies"), "{network}");
        }
        assert!(TrustedProxies::new(&[], ProxyHeader::default()).unwrap().is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_list_breaks_it(line in "[ -~]{0,200}") {
            for header in [ProxyHeader::XForwardedFor, ProxyHeader::Forwarded] {
                let found = client(header, PROXY, &[&line, "198.51.100.7"]);
                if header == ProxyHeader::XForwardedFor {
                    proptest::prop_assert_eq!(found.as_deref(), Some("198.51.100.7"));
                }
                client(header, PROXY, &[&line]);
            }
        }
    }
}
