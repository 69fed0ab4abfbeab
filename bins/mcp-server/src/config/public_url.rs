//! Where clients reach the server, and the paths below it that can be chosen.

use url::Url;

use super::is_loopback;
use crate::exit::Failure;

/// Where clients reach the server: scheme, host and port, and the path below which everything is mounted, without a trailing
/// slash. It is the OAuth issuer byte for byte (RFC 8414 section 3.3), so it is never taken from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    /// Bytes of scheme, host and port.
    origin: usize,
}

impl PublicUrl {
    /// Accepts `https://host[:port][/path]`, and `http` for loopback addresses only.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let refuse = |reason: String| Failure::Option { name: "--public-url", reason };
        let url = Url::parse(text).map_err(|error| {
            refuse(format!("'{text}' is not a URL ({error}); write it like https://mcp.example.com"))
        })?;
        if url.host().is_none() {
            return Err(refuse(format!("'{text}' has no host")));
        }
        let loopback = is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                return Err(refuse(format!(
                    "'{text}' must be https: keys and tokens would travel in clear (http is for loopback addresses only)"
                )));
            }
            other => return Err(refuse(format!("'{text}' has scheme '{other}'; https is needed"))),
        }
        let bare = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !bare {
            return Err(refuse(format!("'{text}' must be scheme, host, port and path only")));
        }
        let mount = url.path().trim_end_matches('/');
        if !mount.is_empty() && !is_plain_path(mount) {
            return Err(refuse(format!(
                "the path of '{text}' must be of letters, digits, '-', '_' and '.', and not begin with a well-known one"
            )));
        }
        let origin = url.origin().ascii_serialization();
        Ok(Self { text: format!("{origin}{mount}"), origin: origin.len() })
    }

    /// All of it, such as `https://mcp.example.com` or `https://example.com/openphone`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port, as an `Origin` header carries them.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.text[..self.origin]
    }

    /// The path below which everything is mounted: empty, or such as `/openphone`.
    #[must_use]
    pub fn mount(&self) -> &str {
        &self.text[self.origin..]
    }

    /// Host and port as a `Host` header carries them.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.origin().split_once("://").map_or(self.origin(), |(_, authority)| authority)
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// Whether only this machine reaches it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.text).is_ok_and(|url| is_loopback(&url))
    }

    /// The absolute URL of a path below it.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

/// Whether a path is one that nobody reads in two ways: segments of unreserved characters (RFC 3986 section 2.3), none empty or
/// of dots.
fn is_plain_path(path: &str) -> bool {
    let plain = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain))
}

/// Where clients register themselves, below the public URL.
pub(super) fn registration_path(path: &str) -> Result<String, Failure> {
    const TAKEN: [&str; 11] = [
        "/authorize",
        "/token",
        "/revoke",
        "/connections",
        "/signed-out",
        "/mcp",
        "/sse",
        "/healthz",
        "/assets",
        "/icons",
        "/connect",
    ];
    let taken = TAKEN
        .iter()
        .any(|taken| path == *taken || path.strip_prefix(taken).is_some_and(|rest| rest.starts_with('/')));
    if taken || !is_plain_path(path) {
        return Err(Failure::Option {
            name: "--registration-path",
            reason: format!(
                "'{path}' must be a path that nothing else of the server has, such as /oauth/register"
            ),
        });
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls() {
        for (text, expected) in [
            ("https://mcp.example.com", Ok("https://mcp.example.com")),
            ("https://MCP.example.com/", Ok("https://mcp.example.com")),
            ("https://mcp.example.com:443", Ok("https://mcp.example.com")),
            ("http://127.0.0.1:8787", Ok("http://127.0.0.1:8787")),
            ("http://[::1]:8787", Ok("http://[::1]:8787")),
            ("http://localhost:1", Ok("http://localhost:1")),
            ("http://mcp.example.com", Err("must be https")),
            ("http://localhost.example.com", Err("must be https")),
            ("ftp://mcp.example.com", Err("scheme 'ftp'")),
            ("https://mcp.example.com/phone", Ok("https://mcp.example.com/phone")),
            ("https://mcp.example.com/team/phone/", Ok("https://mcp.example.com/team/phone")),
            ("https://mcp.example.com/.well-known/x", Err("well-known")),
            ("https://mcp.example.com//x", Err("letters, digits")),
            ("https://mcp.example.com/a%20b", Err("letters, digits")),
            ("https://u@mcp.example.com", Err("scheme, host, port and path only")),
            ("https://mcp.example.com?x=1", Err("scheme, host, port and path only")),
            ("mcp.example.com", Err("not a URL")),
        ] {
            match (PublicUrl::parse(text), expected) {
                (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected, "{text}"),
                (Err(failure), Err(part)) => {
                    assert!(failure.to_string().contains(part), "{text}: {failure}");
                    assert_eq!(failure.code(), 2);
                }
                (got, expected) => panic!("{text}: {got:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn parts_of_public_urls() {
        let url = PublicUrl::parse("https://example.com:8443/team/phone").unwrap();
        assert_eq!((url.origin(), url.mount()), ("https://example.com:8443", "/team/phone"));
        assert_eq!(
            (url.authority(), url.join("/mcp").as_str()),
            ("example.com:8443", "https://example.com:8443/team/phone/mcp")
        );
        assert_eq!(PublicUrl::parse("https://example.com").unwrap().mount(), "");
    }

    #[test]
    fn registration_paths() {
        for good in ["/register", "/oauth/register", "/v1/clients"] {
            assert_eq!(registration_path(good).unwrap(), good);
        }
        for bad in ["register", "/", "/token", "/mcp/register", "/a//b", "/../x", "/a?b", ""] {
            assert_eq!(registration_path(bad).expect_err(bad).code(), 2);
        }
    }
}
