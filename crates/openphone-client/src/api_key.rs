//! The API key: raw in `Authorization`, never with `Bearer`, never printed.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use sealing::SecretString;

/// Longest key that is accepted, in bytes.
const MAX_KEY_LENGTH: usize = 512;

/// A key made in the workspace's settings (Settings, then API). It has no scopes: whoever holds it can do
/// everything in the workspace.
#[derive(Clone)]
pub struct ApiKey {
    secret: Arc<SecretString>,
    /// The same bytes, not a copy, so that there is one place to wipe.
    header: HeaderValue,
    pacing_name: Option<Arc<str>>,
}

/// Why a text cannot be an API key. Holds no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidApiKey {
    /// Nothing but white space.
    #[error("the API key is empty")]
    Empty,
    /// More than 512 bytes.
    #[error("the API key is too long to be one")]
    TooLong,
    /// It begins with `Bearer`, which the API refuses with 401.
    #[error("enter the API key alone, without \"Bearer\"")]
    Bearer,
    /// White space, control characters or other than ASCII inside.
    #[error("the API key holds a character that no key has, such as a space or a line break")]
    Character,
}

impl ApiKey {
    /// Takes a key as a person pasted it: white space around it is dropped.
    pub fn new(secret: &SecretString) -> Result<Self, InvalidApiKey> {
        let key = secret.expose().trim();
        let prefix = key.as_bytes().get(..7).unwrap_or_default();
        if key.is_empty() {
            Err(InvalidApiKey::Empty)
        } else if key.len() > MAX_KEY_LENGTH {
            Err(InvalidApiKey::TooLong)
        } else if prefix.eq_ignore_ascii_case(b"bearer ") {
            Err(InvalidApiKey::Bearer)
        } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Err(InvalidApiKey::Character)
        } else {
            let secret = Arc::new(SecretString::new(key.to_owned()));
            let header = header(Arc::clone(&secret)).ok_or(InvalidApiKey::Character)?;
            Ok(Self { secret, header, pacing_name: None })
        }
    }

    /// Names the key for the [`crate::RateLimiter`], in place of the process-local hash that is used
    /// otherwise. A limiter shared between processes needs a name that all of them compute alike: a keyed
    /// fingerprint, never the key.
    #[must_use]
    pub fn with_pacing_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.pacing_name = Some(name.into());
        self
    }

    pub(crate) fn pacing_name(&self) -> Option<&Arc<str>> {
        self.pacing_name.as_ref()
    }

    pub(crate) fn expose(&self) -> &str {
        self.secret.expose()
    }

    /// The header value, marked sensitive so that no HTTP layer prints it.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

/// A header value that shares the secret's memory.
fn header(secret: Arc<SecretString>) -> Option<HeaderValue> {
    struct Shared(Arc<SecretString>);

    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            self.0.expose().as_bytes()
        }
    }

    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(Shared(secret))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}
