//! What a user may limit at consent, and what the tools make of it.
//!
//! OpenPhone keys have no scopes of their own: what is chosen here is the only least privilege there is. The
//! choices travel in the grant as JSON that only this file writes and reads. It is part of every token and so kept
//! short: an inbox is named by its id without the prefix that all have. What earlier versions wrote is read for as long
//! as their grants live (half a year); what is not understood makes a grant unusable, never unlimited.

use std::collections::BTreeSet;
use std::sync::Arc;

use mcp_tools::{Limits, Scope};
use oauth_server::{ChoiceControl, ChoiceOption, Clause, ConsentChoice};
use openphone_client::PhoneNumberId;
use serde::Deserialize;

/// Names of the choices, as grants carry them.
const ACCESS: &str = "access";
const REPLY_ONLY: &str = "reply_only";
const CONFIRM_MANY: &str = "confirm_many";
const TEXTS_PER_DAY: &str = "texts_per_day";
const INBOXES: &str = "inboxes";
/// Texts a day that a user may allow at most: the server's own bound for a key.
const MOST_TEXTS: u32 = 200;
/// Inboxes that the page lists at most.
pub const MOST_INBOXES: usize = 100;
/// What every inbox's id begins with.
const INBOX_PREFIX: &str = "PN";
/// Longest name of an inbox on the page, in characters.
const LONGEST_NAME: usize = 60;

/// An inbox that the user can pick.
#[derive(Clone, Debug)]
pub struct InboxChoice {
    /// Its id.
    pub id: PhoneNumberId,
    /// Its name, for the key's owner.
    pub name: String,
    /// Its number.
    pub number: String,
}

/// The choices of the consent page. `more`: the workspace has inboxes that are not among these.
#[must_use]
pub fn choices(inboxes: &[InboxChoice], more: bool) -> Vec<ConsentChoice> {
    let option =
        |(value, label): (&str, &str)| ChoiceOption { value: value.to_owned(), label: label.to_owned() };
    let mut choices = vec![
        ConsentChoice::new(
            ACCESS,
            "What it may do",
            ChoiceControl::Select {
                options: [
                    ("full", "Read, text people, and add contacts"),
                    ("no_texting", "Read and add contacts, but never text"),
                    ("read_only", "Only read"),
                ]
                .map(option)
                .to_vec(),
                selected: "full".to_owned(),
            },
        ),
        ConsentChoice::new(REPLY_ONLY, "Only answer people", ChoiceControl::Checkbox { checked: false }).help(
            "It may text only numbers that wrote or called first, or that are in your contacts. It then adds no \
             contacts itself.",
        ),
        ConsentChoice::new(
            CONFIRM_MANY,
            "Ask me before it texts more than one person",
            ChoiceControl::Checkbox { checked: false },
        )
        .help(
            "Your app shows you who gets which text and waits for your yes. An app that cannot ask you has to make a \
             preview in the conversation first.",
        ),
        ConsentChoice::new(
            TEXTS_PER_DAY,
            "Most texts in a day",
            ChoiceControl::Number { min: 1, max: MOST_TEXTS, value: MOST_TEXTS },
        )
        .help(format!(
            "Counted for this connection. All connections with this API key together send {MOST_TEXTS} at most."
        )),
    ];
    if inboxes.len() > 1 {
        choices.push(which_inboxes(inboxes, more));
    }
    choices
}

fn which_inboxes(inboxes: &[InboxChoice], more: bool) -> ConsentChoice {
    let options: Vec<ChoiceOption> = inboxes
        .iter()
        .take(MOST_INBOXES)
        .filter_map(|inbox| {
            let value = inbox.id.as_str().strip_prefix(INBOX_PREFIX)?.to_owned();
            let mut name: String = inbox.name.chars().take(LONGEST_NAME).collect();
            if name.len() < inbox.name.len() {
                name.push('…');
            }
            Some(ChoiceOption { value, label: format!("{name} ({})", inbox.number) })
        })
        .collect();
    let help = if more || inboxes.len() > MOST_INBOXES {
        format!(
            "Where it may read and text. Your workspace has more inboxes than the {} that are listed.",
            options.len()
        )
    } else {
        "Where it may read and text.".to_owned()
    };
    let control = ChoiceControl::Several {
        options,
        ticked: Vec::new(),
        everything: Some("All inboxes, also those added later".to_owned()),
    };
    ConsentChoice::new(INBOXES, "Which inboxes", control).help(help)
}

