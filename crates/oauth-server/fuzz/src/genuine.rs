//! Genuine things, of which inputs are made: a fuzzer cannot guess a token. Sealed things are good in every world, so
//! that they are made once; codes wait in a world's own store, and are made there.
//!
//! An input names them: `$client`, `$access`, `$transaction` and so on.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use super::connections_form;
use super::wire::form;
use super::world::{
    CHALLENGE, CLAUDE, CURSOR, ISSUER, KEY, LOOPBACK, OPERATED, OPERATED_SECRET, OTHER_KEY, Policy, UNKNOWN,
    VERIFIER, World, block_on,
};

/// The `state` of every genuine authorization request: bytes that no text has.
pub(crate) const STATE: &[u8] = b"s \xff\x00&=+%\r\n\"<z>";
/// What stands for it in a query.
const STATE_ENCODED: &str = "s%20%FF%00%26%3D%2B%25%0D%0A%22%3Cz%3E";

/// An open consent page.
pub(crate) struct Page {
    /// What an input calls it.
    pub(crate) name: &'static str,
    pub(crate) transaction: String,
    pub(crate) cookie: String,
    /// Where its answer goes.
    pub(crate) redirect: &'static str,
    /// Whether a working credential was typed in.
    pub(crate) checked: bool,
}

/// What there is.
pub(crate) struct Genuine {
    /// A public client: Claude's callback, loopback, and Cursor's scheme.
    pub(crate) client: String,
    /// Another with a secret.
    pub(crate) confidential: String,
    pub(crate) secret: String,
    /// One on a host that nobody vouches for.
    pub(crate) unknown: String,
    pub(crate) pages: [Page; 4],
    /// A page of connected apps, after a credential was shown.
    pub(crate) listing: Page,
    /// A connection of `client`.
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) relayed: String,
    /// A connection of `confidential`.
    pub(crate) confidential_refresh: String,
    /// A connection of somebody's who never comes up in an input.
    pub(crate) bystander: String,
    names: Vec<(&'static str, String)>,
}

pub(crate) static GENUINE: LazyLock<Genuine> = LazyLock::new(|| block_on(Genuine::make()));

impl Genuine {
    async fn make() -> Self {
        let world = World::seeded(Policy::Loose, 2);
        let (client, _) = register(&world, &[CLAUDE, LOOPBACK, CURSOR], "none").await;
        let (confidential, secret) = register(&world, &[CLAUDE], "").await;
        let (unknown, _) = register(&world, &[UNKNOWN], "none").await;
        let (stranger, _) = register(&world, &[CLAUDE], "none").await;
        let mut pages = vec![
            world.page("$transaction", &client, CLAUDE).await,
            world.page("$local", &client, "http://127.0.0.1:4711/callback").await,
            world.page("$unvouched", &unknown, UNKNOWN).await,
        ];
        pages.push(world.checked("$checked", &pages[0]).await);

        let code = world.code(&client, KEY).await;
        let mine = world.redeem(&client, None, &code).await;
        let code = world.code(&confidential, KEY).await;
        let theirs = world.redeem(&confidential, Some(&secret), &code).await;
        let code = world.code(&stranger, OTHER_KEY).await;
        let bystander = world.redeem(&stranger, None, &code).await;
        let [access, refresh] = ["access_token", "refresh_token"].map(|name| text(&mine, name));
        let grant = world.grant(&access, "/mcp").await.unwrap();
        let [_, listing] = connections_form::pages(&world).await;

        let mut genuine = Self {
            client,
            confidential,
            secret: secret.clone(),
            unknown,
            pages: pages.try_into().unwrap_or_else(|_| unreachable!("there are four")),
            listing,
            relayed: world.server.seal_grant(&grant).unwrap(),
            access,
            refresh,
            confidential_refresh: text(&theirs, "refresh_token"),
            bystander: text(&bystander, "access_token"),
            names: Vec::new(),
        };
        genuine.names = genuine.all_names();
        genuine
    }

    fn all_names(&self) -> Vec<(&'static str, String)> {
        let mut names: Vec<(&'static str, String)> = [
            ("$client", &self.client),
            ("$confidential", &self.confidential),
            ("$secret", &self.secret),
            ("$unknown", &self.unknown),
            ("$access", &self.access),
            ("$refresh", &self.refresh),
            ("$first", &self.refresh),
            ("$theirs", &self.confidential_refresh),
            ("$relayed", &self.relayed),
        ]
        .map(|(name, value)| (name, value.clone()))
        .to_vec();
        let fixed = [
            ("$operated", OPERATED),
            ("$key", KEY),
            ("$opsecret", OPERATED_SECRET),
            ("$verifier", VERIFIER),
            ("$challenge", CHALLENGE),
        ];
        names.extend(fixed.map(|(name, value)| (name, value.to_owned())));
        names.extend(self.pages.iter().map(|page| (page.name, page.transaction.clone())));
        names.push(("$cookies", self.cookies()));
        names
    }

