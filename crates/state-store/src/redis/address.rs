//! The store's URL, read: one server, Sentinels that know where it is, or nodes of a cluster.
//!
//! The `redis` crate reads the URL of one server; the forms with several hosts are taken apart here into such URLs.

use ::redis::{Client, ConnectionAddr, ConnectionInfo, RedisConnectionInfo};

use super::options::ConnectError;

/// What a Sentinel listens on unless told otherwise.
const SENTINEL_PORT: u16 = 26_379;

/// Where the store is.
#[derive(Clone, Debug)]
pub(super) enum Address {
    Server(ConnectionInfo),
    Sentinel {
        sentinels: Vec<ConnectionInfo>,
        /// The primary's name.
        name: String,
        /// How the primary is spoken to: its host and port are the Sentinel's own and to be replaced.
        server: ConnectionInfo,
    },
    Cluster {
        /// Nodes that the operator has named.
        seeds: Vec<ConnectionInfo>,
        /// How each node is spoken to, wherever it is.
        server: ConnectionInfo,
    },
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, ConnectError> {
        let (scheme, rest) = url.split_once("://").ok_or(ConnectError::Url("there is no scheme"))?;
        let (plain, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
        if rest.ends_with("#insecure") {
            return Err(ConnectError::Url(
                "the certificate is always checked: '#insecure' does not exist here",
            ));
        }
        match (plain, kind) {
            ("redis" | "valkey", "unix") | (_, "") => Ok(Self::Server(server(url)?)),
            ("redis" | "rediss" | "valkey" | "valkeys", "sentinel") => Self::sentinel(plain, rest),
            ("redis" | "rediss" | "valkey" | "valkeys", "cluster") => Self::cluster(plain, rest),
            _ => Err(ConnectError::Url("the scheme is another")),
        }
    }

    fn sentinel(scheme: &str, rest: &str) -> Result<Self, ConnectError> {
        let Parts { credentials, hosts, path, query } = Parts::of(rest);
        let (name, database) = path.split_once('/').unwrap_or((path, ""));
        if name.is_empty() {
            return Err(ConnectError::Url("the primary's name is missing after the Sentinels' hosts"));
        }
        let mut settings = RedisConnectionInfo::default();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            settings = match &*key {
                "sentinel-user" => settings.set_username(value),
                "sentinel-password" => settings.set_password(value),
                _ => {
                    return Err(ConnectError::Url(
                        "Sentinels have 'sentinel-user' and 'sentinel-password' alone",
                    ));
                }
            };
        }
        let mut sentinels = Vec::new();
        for host in hosts.split(',') {
            let info = server(&format!("{scheme}://{}", with_port(host, SENTINEL_PORT)))?;
            sentinels.push(info.set_redis_settings(settings.clone()));
        }
        let first = hosts.split(',').next().unwrap_or_default();
        let server = server(&format!("{scheme}://{credentials}{first}/{database}"))?;
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
        Ok(Self::Sentinel { sentinels, name, server })
    }

    fn cluster(scheme: &str, rest: &str) -> Result<Self, ConnectError> {
        let Parts { credentials, hosts, path, query } = Parts::of(rest);
        if !matches!(path, "" | "0") || !query.is_empty() {
            return Err(ConnectError::Url("a cluster has no databases and no options"));
        }
        let node = |host: &str| server(&format!("{scheme}://{credentials}{host}"));
        let seeds = hosts.split(',').map(node).collect::<Result<_, _>>()?;
        Ok(Self::Cluster { seeds, server: node(hosts.split(',').next().unwrap_or_default())? })
    }

    /// The primary's name, where Sentinels know it.
    pub(super) fn primary_name(&self) -> Option<String> {
        match self {
            Self::Sentinel { name, .. } => Some(name.clone()),
            _ => None,
        }
    }

    /// Whether it is spoken to in TLS.
    pub(super) fn has_tls(&self) -> bool {
        let (Self::Server(server) | Self::Sentinel { server, .. } | Self::Cluster { server, .. }) = self;
        matches!(server.addr(), ConnectionAddr::TcpTls { .. })
    }
}

