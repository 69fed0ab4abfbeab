//! What must hold of every answer, whatever was asked: no fault of ours, no header or markup of a stranger's making,
//! only the errors that the specifications have, and none of the secrets of others.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, Response};
use serde_json::Value;
use url::Url;

use super::genuine::Genuine;
use super::wire::{decode, one, pairs, values};
use super::world::{ISSUER, KEY, KEYS, OPERATED_SECRET, OTHER_KEY, World};

/// Every header that the crate sends.
const HEADERS: [&str; 19] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "content-security-policy",
    "content-type",
    "cross-origin-resource-policy",
    "location",
    "permissions-policy",
    "pragma",
    "referrer-policy",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
    "x-robots-tag",
];

/// RFC 6749 section 5.2, RFC 6750 section 3.1, RFC 7591 section 3.2.2, RFC 8707 section 2; and the one of RFC 6749 section
/// 4.1.2.1 that goes with a 429 or 503.
const ERRORS: [&str; 12] = [
    "insufficient_scope",
    "invalid_client",
    "invalid_client_metadata",
    "invalid_grant",
    "invalid_redirect_uri",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "invalid_token",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// RFC 6749 section 4.1.2.1, RFC 8707 section 2.
const REDIRECT_ERRORS: [&str; 8] = [
    "access_denied",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

/// Every element that the pages are made of.
const ELEMENTS: [&str; 43] = [
    "!doctype", "a", "bdi", "body", "button", "circle", "code", "dd", "details", "div", "dl", "dt",
    "fieldset", "footer", "form", "h1", "h2", "head", "header", "html", "input", "label", "legend", "li",
    "link", "main", "meta", "nav", "ol", "option", "p", "path", "rect", "script", "section", "select",
    "small", "span", "strong", "summary", "svg", "title", "ul",
];

/// What no answer may hold: root keys, credentials, and what belongs to others.
static SECRETS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let ring = KEYS.ring.to_secret_text();
    let mut secrets: Vec<String> =
        ring.expose().split(',').filter_map(|entry| Some(entry.split_once(':')?.1.to_owned())).collect();
    secrets.push(KEYS.fingerprints.to_secret_text().expose().to_owned());
    secrets.push(KEY.to_owned());
    secrets.push(OTHER_KEY.to_owned());
    secrets.push(OPERATED_SECRET.to_owned());
    secrets
});

/// Checks an answer, and says shortly what it is: a status, with its error or what it leads to. `sent`: what an answer may
/// say again. That is the input as it came, whose writer may have guessed a secret (a fuzzer reads along when texts are
/// compared), and not what its names stand for, but where the protocol gives the client's own words back.
pub(crate) fn judge(genuine: &Genuine, response: &Response<Bytes>, sent: &[u8]) -> String {
    let status = response.status().as_u16();
    let headers = response.headers();
    assert!(
        matches!(status, 200 | 201 | 204 | 303 | 400 | 401 | 403 | 404 | 405 | 413 | 429 | 503),
        "{status}: {:?}",
        response.body()
    );
    check_headers(headers);
    check_secrets(genuine, response, sent);
    let retry = headers.contains_key("retry-after");
    assert!(status != 429 || retry, "429 without a time");
    assert_eq!(headers.contains_key("location"), status == 303, "a redirect and its target");
    match headers.get("content-type").map(|value| value.to_str().unwrap()) {
        None => {
            assert!(response.body().is_empty());
            status.to_string()
        }
        Some("application/json") => {
            let error = check_json(response.body(), status >= 400);
            assert!(status != 503 || (retry && error.as_deref() == Some("temporarily_unavailable")));
            error.map_or_else(|| status.to_string(), |error| format!("{status} {error}"))
        }
        Some("text/html; charset=utf-8") => {
            check_html(response.body());
            assert!(headers.contains_key("content-security-policy"));
            format!("{status} page")
        }
        Some(other) => panic!("a media type: {other}"),
    }
}

fn check_headers(headers: &HeaderMap) {
    for name in headers.keys() {
        assert!(HEADERS.contains(&name.as_str()), "a header: {name}");
        assert_eq!(headers.get_all(name).iter().count(), 1, "{name}");
        let value = headers[name].as_bytes();
        assert!(value.iter().all(|byte| (b' '..=b'~').contains(byte)), "{name}: {value:?}");
    }
}

