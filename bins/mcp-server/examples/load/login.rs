//! The user and their app in one: from nothing to tokens, the way every client goes, and on to the next tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::calls::Kind;
use crate::connection::{Answer, Connection, Outgoing};
use crate::tally::Tally;
use crate::{Failure, World};

/// Where the browser is sent back to; nobody listens there, and nobody goes.
const REDIRECT: &str = "http://127.0.0.1:9/callback";
const FORM: &str = "application/x-www-form-urlencoded";

/// Tokens of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) client_id: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Logs in with the key of this workspace, from this address.
pub(crate) async fn login(
    world: &World,
    connection: &mut Connection,
    workspace: usize,
    address: &str,
) -> Result<Tokens, Failure> {
    let client_id = register(world, connection, address).await?;
    login_with(world, connection, client_id, workspace, address).await
}

/// Registers a client, from this address: its id.
pub(crate) async fn register(
    world: &World,
    connection: &mut Connection,
    address: &str,
) -> Result<String, Failure> {
    Way { tally: &world.tally, origin: &world.origin, address }.register(connection).await
}

/// [`login`] with a client that is registered already.
pub(crate) async fn login_with(
    world: &World,
    connection: &mut Connection,
    client_id: String,
    workspace: usize,
    address: &str,
) -> Result<Tokens, Failure> {
    let way = Way { tally: &world.tally, origin: &world.origin, address };
    let verifier = format!("a-verifier-of-the-right-length-0123456789-{workspace:08}");
    let resource = format!("{}/mcp", world.origin);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let query = form(&[
        ("response_type", "code"),
        ("client_id", &client_id),
        ("redirect_uri", REDIRECT),
        ("state", "state"),
        ("resource", &resource),
        ("code_challenge_method", "S256"),
        ("code_challenge", &challenge),
    ]);
    let page = way.get(&format!("/authorize?{query}"))?;
    let page = way.answered(connection, Kind::Authorize, page, StatusCode::OK).await?;
    let code = way.consent(connection, &page, workspace).await?;
    let tokens = way
        .tokens(
            connection,
            Kind::Token,
            &[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", REDIRECT),
                ("client_id", &client_id),
                ("code_verifier", &verifier),
                ("resource", &resource),
            ],
        )
        .await?;
    tokens_of(client_id, &tokens)
}

/// The request for the next tokens.
pub(crate) fn refresh(world: &World, tokens: &Tokens, address: &str) -> Result<Outgoing, Failure> {
    let way = Way { tally: &world.tally, origin: &world.origin, address };
    way.post(
        "/token",
        FORM,
        form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &tokens.refresh),
            ("client_id", &tokens.client_id),
        ]),
    )
}

/// What the answer to [`refresh`] brings.
pub(crate) fn refreshed(tokens: &Tokens, answer: &Answer) -> Result<Tokens, Failure> {
    tokens_of(tokens.client_id.clone(), &serde_json::from_slice(&answer.body)?)
}

fn tokens_of(client_id: String, tokens: &Value) -> Result<Tokens, Failure> {
    let text = |name: &str| tokens[name].as_str().map(str::to_owned).ok_or(format!("no {name}"));
    Ok(Tokens { client_id, access: text("access_token")?, refresh: text("refresh_token")? })
}

/// Where a login goes.
struct Way<'a> {
    tally: &'a Tally,
    origin: &'a str,
    address: &'a str,
}

impl Way<'_> {
    async fn register(&self, connection: &mut Connection) -> Result<String, Failure> {
        let metadata = json!({
            "client_name": "Load",
            "redirect_uris": [REDIRECT],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        });
        let request = self.post("/register", "application/json", metadata.to_string())?;
        let answer = self.answered(connection, Kind::Register, request, StatusCode::CREATED).await?;
        let registered: Value = serde_json::from_slice(&answer.body)?;
        Ok(registered["client_id"].as_str().ok_or("no client_id")?.to_owned())
    }

    /// Submits the page with a key: the code.
    async fn consent(
        &self,
        connection: &mut Connection,
        page: &Answer,
        workspace: usize,
    ) -> Result<String, Failure> {
        let html = String::from_utf8_lossy(&page.body);
        let mut fields = hidden(&html);
        fields.push(("api_key".to_owned(), format!("sandbox-key-workspace-{workspace}")));
        fields.push(("decision".to_owned(), "approve".to_owned()));
        let cookies = page.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let cookies: Vec<_> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
        let action = tags(&html, "<form").find_map(|tag| attribute(tag, "action")).unwrap_or_default();
        let action = if action.is_empty() { "/authorize".to_owned() } else { action };
        let target = Url::parse(self.origin)?.join(&action)?;
        let target = target[url::Position::BeforePath..].to_owned();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut request = self.post(&target, FORM, form(&fields))?;
        let headers = request.headers_mut();
        headers.insert(ORIGIN, self.origin.parse()?);
        headers.insert("sec-fetch-site", "same-origin".parse()?);
        headers.insert(COOKIE, cookies.join("; ").parse()?);
        let answer = self.answered(connection, Kind::Consent, request, StatusCode::SEE_OTHER).await?;
        let back = Url::parse(answer.header(LOCATION.as_str()))?;
        let code = back.query_pairs().find(|(name, _)| name == "code");
        Ok(code.ok_or("the browser was sent back without a code")?.1.into_owned())
    }

    async fn tokens(
        &self,
        connection: &mut Connection,
        kind: Kind,
        fields: &[(&str, &str)],
    ) -> Result<Value, Failure> {
        let request = self.post("/token", FORM, form(fields))?;
        let answer = self.answered(connection, kind, request, StatusCode::OK).await?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    async fn answered(
        &self,
        connection: &mut Connection,
        kind: Kind,
        request: Outgoing,
        expected: StatusCode,
    ) -> Result<Answer, Failure> {
        let answer = connection.send(request).await?;
        if answer.status != expected {
            return Err(format!("{kind:?}: {}, {}", answer.status, answer.said()).into());
        }
        self.tally.answered(kind, answer.timing.clone());
        Ok(answer)
    }

    fn get(&self, target: &str) -> Result<Outgoing, Failure> {
        let request = Request::builder().method(Method::GET).uri(target).header("host", host(self.origin));
        Ok(request.header("x-forwarded-for", self.address).body(Full::default())?)
    }

    fn post(&self, target: &str, kind: &str, body: String) -> Result<Outgoing, Failure> {
        let request = Request::builder().method(Method::POST).uri(target).header("host", host(self.origin));
        let request = request.header("x-forwarded-for", self.address).header(CONTENT_TYPE, kind);
        Ok(request.body(Full::new(Bytes::from(body)))?)
    }
}

/// The origin without its scheme.
pub(crate) fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

fn form(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The fields of the page's form that nobody fills in.
fn hidden(html: &str) -> Vec<(String, String)> {
    tags(html, "<input")
        .filter(|tag| tag.contains("type=\"hidden\""))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
        .collect()
}

fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(name).skip(1).filter_map(|rest| rest.split('>').next())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(|value| value.replace("&amp;", "&"))
}
