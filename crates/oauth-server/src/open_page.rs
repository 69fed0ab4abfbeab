//! A page of ours with a form, open in one browser: what is sealed into the form, and the cookie that binds it.
//!
//! Nothing is stored; any number of pages may be open at once. What a form is about is its page's own affair: see
//! [`SealedForm`]. How long a page counts stands in the sealed form alone; the cookie outlives it, so that a browser that
//! comes too late can still be told from another browser, and be helped to start again.

use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{HeaderMap, Response};
use sealing::Purpose;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::form::Form;
use crate::grant::Id;
use crate::sealed::{self, NotEncodable};
use crate::server::Server;

/// Name of the hidden field that carries the sealed form.
pub(crate) const FIELD: &str = "transaction";

/// For how long the cookie outlives the page.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// A page that was opened, and by which browser.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct OpenPage {
    pub(crate) id: Id,
    /// SHA-256 of the cookie's value.
    cookie: [u8; 32],
    started_at_ms: u64,
}

/// What a page seals into its form.
pub(crate) trait SealedForm: Serialize + DeserializeOwned {
    /// A purpose of its own: no page takes another's form.
    const PURPOSE: Purpose;

    /// The page that it belongs to.
    fn page(&self) -> &OpenPage;
}

/// Why a submitted form is not acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Another site sent it.
    CrossSite,
    /// It carries nothing that we sealed for this page.
    NotOurs,
    /// The page belongs to another browser (or this one refuses cookies).
    OtherBrowser,
    /// The page was open for too long.
    Expired,
}

/// A form that is not acted upon.
pub(crate) struct Refused<F> {
    pub(crate) reason: Rejection,
    /// Of a page that has expired, what the form carries: genuine, and sent by the browser that opened the page. It is too
    /// old for any decision; it only helps to start again.
    pub(crate) expired: Option<F>,
}

impl<F> From<Rejection> for Refused<F> {
    fn from(reason: Rejection) -> Self {
        Self { reason, expired: None }
    }
}

/// The cookie that binds a page to a browser.
pub(crate) struct BrowserBinding(HeaderValue);

impl BrowserBinding {
    /// Sends the cookie with a response.
    pub(crate) fn set<B>(self, response: &mut Response<B>) {
        response.headers_mut().append(header::SET_COOKIE, self.0);
    }
}

impl OpenPage {
    /// Opens a page.
    pub(crate) fn start(server: &Server) -> Result<(Self, BrowserBinding), NotEncodable> {
        let id = Id::generate(server.entropy.as_ref());
        let value = Id::generate(server.entropy.as_ref()).to_string();
        let page = Self { id, cookie: Sha256::digest(&value).into(), started_at_ms: server.now_ms() };
        let cookie = format!(
            "{}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
            page.cookie_name(server),
            (server.lifetimes.transaction + KEPT).as_secs(),
            if server.issuer.https { "; Secure" } else { "" },
        );
        let cookie = HeaderValue::from_str(&cookie).map_err(|_| NotEncodable)?;
        Ok((page, BrowserBinding(cookie)))
    }

    /// For how long it may still be used.
    pub(crate) fn remaining(&self, server: &Server) -> Duration {
        let age = Duration::from_millis(server.now_ms().saturating_sub(self.started_at_ms));
        server.lifetimes.transaction.saturating_sub(age)
    }

    /// `__Host-` keeps subdomains from setting it and needs https, which plain loopback does not have.
    fn cookie_name(&self, server: &Server) -> String {
        let prefix = if server.issuer.https { "__Host-" } else { "" };
        format!("{prefix}opq_tx_{}", &self.id.to_string()[..8])
    }
}

/// What a submitted form carries, if this browser on this page sent it, in time.
pub(crate) fn accept<F: SealedForm>(
    server: &Server,
    headers: &HeaderMap,
    form: &Form,
) -> Result<F, Refused<F>> {
    if is_cross_site(headers, &server.issuer.origin) {
        return Err(Rejection::CrossSite.into());
    }
    let sealed = form.text(FIELD).ok().flatten().ok_or(Rejection::NotOurs)?;
    let opened: F = sealed::open(&server.sealer, F::PURPOSE, sealed).ok_or(Rejection::NotOurs)?;
    let page = opened.page();
    let name = page.cookie_name(server);
    let bound = cookies(headers, &name).any(|value| Sha256::digest(value).ct_eq(&page.cookie).into());
    match (bound, page.remaining(server).is_zero()) {
        (true, false) => Ok(opened),
        (true, true) => Err(Refused { reason: Rejection::Expired, expired: Some(opened) }),
        // By then the cookie may be gone as well: which of the two it was is not known, and does not matter.
        (false, true) => Err(Rejection::Expired.into()),
        (false, false) => Err(Rejection::OtherBrowser.into()),
    }
}

/// The value of the hidden field.
pub(crate) fn seal<F: SealedForm>(server: &Server, form: &F) -> Result<String, NotEncodable> {
    sealed::seal(&server.sealer, F::PURPOSE, form)
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
