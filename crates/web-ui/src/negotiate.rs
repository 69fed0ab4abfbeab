//! What a client prefers: weights in `Accept` and `Accept-Encoding` (RFC 9110 sections 12.4.2 and 12.5).

use http::HeaderMap;
use http::header::{self, HeaderName};

/// Whether the client takes gzip. Naming nothing means no: the standard would allow it, old scripts would not.
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    weight(headers, header::ACCEPT_ENCODING, &["gzip", "x-gzip"])
        .or_else(|| weight(headers, header::ACCEPT_ENCODING, &["*"]))
        .is_some_and(|weight| weight > 0)
}

/// The greatest weight in thousandths that a list gives to one of `names`; `None` when it names none of them.
pub fn weight(headers: &HeaderMap, header: HeaderName, names: &[&str]) -> Option<u16> {
    headers
        .get_all(header)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter(|item| names.iter().any(|name| item_name(item).eq_ignore_ascii_case(name)))
        .map(quality)
        .max()
}

fn item_name(item: &str) -> &str {
    item.split(';').next().unwrap_or_default().trim()
}

/// The weight in thousandths; 1000 when absent, 0 when it cannot be read.
fn quality(item: &str) -> u16 {
    let weight = item.split(';').skip(1).find_map(|parameter| {
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
    use super::accepts_gzip;
    use http::{HeaderMap, HeaderValue, header};

    #[test]
    fn encodings() {
        for (accept, gzip) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("*", true),
            ("identity, *;q=0.1", true),
            ("gzip;q=0, *", false),
            ("gzip;q=0.000", false),
            ("gzip;q=nonsense", false),
            ("br", false),
            ("*;q=0", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(accepts_gzip(&headers), gzip, "{accept}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
