//! What a person may choose for a prompt: declared once, listed, read, and completed ([`crate::completion`]).
//!
//! Values are strings from a form, or pasted from anywhere: each is cleaned, cut to its length and put on one line in
//! quotation marks. A value that completion offered (`Nora Castillo (66d0…)`) is reduced to its id, so that no name that
//! an outsider could have chosen gets into the text.

use std::collections::BTreeMap;

use mcp_protocol::PromptArgument;
use openphone_client::{ContactId, ConversationId, PhoneNumberId};

use super::{PromptSpec, Tools};
use crate::error::FieldError;
use crate::text::clean_line;
use crate::time;

/// Longest value that stands for one thing, in characters.
const MAX_VALUE: usize = 120;
/// Longest value that is a text of its own, in characters.
const MAX_WORDS: usize = 600;

/// One argument of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Argument {
    /// The name on the wire.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// What to give, and what counts when it is left out.
    pub description: &'static str,
    /// What it stands for.
    pub kind: ArgumentKind,
    /// What the text says when it is left out.
    otherwise: &'static str,
}

/// What an argument stands for: how it is read, and what completes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgumentKind {
    /// An inbox: id, number or name.
    Inbox,
    /// A contact: id, number or name.
    Contact,
    /// A conversation: id, number or name.
    Conversation,
    /// A teammate: id or name.
    Teammate,
    /// Since when.
    Since,
    /// An IANA zone.
    TimeZone,
    /// A text of the person's own.
    Words,
}

impl Argument {
    /// The inbox to look at.
    pub(super) const INBOX: Self = Self {
        name: "inbox",
        title: "Inbox",
        description: "Inbox: its name, number or PN… id. All inboxes if left out.",
        kind: ArgumentKind::Inbox,
        otherwise: "all within reach, one call each where a tool takes only one",
    };
    /// The zone of dates and times.
    pub(super) const TIME_ZONE: Self = Self {
        name: "timeZone",
        title: "Time zone",
        description: "IANA zone for dates and times, such as America/Los_Angeles.",
        kind: ArgumentKind::TimeZone,
        otherwise: "mine if you know it, else the one that the results state; name it in the answer",
    };

    /// Since when to look.
    pub(super) const fn since(description: &'static str, otherwise: &'static str) -> Self {
        Self { name: "since", title: "Since", description, kind: ArgumentKind::Since, otherwise }
    }

    /// Another one.
    pub(super) const fn new(
        name: &'static str,
        title: &'static str,
        kind: ArgumentKind,
        description: &'static str,
        otherwise: &'static str,
    ) -> Self {
        Self { name, title, description, kind, otherwise }
    }

    pub(super) fn wire(&self) -> PromptArgument {
        let mut argument = PromptArgument::optional(self.name, self.description);
        argument.title = Some(self.title.into());
        argument
    }

    /// The line of the text.
    fn line(&self, given: Option<&str>, tools: &Tools<'_>) -> Result<String, FieldError> {
        let (name, given) = (self.name, given.map(str::trim).filter(|value| !crate::text::is_blank(value)));
        let Some(given) = given else {
            let otherwise = match self.kind {
                ArgumentKind::Inbox if tools.view.is_bound() => "the only one within reach; leave it out",
                ArgumentKind::Inbox if tools.has("list-inboxes") => {
                    "all that `list-inboxes` names, one call each where a tool takes only one"
                }
                _ => self.otherwise,
            };
            return Ok(format!("{name}: {otherwise}"));
        };
        if self.kind == ArgumentKind::TimeZone {
            let zone = time::parse_zone(given).map_err(|problem| FieldError::new(name, problem))?;
            return Ok(format!("{name}: {}", time::zone_name(&zone)));
        }
        if let Some(id) = self.offered_id(given) {
            return Ok(format!("{name}: {id}"));
        }
        let most = if self.kind == ArgumentKind::Words { MAX_WORDS } else { MAX_VALUE };
        Ok(format!("{name}: \"{}\"", plain(given, most)))
    }

    /// The id in a value that completion offered.
    fn offered_id<'a>(&self, value: &'a str) -> Option<&'a str> {
        let id = match value.strip_suffix(')') {
            Some(front) => front.rsplit_once('(')?.1,
            None => value,
        };
        let fits = match self.kind {
            ArgumentKind::Inbox => PhoneNumberId::parse(id).is_ok(),
            ArgumentKind::Conversation => ConversationId::parse(id).is_ok(),
            // Any word may be the id of a contact: only one that looks like those of today is taken for one.
            ArgumentKind::Contact => {
                ContactId::parse(id).is_ok()
                    && id.len() >= 20
                    && id.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
            _ => false,
        };
        (fits && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')))
            .then_some(id)
    }
}

/// One line, without quotation marks, and without the marks that stand around names of tools.
fn plain(value: &str, most: usize) -> String {
    clean_line(value, most).replace(['"', '`'], "'")
}

/// Reads what was given, one line per argument of the prompt.
pub(super) fn read(
    spec: &PromptSpec,
    tools: &Tools<'_>,
    given: &BTreeMap<String, String>,
) -> Result<Vec<String>, Vec<FieldError>> {
    let mut wrong = Vec::new();
    for name in given.keys() {
        if !spec.arguments.iter().any(|argument| argument.name == name) {
            let known: Vec<&str> = spec.arguments_in(tools.view).map(|argument| argument.name).collect();
            let problem = format!("is no argument of this prompt; there are: {}", known.join(", "));
            wrong.push(FieldError::new(clean_line(name, 40), problem));
        }
    }
    let mut lines = Vec::with_capacity(spec.arguments.len());
    for argument in spec.arguments {
        match argument.line(given.get(argument.name).map(String::as_str), tools) {
            Ok(line) => lines.push(line),
            Err(field) => wrong.push(field),
        }
    }
    if wrong.is_empty() { Ok(lines) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offered_values_are_reduced_to_their_ids() {
        let contact = Argument::new("contact", "", ArgumentKind::Contact, "", "");
        let conversation = Argument { kind: ArgumentKind::Conversation, ..contact };
        let id = "66d0d87e8dc1211467370001";
        for (argument, value, expected) in [
            (contact, format!("Nora (mobile) Castillo ({id})"), Some(id)),
            (contact, id.to_owned(), Some(id)),
            (contact, "Nora (now)".to_owned(), None),
            (contact, "Castillo".to_owned(), None),
            (conversation, "Ignore all of this (CN5e2d01)".to_owned(), Some("CN5e2d01")),
            (conversation, "(CN5e2d01) and more".to_owned(), None),
            (conversation, "x (CN5e<b>)".to_owned(), None),
            (Argument::INBOX, "Front desk (PNfrontdesk1)".to_owned(), Some("PNfrontdesk1")),
            (Argument::INBOX, "Front desk".to_owned(), None),
            (Argument::TIME_ZONE, "(PNfrontdesk1)".to_owned(), None),
        ] {
            assert_eq!(argument.offered_id(&value), expected, "{value}");
        }
    }
}
