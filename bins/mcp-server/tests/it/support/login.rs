//! The user and their client in one: from nothing to tokens, the way every client goes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::server::TestServer;

/// The sandbox's first workspace.
pub(crate) const ALPHA: &str = "sandbox-key-workspace-alpha";
/// The sandbox's second workspace.
pub(crate) const BRAVO: &str = "sandbox-key-workspace-bravo";

/// A finished login.
pub(crate) struct Login {
    /// The registered client.
    pub client_id: String,
    /// For the MCP endpoint.
    pub access_token: String,
    /// For the next access token.
    pub refresh_token: String,
    /// What was granted.
    pub scope: String,
    /// The URL that the browser was sent back to.
    pub location: String,
}

/// A code that waits for its client.
pub(crate) struct Approved {
    /// The client.
    pub client_id: String,
    /// The URL that the browser was sent back to.
    pub location: String,
    /// What redeems the code.
    pub redemption: Vec<(&'static str, String)>,
}

/// How to log in.
#[derive(Clone)]
pub(crate) struct LoginRequest<'a> {
    /// The key to paste.
    pub key: &'a str,
    /// `resource` of the authorization request, as a path.
    pub resource: &'a str,
    /// `scope` of the authorization request.
    pub scope: Option<&'a str>,
    /// The client's redirect URI.
    pub redirect_uri: &'a str,
    /// The client's id, for one that does not register.
    pub client_id: Option<&'a str>,
    /// What is chosen on the consent page: every field of the form, by name. Empty: nothing is looked at, and everything
    /// stays as it is offered.
    pub choices: &'a [(&'a str, &'a str)],
}

impl<'a> LoginRequest<'a> {
    /// Everything `/mcp` offers, for a client on this computer.
    pub(crate) fn new(key: &'a str) -> Self {
        Self {
            key,
            resource: "/mcp",
            scope: None,
            redirect_uri: "http://127.0.0.1:9/callback",
            client_id: None,
            choices: &[],
        }
    }

    /// Goes the whole way.
    pub(crate) async fn run(self, server: &TestServer) -> Login {
        let approved = self.approve(server).await;
        let form: Vec<_> = approved.redemption.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let tokens = exchange(server, &client(), &form).await;
        Login {
            client_id: approved.client_id,
            access_token: tokens["access_token"].as_str().unwrap().to_owned(),
            refresh_token: tokens["refresh_token"].as_str().unwrap().to_owned(),
            scope: tokens["scope"].as_str().unwrap().to_owned(),
            location: approved.location,
        }
    }

    /// Goes up to the code.
    pub(crate) async fn approve(self, server: &TestServer) -> Approved {
        let http = client();
        let client_id = match self.client_id {
            Some(client_id) => client_id.to_owned(),
            None => register(server, &http, self.redirect_uri).await,
        };
        let resource = format!("{}{}", server.url, self.resource);
        let verifier = "a-verifier-of-the-right-length-0123456789-abcdefg";
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", &client_id),
            ("redirect_uri", self.redirect_uri),
            ("state", "st&te"),
            ("resource", &resource),
            ("code_challenge_method", "S256"),
        ];
        let challenge = base64url(&Sha256::digest(verifier));
        query.push(("code_challenge", &challenge));
        if let Some(scope) = self.scope {
            query.push(("scope", scope));
        }
        let consent = Consent::open(server, &http, &query).await;
        let answer = if self.choices.is_empty() {
            consent.submit(server, &http, &[("api_key", self.key), ("decision", "approve")]).await
        } else {
            let checked =
                consent.submit(server, &http, &[("api_key", self.key), ("decision", "check")]).await;
            let choices = consent.then(checked).await;
            let form = [&[("decision", "approve")], self.choices].concat();
            choices.submit(server, &http, &form).await
        };
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        let query: BTreeMap<String, String> =
            url::Url::parse(&location).unwrap().query_pairs().into_owned().collect();
        assert_eq!(query["state"], "st&te");
        assert_eq!(query["iss"], server.url);
        server.keep_secret(query["code"].clone());

