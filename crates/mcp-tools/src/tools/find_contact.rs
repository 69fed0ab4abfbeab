//! `find-contact`: contacts by number, name, company or email address, as people remember them.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::contact::ContactItem;
use crate::context::Context;
use crate::error::ToolError;
use crate::icon::Icon;
use crate::people::search::{Found, Query};
use crate::people::{self, People};
use crate::reading::{Coverage, SizeBudget, json_length};
use crate::scope::Scope;
use crate::text::NOTICE;
use crate::tool::{Annotations, Example, Tool};
use crate::toolset::Toolset;

/// Contacts unless asked for otherwise.
const DEFAULT_RESULTS: u32 = 10;

/// Contacts by number, name, company or email address.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct FindContact;

/// Arguments of `find-contact`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// A phone number in any way of writing (or its last digits), or words of name, company, role or email.
    #[schemars(length(min = 1, max = 200))]
    query: String,
    /// 10 unless given.
    #[schemars(range(min = 1, max = 50))]
    max_results: Option<u32>,
}

crate::tools::silent_debug!(Input);

/// Result of `find-contact`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// About the texts below
    #[schemars(description = "")]
    pub notice: String,
    /// Best match first
    #[schemars(description = "")]
    pub contacts: Vec<FoundContact>,
    /// Whether that is everything
    #[schemars(description = "")]
    pub coverage: Coverage,
    /// When the contacts were read, RFC 3339
    #[schemars(description = "")]
    pub read_at: String,
    /// How long ago that was
    pub age_seconds: u64,
}

/// A contact that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FoundContact {
    /// The contact
    #[serde(flatten)]
    #[schemars(description = "")]
    pub contact: ContactItem,
    /// Where it matched
    #[schemars(description = "")]
    pub matched: String,
}

impl FoundContact {
    fn of(found: &Found) -> Self {
        Self { contact: ContactItem::of(&found.entry), matched: found.why.clone() }
    }

    fn to_line(&self) -> String {
        format!("{}. Matched: {}", self.contact.to_line(), self.matched)
    }
}

impl Tool for FindContact {
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "find-contact";
    const TITLE: &'static str = "Find contacts";
    const DESCRIPTION: &'static str = "Finds contacts in OpenPhone (Quo) by phone number, name, company or email. Tolerates typing errors, other word order, missing accents and unfinished words; best match first, each with where it matched. Searches a copy in memory that is at most some minutes old: `readAt` says how old, `coverage` whether it holds all contacts. All fields of one contact: get-contact. Teammates are no contacts: list-users.";
    const TOOLSET: Toolset = Toolset::Contacts;
    const SCOPE: Scope = Scope::Read;
    const ARGUMENT_ALIASES: &'static [(&'static str, &'static str)] =
        &[("name", "query"), ("phoneNumber", "query"), ("search", "query")];
    const ANNOTATIONS: Annotations =
        Annotations { read_only: true, destructive: false, idempotent: true, open_world: false };
    const ICON: Icon = Icon::Find;

    fn examples() -> Vec<Example<Output>> {
        let output = |contact: ContactItem, matched: &str| Output {
            notice: NOTICE.to_owned(),
            contacts: vec![FoundContact { contact, matched: matched.to_owned() }],
            coverage: Coverage::complete(20),
            read_at: "2026-11-22T10:29:14-08:00".to_owned(),
            age_seconds: 46,
        };
        let nora = ContactItem::new("3eaf418203f87bb90cdbf9f2", Some("Nora Castillo"))
            .at(None, Some("Homeowner"))
            .with_number("mobile", "+14155550101");
        let owen = ContactItem::new("5f092fb691019ce633fd73ca", Some("Owen Fairbanks"))
            .at(Some("Tidewater Apartments"), Some("Property manager"))
            .with_number("mobile", "+14155550104");
        vec![
            Example::new(
                "Whose number is this?",
                json!({ "query": "(415) 555-0101" }),
                output(nora, "phone \"+14155550101\" (without the country)"),
            ),
            Example::new(
                "The Owen of Tidewater",
                json!({ "query": "owen tidewatr", "maxResults": 3 }),
                output(owen, "name, company (spelled \"tidewater\")"),
            ),
        ]
    }

    async fn call(&self, cx: &Context, input: Input) -> Result<Output, ToolError> {
        let query = Query::read(&input.query).ok_or_else(|| {
            let problem = "holds nothing to look for; write a name, a company, an email address or at least 3 digits of a number";
            ToolError::argument("query", problem)
        })?;
        let max = usize::try_from(input.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or(usize::MAX);
        let mut people = people::searchable(cx, false).await?;
        let mut matches = query.search(&people, max).await;
        if matches.all == 0 {
            // Who is not found may have been added a moment ago.
            people = people::searchable(cx, true).await?;
            matches = query.search(&people, max).await;
        }
        Ok(Output::new(cx, &people, &matches.best, matches.all))
    }

    fn render(output: &Output) -> String {
        output.to_text()
    }
}

impl Output {
    fn new(cx: &Context, people: &People, best: &[Found], all: usize) -> Self {
        let mut size = SizeBudget::new();
        let mut contacts = Vec::new();
        for contact in best.iter().map(FoundContact::of) {
            let bytes = json_length(&contact);
            if !size.take(bytes + contact.to_line().len() + 1) && !contacts.is_empty() {
                break;
            }
            contacts.push(contact);
        }
        let scanned = people.entries().len();
        let left = all - contacts.len();
        let more = (left > 0).then(|| format!("{left} more match; a longer query tells them apart"));
        let coverage = match more {
            None if people.complete() => Coverage::complete(scanned).with_gap(people.gap()),
            None => {
                Coverage::partial(scanned, people.gap().unwrap_or("not all contacts were looked at"), None)
            }
            Some(more) => Coverage::partial(scanned, more, None).with_gap(people.gap()),
        };
        let gap = ContactItem::gap(contacts.iter().map(|found| &found.contact));
        let coverage = coverage.with_gap(gap.as_deref());
        Self {
            notice: NOTICE.to_owned(),
            contacts,
            coverage,
            read_at: crate::time::rfc3339(people.read_at(), cx.time_zone()),
            age_seconds: people.age().as_secs(),
        }
    }

    fn to_text(&self) -> String {
        let mut text = match self.contacts.len() {
            0 => "No contact matches.".to_owned(),
            count => format!("{count} contact(s), best match first. {NOTICE}"),
        };
        for contact in &self.contacts {
            text.push('\n');
            text.push_str(&contact.to_line());
        }
        text.push('\n');
        text.push_str(&self.coverage.to_line());
        let age = match self.age_seconds {
            0..=59 => "less than a minute".to_owned(),
            seconds => crate::time::duration(Duration::from_secs(seconds)),
        };
        text.push_str(&format!("\nThe contacts were read {age} ago, at {}.", self.read_at));
        text
    }
}
