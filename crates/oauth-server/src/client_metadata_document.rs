//! Client ID Metadata Documents: a `client_id` that is the https URL of the client's own metadata
//! (draft-ietf-oauth-client-id-metadata-document, which the MCP specification builds on).
//!
//! Whoever controls the URL decides what the client may do, so the host of the URL is what identifies it. The document proves
//! nothing about where its codes go: that is judged by the redirect policy and the user, as for every client.
//!
//! [`ClientDocuments`] gets documents: from its cache, from their hosts by way of a [`DocumentSource`], or, where a host does
//! not give its document to servers, from what is known of the large clients (`pinned`).

mod address;
mod cache;
mod fetcher;
mod pinned;

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use state_store::{Key, Quota, QuotaDecision};
use tokio::sync::Semaphore;
use url::Url;

pub use fetcher::{
    DocumentFetcher, DocumentSource, FetchError, FetchedDocument, FetcherOptions, Resolver, SystemResolver,
};

use crate::client_assertion::{KeySet, PRIVATE_KEY_JWT};
use crate::redirect_uri::{self, RedirectUri};
use crate::server::Server;
use crate::text::clean_name;
use cache::{Cache, Loaded};

/// Longest `client_id` that is a URL, in bytes.
const MAX_ID: usize = 512;
/// Longest document, and longest set of keys, in bytes.
const MAX_DOCUMENT: usize = 5 * 1024;
const MAX_KEY_SET: usize = 32 * 1024;
/// Most redirect URIs of one document.
const MAX_REDIRECTS: usize = 32;
/// Most documents, and most sets of keys, that are kept.
const MOST_KEPT: usize = 1_000;
/// Fetches at the same time.
const AT_ONCE: usize = 5;
/// Fetches from one host.
const PER_HOST: Quota = Quota { period: Duration::from_secs(6), burst: 10 };
/// A key that is not in the set may be new: so old a set is fetched again.
const OLD_KEY_SET: Duration = Duration::from_secs(60);

/// A `client_id` that is the URL of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentId {
    text: String,
    url: Url,
}

impl DocumentId {
    /// Reads one: `None` for any other kind of `client_id`.
    ///
    /// All checks are made on the raw text, and only the normal form of the URL Standard passes, so that the text, the
    /// document's own `client_id` and the address that is dialled cannot differ.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://")?;
        let (authority, path) = rest.split_once('/')?;
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}#".contains(&byte));
        let (host, _) = authority.split_once(':').unwrap_or((authority, ""));
        let path = path.split('?').next().unwrap_or_default();
        // Not a name of one label, and no address: those end in a number.
        let named = redirect_uri::is_host_name(host)
            && host
                .rsplit_once('.')
                .is_some_and(|(_, top)| top.starts_with(|c: char| c.is_ascii_lowercase()));
        let dotted = path.split('/').any(redirect_uri::is_dot_segment);
        if text.len() > MAX_ID || !printable || !named || path.is_empty() || dotted {
            return None;
        }
        let url = Url::parse(text).ok().filter(|url| url.as_str() == text && url.host_str() == Some(host))?;
        Some(Self { text: text.to_owned(), url })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Who publishes it.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// A document that was validated.
#[derive(Clone, Debug)]
pub(crate) struct ClientDocument {
    /// Cleaned. May be empty.
    pub(crate) name: String,
    /// [`RedirectUri::identity`] of each that is acceptable at all.
    pub(crate) redirects: Vec<[u8; 16]>,
    /// Whether it may come to the token endpoint as a public client.
    pub(crate) public: bool,
    /// The keys it signs with, if it does.
    pub(crate) keys: Option<Keys>,
    /// Whether it takes refresh tokens.
    pub(crate) refresh: bool,
}

/// Where a client's keys are.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    At(Url),
    Here(Arc<KeySet>),
}

/// Why a document cannot be used. The user is told the host and this; the client only that it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentFault {
    pub(crate) host: String,
    pub(crate) kind: DocumentFaultKind,
}

impl DocumentFault {
    /// Whether it may be gone in a minute.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self.kind, DocumentFaultKind::NotFetched | DocumentFaultKind::Busy)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentFaultKind {
    /// There is none to be had. Which of many reasons is logged only: it would tell about the network.
    NotFetched,
    /// The host sends us elsewhere.
    Redirected,
    /// Too many were asked for.
    Busy,
    /// It is not JSON, or not an object with what is needed.
    Malformed,
    /// It is another client's.
    Mismatch,
    /// None of its redirect URIs is acceptable.
    NoRedirect,
    /// It holds a secret, which everybody could read.
    Secret,
    /// It wants to authenticate in a way that does not exist here.
    AuthMethod,
}

/// The documents of clients.
pub(crate) struct ClientDocuments {
    source: Arc<dyn DocumentSource>,
    documents: Cache<ClientDocument, DocumentFaultKind>,
    key_sets: Cache<KeySet, DocumentFaultKind>,
    at_once: Semaphore,
}

impl ClientDocuments {
    pub(crate) fn new(source: Arc<dyn DocumentSource>) -> Self {
        Self {
            source,
            documents: Cache::new(MOST_KEPT),
            key_sets: Cache::new(MOST_KEPT),
            at_once: Semaphore::new(AT_ONCE),
        }
    }

