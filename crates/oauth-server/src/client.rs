//! Clients: who a `client_id` stands for. The one place that resolves one.
//!
//! A registered client is stored nowhere: its `client_id` is what it registered, sealed. Registration is open, so
//! that proves only that we have seen this metadata; trust comes from the redirect URI and the consent page. The same
//! holds for a client whose id is the URL of its metadata, but that the host of the URL is whose word it is.
//! Another way of knowing a client is one more variant of [`Kind`] and one more arm of [`Client::resolve`].

use std::sync::Arc;

use sealing::{Fingerprint, FingerprintKey, Kid, Purpose, Sealer, SecretString};
use serde::{Deserialize, Serialize};

use crate::client_metadata_document::{ClientDocument, DocumentFault, DocumentId};
use crate::preregistered::Preregistered;
use crate::redirect_uri::RedirectUri;
use crate::sealed::{self, NotEncodable};
use crate::sealed_grant::SealedClient;
use crate::server::Server;

const CLIENT: Purpose = Purpose::new("opqcl", "client").with_max_token(2048);

/// How a client proves at the token endpoint that it is itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AuthMethod {
    /// Not at all: a public client, held by PKCE.
    None,
    /// A secret in the `Authorization` header.
    SecretBasic,
    /// A secret in the form.
    SecretPost,
    /// A secret, either way: it named no method when it registered.
    SecretEither,
}

/// What a client registered, as its `client_id` carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// Cleaned.
    pub(crate) name: String,
    /// [`RedirectUri::identity`] of each URI: the request carries the URI itself.
    pub(crate) redirects: Vec<[u8; 16]>,
    pub(crate) auth: AuthMethod,
    /// Whether it takes refresh tokens.
    pub(crate) refresh: bool,
    /// Seconds since the Unix epoch.
    pub(crate) registered_at: u64,
}

/// A client that we know.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Names its `client_id`.
    pub(crate) fingerprint: Fingerprint,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// It registered itself (RFC 7591).
    Registered(Registration),
    /// The operator vouches for it.
    Preregistered(Arc<Preregistered>),
    /// Its id is the URL of its metadata.
    Document { host: String, document: Arc<ClientDocument> },
}

/// The `client_id` stands for nobody we know (any more).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnknownClient {
    /// It is none of ours.
    Unknown,
    /// It is the URL of a document that cannot be used.
    Document(DocumentFault),
}

impl Client {
    /// Finds out who a `client_id` stands for. The operator's word comes first, then what the id is by its form.
    pub(crate) async fn resolve(server: &Server, client_id: &str) -> Result<Self, UnknownClient> {
        let fingerprint = fingerprint(&server.fingerprints, client_id);
        let kind = if let Some(client) = server.preregistered.get(client_id) {
            Kind::Preregistered(Arc::clone(client))
        } else if let (Some(documents), Some(id)) = (&server.client_documents, DocumentId::parse(client_id)) {
            let document = documents.document(server, &id).await.map_err(UnknownClient::Document)?;
            Kind::Document { host: id.host().to_owned(), document }
        } else {
            Kind::Registered(Registration::open(server, client_id).ok_or(UnknownClient::Unknown)?)
        };
        Ok(Self { fingerprint, kind })
    }

    /// The client as its grants carry it.
    pub(crate) fn seal(&self, redirect: &RedirectUri) -> SealedClient {
        let (name, document_host, must_sign) = match &self.kind {
            Kind::Registered(registration) => (registration.name.as_str(), None, false),
            Kind::Preregistered(client) => (client.name.as_str(), None, false),
            Kind::Document { host, document } => {
                (document.name.as_str(), Some(host.clone()), !document.public)
            }
        };
        SealedClient {
            fingerprint: *self.fingerprint.as_bytes(),
            name: name.to_owned(),
            redirect_host: redirect.receiver(),
            document_host,
            must_sign,
        }
    }

    /// Whether it takes refresh tokens.
    pub(crate) fn takes_refresh(&self) -> bool {
        match &self.kind {
            Kind::Registered(registration) => registration.refresh,
            Kind::Preregistered(_) => true,
            Kind::Document { document, .. } => document.refresh,
        }
    }

    /// Whether its codes may be sent there.
    pub(crate) fn has_redirect(&self, uri: &RedirectUri) -> bool {
        let registered = match &self.kind {
            Kind::Registered(registration) => &registration.redirects,
            Kind::Preregistered(client) => &client.redirects,
            Kind::Document { document, .. } => &document.redirects,
        };
        registered.contains(&uri.identity())
    }

    /// Whether the operator set it up, and so vouches for where its codes go.
    pub(crate) fn is_preregistered(&self) -> bool {
        matches!(self.kind, Kind::Preregistered(_))
    }
}

impl Registration {
    /// Opens a `client_id`.
    pub(crate) fn open(server: &Server, client_id: &str) -> Option<Self> {
        sealed::open(&server.sealer, CLIENT, client_id)
    }

    /// The `client_id` of a client with this registration.
    pub(crate) fn client_id(&self, server: &Server) -> Result<String, NotEncodable> {
        sealed::seal(&server.sealer, CLIENT, self)
    }
}

/// The secret of a client: derived from its `client_id`, so that none is stored. Hexadecimal, because clients
/// disagree on whether Basic credentials are form-encoded first.
pub(crate) fn secret(key: &FingerprintKey, client_id: &str) -> SecretString {
    SecretString::new(key.fingerprint("oauth-client-secret", client_id.as_bytes()).to_string())
}

/// The key without which the `client_id` of a client that registered itself stands for nobody.
pub(crate) fn sealed_under(client_id: &str) -> Option<Kid> {
    Sealer::kid_of(CLIENT, client_id)
}

/// Names a `client_id`.
pub(crate) fn fingerprint(key: &FingerprintKey, client_id: &str) -> Fingerprint {
    key.fingerprint("oauth-client", client_id.as_bytes())
}
