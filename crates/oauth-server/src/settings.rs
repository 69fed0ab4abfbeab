//! What the embedder decides: the issuer, the endpoints and scopes it guards, the words on the pages, lifetimes.
//!
//! Everything here is plain data (but for the source of documents and the counting).
//! [`AuthorizationServer::new`](crate::AuthorizationServer::new) checks it once and refuses what would be insecure or
//! would not work, so that nothing is checked again per request.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::address_limit::RegistrationLimits;
use crate::authorize::AUTHORIZE;
use crate::client_metadata_document::DocumentSource;
use crate::connections_page::CONNECTIONS;
use crate::events::{Events, NoEvents};
use crate::preregistered::PreregisteredClient;
use crate::redirect_uri::RedirectPolicy;
use crate::registration::REGISTER;
use crate::resource::{self, ResourceEndpoint};
use crate::revoke::REVOKE;
use crate::scope::{self, ScopeInfo};
use crate::signed_out::SIGNED_OUT;
use crate::token::TOKEN;

/// The configuration of an authorization server. Made with [`Settings::new`]; the other fields have defaults.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The issuer identifier (RFC 8414 section 2): `https://host`, or `https://host/prefix` when the server is
    /// mounted below a path; `http` only on loopback. No closing slash, query or fragment. Every URL that the
    /// server publishes is built from it, never from request headers.
    pub issuer: String,
    /// The endpoints that tokens are for. The first is the default audience.
    pub resources: Vec<ResourceEndpoint>,
    /// The scopes that can be granted, in the order in which people should read them.
    pub scopes: Vec<ScopeInfo>,
    /// The words on the pages.
    pub texts: Texts,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// Where codes may be sent.
    pub redirects: RedirectPolicy,
    /// How often a credential may be tried.
    pub credential_checks: CredentialChecks,
    /// Whether clients may register themselves (RFC 7591). On by default: most cannot connect otherwise.
    pub dynamic_registration: bool,
    /// Where clients register, below the issuer's path: `/register`, unless it has to be elsewhere.
    pub registration_path: String,
    /// How often clients may register.
    pub registration_limits: RegistrationLimits,
    /// Where the metadata documents of clients come from whose `client_id` is a URL: a
    /// [`DocumentFetcher`](crate::DocumentFetcher). `None`, the default: there are no such clients, and nothing is ever
    /// fetched.
    pub client_documents: Option<Arc<dyn DocumentSource>>,
    /// Clients that the operator has set up.
    pub clients: Vec<PreregisteredClient>,
    /// Who counts what happens here. Nobody by default.
    pub events: Arc<dyn Events>,
}

impl Settings {
    /// Settings with default texts, lifetimes, redirect policy and limits.
    #[must_use]
    pub fn new(issuer: impl Into<String>, resources: Vec<ResourceEndpoint>, scopes: Vec<ScopeInfo>) -> Self {
        Self {
            issuer: issuer.into(),
            resources,
            scopes,
            texts: Texts::default(),
            lifetimes: Lifetimes::default(),
            redirects: RedirectPolicy::default(),
            credential_checks: CredentialChecks::default(),
            dynamic_registration: true,
            registration_path: REGISTER.to_owned(),
            registration_limits: RegistrationLimits::default(),
            client_documents: None,
            clients: Vec::new(),
            events: Arc::new(NoEvents),
        }
    }

    /// Checks everything and takes the issuer apart.
    pub(crate) fn validate(&self) -> Result<Issuer, SettingsError> {
        let issuer = Issuer::parse(&self.issuer)?;
        if self.resources.is_empty() {
            return Err(SettingsError::NoResource);
        }
        for resource in &self.resources {
            self.validate_resource(resource)?;
        }
        let taken =
            [AUTHORIZE, TOKEN, REVOKE, CONNECTIONS, SIGNED_OUT].contains(&self.registration_path.as_str());
        let taken = taken || self.resources.iter().any(|resource| resource.path == self.registration_path);
        if taken || !resource::is_plain_path(&self.registration_path) {
            return Err(SettingsError::RegistrationPath { path: self.registration_path.clone() });
        }
        for scope in &self.scopes {
            if !scope::is_scope_token(&scope.name) || scope.name == scope::OFFLINE_ACCESS {
                return Err(SettingsError::Scope { name: scope.name.clone() });
            }
            scope.implies.iter().try_for_each(|name| self.known_scope(name))?;
        }
        if !self.scopes.iter().any(|scope| scope.baseline) {
            return Err(SettingsError::NoBaseline);
        }
        self.lifetimes.validate()?;
        self.redirects.validate()?;
        Ok(issuer)
    }

