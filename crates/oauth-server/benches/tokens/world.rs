//! A server over one store, with a client and a user who always agrees.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use oauth_server::{
    Account, AuthorizationServer, CredentialError, CredentialVerifier, ResourceEndpoint, ScopeInfo, Settings,
};
use sealing::{Keys, OsEntropy, Purpose, Sealer, SecretString};
use serde_json::{Value, json};
use state_store::{Store, SystemClock};

use crate::Failure;

const ISSUER: &str = "https://mcp.example.com";
const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// As the crate seals access tokens.
const ACCESS: Purpose = Purpose::new("opqat", "access-token");

/// Connections of one user.
const APPS: u64 = 4;

/// A service that knows every key.
struct Everybody;

#[async_trait::async_trait]
impl CredentialVerifier for Everybody {
    async fn verify(&self, _: &SecretString) -> Result<Account, CredentialError> {
        Ok(Account::new("Benchmark"))
    }
}

/// Tokens of one login.
pub(crate) struct Login {
    pub(crate) access_token: String,
}

/// The server, its client, and the keys to look into its tokens.
pub(crate) struct World {
    server: AuthorizationServer,
    sealer: Sealer,
    client_id: std::sync::OnceLock<String>,
    logins: AtomicU64,
}

impl World {
    pub(crate) fn new(store: Arc<dyn Store>) -> Result<Self, Failure> {
        let entropy = Arc::new(OsEntropy);
        let keys = Keys::generate(&*entropy);
        let sealer = Sealer::new(keys.ring, ISSUER, entropy.clone());
        let scopes = vec![ScopeInfo::new("example:read", "Read", "").baseline()];
        let settings = Settings::new(ISSUER, vec![ResourceEndpoint::new("/mcp", "Example")], scopes);
        let server = AuthorizationServer::new(
            settings,
            Arc::new(Everybody),
            store,
            Arc::new(SystemClock),
            entropy,
            sealer.clone(),
            keys.fingerprint,
        )?;
        Ok(Self { server, sealer, client_id: std::sync::OnceLock::new(), logins: AtomicU64::new(0) })
    }

    pub(crate) async fn login(&self) -> Result<Login, Failure> {
        let code = self.code().await?;
        let answer = self.token(&redemption(self.client().await?, &code)).await?;
        Ok(Login { access_token: text(&answer, "access_token")? })
    }

    /// What a check cannot do without.
    pub(crate) fn open(&self, token: &str) -> Result<(), Failure> {
        Ok(self.sealer.open(ACCESS, token).map(drop)?)
    }

    pub(crate) async fn check(&self, token: &str) -> Result<(), Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse()?);
        self.server
            .authenticate(&headers, "/mcp")
            .await
            .map(drop)
            .map_err(|challenge| challenge.refusal().name().into())
    }

    /// The same token with other content.
    pub(crate) fn forge(&self, token: &str) -> String {
        let (front, body) = token.split_at(token.len() / 2);
        let turned: String = body.chars().rev().collect();
        format!("{front}{turned}")
    }

    /// A code that waits.
    pub(crate) async fn code(&self) -> Result<String, Failure> {
        let query = encode(&[
            ("response_type", "code"),
            ("client_id", self.client().await?),
            ("redirect_uri", CALLBACK),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let page = self.send(Request::get(format!("/authorize?{query}")).body(Full::default())?).await;
        let cookie = page.headers().get(SET_COOKIE).ok_or("no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let html = String::from_utf8_lossy(page.body()).into_owned();
        let transaction = html.split("name=\"transaction\" value=\"").nth(1).ok_or("no form")?;
        let transaction = transaction.split('"').next().unwrap_or_default();
        // A user has a few apps; one key with hundreds would have its oldest ended.
        let key = format!("key-of-user-{}", self.logins.fetch_add(1, Ordering::Relaxed) / APPS);
        let form = [("transaction", transaction), ("api_key", &key), ("decision", "approve")];
        let request = form_request("/authorize", &form)?;
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(COOKIE, cookie.parse()?);
        parts.headers.insert(ORIGIN, ISSUER.parse()?);
        let answer = self.send(Request::from_parts(parts, body)).await;
        let location = answer.headers().get(LOCATION).ok_or("not approved")?.to_str()?;
        let code = location.split("code=").nth(1).ok_or("no code")?;
        Ok(code.split('&').next().unwrap_or_default().to_owned())
    }

    /// The refresh token that a code gives.
    pub(crate) async fn redeem(&self, code: &str) -> Result<String, Failure> {
        text(&self.token(&redemption(self.client().await?, code)).await?, "refresh_token")
    }

    /// The next one.
    pub(crate) async fn refresh(&self, token: &str) -> Result<String, Failure> {
        let form =
            [("grant_type", "refresh_token"), ("client_id", self.client().await?), ("refresh_token", token)];
        text(&self.token(&form).await?, "refresh_token")
    }

    async fn token(&self, form: &[(&str, &str)]) -> Result<Value, Failure> {
        let answer = self.send(form_request("/token", form)?).await;
        if answer.status() == StatusCode::OK {
            Ok(serde_json::from_slice(answer.body())?)
        } else {
            Err(format!("/token: {} {}", answer.status(), String::from_utf8_lossy(answer.body())).into())
        }
    }

    /// One client for all.
    async fn client(&self) -> Result<&str, Failure> {
        if let Some(client_id) = self.client_id.get() {
            return Ok(client_id);
        }
        let metadata = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
        let body = Full::new(Bytes::from(metadata.to_string()));
        let answer = self.send(Request::post("/register").body(body)?).await;
        let registered: Value = serde_json::from_slice(answer.body())?;
        let client_id = text(&registered, "client_id")?;
        Ok(self.client_id.get_or_init(|| client_id))
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        self.server.handle(request).await
    }
}

fn redemption<'a>(client_id: &'a str, code: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]
}

fn form_request(path: &str, form: &[(&str, &str)]) -> Result<Request<Full<Bytes>>, Failure> {
    let body = Full::new(Bytes::from(encode(form)));
    let request = Request::builder().method(Method::POST).uri(path);
    Ok(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)?)
}

fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn text(answer: &Value, name: &str) -> Result<String, Failure> {
    answer[name].as_str().map(str::to_owned).ok_or_else(|| format!("no {name}").into())
}
