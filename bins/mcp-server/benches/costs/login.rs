//! A user who always agrees, and the client in front of them: from nothing to tokens.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST as HOST_HEADER, LOCATION, ORIGIN, SET_COOKIE};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Failure;
use crate::requests::HOST;

/// Where the servers of this program are.
pub(crate) const ISSUER: &str = "https://mcp.example.com";
const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An authorization server.
pub(crate) trait Authorizes {
    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Failure>;
}

/// A connection: what its client holds.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) client_id: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

/// What `/token` answers.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: String,
}

impl Login {
    /// Registers, is let in with this key, and redeems the code.
    pub(crate) async fn new(server: &impl Authorizes, key: &str) -> Result<Self, Failure> {
        let metadata = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
        let request = Request::post("/register").header(HOST_HEADER, HOST);
        let request = request.header(CONTENT_TYPE, "application/json");
        let answer = server.answer(request.body(Full::new(Bytes::from(metadata.to_string())))?).await?;
        let registered: Value = serde_json::from_slice(answer.body())?;
        let client_id = registered["client_id"].as_str().ok_or("not registered")?.to_owned();
        let code = code(server, &client_id, key).await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &client_id),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", CALLBACK),
        ];
        let Tokens { access_token, refresh_token } = exchange(server, &form).await?;
        Ok(Self { client_id, access_token, refresh_token })
    }

    /// Takes the next pair of tokens.
    pub(crate) async fn refresh(&mut self, server: &impl Authorizes) -> Result<(), Failure> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &self.client_id),
            ("refresh_token", &self.refresh_token),
        ];
        let Tokens { access_token, refresh_token } = exchange(server, &form).await?;
        (self.access_token, self.refresh_token) = (access_token, refresh_token);
        Ok(())
    }
}

/// A code that waits for its client.
async fn code(server: &impl Authorizes, client_id: &str, key: &str) -> Result<String, Failure> {
    let query = encode(&[
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let request = Request::get(format!("/authorize?{query}")).header(HOST_HEADER, HOST);
    let page = server.answer(request.body(Full::default())?).await?;
    let cookie = page.headers().get(SET_COOKIE).ok_or("no cookie")?.to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let html = String::from_utf8_lossy(page.body());
    let transaction = html.split("name=\"transaction\" value=\"").nth(1).ok_or("no form")?;
    let transaction = transaction.split('"').next().unwrap_or_default();
    let form = [("transaction", transaction), ("api_key", key), ("decision", "approve")];
    let mut request = form_request("/authorize", &form)?;
    request.headers_mut().insert(COOKIE, cookie.parse()?);
    request.headers_mut().insert(ORIGIN, ISSUER.parse()?);
    let answer = server.answer(request).await?;
    let location = answer.headers().get(LOCATION).ok_or("not approved")?.to_str()?;
    let code = location.split("code=").nth(1).ok_or("no code")?;
    Ok(code.split('&').next().unwrap_or_default().to_owned())
}

async fn exchange(server: &impl Authorizes, form: &[(&str, &str)]) -> Result<Tokens, Failure> {
    let answer = server.answer(form_request("/token", form)?).await?;
    match answer.status() {
        StatusCode::OK => Ok(serde_json::from_slice(answer.body())?),
        status => Err(format!("/token: {status} {}", String::from_utf8_lossy(answer.body())).into()),
    }
}

fn form_request(path: &str, form: &[(&str, &str)]) -> Result<Request<Full<Bytes>>, Failure> {
    let body = Full::new(Bytes::from(encode(form)));
    let request = Request::post(path).header(HOST_HEADER, HOST);
    Ok(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)?)
}

fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
