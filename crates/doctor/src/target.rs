//! The URL as the user types it, taken apart once.

use url::{Host, Url};

/// The MCP endpoint that is examined.
#[derive(Clone, Debug)]
pub struct Target {
    /// The text as typed. Clients compare it byte for byte with what the metadata says.
    pub typed: String,
    /// The same, parsed.
    pub url: Url,
}

impl Target {
    /// Accepts https anywhere and http on this machine.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text)
            .map_err(|error| format!("'{text}' is not a URL ({error}); write https://mcp.example.com/mcp"))?;
        if url.host().is_none() || !matches!(url.scheme(), "https" | "http") {
            return Err(format!("'{text}' is no https address"));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(format!(
                "'{text}' must be https: clients refuse http but for servers on the same machine"
            ));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err("the URL must have no user name, password or fragment".to_owned());
        }
        Ok(Self { typed: text.to_owned(), url })
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The path without a closing slash; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        let path = self.url.path();
        path.strip_suffix('/').unwrap_or(path)
    }

    /// Another path on the same origin.
    #[must_use]
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url.set_query(None);
        url
    }

    /// Whether the server is on this machine, where http is fine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Whether a URL that the server named may be asked at all: https, or http on this machine when the server itself
    /// is there.
    #[must_use]
    pub fn may_ask(&self, url: &Url) -> bool {
        url.scheme() == "https" || (url.scheme() == "http" && self.is_local() && is_loopback(url))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_typed() {
        for good in [
            "https://mcp.example.com/mcp",
            "http://127.0.0.1:8787/mcp",
            "http://[::1]:1",
            "http://localhost/",
        ] {
            assert!(Target::parse(good).is_ok(), "{good}");
        }
        for (bad, part) in [
            ("mcp.example.com/mcp", "not a URL"),
            ("http://mcp.example.com/mcp", "must be https"),
            ("http://localhost.example.com/mcp", "must be https"),
            ("ftp://mcp.example.com", "no https address"),
            ("https://key@mcp.example.com/mcp", "no user name"),
            ("https://mcp.example.com/mcp#x", "fragment"),
        ] {
            assert!(Target::parse(bad).expect_err(bad).contains(part), "{bad}");
        }
    }

    #[test]
    fn a_server_elsewhere_cannot_send_us_to_this_machine_or_to_http() {
        let target = Target::parse("https://mcp.example.com/mcp").unwrap();
        for (url, allowed) in [
            ("https://login.example.com/token", true),
            ("http://login.example.com/token", false),
            ("http://127.0.0.1/token", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(target.may_ask(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }
}
