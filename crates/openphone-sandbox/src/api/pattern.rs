//! The string patterns that the API checks ids, numbers and texts against, worded as it words them.

use serde_json::{Value, json};

use super::error::FieldError;
use crate::workspace::numbers::{is_e164, is_party};

/// A pattern: how the API writes it, and the check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    kind: &'static str,
    regex: &'static str,
    matches: fn(&str) -> bool,
}

pub(super) const USER: Pattern = id("^US(.*)$", |text| text.starts_with("US"));
pub(super) const PHONE_NUMBER_ID: Pattern = id("^PN(.*)$", |text| text.starts_with("PN"));
pub(super) const ACTIVITY: Pattern = id("^AC(.*)$", |text| text.starts_with("AC"));
pub(super) const CONVERSATION: Pattern = id("^CN(.*)$", |text| text.starts_with("CN"));
pub(super) const TASK: Pattern = id("^TK(.*)$", |text| text.starts_with("TK"));
pub(super) const ACTOR: Pattern =
    id("^(US|SYU)(.*)$", |text| text.starts_with("US") || text.starts_with("SYU"));
pub(super) const LEGACY_WEBHOOK: Pattern = id("^WH(.*)$", |text| text.starts_with("WH"));
/// Ids of dated webhooks are digits.
pub(super) const WEBHOOK: Pattern = Pattern {
    kind: "String",
    regex: "^[0-9]+$",
    matches: |text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()),
};
pub(super) const ANY: Pattern = id("^(.*)$", |_| true);
pub(super) const E164: Pattern = Pattern { kind: "String", regex: r"^\+[1-9]\d{1,14}$", matches: is_e164 };
/// An inbox, by id or number.
pub(super) const INBOX: Pattern = Pattern {
    kind: "Union",
    regex: r"^PN(.*)$|^\+[1-9]\d{1,14}$",
    matches: |text| text.starts_with("PN") || is_e164(text),
};
/// Who a message on the dated surface is from or to: a number, a short code, or a word such as `Anonymous`.
pub(super) const PARTY: Pattern =
    Pattern { kind: "Union", regex: r"^\+[1-9]\d{1,14}$|^[0-9]{3,8}$|^[A-Za-z]+$", matches: is_party };
/// A recipient on a send: E.164, or any string of at most 15 characters.
pub(super) const RECIPIENT: Pattern = Pattern {
    kind: "Union",
    regex: r"^\+[1-9]\d{1,14}$|^.{0,15}$",
    matches: |text| is_e164(text) || text.chars().count() <= 15,
};
/// One character at least.
pub(super) const NOT_EMPTY: Pattern =
    Pattern { kind: "String", regex: "^.+$", matches: |text| !text.is_empty() };
/// As long as an external id or a source may be.
pub(super) const UP_TO_75: Pattern =
    Pattern { kind: "String", regex: "^.{1,75}$", matches: |text| (1..=75).contains(&text.chars().count()) };
/// Something to read in it.
pub(super) const NOT_BLANK: Pattern =
    Pattern { kind: "String", regex: r".*\S.*", matches: |text| !text.trim().is_empty() };

const fn id(regex: &'static str, matches: fn(&str) -> bool) -> Pattern {
    Pattern { kind: "TemplateLiteral", regex, matches }
}

impl Pattern {
    /// What is wrong with `text` at `path`, if anything.
    pub(super) fn check(self, path: &str, text: &str) -> Option<FieldError> {
        if (self.matches)(text) {
            return None;
        }
        Some(FieldError {
            path: path.to_owned(),
            message: format!("Expected string to match '{}'", self.regex),
            schema: self.schema(),
            value: Some(text.into()),
        })
    }

    fn schema(self) -> Value {
        json!({ "type": self.kind, "pattern": self.regex })
    }
}
