//! Clients that the operator has set up: their ids count before any other way of knowing a client.

use std::collections::HashMap;
use std::sync::Arc;

use sealing::SecretString;

use crate::redirect_uri::RedirectUri;
use crate::settings::SettingsError;
use crate::text::clean_name;

/// Longest id, in bytes.
const MAX_ID: usize = 512;
/// Shortest secret, in bytes.
const MIN_SECRET: usize = 16;

/// A client that the operator vouches for: one that cannot register itself, or may not.
///
/// Its redirect URIs are trusted as those of a known client, whatever the
/// [`RedirectPolicy`](crate::RedirectPolicy) says, and it takes refresh tokens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PreregisteredClient {
    /// Its `client_id`: 1 to 512 printable characters without space or colon.
    pub client_id: String,
    /// What people read on the consent page.
    pub name: String,
    /// Where its codes may be sent. The port of a loopback address may be left out: any will do.
    pub redirect_uris: Vec<String>,
    /// Its secret, of at least 16 bytes, in the header or in the form; `None` for a public client.
    pub secret: Option<SecretString>,
}

impl PreregisteredClient {
    /// A public client.
    #[must_use]
    pub fn new<U: Into<String>>(
        client_id: impl Into<String>,
        name: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = U>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            name: name.into(),
            redirect_uris: redirect_uris.into_iter().map(Into::into).collect(),
            secret: None,
        }
    }

    /// Makes it a confidential client.
    #[must_use]
    pub fn secret(mut self, secret: SecretString) -> Self {
        self.secret = Some(secret);
        self
    }
}

/// The same, checked.
#[derive(Debug)]
pub(crate) struct Preregistered {
    pub(crate) name: String,
    /// [`RedirectUri::identity`] of each URI.
    pub(crate) redirects: Vec<[u8; 16]>,
    pub(crate) secret: Option<SecretString>,
}

/// By `client_id`.
pub(crate) type PreregisteredClients = HashMap<String, Arc<Preregistered>>;

/// Checks what the operator wrote.
pub(crate) fn check(clients: &[PreregisteredClient]) -> Result<PreregisteredClients, SettingsError> {
    let mut known = PreregisteredClients::new();
    for client in clients {
        let PreregisteredClient { client_id, name, redirect_uris, secret } = client;
        let refuse = |reason: String| SettingsError::Client { client_id: client_id.clone(), reason };
        // A colon in an id cannot be told from the one that ends it in Basic credentials; that of a URL is encoded there.
        let well_formed = (1..=MAX_ID).contains(&client_id.len())
            && client_id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%' && byte != b'+')
            && (secret.is_none() || !client_id.contains(':'));
        if !well_formed {
            return Err(refuse("the id must be 1 to 512 printable characters".to_owned()));
        }
        if redirect_uris.is_empty() {
            return Err(refuse("it has no redirect URI".to_owned()));
        }
        if secret.as_ref().is_some_and(|secret| secret.expose().len() < MIN_SECRET) {
            return Err(refuse(format!("its secret is shorter than {MIN_SECRET} bytes")));
        }
        let mut redirects = Vec::new();
        for text in redirect_uris {
            let uri = RedirectUri::parse(text).map_err(|unacceptable| {
                refuse(format!("the redirect URI {text} is refused: {}", unacceptable.0))
            })?;
            redirects.push(uri.identity());
        }
        let checked = Preregistered { name: clean_name(name), redirects, secret: secret.clone() };
        if known.insert(client_id.clone(), Arc::new(checked)).is_some() {
            return Err(refuse("it is there twice".to_owned()));
        }
    }
    Ok(known)
}
