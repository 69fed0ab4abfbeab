//! What the send tools and their preview share: reading recipients and texts, the wait for delivery.

use std::collections::HashSet;

use openphone_client::E164;
use openphone_client::messages::MAX_TEXT_LENGTH;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::context::Context;
use crate::error::FieldError;
use crate::inbox::Inbox;
use crate::safety::delivery::{self, Delivery};

/// A text to one person.
#[derive(Deserialize, JsonSchema)]
pub struct Personal {
    /// Number with country code.
    to: String,
    /// The text.
    #[schemars(length(min = 1, max = 1600))]
    content: String,
}

crate::tools::silent_debug!(Personal);

/// Recipients and texts as they were written.
pub(super) struct Written {
    pub(super) to: Option<Vec<String>>,
    pub(super) content: Option<String>,
    pub(super) messages: Option<Vec<Personal>>,
    pub(super) plain_punctuation: Option<bool>,
}

/// Recipients and texts that were read: one text a number.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) texts: Vec<(E164, String)>,
    pub(super) duplicates_removed: Vec<String>,
}

impl Written {
    /// Reads every number and text; each that is wrong is named.
    pub(super) fn read(self, wrong: &mut Vec<FieldError>) -> Texts {
        let plain = self.plain_punctuation;
        let written: Vec<(String, String, String)> = match (self.to, self.content, self.messages) {
            (Some(to), Some(content), None) => {
                let content = wording("content", content, plain, wrong);
                let text = |(index, to)| (format!("to[{index}]"), to, content.clone());
                to.into_iter().enumerate().map(text).collect()
            }
            (None, None, Some(messages)) => {
                let mut texts = Vec::with_capacity(messages.len());
                for (index, Personal { to, content }) in messages.into_iter().enumerate() {
                    let content = wording(&format!("messages[{index}].content"), content, plain, wrong);
                    texts.push((format!("messages[{index}].to"), to, content));
                }
                texts
            }
            (to, content, messages) => {
                wrong.extend(which_form(to.is_some(), content.is_some(), messages.is_some()));
                return Texts::default();
            }
        };
        distinct(written, wrong)
    }
}

/// The text as it goes out. `plain`: with typographic punctuation folded.
pub(super) fn wording(
    path: &str,
    content: String,
    plain: Option<bool>,
    wrong: &mut Vec<FieldError>,
) -> String {
    let content = if plain == Some(true) { crate::text::plain(&content) } else { content };
    let length = content.chars().count();
    if crate::text::is_blank(&content) {
        wrong.push(FieldError::new(path, "is blank; write the text to send"));
    } else if length > MAX_TEXT_LENGTH {
        wrong.push(FieldError::new(
            path,
            format!("has {length} characters with plain punctuation; at most {MAX_TEXT_LENGTH} can be sent"),
        ));
    }
    content
}

/// Without a key, a retry of a call with `repeat` could not be told from the wish for another text.
pub(super) fn repeat_without_key(repeat: Option<bool>, key: Option<&str>) -> Option<FieldError> {
    (repeat == Some(true) && key.is_none()).then(|| {
        FieldError::new(
            "idempotencyKey",
            "is missing, and repeat=true needs it; give a new one for this call, and the same one when this call is retried",
        )
    })
}

/// The members of a group, each once, and the numbers that were given more than once.
pub(super) fn members(to: &[String], wrong: &mut Vec<FieldError>) -> (Vec<E164>, Vec<String>) {
    let (mut members, mut removed) = (Vec::with_capacity(to.len()), Vec::new());
    for (index, number) in to.iter().enumerate() {
        match crate::numbers::parse(number) {
            Ok(number) if members.contains(&number) => removed.push(number.to_string()),
            Ok(number) => members.push(number),
            Err(problem) => wrong.push(FieldError::new(format!("to[{index}]"), problem)),
        }
    }
    if wrong.is_empty() && !openphone_client::messages::GROUP_RECIPIENTS.contains(&members.len()) {
        let problem =
            format!("names {} people; a group thread has 2 to 10 beside this workspace", members.len());
        wrong.push(FieldError::new("to", problem));
    }
    (members, removed)
}

/// What became of an accepted text, when the call asked to wait for it.
pub(super) async fn delivery_of(
    cx: &Context,
    wanted: Option<bool>,
    inbox: &Inbox,
    message_id: &str,
) -> Option<Delivery> {
    if wanted != Some(true) {
        return None;
    }
    let ids = [message_id.to_owned()];
    delivery::wait(cx, &inbox.id, &ids).await.remove(message_id).map(|status| Delivery::of(&status))
}

/// The same number with the same text is kept once; with another text it is refused, because it is not clear which of the
/// two is meant.
fn distinct(written: Vec<(String, String, String)>, wrong: &mut Vec<FieldError>) -> Texts {
    let mut texts: Vec<(E164, String)> = Vec::with_capacity(written.len());
    let mut seen = HashSet::with_capacity(written.len());
    let mut duplicates_removed = Vec::new();
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
            duplicates_removed.push(number.to_string());
        } else {
            wrong.push(FieldError::new(
                path,
                format!("is {number}, which gets another text above; one text a number"),
            ));
        }
    }
    Texts { texts, duplicates_removed }
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
