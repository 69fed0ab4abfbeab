//! HTML, Markdown or JSON: which one `Accept` prefers (RFC 9110 section 12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;
use web_ui::negotiate::weight;

/// Whether the client asks for Markdown at least as much as for HTML. Naming nothing means HTML.
pub(crate) fn prefers_markdown(headers: &HeaderMap) -> bool {
    let Some(markdown) = weight(headers, ACCEPT, &["text/markdown", "text/x-markdown"]) else { return false };
    // A wildcard beside a named type says "or whatever there is", so it does not compete.
    markdown > 0 && markdown >= weight(headers, ACCEPT, &["text/html", "application/xhtml+xml"]).unwrap_or(0)
}

/// Whether the client asks for JSON, and more than for a page. A browser that opens an address does not.
pub(crate) fn prefers_json(headers: &HeaderMap) -> bool {
    let Some(json) = weight(headers, ACCEPT, &["application/json"]) else { return false };
    json > 0 && json > weight(headers, ACCEPT, &["text/html", "application/xhtml+xml"]).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::prefers_markdown;
    use http::{HeaderMap, HeaderValue, header::ACCEPT};

    #[test]
    fn accept_headers() {
        for (accept, markdown) in [
            ("text/markdown", true),
            ("text/markdown, text/html;q=0.9", true),
            ("text/html, text/markdown", true),
            ("text/markdown, */*;q=0.1", true),
            ("TEXT/Markdown; charset=utf-8", true),
            ("text/html,text/markdown;q=0.9", false),
            ("text/markdown;q=0", false),
            ("text/markdown;q=nonsense", false),
            ("text/markdown;q=0.5, text/html;q=0.75", false),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false),
            ("*/*", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(prefers_markdown(&headers), markdown, "{accept}");
        }
        assert!(!prefers_markdown(&HeaderMap::new()));
    }
}
