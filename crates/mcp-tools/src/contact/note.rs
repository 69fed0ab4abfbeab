//! A note on a contact as results show it, and the text of one that is to be written.

use jiff::tz::TimeZone;
use openphone_client::NoteId;
use openphone_client::contacts::{MAX_NOTE_LENGTH, Note};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::ToolError;
use crate::people::{self, People};
use crate::{team, text};

/// Most files of a note that are shown.
const MAX_MEDIA: usize = 10;

/// A note on a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NoteItem {
    /// Note id
    #[schemars(description = "")]
    pub id: String,
    /// RFC 3339
    #[schemars(description = "")]
    pub created_at: String,
    /// RFC 3339, if it changed since
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub updated_at: Option<String>,
    /// Who wrote it
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub by: Option<String>,
    /// Text; `@US…` mentions a teammate
    #[schemars(description = "")]
    pub text: String,
    /// Who is mentioned
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default, description = "")]
    pub mentions: Vec<Mention>,
    /// Names of files
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default, description = "")]
    pub files: Vec<String>,
}

/// Somebody who is mentioned in a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Mention {
    /// `US…`, `GR…` or `OR…`
    #[schemars(description = "")]
    pub id: String,
    /// Name, if known
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(description = "")]
    pub name: Option<String>,
}

impl NoteItem {
    pub(crate) fn of(note: &Note, people: &People, zone: &TimeZone) -> Self {
        let name = |file: &openphone_client::contacts::NoteMedia| {
            let name = file.name.as_ref().and_then(|name| text::clean_name(name));
            name.or_else(|| text::clean_name(file.media_type.as_deref()?))
                .unwrap_or_else(|| "file".to_owned())
        };
        let mention = |id: &str| Mention {
            id: id.to_owned(),
            name: openphone_client::ActorId::parse(id)
                .ok()
                .and_then(|actor| people.of_actor(&actor).map(str::to_owned)),
        };
        let updated = note.updated_at.filter(|updated| *updated > note.created_at);
        Self {
            id: note.id.to_string(),
            created_at: crate::time::rfc3339(note.created_at, zone),
            updated_at: updated.map(|moment| crate::time::rfc3339(moment, zone)),
            by: note.actor_id.as_ref().and_then(|actor| people.of_actor(actor)).map(str::to_owned),
            text: text::clean(&note.text, MAX_NOTE_LENGTH),
            mentions: mentions(&note.text).map(mention).collect(),
            files: note.media.iter().take(MAX_MEDIA).map(name).collect(),
        }
    }

    /// A note for worked examples.
    pub(crate) fn example(id: &str, at: &str, by: &str, text: &str) -> Self {
        Self {
            id: id.to_owned(),
            created_at: at.to_owned(),
            updated_at: None,
            by: Some(by.to_owned()),
            text: text.to_owned(),
            mentions: Vec::new(),
            files: Vec::new(),
        }
    }

    pub(crate) fn to_text(&self) -> String {
        let by = self.by.as_ref().map(|name| format!(" by \"{name}\"")).unwrap_or_default();
        let updated = self.updated_at.as_ref().map(|at| format!(", changed {at}")).unwrap_or_default();
        let mut text =
            format!("[{}] {}{by}{updated}\n{}", self.id, self.created_at, text::quoted(&self.text));
        for mention in &self.mentions {
            let name = mention.name.as_ref().map(|name| format!(" is \"{name}\"")).unwrap_or_default();
            text.push_str(&format!("\n  @{}{name}", mention.id));
        }
        for file in &self.files {
            text.push_str(&format!("\n  file \"{file}\""));
        }
        text
    }
}

/// The ids that a text mentions, each once. Behind a letter or digit, `@` is part of an address.
fn mentions(text: &str) -> impl Iterator<Item = &str> {
    let mut seen: Vec<&str> = Vec::new();
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    for (at, _) in text.match_indices('@') {
        if text[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let part = &text[at + 1..];
        let end = part.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(part.len());
        let id = &part[..end];
        let is_id = id.len() > 4 && ["US", "GR", "OR"].iter().any(|prefix| id.starts_with(prefix));
        if is_id && !seen.contains(&id) && seen.len() < 20 {
            seen.push(id);
        }
    }
    seen.into_iter()
}

/// Checks the text of a note before it is written: a mention of nobody would tell nobody.
///
/// # Errors
///
/// It is empty, too long, or mentions somebody who is no user of the workspace.
pub(crate) async fn check(cx: &Context, text: &str) -> Result<(), ToolError> {
    let length = text.chars().count();
    if text::is_blank(text) || length > MAX_NOTE_LENGTH {
        let problem = format!("has {length} characters to see; a note has 1 to {MAX_NOTE_LENGTH}");
        return Err(ToolError::argument("text", problem));
    }
    let mut unknown: Vec<&str> = mentions(text).filter(|id| id.starts_with("US")).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let people = people::names(cx).await;
    unknown.retain(|id| !people.has_user(id));
    if unknown.is_empty() || !people.knows_users() {
        return Ok(());
    }
    // Who joined since the directory was read is missing there.
    let Ok((members, true)) = team::everybody(cx).await else { return Ok(()) };
    match unknown.into_iter().find(|id| !members.iter().any(|member| member.id.as_str() == *id)) {
        None => Ok(()),
        Some(id) => Err(ToolError::argument(
            "text",
            format!("mentions @{id}, who is no user of this workspace; list-users has their ids"),
        )),
    }
}

/// Reads the id that an argument gives.
pub(crate) fn parse_id(written: &str) -> Result<NoteId, ToolError> {
    NoteId::parse(written.trim()).map_err(|_| {
        ToolError::argument("noteId", "is no note id; it stands in brackets in results of list-contact-notes")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_found_once_each() {
        let text = "@USabc12 please, and @GRcei8k90o; @USabc12! mail a@b.example, @US, @nobody @ORx1y2z3";
        assert_eq!(mentions(text).collect::<Vec<_>>(), ["USabc12", "GRcei8k90o", "ORx1y2z3"]);
    }

    #[test]
    fn an_address_is_no_mention() {
        let text = "bob@USbank.com, bob_@USbank.com, é@USbank.com, (@USabc12) @@USdef34";
        assert_eq!(mentions(text).collect::<Vec<_>>(), ["USabc12", "USdef34"]);
    }
}
