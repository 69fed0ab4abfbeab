//! A body that never changes while the process runs: its entity tags, and its gzip form, made once when first asked for.
//!
//! Answers follow RFC 9110: `ETag` and `If-None-Match` (sections 8.8.3 and 13.1.2), `Accept-Encoding` and `Vary` (sections
//! 12.5.3 and 12.5.5).
//!
//! A compressed page that holds a secret beside what a stranger wrote tells the secret by its length, to whoever can have it
//! made again and again. So only what is the same for everybody is [`Prepared`], and only pages without anybody's data are
//! [`compressed`].

use crate::negotiate::accepts_gzip;
use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::Write;
use std::sync::OnceLock;

/// Shorter bodies fit into the first packet as they are.
const WORTH_COMPRESSING: usize = 512;

/// A body with everything that answering takes.
pub struct Prepared {
    plain: Bytes,
    etag: String,
    /// The form for clients that take gzip; `None` when it saves nothing.
    gzip: OnceLock<Option<Bytes>>,
}

impl Prepared {
    /// A body that may be compressed: texts.
    pub fn text(body: impl Into<Bytes>) -> Self {
        Self::new(body.into(), OnceLock::new())
    }

    /// A body that is sent as it is: images, which are compressed already.
    pub fn binary(body: impl Into<Bytes>) -> Self {
        Self::new(body.into(), OnceLock::from(None))
    }

    fn new(plain: Bytes, gzip: OnceLock<Option<Bytes>>) -> Self {
        Self { etag: etag(&plain), plain, gzip }
    }

    /// The body as it is.
    pub fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// The strong entity tag of the body as it is, quotes included.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// Answers `GET` and `HEAD` with these headers and those of the body: 200, or 304 when `If-None-Match` names it.
    pub fn answer<B>(&self, request: &Request<B>, mut headers: HeaderMap) -> Response<Bytes> {
        let gzip = self.gzip().filter(|_| accepts_gzip(request.headers()));
        let etag = match gzip {
            // The two forms differ byte for byte, so their strong tags have to differ as well.
            Some(_) => format!("{}-gzip\"", self.etag.trim_end_matches('"')),
            None => self.etag.clone(),
        };
        if let Ok(value) = HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, value);
        }
        if self.gzip().is_some() {
            headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        let mut response = Response::new(Bytes::new());
        if matches_etag(request, &etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            headers.remove(header::CONTENT_TYPE);
        } else {
            let body = gzip.unwrap_or(&self.plain);
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            if gzip.is_some() {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            if request.method() != Method::HEAD {
                *response.body_mut() = body.clone();
            }
        }
        *response.headers_mut() = headers;
        response
    }

    fn gzip(&self) -> Option<&Bytes> {
        let compressed = self.gzip.get_or_init(|| {
            compress(&self.plain, Compression::best()).filter(|c| c.len() < self.plain.len())
        });
        compressed.as_ref()
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({} bytes, {})", self.plain.len(), self.etag)
    }
}

/// Whether `If-None-Match` names `etag` (or `*`). Weak and strong tags compare alike, RFC 9110 section 13.1.2.
pub fn matches_etag<B>(request: &Request<B>, etag: &str) -> bool {
    request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// A strong entity tag for a body: quoted hexadecimal of the first 8 bytes of its SHA-256.
pub fn etag(body: &[u8]) -> String {
    format!("\"{}\"", hash(body))
}

/// Hexadecimal of the first 8 bytes of the SHA-256.
pub(crate) fn hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Compresses a page that was made for one request, when the client takes it. Not for pages with data of somebody: see the
/// module.
pub fn compressed(asked: &HeaderMap, mut response: Response<Bytes>) -> Response<Bytes> {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if !accepts_gzip(asked) {
        return response;
    }
    // The default level: the best one takes three times as long for one byte in a hundred.
    let Some(body) = compress(response.body(), Compression::default()) else { return response };
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = body;
    response
}

/// Without a time, so that the same body gives the same bytes.
fn compress(body: &[u8], level: Compression) -> Option<Bytes> {
    if body.len() < WORTH_COMPRESSING {
        return None;
    }
    let mut encoder = GzBuilder::new().write(Vec::with_capacity(body.len() / 4), level);
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