/// `[user[:password]@]host[:port],…/path?query`
struct Parts<'a> {
    /// With the separator at its end, or empty.
    credentials: &'a str,
    hosts: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (authority, path) = text.split_once('/').unwrap_or((text, ""));
        let (credentials, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        Self { credentials, hosts, path: path.trim_end_matches('/'), query }
    }
}

/// A host with the port that it has, or else this one. `[::1]` is one without.
fn with_port(host: &str, port: u16) -> String {
    let has_port = host.rsplit_once(':').is_some_and(|(_, last)| !last.is_empty() && !last.ends_with(']'));
    if has_port { host.to_owned() } else { format!("{}:{port}", host.trim_end_matches(':')) }
}

fn server(url: &str) -> Result<ConnectionInfo, ConnectError> {
    // What is wrong is not repeated: it may be the password.
    let client = Client::open(url).map_err(|_| ConnectError::Url("this is not one"))?;
    Ok(client.get_connection_info().clone())
}

/// The same way to another host.
pub(super) fn elsewhere(info: &ConnectionInfo, host: String, port: u16) -> ConnectionInfo {
    let address = match info.addr() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
        }
        _ => ConnectionAddr::Tcp(host, port),
    };
    info.clone().set_addr(address)
}

/// Host and port of a server that is not a socket in the file system.
pub(super) fn host_and_port(info: &ConnectionInfo) -> (&str, u16) {
    match info.addr() {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => (host, *port),
        _ => ("", 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(info: &ConnectionInfo) -> String {
        let settings = info.redis_settings();
        let (user, password) = (settings.username().unwrap_or("-"), settings.password().unwrap_or("-"));
        let tls = matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        format!("{user} {password} {} {} {tls}", info.addr(), settings.db())
    }

    #[test]
    fn every_form_is_read() {
        let Address::Server(one) = Address::parse("rediss://ann:p%40ss@h:1/2").unwrap() else { panic!() };
        assert_eq!(shown(&one), "ann p@ss h:1 2 true");
        assert!(matches!(Address::parse("redis+unix:///run/redis.sock"), Ok(Address::Server(_))));

        let url = "redis+sentinel://ann:p%40ss@h1:1,[::1],h3/my%20name/2?sentinel-password=s%26x";
        let Address::Sentinel { sentinels, name, server } = Address::parse(url).unwrap() else { panic!() };
        let sentinels: Vec<_> = sentinels.iter().map(shown).collect();
        assert_eq!(sentinels, ["- s&x h1:1 0 false", "- s&x ::1:26379 0 false", "- s&x h3:26379 0 false"]);
        assert_eq!((name.as_str(), shown(&server).as_str()), ("my name", "ann p@ss h1:1 2 false"));
        assert_eq!(shown(&elsewhere(&server, "h9".to_owned(), 9)), "ann p@ss h9:9 2 false");

        let cluster = Address::parse("rediss+cluster://:pw@h1,h2:2/").unwrap();
        let Address::Cluster { seeds, .. } = cluster else { panic!() };
        assert_eq!(seeds.iter().map(shown).collect::<Vec<_>>(), ["- pw h1:6379 0 true", "- pw h2:2 0 true"]);
    }

    #[test]
    fn what_is_not_meant_is_refused_without_being_repeated() {
        for url in [
            "secret",
            "http://secret@h",
            "redis+ring://secret@h",
            "rediss://:secret@h#insecure",
            "rediss+cluster://:secret@h#insecure",
            "redis+sentinel://:secret@h",
            "redis+sentinel://:secret@h/name/two",
            "redis+sentinel://h/name?password=secret",
            "redis+sentinel://:secret@h1:x/name",
            "redis+cluster://:secret@h1,,h2",
            "redis+cluster://:secret@h/1",
            "redis+cluster://h?x=secret",
        ] {
            let error = Address::parse(url).unwrap_err();
            assert!(matches!(error, ConnectError::Url(_)), "{url}: {error:?}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{url}: {error:?}");
        }
    }
}
