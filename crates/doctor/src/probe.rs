//! Asking: one request, bounded in time and size, no redirect followed, and everything kept that a report may show.
//!
//! A request that gets no answer is no check's failure: it makes that check impossible, is remembered, and fails
//! `T1` or `T2` alone. The endpoint is then not asked again, so that one dead endpoint is one line.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use url::Url;

use super::check::Stop;
use super::exchange::Exchange;

/// How often a request is repeated that the server had no time for.
const PATIENCE: u32 = 5;
/// Longest time that a server may ask for before a repetition.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Longest body that is read; the rest of a longer one is not needed to judge it.
const MAX_BODY: usize = 1024 * 1024;

/// A request to be made.
#[derive(Clone, Debug)]
pub struct Ask {
    pub(super) method: Method,
    pub(super) url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
    /// What a report shows beside method and URL.
    shown: Vec<String>,
    /// Whether a browser makes it, which may be sent elsewhere.
    browser: bool,
    /// What a report shows as the URL.
    shown_url: Url,
    /// Whether closing the connection is an answer, too.
    fragile: bool,
}

impl Ask {
    /// A request without a body.
    pub fn new(method: Method, url: &Url) -> Self {
        Self {
            method,
            url: url.clone(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            shown: Vec::new(),
            browser: false,
            shown_url: url.clone(),
            fragile: false,
        }
    }

    /// A `GET` as a client that reads a document makes it.
    pub fn get(url: &Url) -> Self {
        Self::new(Method::GET, url).quietly("accept", "application/json")
    }

    /// A `GET` as a browser makes it.
    pub fn browse(url: &Url) -> Self {
        Self::new(Method::GET, url)
            .in_browser()
            .quietly("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .quietly("sec-fetch-mode", "navigate")
            .quietly("sec-fetch-dest", "document")
            .quietly("sec-fetch-site", "cross-site")
    }

    /// A `POST` of JSON.
    pub fn json(url: &Url, body: &Value) -> Self {
        Self::new(Method::POST, url)
            .quietly("content-type", "application/json")
            .quietly("accept", "application/json, text/event-stream")
            .body(body.to_string())
    }

    /// A `POST` of a form.
    pub fn form(url: &Url, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::new(Method::POST, url)
            .quietly("content-type", "application/x-www-form-urlencoded")
            .quietly("accept", "application/json")
            .body(body)
    }

    /// Marks it as a browser's, which may be sent to other hosts.
    #[must_use]
    pub fn in_browser(mut self) -> Self {
        self.browser = true;
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a header that a report names.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.shown.push(format!("{name}: {value}"));
        self.quietly(name, value)
    }

    /// Sets a header that goes without saying, or must not be shown.
    #[must_use]
    pub fn quietly(mut self, name: &'static str, value: &str) -> Self {
        // What cannot be a header's value is left out, as any client would.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Adds words to what a report shows of the request.
    #[must_use]
    pub fn told(mut self, words: impl Into<String>) -> Self {
        self.shown.push(words.into());
        self
    }

    /// A request as another library makes it.
    pub fn of(request: http::Request<Vec<u8>>) -> Result<Self, url::ParseError> {
        let (parts, body) = request.into_parts();
        let mut ask = Self::new(parts.method, &Url::parse(&parts.uri.to_string())?);
        ask.headers = parts.headers;
        Ok(ask.body(body))
    }

    /// Takes a closed connection for a refusal: [`Prober::ask`] then gives a skip that is remembered nowhere.
    #[must_use]
    pub fn may_break(mut self) -> Self {
        self.fragile = true;
        self
    }

    /// Shows another URL in reports: one without a long query.
    #[must_use]
    pub fn instead_of_url(mut self, url: &Url) -> Self {
        self.shown_url = url.clone();
        self
    }

    /// The request as a report shows it.
    fn line(&self) -> String {
        let mut line = format!("{} {}", self.method, self.shown_url);
        for shown in &self.shown {
            line.push_str(" | ");
            line.push_str(shown);
        }
        line
    }

    fn endpoint(&self) -> String {
        let url = &self.url;
        format!("{} {}{}", self.method, url.origin().ascii_serialization(), url.path())
    }
}

/// Why a request got no answer.
#[derive(Clone, Debug)]
pub struct Silence {
    /// The request.
    pub request: String,
    /// What happened instead of an answer.
    pub reason: String,
    /// Whether it was a matter of time.
    pub slow: bool,
}

/// What the prober came across besides answers.
#[derive(Debug, Default)]
struct Seen {
    silences: Vec<Silence>,
    /// Endpoints that gave no answer.
    dead: Vec<String>,
    /// Where machine endpoints sent us, with the request: never followed.
    redirects: Vec<(String, String)>,
    /// What is asked right now.
    doing: String,
    /// Never to be shown.
    secrets: Vec<String>,
}

/// Makes requests.
#[derive(Debug)]
pub struct Prober {
    http: reqwest::Client,
    /// For requests after which the server may hang up: nobody else's connection.
    fresh: reqwest::Client,
    budget: Duration,
    deadline: Instant,
    seen: Mutex<Seen>,
}

impl Prober {
    /// One that gives each request so long, and all together so long.
    pub fn new(budget: Duration, overall: Duration, local: bool) -> Result<Self, reqwest::Error> {
        let client = |idle: usize| {
            #[expect(
                clippy::disallowed_methods,
                reason = "it asks strangers, and shares nothing with the server's client"
            )]
            let builder = reqwest::Client::builder();
            let builder = builder
                .user_agent(concat!("openphone-mcp-doctor/", env!("CARGO_PKG_VERSION")))
                // Followed, a redirect would hide what clients see, and take us to hosts that nobody named.
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .pool_max_idle_per_host(idle);
            if local { builder.no_proxy() } else { builder }.build()
        };
        let (http, fresh) = (client(4)?, client(0)?);
        Ok(Self { http, fresh, budget, deadline: Instant::now() + overall, seen: Mutex::default() })
    }

    /// Asks. A server that says "not so fast" is given the time that it wants.
    pub async fn ask(&self, ask: Ask) -> Result<Exchange, Stop> {
        for _ in 0..PATIENCE {
            let answer = self.ask_once(&ask).await?;
            if answer.status != StatusCode::TOO_MANY_REQUESTS {
                return Ok(answer);
            }
            let seconds = answer.header("retry-after").and_then(|value| value.parse().ok()).unwrap_or(1);
            tokio::time::sleep(Duration::from_secs(seconds).min(LONGEST_PAUSE)).await;
        }
        Err(Stop::Skip(format!("{} answers 429 again and again", ask.endpoint())))
    }

    async fn ask_once(&self, ask: &Ask) -> Result<Exchange, Stop> {
        let endpoint = ask.endpoint();
        if self.seen().dead.contains(&endpoint) {
            return Err(Stop::Skip(format!("{endpoint} gave no answer before")));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Stop::Skip("the time for the whole examination was used up".to_owned()));
        }
        self.seen().doing.clone_from(&endpoint);
        let line = self.redacted(&ask.line());
        let reason = match timeout(self.budget.min(left), self.exchange(ask, &line)).await {
            Ok(Ok(exchange)) => {
                if !ask.browser {
                    self.note_redirect(&exchange);
                }
                return Ok(exchange);
            }
            Ok(Err(error)) if ask.fragile && !error.is_connect() => return Err(Stop::Skip(reason(&error))),
            Ok(Err(error)) => reason(&error),
            Err(_) => format!("no answer within {} s", self.budget.min(left).as_secs_f32()),
        };
        let slow = reason.starts_with("no answer within");
        let mut seen = self.seen();
        seen.silences.push(Silence { request: line, reason: reason.clone(), slow });
        seen.dead.push(endpoint.clone());
        Err(Stop::Skip(format!("{endpoint}: {reason}")))
    }