    fn validate_resource(&self, resource: &ResourceEndpoint) -> Result<(), SettingsError> {
        let path = &resource.path;
        let same = self.resources.iter().filter(|other| other.path == *path).count();
        if !resource::is_plain_path(path) || same != 1 {
            return Err(SettingsError::Resource { path: path.clone() });
        }
        for covered in &resource.covers {
            if !self.resources.iter().any(|other| other.path == *covered) {
                return Err(SettingsError::Resource { path: covered.clone() });
            }
        }
        resource.scopes.iter().flatten().try_for_each(|name| self.known_scope(name))
    }

    fn known_scope(&self, name: &str) -> Result<(), SettingsError> {
        let known = self.scopes.iter().any(|scope| scope.name == name);
        if known { Ok(()) } else { Err(SettingsError::Scope { name: name.to_owned() }) }
    }
}

/// The words on the pages that depend on the embedder's product.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Texts {
    /// The product, as the pages name themselves: `Example MCP`.
    pub product: String,
    /// Its running version, without a leading `v`.
    pub version: String,
    /// Small print in the footer.
    pub notice: String,
    /// What the client gets access to, after "your": `Example workspace`.
    pub account: String,
    /// What the user types in, without an article: `Example API key`.
    pub credential: String,
    /// One sentence on where to find it, under the field. May be empty.
    pub credential_hint: String,
    /// How to make a new one for this connection alone, step by step, in sentences. May be empty.
    pub credential_steps: Vec<String>,
    /// A page that explains where to find it.
    pub credential_help: Option<HelpLink>,
    /// The host that the credential is sent to for checking: `api.example.com`.
    pub credential_destination: String,
}

impl Texts {
    /// Whether something stands under the field.
    pub(crate) fn is_hinted(&self) -> bool {
        let link = self.credential_help.is_some() && self.credential_steps.is_empty();
        link || !self.credential_hint.is_empty()
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            product: "MCP server".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            notice: String::new(),
            account: "account".to_owned(),
            credential: "API key".to_owned(),
            credential_hint: String::new(),
            credential_steps: Vec::new(),
            credential_help: None,
            credential_destination: "the service".to_owned(),
        }
    }
}

/// A link to an explanation. Opens in a new tab.
#[derive(Clone, Debug)]
pub struct HelpLink {
    /// What it says.
    pub label: String,
    /// An absolute https URL.
    pub url: String,
}

/// How long things live.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Lifetimes {
    /// An access token: 10 minutes to 24 hours (clients refresh up to 5 minutes early).
    pub access_token: Duration,
    /// A refresh token that is not used.
    pub refresh_sliding: Duration,
    /// A connection, however much it is used.
    pub refresh_absolute: Duration,
    /// For how long after a rotation the previous refresh token gives the same successor again.
    pub rotation_grace: Duration,
    /// An authorization code: at most 10 minutes (RFC 6749 section 4.1.2).
    pub code: Duration,
    /// How long a used code is remembered, so that a second use is noticed.
    pub used_code: Duration,
    /// A consent page.
    pub transaction: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest access token that [`Lifetimes`] allows: revocations are announced for as long.
pub(crate) const MAX_ACCESS_TOKEN: Duration = DAY;

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: HOUR,
            refresh_sliding: 30 * DAY,
            refresh_absolute: 180 * DAY,
            rotation_grace: MINUTE,
            code: MINUTE,
            used_code: 2 * MINUTE,
            transaction: 10 * MINUTE,
        }
    }
}

