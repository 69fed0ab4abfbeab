//! `Host` and `Origin`: may this request come from where it comes from? (`http.origin.validate`, DNS rebinding)
//!
//! Browsers attach `Origin` to every cross-site POST and cannot forge it; `Host` is what a rebound name cannot hide.
//! Other clients send no `Origin`, and pass.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Uri};

use crate::error::RpcError;
use crate::transport::options::HttpOptions;

/// Checks both.
///
/// # Errors
/// The body of the 403.
pub(super) fn check(options: &HttpOptions, uri: &Uri, headers: &HeaderMap) -> Result<(), RpcError> {
    let host = host(uri, headers);
    if !options.any_host && !host.is_some_and(|host| is_allowed_host(options, host)) {
        return Err(RpcError::invalid_request("This host is not served here"));
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else {
        return if headers.contains_key(ORIGIN) { Err(foreign()) } else { Ok(()) };
    };
    let allowed = origin.to_str().is_ok_and(|origin| is_allowed_origin(options, host, origin));
    if allowed { Ok(()) } else { Err(foreign()) }
}

fn foreign() -> RpcError {
    RpcError::invalid_request("Pages of this origin may not call this server")
}

/// The authority asked for: of the request target (HTTP/2, or the absolute form), else of the one `Host` header.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    if let Some(authority) = uri.authority() {
        return Some(authority.as_str());
    }
    let mut values = headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (Some(host), None) => host.to_str().ok(),
        _ => None,
    }
}

fn is_allowed_host(options: &HttpOptions, host: &str) -> bool {
    is_loopback(host)
        || options.hosts.iter().any(|allowed| {
            allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(without_port(host))
        })
}

fn is_allowed_origin(options: &HttpOptions, host: Option<&str>, origin: &str) -> bool {
    if options.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let (Some(authority), Some(host)) = (authority, host) else { return false };
    // The page's own host, which only counts where the host itself is checked, or loopback to loopback.
    (!options.any_host && authority.eq_ignore_ascii_case(host))
        || (is_loopback(authority) && is_loopback(host))
}

fn is_loopback(authority: &str) -> bool {
    let name = without_port(authority);
    name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]"
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}
