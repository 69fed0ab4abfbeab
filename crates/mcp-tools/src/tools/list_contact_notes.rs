//! `list-contact-notes`: what the team noted about a contact.

use openphone_client::contacts::Note;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::contact;
use crate::contact::note::NoteItem;
use crate::context::Context;
use crate::error::ToolError;
use crate::people;
use crate::reading::paged::Paged;
use crate::reading::{Coverage, json_length};
use crate::scope::Scope;
use crate::text::NOTICE;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// Notes unless asked for otherwise.
const DEFAULT_RESULTS: u32 = 20;
/// Upstream pages that one call reads.
const PAGES: usize = 4;

/// What the team noted about a contact.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ListContactNotes;

/// Arguments of `list-contact-notes`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Contact id, as find-contact gives it.
    contact_id: String,
    /// 20 unless given.
    #[schemars(range(min = 1, max = 100))]
    max_results: Option<u32>,
    /// From an earlier result's coverage.
    cursor: Option<String>,
}

crate::tools::silent_debug!(Input);

/// Result of `list-contact-notes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Zone of the times
    #[schemars(description = "")]
    pub time_zone: String,
    /// About the texts below
    #[schemars(description = "")]
    pub notice: String,
    /// In the order of OpenPhone
    #[schemars(description = "")]
    pub notes: Vec<NoteItem>,
    /// Whether that is everything
    #[schemars(description = "")]
    pub coverage: Coverage,
}

impl Tool for ListContactNotes {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "list-contact-notes";
    const TITLE: &'static str = "Read notes on a contact";
    const DESCRIPTION: &'static str = "Reads the notes that the team wrote on one contact in OpenPhone (Quo), with author, time and who is mentioned. `coverage` says whether that is all; if not, its cursor continues. The contact's own fields: get-contact. What was said with the contact: fetch-messages and fetch-call-transcripts.";
    const TOOLSET: Toolset = Toolset::Notes;
    const SCOPE: Scope = Scope::Read;
    const ARGUMENT_ALIASES: &'static [(&'static str, &'static str)] = &[("pageToken", "cursor")];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let note = NoteItem::example(
            "39137681574a01873f1e734b",
            "2026-10-12T15:50:00-07:00",
            "Marcus Oyelaran",
            "Permit signed off, warranty registered for 6 years.",
        );
        let output = |coverage| Output {
            time_zone: "America/Los_Angeles".to_owned(),
            notice: NOTICE.to_owned(),
            notes: vec![note.clone()],
            coverage,
        };
        vec![
            Example::new(
                "What did we note about Nora?",
                json!({ "contactId": "3eaf418203f87bb90cdbf9f2" }),
                output(Coverage::complete(1)),
            ),
            Example::new(
                "The newest note on Nora",
                json!({ "contactId": "3eaf418203f87bb90cdbf9f2", "maxResults": 1 }),
                output(Coverage::partial(1, "maxResults reached", Some("AQIDBAUGBwgJ".to_owned()))),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let id = contact::parse_id(&input.contact_id)?;
        let filters = ["notes", id.as_str()];
        let position = Paged::read(cx.services().fingerprints(), &filters, input.cursor.as_deref())?;
        let max = usize::try_from(input.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or(usize::MAX);
        let workspace = cx.workspace();
        let contacts = workspace.contacts();
        let list = contacts.notes(&id);
        let fetch =
            |page: Option<openphone_client::Cursor>| async move { list.list(None, page.as_ref()).await };
        let people = people::names(cx).await;
        let item = |note: Note| {
            let item = NoteItem::of(&note, &people, cx.time_zone());
            let bytes = json_length(&item);
            let bytes = bytes + item.to_text().len() + 2;
            (item, bytes)
        };
        let (notes, coverage) = position.collect((max, PAGES), fetch, item).await?;
        Ok(Output {
            time_zone: crate::time::zone_name(cx.time_zone()).to_owned(),
            notice: NOTICE.to_owned(),
            notes,
            coverage,
        })
    }

    fn render(output: &Output) -> String {
        let mut text = match output.notes.len() {
            0 => "No notes on this contact.".to_owned(),
            count => format!(
                "{count} note(s), times in {}. {NOTICE} Each of their lines starts with >.",
                output.time_zone
            ),
        };
        for note in &output.notes {
            text.push('\n');
            text.push_str(&note.to_text());
        }
        text.push('\n');
        text.push_str(&output.coverage.to_line());
        text
    }
}
