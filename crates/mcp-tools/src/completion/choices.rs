//! What may be chosen: inboxes, contacts, conversations, teammates, spans of time, zones.

use crate::context::Context;
use crate::conversations;
use crate::error::ToolError;
use crate::inbox::{self, Inbox};
use crate::people::{self, Person};
use crate::team;
use crate::text::clean_line;

/// Longest label, in characters.
const MAX_LABEL: usize = 120;
/// Spans of time that every reading tool understands.
const SPANS: [&str; 8] = [
    "today",
    "yesterday",
    "last 7 days",
    "last 14 days",
    "last 30 days",
    "this week",
    "last week",
    "this month",
];

/// Something to choose.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// What the choice is in arguments and URIs.
    pub(super) id: String,
    /// What a person knows it by; empty where the id says it all.
    pub(super) label: String,
}

impl Choice {
    fn new(id: &str, label: &str) -> Self {
        Self { id: id.to_owned(), label: clean_line(label, MAX_LABEL) }
    }

    fn word(word: &str) -> Self {
        Self { id: word.to_owned(), label: String::new() }
    }

    /// For people: `Nora Castillo +14155550101 (66d0…)`.
    pub(super) fn to_value(&self) -> String {
        if self.label.is_empty() { self.id.clone() } else { format!("{} ({})", self.label, self.id) }
    }
}

/// Labels hold names and numbers.
impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Choice").finish_non_exhaustive()
    }
}

/// Where choices come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Inboxes,
    Contacts,
    Conversations,
    Teammates,
    Spans,
    Zones,
}

impl Source {
    /// The choices that need no look at the workspace.
    pub(super) fn at_hand(self) -> Option<Vec<Choice>> {
        match self {
            Self::Spans => Some(SPANS.into_iter().map(Choice::word).collect()),
            Self::Zones => Some(zones()),
            _ => None,
        }
    }

    /// The choices within reach. `inbox`: the one that the person has chosen already.
    pub(super) async fn read(self, cx: &Context, inbox: Option<&str>) -> Result<Vec<Choice>, ToolError> {
        match self {
            Self::Inboxes => {
                let inboxes = inbox::reachable(cx).await?;
                Ok(inboxes.iter().map(|inbox| Choice::new(inbox.id.as_str(), &named(inbox))).collect())
            }
            Self::Contacts => Ok(contacts(&*people::searchable(cx, false).await?)),
            Self::Conversations => threads(cx, inbox).await,
            Self::Teammates => {
                let (members, _) = team::within_reach(cx).await?;
                Ok(by_label(members.iter().map(|member| {
                    Choice::new(member.id.as_str(), member.name.as_deref().unwrap_or_default())
                })))
            }
            Self::Spans | Self::Zones => Ok(self.at_hand().unwrap_or_default()),
        }
    }
}

fn named(inbox: &Inbox) -> String {
    let number = inbox.number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
    format!("{}{number}", inbox.name)
}

/// Each contact with all its numbers.
fn contacts(people: &people::People) -> Vec<Choice> {
    by_label(people.entries().iter().map(|entry| {
        let numbers = entry.numbers().map(|number| number.value);
        let words: Vec<&str> = entry.shown().into_iter().chain(numbers).collect();
        Choice::new(entry.id(), &words.join(" "))
    }))
}

fn by_label(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = choices.collect();
    choices.sort_by_cached_key(|choice| (choice.label.to_lowercase(), choice.id.clone()));
    choices
}

/// The latest conversations, latest first; of one inbox, if one was chosen.
async fn threads(cx: &Context, chosen: Option<&str>) -> Result<Vec<Choice>, ToolError> {
    let (inboxes, threads, people) =
        futures_util::join!(inbox::reachable(cx), conversations::latest(cx), people::names(cx));
    let (inboxes, threads) = (inboxes?, threads?);
    let chosen = chosen.filter(|chosen| !crate::text::is_blank(chosen)).map(|chosen| {
        let inside = chosen.strip_suffix(')').and_then(|front| front.rsplit_once('('));
        inbox::find(&inboxes, inside.map_or(chosen.trim(), |(_, id)| id))
    });
    let choices = threads.iter().filter_map(|thread| {
        let inbox = inboxes.iter().find(|inbox| inbox.id == thread.inbox)?;
        if chosen.as_ref().is_some_and(|chosen| chosen.as_ref() != Some(inbox)) {
            return None;
        }
        let with = thread.participants.iter().map(|party| {
            let Person { number, name, .. } = Person::of(party, inbox, &people);
            name.map_or_else(|| number.clone(), |name| format!("{name} {number}"))
        });
        let with = with.collect::<Vec<_>>().join(", ");
        let of = if inboxes.len() > 1 { format!(", {}", inbox.name) } else { String::new() };
        Some(Choice::new(thread.id.as_str(), &format!("{with}{of}")))
    });
    Ok(choices.collect())
}

/// The zones that people live in, as the IANA names them.
fn zones() -> Vec<Choice> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| {
            name == "UTC"
                || (name.contains('/') && name.starts_with(|first: char| first.is_ascii_uppercase()))
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names.iter().map(|name| Choice::word(name)).collect()
}
