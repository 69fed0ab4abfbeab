//! A server in memory with a clock that stands still, a service that answers as told, and a client and a browser
//! to talk to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use oauth_server::{
    Account, AuthorizationServer, Challenge, ChoiceControl, ChoiceOption, Clause, ConsentChoice,
    CredentialError, CredentialVerifier, Grant, HelpLink, ResourceEndpoint, ScopeInfo, Settings, Texts,
};
use sealing::{Entropy, FingerprintKey, KeyRing, Kid, Sealer, SecretString};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use state_store::{ManualClock, Store};

use crate::store::SwitchedStore;

pub(crate) const ISSUER: &str = "https://mcp.example.com";
/// The credential that works.
pub(crate) const KEY: &str = "canary-key-4f1d0c6b9e";
pub(crate) const CLAUDE: &str = "https://claude.ai/api/mcp/auth_callback";
/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The same bytes in every run: SHA-256 of a seed and a counter.
pub(crate) struct SeededEntropy {
    seed: u64,
    counter: AtomicU64,
}

impl SeededEntropy {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, counter: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::SeqCst);
            let block =
                Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(counter.to_be_bytes());
            chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
        }
    }
}

/// No two processes have the same randomness.
fn another_seed() -> u64 {
    static SEED: AtomicU64 = AtomicU64::new(1_000);
    SEED.fetch_add(1, Ordering::SeqCst)
}

/// The service behind the credential: knows [`KEY`] and every key that begins with it, unless told otherwise.
#[derive(Default)]
pub(crate) struct FakeService {
    trouble: Mutex<Option<CredentialError>>,
    asked: AtomicU64,
    choices: Mutex<Vec<ConsentChoice>>,
    clauses: Mutex<Vec<Clause>>,
    label: Mutex<Option<String>>,
    words: Mutex<Vec<String>>,
}

impl FakeService {
    pub(crate) fn answer(&self, trouble: Option<CredentialError>) {
        *self.trouble.lock().unwrap() = trouble;
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn offer(&self, choices: Vec<ConsentChoice>) {
        *self.choices.lock().unwrap() = choices;
    }

    /// The sentence beside the choices.
    pub(crate) fn summarize_as(&self, clauses: Vec<Clause>) {
        *self.clauses.lock().unwrap() = clauses;
    }

    /// What the user chose, in words.
    pub(crate) fn describe_as(&self, words: &[&str]) {
        *self.words.lock().unwrap() = words.iter().map(|word| (*word).to_owned()).collect();
    }

    pub(crate) fn label(&self, label: &str) {
        *self.label.lock().unwrap() = Some(label.to_owned());
    }
}

#[async_trait::async_trait]
impl CredentialVerifier for FakeService {
    async fn verify(&self, credential: &SecretString) -> Result<Account, CredentialError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(trouble) = *self.trouble.lock().unwrap() {
            return Err(trouble);
        }
        if !credential.expose().starts_with(KEY) {
            return Err(CredentialError::Wrong);
        }
        let label = self.label.lock().unwrap().clone().unwrap_or_else(|| "Alpha Plumbing".to_owned());
        Ok(Account::new(label).choices(self.choices.lock().unwrap().clone()))
    }

    fn summarize(&self, _scopes: &[String], _choices: &[ConsentChoice]) -> Vec<Clause> {
        self.clauses.lock().unwrap().clone()
    }

    fn describe(&self, embedder_data: &[u8]) -> Vec<String> {
        let _: Value = serde_json::from_slice(embedder_data).expect("what we sealed");
        self.words.lock().unwrap().clone()
    }
}

/// The three kinds of choice.
pub(crate) fn choices() -> Vec<ConsentChoice> {
    let option = |value: &str| ChoiceOption { value: value.to_owned(), label: format!("Inbox {value}") };
    vec![
        ConsentChoice::new("read_only", "Only read", ChoiceControl::Checkbox { checked: false })
            .help("It will never text anyone."),
        ConsentChoice::new(
            "inbox",
            "Inbox",
            ChoiceControl::Select {
                options: vec![option("all"), option("main")],
                selected: "all".to_owned(),
            },
        ),
        ConsentChoice::new("cap", "Texts a day", ChoiceControl::Number { min: 0, max: 200, value: 50 }),
    ]
}

