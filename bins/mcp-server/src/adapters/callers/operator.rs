//! The operator's own key (single tenant): lent to callers that show no credential of their own, or to those that show the
//! operator's access token.

use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use oauth_server::AuthorizationServer;
use sealing::SecretString;

use super::identity::{KeyHolder, Way};
use crate::config::credentials::{SingleTenant, WhoMayCall};
use crate::config::secrets::Secret;

/// The operator's key, and who may use it.
#[derive(Debug)]
pub struct Operator {
    key: Secret,
    holder: RwLock<Arc<KeyHolder>>,
    who: WhoMayCall,
}

/// What a request's head shows, as far as the operator's key is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// What opens the operator's workspace.
    Ours,
    /// A credential of the caller's own, or nothing where something is needed.
    Other,
}

impl Operator {
    /// Lends this key as the operator has decided.
    #[must_use]
    pub fn new(settings: &SingleTenant, oauth: &AuthorizationServer) -> Self {
        let holder = RwLock::new(holder(&settings.key, oauth));
        Self { key: settings.key.clone(), holder, who: settings.who.clone() }
    }

    /// Reads the key and the access token again. What cannot be read stays as it was.
    ///
    /// # Errors
    /// What could not be read.
    pub fn reload(&self, oauth: &AuthorizationServer) -> Result<(), String> {
        let key = self.key.reload();
        *self.holder.write().unwrap_or_else(PoisonError::into_inner) = holder(&self.key, oauth);
        let token = match &self.who {
            WhoMayCall::Bearer(token) => token.reload(),
            WhoMayCall::Everybody => Ok(()),
        };
        key.and(token)
    }

    /// The key.
    #[must_use]
    pub fn holder(&self) -> Arc<KeyHolder> {
        Arc::clone(&self.holder.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at a request's head. Any `Authorization` at all is a credential of the caller's own, unless it is the access
    /// token: one that does not work is refused, and not made up for.
    #[must_use]
    pub fn shown(&self, headers: &HeaderMap) -> Shown {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let ours = match (&self.who, values.next(), values.next()) {
            (WhoMayCall::Everybody, None, _) => true,
            (WhoMayCall::Bearer(token), Some(value), None) => {
                value.to_str().ok().and_then(bearer).is_some_and(|shown| token.is(&shown))
            }
            _ => false,
        };
        if ours { Shown::Ours } else { Shown::Other }
    }
}

fn holder(key: &Secret, oauth: &AuthorizationServer) -> Arc<KeyHolder> {
    let credential = key.current();
    Arc::new(KeyHolder {
        way: Way::Operator,
        fingerprint: oauth.credential_fingerprint(&credential),
        credential,
        known_at_ms: 0,
        expires_at: None,
    })
}

/// What follows `Bearer`, for comparing it in constant time.
fn bearer(value: &str) -> Option<SecretString> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretString::new(token.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use sealing::Fingerprint;

    use super::*;
    use crate::config::secrets::Given;

    const TOKEN: &str = "an-access-token-of-thirty-two-characters";

    fn shown(who: WhoMayCall, lines: &[&str]) -> Shown {
        let key = SecretString::new("key".to_owned());
        let holder = RwLock::new(Arc::new(KeyHolder {
            way: Way::Operator,
            credential: key.clone(),
            fingerprint: Fingerprint::from_bytes([0; 16]),
            known_at_ms: 0,
            expires_at: None,
        }));
        let key = Secret::new(Given(key)).unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_str(line).unwrap());
        }
        Operator { key, holder, who }.shown(&headers)
    }

    #[test]
    fn what_opens_the_operators_workspace() {
        let token = || {
            let token = SecretString::new(TOKEN.to_owned());
            WhoMayCall::Bearer(Secret::new(Given(token)).unwrap())
        };
        let good = format!("Bearer {TOKEN}");
        let spaced = format!("  bearer   {TOKEN} ");
        for (who, lines, expected) in [
            (WhoMayCall::Everybody, &[][..], Shown::Ours),
            // A credential of the caller's own is never made up for.
            (WhoMayCall::Everybody, &["Bearer nonsense"], Shown::Other),
            (WhoMayCall::Everybody, &["Basic dXNlcjpwYXNz"], Shown::Other),
            (WhoMayCall::Everybody, &[""], Shown::Other),
            (token(), &[&good], Shown::Ours),
            (token(), &[&spaced], Shown::Ours),
            (token(), &[], Shown::Other),
            (token(), &[TOKEN], Shown::Other),
            (token(), &["Bearer"], Shown::Other),
            (token(), &[&good[..good.len() - 1]], Shown::Other),
            (token(), &[&format!("{good}x")], Shown::Other),
            (token(), &[&format!("Basic {TOKEN}")], Shown::Other),
            (token(), &[&good, &good], Shown::Other),
        ] {
            assert_eq!(shown(who, lines), expected, "{lines:?}");
        }
    }
}
