//! The consent transaction: what a consent page is about, sealed into its form, and the request that it came from.

use percent_encoding::percent_encode;
use sealing::{Purpose, SecretString};
use serde::{Deserialize, Serialize};

use crate::authorize::{AUTHORIZE, AuthorizationRequest};
use crate::credential::Account;
use crate::open_page::{BrowserBinding, OpenPage, SealedForm};
use crate::pkce;
use crate::redirect::ENCODED;
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
    pub(crate) client_id: String,
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
        let AuthorizationRequest { client_id, client, redirect, state, challenge, resource, scopes, .. } =
            request;
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
            client_id,
        };
        Ok((transaction, binding))
    }

    /// The authorization request once more, as a path of ours: for a page that has expired.
    ///
    /// It may be offered although the page counts for nothing any more, and only to the browser that opened it, which
    /// has seen these very parameters: a `GET` changes nothing; it leads to this server alone, where every parameter is
    /// checked again as if the app had sent it; every value was checked once, and is encoded here, so that none can
    /// add another; and a credential that was checked on the page is not in it.
    pub(crate) fn restart(&self, server: &Server) -> String {
        let issuer = &server.issuer;
        let challenge = pkce::encode_challenge(&self.challenge);
        let resource = issuer.url(&self.resource);
        let scope = self.scopes.join(" ");
        let mut parameters: Vec<(&str, &[u8])> = vec![
            ("response_type", b"code"),
            ("client_id", self.client_id.as_bytes()),
            ("redirect_uri", self.redirect_uri.as_bytes()),
            ("code_challenge", challenge.as_bytes()),
            ("code_challenge_method", pkce::METHOD.as_bytes()),
            ("resource", resource.as_bytes()),
            ("scope", scope.as_bytes()),
        ];
        // One that is empty counts as absent, and came as such.
        parameters.extend(self.state.iter().map(|state| ("state", state.as_slice())));
        let query: Vec<String> = parameters
            .into_iter()
            .map(|(name, value)| format!("{name}={}", percent_encode(value, ENCODED)))
            .collect();
        format!("{}{AUTHORIZE}?{}", issuer.mount, query.join("&"))
    }
}

impl SealedForm for Transaction {
    // Large enough for a long `state` and an account with many choices, small enough for a form.
    const PURPOSE: Purpose = Purpose::new("opqtx", "transaction").with_max_token(48 * 1024);

    fn page(&self) -> &OpenPage {
        &self.page
    }
}
