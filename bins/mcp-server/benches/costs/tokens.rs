//! `oauth-server` by itself, its state in memory: checking access tokens, and refreshing them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use oauth_server::{
    Account, AuthorizationServer, CredentialError, CredentialVerifier, ResourceEndpoint, ScopeInfo, Settings,
};
use sealing::{Keys, Sealer, SecretString};
use state_store::ManualClock;
use state_store::embedded::EmbeddedStore;

use crate::Failure;
use crate::counter::Counter;
use crate::fixed::{self, Counting};
use crate::login::{Authorizes, ISSUER, Login};

/// A service that knows every key.
struct Everybody;

#[async_trait::async_trait]
impl CredentialVerifier for Everybody {
    async fn verify(&self, _: &SecretString) -> Result<Account, CredentialError> {
        Ok(Account::new("Guard"))
    }
}

impl Authorizes for AuthorizationServer {
    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Failure> {
        Ok(self.handle(request).await)
    }
}

pub(crate) fn count(counter: &Counter) -> Result<(), Failure> {
    if !counter.wants("tokens/") {
        return Ok(());
    }
    let clock = fixed::clock();
    let server = server(&clock)?;
    let mut login = counter.runtime().block_on(Login::new(&server, "a-key"))?;
    let again = bearer(&login.access_token)?;
    counter.count("tokens/check", async || check(&server, &again).await)?;

    // Tokens that the server has not seen yet, however it remembers those that it has.
    let mut fresh = Vec::with_capacity(counter.times());
    for _ in 0..counter.times() {
        // A connection may be refreshed once a second.
        clock.advance(Duration::from_secs(1));
        counter.runtime().block_on(login.refresh(&server))?;
        fresh.push(bearer(&login.access_token)?);
    }
    let mut unseen = fresh.iter();
    counter
        .count("tokens/check-fresh", async || check(&server, unseen.next().ok_or("no more tokens")?).await)?;

    let forged = bearer(&forge(&login.access_token))?;
    counter.count("tokens/check-forged", async || match check(&server, &forged).await {
        Ok(()) => Err("a forged token was let in".into()),
        Err(_) => Ok(()),
    })?;

    counter.count("tokens/refresh", async || {
        clock.advance(Duration::from_secs(1));
        login.refresh(&server).await
    })
}

fn server(clock: &Arc<ManualClock>) -> Result<AuthorizationServer, Failure> {
    let entropy = Arc::new(Counting::default());
    let keys = Keys::generate(&*entropy);
    let sealer = Sealer::new(keys.ring, ISSUER, entropy.clone());
    let scopes = vec![ScopeInfo::new("example:read", "Read", "").baseline()];
    Ok(AuthorizationServer::new(
        Settings::new(ISSUER, vec![ResourceEndpoint::new("/mcp", "Guard")], scopes),
        Arc::new(Everybody),
        Arc::new(EmbeddedStore::in_memory(clock.clone())),
        clock.clone(),
        entropy,
        sealer,
        keys.fingerprint,
    )?)
}

async fn check(server: &AuthorizationServer, headers: &HeaderMap) -> Result<(), Failure> {
    match server.authenticate(headers, "/mcp").await {
        Ok(_) => Ok(()),
        Err(challenge) => Err(challenge.refusal().name().into()),
    }
}

fn bearer(token: &str) -> Result<HeaderMap, Failure> {
    Ok([(AUTHORIZATION, format!("Bearer {token}").parse()?)].into_iter().collect())
}

/// The same token with other content.
fn forge(token: &str) -> String {
    let (front, body) = token.split_at(token.len() / 2);
    let turned: String = body.chars().rev().collect();
    format!("{front}{turned}")
}
