//! A deliberately broken server: the real one, with one fault at a time between it and its clients.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use clap::Parser;
use http::header::{HeaderName, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mcp_server::app::App;
use mcp_server::args::{Cli, Command};
use mcp_server::config::Settings;
use openphone_sandbox::{RunningSandbox, Sandbox};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// What a client asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub method: Method,
    pub path: String,
    /// Of the query, or of the form when there is none.
    pub pairs: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    in_query: bool,
}

impl Asked {
    /// Whether it is this method and path.
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// A parameter's first value; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// A header; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Sets a parameter, once.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.pairs.retain(|(other, _)| other != name);
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// What a client is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Nothing is answered, and the connection stays open.
    pub hangs: bool,
    /// Nothing is answered, and the connection is closed.
    pub closes: bool,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Changes the document in the body, when there is one.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        let mut document = self.json();
        if document.is_object() {
            change(&mut document);
            self.body = document.to_string().into_bytes();
        }
    }

    /// A header; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned()
    }

    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }

    pub(crate) fn drop(&mut self, name: &str) {
        self.headers.remove(name);
    }

    /// Changes a header, when it is there.
    pub(crate) fn change(&mut self, name: &'static str, change: impl FnOnce(String) -> String) {
        if self.headers.contains_key(name) {
            let value = change(self.header(name));
            self.set(name, &value);
        }
    }

    /// Changes the challenge.
    pub(crate) fn challenge(&mut self, change: impl FnOnce(String) -> String) {
        self.change("www-authenticate", change);
    }

    /// Becomes a page, with the headers that it has.
    pub(crate) fn page(&mut self, status: u16) {
        self.status = status;
        self.set("content-type", "text/html; charset=utf-8");
        self.drop("location");
        self.body = b"<!doctype html><title>A page</title><p>Something.".to_vec();
    }

    /// Becomes a document, with the headers that it has.
    pub(crate) fn document(&mut self, status: u16, document: &Value) {
        self.status = status;
        self.set("content-type", "application/json");
        self.body = document.to_string().into_bytes();
    }

    /// Becomes a redirect.
    pub(crate) fn redirect(&mut self, status: u16, location: &str) {
        self.status = status;
        self.headers.insert(LOCATION, HeaderValue::from_str(location).unwrap());
        self.body.clear();
    }
}

type Ask = Box<dyn Fn(&mut Asked) + Send + Sync>;
type Change = Box<dyn Fn(&Asked, &mut Answer) + Send + Sync>;

/// One thing that is wrong, and the checks that must notice.
pub(crate) struct Fault {
    pub name: String,
    /// The checks that fail, and no others.
    pub fails: Vec<&'static str>,
    /// The checks that cannot run any more; `None`: whatever they are.
    pub skips: Option<Vec<&'static str>>,
    /// Whether it shows only in a login.
    pub needs_key: bool,
    ask: Ask,
    change: Change,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Fault {
    /// A server that answers wrongly.
    pub(crate) fn new(
        name: &str,
        fails: &[&'static str],
        change: impl Fn(&Asked, &mut Answer) + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            fails: fails.to_vec(),
            skips: Some(Vec::new()),
            needs_key: false,
            ask: Box::new(|_| {}),
            change: Box::new(change),
        }
    }

    /// A server that takes what it should not, as if it had been asked for something else.
    pub(crate) fn lenient(
        name: &str,
        fails: &[&'static str],
        ask: impl Fn(&mut Asked) + Send + Sync + 'static,
    ) -> Self {
        Self { ask: Box::new(ask), ..Self::new(name, fails, |_, _| {}) }
    }

    /// And that answers wrongly, too.
    pub(crate) fn and(mut self, change: impl Fn(&Asked, &mut Answer) + Send + Sync + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// Changes an answer, as part of another fault.
    pub(crate) fn apply(&self, asked: &Asked, answer: &mut Answer) {
        (self.change)(asked, answer);
    }

    /// Names the checks that cannot run any more.
    pub(crate) fn skipping(mut self, skips: &[&'static str]) -> Self {
        self.skips = Some(skips.to_vec());
        self
    }

    /// After it, much cannot run.
    pub(crate) fn skipping_much(mut self) -> Self {
        self.skips = None;
        self
    }

    /// It shows only in a login.
    pub(crate) fn in_a_login(mut self) -> Self {
        self.needs_key = true;
        self
    }
}

/// The server, and the fault that is on.
pub(crate) struct Broken {
    /// Its origin.
    pub url: String,
    fault: Arc<Mutex<Arc<Fault>>>,
    _sandbox: RunningSandbox,
    _data: tempfile::TempDir,
}

impl Broken {
    /// Starts one with nothing wrong.
    pub(crate) async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start().await.unwrap();
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let folder = data.path().to_str().unwrap();
        let cli = Cli::parse_from(["mcp-server", "serve", "--sandbox", "--data-dir", folder]);
        let Command::Serve(args) = cli.command else { unreachable!("`serve` was typed") };
        let settings = Settings::resolve(&args).unwrap();
        let url = settings.public_url(socket.local_addr().unwrap()).unwrap();
        let upstream = url::Url::parse(&sandbox.base_url()).unwrap();
        let app = Arc::new(App::build(&settings, &url, &upstream, CancellationToken::new()).await.unwrap());
        let fault = Arc::new(Mutex::new(Arc::new(Fault::new("none", &[], |_, _| {}))));
        let switch = Arc::clone(&fault);
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (app, switch) = (Arc::clone(&app), Arc::clone(&switch));
                let service = service_fn(move |request| {
                    let (app, fault) = (Arc::clone(&app), Arc::clone(&switch.lock().unwrap()));
                    async move { answer(&app, &fault, request).await }
                });
                // A client that hangs up is no failure.
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url: url.as_str().to_owned(), fault, _sandbox: sandbox, _data: data }
    }

    /// From now on this is wrong, and nothing else.
    pub(crate) fn switch_on(&self, fault: &Arc<Fault>) {
        *self.fault.lock().unwrap() = Arc::clone(fault);
    }
}

#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl std::error::Error for Closed {}

async fn answer(
    app: &App,
    fault: &Fault,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes().to_vec();
    let query = parts.uri.query().map(str::to_owned);
    let is_form =
        parts.headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let source = match &query {
        Some(query) => query.as_bytes(),
        None if is_form => &body,
        None => b"",
    };
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(source).into_owned().collect();
    let mut asked = Asked {
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers.clone(),
        in_query: query.is_some(),
        pairs,
        body,
    };
    let before = asked.clone();
    (fault.ask)(&mut asked);
    if asked.pairs != before.pairs {
        let encoded =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&asked.pairs).finish();
        if asked.in_query {
            parts.uri = format!("{}?{encoded}", asked.path).parse().unwrap();
        } else {
            asked.body = encoded.into_bytes();
        }
    }
    parts.headers = asked.headers;
    parts.headers.remove("content-length");
    // Faults change what is written in an answer, so that it has to come as it is.
    parts.headers.remove("accept-encoding");
    let response = app.route(Request::from_parts(parts, Full::new(Bytes::from(asked.body)))).await;
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap_or_else(|never: Infallible| match never {}).to_bytes().to_vec();
    let mut answer =
        Answer { status: head.status.as_u16(), headers: head.headers, body, hangs: false, closes: false };
    (fault.change)(&before, &mut answer);
    if answer.closes {
        return Err(Closed);
    }
    if answer.hangs {
        tokio::time::sleep(Duration::from_secs(600)).await;
    }
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap();
    *response.headers_mut() = answer.headers;
    response.headers_mut().remove("content-length");
    Ok(response)
}
