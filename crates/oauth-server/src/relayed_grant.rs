//! A grant on its way to another instance of the same deployment: sealed again, and checked again where it arrives.
//!
//! A request that one instance has authenticated may have to be carried out by another, which holds its stream. What
//! travels is no bearer token (a purpose of its own: neither passes for the other), and it buys no time: expiry, audience
//! and revocation are looked at by the receiving instance, as for a token that a client presents.

use std::borrow::Cow;

use sealing::Purpose;

use crate::bearer;
use crate::challenge::Refusal;
use crate::events::Event;
use crate::grant::Grant;
use crate::sealed;
use crate::sealed_grant::{SealedClient, SealedGrant, SealedToken};
use crate::server::Server;

const RELAYED_GRANT: Purpose = Purpose::new("opqrg", "relayed-grant");

/// `None` for a grant that cannot be sealed: longer than any that we issue.
pub(crate) fn seal(server: &Server, grant: &Grant) -> Option<String> {
    let client = &grant.client;
    let token = SealedToken {
        id: grant.token_id,
        expires_at: grant.expires_at,
        grant: Cow::Owned(SealedGrant {
            family: grant.family,
            client: SealedClient {
                fingerprint: *client.fingerprint.as_bytes(),
                name: client.name.clone(),
                redirect_host: client.redirect_host.clone(),
                document_host: client.document_host.clone(),
                // Of the token endpoint's concern; no token is made of this.
                must_sign: false,
            },
            resource: grant.resource.clone(),
            scopes: grant.scopes.clone(),
            credential: grant.credential.clone(),
            choices: grant.embedder_data.to_vec(),
            approved_at_ms: grant.approved_at_ms,
            // The family may live on; what travels ends with its access token.
            ends_at: grant.expires_at,
        }),
    };
    sealed::seal(&server.sealer, RELAYED_GRANT, &token).ok()
}

pub(crate) async fn open(server: &Server, text: &str, path: &str) -> Result<Grant, Refusal> {
    let opened = check(server, text, path).await;
    if let Err(refusal) = &opened {
        tracing::info!(reason = refusal.name(), path, "relayed grant refused");
        server.record(Event::RelayedGrantRefused { reason: refusal.name() });
    }
    opened
}

async fn check(server: &Server, text: &str, path: &str) -> Result<Grant, Refusal> {
    let token: SealedToken<'_> =
        sealed::open(&server.sealer, RELAYED_GRANT, text).ok_or(Refusal::NotAuthentic)?;
    let resource = server.resources.serving(path).map(|named| named.id);
    let grant = bearer::grant_of(server, token);
    bearer::examine(server, &grant, resource).await?;
    Ok(grant)
}
