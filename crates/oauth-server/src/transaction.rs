//! The consent transaction: what a consent page is about, sealed into its form and bound to the browser by a
//! cookie. Nothing is stored; any number of pages may be open at once.

use http::header::{self, HeaderValue};
use http::{HeaderMap, Response};
use sealing::{Purpose, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::authorize::AuthorizationRequest;
use crate::credential::Account;
use crate::form::Form;
use crate::grant::Id;
use crate::pkce;
use crate::sealed::{self, NotEncodable};
use crate::sealed_grant::SealedClient;
use crate::server::Server;

/// Large enough for a long `state` and an account with many choices, small enough for a form.
const TRANSACTION: Purpose = Purpose::new("opqtx", "transaction").with_max_token(48 * 1024);

/// Name of the hidden field that carries the sealed transaction.
pub(crate) const FIELD: &str = "transaction";

/// An authorization request that waits for its user's decision.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: Id,
    /// SHA-256 of the cookie's value.
    cookie: [u8; 32],
    started_at_ms: u64,
    pub(crate) client: SealedClient,
    /// Whether the client takes refresh tokens.
    pub(crate) refresh: bool,
    pub(crate) redirect_uri: String,
    /// Whether the operator vouches for the redirect URI.
    pub(crate) vouched_for: bool,
    pub(crate) state: Option<Vec<u8>>,
    pub(crate) challenge: pkce::Challenge,
    pub(crate) resource: String,
    pub(crate) scopes: Vec<String>,
    /// The credential that was checked on this page, so that it need not be typed again.
    pub(crate) checked: Option<Checked>,
}

/// A credential that works.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Checked {
    #[serde(with = "sealed::credential")]
    pub(crate) credential: SecretString,
    pub(crate) account: Account,
}

/// Why a submitted form is not acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Another site sent it.
    CrossSite,
    /// It carries no transaction of ours.
    NotOurs,
    /// The transaction belongs to another browser (or this one refuses cookies).
    OtherBrowser,
    /// The page was open for too long.
    Expired,
}

/// The cookie that binds a transaction to a browser.
pub(crate) struct BrowserBinding(HeaderValue);

impl BrowserBinding {
    /// Sends the cookie with a response.
    pub(crate) fn set<B>(self, response: &mut Response<B>) {
        response.headers_mut().append(header::SET_COOKIE, self.0);
    }
}

impl Transaction {
    /// Starts a transaction for a checked request.
    pub(crate) fn start(
        server: &Server,
        request: AuthorizationRequest,
    ) -> Result<(Self, BrowserBinding), NotEncodable> {
        let AuthorizationRequest { client, redirect, state, challenge, resource, scopes, .. } = request;
        let id = Id::generate(server.entropy.as_ref());
        let value = Id::generate(server.entropy.as_ref()).to_string();
        let transaction = Self {
            id,
            cookie: Sha256::digest(&value).into(),
            started_at_ms: server.now_ms(),
            client: client.seal(&redirect),
            refresh: client.takes_refresh(),
            redirect_uri: redirect.as_str().to_owned(),
            vouched_for: client.is_preregistered(),
            state,
            challenge,
            resource: server.resources.endpoint(resource).path.clone(),
            scopes,
            checked: None,
        };
        let cookie = format!(
            "{}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
            transaction.cookie_name(server),
            server.lifetimes.transaction.as_secs(),
            if server.issuer.https { "; Secure" } else { "" },
        );
        let cookie = HeaderValue::from_str(&cookie).map_err(|_| NotEncodable)?;
        Ok((transaction, BrowserBinding(cookie)))
    }

    /// The transaction of a submitted form, if this browser on this page sent it, in time.
    pub(crate) fn accept(server: &Server, headers: &HeaderMap, form: &Form) -> Result<Self, Rejection> {
        if is_cross_site(headers, &server.issuer.origin) {
            return Err(Rejection::CrossSite);
        }
        let sealed = form.text(FIELD).ok().flatten().ok_or(Rejection::NotOurs)?;
        let transaction: Self =
            sealed::open(&server.sealer, TRANSACTION, sealed).ok_or(Rejection::NotOurs)?;
        let name = transaction.cookie_name(server);
        let bound =
            cookies(headers, &name).any(|value| Sha256::digest(value).ct_eq(&transaction.cookie).into());
        if !bound {
            return Err(Rejection::OtherBrowser);
        }
        let age_ms = server.now_ms().saturating_sub(transaction.started_at_ms);
        if u128::from(age_ms) >= server.lifetimes.transaction.as_millis() {
            return Err(Rejection::Expired);
        }
        Ok(transaction)
    }

    /// The value of the hidden field.
    pub(crate) fn seal(&self, server: &Server) -> Result<String, NotEncodable> {
        sealed::seal(&server.sealer, TRANSACTION, self)
    }

    /// `__Host-` keeps subdomains from setting it and needs https, which plain loopback does not have.
    fn cookie_name(&self, server: &Server) -> String {
        let prefix = if server.issuer.https { "__Host-" } else { "" };
        format!("{prefix}opq_tx_{}", &self.id.to_string()[..8])
    }
}

/// Browsers say where a form was sent from. `Origin: null` is nobody's, so not ours.
fn is_cross_site(headers: &HeaderMap, origin: &str) -> bool {
    let differs = |name: &str, own: &str| headers.get_all(name).iter().any(|value| value != own);
    differs("sec-fetch-site", "same-origin") || differs("origin", origin)
}

fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