/// What a connection with these scopes and choices will be able to do, in one or two sentences that change with what is
/// chosen. They say what [`limits`] makes of the choices; a test compares the two for every combination.
#[must_use]
pub fn summary(scopes: &[String], choices: &[ConsentChoice]) -> Vec<Clause> {
    let has = |scope: Scope| scopes.iter().any(|name| name == scope.name());
    let mut clauses = vec![Clause::new("{app} will be able to read calls and texts")];
    let everywhere = Clause::new(" in all inboxes (also those added later)");
    if choices.iter().any(|choice| choice.name == INBOXES) {
        clauses.extend([
            everywhere.when(INBOXES, "all"),
            Clause::new(" in {inboxes}").when(INBOXES, "some"),
            Clause::new(" in no inbox").when(INBOXES, "none"),
        ]);
    } else {
        clauses.push(everywhere);
    }
    if has(Scope::Write) {
        let full = |text: &str| Clause::new(text).when(ACCESS, "full");
        clauses.extend([
            Clause::new(", and to read contacts, notes and tasks.").when(ACCESS, "read_only"),
            Clause::new(", and to read and change contacts, notes and tasks.").when(ACCESS, "no_texting"),
            full(", to read and change contacts, notes and tasks, and to send"),
            full(" one text a day").when(TEXTS_PER_DAY, "1"),
            full(" up to {texts_per_day} texts a day").unless(TEXTS_PER_DAY, "1"),
            full(" to people who wrote or called first or are in your contacts").when(REPLY_ONLY, "true"),
            full("."),
            Clause::new(" It cannot text anyone or change anything.").when(ACCESS, "read_only"),
            Clause::new(" It cannot text anyone or delete anything.").when(ACCESS, "no_texting"),
            full(" It cannot delete anything."),
            Clause::new(" It cannot add phone numbers to your contacts.")
                .when(REPLY_ONLY, "true")
                .unless(ACCESS, "read_only"),
            full(" It asks you before it texts more than one person.").when(CONFIRM_MANY, "true"),
        ]);
    } else {
        clauses.push(Clause::new(
            ", and to read contacts, notes and tasks. It cannot text anyone or change anything.",
        ));
    }
    if has(Scope::Admin) {
        clauses.push(Clause::new(" It also sees what other connections with this API key did."));
    }
    clauses
}

/// The outcome of [`choices`], as the grant carries it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    access: Access,
    texts_per_day: u32,
    #[serde(default)]
    reply_only: bool,
    #[serde(default)]
    confirm_many: bool,
    /// Absent where there was one inbox to choose from.
    #[serde(default)]
    inboxes: Option<Inboxes>,
    /// Of grants from before several could be chosen: `all`, or one id as the API spells it.
    #[serde(default)]
    inbox: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Access {
    Full,
    NoTexting,
    ReadOnly,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Inboxes {
    All(Everything),
    /// Ids without their prefix.
    Only(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Everything {
    All,
}

impl Chosen {
    fn read(embedder_data: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(embedder_data)
    }

    /// The inboxes within reach; `None`: all.
    fn reach(&self) -> Result<Option<BTreeSet<PhoneNumberId>>, serde_json::Error> {
        let parse = |id: &str| PhoneNumberId::parse(id).map_err(serde::de::Error::custom);
        match (&self.inboxes, self.inbox.as_deref()) {
            (Some(_), Some(_)) => Err(serde::de::Error::custom("`inbox` beside `inboxes`")),
            (Some(Inboxes::Only(ids)), None) => {
                ids.iter().map(|id| parse(&format!("{INBOX_PREFIX}{id}"))).collect::<Result<_, _>>().map(Some)
            }
            (None, Some(id)) if id != "all" => Ok(Some(BTreeSet::from([parse(id)?]))),
            (Some(Inboxes::All(Everything::All)) | None, _) => Ok(None),
        }
    }
}

/// The limits of a grant. An error is no reason to go on without limits: the grant is then unusable.
pub fn limits(embedder_data: &[u8]) -> Result<Limits, serde_json::Error> {
    let chosen = Chosen::read(embedder_data)?;
    let mut limits = Limits::default();
    match chosen.access {
        Access::Full => {}
        Access::NoTexting => limits.no_texting = true,
        Access::ReadOnly => limits.read_only = true,
    }
    limits.reply_only = chosen.reply_only;
    limits.confirm_many = chosen.confirm_many;
    limits.sends_per_day = Some(chosen.texts_per_day);
    limits.inboxes = chosen.reach()?.map(Arc::new);
    Ok(limits)
}

/// What a grant may do, in sentences for the person who gave it.
#[must_use]
pub fn describe(embedder_data: &[u8]) -> Vec<String> {
    let read = Chosen::read(embedder_data).and_then(|chosen| Ok((chosen.reach()?, chosen)));
    let Ok((reach, chosen)) = read else {
        return vec!["Its limits cannot be read, so it can do nothing.".to_owned()];
    };
    let mut sentences = Vec::new();
    match chosen.access {
        Access::ReadOnly => sentences.push("It may only read.".to_owned()),
        Access::NoTexting if chosen.reply_only => {
            sentences.push("It may read, and never text or add contacts.".to_owned());
        }
        Access::NoTexting => sentences.push("It may read and add contacts, and never text.".to_owned()),
        Access::Full => {
            sentences.push(if chosen.reply_only {
                "It may read, and text only who wrote or called first or is in the contacts.".to_owned()
            } else {
                "It may read, text people, and add contacts.".to_owned()
            });
            sentences.push(match chosen.texts_per_day {
                1 => "It may send one text a day.".to_owned(),
                most => format!("It may send {most} texts a day."),
            });
            if chosen.confirm_many {
                sentences.push("It asks before it texts more than one person.".to_owned());
            }
        }
    }
    sentences.push(match reach {
        None => "It works in all inboxes, also those added later.".to_owned(),
        Some(inboxes) => match inboxes.iter().map(PhoneNumberId::as_str).collect::<Vec<_>>().as_slice() {
            [] => "It works in no inbox.".to_owned(),
            [only] => format!("It works in one inbox only: {only}."),
            several => format!("It works in {} inboxes only: {}.", several.len(), several.join(", ")),
        },
    });
    sentences
}

#[cfg(test)]
mod tests;
