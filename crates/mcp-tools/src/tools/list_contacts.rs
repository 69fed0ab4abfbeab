//! `list-contacts`: the contacts of the workspace, page by page.

use openphone_client::contacts::{Contact, ListContacts as Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::contact::ContactItem;
use crate::context::Context;
use crate::error::ToolError;
use crate::people::Entry;
use crate::reading::paged::Paged;
use crate::reading::{Coverage, json_length};
use crate::scope::Scope;
use crate::text::NOTICE;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// Contacts unless asked for otherwise.
const DEFAULT_RESULTS: u32 = 25;
/// Upstream pages that one call reads.
const PAGES: usize = 4;

/// The contacts of the workspace.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ListContacts;

/// Arguments of `list-contacts`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Only those with one of these ids of another system.
    #[schemars(length(min = 1, max = 50))]
    external_ids: Option<Vec<String>>,
    /// Only those from one of these systems, such as public-api.
    #[schemars(length(min = 1, max = 50))]
    sources: Option<Vec<String>>,
    /// 25 unless given.
    #[schemars(range(min = 1, max = 100))]
    max_results: Option<u32>,
    /// From an earlier result's coverage.
    cursor: Option<String>,
}

crate::tools::silent_debug!(Input);

/// Result of `list-contacts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Output {
    /// About the texts below
    #[schemars(description = "")]
    pub notice: String,
    /// In the order of OpenPhone
    #[schemars(description = "")]
    pub contacts: Vec<ContactItem>,
    /// Whether that is everything
    #[schemars(description = "")]
    pub coverage: Coverage,
}

impl Tool for ListContacts {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "list-contacts";
    const TITLE: &'static str = "List contacts";
    const DESCRIPTION: &'static str = "Lists the contacts of the OpenPhone (Quo) workspace in OpenPhone's own order, with names, companies, phone numbers and emails; optionally only those of certain source systems or external ids. `coverage` says whether that is all; if not, its cursor continues (cursors are short-lived). To look for somebody, find-contact is quicker.";
    const TOOLSET: Toolset = Toolset::Contacts;
    const SCOPE: Scope = Scope::Read;
    const ARGUMENT_ALIASES: &'static [(&'static str, &'static str)] = &[("pageToken", "cursor")];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: false };

    fn examples() -> Vec<Example<Output>> {
        let nora = ContactItem::new("3eaf418203f87bb90cdbf9f2", Some("Nora Castillo"))
            .at(None, Some("Homeowner"))
            .with_number("mobile", "+14155550101");
        let output = |coverage| Output { notice: NOTICE.to_owned(), contacts: vec![nora.clone()], coverage };
        vec![
            Example::new(
                "The first contact",
                json!({ "maxResults": 1 }),
                output(Coverage::partial(1, "maxResults reached", Some("AQIDBAUGBwgJ".to_owned()))),
            ),
            Example::new(
                "The contact that our own system calls HL-1001",
                json!({ "externalIds": ["HL-1001"] }),
                output(Coverage::complete(1)),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let (ids, sources) = (input.external_ids.unwrap_or_default(), input.sources.unwrap_or_default());
        let filters = [joined("contacts", &ids), joined("sources", &sources)];
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        let position = Paged::read(cx.services().fingerprints(), &filters, input.cursor.as_deref())?;
        let max = usize::try_from(input.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or(usize::MAX);
        let query = Query::new().external_ids(ids).sources(sources);
        let workspace = cx.workspace();
        let list = workspace.contacts();
        let fetch = |page| {
            let query = query.clone().after(page);
            async move { list.list(&query).await }
        };
        let item = |contact: Contact| {
            let item = ContactItem::of(&Entry::of(&contact));
            let bytes = json_length(&item);
            let bytes = bytes + item.to_line().len() + 2;
            (item, bytes)
        };
        let (contacts, coverage) = position.collect((max, PAGES), fetch, item).await?;
        let coverage = coverage.with_gap(ContactItem::gap(contacts.iter()).as_deref());
        Ok(Output { notice: NOTICE.to_owned(), contacts, coverage })
    }

    fn render(output: &Output) -> String {
        let mut text = match output.contacts.len() {
            0 => "No contacts.".to_owned(),
            count => format!("{count} contact(s). {NOTICE}"),
        };
        for contact in &output.contacts {
            text.push('\n');
            text.push_str(&contact.to_line());
        }
        text.push('\n');
        text.push_str(&output.coverage.to_line());
        text
    }
}

/// A filter with its name, as part of the name of the list.
fn joined(name: &str, values: &[String]) -> String {
    format!("{name} {}", values.join("\t"))
}