fn check_secrets(genuine: &Genuine, response: &Response<Bytes>, sent: &[u8]) {
    let mine = [
        &genuine.secret,
        &genuine.access,
        &genuine.refresh,
        &genuine.confidential_refresh,
        &genuine.relayed,
        &genuine.bystander,
    ];
    let sent = [sent, &decode(sent, true)].concat();
    let sent = String::from_utf8_lossy(&sent);
    let texts = response.headers().values().map(http::HeaderValue::as_bytes);
    for text in texts.chain([response.body().as_ref()]) {
        let text = String::from_utf8_lossy(text);
        for secret in SECRETS.iter().chain(mine) {
            // The beginning will do, and is looked for many times faster.
            let start = &secret[..secret.len().min(32)];
            assert!(!text.contains(start) || sent.contains(start), "a secret in an answer");
        }
    }
}

/// The error of a JSON answer.
fn check_json(body: &[u8], failed: bool) -> Option<String> {
    let value: Value = serde_json::from_slice(body).unwrap();
    let description = value["error_description"].as_str();
    if let Some(text) = description {
        let plain = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        assert!(text.chars().all(plain), "error_description: {text:?}");
    }
    let error = value["error"].as_str().map(str::to_owned);
    assert!(!failed || description.is_some(), "an error without a word: {value}");
    if let Some(error) = &error {
        assert!(failed && ERRORS.contains(&error.as_str()), "{value}");
    }
    error
}

/// No element that is not ours, and none of ours with a handler or an address of a stranger's.
fn check_html(body: &[u8]) {
    let html = std::str::from_utf8(body).unwrap();
    assert!(html.matches("<script").count() <= 1, "a script");
    for part in html.split('<').skip(1) {
        let name: String = part
            .trim_start_matches('/')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '!')
            .collect();
        assert!(
            ELEMENTS.contains(&name.as_str()),
            "an element: {:?}",
            part.chars().take(40).collect::<String>()
        );
        let tag = part.split('>').next().unwrap();
        // An odd quote would let an attribute out into the tag.
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
}

/// What a redirect to a client says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Code(String),
    Error(String),
}

/// Checks that a redirect leads to `target`, byte for byte, and brings `state` back, byte for byte.
pub(crate) fn told(response: &Response<Bytes>, target: &str, state: Option<&[u8]>) -> Told {
    let location = response.headers()["location"].to_str().unwrap();
    let (start, query) = location.split_once('?').unwrap();
    let (own_start, own_query) = target.split_once('?').unwrap_or((target, ""));
    assert_eq!(start, own_start);
    assert!(!location.contains('#'));
    // What a browser makes of it.
    let (there, asked) = (Url::parse(location).unwrap(), Url::parse(target).unwrap());
    assert_eq!(
        (there.scheme(), there.host_str(), there.port(), there.username(), there.path()),
        (asked.scheme(), asked.host_str(), asked.port(), "", asked.path())
    );

    let ours = ["code", "state", "iss", "error", "error_description", "error_uri"].map(str::as_bytes);
    let is_ours = |pair: &&str| {
        let name = decode(pair.split('=').next().unwrap().as_bytes(), false);
        ours.contains(&name.as_slice())
    };
    let kept = |query: &str| -> Vec<String> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty() && !is_ours(pair));
        pairs.map(str::to_owned).collect()
    };
    assert_eq!(kept(query), kept(own_query), "the client's own query");

    let pairs = pairs(query.as_bytes());
    assert_eq!(one(&pairs, "iss").as_deref(), Some(ISSUER));
    let state = state.filter(|state| !state.is_empty());
    assert_eq!(values(&pairs, "state"), state.into_iter().collect::<Vec<_>>(), "state");
    match (values(&pairs, "code").len(), values(&pairs, "error").len()) {
        (1, 0) => Told::Code(one(&pairs, "code").unwrap()),
        (0, 1) => {
            let error = one(&pairs, "error").unwrap();
            assert!(REDIRECT_ERRORS.contains(&error.as_str()), "{error}");
            Told::Error(error)
        }
        counts => panic!("codes and errors: {counts:?}"),
    }
}

impl World {
    /// Nobody else's connection has noticed anything. Not asked once the clock has moved past its token's end.
    pub(crate) async fn check_bystander(&self, genuine: &Genuine) {
        let grant = self.grant(&genuine.bystander, "/mcp").await.expect("the bystander's token");
        assert_eq!(grant.credential.expose(), OTHER_KEY);
    }
}

pub(crate) fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
