//! What a user may limit at consent, and what the tools make of it.
//!
//! OpenPhone keys have no scopes of their own: what is chosen here is the only least privilege there is. The
//! choices travel in the grant as JSON that only this file writes and reads.

use std::collections::BTreeSet;

use mcp_tools::Limits;
use oauth_server::{ChoiceControl, ChoiceOption, ConsentChoice};
use openphone_client::PhoneNumberId;
use serde::Deserialize;

/// Texts a day that a user may allow at most: the server's own bound.
const MOST_TEXTS: u32 = 200;

/// An inbox that the user can pick.
#[derive(Clone, Debug)]
pub struct InboxChoice {
    /// Its id.
    pub id: PhoneNumberId,
    /// Its name and number, for the key's owner.
    pub label: String,
}

/// The choices of the consent page.
#[must_use]
pub fn choices(inboxes: &[InboxChoice]) -> Vec<ConsentChoice> {
    let mut choices = vec![
        ConsentChoice::new(
            "access",
            "What it may do",
            ChoiceControl::Select {
                options: [
                    ("full", "Read, text people, and add contacts"),
                    ("no_texting", "Read and add contacts, but never text anyone"),
                    ("read_only", "Only read"),
                ]
                .map(|(value, label)| ChoiceOption { value: value.to_owned(), label: label.to_owned() })
                .to_vec(),
                selected: "full".to_owned(),
            },
        ),
        ConsentChoice::new(
            "texts_per_day",
            "Most texts in a day",
            ChoiceControl::Number { min: 1, max: MOST_TEXTS, value: MOST_TEXTS },
        )
        .help("Counted over everything that uses this API key."),
    ];
    if inboxes.len() > 1 {
        let all = ChoiceOption { value: "all".to_owned(), label: "All inboxes".to_owned() };
        let each = inboxes
            .iter()
            .map(|inbox| ChoiceOption { value: inbox.id.to_string(), label: inbox.label.clone() });
        choices.push(ConsentChoice::new(
            "inbox",
            "Which inboxes",
            ChoiceControl::Select {
                options: std::iter::once(all).chain(each).collect(),
                selected: "all".to_owned(),
            },
        ));
    }
    choices
}

/// The outcome of [`choices`], as the grant carries it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    access: Access,
    texts_per_day: u32,
    #[serde(default)]
    inbox: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Access {
    Full,
    NoTexting,
    ReadOnly,
}

/// The limits of a grant. An error is no reason to go on without limits: the grant is then unusable.
pub fn limits(embedder_data: &[u8]) -> Result<Limits, serde_json::Error> {
    let chosen: Chosen = serde_json::from_slice(embedder_data)?;
    let mut limits = Limits::default();
    match chosen.access {
        Access::Full => {}
        Access::NoTexting => limits.no_texting = true,
        Access::ReadOnly => limits.read_only = true,
    }
    limits.sends_per_day = Some(chosen.texts_per_day);
    if let Some(inbox) = chosen.inbox.filter(|inbox| inbox != "all") {
        let inbox = PhoneNumberId::parse(&inbox).map_err(serde::de::Error::custom)?;
        limits.inboxes = Some(BTreeSet::from([inbox]));
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_becomes_limits() {
        let full = limits(br#"{"access":"full","texts_per_day":200,"inbox":"all"}"#).unwrap();
        assert!(full.texting_allowed() && full.inboxes.is_none());
        assert_eq!(full.sends_per_day, Some(200));

        let reader = limits(br#"{"access":"read_only","texts_per_day":7}"#).unwrap();
        assert!(reader.read_only);
        assert_eq!(reader.sends_per_day, Some(7));

        let silent = limits(br#"{"access":"no_texting","texts_per_day":9,"inbox":"PNone"}"#).unwrap();
        assert!(silent.no_texting && !silent.read_only);
        assert!(silent.reaches(&PhoneNumberId::parse("PNone").unwrap()));
        assert!(!silent.reaches(&PhoneNumberId::parse("PNtwo").unwrap()));
    }

    #[test]
    fn what_cannot_be_understood_is_no_grant() {
        for data in [
            "",
            "{}",
            r#"{"access":"all","texts_per_day":1}"#,
            r#"{"access":"full","texts_per_day":1,"later":true}"#,
        ] {
            assert!(limits(data.as_bytes()).is_err(), "{data}");
        }
    }
}
