//! The resource server's check of a bearer token (RFC 6750 section 2.1), on the request's head alone.

use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::challenge::{Challenge, Refusal};
use crate::events::Event;
use crate::grant::{ClientIdentity, Grant};
use crate::resource::ResourceId;
use crate::sealed;
use crate::sealed_grant::{ACCESS_TOKEN, SealedToken};
use crate::server::Server;

/// Checks the token in `headers` for the endpoint that answers at `path`.
pub(crate) async fn authenticate(
    server: &Server,
    headers: &HeaderMap,
    path: &str,
) -> Result<Grant, Challenge> {
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

async fn check(server: &Server, headers: &HeaderMap, resource: Option<ResourceId>) -> Result<Grant, Refusal> {
    let text = bearer(headers)?;
    let token: SealedToken = sealed::open(&server.sealer, ACCESS_TOKEN, text).ok_or(Refusal::NotAuthentic)?;
    examine(server, token, resource).await
}

/// What an authentic token is worth here and now.
pub(crate) async fn examine(
    server: &Server,
    token: SealedToken,
    resource: Option<ResourceId>,
) -> Result<Grant, Refusal> {
    let now = server.clock.unix_seconds();
    if now >= token.expires_at || now >= token.grant.ends_at {
        return Err(Refusal::Expired);
    }
    let granted = server.resources.by_path(&token.grant.resource);
    match (granted, resource) {
        (Some(granted), Some(resource)) if server.resources.covers(granted, resource) => {}
        _ => return Err(Refusal::Audience),
    }
    let fingerprint = server.credential_fingerprint(&token.grant.credential);
    match server.revocations.is_revoked(server, &token, fingerprint).await {
        Ok(false) => {}
        Ok(true) => return Err(Refusal::Revoked),
        Err(_) => return Err(Refusal::Unavailable),
    }
    let SealedToken { id, expires_at, grant } = token;
    Ok(Grant {
        credential: grant.credential,
        credential_fingerprint: fingerprint,
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
        expires_at,
    })
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
