//! The token endpoint (OAuth 2.1 section 3.2): codes and refresh tokens into access tokens.
//!
//! The form, the client, the grant and everything about it are checked first; only then is anything used up.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use state_store::{Key, Quota, QuotaDecision};

use crate::authorization_code::{self, Presented, Redeemed};
use crate::client_auth;
use crate::connections;
use crate::credential::CredentialError;
use crate::error::{EndpointError, GrantRefusal};
use crate::events::{Event, EventClient};
use crate::family::{self, Ended, Step};
use crate::form::Form;
use crate::grant::Id;
use crate::request::Received;
use crate::respond;
use crate::revocations::Revocations;
use crate::sealed;
use crate::sealed_grant::{ACCESS_TOKEN, REFRESH_TOKEN, SealedGrant, SealedToken};
use crate::server::Server;

/// Path of the token endpoint.
pub(crate) const TOKEN: &str = "/token";

const CODE: &str = "authorization_code";
const REFRESH: &str = "refresh_token";

/// Each credential is checked with its service at most this often when clients refresh.
const RECHECK: Quota = Quota { period: Duration::from_secs(5 * 60), burst: 1 };
/// Refreshes of one connection: far more than its parallel sessions need together.
const REFRESHES: Quota = Quota { period: Duration::from_secs(1), burst: 60 };

/// A successful answer (RFC 6749 section 5.1). Absent members are left out, never null.
#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
}

/// Answers a token request.
pub(crate) async fn token(server: &Server, request: &Received) -> Result<Response<Bytes>, EndpointError> {
    let headers = &request.parts.headers;
    let form = request.form().map_err(|fault| not_understood(server, fault))?;
    match form.text("grant_type").map_err(|fault| not_understood(server, fault))? {
        Some(CODE) => redeem_code(server, headers, &form)
            .await
            .inspect_err(|error| server.record(Event::CodeRefused { reason: error.name() })),
        Some(REFRESH) => refresh(server, headers, &form)
            .await
            .inspect_err(|error| server.record(Event::RefreshRefused { reason: error.name() })),
        Some(_) => Err(not_understood(server, EndpointError::UnsupportedGrantType)),
        None => Err(not_understood(server, EndpointError::InvalidRequest("The grant_type is missing."))),
    }
}

/// Counts a request of which it is not known what it asks for.
pub(crate) fn not_understood(server: &Server, fault: impl Into<EndpointError>) -> EndpointError {
    let error = fault.into();
    server.record(Event::TokenRequestRefused { reason: error.name() });
    error
}

