//! Markdown or HTML: which one `Accept` prefers (RFC 9110 section 12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;

/// Whether the client asks for Markdown at least as much as for HTML. Naming nothing means HTML.
pub(crate) fn prefers_markdown(headers: &HeaderMap) -> bool {
    let accept: Vec<&str> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let named = |names: &[&str]| {
        accept
            .iter()
            .filter(|range| names.iter().any(|name| media_type(range).eq_ignore_ascii_case(name)))
            .map(|range| quality(range))
            .max()
    };
    let Some(markdown) = named(&["text/markdown", "text/x-markdown"]) else { return false };
    // A wildcard beside a named type says "or whatever there is", so it does not compete.
    markdown > 0 && markdown >= named(&["text/html", "application/xhtml+xml"]).unwrap_or(0)
}

fn media_type(range: &str) -> &str {
    range.split(';').next().unwrap_or_default().trim()
}

/// The weight in thousandths; 1000 when absent, 0 when it cannot be read.
fn quality(range: &str) -> u16 {
    let weight = range.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    match weight {
        None => 1000,
        Some("1") => 1000,
        Some("0") => 0,
        Some(value) => {
            let Some((whole, fraction)) = value.split_once('.') else { return 0 };
            if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return 0;
            }
            let thousandths = format!("{fraction:0<3}").parse().unwrap_or(0);
            match whole {
                "0" => thousandths,
                "1" if thousandths == 0 => 1000,
                _ => 0,
            }
        }
    }
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
