//! From an input to a request, and the pieces of requests and answers read without the crate's own parsers: what one
//! of those gets wrong must not be wrong here, too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;

/// What every form has that a browser or a client sends.
pub(crate) const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

/// A request before it is sent.
#[derive(Debug)]
pub(crate) struct Post {
    path: &'static str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Post {
    /// Lines of headers up to an empty line, then the body. The headers are added to the usual ones: `-name` takes one
    /// of those away, and `Basic user:password` is the header that this makes.
    pub(crate) fn new(path: &'static str, usual: &[(&'static str, &str)], text: &[u8]) -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in usual {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            if line.is_empty() {
                break;
            }
            add(&mut headers, line);
        }
        Self { path, headers, body: rest.to_vec() }
    }

    pub(crate) fn request(&self) -> Request<Full<Bytes>> {
        let body = Full::new(Bytes::from(self.body.clone()));
        let mut request = Request::builder().method(Method::POST).uri(self.path).body(body).unwrap();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// The one value of a parameter; none where there is no value or several.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        one(&pairs(&self.body), name)
    }

    /// Who says to be asking: in the header, or in the form.
    pub(crate) fn client(&self) -> Option<String> {
        let basic = self.headers.get("authorization").and_then(|value| {
            let encoded = value.to_str().ok()?.trim().split_once(' ')?.1.trim();
            let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
            let id = decoded.split(':').next()?.to_owned();
            String::from_utf8(decode(id.as_bytes(), false)).ok()
        });
        basic.or_else(|| self.field("client_id"))
    }
}

fn add(headers: &mut HeaderMap, line: &[u8]) {
    if let Some(name) = line.strip_prefix(b"-") {
        if let Ok(name) = HeaderName::from_bytes(name) {
            headers.remove(name);
        }
        return;
    }
    if let Some(credentials) = line.strip_prefix(b"Basic ") {
        let value = format!("Basic {}", STANDARD.encode(credentials));
        headers.append("authorization", HeaderValue::from_str(&value).unwrap());
        return;
    }
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
    let name = HeaderName::from_bytes(&line[..colon]);
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
    if let (Ok(name), Ok(value)) = (name, value) {
        headers.append(name, value);
    }
}

/// The parameters of a query or a form, those without a value left out.
pub(crate) fn pairs(text: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let parts = text.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let at = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
            (decode(&part[..at], true), decode(part.get(at + 1..).unwrap_or_default(), true))
        })
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The names in a query or a form, those without a value included.
pub(crate) fn names(text: &[u8]) -> Vec<String> {
    let parts = text.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    // What is no text is the same as any other of its length, as far as names go.
    parts
        .map(|part| decode(part.split(|byte| *byte == b'=').next().unwrap_or_default(), true))
        .map(|name| String::from_utf8_lossy(&name).into_owned())
        .collect()
}

/// The values of a parameter.
pub(crate) fn values<'a>(pairs: &'a [(Vec<u8>, Vec<u8>)], name: &str) -> Vec<&'a [u8]> {
    pairs.iter().filter(|(other, _)| other == name.as_bytes()).map(|(_, value)| value.as_slice()).collect()
}

/// The value of a parameter that is there once, as text.
pub(crate) fn one(pairs: &[(Vec<u8>, Vec<u8>)], name: &str) -> Option<String> {
    match values(pairs, name)[..] {
        [value] => String::from_utf8(value.to_vec()).ok(),
        _ => None,
    }
}

/// Percent-decoded; `plus`: where a `+` is a space.
pub(crate) fn decode(text: &[u8], plus: bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        match rest {
            [] => return decoded,
            [b'%', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap();
                decoded.push(u8::from_str_radix(digits, 16).unwrap());
                rest = after;
            }
            [b'+', after @ ..] if plus => {
                decoded.push(b' ');
                rest = after;
            }
            [byte, after @ ..] => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
}

/// The text with everything encoded that could mean something in a form.
pub(crate) fn encode(text: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(*byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A form of these pairs.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", encode(value.as_bytes()))).collect();
    pairs.join("&")
}

/// The lines of an input, the first `count` of them apart from the rest.
pub(crate) fn lines<const N: usize>(input: &[u8]) -> ([&[u8]; N], &[u8]) {
    let mut rest = input;
    let lines = std::array::from_fn(|_| {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        line
    });
    (lines, rest)
}

/// The requests of an input, with `%%` on a line of its own between them.
pub(crate) fn split(input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = input;
    while let Some(at) = rest.windows(4).position(|window| window == b"\n%%\n") {
        parts.push(&rest[..at]);
        rest = &rest[at + 4..];
    }
    parts.push(rest);
    parts
}
