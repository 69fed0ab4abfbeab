//! What a valid access token says: whose credential, for which client, within which limits.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use sealing::entropy::random;
use sealing::{Entropy, Fingerprint, SecretString};
use serde::{Deserialize, Serialize};

/// What the bearer of a valid access token may do. Made by
/// [`AuthorizationServer::authenticate`](crate::AuthorizationServer::authenticate) only, and by
/// [`AuthorizationServer::open_grant`](crate::AuthorizationServer::open_grant) from what it made on another instance.
#[derive(Clone)]
#[non_exhaustive]
pub struct Grant {
    /// The user's credential for the service behind the embedder.
    pub credential: SecretString,
    /// Names the credential without revealing it; the same in every grant made with it.
    pub credential_fingerprint: Fingerprint,
    /// The client that holds the token.
    pub client: ClientIdentity,
    /// Names of the scopes of this token, with all that they imply, in declared order.
    pub scopes: Vec<String>,
    /// One connection: the code's and all refreshes' tokens share it.
    pub family: Id,
    /// This access token.
    pub token_id: Id,
    /// Path of the endpoint that the grant was made for.
    pub resource: String,
    /// What the user chose at consent: a JSON object of
    /// [`ConsentChoice::name`](crate::ConsentChoice::name) to value.
    pub embedder_data: Bytes,
    /// When the user approved, in milliseconds since the Unix epoch.
    pub approved_at_ms: u64,
    /// When this token expires, in seconds since the Unix epoch.
    pub expires_at: u64,
    pub(crate) derived: Derived,
}

impl Grant {
    /// What the embedder makes of this grant, made at the first call and kept for as long as the grant is: of one token's
    /// requests the next ones need not make it again. One type is kept; another is made anew at each call.
    pub fn derived<T: Send + Sync + 'static>(&self, make: impl FnOnce(&Self) -> T) -> Arc<T> {
        if let Some(kept) = self.derived.0.get()
            && let Ok(kept) = Arc::clone(kept).downcast()
        {
            return kept;
        }
        let made = Arc::new(make(self));
        // Of two that were made at once, either does.
        let _ = self.derived.0.set(Arc::<T>::clone(&made));
        made
    }

    /// Whether the token has this scope (implied ones count).
    #[must_use]
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|name| name == scope)
    }
}

/// Shows everything but the credential and the user's choices.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("credential_fingerprint", &self.credential_fingerprint)
            .field("client", &self.client)
            .field("scopes", &self.scopes)
            .field("family", &self.family)
            .field("token_id", &self.token_id)
            .field("resource", &self.resource)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What [`Grant::derived`] keeps; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Derived(Arc<OnceLock<Arc<dyn Any + Send + Sync>>>);

/// Who a client is, as far as that can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientIdentity {
    /// Names the `client_id`.
    pub fingerprint: Fingerprint,
    /// What it calls itself: untrusted, cleaned of control and direction characters, at most 64 characters.
    pub name: String,
    /// Where its codes are sent, which is what identifies it: a host, `localhost` for any loopback address, or
    /// `scheme:` for an application's own scheme.
    pub redirect_host: String,
    /// The host whose metadata document the `client_id` is: who vouches for the name and the redirect URIs. `None` for a
    /// client without one.
    pub document_host: Option<String>,
}

/// A random identifier of 128 bits that logs may show.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Id([u8; 16]);

impl Id {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        Self(random(entropy))
    }

    /// Reads what [`Display`](fmt::Display) writes; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // `from_str_radix` takes a sign and upper case, too.
        let plain = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        plain.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(|bits| Self(bits.to_be_bytes()))
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl From<Fingerprint> for Id {
    fn from(fingerprint: Fingerprint) -> Self {
        Self(*fingerprint.as_bytes())
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Fingerprint::from_bytes(self.0).fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A grant of nobody's.
    pub(crate) fn grant() -> Grant {
        let fingerprint = Fingerprint::from_bytes([1; 16]);
        Grant {
            credential: SecretString::new("nobody's".to_owned()),
            credential_fingerprint: fingerprint,
            client: ClientIdentity {
                fingerprint,
                name: "An app".to_owned(),
                redirect_host: "app.example.com".to_owned(),
                document_host: None,
            },
            scopes: vec!["read".to_owned()],
            family: Id([2; 16]),
            token_id: Id([3; 16]),
            resource: "/mcp".to_owned(),
            embedder_data: Bytes::from_static(b"{}"),
            approved_at_ms: 0,
            expires_at: u64::MAX,
            derived: Derived::default(),
        }
    }

    #[test]
    fn what_is_made_of_a_grant_is_made_once() {
        let grant = grant();
        let first = grant.derived(|grant| grant.scopes.len());
        let second = grant.clone().derived(|_| 0_usize);
        assert!(*first == 1 && Arc::ptr_eq(&first, &second));
        // Another type is made anew each time.
        assert_eq!((*grant.derived(|_| 'a'), *grant.derived(|_| 'b')), ('a', 'b'));
        assert_eq!(*grant.derived(|_| 0_usize), 1);
    }

    #[test]
    fn ids_are_read_as_they_are_written() {
        for bytes in [[0; 16], [0xff; 16], *b"\x00\x01an identifier\xf0"] {
            assert_eq!(Id::parse(&Id(bytes).to_string()), Some(Id(bytes)));
        }
        let written = Id([0xab; 16]).to_string();
        for text in [
            "",
            &written[1..],
            &format!("{written}0"),
            &written.to_uppercase(),
            &format!("+{}", &written[1..]),
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
