//! `update-contact-note`: puts another text in a note's place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::contact;
use crate::contact::note::{self, NoteItem};
use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::people;
use crate::scope::Scope;
use crate::text::{self, NOTICE};
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// Longest earlier text that is shown: a whole note.
const MAX_TEXT: usize = openphone_client::contacts::MAX_NOTE_LENGTH;

/// Puts another text in a note's place.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct UpdateContactNote;

/// Arguments of `update-contact-note`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Contact id, as find-contact gives it.
    contact_id: String,
    /// Note id, as list-contact-notes gives it.
    note_id: String,
    /// The whole new text; mentions as in create-contact-note.
    #[schemars(length(min = 1, max = 2000))]
    text: String,
}

crate::tools::silent_debug!(Input);

/// Result of `update-contact-note`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Output {
    /// About the texts below
    #[schemars(description = "")]
    pub notice: String,
    /// The note as it is now
    #[schemars(description = "")]
    pub note: NoteItem,
    /// What it said before
    #[schemars(description = "")]
    pub before: String,
}

impl Tool for UpdateContactNote {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "update-contact-note";
    const TITLE: &'static str = "Replace a note on a contact";
    const DESCRIPTION: &'static str = "Replaces the whole text of one note on a contact in OpenPhone (Quo); the result shows what it said before. 1 to 2,000 characters, with mentions as in create-contact-note. What is worth keeping of the old text belongs into the new one. To add beside it: create-contact-note.";
    const TOOLSET: Toolset = Toolset::Notes;
    const SCOPE: Scope = Scope::Write;
    const ANNOTATIONS: Annotations =
        Annotations { read_only: false, destructive: true, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let (id, before) =
            ("39137681574a01873f1e734b", "Permit signed off, warranty registered for 6 years.");
        let example = |title, text: &str| {
            let note = NoteItem::example(id, "2026-10-12T15:50:00-07:00", "Marcus Oyelaran", text);
            let arguments = json!({ "contactId": "3eaf418203f87bb90cdbf9f2", "noteId": id, "text": text });
            Example::new(
                title,
                arguments,
                Output { notice: NOTICE.to_owned(), note, before: before.to_owned() },
            )
        };
        vec![
            example("The warranty is for 10 years", "Permit signed off, warranty registered for 10 years."),
            example("Only the permit counts", "Permit signed off."),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let contact = contact::parse_id(&input.contact_id)?;
        let id = note::parse_id(&input.note_id)?;
        note::check(cx, &input.text).await?;
        let workspace = cx.workspace();
        let contacts = workspace.contacts();
        let notes = contacts.notes(&contact);
        let before = notes.get(&id).await.map_err(|error| ToolError::reading(error).nothing_written())?;
        if cx.cancellation().is_cancelled() {
            let cancelled = ToolError::new(ToolErrorKind::Cancelled, "The call was cancelled.", "");
            return Err(cancelled.nothing_written());
        }
        let note = notes.update(&id, &input.text).await.map_err(ToolError::writing)?;
        let people = people::names(cx).await;
        Ok(Output {
            notice: NOTICE.to_owned(),
            note: NoteItem::of(&note, &people, cx.time_zone()),
            before: text::clean(&before.text, MAX_TEXT),
        })
    }

    fn render(output: &Output) -> String {
        format!(
            "Note replaced. {NOTICE} Each of their lines starts with >.\n{}\nIt said before:\n{}",
            output.note.to_text(),
            text::quoted(&output.before)
        )
    }
}