        let redemption = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", query["code"].clone()),
            ("redirect_uri", self.redirect_uri.to_owned()),
            ("client_id", client_id.clone()),
            ("code_verifier", verifier.to_owned()),
            ("resource", resource.clone()),
        ];
        Approved { client_id, location, redemption }
    }
}

/// Registers a public client.
pub(crate) async fn register(server: &TestServer, http: &reqwest::Client, redirect_uri: &str) -> String {
    let metadata = json!({
        "client_name": "Test client",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    let registered = register_as(server, http, &metadata).await;
    registered["client_id"].as_str().unwrap_or_else(|| panic!("{registered}")).to_owned()
}

/// Registers with these metadata, and returns what the server says of it.
pub(crate) async fn register_as(server: &TestServer, http: &reqwest::Client, metadata: &Value) -> Value {
    let response = http.post(format!("{}/register", server.url)).json(metadata).send().await.unwrap();
    response.json().await.unwrap()
}

impl Login {
    /// Everything, with one key.
    pub(crate) async fn with_key(server: &TestServer, key: &str) -> Self {
        LoginRequest::new(key).run(server).await
    }

    /// Takes the next pair of tokens.
    pub(crate) async fn refresh(&self, server: &TestServer) -> Value {
        exchange(
            server,
            &client(),
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", &self.refresh_token),
                ("client_id", &self.client_id),
            ],
        )
        .await
    }
}

/// The consent page, open in the user's browser.
pub(crate) struct Consent {
    hidden: Vec<(String, String)>,
    action: String,
    /// What the browser keeps.
    pub cookie: String,
    /// The page.
    pub html: String,
}

impl Consent {
    /// Follows the client to `/authorize`.
    pub(crate) async fn open(server: &TestServer, http: &reqwest::Client, query: &[(&str, &str)]) -> Self {
        let response = http.get(format!("{}/authorize", server.url)).query(query).send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
        Self::read(response).await
    }

    /// Reads a page that holds the form.
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let cookie = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join("; ");
        let html = response.text().await.unwrap();
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            rest.split('"').next().map(|value| value.replace("&amp;", "&"))
        };
        let tags = |name: &'static str| html.split(name).skip(1).filter_map(|rest| rest.split('>').next());
        let hidden = tags("<input")
            .filter(|tag| tag.contains("type=\"hidden\""))
            .map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()))
            .collect();
        let action = tags("<form").find_map(|tag| attribute(tag, "action")).unwrap_or_default();
        Self { hidden, action, cookie, html }
    }

    /// The page that the form led to, in the same browser.
    pub(crate) async fn then(&self, response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        let next = Self::read(response).await;
        Self { cookie: self.cookie.clone(), ..next }
    }

    /// Submits the form with the user's fields.
    pub(crate) async fn submit(
        &self,
        server: &TestServer,
        http: &reqwest::Client,
        fields: &[(&str, &str)],
    ) -> reqwest::Response {
        self.submit_from(server, http, &server.origin(), fields).await
    }

    /// The same from a page of another public origin.
    pub(crate) async fn submit_from(
        &self,
        server: &TestServer,
        http: &reqwest::Client,
        origin: &str,
        fields: &[(&str, &str)],
    ) -> reqwest::Response {
        let own = self.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let form: Vec<_> = own.chain(fields.iter().copied()).collect();
        let action = if self.action.is_empty() { "/authorize" } else { &self.action };
        let base = url::Url::parse(&server.url).unwrap().join(action).unwrap();
        http.post(base)
            .header("origin", origin)
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie)
            .form(&form)
            .send()
            .await
            .unwrap()
    }
}

/// A client that follows no redirect, as a test wants to see them.
pub(crate) fn client() -> reqwest::Client {
    #[expect(clippy::disallowed_methods, reason = "a test's own client, not the server's")]
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn exchange(server: &TestServer, http: &reqwest::Client, form: &[(&str, &str)]) -> Value {
    let response = http.post(format!("{}/token", server.url)).form(form).send().await.unwrap();
    let status = response.status();
    let tokens: Value = response.json().await.unwrap();
    assert_eq!(status, 200, "{tokens}");
    for name in ["access_token", "refresh_token"] {
        server.keep_secret(tokens[name].as_str().unwrap());
    }
    tokens
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
