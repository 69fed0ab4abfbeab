//! The headers that every HTML answer carries, errors included.
//!
//! One function writes them all, so that no page can forget one. The values follow the MCP security best
//! practices, RFC 6797 (HSTS) and the CSP Level 3 rules; each choice that looks odd has its reason beside it.

use crate::page::{Page, render};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};

/// Everything from this origin, nothing inline, nothing else at all.
///
/// There is no `form-action`: Chromium applies it to the whole redirect chain behind a form's answer, which
/// kills the way back to an OAuth client, and `default-src` does not cover it.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The same for a page whose script asks this server for data.
const WITH_FETCHES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// What the header set depends on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeaderPolicy {
    /// Visitors come over https: send HSTS. On plain http the header would be ignored (RFC 6797 section 7.2).
    pub https: bool,
    /// Search engines may list the page and browsers may keep it.
    pub indexed: bool,
    /// The page's script asks this server for data.
    pub fetches: bool,
}

/// Writes the security and caching headers of an HTML page, replacing what was there.
///
/// `Cross-Origin-Opener-Policy` is absent on purpose: clients open the consent page as a popup and need their
/// opener later. `Referrer-Policy` is `same-origin` and not `no-referrer`, under which browsers send
/// `Origin: null` with the form, and the form's origin check would refuse its own page.
pub fn security_headers(headers: &mut HeaderMap, policy: HeaderPolicy) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    let policies = if policy.fetches { WITH_FETCHES } else { CONTENT_SECURITY_POLICY };
    set(header::CONTENT_SECURITY_POLICY, policies);
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if policy.indexed {
        set(header::CACHE_CONTROL, "no-cache");
    } else {
        set(header::CACHE_CONTROL, "no-store");
        set(HeaderName::from_static("x-robots-tag"), "noindex");
    }
    if policy.https {
        // Not for subdomains: under a path prefix the domain is not ours to speak for.
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// A rendered page as a complete response.
pub fn html_response(status: StatusCode, page: &Page<'_>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(render(page)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    security_headers(
        headers,
        HeaderPolicy { https: page.https, indexed: page.indexed, fetches: page.fetches },
    );
    response
}