    async fn exchange(&self, ask: &Ask, line: &str) -> Result<Exchange, reqwest::Error> {
        let http = if ask.fragile { &self.fresh } else { &self.http };
        let request = http.request(ask.method.clone(), ask.url.clone()).headers(ask.headers.clone());
        let mut response = request.body(ask.body.clone()).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        // An event stream may stay open: its first message is all that is needed.
        let endless =
            headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY || (endless && is_message(&body)) {
                break;
            }
        }
        let (request, url) = (line.to_owned(), ask.url.clone());
        Ok(Exchange { request, url, status, headers, body: body.freeze() })
    }

    /// Remembers a redirect of an endpoint that is not for browsers.
    fn note_redirect(&self, exchange: &Exchange) {
        if let Some(location) = exchange.location()
            && exchange.status.is_redirection()
        {
            self.seen().redirects.push((exchange.request.clone(), location.to_owned()));
        }
    }

    /// Requests that got no answer.
    pub fn silences(&self) -> Vec<Silence> {
        self.seen().silences.clone()
    }

    /// Redirects of endpoints that are not for browsers: the request, and where it should go.
    pub fn redirects(&self) -> Vec<(String, String)> {
        self.seen().redirects.clone()
    }

    /// Whether the time for everything is used up.
    pub fn is_out_of_time(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// What is asked right now, for a person who waits.
    pub fn doing(&self) -> String {
        self.redacted(&self.seen().doing.clone())
    }

    /// Makes known what no report may show.
    pub fn keep_secret(&self, secret: &str) {
        // A shorter one would blot out ordinary words, and no key or token is so short.
        if secret.len() >= 6 {
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let mut seen = self.seen();
            for secret in [secret.to_owned(), encoded] {
                if !seen.secrets.contains(&secret) {
                    seen.secrets.push(secret);
                }
            }
            // A secret that begins with another one goes first, or its end would show.
            seen.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// The text without secrets and without anything that a terminal would act upon.
    pub fn redacted(&self, text: &str) -> String {
        let seen = self.seen();
        let text = seen.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[secret]"));
        text.chars().map(|c| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c }).collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a stream has brought a whole JSON-RPC message.
fn is_message(body: &[u8]) -> bool {
    body.ends_with(b"\n\n") && body.windows(9).any(|part| part == b"\"jsonrpc\"")
}

/// Characters that turn the direction of what follows.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The innermost cause: it says most, and names no URL.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let what = if error.is_connect() { "no connection" } else { "the answer broke off" };
    format!("{what}: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_terminal_sequences_are_not_shown() {
        let prober = Prober::new(Duration::from_secs(1), Duration::from_secs(1), true).unwrap();
        prober.keep_secret("sk/abc+def");
        prober.keep_secret("sk/abc+def-and-more");
        prober.keep_secret("tiny");
        let text = "GET /?k=sk%2Fabc%2Bdef \u{1b}[2J sk/abc+def sk/abc+def-and-more tiny\u{202e}";
        assert_eq!(prober.redacted(text), "GET /?k=[secret] \u{fffd}[2J [secret] [secret] tiny\u{fffd}");
    }
}
