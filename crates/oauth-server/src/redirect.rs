//! Authorization responses: the redirect back to the client (RFC 6749 section 4.1.2, RFC 9207).
//!
//! The target is built by appending to the client's own text, never by writing out a parsed URL, which would
//! add a slash here and lose a dot there.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::redirect_uri::RedirectUri;

/// What is left as it is: the unreserved characters of RFC 3986.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parameters of a response; a client's own query must not hold any of them.
const RESPONSE_PARAMETERS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];

/// The URL of a response with these parameters, and `state` and `iss` once each.
pub(crate) fn response_url(
    uri: &RedirectUri,
    issuer: &str,
    state: Option<&[u8]>,
    parameters: &[(&str, &str)],
) -> String {
    let mut url = without_response_parameters(uri.as_str());
    let mut separator = match url.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let bytes = parameters.iter().map(|(name, value)| (*name, value.as_bytes()));
    let state = state.map(|state| ("state", state));
    for (name, value) in bytes.chain(state).chain([("iss", issuer.as_bytes())]) {
        url.push_str(separator);
        url.push_str(name);
        url.push('=');
        url.extend(percent_encode(value, ENCODED));
        separator = "&";
    }
    url
}

/// 303: the browser comes back with GET and does not post the form again (RFC 9700 section 4.12).
pub(crate) fn see_other(url: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    // Every character is ASCII: the client's part by its check, ours by the encoding.
    if let Ok(location) = HeaderValue::from_str(url) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn without_response_parameters(uri: &str) -> String {
    let Some((path, query)) = uri.split_once('?') else { return uri.to_owned() };
    let is_ours = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy();
        RESPONSE_PARAMETERS.contains(&name.as_ref())
    };
    let pairs: Vec<&str> = query.split('&').collect();
    if !pairs.iter().any(is_ours) {
        return uri.to_owned();
    }
    let kept: Vec<&str> = pairs.into_iter().filter(|pair| !is_ours(pair)).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}