impl Lifetimes {
    fn validate(&self) -> Result<(), SettingsError> {
        let bounds = [
            ("access_token", self.access_token, 10 * MINUTE, MAX_ACCESS_TOKEN),
            ("refresh_sliding", self.refresh_sliding, HOUR, 400 * DAY),
            ("refresh_absolute", self.refresh_absolute, self.refresh_sliding, 400 * DAY),
            ("rotation_grace", self.rotation_grace, Duration::ZERO, 10 * MINUTE),
            ("code", self.code, Duration::from_secs(10), 10 * MINUTE),
            ("used_code", self.used_code, self.code, HOUR),
            ("transaction", self.transaction, MINUTE, HOUR),
        ];
        for (name, value, least, most) in bounds {
            if value < least || value > most {
                return Err(SettingsError::Lifetime { name, least, most });
            }
        }
        Ok(())
    }
}

/// How often a credential may be tried, so that the consent page is no oracle for guessing.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CredentialChecks {
    /// Tries on one consent page.
    pub per_transaction: u32,
    /// Tries a minute from one client address, where the request carries a
    /// [`ClientAddress`](crate::ClientAddress).
    ///
    /// The block around it (an IPv4 /24, an IPv6 /48) gets four times as many.
    pub per_address: u32,
    /// Tries a minute altogether that did not succeed. Working credentials are not counted.
    pub overall: u32,
}

impl Default for CredentialChecks {
    fn default() -> Self {
        Self { per_transaction: 5, per_address: 10, overall: 120 }
    }
}

/// The issuer, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    /// The identifier, byte for byte as configured.
    pub(crate) id: String,
    /// `https://host[:port]`.
    pub(crate) origin: String,
    /// The path below which everything is mounted: `""` or `"/prefix"`.
    pub(crate) mount: String,
    /// Whether the scheme is https.
    pub(crate) https: bool,
}

impl Issuer {
    fn parse(text: &str) -> Result<Self, SettingsError> {
        let refuse = |reason| SettingsError::Issuer { reason };
        let url = Url::parse(text).map_err(|_| refuse("it is not an absolute URL"))?;
        let https = url.scheme() == "https";
        let loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let local = url.scheme() == "http" && loopback;
        if !https && !local {
            return Err(refuse("it must be https, or http on a loopback host"));
        }
        let origin = url.origin().ascii_serialization();
        // What clients compare is bytes (RFC 8414 section 3.3): only the form that every parser agrees on.
        let Some(mount) = text.strip_prefix(&origin) else {
            return Err(refuse("write it in lower case, without credentials or a default port"));
        };
        if mount.ends_with('/') {
            return Err(refuse("it must not end with a slash"));
        }
        if url.query().is_some() || url.fragment().is_some() || (!mount.is_empty() && url.path() != mount) {
            return Err(refuse("it must have a plain path and no query or fragment"));
        }
        Ok(Self { id: text.to_owned(), origin, mount: mount.to_owned(), https })
    }

    /// The URL of a path of ours (below the mount).
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.id)
    }
}

/// Why settings were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The issuer is not one.
    #[error("the issuer (public URL) is refused: {reason}")]
    Issuer {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No resource endpoint is named.
    #[error("at least one resource endpoint is needed")]
    NoResource,
    /// A resource path is malformed, doubled, or covers one that does not exist.
    #[error("the resource path {path} is malformed, doubled or unknown")]
    Resource {
        /// The path.
        path: String,
    },
    /// The path of the registration endpoint is malformed, or another endpoint's.
    #[error("the registration path '{path}' is not a plain path of its own, such as /register")]
    RegistrationPath {
        /// The path.
        path: String,
    },
    /// A scope is malformed, reserved or unknown.
    #[error("the scope {name} is malformed, reserved or unknown")]
    Scope {
        /// The scope's name.
        name: String,
    },
    /// No scope is marked as baseline: clients that ask for nothing in particular would get nothing.
    #[error("at least one scope must be a baseline scope")]
    NoBaseline,
    /// A lifetime is out of bounds.
    #[error("the lifetime {name} must be between {least:?} and {most:?}")]
    Lifetime {
        /// Which one.
        name: &'static str,
        /// Shortest allowed.
        least: Duration,
        /// Longest allowed.
        most: Duration,
    },
    /// A client that the operator set up is malformed or doubled.
    #[error("the client {client_id} is refused: {reason}")]
    Client {
        /// Its id.
        client_id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A scheme or callback in the redirect policy is malformed.
    #[error("the redirect policy's entry {entry} is malformed")]
    Redirect {
        /// The scheme or callback.
        entry: String,
    },
}
