//! Whose credential a call uses, and what that alone says of the caller.

use std::sync::{Arc, OnceLock};

use mcp_tools::{ClientFacts, Limits, Scope, Scopes};
use oauth_server::Grant;
use openphone_client::{ApiKey, InvalidApiKey};
use sealing::{Fingerprint, SecretString};

use crate::adapters::consent;
use crate::telemetry::client_family::{ClientFamily, Known};

/// Whoever has shown a credential, or may do without one.
///
/// A grant and a key are two parties, even where the grant was made with that very key: what is opened for one (a stream,
/// a session, a task) does not exist for the other. A grant has limits that its user chose, and a key has none.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The bearer of an access token.
    Grant(Arc<Grant>),
    /// Whoever holds an API key, or uses the operator's.
    Key(Arc<KeyHolder>),
}

/// An API key that works, and how it got here.
#[derive(Debug)]
pub struct KeyHolder {
    /// How it got here.
    pub way: Way,
    /// The key.
    pub credential: SecretString,
    /// Names the key without revealing it, as in grants.
    pub fingerprint: Fingerprint,
    /// When it was last known to work, in milliseconds since the Unix epoch.
    pub known_at_ms: u64,
    /// Until when a stream may be open for it, in seconds since the Unix epoch; `None`: for as long as it likes.
    pub expires_at: Option<u64>,
}

/// How a key got here without a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In a header of the request: whoever sends it has the whole key anyway.
    Header,
    /// It is the operator's, lent to whoever the operator lets in.
    Operator,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Operator => "operator",
        }
    }
}

impl Identity {
    /// One party: a connection with whichever of its access tokens, or a key by one way. No two ways meet, because a
    /// connection's name has no space in it.
    #[must_use]
    pub fn owner(&self) -> Arc<str> {
        match self {
            Self::Grant(grant) => Arc::clone(&Terms::of(grant).owner),
            Self::Key(holder) => format!("{} {}", holder.way.name(), holder.fingerprint).into(),
        }
    }

    /// The key that calls are made with.
    #[must_use]
    pub fn credential(&self) -> &SecretString {
        match self {
            Self::Grant(grant) => &grant.credential,
            Self::Key(holder) => &holder.credential,
        }
    }

    /// The same for the API's client, which knows it by its fingerprint.
    ///
    /// # Errors
    /// It cannot be a key.
    pub fn api_key(&self) -> Result<ApiKey, InvalidApiKey> {
        match self {
            Self::Grant(grant) => Terms::of(grant).api_key.clone(),
            Self::Key(holder) => api_key(&holder.credential, holder.fingerprint),
        }
    }

    /// The tenant in everything that is kept.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Grant(grant) => grant.credential_fingerprint,
            Self::Key(holder) => holder.fingerprint,
        }
    }

    /// When a stream must end, in seconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        match self {
            Self::Grant(grant) => Some(grant.expires_at),
            Self::Key(holder) => holder.expires_at,
        }
    }

    /// What was granted. A key alone reads and writes; what other connections of the key did takes somebody's consent.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        match self {
            Self::Grant(grant) => Terms::of(grant).scopes,
            Self::Key(_) => Scopes::from_names([Scope::Write.name()]),
        }
    }

    /// What the user chose at consent.
    ///
    /// # Errors
    /// The grant's limits cannot be read.
    pub fn limits(&self) -> Result<Limits, UnreadableLimits> {
        match self {
            Self::Grant(grant) => Terms::of(grant).limits.clone(),
            // The operator's bound holds, as for everybody.
            Self::Key(_) => Ok(Limits::default()),
        }
    }

    /// What is known of the client before its request is looked at.
    #[must_use]
    pub fn client_facts(&self) -> ClientFacts<'_> {
        match self {
            Self::Grant(grant) => ClientFacts {
                redirect_host: Some(&grant.client.redirect_host),
                document_host: grant.client.document_host.as_deref(),
                user_agent: None,
            },
            Self::Key(_) => ClientFacts::default(),
        }
    }

    /// What kind of client it is, for metrics.
    #[must_use]
    pub fn family(&self, user_agent: Option<&str>) -> ClientFamily {
        let made = || {
            let ClientFacts { redirect_host, document_host, .. } = self.client_facts();
            ClientFamily::of(Known { redirect_host, document_host, user_agent })
        };
        let Self::Grant(grant) = self else { return made() };
        let terms = Terms::of(grant);
        let (told, family) = terms.told.get_or_init(|| (user_agent.map(Into::into), made()));
        if told.as_deref() == user_agent { *family } else { made() }
    }

    /// What the client is called in the audit: the name that it gave itself, with what it cannot choose (where its codes
    /// are sent); or how its key got here.
    #[must_use]
    pub fn client(&self) -> Arc<str> {
        match self {
            Self::Grant(grant) => Arc::clone(&Terms::of(grant).client),
            Self::Key(holder) => match holder.way {
                Way::Header => "an API key in a header".into(),
                Way::Operator => "the operator's API key".into(),
            },
        }
    }
}

/// A user agent, and the client family that a grant and it make.
type Told = (Option<Box<str>>, ClientFamily);

/// A grant's limits are not what this server writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableLimits(Box<str>);

/// A grant in the server's own terms, made once for as long as its token is remembered.
#[derive(Debug)]
struct Terms {
    owner: Arc<str>,
    scopes: Scopes,
    limits: Result<Limits, UnreadableLimits>,
    client: Arc<str>,
    api_key: Result<ApiKey, InvalidApiKey>,
    /// Of the first request. A client does not change what it calls itself from one to the next.
    told: OnceLock<Told>,
}

impl Terms {
    fn of(grant: &Grant) -> Arc<Self> {
        grant.derived(|grant| Self {
            owner: grant.family.to_string().into(),
            scopes: Scopes::from_names(grant.scopes.iter().map(String::as_str)),
            limits: consent::limits(&grant.embedder_data)
                .map_err(|error| UnreadableLimits(error.to_string().into())),
            client: format!("{} ({})", grant.client.name, grant.client.redirect_host).into(),
            api_key: api_key(&grant.credential, grant.credential_fingerprint),
            told: OnceLock::new(),
        })
    }
}

fn api_key(credential: &SecretString, fingerprint: Fingerprint) -> Result<ApiKey, InvalidApiKey> {
    Ok(ApiKey::new(credential)?.with_pacing_name(fingerprint.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(way: Way, key: u8) -> Identity {
        Identity::Key(Arc::new(KeyHolder {
            way,
            credential: SecretString::new("canary".to_owned()),
            fingerprint: Fingerprint::from_bytes([key; 16]),
            known_at_ms: 0,
            expires_at: None,
        }))
    }

    #[test]
    fn ways_and_keys_are_parties_of_their_own() {
        let owners = [(Way::Header, 1), (Way::Header, 2), (Way::Operator, 1)]
            .map(|(way, key)| identity(way, key).owner());
        let all: std::collections::BTreeSet<_> = owners.iter().collect();
        assert_eq!(all.len(), owners.len(), "{owners:?}");
        assert_eq!(identity(Way::Header, 1).owner(), owners[0]);
        // The name of a connection is 32 digits.
        assert!(owners.iter().all(|owner| owner.contains(' ')));
    }

    #[test]
    fn a_key_reads_and_writes_and_is_not_shown() {
        let identity = identity(Way::Header, 1);
        assert!(identity.scopes().allow(Scope::Write) && !identity.scopes().allow(Scope::Admin));
        assert_eq!(identity.limits().unwrap(), Limits::default());
        assert!(!format!("{identity:?}").contains("canary"));
    }
}
