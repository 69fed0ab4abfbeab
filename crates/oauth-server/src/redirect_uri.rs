//! Redirect URIs: which are acceptable at all, which are ours to send codes to, and which are the same
//! (OAuth 2.1 section 2.3, RFC 8252 sections 7 and 8, RFC 9700 section 4.1).
//!
//! Everything is decided on the raw text. Parsers serve as a cross-check only: a URI that two of them read
//! differently is refused, because the browser may be a third.

use std::net::Ipv4Addr;

use sha2::{Digest as _, Sha256};
use url::Url;

use crate::settings::SettingsError;

/// Longest redirect URI, in bytes.
const MAX_LENGTH: usize = 1024;

/// Where codes may be sent.
///
/// A pasted key needs no login before it, so whoever can make this server send a code somewhere needs only a link
/// to its genuine consent page. Unknown hosts are therefore refused unless the operator allows them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RedirectPolicy {
    /// Hosts of https redirect URIs that are known clients'.
    pub known_hosts: Vec<String>,
    /// Private-use schemes of known desktop clients (RFC 8252 section 7.1), in lower case.
    pub known_schemes: Vec<String>,
    /// Whether https redirects to other hosts are allowed, with a warning that the user has to tick.
    pub allow_unknown_hosts: bool,
}

/// Hosts to which the large clients have their codes sent.
const KNOWN_HOSTS: [&str; 15] = [
    "claude.ai",
    "claude.com",
    "chatgpt.com",
    "www.cursor.com",
    "cursor.com",
    "vscode.dev",
    "insiders.vscode.dev",
    "grok.com",
    "console.x.ai",
    "www.perplexity.ai",
    "callback.mistral.ai",
    "oauth.n8n.cloud",
    "oauth-redirect.googleusercontent.com",
    "oauth-redirect-test.googleusercontent.com",
    "oauth-redirect-sandbox.googleusercontent.com",
];

const KNOWN_SCHEMES: [&str; 6] = ["claude", "cursor", "vscode", "vscode-insiders", "windsurf", "zed"];

/// Schemes that run, read or show something instead of opening an application; no policy can allow them.
const NEVER_SCHEMES: [&str; 14] = [
    "http",
    "https",
    "javascript",
    "vbscript",
    "data",
    "blob",
    "file",
    "filesystem",
    "about",
    "mailto",
    "tel",
    "sms",
    "ftp",
    "view-source",
];

impl Default for RedirectPolicy {
    fn default() -> Self {
        Self {
            known_hosts: KNOWN_HOSTS.map(str::to_owned).to_vec(),
            known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec(),
            allow_unknown_hosts: false,
        }
    }
}

impl RedirectPolicy {
    pub(crate) fn validate(&self) -> Result<(), SettingsError> {
        let refuse = |entry: &String| Err(SettingsError::Redirect { entry: entry.clone() });
        for host in &self.known_hosts {
            if !is_host_name(host) {
                return refuse(host);
            }
        }
        for scheme in &self.known_schemes {
            if !is_scheme(scheme) || NEVER_SCHEMES.contains(&scheme.as_str()) {
                return refuse(scheme);
            }
        }
        Ok(())
    }

    /// How far a well-formed redirect URI is trusted; `None` when codes must not go there.
    pub(crate) fn trust(&self, uri: &RedirectUri) -> Option<Trust> {
        match &uri.kind {
            Kind::Loopback { .. } => Some(Trust::Loopback),
            Kind::PrivateUse { scheme } => self.known_schemes.contains(scheme).then_some(Trust::Application),
            Kind::Https { host } if self.known_hosts.contains(host) => Some(Trust::Known),
            Kind::Https { .. } => self.allow_unknown_hosts.then_some(Trust::Unknown),
        }
    }
}

/// How far a redirect URI is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// https to a host of a known client.
    Known,
    /// An application on the user's own computer.
    Loopback,
    /// A known application's own scheme.
    Application,
    /// https to any other host.
    Unknown,
}

/// A well-formed redirect URI, byte for byte as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectUri {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Https {
        host: String,
    },
    /// `http` on a loopback host: `port` is the range of its `:port` in the text.
    Loopback {
        port: Option<(usize, usize)>,
    },
    PrivateUse {
        scheme: String,
    },
}

/// The text is no acceptable redirect URI, for this reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unacceptable(pub(crate) &'static str);

