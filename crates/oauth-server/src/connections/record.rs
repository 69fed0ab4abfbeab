//! The record of one credential's connections, as the store holds it.

use bytes::Bytes;
use sealing::Fingerprint;
use serde::{Deserialize, Serialize};

use super::Connection;
use crate::error::EndpointError;
use crate::grant::{ClientIdentity, Id};
use crate::sealed_grant::SealedGrant;
use crate::server::Server;

/// Most connections of one credential: a whole team may share one, each with several apps.
pub(crate) const MAX_ENTRIES: usize = 256;
/// Longest record, in bytes. The store takes 64 KiB.
const MAX_BYTES: usize = 60 * 1024;

/// One connection as the record lists it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Listed {
    family: Id,
    client: Client,
    resource: String,
    scopes: Vec<String>,
    choices: Vec<u8>,
    approved_at_ms: u64,
    ends_at: u64,
    /// For how long its first tokens last, in seconds since the Unix epoch.
    first_until: u64,
}

/// Its client. Apart from the one in tokens, whose layout may change when this must not.
#[derive(Clone, Serialize, Deserialize)]
struct Client {
    fingerprint: [u8; 16],
    name: String,
    redirect_host: String,
    document_host: Option<String>,
}

/// What is stored. New layouts are added at the end.
#[derive(Serialize, Deserialize)]
enum Stored {
    V1(Vec<Listed>),
}

/// The connections of one credential.
#[derive(Default)]
pub(super) struct Record(Vec<Listed>);

impl Listed {
    /// A connection that gets its first tokens now. Without refresh tokens it ends with its one access token.
    pub(super) fn new(server: &Server, grant: &SealedGrant, refresh: bool) -> Self {
        let lifetimes = &server.lifetimes;
        let life = if refresh {
            lifetimes.refresh_sliding.max(lifetimes.access_token)
        } else {
            lifetimes.access_token
        };
        let first_until = (server.clock.unix_seconds() + life.as_secs()).min(grant.ends_at);
        Self {
            family: grant.family,
            client: Client {
                fingerprint: grant.client.fingerprint,
                name: grant.client.name.clone(),
                redirect_host: grant.client.redirect_host.clone(),
                document_host: grant.client.document_host.clone(),
            },
            resource: grant.resource.clone(),
            scopes: grant.scopes.clone(),
            choices: grant.choices.clone(),
            approved_at_ms: grant.approved_at_ms,
            ends_at: if refresh { grant.ends_at } else { first_until },
            first_until,
        }
    }

    pub(super) const fn family(&self) -> Id {
        self.family
    }

    pub(super) const fn approved_at_ms(&self) -> u64 {
        self.approved_at_ms
    }

    pub(super) const fn ends_at(&self) -> u64 {
        self.ends_at
    }

    pub(super) const fn first_until(&self) -> u64 {
        self.first_until
    }

    pub(super) fn connection(&self, credential: Fingerprint, last_used_at_ms: u64) -> Connection {
        Connection {
            family: self.family,
            credential,
            client: ClientIdentity {
                fingerprint: Fingerprint::from_bytes(self.client.fingerprint),
                name: self.client.name.clone(),
                redirect_host: self.client.redirect_host.clone(),
                document_host: self.client.document_host.clone(),
            },
            resource: self.resource.clone(),
            scopes: self.scopes.clone(),
            embedder_data: Bytes::from(self.choices.clone()),
            approved_at_ms: self.approved_at_ms,
            last_used_at_ms,
            ends_at: self.ends_at,
        }
    }
}

impl Record {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, EndpointError> {
        let Stored::V1(entries) = postcard::from_bytes(bytes).map_err(|_| EndpointError::Internal)?;
        Ok(Self(entries))
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, EndpointError> {
        // Borrowed: the same bytes as `Stored`, whose entries need not be copied for it.
        #[derive(Serialize)]
        enum Storing<'a> {
            V1(&'a [Listed]),
        }
        postcard::to_stdvec(&Storing::V1(&self.0)).map_err(|_| EndpointError::Internal)
    }

    pub(super) fn entries(&self) -> &[Listed] {
        &self.0
    }

    pub(super) fn has(&self, family: Id) -> bool {
        self.0.iter().any(|entry| entry.family == family)
    }

    /// Adds a connection. Those that are over whatever else is known of them go.
    pub(super) fn add(&mut self, entry: Listed, now: u64) {
        self.0.retain(|other| other.ends_at > now);
        self.0.push(entry);
    }

    /// Whether it is within its bounds.
    pub(super) fn fits(&self) -> Result<bool, EndpointError> {
        Ok(self.0.len() <= MAX_ENTRIES && self.encode()?.len() <= MAX_BYTES)
    }

    pub(super) fn retain(&mut self, keep: impl Fn(Id) -> bool) {
        self.0.retain(|entry| keep(entry.family));
    }

    pub(super) fn retain_entries(&mut self, keep: impl Fn(&Listed) -> bool) {
        self.0.retain(keep);
    }

    /// When the last connection in it ends.
    pub(super) fn ends_at(&self) -> u64 {
        self.0.iter().map(|entry| entry.ends_at).max().unwrap_or_default()
    }
}