async fn redeem_code(
    server: &Server,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Response<Bytes>, EndpointError> {
    let client = client_auth::authenticate(server, headers, form).await?;
    let code = form.text("code")?.ok_or(EndpointError::InvalidRequest("The code is missing."))?;
    let resource = requested_resource(server, form)?;
    let presented = Presented {
        client: &client,
        redirect_uri: form.text("redirect_uri")?,
        verifier: form.text("code_verifier")?,
        resource: resource.as_deref(),
    };
    // At most a refresh token's life: what the grant itself says is not known before the code is used up.
    let until = server.clock.unix_seconds() + server.lifetimes.refresh_sliding.as_secs();
    server.key_use.note(server, &client, until).await?;
    let waiting = match authorization_code::redeem(server, code, &presented).await? {
        Redeemed::Once(waiting) => waiting,
        Redeemed::Again(family) => {
            tracing::warn!(%family, "an authorization code was used twice: the family is revoked");
            if server.revocations.end_family(server, family, Ended::CodeReplayed).await? {
                let known = EventClient::default().asking(headers);
                server.record_of(Event::GrantEnded { reason: GrantRefusal::CodeReplayed.name() }, &known);
            }
            return Err(EndpointError::InvalidGrant(GrantRefusal::CodeReplayed));
        }
    };
    let refresh_id = waiting.refresh.then(|| Id::generate(server.entropy.as_ref()));
    tracing::info!(family = %waiting.grant.family, client = %client.fingerprint, "code redeemed");
    connections::begin(server, &waiting.grant, waiting.refresh).await;
    let issued = issue(server, &waiting.grant, &waiting.grant.scopes, refresh_id)?;
    let known = EventClient::new(&waiting.grant.client).registered(client.sealed_under.is_some());
    server.record_of(Event::TokensIssued { grant_type: CODE }, &known.asking(headers));
    Ok(issued)
}

async fn refresh(
    server: &Server,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Response<Bytes>, EndpointError> {
    let refuse = |refusal| Err(EndpointError::InvalidGrant(refusal));
    let client = client_auth::authenticate(server, headers, form).await?;
    let token =
        form.text("refresh_token")?.ok_or(EndpointError::InvalidRequest("The refresh_token is missing."))?;
    let Some(token) = sealed::open::<SealedToken<'_>>(&server.sealer, REFRESH_TOKEN, token) else {
        return refuse(GrantRefusal::RefreshUnknown);
    };
    if !client.is(&token.grant.client) {
        return refuse(GrantRefusal::RefreshOtherClient);
    }
    client.has_proved(&token.grant.client)?;
    if !client.takes_refresh {
        return Err(EndpointError::UnauthorizedClient);
    }
    let now = server.clock.unix_seconds();
    if now >= token.grant.ends_at {
        return refuse(GrantRefusal::RefreshEnded);
    }
    if now >= token.expires_at {
        return refuse(GrantRefusal::RefreshExpired);
    }
    if requested_resource(server, form)?.is_some_and(|resource| resource != token.grant.resource) {
        return Err(EndpointError::InvalidTarget);
    }
    let scopes = server
        .scopes
        .narrowed(form.text("scope")?, &token.grant.scopes)
        .ok()
        .flatten()
        .ok_or(EndpointError::InvalidScope)?;

    let SealedToken { id, grant, .. } = &token;
    let known = EventClient::new(&grant.client)
        .registered(client.sealed_under.is_some())
        .asking(headers)
        .approved_at(grant.approved_at_ms, server.now_ms());
    // A token that leads nowhere is not worth a call to the service.
    let (step, seen) = family::peek(server, grant.family, *id).await?;
    if matches!(step, Step::Adopt | Step::Rotate | Step::Repeat(_)) {
        limit_refreshes(server, grant.family).await?;
        recheck_credential(server, grant, &known).await?;
        let until = (now + server.lifetimes.refresh_sliding.as_secs()).min(grant.ends_at);
        server.key_use.note(server, &client, until).await?;
    }
    if step == Step::Adopt {
        connections::resume(server, grant).await?;
    }
    let refresh_id = family::advance(server, grant.family, *id, seen).await.inspect_err(|error| {
        // The first time: afterwards the family is gone.
        if step == Step::Reused {
            server.record_of(Event::GrantEnded { reason: error.name() }, &known);
        }
    })?;
    tracing::debug!(family = %grant.family, client = %client.fingerprint, "tokens refreshed");
    let issued = issue(server, grant, &scopes, Some(refresh_id))?;
    server.record_of(Event::TokensIssued { grant_type: REFRESH }, &known);
    Ok(issued)
}

/// Stops a client that refreshes in a loop, before anything is used up.
async fn limit_refreshes(server: &Server, family: Id) -> Result<(), EndpointError> {
    let key = Key::new("oauth-family-refreshes", family.to_string());
    match server.store.take_quota(&key, REFRESHES, 1).await? {
        QuotaDecision::Allowed { .. } => Ok(()),
        QuotaDecision::Denied { retry_after } => {
            Err(EndpointError::TooManyRefreshes { retry_after: retry_after.unwrap_or(REFRESHES.period) })
        }
    }
}

/// Asks the service whether the credential still works, every now and then. Only a clear no ends the connection:
/// an outage or a limit on the service's side never costs a login.
async fn recheck_credential(
    server: &Server,
    grant: &SealedGrant,
    known: &EventClient<'_>,
) -> Result<(), EndpointError> {
    let fingerprint = server.credential_fingerprint(&grant.credential);
    let refusal = Revocations::credential_refusal(server, fingerprint, grant.approved_at_ms).await?;
    if let Some(refusal) = refusal {
        return Err(EndpointError::InvalidGrant(refusal));
    }
    let key = Key::new("oauth-credential-recheck", fingerprint.to_string());
    if !matches!(server.store.take_quota(&key, RECHECK, 1).await?, QuotaDecision::Allowed { .. }) {
        return Ok(());
    }
    match server.verifier.verify(&grant.credential).await {
        Err(CredentialError::Wrong) => {
            tracing::info!(credential = %fingerprint, "the service no longer knows a credential");
            server.revocations.revoke_credential(server, fingerprint).await?;
            server.record_of(Event::GrantEnded { reason: GrantRefusal::CredentialRejected.name() }, known);
            Err(EndpointError::InvalidGrant(GrantRefusal::CredentialRejected))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The path of the resource that the request names, if it names one.
fn requested_resource(server: &Server, form: &Form) -> Result<Option<String>, EndpointError> {
    let Some(resource) = form.text("resource")? else { return Ok(None) };
    let id = server.resources.by_identifier(resource).ok_or(EndpointError::InvalidTarget)?;
    Ok(Some(server.resources.endpoint(id).path.clone()))
}

fn issue(
    server: &Server,
    grant: &SealedGrant,
    scopes: &[String],
    refresh_id: Option<Id>,
) -> Result<Response<Bytes>, EndpointError> {
    let now = server.clock.unix_seconds();
    let until = |life: Duration| (now + life.as_secs()).min(grant.ends_at);
    let refresh_token = refresh_id
        .map(|id| {
            let expires_at = until(server.lifetimes.refresh_sliding);
            let token = SealedToken { id, expires_at, grant: Cow::Borrowed(grant) };
            sealed::seal(&server.sealer, REFRESH_TOKEN, &token)
        })
        .transpose()?;
    let scope = scopes.join(" ");
    let expires_at = until(server.lifetimes.access_token);
    let grant = if scopes == grant.scopes {
        Cow::Borrowed(grant)
    } else {
        Cow::Owned(SealedGrant { scopes: scopes.to_vec(), ..grant.clone() })
    };
    let token = SealedToken { id: Id::generate(server.entropy.as_ref()), expires_at, grant };
    let response = TokenResponse {
        access_token: sealed::seal(&server.sealer, ACCESS_TOKEN, &token)?,
        token_type: "Bearer",
        expires_in: expires_at - now,
        refresh_token,
        scope,
    };
    // From the start, so that growing leaves no copy of a token in freed memory. The names of the members are less.
    let room = response.access_token.len()
        + response.refresh_token.as_ref().map_or(0, String::len)
        + response.scope.len()
        + 128;
    Ok(respond::json_in(Vec::with_capacity(room), StatusCode::OK, &response))
}
