//! Token revocation (RFC 7009). A refresh token takes its whole connection with it, an access token only itself.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use crate::client_auth;
use crate::error::EndpointError;
use crate::events::{Event, EventClient};
use crate::request::Received;
use crate::respond;
use crate::sealed;
use crate::sealed_grant::{ACCESS_TOKEN, REFRESH_TOKEN, SealedToken};
use crate::server::Server;

/// Path of the revocation endpoint.
pub(crate) const REVOKE: &str = "/revoke";

/// Revokes a token. 200 for any token: one that is unknown, expired or another client's changes nothing, and
/// the answer does not tell (RFC 7009 section 2.2). `token_type_hint` is not needed: tokens say what they are.
pub(crate) async fn revoke(server: &Server, request: &Received) -> Result<Response<Bytes>, EndpointError> {
    let form = request.form()?;
    let client = client_auth::authenticate(server, &request.parts.headers, &form).await?;
    let text = form.text("token")?.ok_or(EndpointError::InvalidRequest("The token is missing."))?;
    let is_own = |token: &SealedToken<'_>| {
        client.is(&token.grant.client) && client.has_proved(&token.grant.client).is_ok()
    };

    if let Some(token) = sealed::open(&server.sealer, REFRESH_TOKEN, text).filter(is_own) {
        tracing::info!(family = %token.grant.family, "connection revoked by its client");
        if !server.revocations.revoke_family(server, token.grant.family).await? {
            return Ok(respond::json(StatusCode::OK, &json!({})));
        }
        let known = EventClient::new(&token.grant.client)
            .registered(client.sealed_under.is_some())
            .asking(&request.parts.headers)
            .approved_at(token.grant.approved_at_ms, server.now_ms());
        server.record_of(Event::GrantEnded { reason: "revoked_by_client" }, &known);
    } else if let Some(token) = sealed::open(&server.sealer, ACCESS_TOKEN, text).filter(is_own) {
        tracing::info!(family = %token.grant.family, token = %token.id, "access token revoked by its client");
        // What has expired needs no revocation; and this way nobody fills the log with old tokens.
        if token.expires_at > server.clock.unix_seconds() {
            server.revocations.revoke_token(server, token.id, token.grant.family).await?;
        }
    }
    Ok(respond::json(StatusCode::OK, &json!({})))
}
