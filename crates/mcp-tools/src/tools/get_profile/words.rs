//! Scopes and limits as sentences.

use std::collections::BTreeSet;

use crate::limits::{Limits, RecipientRule};
use crate::scope::{Scope, Scopes};

/// What scopes allow.
pub(super) fn of_scopes(scopes: Scopes) -> Vec<String> {
    let words = |scope: &Scope| match scope {
        Scope::Read => "It may read messages, calls, contacts and tasks.",
        Scope::Write => "It may text people and write contacts, notes and tasks.",
        Scope::Admin => "It may see what other connections with the same API key did.",
    };
    Scope::ALL.iter().filter(|scope| scopes.allow(**scope)).map(|scope| words(scope).to_owned()).collect()
}

/// What limits allow at most. Which inboxes are within reach is told beside.
pub(super) fn of_limits(limits: &Limits) -> Vec<String> {
    // Every field: a limit that is added must be put in words before this compiles.
    let Limits {
        read_only,
        no_texting,
        reply_only,
        confirm_many,
        inboxes: _,
        sends_per_hour,
        sends_per_day,
        recipient_per_day,
        recipient_gap_seconds,
        new_recipients_per_hour,
        recipients_per_call,
        quiet_hours,
        refuse_unchecked,
        allow_recipients,
        deny_recipients,
    } = limits;
    if *read_only {
        return vec!["Nothing may be written.".to_owned()];
    }
    if *no_texting {
        return vec!["No texts may be sent.".to_owned()];
    }
    let switch = |on: &bool, words: &str| on.then(|| words.to_owned());
    let number = |limit: &Option<u32>, words: &dyn Fn(u32) -> String| limit.map(words);
    let quiet = quiet_hours.iter().map(|hours| match hours.refuses() {
        true => format!("Nobody is texted at {hours} where they are."),
        false => format!("A text that arrives at {hours} where the recipient is gets a warning."),
    });
    let listed = |rules: &BTreeSet<RecipientRule>| {
        rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let allowed = allow_recipients.iter().map(|list| format!("Texts go only to: {}.", listed(list)));
    let denied =
        (!deny_recipients.is_empty()).then(|| format!("No texts go to: {}.", listed(deny_recipients)));
    [
        switch(reply_only, "Texts go only to people who wrote or called first and to contacts; nobody can be added to the contacts."),
        switch(confirm_many, "The person is asked before one call texts more than one person."),
        number(sends_per_hour, &|limit| format!("At most {limit} texts an hour.")),
        number(sends_per_day, &|limit| format!("At most {limit} texts a day.")),
        number(recipient_per_day, &|limit| format!("At most {limit} texts a day to one recipient.")),
        number(recipient_gap_seconds, &|limit| format!("At least {limit} seconds between two texts to one recipient.")),
        number(new_recipients_per_hour, &|limit| format!("At most {limit} recipients an hour that were never texted before.")),
        number(recipients_per_call, &|limit| format!("At most {} recipients in one call.", limit.min(100))),
        switch(refuse_unchecked, "Nobody is texted of whom it cannot be found out whether they opted out."),
        denied,
    ]
    .into_iter()
    .flatten()
    .chain(allowed)
    .chain(quiet)
    .collect()
}
