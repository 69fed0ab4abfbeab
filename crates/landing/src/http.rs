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

/// The public pages, rendered. Share it in an `Arc`.
#[derive(Debug)]
pub struct Landing {
    mount: String,
    html: Document,
    markdown: Document,
    hint: Bytes,
    status: Status,
    others: Vec<(&'static str, Document)>,
    tools: OnceLock<Document>,
    content: LandingContent,
    base: String,
    https: bool,
    local: bool,
}

impl Landing {
    /// Checks the content and renders everything.
    ///
    /// # Errors
    /// A URL that is not absolute `http(s)`, or a security contact of more than one line.
    pub fn new(content: &LandingContent) -> Result<Self, LandingError> {
        let public = absolute("public_url", &content.public_url)?;
        absolute("mcp_url", &content.mcp_url)?;
        if let Some(url) = &content.sse_url {
            absolute("sse_url", url)?;
        }
        let content =
            LandingContent { public_url: trimmed(&content.public_url).to_owned(), ..content.clone() };
        let base = trimmed(public.path());
        let site = Site {
            content: &content,
            base,
            https: public.scheme_str() == Some("https"),
            local: public.host().is_some_and(is_loopback),
        };
        let varies = |document: Document| document.with(header::VARY, HeaderValue::from_static("Accept"));
        let mut others = vec![
            ("/privacy", page::privacy(&site)?),
            ("/llms.txt", machine::llms_txt(&site)?),
            ("/tools.json", machine::tools_json(&site)?),
            ("/server.json", registry::server_json(&site)?),
            ("/robots.txt", machine::robots_txt(&site)),
        ];
        if let Some(security) = &content.security {
            others.push(("/.well-known/security.txt", machine::security_txt(&site, security)?));
        }
        Ok(Self {
            mount: trimmed(content.mount.as_deref().unwrap_or(base)).to_owned(),
            html: varies(page::landing(&site)?),
            markdown: varies(machine::markdown(&site)?),
            hint: hint(&content),
            status: Status::new(&site),
            tools: OnceLock::new(),
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
        matches!(path, "" | "/" | CONNECT | TOOLS | status::PATH)
            || self.others.iter().any(|(own, _)| *own == path)
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
            TOOLS => self.tools(request),
            status::PATH => self.status.respond(request.method()),
            _ if root && prefers_markdown(request.headers()) => self.markdown.answer(request),
            _ if root => self.html.answer(request),
            _ => self.others.iter().find(|(own, _)| *own == path)?.1.answer(request),
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
        let varying = |document: Document| document.with(header::VARY, HeaderValue::from_static("Accept"));
        document.map_or_else(|error| failed(&error), |document| varying(document).answer(request))
    }

    /// The longest page, which few ask for: rendered for the first of them.
    fn tools<B>(&self, request: &Request<B>) -> Response<Bytes> {
        if let Some(page) = self.tools.get() {
            return page.answer(request);
        }
        match page::tools(&self.site()) {
            Ok(page) => self.tools.get_or_init(|| page).answer(request),
            Err(error) => failed(&error),
        }
    }
}

/// A page could not be rendered from content that others were rendered from: a bug, and one that tells nothing.
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