pub(crate) fn settings(issuer: &str) -> Settings {
    let resources = vec![
        ResourceEndpoint::new("/mcp", "Example").covers(["/sse", "/mcp/readonly"]),
        ResourceEndpoint::new("/sse", "Example (SSE)").covers(["/mcp"]),
        ResourceEndpoint::new("/mcp/readonly", "Example, read only").scopes(["example:read"]),
    ];
    let scopes = vec![
        ScopeInfo::new("example:read", "Read", "See messages and contacts.").baseline(),
        ScopeInfo::new("example:write", "Write", "Text people.").implies(["example:read"]).baseline(),
        ScopeInfo::new("example:admin", "Administer", "See other connections.").implies(["example:write"]),
    ];
    let mut texts = Texts::default();
    texts.product = "Example MCP".to_owned();
    texts.account = "Example workspace".to_owned();
    texts.credential = "Example API key".to_owned();
    texts.credential_hint = "Settings, then API.".to_owned();
    texts.credential_help =
        Some(HelpLink { label: "How to get one".to_owned(), url: "https://example.com/help".to_owned() });
    texts.credential_destination = "api.example.com".to_owned();
    let mut settings = Settings::new(issuer, resources, scopes);
    settings.texts = texts;
    settings
}

pub(crate) struct Rig {
    pub(crate) server: AuthorizationServer,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<SwitchedStore>,
    pub(crate) service: Arc<FakeService>,
    pub(crate) issuer: String,
    /// Of the server itself.
    sealer: Sealer,
    ring: KeyRing,
    fingerprints: FingerprintKey,
    settings: Settings,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(settings(ISSUER))
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(1_795_000_000)));
        Self::with_clocks(settings, clock.clone(), clock)
    }

    /// The store on a machine whose clock stands still.
    pub(crate) fn with_slow_store() -> Self {
        let clock = || Arc::new(ManualClock::at(Duration::from_secs(1_795_000_000)));
        Self::with_clocks(settings(ISSUER), clock(), clock())
    }

    /// The store on a machine with a clock of its own, which is returned.
    pub(crate) fn with_two_clocks() -> (Self, Arc<ManualClock>) {
        let clock = || Arc::new(ManualClock::at(Duration::from_secs(1_795_000_000)));
        let stores = clock();
        (Self::with_clocks(settings(ISSUER), clock(), stores.clone()), stores)
    }

    fn with_clocks(settings: Settings, clock: Arc<ManualClock>, stores: Arc<ManualClock>) -> Self {
        let keys = SeededEntropy::new(1);
        let kid = Kid::parse("k1").unwrap();
        let store = Arc::new(SwitchedStore::new(stores));
        let ring = KeyRing::generate(&keys, kid);
        let fingerprints = FingerprintKey::generate(&keys);
        Self::assemble(settings, clock, store, ring, fingerprints, 2)
    }

    /// Another instance of the same deployment: same keys, store, service and clock.
    pub(crate) fn second_instance(&self) -> Self {
        let mut second = Self::assemble(
            self.settings.clone(),
            self.clock.clone(),
            self.store.clone(),
            self.ring.clone(),
            self.fingerprints.clone(),
            another_seed(),
        );
        second.service = self.service.clone();
        second
    }

    /// A deployment with the same keys under other settings, and a store of its own.
    pub(crate) fn same_keys(&self, settings: Settings) -> Self {
        let store = Arc::new(SwitchedStore::new(self.clock.clone()));
        Self::assemble(
            settings,
            self.clock.clone(),
            store,
            self.ring.clone(),
            self.fingerprints.clone(),
            another_seed(),
        )
    }

    /// The same deployment after the ring was changed.
    pub(crate) fn with_ring(&self, ring: impl FnOnce(&KeyRing) -> KeyRing) -> Self {
        Self::assemble(
            self.settings.clone(),
            self.clock.clone(),
            self.store.clone(),
            ring(&self.ring),
            self.fingerprints.clone(),
            5,
        )
    }

    fn assemble(
        settings: Settings,
        clock: Arc<ManualClock>,
        store: Arc<SwitchedStore>,
        ring: KeyRing,
        fingerprints: FingerprintKey,
        seed: u64,
    ) -> Self {
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
        let issuer = settings.issuer.clone();
        let service = Arc::new(FakeService::default());
        let sealer = Sealer::new(ring.clone(), &issuer, entropy.clone());
        let server = AuthorizationServer::new(
            settings.clone(),
            service.clone(),
            store.clone() as Arc<dyn Store>,
            clock.clone(),
            entropy,
            sealer.clone(),
            fingerprints.clone(),
        )
        .expect("valid settings");
        Self { server, sealer, clock, store, service, issuer, ring, fingerprints, settings }
    }

    pub(crate) fn sealer(&self) -> Sealer {
        Sealer::new(self.ring.clone(), &self.issuer, Arc::new(SeededEntropy::new(6)))
    }

    /// The server goes on with another ring, as after its key file was read again.
    pub(crate) fn replace_ring(&self, ring: KeyRing) {
        self.sealer.replace_ring(ring);
    }

    pub(crate) fn ring(&self) -> &KeyRing {
        &self.ring
    }

    pub(crate) fn fingerprints(&self) -> &FingerprintKey {
        &self.fingerprints
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The clock's counter wraps, so that a step of almost a whole round goes back.
    pub(crate) fn set_back(&self, seconds: u64) {
        self.clock.advance(Duration::from_millis((seconds * 1000).wrapping_neg()));
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        self.server.handle(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Bytes> {
        self.send(request(Method::GET, path, &[], "")).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response<Bytes> {
        self.post_with(path, &[], form).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> Response<Bytes> {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(request(Method::POST, path, &all, &encode(form))).await
    }

    pub(crate) async fn register(&self, metadata: &Value) -> Response<Bytes> {
        let headers = [("content-type", "application/json")];
        self.send(request(Method::POST, "/register", &headers, &metadata.to_string())).await
    }

    /// Registers a public client and returns its id.
    pub(crate) async fn client(&self, redirect_uris: &[&str]) -> String {
        let metadata = json!({
            "client_name": "Claude",
            "redirect_uris": redirect_uris,
            "token_endpoint_auth_method": "none",
        });
        let answer = json(&self.register(&metadata).await);
        answer["client_id"].as_str().expect("a client_id").to_owned()
    }

    /// Opens the consent page.
    pub(crate) async fn open_page(&self, query: &[(&str, &str)]) -> ConsentPage {
        let response = self.get(&format!("/authorize?{}", encode(query))).await;
        assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
        ConsentPage::new(&response)
    }

    /// Submits the form of an open page.
    pub(crate) async fn submit(&self, page: &ConsentPage, fields: &[(&str, &str)]) -> Response<Bytes> {
        self.submit_at("/authorize", page, fields).await
    }

    /// The same on another page than the consent page.
    pub(crate) async fn submit_at(
        &self,
        path: &str,
        page: &ConsentPage,
        fields: &[(&str, &str)],
    ) -> Response<Bytes> {
        let mut form = vec![("transaction", page.transaction.as_str())];
        form.extend_from_slice(fields);
        let headers = [
            ("cookie", page.cookie.as_str()),
            ("origin", self.issuer.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        self.post_with(path, &headers, &form).await
    }

    /// Opens the page of connected apps.
    pub(crate) async fn open_connections(&self) -> ConsentPage {
        let response = self.get("/connections").await;
        assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
        ConsentPage::new(&response)
    }

    /// Opens the page for a client and approves; returns the redirect's URL.
    pub(crate) async fn approve(&self, query: &[(&str, &str)]) -> String {
        let page = self.open_page(query).await;
        let response = self.submit(&page, &[("api_key", KEY), ("decision", "approve")]).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{}", text(&response));
        location(&response)
    }

    /// A code for a client that is sent to [`CLAUDE`].
    pub(crate) async fn code(&self, client_id: &str) -> String {
        let url = self.approve(&authorization(client_id, CLAUDE)).await;
        parameter(&url, "code").expect("a code")
    }

    pub(crate) async fn redeem(&self, client_id: &str, code: &str) -> Response<Bytes> {
        self.post("/token", &redemption(client_id, code)).await
    }

    /// Everything up to the tokens: the answer of `/token`.
    pub(crate) async fn login(&self, client_id: &str) -> Value {
        let code = self.code(client_id).await;
        let response = self.redeem(client_id, &code).await;
        assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
        json(&response)
    }

    pub(crate) async fn refresh(&self, client_id: &str, refresh_token: &str) -> Response<Bytes> {
        let form =
            [("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", refresh_token)];
        self.post("/token", &form).await
    }

    pub(crate) async fn check(&self, token: &str, path: &str) -> Result<Arc<Grant>, Challenge> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        self.server.authenticate(&headers, path).await
    }

    /// Whether an access token works at `/mcp`.
    pub(crate) async fn works(&self, token: &Value) -> bool {
        self.check(token["access_token"].as_str().expect("an access token"), "/mcp").await.is_ok()
    }
}

/// An open consent page: what the browser holds.
pub(crate) struct ConsentPage {
    pub(crate) cookie: String,
    pub(crate) set_cookie: String,
    pub(crate) transaction: String,
    pub(crate) html: String,
}

impl ConsentPage {
    pub(crate) fn new(response: &Response<Bytes>) -> Self {
        let html = text(response);
        let set_cookie = response
            .headers()
            .get(SET_COOKIE)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let cookie = set_cookie.split(';').next().unwrap().to_owned();
        Self { cookie, set_cookie, transaction: transaction(&html), html }
    }

    /// The page that answered a submission: same browser, new content.
    pub(crate) fn then(&self, response: &Response<Bytes>) -> Self {
        let html = text(response);
        let transaction = if html.contains("<form") { transaction(&html) } else { String::new() };
        Self { cookie: self.cookie.clone(), set_cookie: String::new(), transaction, html }
    }
}

fn transaction(html: &str) -> String {
    let after = html.split_once("name=\"transaction\" value=\"").expect("a transaction").1;
    after.split('"').next().unwrap().to_owned()
}

/// A good authorization request.
pub(crate) fn authorization<'a>(client_id: &'a str, redirect_uri: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "xyz"),
        ("scope", "example:read example:write"),
        ("resource", "https://mcp.example.com/mcp"),
    ]
}

/// The same with one parameter changed, added (`Some`) or left out (`None`).
pub(crate) fn but<'a>(
    mut query: Vec<(&'a str, &'a str)>,
    name: &'a str,
    value: Option<&'a str>,
) -> Vec<(&'a str, &'a str)> {
    query.retain(|(other, _)| *other != name);
    query.extend(value.map(|value| (name, value)));
    query
}

/// A good redemption of a code.
pub(crate) fn redemption<'a>(client_id: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", code),
        ("redirect_uri", CLAUDE),
        ("code_verifier", VERIFIER),
        ("resource", "https://mcp.example.com/mcp"),
    ]
}

