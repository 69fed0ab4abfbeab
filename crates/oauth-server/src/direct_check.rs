//! Checking a credential that a request to one of the embedder's endpoints carries itself, without a page and without a
//! token: failures are counted per client address, and together with those of the pages altogether.
//!
//! A page belongs to one person; behind an address here may be a service with many credentials that all work. So what is
//! counted against an address is what failed, not what was tried: each check reserves its failure and gives it back unless
//! the credential is to blame, so that checks at the same moment cannot slip in under the limit together.

use sealing::SecretString;
use state_store::{Added, Key};

use crate::credential::Account;
use crate::credential_check::{self, BLOCK, CheckTrouble, WINDOW};
use crate::events::Event;
use crate::request::ClientAddress;
use crate::server::Server;

/// Asks the service about a credential.
pub(crate) async fn check(
    server: &Server,
    address: Option<ClientAddress>,
    credential: &SecretString,
) -> Result<Account, CheckTrouble> {
    let checked = counted(server, address, credential).await;
    let outcome = checked.as_ref().map_or_else(CheckTrouble::name, |_| "works");
    if outcome != "works" {
        tracing::info!(reason = outcome, "credential of a request not accepted");
    }
    server.record(Event::CredentialChecked { outcome });
    checked
}

async fn counted(
    server: &Server,
    address: Option<ClientAddress>,
    credential: &SecretString,
) -> Result<Account, CheckTrouble> {
    credential_check::usable(credential)?;
    let mut reserved = Vec::with_capacity(2);
    for (key, limit) in tiers(server, address) {
        if let Err(trouble) = reserve(server, &key, limit).await {
            give_back(server, &reserved).await;
            return Err(trouble);
        }
        reserved.push(key);
    }
    if let Err(trouble) = credential_check::reserve_failure(server).await {
        give_back(server, &reserved).await;
        return Err(trouble);
    }
    let checked = server.verifier.verify(credential).await.map_err(CheckTrouble::Service);
    if checked.as_ref().map_or_else(CheckTrouble::is_about_credential, |_| false) {
        return checked;
    }
    // It works, or nobody could say.
    credential_check::worked(server).await;
    give_back(server, &reserved).await;
    checked
}

/// What an address counts for, and how many failures in a minute each may have.
fn tiers(server: &Server, address: Option<ClientAddress>) -> Vec<(Key, u64)> {
    let Some(address) = address else { return Vec::new() };
    let most = server.credential_checks.per_address.max(1);
    [("oauth-direct-address", address.network(), 1), ("oauth-direct-block", address.block(), BLOCK)]
        .into_iter()
        .map(|(space, network, times)| {
            let network = server.fingerprints.fingerprint("oauth-address", &network);
            (Key::new(space, network.to_string()), u64::from(most.saturating_mul(times)))
        })
        .collect()
}

async fn reserve(server: &Server, key: &Key, limit: u64) -> Result<(), CheckTrouble> {
    let added = server.store.add_up_to(key, 1, limit, WINDOW).await;
    match added.map_err(|error| credential_check::uncounted(&error))? {
        Added::Within { .. } => Ok(()),
        Added::Full { resets_in, .. } => Err(CheckTrouble::TooManyTries { retry_after: resets_in }),
    }
}

async fn give_back(server: &Server, reserved: &[Key]) {
    for key in reserved {
        if let Err(error) = server.store.refund(key, 1).await {
            // The count is one too high until the minute is over.
            tracing::warn!(%error, "a credential check cannot be uncounted");
        }
    }
}
