//! Who calls: an OAuth bearer, an OpenPhone API key in a header, or the operator's own key.
//!
//! The last two are off unless the operator turns them on. A credential that a caller shows is the one that counts: it
//! is never replaced by another, however bad it is, and two of them are a mistake, because nobody could say whose
//! workspace is meant.

pub mod header_keys;
pub mod identity;
pub mod operator;

use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use mcp_protocol::ResponseBody;
use oauth_server::{AuthorizationServer, CheckTrouble, ClientAddress, CredentialError};
use sealing::SecretString;

use self::header_keys::HeaderKeys;
use self::identity::Identity;
use self::operator::{Operator, Shown};
use crate::routes::json_error;

/// The header that carries an API key, where it is taken.
pub const API_KEY: HeaderName = HeaderName::from_static("x-openphone-api-key");
/// The challenge to a key that does not work. It is no `Bearer`: one would make clients drop tokens that are well, and
/// begin a login in place of the key that their user has set.
const CHALLENGE: HeaderValue = HeaderValue::from_static("OpenPhone-API-Key realm=\"OpenPhone MCP\"");
/// When to come back, in seconds, where nobody has said it.
const SOON: u64 = 5;

/// The ways in which a credential reaches a call.
#[derive(Debug)]
pub struct Callers {
    oauth: Arc<AuthorizationServer>,
    header_keys: Option<HeaderKeys>,
    operator: Option<Operator>,
}

/// An answer in place of an identity.
type Refusal = Box<Response<ResponseBody>>;

impl Callers {
    /// OAuth, and what else is turned on.
    #[must_use]
    pub fn new(
        oauth: Arc<AuthorizationServer>,
        header_keys: Option<HeaderKeys>,
        operator: Option<Operator>,
    ) -> Self {
        Self { oauth, header_keys, operator }
    }

    /// The authorization server.
    #[must_use]
    pub fn oauth(&self) -> &AuthorizationServer {
        &self.oauth
    }

    /// Keys in headers, where they are taken.
    #[must_use]
    pub fn header_keys(&self) -> Option<&HeaderKeys> {
        self.header_keys.as_ref()
    }

    /// The operator's key, where callers may use it.
    #[must_use]
    pub fn operator(&self) -> Option<&Operator> {
        self.operator.as_ref()
    }

    /// Who sent a request with this head to the endpoint at this path.
    ///
    /// # Errors
    /// The answer to give.
    pub async fn identify(
        &self,
        headers: &HeaderMap,
        address: Option<ClientAddress>,
        endpoint: &str,
    ) -> Result<Identity, Refusal> {
        let shows_key = headers.contains_key(&API_KEY);
        if shows_key && let Some(keys) = &self.header_keys {
            if headers.contains_key(AUTHORIZATION) {
                return Err(bad_request(
                    "the request carries an API key in x-openphone-api-key and an Authorization header: send one of \
                     the two, because they may be of different workspaces",
                ));
            }
            let holder = keys.admit(key(headers)?, address).await;
            return holder.map(|holder| Identity::Key(Arc::new(holder))).map_err(refusal);
        }
        if let Some(operator) = &self.operator {
            match operator.shown(headers) {
                Shown::Other => {}
                Shown::Ours if shows_key => {
                    return Err(bad_request(
                        "the request carries an API key in x-openphone-api-key, which this server does not take, and \
                         no other is used in its place: leave it out, or sign in with OAuth",
                    ));
                }
                Shown::Ours => return Ok(Identity::Key(operator.holder())),
            }
        }
        match self.oauth.authenticate(headers, endpoint).await {
            Ok(grant) => Ok(Identity::Grant(grant)),
            Err(challenge) => {
                tracing::debug!(refusal = challenge.refusal().name(), "bearer refused");
                Err(Box::new(challenge.response().map(ResponseBody::full)))
            }
        }
    }
}

/// The key in the one header. What is no text cannot be one, and is said to be wrong like any other.
fn key(headers: &HeaderMap) -> Result<SecretString, Refusal> {
    let mut values = headers.get_all(&API_KEY).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| refusal(CheckTrouble::Unusable))?;
            Ok(SecretString::new(text.trim().to_owned()))
        }
        _ => Err(bad_request("x-openphone-api-key is there more than once")),
    }
}

fn bad_request(reason: &str) -> Refusal {
    Box::new(json_error(StatusCode::BAD_REQUEST, "invalid_request", reason))
}

/// Only a key that OpenPhone itself does not know is called wrong.
fn refusal(trouble: CheckTrouble) -> Refusal {
    let (status, error, description) = match trouble {
        CheckTrouble::Unusable | CheckTrouble::Service(CredentialError::Wrong) => (
            StatusCode::UNAUTHORIZED,
            "invalid_key",
            "the API key in x-openphone-api-key is not one that works. Keys are made in OpenPhone under Settings, API",
        ),
        CheckTrouble::Service(CredentialError::Forbidden) => (
            StatusCode::FORBIDDEN,
            "key_forbidden",
            "OpenPhone knows the API key in x-openphone-api-key but does not let it read the workspace",
        ),
        CheckTrouble::TooManyTries { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_tries",
            "too many API keys that do not work were tried. Come back in a moment",
        ),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            "the API key in x-openphone-api-key could not be checked right now. It may be fine: come back in a moment",
        ),
    };
    let mut response = json_error(status, error, description);
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let wait = trouble.retry_after_seconds().unwrap_or(SOON);
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        _ => {}
    }
    Box::new(response)
}
