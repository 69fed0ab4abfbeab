//! Requests to answers: the table of paths, methods and the choice between HTML and Markdown.

use crate::content::{LandingContent, LandingError};
use crate::document::Document;
use crate::negotiate::{prefers_json, prefers_markdown};
use crate::page::Site;
use crate::status::{self, Status};
use crate::{connect, machine, page, registry};
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use serde_json::json;
use std::sync::OnceLock;

/// The public pages. Share it in an `Arc`.
#[derive(Debug)]
pub struct Landing {
    mount: String,
    html: Later,
    markdown: Later,
    hint: Bytes,
    status: Status,
    others: Vec<(&'static str, Later)>,
    content: LandingContent,
    base: String,
    https: bool,
    local: bool,
}

impl Landing {
    /// Checks the content.
    ///
    /// # Errors
    /// A URL that is not absolute `http(s)`, or a security contact of more than one line.
    pub fn new(mut content: LandingContent) -> Result<Self, LandingError> {
        let public = absolute("public_url", &content.public_url)?;
        absolute("mcp_url", &content.mcp_url)?;
        if let Some(url) = &content.sse_url {
            absolute("sse_url", url)?;
        }
        content.public_url.truncate(trimmed(&content.public_url).len());
        let base = trimmed(public.path());
        let site = Site {
            content: &content,
            base,
            https: public.scheme_str() == Some("https"),
            local: public.host().is_some_and(is_loopback),
        };
        let mut others = vec![
            (TOOLS, Later::new(page::tools)),
            ("/privacy", Later::new(page::privacy)),
            ("/llms.txt", Later::new(machine::llms_txt)),
            ("/tools.json", Later::new(machine::tools_json)),
            ("/server.json", Later::new(registry::server_json)),
            ("/robots.txt", Later::new(|site| Ok(machine::robots_txt(site)))),
        ];
        if content.security.is_some() {
            // For what is wrong with it.
            machine::security_txt(&site)?;
            others.push(("/.well-known/security.txt", Later::new(machine::security_txt)));
        }
        Ok(Self {
            mount: trimmed(content.mount.as_deref().unwrap_or(base)).to_owned(),
            html: Later::new(|site| page::landing(site).map(varying)),
            markdown: Later::new(|site| machine::markdown(site).map(varying)),
            hint: hint(&content),
            status: Status::new(&site),
            others,
            base: base.to_owned(),
            https: site.https,
            local: site.local,
            content,
        })
    }

    /// Whether `path` (with the mount prefix) is answered here, by whatever method.
    pub fn owns(&self, path: &str) -> bool {
        path.strip_prefix(&self.mount).is_some_and(|path| self.owns_below(path))
    }

    fn owns_below(&self, path: &str) -> bool {
        matches!(path, "" | "/" | CONNECT | status::PATH) || self.others.iter().any(|(own, _)| *own == path)
    }

    /// Answers a request for one of the public pages; `None` when the path is not one of them.
    ///
    /// Methods other than `GET` and `HEAD` are refused with 405. At `/` that answer names the MCP endpoint,
    /// because a client that was given the landing page's address posts there.
    pub fn handle<B>(&self, request: &Request<B>) -> Option<Response<Bytes>> {
        let path = request.uri().path().strip_prefix(&self.mount)?;
        let root = matches!(path, "" | "/");
        if !self.owns_below(path) {
            return None;
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Some(refuse_method(if root {
                self.hint.clone()
            } else {
                Bytes::from_static(WRONG_METHOD)
            }));
        }
        Some(match path {
            CONNECT => self.connect(request),
            status::PATH => self.status.respond(request.method()),
            _ if root && prefers_markdown(request.headers()) => self.markdown.answer(&self.site(), request),
            _ if root => self.html.answer(&self.site(), request),
            _ => self.others.iter().find(|(own, _)| *own == path)?.1.answer(&self.site(), request),
        })
    }

    fn site(&self) -> Site<'_> {
        Site { content: &self.content, base: &self.base, https: self.https, local: self.local }
    }

    /// The steps for the address that the query asks for.
    fn connect<B>(&self, request: &Request<B>) -> Response<Bytes> {
        let (site, query) = (self.site(), request.uri().query().unwrap_or_default());
        let document = if prefers_json(request.headers()) {
            connect::json(&site, query)
        } else {
            connect::page(&site, query)
        };
        document.map_or_else(|error| failed(&error), |document| varying(document).answer(request))
    }
}

/// A page that is rendered for the first who asks for it: of a server for programs nobody may ever look at one.
#[derive(Debug)]
struct Later {
    make: fn(&Site<'_>) -> Result<Document, LandingError>,
    made: OnceLock<Document>,
}

impl Later {
    fn new(make: fn(&Site<'_>) -> Result<Document, LandingError>) -> Self {
        Self { make, made: OnceLock::new() }
    }

    fn answer<B>(&self, site: &Site<'_>, request: &Request<B>) -> Response<Bytes> {
        if let Some(page) = self.made.get() {
            return page.answer(request);
        }
        match (self.make)(site) {
            Ok(page) => self.made.get_or_init(|| page).answer(request),
            Err(error) => failed(&error),
        }
    }
}

/// There is another form of it, and `Accept` decides.
fn varying(document: Document) -> Document {
    document.with(header::VARY, HeaderValue::from_static("Accept"))
}

/// A page could not be rendered from content that was checked: a bug, and one that tells nothing.
fn failed(error: &LandingError) -> Response<Bytes> {
    let body = json!({ "error": "server_error", "message": error.to_string() });
    json_refusal(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from(body.to_string()))
}

/// Path of every tool in full.
const TOOLS: &str = "/tools";
/// Path of the steps for a narrower address.
const CONNECT: &str = "/connect";

const WRONG_METHOD: &[u8] = br#"{"error":"method_not_allowed","message":"This is a page: GET or HEAD it."}"#;

fn hint(content: &LandingContent) -> Bytes {
    let message = format!(
        "This is the landing page. The MCP endpoint is {}: point your client there.",
        content.mcp_url
    );
    let body = json!({ "error": "method_not_allowed", "message": message, "mcp_endpoint": content.mcp_url });
    Bytes::from(body.to_string())
}

fn refuse_method(body: Bytes) -> Response<Bytes> {
    let mut response = json_refusal(StatusCode::METHOD_NOT_ALLOWED, body);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn json_refusal(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A client in a browser must be able to read the hint.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_LENGTH, length);
    response
}

fn absolute(field: &'static str, value: &str) -> Result<Uri, LandingError> {
    let refuse = || LandingError::Url { field, value: value.to_owned() };
    let uri: Uri = value.parse().map_err(|_| refuse())?;
    let usable = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.query().is_none()
        && !value.contains(['#', '@']);
    if usable { Ok(uri) } else { Err(refuse()) }
}

fn trimmed(url: &str) -> &str {
    url.trim_end_matches('/')
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
