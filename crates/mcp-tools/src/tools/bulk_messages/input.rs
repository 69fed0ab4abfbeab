//! Arguments of `bulk-messages`, and the check of all of them before anything is sent.

use std::collections::HashSet;

use openphone_client::E164;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{FieldError, ToolError};
use crate::tools::send_message::{InboxStatus, blank, repeat_without_key};

/// Arguments of `bulk-messages`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Inbox to send from: `PN…` id, its number, or its name. May be left out when there is only one.
    from: Option<String>,
    /// Numbers with country code that all get `content`.
    #[schemars(length(min = 1, max = 100))]
    to: Option<Vec<String>>,
    /// The text for everyone in `to`.
    #[schemars(length(min = 1, max = 1600))]
    content: Option<String>,
    /// Personal texts, instead of `to` and `content`.
    #[schemars(length(min = 1, max = 100))]
    messages: Option<Vec<Personal>>,
    /// Names this send for 24 hours: repeating the call with the same key returns the first results. Needed with repeat=true.
    #[schemars(length(min = 1, max = 200))]
    idempotency_key: Option<String>,
    /// true: send although the same text went to a number within the last 10 minutes. Needs a new idempotencyKey, by which a retry of this call is told from another text.
    repeat: Option<bool>,
    /// `done`: mark the conversations as done after sending.
    set_inbox_status: Option<InboxStatus>,
}

/// A text to one person.
#[derive(Deserialize, JsonSchema)]
pub struct Personal {
    /// Number with country code.
    to: String,
    /// The text.
    #[schemars(length(min = 1, max = 1600))]
    content: String,
}

crate::tools::silent_debug!(Input, Personal);

/// Arguments that were checked.
pub(super) struct Checked {
    pub(super) from: Option<String>,
    pub(super) texts: Vec<(E164, String)>,
    pub(super) duplicates_removed: Vec<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) mark_done: bool,
}

impl Input {
    pub(super) fn repeat(&self) -> bool {
        self.repeat.unwrap_or(false)
    }

    /// Checks every number and text; an error names each that is wrong.
    pub(super) fn check(self, limit: usize) -> Result<Checked, ToolError> {
        let (from, idempotency_key) = (self.from, self.idempotency_key);
        let mark_done = self.set_inbox_status.is_some();
        let mut wrong: Vec<_> =
            repeat_without_key(self.repeat, idempotency_key.as_deref()).into_iter().collect();
        let written: Vec<(String, String, String)> = match (self.to, self.content, self.messages) {
            (Some(to), Some(content), None) => {
                if let Some(problem) = blank(&content) {
                    wrong.push(FieldError::new("content", problem));
                }
                let text = |(index, to)| (format!("to[{index}]"), to, content.clone());
                to.into_iter().enumerate().map(text).collect()
            }
            (None, None, Some(messages)) => {
                let mut texts = Vec::with_capacity(messages.len());
                for (index, Personal { to, content }) in messages.into_iter().enumerate() {
                    if let Some(problem) = blank(&content) {
                        wrong.push(FieldError::new(format!("messages[{index}].content"), problem));
                    }
                    texts.push((format!("messages[{index}].to"), to, content));
                }
                texts
            }
            (to, content, messages) => {
                wrong.extend(which_form(to.is_some(), content.is_some(), messages.is_some()));
                return Err(ToolError::arguments(wrong));
            }
        };
        let (texts, duplicates_removed) = distinct(written, &mut wrong);
        if texts.len() > limit {
            wrong.push(FieldError::new(
                "",
                format!("name {} recipients; this connection allows {limit} in one call", texts.len()),
            ));
        }
        if wrong.is_empty() {
            Ok(Checked { from, texts, duplicates_removed, idempotency_key, mark_done })
        } else {
            Err(ToolError::arguments(wrong))
        }
    }
}

/// Reads the numbers. The same number with the same text is kept once; with another text it is refused,
/// because it is not clear which of the two is meant.
fn distinct(
    written: Vec<(String, String, String)>,
    wrong: &mut Vec<FieldError>,
) -> (Vec<(E164, String)>, Vec<String>) {
    let mut texts: Vec<(E164, String)> = Vec::with_capacity(written.len());
    let mut seen = HashSet::with_capacity(written.len());
    let mut removed = Vec::new();
    for (path, to, content) in written {
        let number = match crate::numbers::parse(&to) {
            Ok(number) => number,
            Err(problem) => {
                wrong.push(FieldError::new(path, problem));
                continue;
            }
        };
        if seen.insert(number.clone()) {
            texts.push((number, content));
        } else if texts.iter().any(|(other, text)| *other == number && *text == content) {
            removed.push(number.to_string());
        } else {
            wrong.push(FieldError::new(
                path,
                format!("is {number}, which gets another text above; one text a number"),
            ));
        }
    }
    (texts, removed)
}

fn which_form(to: bool, content: bool, messages: bool) -> Vec<FieldError> {
    let error = |path, problem: &str| vec![FieldError::new(path, problem)];
    match (to, content, messages) {
        (true, false, false) => error("content", "is missing; it is the text for everyone in `to`"),
        (false, true, false) => error("to", "is missing; it lists the numbers that get `content`"),
        (_, _, true) => error(
            "messages",
            "stands beside `to` or `content`; give either `to` and `content`, or `messages`",
        ),
        _ => error("", "name no recipients; give either `to` and `content`, or `messages`"),
    }
}
