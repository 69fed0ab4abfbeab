//! The newest consents over all credentials, in a bounded log, for the operator's list.
//!
//! The log says where to look; what is there is read from the records. Consents whose code nobody redeemed are
//! in it, too, and are passed over.

use sealing::Fingerprint;
use serde::{Deserialize, Serialize};
use state_store::{Key, LogBound};

use crate::error::EndpointError;
use crate::grant::Id;
use crate::server::Server;

/// Entries that are kept.
const MAX_ENTRIES: u32 = 8192;
const BATCH: usize = 1024;

#[derive(Serialize, Deserialize)]
struct Noted {
    credential: [u8; 16],
    family: Id,
}

/// Notes a consent. Done when it is given, where a store that does not answer costs nothing but another click, so that
/// the redemption of the code need not write it.
pub(crate) async fn note(server: &Server, credential: Fingerprint, family: Id) -> Result<(), EndpointError> {
    let noted = Noted { credential: *credential.as_bytes(), family };
    let entry = postcard::to_stdvec(&noted).map_err(|_| EndpointError::Internal)?;
    let bound = LogBound { max_entries: MAX_ENTRIES, ttl: server.lifetimes.refresh_absolute };
    server.store.append(&log(), &entry, bound).await?;
    Ok(())
}

/// What was noted, the newest first.
pub(super) async fn read(server: &Server) -> Result<Vec<(Fingerprint, Id)>, EndpointError> {
    let mut noted = Vec::new();
    let mut after = 0;
    loop {
        let entries = server.store.read_since(&log(), after, BATCH).await?;
        let Some(last) = entries.last() else { break };
        after = last.sequence;
        // An entry of a newer release is not for us.
        noted.extend(entries.iter().filter_map(|entry| postcard::from_bytes::<Noted>(&entry.value).ok()));
        if entries.len() < BATCH {
            break;
        }
    }
    Ok(noted.into_iter().rev().map(|it| (Fingerprint::from_bytes(it.credential), it.family)).collect())
}

fn log() -> Key {
    Key::new("oauth-connections-recent", "log")
}
