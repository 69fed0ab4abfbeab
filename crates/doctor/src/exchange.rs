//! A request and its answer, and the sentences about them: each accessor that can disappoint says where.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use url::Url;

use super::check::{Fault, Stop, Verdict};

/// Longest excerpt of what a server sent, in characters.
const EXCERPT: usize = 160;

/// What was asked and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request as a report shows it.
    pub request: String,
    /// Where it went.
    pub url: Url,
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The answer's body, or its beginning.
    pub body: Bytes,
}

impl Exchange {
    /// A failure that shows this line of the answer.
    pub fn fault(&self, line: impl Into<String>, wanted: impl Into<String>) -> Stop {
        let line = excerpt(&line.into());
        Stop::Fault(Box::new(Fault { request: self.request.clone(), line, wanted: wanted.into() }))
    }

    /// A failure that shows the status.
    pub fn bad_status(&self, wanted: impl Into<String>) -> Stop {
        let line = match self.location() {
            Some(location) => format!("{}, location: {location}", self.status_line()),
            None => self.status_line(),
        };
        self.fault(line, wanted)
    }

    /// A failure that shows a header, or that it is missing.
    pub fn bad_header(&self, name: &str, wanted: impl Into<String>) -> Stop {
        self.fault(self.header_line(name), wanted)
    }

    /// Requires one of these statuses.
    pub fn status_is(&self, allowed: &[u16], wanted: &str) -> Verdict {
        if allowed.contains(&self.status.as_u16()) { Ok(()) } else { Err(self.bad_status(wanted)) }
    }

    /// Requires a refusal of the request, 400 to 499.
    pub fn is_refused(&self, wanted: &str) -> Verdict {
        if self.status.is_client_error() { Ok(()) } else { Err(self.bad_status(wanted)) }
    }

    /// Requires a header that satisfies `holds`.
    pub fn header_is(&self, name: &str, wanted: &str, holds: impl Fn(&str) -> bool) -> Verdict {
        if self.header(name).is_some_and(|value| holds(&value)) {
            Ok(())
        } else {
            Err(self.bad_header(name, wanted))
        }
    }

    /// Requires that no copy is kept.
    pub fn is_not_stored(&self) -> Verdict {
        self.header_is("cache-control", "no-store", |value| has_word(value, "no-store"))
    }

    /// A header's values, joined as one.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// A header as a report shows it.
    pub fn header_line(&self, name: &str) -> String {
        match self.header(name) {
            Some(value) => format!("{name}: {value}"),
            None => format!("{}, no {name} header", self.status_line()),
        }
    }

    /// Where it redirects to.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }

    /// Whether it is a page.
    pub fn is_html(&self) -> bool {
        self.has_type("text/html")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, which must be JSON and say so.
    pub fn json(&self) -> Result<Value, Stop> {
        if !self.has_type("application/json") {
            return Err(self.bad_header("content-type", "application/json"));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            self.fault(format!("body: {}", self.text()), format!("a JSON document ({error})"))
        })
    }

    /// A member that must be a text.
    pub fn text_member(&self, document: &Value, name: &str) -> Result<String, Stop> {
        document[name].as_str().map(str::to_owned).ok_or_else(|| self.bad_member(document, name, "a text"))
    }

    /// A failure that shows a member, or that it is missing.
    pub fn bad_member(&self, document: &Value, name: &str, wanted: impl Into<String>) -> Stop {
        let line = match document.get(name) {
            Some(value) => format!("\"{name}\": {value}"),
            None => format!("{}, no member \"{name}\"", self.status_line()),
        };
        self.fault(line, wanted)
    }

    /// Requires a document without null members: schemas of clients refuse them where the member may be absent.
    pub fn has_no_nulls(&self, document: &Value) -> Verdict {
        match null_in(document, "") {
            Some(path) => Err(self.fault(format!("\"{path}\": null"), "the member left out")),
            None => Ok(()),
        }
    }

    /// Requires an OAuth error with one of these codes (RFC 6749 section 5.2).
    pub fn is_oauth_error(&self, statuses: &[u16], codes: &[&str]) -> Verdict {
        let wanted = format!("{} {}", statuses.first().unwrap_or(&400), codes.join(" or "));
        self.status_is(statuses, &wanted)?;
        let document = self.json()?;
        if document["error"].as_str().is_some_and(|code| codes.contains(&code)) {
            return Ok(());
        }
        Err(self.bad_member(&document, "error", wanted))
    }

    fn status_line(&self) -> String {
        format!("HTTP {}", self.status)
    }

    fn has_type(&self, kind: &str) -> bool {
        let essence =
            |value: &str| value.split(';').next().is_some_and(|own| own.trim().eq_ignore_ascii_case(kind));
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(essence)
    }
}

/// Whether a comma-separated list holds a word, in any case.
pub fn has_word(list: &str, word: &str) -> bool {
    list.split(',').any(|item| item.trim().eq_ignore_ascii_case(word))
}

fn excerpt(text: &str) -> String {
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{} …", &flat[..end]),
        None => flat,
    }
}

/// The path of the first null.
fn null_in(value: &Value, path: &str) -> Option<String> {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Null => Some(path.to_owned()),
        Value::Object(members) => members.iter().find_map(|(name, value)| null_in(value, &below(name))),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, value)| null_in(value, &below(&at.to_string())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nulls_are_found_wherever_they_are() {
        assert_eq!(null_in(&json!({ "a": { "b": [1, null] } }), ""), Some("a.b.1".to_owned()));
        assert_eq!(null_in(&json!({ "a": [], "b": false }), ""), None);
    }

    #[test]
    fn excerpts_are_short_and_on_one_line() {
        assert_eq!(excerpt("a\n  b"), "a b");
        assert_eq!(excerpt(&"é".repeat(400)).chars().count(), EXCERPT + 2);
    }
}