    /// All cookies of the browser with the open pages.
    fn cookies(&self) -> String {
        let mut cookies: Vec<&str> = self.pages.iter().map(|page| page.cookie.as_str()).collect();
        cookies.dedup();
        cookies.join("; ")
    }

    /// The input with what its names stand for. `more` are of this world, and come first.
    pub(crate) fn fill(&self, input: &[u8], more: &[(&'static str, String)]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(input.len());
        let mut rest = input;
        while let Some((first, after)) = rest.split_first() {
            let named = more.iter().chain(&self.names).find_map(|(name, value)| {
                let after = rest.strip_prefix(name.as_bytes())?;
                Some((value, after))
            });
            let named = named.filter(|_| *first == b'$');
            if let Some((value, after)) = named {
                filled.extend_from_slice(value.as_bytes());
                rest = after;
            } else {
                filled.push(*first);
                rest = after;
            }
        }
        filled
    }
}

impl World {
    /// Opens a consent page.
    async fn page(&self, name: &'static str, client: &str, redirect: &'static str) -> Page {
        let query = form(&[
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", redirect),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let uri = format!("/authorize?{query}&state={STATE_ENCODED}");
        let request = Request::builder().method(Method::GET).uri(uri).body(Full::default()).unwrap();
        let response = self.send(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let (transaction, cookie) = opened(&response);
        Page { name, transaction, cookie, redirect, checked: false }
    }

    /// The page after the credential was checked on it.
    async fn checked(&self, name: &'static str, page: &Page) -> Page {
        let response = self.submit(page, &[("api_key", KEY), ("decision", "check")]).await;
        assert_eq!(response.status(), StatusCode::OK);
        let transaction = transaction(&response);
        Page { name, transaction, cookie: page.cookie.clone(), redirect: page.redirect, checked: true }
    }

    /// Submits the form of a page as its browser does.
    pub(crate) async fn submit(&self, page: &Page, fields: &[(&str, &str)]) -> Response<Bytes> {
        let fields = [&[("transaction", page.transaction.as_str())], fields].concat();
        let headers =
            [("cookie", page.cookie.as_str()), ("origin", ISSUER), ("sec-fetch-site", "same-origin")];
        self.post("/authorize", &headers, form(&fields)).await
    }

    /// A code for a client with Claude's callback, and this credential behind it.
    pub(crate) async fn code(&self, client: &str, key: &str) -> String {
        let page = self.page("$page", client, CLAUDE).await;
        let response = self.submit(&page, &[("api_key", key), ("decision", "approve")]).await;
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let code = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).unwrap();
        String::from_utf8(super::wire::decode(code.as_bytes(), false)).unwrap()
    }

    /// The answer with the tokens for a code.
    pub(crate) async fn redeem(&self, client: &str, secret: Option<&str>, code: &str) -> Value {
        let response = self.try_redeem(client, secret, code).await;
        assert_eq!(response.status(), StatusCode::OK, "{:?}", response.body());
        serde_json::from_slice(response.body()).unwrap()
    }

    pub(crate) async fn try_redeem(&self, client: &str, secret: Option<&str>, code: &str) -> Response<Bytes> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        fields.extend(secret.map(|secret| ("client_secret", secret)));
        self.post("/token", &[], form(&fields)).await
    }
}

/// The transaction and the cookie of an open page.
pub(crate) fn opened(response: &Response<Bytes>) -> (String, String) {
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    (transaction(response), cookie.split(';').next().unwrap().to_owned())
}

/// The transaction of a page.
pub(crate) fn transaction(response: &Response<Bytes>) -> String {
    let html = std::str::from_utf8(response.body()).unwrap();
    let after = html.split_once("name=\"transaction\" value=\"").expect("a transaction").1;
    after.split('"').next().unwrap().to_owned()
}

async fn register(world: &World, redirects: &[&str], method: &str) -> (String, String) {
    let metadata =
        json!({ "client_name": "Fuzz", "redirect_uris": redirects, "token_endpoint_auth_method": method });
    let json = [("content-type", "application/json")];
    let response = world.post("/register", &json, metadata.to_string()).await;
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    (text(&answer, "client_id"), answer["client_secret"].as_str().unwrap_or_default().to_owned())
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}")).to_owned()
}