impl RedirectUri {
    /// Reads and checks a redirect URI. Whether codes may go there is up to [`RedirectPolicy::trust`].
    pub(crate) fn parse(text: &str) -> Result<Self, Unacceptable> {
        let refuse = |reason| Err(Unacceptable(reason));
        if text.len() > MAX_LENGTH {
            return refuse("it is longer than 1024 bytes");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte)) {
            return refuse("it has a character that a URI cannot have");
        }
        if text.contains('#') {
            return refuse("it has a fragment");
        }
        let Some((scheme, rest)) = text.split_once(':') else { return refuse("it is not absolute") };
        if !is_scheme(scheme) {
            return refuse("its scheme is malformed or not in lower case");
        }
        let path_and_query = rest.strip_prefix("//").map_or(rest, |rest| &rest[authority(rest).len()..]);
        let path = path_and_query.split('?').next().unwrap_or_default();
        if path.split('/').any(is_dot_segment) {
            return refuse("it has dot segments");
        }
        let kind = match scheme {
            "http" | "https" => web_kind(text, scheme, rest)?,
            _ if NEVER_SCHEMES.contains(&scheme) => return refuse("its scheme does not open an application"),
            _ if !rest.starts_with('/') => return refuse("nothing like a path follows its scheme"),
            _ if authority(rest.trim_start_matches('/')).contains('@') => {
                return refuse("it has user information");
            }
            _ if Url::parse(text).is_err() => return refuse("browsers cannot read it"),
            _ => Kind::PrivateUse { scheme: scheme.to_owned() },
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// The text, byte for byte.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// What identifies the receiver: the host; `localhost` for any loopback host; `scheme:` for an application.
    pub(crate) fn receiver(&self) -> String {
        match &self.kind {
            Kind::Https { host } => host.clone(),
            Kind::Loopback { .. } => "localhost".to_owned(),
            Kind::PrivateUse { scheme } => format!("{scheme}:"),
        }
    }

    /// The same in more detail, for people: the port of a loopback address, too.
    pub(crate) fn address(&self) -> String {
        match &self.kind {
            Kind::PrivateUse { scheme } => format!("{scheme}: links on this device"),
            Kind::Https { .. } => authority(&self.text["https://".len()..]).to_owned(),
            Kind::Loopback { .. } => authority(&self.text["http://".len()..]).to_owned(),
        }
    }

    /// Names the set of URIs that count as the same: this one alone, or this one with any port on loopback,
    /// where applications listen on whatever port is free (RFC 8252 section 7.3).
    pub(crate) fn identity(&self) -> [u8; 16] {
        let mut hash = Sha256::new();
        match self.kind {
            Kind::Loopback { port: Some((start, end)) } => {
                hash.update(&self.text[..start]);
                hash.update(&self.text[end..]);
            }
            _ => hash.update(&self.text),
        }
        let digest = hash.finalize();
        let mut identity = [0; 16];
        identity.copy_from_slice(&digest[..16]);
        identity
    }
}

/// Reads the authority of an `http` or `https` URI; `rest` is what follows the scheme's colon.
fn web_kind(text: &str, scheme: &str, rest: &str) -> Result<Kind, Unacceptable> {
    let refuse = |reason| Err(Unacceptable(reason));
    let Some(after) = rest.strip_prefix("//") else { return refuse("it has no host") };
    let authority = authority(after);
    if authority.contains('@') {
        return refuse("it has user information");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_number = match port {
        // A leading zero is one more way to write the same thing.
        Some(port) if port.starts_with('0') || !port.bytes().all(|byte| byte.is_ascii_digit()) => None,
        Some(port) => port.parse::<u16>().ok().map(Some),
        None => Some(None),
    };
    let Some(port_number) = port_number else { return refuse("its port is malformed") };
    let loopback = is_loopback(host);
    if !loopback && !is_host_name(host) {
        return refuse("its host is malformed or not in lower case");
    }
    if !agreed(text, host, port_number) {
        return refuse("parsers disagree on its host");
    }
    match (scheme, loopback) {
        ("https", _) => Ok(Kind::Https { host: host.to_owned() }),
        (_, true) => {
            let start = "http://".len() + host.len();
            let port = port.map(|port| (start, start + 1 + port.len()));
            Ok(Kind::Loopback { port })
        }
        (_, false) => refuse("it is http and not on a loopback host"),
    }
}

/// The text up to the first `/` or `?`.
fn authority(after_slashes: &str) -> &str {
    after_slashes.split(['/', '?']).next().unwrap_or_default()
}

/// Whether the WHATWG parser of browsers and the RFC 3986 parser of HTTP clients see this host and port.
fn agreed(text: &str, host: &str, port: Option<u16>) -> bool {
    let browser = Url::parse(text).is_ok_and(|url| {
        let default = if url.scheme() == "https" { 443 } else { 80 };
        url.host_str() == Some(host) && url.port().unwrap_or(default) == port.unwrap_or(default)
    });
    let client =
        text.parse::<http::Uri>().is_ok_and(|uri| uri.host() == Some(host) && uri.port_u16() == port);
    browser && client
}

/// `127.0.0.0/8` and `[::1]`, and `localhost`, which RFC 8252 discourages and real clients need.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        let bytes = label.as_bytes();
        !bytes.is_empty()
            && bytes.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
    };
    host.len() <= 253 && host.split('.').all(label)
}

/// A scheme of RFC 3986 section 3.1, in lower case.
fn is_scheme(scheme: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    scheme.as_bytes().first().is_some_and(u8::is_ascii_lowercase) && scheme.bytes().all(known)
}

fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests;
