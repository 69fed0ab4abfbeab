//! An OAuth 2.1 authorization server, and the check of the tokens that it issues, to be embedded.
//!
//! It stands between AI clients and a service whose users have one credential each (an API key). A user pastes the
//! credential into a consent page once; from then on it travels encrypted inside the client's own tokens. There is
//! no user database and no token table: the store holds what must be used once or revoked, and nothing else.
//!
//! The embedder supplies [`Settings`], a [`CredentialVerifier`] that asks the service, a
//! [`Store`](state_store::Store), a clock, randomness and keys; the crate knows nothing about the service. It maps
//! requests to responses and opens no socket: [`AuthorizationServer::handle`] answers the paths that
//! [`AuthorizationServer::owns`], and [`AuthorizationServer::authenticate`] guards the embedder's own endpoints.
//!
//! ```
//! use std::sync::Arc;
//!
//! use oauth_server::{
//!     Account, AuthorizationServer, CredentialError, CredentialVerifier, ResourceEndpoint, ScopeInfo, Settings,
//! };
//! use sealing::{Keys, OsEntropy, Sealer, SecretString};
//! use state_store::{SystemClock, embedded::EmbeddedStore};
//!
//! struct MyService;
//!
//! #[async_trait::async_trait]
//! impl CredentialVerifier for MyService {
//!     async fn verify(&self, credential: &SecretString) -> Result<Account, CredentialError> {
//!         if credential.expose() == "open sesame" { Ok(Account::new("Ali")) } else { Err(CredentialError::Wrong) }
//!     }
//! }
//!
//! let issuer = "https://mcp.example.com";
//! let keys = Keys::generate(&OsEntropy);
//! let server = AuthorizationServer::new(
//!     Settings::new(
//!         issuer,
//!         vec![ResourceEndpoint::new("/mcp", "Example")],
//!         vec![ScopeInfo::new("example:read", "Read", "See everything, change nothing.").baseline()],
//!     ),
//!     Arc::new(MyService),
//!     Arc::new(EmbeddedStore::in_memory(Arc::new(SystemClock))),
//!     Arc::new(SystemClock),
//!     Arc::new(OsEntropy),
//!     Sealer::new(keys.ring, issuer, Arc::new(OsEntropy)),
//!     keys.fingerprint,
//! )?;
//! assert!(server.owns("/.well-known/oauth-protected-resource/mcp"));
//! # Ok::<(), oauth_server::SettingsError>(())
//! ```
//!
//! | Endpoint | Specification | File |
//! |---|---|---|
//! | `/.well-known/oauth-authorization-server` | RFC 8414, RFC 9207 | `metadata` |
//! | `/.well-known/oauth-protected-resource` | RFC 9728 | `metadata` |
//! | `/register` | RFC 7591 | `registration`, `client` |
//! | (a `client_id` that is a URL) | Client ID Metadata Document, RFC 7523 | `client_metadata_document`, `client_assertion` |
//! | `/authorize` | OAuth 2.1 section 4.1, RFC 7636, RFC 8707, RFC 8252, RFC 9700 | `authorize`, `consent`, `redirect_uri` |
//! | `/token` | OAuth 2.1 section 3.2 | `token`, `authorization_code`, `family` |
//! | `/revoke` | RFC 7009 | `revoke`, `revocations` |
//! | `/connections` | the apps that a credential is connected with | `connections_page`, `connections` |
//! | `/signed-out` | why somebody has to sign in again | `signed_out` |
//! | (the embedder's) | RFC 6750 | `bearer`, `challenge`; `relayed_grant` between instances; `direct_check` without a token |
//!
//! To add an endpoint: a file with its path as a `const`, an arm in `routes`, and its URL in `metadata`; nothing is
//! advertised that does not answer.

mod address_limit;
mod authorization_code;
mod authorize;
mod bearer;
mod challenge;
mod client;
mod client_assertion;
mod client_auth;
mod client_metadata_document;
mod connections;
mod connections_page;
mod consent;
mod consent_choice;
mod consent_page;
mod consent_summary;
mod credential;
mod credential_check;
mod direct_check;
mod error;
mod error_page;
mod events;
mod family;
mod form;
mod grant;
mod key_use;
mod metadata;
mod open_page;
mod page_template;
mod pkce;
mod preregistered;
mod redirect;
mod redirect_uri;
mod registration;
mod relayed_grant;
mod request;
mod resource;
mod respond;
mod revocations;
mod revoke;
mod routes;
mod scope;
mod sealed;
mod sealed_grant;
mod server;
mod settings;
mod signed_out;
mod text;
mod token;
mod transaction;
mod verified;

pub use address_limit::RegistrationLimits;
pub use challenge::{Challenge, Refusal};
pub use client_metadata_document::{
    DocumentFetcher, DocumentSource, FetchError, FetchedDocument, FetcherOptions, Resolver, SystemResolver,
};
pub use connections::{Connection, ConnectionsError};
pub use consent_choice::{ChoiceControl, ChoiceOption, ConsentChoice};
pub use consent_summary::{Clause, sentence};
pub use credential::{Account, CredentialError, CredentialVerifier};
pub use credential_check::CheckTrouble;
pub use events::{Event, EventClient, Events};
pub use grant::{ClientIdentity, Grant, Id};
pub use key_use::KeyNeed;
pub use preregistered::PreregisteredClient;
pub use redirect_uri::RedirectPolicy;
pub use request::ClientAddress;
pub use resource::ResourceEndpoint;
pub use scope::ScopeInfo;
pub use server::{AuthorizationServer, RevocationError};
pub use settings::{CredentialChecks, HelpLink, Lifetimes, Settings, SettingsError, Texts};
