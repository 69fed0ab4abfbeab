//! Requests to answers: the table of paths, methods and the choice between HTML and Markdown.

use crate::content::{LandingContent, LandingError};
use crate::document::Document;
use crate::negotiate::{prefers_json, prefers_markdown};
use crate::page::Site;
use crate::{connect, machine, page};
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use serde_json::json;

/// The public pages, rendered. Share it in an `Arc`.
#[derive(Debug)]
pub struct Landing {
    mount: String,
    html: Document,
    markdown: Document,
    hint: Bytes,
    others: Vec<(&'static str, Document)>,
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
        let content = LandingContent { public_url: trimmed(&content.public_url).to_owned(), ..content.clone() };
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
            others,
            base: base.to_owned(),
            https: site.https,
            local: site.local,
            content,
        })
    }

    /// Whether `path` (with the mount prefix) is answered here, by whatever method.
    pub fn owns(&self, path: &str) -> bool {
        match path.strip_prefix(&self.mount) {
            Some("" | "/" | CONNECT) => true,
            Some(path) => self.others.iter().any(|(own, _)| *own == path),
            None => false,
        }
    }

    /// Answers a request for one of the public pages; `None` when the path is not one of them.
    ///
    /// Methods other than `GET` and `HEAD` are refused with 405. At `/` that answer names the MCP endpoint,
    /// because a client that was given the landing page's address posts there.
    pub fn handle<B>(&self, request: &Request<B>) -> Option<Response<Bytes>> {
        let path = request.uri().path().strip_prefix(&self.mount)?;
        let root = matches!(path, "" | "/");
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if path == CONNECT && reads {
            return Some(self.connect(request));
        }
        let document = if path == CONNECT {
            &self.html
        } else if !root {
            self.others.iter().find(|(own, _)| *own == path).map(|(_, document)| document)?
        } else if prefers_markdown(request.headers()) {
            &self.markdown
        } else {
            &self.html
        };
        if reads {
            return Some(document.answer(request));
        }
        Some(refuse_method(if root { self.hint.clone() } else { Bytes::from_static(WRONG_METHOD) }))
    }

    /// The steps for the address that the query asks for.
    fn connect<B>(&self, request: &Request<B>) -> Response<Bytes> {
        let site =
            Site { content: &self.content, base: &self.base, https: self.https, local: self.local };
        let query = request.uri().query().unwrap_or_default();
        let document = if prefers_json(request.headers()) {
            connect::json(&site, query)
        } else {
            connect::page(&site, query)
        };
        match document {
            Ok(document) => document.with(header::VARY, HeaderValue::from_static("Accept")).answer(request),
            Err(error) => {
                // The templates render at start with every text that the content has, so this is a bug.
                let mut response = Response::new(Bytes::from(error.to_string()));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }
}

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
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ALLOW, "GET, HEAD"),
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