    /// The document at a `client_id`.
    pub(crate) async fn document(
        &self,
        server: &Server,
        id: &DocumentId,
    ) -> Result<Arc<ClientDocument>, DocumentFault> {
        let load = async || {
            let fetched = self.fetch(server, &id.url, MAX_DOCUMENT).await;
            let read = fetched.and_then(|fetched| {
                let value = ClientDocument::parse(id, &fetched.body)?;
                Ok(Loaded { value, fresh_for: fetched.fresh_for })
            });
            read.or_else(|kind| match pinned::document(id.as_str()) {
                Some(pinned) => {
                    tracing::warn!(host = id.host(), reason = ?kind, "a client's document cannot be had: what is known of it is used");
                    let value = ClientDocument::validate(id, &pinned)?;
                    // Tried again soon.
                    Ok(Loaded { value, fresh_for: Some(Duration::ZERO) })
                }
                None => Err(kind),
            })
        };
        let document = self.documents.get(id.as_str(), server.clock.since_epoch(), None, load).await;
        document.map_err(|kind| DocumentFault { host: id.host().to_owned(), kind })
    }

    /// The keys of a client. `renewed`: a key was not in the set, which may have changed.
    pub(crate) async fn keys(
        &self,
        server: &Server,
        document: &ClientDocument,
        renewed: bool,
    ) -> Result<Arc<KeySet>, DocumentFaultKind> {
        let url = match document.keys.as_ref().ok_or(DocumentFaultKind::AuthMethod)? {
            Keys::Here(keys) => return Ok(Arc::clone(keys)),
            Keys::At(url) => url,
        };
        let load = async || {
            let fetched = self.fetch(server, url, MAX_KEY_SET).await?;
            let value = KeySet::parse(&fetched.body).ok_or(DocumentFaultKind::Malformed)?;
            Ok(Loaded { value, fresh_for: fetched.fresh_for })
        };
        let at_most = renewed.then_some(OLD_KEY_SET);
        self.key_sets.get(url.as_str(), server.clock.since_epoch(), at_most, load).await
    }

    async fn fetch(
        &self,
        server: &Server,
        url: &Url,
        limit: usize,
    ) -> Result<FetchedDocument, DocumentFaultKind> {
        let host = url.host_str().unwrap_or_default();
        let key = Key::new("oauth-document-host", host);
        // Without the count there is still the bound on fetches at the same time.
        if let Ok(QuotaDecision::Denied { .. }) = server.store.take_quota(&key, PER_HOST, 1).await {
            tracing::warn!(host, "too many documents were asked of one host");
            return Err(DocumentFaultKind::Busy);
        }
        let Ok(_turn) = self.at_once.acquire().await else { return Err(DocumentFaultKind::Busy) };
        self.source.fetch(url, limit).await.map_err(|error| {
            tracing::warn!(host, reason = %error, "a client's document was not fetched");
            match error {
                FetchError::Redirected => DocumentFaultKind::Redirected,
                FetchError::TooLong => DocumentFaultKind::Malformed,
                _ => DocumentFaultKind::NotFetched,
            }
        })
    }
}

/// The members that we look at. Others are passed over.
#[derive(Deserialize)]
struct Members {
    client_id: String,
    client_name: Option<String>,
    redirect_uris: Vec<String>,
    grant_types: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    jwks_uri: Option<String>,
    jwks: Option<Value>,
}

impl ClientDocument {
    /// Reads and validates a document.
    pub(crate) fn parse(id: &DocumentId, body: &[u8]) -> Result<Self, DocumentFaultKind> {
        let document = serde_json::from_slice(body).map_err(|_| DocumentFaultKind::Malformed)?;
        Self::validate(id, &document)
    }

    fn validate(id: &DocumentId, document: &Value) -> Result<Self, DocumentFaultKind> {
        let object = document.as_object().ok_or(DocumentFaultKind::Malformed)?;
        if object.keys().any(|name| name.starts_with("client_secret")) {
            return Err(DocumentFaultKind::Secret);
        }
        let members = Members::deserialize(document).map_err(|_| DocumentFaultKind::Malformed)?;
        if members.client_id != id.as_str() {
            return Err(DocumentFaultKind::Mismatch);
        }
        if members.redirect_uris.len() > MAX_REDIRECTS {
            return Err(DocumentFaultKind::Malformed);
        }
        let redirects: Vec<[u8; 16]> = members
            .redirect_uris
            .iter()
            .filter_map(|uri| RedirectUri::parse(uri).ok())
            .map(|uri| uri.identity())
            .collect();
        if redirects.is_empty() {
            return Err(DocumentFaultKind::NoRedirect);
        }
        let keys = members.keys()?.filter(|_| members.allows(PRIVATE_KEY_JWT));
        let public = members.allows("none");
        if !public && keys.is_none() {
            return Err(DocumentFaultKind::AuthMethod);
        }
        Ok(Self {
            name: clean_name(members.client_name.as_deref().unwrap_or_default()),
            redirects,
            public,
            keys,
            refresh: members
                .grant_types
                .is_none_or(|types| types.is_empty() || types.iter().any(|kind| kind == "refresh_token")),
        })
    }
}

impl Members {
    /// Whether the client may authenticate so: it names one method, and may name others that it also supports. Who names
    /// none is a public client, because a document cannot hold a secret.
    fn allows(&self, method: &str) -> bool {
        let also = self.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
        self.token_endpoint_auth_method.as_deref().unwrap_or("none") == method
            || also.iter().any(|other| other == method)
    }

    fn keys(&self) -> Result<Option<Keys>, DocumentFaultKind> {
        match (&self.jwks, &self.jwks_uri) {
            // RFC 7591 section 2: not both.
            (Some(_), Some(_)) => Err(DocumentFaultKind::Malformed),
            (Some(keys), None) => {
                let keys = KeySet::from_value(keys).ok_or(DocumentFaultKind::Secret)?;
                Ok(Some(Keys::Here(Arc::new(keys))))
            }
            (None, Some(uri)) => {
                let uri = DocumentId::parse(uri).ok_or(DocumentFaultKind::Malformed)?;
                Ok(Some(Keys::At(uri.url)))
            }
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
