//! The files that pages load: stylesheet, script, icons. All are compiled in; none comes from elsewhere.
//!
//! Stylesheet and script are served without the comments and indentation of their sources, and compressed for clients
//! that take it. They carry the SHA-256 of their content in their name and may be kept for ever. Icons
//! keep stable names, because clients and bookmarks point at them: kept for a day, then asked again by ETag.

use crate::prepared::{Prepared, hash};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use std::sync::LazyLock;

/// Path of the icon as SVG, any size.
pub const ICON_SVG: &str = "/icon.svg";
/// Path of the icon as PNG, 512 by 512 pixels.
pub const ICON_PNG: &str = "/icon-512.png";

/// A file that pages load.
#[derive(Debug)]
#[non_exhaustive]
pub struct Asset {
    /// Path below the base: `/assets/style-<hash>.css`, or a stable name for icons.
    pub path: String,
    /// Media type.
    pub content_type: &'static str,
    /// The content.
    pub body: Prepared,
    /// The name holds the content's hash, so the answer never changes.
    immutable: bool,
}

/// All files, in the order in which a page would ask for them.
pub fn all() -> &'static [Asset] {
    &FILES.all
}

/// The file at `path` (below the base), if there is one.
pub fn find(path: &str) -> Option<&'static Asset> {
    all().iter().find(|asset| asset.path == path)
}

/// Whether `path` (below the base) belongs to this module, be there such a file or not.
pub fn owns(path: &str) -> bool {
    path.starts_with("/assets/") || find(path).is_some()
}

/// Answers a request for a file: `GET` and `HEAD`, 304 on a matching `If-None-Match`, 404 for a name under
/// `/assets/` that does not exist (any more). `None` when the path is not one of ours.
///
/// `base` is the path prefix under which the server is mounted, `""` at the root.
pub fn handle<B>(request: &Request<B>, base: &str) -> Option<Response<Bytes>> {
    let path = request.uri().path().strip_prefix(base)?;
    if !owns(path) {
        return None;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = empty(StatusCode::METHOD_NOT_ALLOWED);
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(refused);
    }
    let Some(asset) = find(path) else {
        return Some(empty(StatusCode::NOT_FOUND));
    };
    Some(asset.body.answer(request, headers(asset)))
}

fn headers(asset: &Asset) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let (cache, sharing) = if asset.immutable {
        ("public, max-age=31536000, immutable", "same-origin")
    } else {
        // Hosts show a server's icon on their own pages.
        ("public, max-age=86400", "cross-origin")
    };
    for (name, value) in [
        (header::CONTENT_TYPE, asset.content_type),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, cache),
        (HeaderName::from_static("cross-origin-resource-policy"), sharing),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

/// Path of the stylesheet.
pub(crate) fn style() -> &'static str {
    &all()[STYLE].path
}

/// Path of the script.
pub(crate) fn script() -> &'static str {
    &all()[SCRIPT].path
}

const STYLE: usize = 0;
const SCRIPT: usize = 1;

struct Files {
    all: [Asset; 6],
}

static FILES: LazyLock<Files> = LazyLock::new(|| Files {
    all: [
        hashed("style", "css", "text/css; charset=utf-8", lean(include_str!("../assets/style.css"))),
        hashed("app", "js", "text/javascript; charset=utf-8", lean(include_str!("../assets/app.js"))),
        stable(ICON_SVG, "image/svg+xml", include_bytes!("../assets/icon.svg")),
        stable(ICON_PNG, "image/png", include_bytes!("../assets/icon-512.png")),
        stable("/apple-touch-icon.png", "image/png", include_bytes!("../assets/apple-touch-icon.png")),
        stable("/favicon.ico", "image/x-icon", include_bytes!("../assets/favicon.ico")),
    ],
});

fn hashed(name: &str, extension: &str, content_type: &'static str, body: String) -> Asset {
    let path = format!("/assets/{name}-{}.{extension}", hash(body.as_bytes()));
    Asset { path, content_type, body: Prepared::text(body), immutable: true }
}

fn stable(path: &str, content_type: &'static str, body: &'static [u8]) -> Asset {
    Asset { path: path.to_owned(), content_type, body: Prepared::binary(body), immutable: false }
}

/// Without indentation, empty lines and comments. Comments stand on lines of their own in our files, and no string of
/// theirs spans lines: the tests look.
fn lean(source: &str) -> String {
    let mut lean = String::with_capacity(source.len());
    let mut comment = false;
    for line in source.lines().map(str::trim) {
        let opens = line.starts_with("/*");
        if !(comment || opens || line.is_empty() || line.starts_with("//")) {
            lean.push_str(line);
            lean.push('\n');
        }
        comment = (comment || opens) && !line.ends_with("*/");
    }
    lean
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
