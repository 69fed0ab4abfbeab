//! Getting a document that a stranger named, without being made to talk to anybody else.
//!
//! [`DocumentFetcher`] owns its resolver and its connections, because what it promises depends on both:
//!
//! * https to one port, never to an address written as a number, never through a proxy of the environment;
//! * a host is resolved once, every address of the answer must be of the public internet, and exactly those are dialled:
//!   a name that changes its address between check and use gains nothing;
//! * no redirects, cookies or credentials, no compressed body, at most so many bytes, at most three seconds.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use super::address::is_public;

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(2);
/// For everything. Clients give up on the whole authorization request after ten seconds.
const TOTAL: Duration = Duration::from_secs(3);

/// Where client metadata documents and clients' keys come from.
///
/// [`DocumentFetcher`] is the one to use; another implementation takes over all of its promises.
#[async_trait]
pub trait DocumentSource: fmt::Debug + Send + Sync + 'static {
    /// Gets what is at an https URL, if it is at most `limit` bytes long. `url` is in the normal form of the URL Standard
    /// and has a host name, no credentials and no fragment.
    ///
    /// # Errors
    /// See [`FetchError`].
    async fn fetch(&self, url: &Url, limit: usize) -> Result<FetchedDocument, FetchError>;
}

/// A document as it was served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedDocument {
    /// The body.
    pub body: Bytes,
    /// For how long its server says that it may be kept; `None` when it does not say.
    pub fresh_for: Option<Duration>,
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL or one of its host's addresses is not one that is fetched from. No connection was made.
    #[error("the host is not one of the public internet")]
    Refused,
    /// The host does not exist, does not answer, or broke off; or its certificate is not good.
    #[error("the host cannot be reached")]
    Unreachable,
    /// The answer took too long.
    #[error("the host did not answer in time")]
    TimedOut,
    /// The answer was a redirect, which is never followed.
    #[error("the host answered with a redirect")]
    Redirected,
    /// The answer was not 200.
    #[error("the host answered {0}")]
    Status(StatusCode),
    /// The answer was longer than allowed.
    #[error("the document is too long")]
    TooLong,
}

/// Resolves a host name to all of its addresses.
#[async_trait]
pub trait Resolver: fmt::Debug + Send + Sync + 'static {
    /// The addresses, in the order in which they should be tried.
    ///
    /// # Errors
    /// When the name cannot be resolved.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the operating system.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// What a [`DocumentFetcher`] may do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetcherOptions {
    /// Names itself to the hosts.
    pub user_agent: String,
    /// Who resolves host names.
    pub resolver: Arc<dyn Resolver>,
    /// The one port that is dialled.
    pub port: u16,
    /// Whether addresses that are not of the public internet may be dialled: for closed networks whose clients' documents
    /// are inside, and for tests. It gives up the protection against requests into the operator's own network.
    pub allow_private_addresses: bool,
    /// Certificate authorities (PEM) that are trusted besides those of the system.
    pub extra_roots: Vec<Vec<u8>>,
}

impl FetcherOptions {
    /// Port 443 of the public internet, resolved by the system.
    #[must_use]
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            resolver: Arc::new(SystemResolver),
            port: 443,
            allow_private_addresses: false,
            extra_roots: Vec::new(),
        }
    }
}

/// Fetches from the public internet alone. See the file's head for what it promises.
#[derive(Clone, Debug)]
pub struct DocumentFetcher {
    http: reqwest::Client,
    port: u16,
}

impl DocumentFetcher {
    /// A fetcher.
    ///
    /// # Errors
    /// When the TLS side cannot be set up, or a root certificate is malformed.
    pub fn new(options: FetcherOptions) -> Result<Self, reqwest::Error> {
        let FetcherOptions { user_agent, resolver, port, allow_private_addresses, extra_roots } = options;
        let vetting = Vetting { resolver, allow_private: allow_private_addresses };
        #[expect(
            clippy::disallowed_methods,
            reason = "its promises rest on a client that nobody else configures"
        )]
        let builder = reqwest::Client::builder();
        let mut builder = builder
            .user_agent(user_agent)
            .dns_resolver(Arc::new(vetting))
            .https_only(true)
            .no_proxy()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            // A connection that was vetted for one fetch is not kept for the next.
            .pool_max_idle_per_host(0);
        for root in extra_roots {
            builder = builder.add_root_certificate(reqwest::Certificate::from_pem(&root)?);
        }
        Ok(Self { http: builder.build()?, port })
    }
}

#[async_trait]
impl DocumentSource for DocumentFetcher {
    async fn fetch(&self, url: &Url, limit: usize) -> Result<FetchedDocument, FetchError> {
        // The resolver is not asked about addresses that are written out.
        let named = matches!(url.host(), Some(url::Host::Domain(_)));
        if url.scheme() != "https" || !named || url.port_or_known_default() != Some(self.port) {
            return Err(FetchError::Refused);
        }
        let request = self
            .http
            .get(url.clone())
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let response = request.send().await.map_err(|error| transport_error(&error))?;
        match response.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => return Err(FetchError::Redirected),
            status => return Err(FetchError::Status(status)),
        }
        // We did not ask for it, and it could be a bomb.
        let encoded = response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
        if encoded || response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(FetchError::TooLong);
        }
        let fresh_for = fresh_for(response.headers());
        let body = read(response, limit).await?;
        Ok(FetchedDocument { body, fresh_for })
    }
}

async fn read(mut response: reqwest::Response, limit: usize) -> Result<Bytes, FetchError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| transport_error(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(FetchError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// `max-age` of `Cache-Control`; nothing at all for what must not be kept (RFC 9111 section 5.2.2).
fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut fresh_for = None;
    for directive in directives.flat_map(|value| value.split(',')) {
        let directive = directive.trim().to_ascii_lowercase();
        match directive.split_once('=') {
            None if matches!(directive.as_str(), "no-store" | "no-cache") => return Some(Duration::ZERO),
            Some(("max-age", seconds)) => {
                fresh_for = seconds.trim_matches('"').parse().ok().map(Duration::from_secs);
            }
            _ => {}
        }
    }
    fresh_for
}

fn transport_error(error: &reqwest::Error) -> FetchError {
    let mut source: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(cause) = source {
        if cause.is::<NotPublic>() {
            return FetchError::Refused;
        }
        source = cause.source();
    }
    if error.is_timeout() { FetchError::TimedOut } else { FetchError::Unreachable }
}

/// Looks at the answers of a resolver before anything is dialled.
#[derive(Debug)]
struct Vetting {
    resolver: Arc<dyn Resolver>,
    allow_private: bool,
}

impl Resolve for Vetting {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = Arc::clone(&self.resolver);
        let allow_private = self.allow_private;
        Box::pin(async move {
            let addresses = resolver.resolve(name.as_str()).await?;
            // One bad address condemns them all: which one is dialled is the connector's affair.
            if !allow_private && !addresses.iter().copied().all(is_public) {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("an address of the host is not one of the public internet")]
struct NotPublic;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i11_what_the_server_says_about_keeping() {
        for (value, expected) in [
            ("max-age=60", Some(60)),
            ("public, Max-Age=3600, must-revalidate", Some(3600)),
            ("max-age=\"7\"", Some(7)),
            ("no-store", Some(0)),
            ("max-age=60, no-cache", Some(0)),
            ("max-age=-1", None),
            ("s-maxage=9", None),
            ("public", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, value.parse().unwrap());
            assert_eq!(fresh_for(&headers), expected.map(Duration::from_secs), "{value}");
        }
        assert_eq!(fresh_for(&HeaderMap::new()), None);
    }
}
