//! CORS for the MCP endpoints, so that clients inside a browser can use them. No credentials mode: the bearer
//! token or key is in a header that a page must set itself.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
};
use http::{HeaderMap, HeaderValue};

use crate::adapters::callers::API_KEY;

const HEADERS: &str = "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, \
                       mcp-session-id, last-event-id";

/// Adds the headers that let any page read the answer.
pub(super) fn allow(response: &mut HeaderMap) {
    response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "www-authenticate, mcp-session-id, retry-after, ratelimit, ratelimit-policy, x-request-id",
        ),
    );
}

/// The same, and those that let it ask, `keys` in a header among them where they are taken.
pub(super) fn allow_to_ask(request: &HeaderMap, response: &mut HeaderMap, keys: bool) {
    allow(response);
    response.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, DELETE, OPTIONS"));
    response.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    // `Mcp-Param-*` headers are named by the tools, so they are allowed as asked for.
    let asked =
        request.get(ACCESS_CONTROL_REQUEST_HEADERS).and_then(|value| value.to_str().ok()).unwrap_or("");
    let parameters = asked
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| name.starts_with("mcp-param-") && name.bytes().all(is_token));
    let key = keys.then(|| API_KEY.as_str().to_owned());
    let allowed =
        std::iter::once(HEADERS.to_owned()).chain(key).chain(parameters).collect::<Vec<_>>().join(", ");
    if let Ok(value) = HeaderValue::from_str(&allowed) {
        response.insert(ACCESS_CONTROL_ALLOW_HEADERS, value);
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_allowed_as_asked_for() {
        let (mut request, mut response) = (HeaderMap::new(), HeaderMap::new());
        request.insert(
            ACCESS_CONTROL_REQUEST_HEADERS,
            HeaderValue::from_static("authorization, Mcp-Param-Region, x-evil, mcp-param-<b>"),
        );
        for (keys, expected) in [
            (false, "last-event-id, mcp-param-region"),
            (true, "last-event-id, x-openphone-api-key, mcp-param-region"),
        ] {
            allow_to_ask(&request, &mut response, keys);
            let allowed = response[ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
            assert!(allowed.ends_with(expected), "{allowed}");
        }
    }
}
