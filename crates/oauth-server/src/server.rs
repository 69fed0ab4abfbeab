//! The service itself: what it is made of, and what an embedder calls.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use sealing::{Entropy, Fingerprint, FingerprintKey, Kid, Sealer, SecretString};
use state_store::{Clock, Store, StoreError};
use web_ui::{Brand, Page};

use crate::address_limit::RegistrationLimiter;
use crate::bearer;
use crate::challenge::{self, Challenge, Refusal};
use crate::client_metadata_document::ClientDocuments;
use crate::connections::{self, Connection, ConnectionsError};
use crate::credential::{Account, CredentialVerifier};
use crate::credential_check::CheckTrouble;
use crate::direct_check;
use crate::error::EndpointError;
use crate::events::{Event, EventClient, Events};
use crate::grant::{Grant, Id};
use crate::key_use::{self, KeyNeed, KeyUse};
use crate::metadata::{Documents, Offers};
use crate::page_template::{LANGUAGE, PageTemplate, PageWords};
use crate::preregistered::{self, PreregisteredClients};
use crate::redirect_uri::RedirectPolicy;
use crate::relayed_grant;
use crate::request::{BoxError, ClientAddress};
use crate::resource::{Named, Resources};
use crate::revocations::Revocations;
use crate::routes;
use crate::scope::Scopes;
use crate::settings::{CredentialChecks, Issuer, Lifetimes, Settings, SettingsError, Texts};
use crate::signed_out;
use crate::verified::Verified;

/// An OAuth 2.1 authorization server, and the check of the tokens that it issues. Cheap to clone.
///
/// [`AuthorizationServer::handle`] answers every path that [`AuthorizationServer::owns`];
/// [`AuthorizationServer::authenticate`] guards the embedder's endpoints.
#[derive(Clone)]
pub struct AuthorizationServer(Arc<Server>);

/// What every endpoint works with.
pub(crate) struct Server {
    pub(crate) issuer: Issuer,
    pub(crate) texts: Texts,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) redirects: RedirectPolicy,
    pub(crate) credential_checks: CredentialChecks,
    pub(crate) scopes: Scopes,
    pub(crate) resources: Resources,
    pub(crate) verifier: Arc<dyn CredentialVerifier>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) sealer: Sealer,
    pub(crate) fingerprints: FingerprintKey,
    pub(crate) revocations: Revocations,
    pub(crate) verified: Verified,
    pub(crate) key_use: KeyUse,
    /// Whether clients may register themselves.
    /// Where clients register, if they may.
    pub(crate) registration: Option<String>,
    pub(crate) registrations: RegistrationLimiter,
    pub(crate) preregistered: PreregisteredClients,
    /// Where clients may have a metadata document for an id.
    pub(crate) client_documents: Option<ClientDocuments>,
    pub(crate) documents: Documents,
    pub(crate) events: Arc<dyn Events>,
}

impl AuthorizationServer {
    /// Puts a server together.
    ///
    /// `sealer` is made for the same issuer; `fingerprints` must outlive key rotation, because grants, limits and
    /// client secrets hang on it.
    ///
    /// # Errors
    /// When the settings would be insecure or would not work: see [`SettingsError`].
    pub fn new(
        settings: Settings,
        verifier: Arc<dyn CredentialVerifier>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        sealer: Sealer,
        fingerprints: FingerprintKey,
    ) -> Result<Self, SettingsError> {
        let issuer = settings.validate()?;
        let scopes = Scopes::new(settings.scopes);
        let resources = Resources::new(&issuer, settings.resources);
        let registration = settings.dynamic_registration.then_some(settings.registration_path);
        let offers = Offers {
            registration: registration.as_deref(),
            client_documents: settings.client_documents.is_some(),
        };
        let documents = Documents::new(&issuer, &scopes, &resources, &offers);
        let preregistered = preregistered::check(&settings.clients)?;
        Ok(Self(Arc::new(Server {
            issuer,
            texts: settings.texts,
            lifetimes: settings.lifetimes,
            redirects: settings.redirects,
            credential_checks: settings.credential_checks,
            scopes,
            resources,
            verifier,
            store,
            clock,
            entropy,
            sealer,
            fingerprints,
            revocations: Revocations::default(),
            verified: Verified::default(),
            key_use: KeyUse::default(),
            registration,
            registrations: RegistrationLimiter::new(settings.registration_limits),
            preregistered,
            client_documents: settings.client_documents.map(ClientDocuments::new),
            documents,
            events: settings.events,
        })))
    }