pub(crate) fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request")
}

pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).expect("UTF-8")
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    assert_eq!(header(response, CONTENT_TYPE.as_str()), "application/json", "{}", text(response));
    serde_json::from_slice(response.body()).expect("JSON")
}

pub(crate) fn header(response: &Response<Bytes>, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

pub(crate) fn location(response: &Response<Bytes>) -> String {
    header(response, LOCATION.as_str())
}

/// The one value of a parameter in a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    let values: Vec<String> = form_urlencoded::parse(query.as_bytes())
        .filter(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
        .collect();
    assert!(values.len() <= 1, "{name} is there {} times in {url}", values.len());
    values.into_iter().next()
}

/// The `error` of a JSON answer, or of a redirect, or `page` for HTML without a redirect.
pub(crate) fn outcome(response: &Response<Bytes>) -> String {
    let status = response.status().as_u16();
    if !location(response).is_empty() {
        let error = parameter(&location(response), "error").unwrap_or_else(|| "code".to_owned());
        format!("{status} redirect {error}")
    } else if header(response, CONTENT_TYPE.as_str()).starts_with("text/html") {
        format!("{status} page")
    } else if let Some(error) = json(response)["error"].as_str() {
        format!("{status} {error}")
    } else {
        format!("{status}")
    }
}
