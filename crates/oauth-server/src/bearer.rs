//! The resource server's check of a bearer token (RFC 6750 section 2.1), on the request's head alone.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::challenge::{Challenge, Refusal};
use crate::events::Event;
use crate::grant::{ClientIdentity, Derived, Grant};
use crate::resource::ResourceId;
use crate::sealed;
use crate::sealed_grant::{ACCESS_TOKEN, SealedToken};
use crate::server::Server;

/// Checks the token in `headers` for the endpoint that answers at `path`.
pub(crate) async fn authenticate(
    server: &Server,
    headers: &HeaderMap,
    path: &str,
) -> Result<Arc<Grant>, Challenge> {
    let resource = server.resources.serving(path);
    match check(server, headers, resource.map(|named| named.id)).await {
        Ok(grant) => Ok(grant),
        Err(refusal) => {
            if refusal != Refusal::Missing {
                tracing::info!(reason = refusal.name(), path, "access token refused");
                server.record(Event::BearerRefused { reason: refusal.name() });
            }
            Err(server.challenge(refusal, resource))
        }
    }
}

async fn check(
    server: &Server,
    headers: &HeaderMap,
    resource: Option<ResourceId>,
) -> Result<Arc<Grant>, Refusal> {
    let text = bearer(headers)?;
    let now = server.clock.unix_seconds();
    // Before it is opened: one that is replaced meanwhile makes what is kept worth nothing.
    let ring = server.sealer.ring_number();
    if let Some(grant) = server.verified.find(text, ring, now) {
        examine(server, &grant, resource).await?;
        return Ok(grant);
    }
    let token = sealed::open(&server.sealer, ACCESS_TOKEN, text).ok_or(Refusal::NotAuthentic)?;
    let grant = Arc::new(grant_of(server, token));
    examine(server, &grant, resource).await?;
    server.verified.keep(text, ring, now, &grant);
    Ok(grant)
}

/// What an authentic token says.
pub(crate) fn grant_of(server: &Server, token: SealedToken<'_>) -> Grant {
    let SealedToken { id, expires_at, grant } = token;
    let grant = grant.into_owned();
    Grant {
        credential_fingerprint: server.credential_fingerprint(&grant.credential),
        credential: grant.credential,
        client: ClientIdentity {
            fingerprint: grant.client.fingerprint(),
            name: grant.client.name,
            redirect_host: grant.client.redirect_host,
            document_host: grant.client.document_host,
        },
        scopes: grant.scopes,
        family: grant.family,
        token_id: id,
        resource: grant.resource,
        embedder_data: Bytes::from(grant.choices),
        approved_at_ms: grant.approved_at_ms,
        expires_at: expires_at.min(grant.ends_at),
        derived: Derived::default(),
    }
}

/// Whether what an authentic token says may be used here and now.
pub(crate) async fn examine(
    server: &Server,
    grant: &Grant,
    resource: Option<ResourceId>,
) -> Result<(), Refusal> {
    if server.clock.unix_seconds() >= grant.expires_at {
        return Err(Refusal::Expired);
    }
    let granted = server.resources.by_path(&grant.resource);
    match (granted, resource) {
        (Some(granted), Some(resource)) if server.resources.covers(granted, resource) => {}
        _ => return Err(Refusal::Audience),
    }
    match server.revocations.is_revoked(server, grant).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(Refusal::Revoked),
        Err(_) => Err(Refusal::Unavailable),
    }
}

/// The token of the one `Authorization: Bearer` header. Another scheme counts as no token at all.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::Missing)?;
    if values.next().is_some() || value.len() > ACCESS_TOKEN.max_token() + "Bearer ".len() {
        return Err(Refusal::Malformed);
    }
    let value = value.to_str().map_err(|_| Refusal::Malformed)?.trim();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(Refusal::Missing);
    }
    Ok(token.trim())
}