    /// Whether a request to `path` (as the client sent it, mount included) is for [`AuthorizationServer::handle`].
    ///
    /// With an issuer that has a path, the well-known names at the root of the host are ours, too, for that path
    /// (RFC 8414 section 3.1): route them here.
    #[must_use]
    pub fn owns(&self, path: &str) -> bool {
        routes::find(&self.0, path).is_some()
    }

    /// Answers a request. Bodies are read up to a bound of the endpoint's. A path that is not ours is a 404.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let is_head = request.method() == Method::HEAD;
        let mut response = routes::answer(&self.0, request).await;
        if is_head {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    /// Checks the bearer token of a request to one of the embedder's endpoints, on its head alone.
    ///
    /// `resource_path` is the request's path or the endpoint's (with the mount or without): the token must be for
    /// the resource that answers there, or for one that covers it. Pass the request's path where the endpoint has
    /// [aliases](crate::ResourceEndpoint::also_serves), so that the challenge names the alias.
    ///
    /// What a token says is remembered for a minute, so that the next request with it costs little; whether it has
    /// expired or was revoked is looked at each time.
    ///
    /// # Errors
    /// The challenge to answer with.
    pub async fn authenticate(
        &self,
        headers: &HeaderMap,
        resource_path: &str,
    ) -> Result<Arc<Grant>, Challenge> {
        bearer::authenticate(&self.0, headers, resource_path).await
    }

    /// Seals a grant for another instance of this deployment, which has to carry out what its bearer asked here. `None`
    /// for one that is longer than any that was issued.
    ///
    /// It holds the credential, encrypted, and is no access token: no endpoint takes it.
    #[must_use]
    pub fn seal_grant(&self, grant: &Grant) -> Option<String> {
        relayed_grant::seal(&self.0, grant)
    }

    /// Opens what [`AuthorizationServer::seal_grant`] made on an instance with the same keys and issuer, and checks it as
    /// [`AuthorizationServer::authenticate`] does a token: it must not have expired or been revoked meanwhile, and be for
    /// the resource at `resource_path`.
    ///
    /// # Errors
    /// Why it is worth nothing here.
    pub async fn open_grant(&self, sealed: &str, resource_path: &str) -> Result<Grant, Refusal> {
        relayed_grant::open(&self.0, sealed, resource_path).await
    }

    /// The 403 for a token that lacks a scope. `scopes` are all that the operation needs; `resource_path` is as in
    /// [`AuthorizationServer::authenticate`].
    #[must_use]
    pub fn insufficient_scope(&self, resource_path: &str, scopes: &[&str]) -> Response<Bytes> {
        let server = &self.0;
        let resource =
            server.resources.serving(resource_path).unwrap_or_else(|| server.resources.default_named());
        challenge::insufficient_scope(&server.resources.metadata_url(resource.path), scopes)
    }

    /// Names a credential as [`Grant::credential_fingerprint`] does: for embedders that take credentials in other ways,
    /// too, and for [`AuthorizationServer::revoke_credential`].
    #[must_use]
    pub fn credential_fingerprint(&self, credential: &SecretString) -> Fingerprint {
        self.0.credential_fingerprint(credential)
    }

    /// Asks the service about a credential that a request to one of the embedder's own endpoints carries, with
    /// `address` as the edge knows it. Failures are limited per address and, with those of the pages, altogether; who has a
    /// credential that works is not limited. Remember the answer for a while: each call asks the service.
    ///
    /// # Errors
    /// Why it is not accepted. Only where [`CheckTrouble::is_about_credential`] it is to blame.
    pub async fn check_credential(
        &self,
        address: Option<ClientAddress>,
        credential: &SecretString,
    ) -> Result<Account, CheckTrouble> {
        direct_check::check(&self.0, address, credential).await
    }

    /// Whether all that this credential had opened at that time (in milliseconds since the Unix epoch) was ended since: by
    /// [`AuthorizationServer::revoke_credential`] and its like, here or on another instance. For embedders who remember
    /// that a credential works: what they remember from before is then worth nothing. `None`: revocations have not been
    /// readable for too long.
    pub async fn credential_ended(&self, credential: Fingerprint, at_ms: u64) -> Option<bool> {
        self.0.revocations.is_credential_ended(&self.0, credential, at_ms).await.ok()
    }

    /// Ends every grant that was made with this credential until now. For embedders whose service has answered that
    /// it no longer knows the credential, and for operators.
    ///
    /// # Errors
    /// When the store does not answer. On this instance the grants are ended all the same.
    pub async fn revoke_credential(&self, credential: Fingerprint) -> Result<(), RevocationError> {
        self.0.revocations.revoke_credential(&self.0, credential).await.map_err(RevocationError)
    }

    /// The connections that were made with this credential and still live, the newest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn connections(&self, credential: Fingerprint) -> Result<Vec<Connection>, ConnectionsError> {
        connections::list(&self.0, credential).await.map_err(ConnectionsError)
    }

