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
    /// Where known clients have their codes sent, without `https://`: `host/path` for exactly this URI, `host/path/*`
    /// for one more segment of letters, digits and `-._~`, or `host` for all of its paths, which trusts every page
    /// and open redirect there. Always on the default port; only a bare host takes a query.
    pub known_callbacks: Vec<String>,
    /// The same of services that pass codes on to applications of anybody's making: allowed, with the warning of an
    /// unknown host, because the host does not say who gets the access.
    pub shared_callbacks: Vec<String>,
    /// Private-use schemes of known desktop clients (RFC 8252 section 7.1), in lower case.
    pub known_schemes: Vec<String>,
    /// Whether https redirects to other hosts are allowed, with a warning that the user has to tick.
    pub allow_unknown_hosts: bool,
}

/// Where the large clients have their codes sent. The final slashes are theirs.
const KNOWN_CALLBACKS: [&str; 12] = [
    "claude.ai/api/mcp/auth_callback",
    "claude.com/api/mcp/auth_callback",
    "chatgpt.com/connector_platform_oauth_redirect",
    "chatgpt.com/connector/oauth/*",
    "www.cursor.com/agents/mcp/oauth/callback",
    "cursor.com/agents/mcp/oauth/callback",
    "vscode.dev/redirect",
    "insiders.vscode.dev/redirect",
    "grok.com/connectors-oauth-exchange-code/",
    "console.x.ai/connectors-oauth-exchange-code/",
    "www.perplexity.ai/rest/connections/oauth_callback",
    "callback.mistral.ai/v1/integrations_auth/oauth2_callback",
];

/// Gemini's custom applications, and n8n's hosted workflows.
const SHARED_CALLBACKS: [&str; 7] = [
    "oauth-redirect.googleusercontent.com/r/*",
    "oauth-redirect.googleusercontent.com/a/*",
    "oauth-redirect-test.googleusercontent.com/r/*",
    "oauth-redirect-test.googleusercontent.com/a/*",
    "oauth-redirect-sandbox.googleusercontent.com/r/*",
    "oauth-redirect-sandbox.googleusercontent.com/a/*",
    "oauth.n8n.cloud/oauth2/callback",
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
            known_callbacks: KNOWN_CALLBACKS.map(str::to_owned).to_vec(),
            shared_callbacks: SHARED_CALLBACKS.map(str::to_owned).to_vec(),
            known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec(),
            allow_unknown_hosts: false,
        }
    }
}

impl RedirectPolicy {
    pub(crate) fn validate(&self) -> Result<(), SettingsError> {
        let refuse = |entry: &String| Err(SettingsError::Redirect { entry: entry.clone() });
        for entry in self.known_callbacks.iter().chain(&self.shared_callbacks) {
            if !is_callback_entry(entry) {
                return refuse(entry);
            }
        }
        for scheme in &self.known_schemes {
            if !is_scheme(scheme) || NEVER_SCHEMES.contains(&scheme.as_str()) {
                return refuse(scheme);
            }
        }
        Ok(())
    }

    /// How far a well-formed redirect URI is trusted; `None` when codes must not go there. `vouched_for`: the operator
    /// named it for this client.
    pub(crate) fn trust(&self, uri: &RedirectUri, vouched_for: bool) -> Option<Trust> {
        match &uri.kind {
            Kind::Loopback { .. } => Some(Trust::Loopback),
            Kind::PrivateUse { scheme } => {
                (vouched_for || self.known_schemes.contains(scheme)).then_some(Trust::Application)
            }
            Kind::Https { .. } if vouched_for => Some(Trust::Known),
            Kind::Https { .. } => {
                let listed = |entries: &[String]| entries.iter().any(|entry| is_listed(uri, entry));
                if listed(&self.known_callbacks) {
                    return Some(Trust::Known);
                }
                (self.allow_unknown_hosts || listed(&self.shared_callbacks)).then_some(Trust::Unknown)
            }
        }
    }
}

/// Whether an entry of the policy is of one of the forms that [`is_listed`] understands.
fn is_callback_entry(entry: &str) -> bool {
    let (host, path) = entry.split_once('/').unwrap_or((entry, ""));
    let path = path.strip_suffix('*').filter(|path| path.is_empty() || path.ends_with('/')).unwrap_or(path);
    let is_plain = |segment: &str| segment.bytes().all(is_unreserved) && !is_dot_segment(segment);
    is_host_name(host) && path.split('/').all(is_plain)
}

/// Whether an https redirect URI is what an entry of the policy describes. Bytes are compared, so that a port, a
/// query or another way to write the path never fits an entry with a path.
fn is_listed(uri: &RedirectUri, entry: &str) -> bool {
    let Some(text) = uri.text.strip_prefix("https://") else { return false };
    if !entry.contains('/') {
        return authority(text) == entry;
    }
    match entry.strip_suffix('*') {
        Some(start) => text
            .strip_prefix(start)
            .is_some_and(|segment| !segment.is_empty() && segment.bytes().all(is_unreserved)),
        None => text == entry,
    }
}

/// An unreserved character of RFC 3986 section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// How far a redirect URI is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// https to a callback of a known client.
    Known,
    /// An application on the user's own computer.
    Loopback,
    /// A known application's own scheme.
    Application,
    /// https to anywhere else.
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
            Kind::PrivateUse { scheme } => format!("{scheme}:"),
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

pub(crate) fn is_host_name(host: &str) -> bool {
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

pub(crate) fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests;
