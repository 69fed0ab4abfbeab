//! The consent transaction: what a consent page is about, sealed into its form.

use sealing::{Purpose, SecretString};
use serde::{Deserialize, Serialize};

use crate::authorize::AuthorizationRequest;
use crate::credential::Account;
use crate::open_page::{BrowserBinding, OpenPage, SealedForm};
use crate::pkce;
use crate::sealed::{self, NotEncodable};
use crate::sealed_grant::SealedClient;
use crate::server::Server;

/// An authorization request that waits for its user's decision.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) page: OpenPage,
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

impl Transaction {
    /// Starts a transaction for a checked request.
    pub(crate) fn start(
        server: &Server,
        request: AuthorizationRequest,
    ) -> Result<(Self, BrowserBinding), NotEncodable> {
        let AuthorizationRequest { client, redirect, state, challenge, resource, scopes, .. } = request;
        let (page, binding) = OpenPage::start(server)?;
        let transaction = Self {
            page,
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
        Ok((transaction, binding))
    }
}

impl SealedForm for Transaction {
    // Large enough for a long `state` and an account with many choices, small enough for a form.
    const PURPOSE: Purpose = Purpose::new("opqtx", "transaction").with_max_token(48 * 1024);

    fn page(&self) -> &OpenPage {
        &self.page
    }
}