    /// At most `most` living connections over all credentials, the newest first: for operators. It is a bounded
    /// memory: some thousand newer consents push the older ones out, which their credentials' lists still have.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn recent_connections(&self, most: usize) -> Result<Vec<Connection>, ConnectionsError> {
        connections::newest(&self.0, most).await.map_err(ConnectionsError)
    }

    /// Ends one connection of a credential. `false`: it has none of that name, living or dead, and nothing happened.
    ///
    /// # Errors
    /// When the store does not answer. If it still told that the connection is listed, it is ended on this instance.
    pub async fn revoke_connection(
        &self,
        credential: Fingerprint,
        family: Id,
    ) -> Result<bool, RevocationError> {
        connections::end(&self.0, credential, family).await.map_err(RevocationError)
    }

    /// Ends all connections of a credential that were approved until now, because its owner or the operator wants it.
    /// `false`: it has none, and nothing happened.
    ///
    /// [`AuthorizationServer::revoke_credential`] does the same for a credential that does not work any more, and
    /// works for those that are not listed, too; its users are told so when their apps refresh.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn revoke_connections(&self, credential: Fingerprint) -> Result<bool, RevocationError> {
        connections::end_all(&self.0, credential).await.map_err(RevocationError)
    }

    /// For how long live connections may need a key of the ring, whichever instance issued their tokens. Ask before a key
    /// that is no longer active is retired, and add nothing: a margin is in it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn key_needed_until(&self, kid: &Kid) -> Result<KeyNeed, StoreError> {
        key_use::need(&self.0, kid).await
    }
}

/// A revocation could not be written down for the other instances.
#[derive(Debug, thiserror::Error)]
#[error("the revocation is in effect here but could not be stored")]
pub struct RevocationError(#[source] EndpointError);

/// Shows the issuer.
impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServer").field("issuer", &self.0.issuer.id).finish_non_exhaustive()
    }
}

impl<B> tower::Service<Request<B>> for AuthorizationServer
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move { Ok(server.handle(request).await.map(Full::new)) })
    }
}

impl Server {
    /// Tells the embedder about a decision.
    pub(crate) fn record(&self, event: Event) {
        self.events.record(&event);
    }

    /// Tells the embedder about a decision, with what is known of its client.
    pub(crate) fn record_of(&self, event: Event, client: &EventClient<'_>) {
        self.events.record_of(&event, client);
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.since_epoch().as_millis()).unwrap_or(u64::MAX)
    }

    /// Names a credential: the only identity of a user that there is.
    pub(crate) fn credential_fingerprint(&self, credential: &SecretString) -> Fingerprint {
        self.fingerprints.fingerprint("credential", credential.expose().as_bytes())
    }

    /// A challenge for a resource; for the default one where the path belongs to none.
    pub(crate) fn challenge(&self, refusal: Refusal, resource: Option<Named<'_>>) -> Challenge {
        let resource = resource.unwrap_or_else(|| self.resources.default_named());
        let ceiling = self.resources.endpoint(resource.id).scopes.as_deref();
        let metadata_url = self.resources.metadata_url(resource.path);
        let explained_at = signed_out::url(&self.issuer, refusal.name());
        Challenge::new(refusal, metadata_url, self.scopes.baseline(ceiling), explained_at)
    }

    /// A page of ours.
    pub(crate) fn page(&self, status: StatusCode, template: &impl PageTemplate) -> Response<Bytes> {
        let words = template.words().unwrap_or_else(|error| {
            tracing::error!(%error, "a page could not be rendered");
            PageWords::default()
        });
        let brand = Brand::new(&self.texts.product, &self.texts.version, &self.texts.notice);
        let page = Page::new(&words.title, &words.description, words.main)
            .lang(LANGUAGE)
            .base(&self.issuer.mount)
            .https(self.issuer.https)
            .brand(brand);
        web_ui::html_response(status, &page)
    }
}
