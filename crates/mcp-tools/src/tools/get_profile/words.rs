//! Scopes and limits as sentences.

use std::collections::BTreeSet;

use crate::limits::{Limits, RecipientRule};
use crate::scope::{Scope, Scopes};

/// What scopes allow, without what limits take away as a whole.
pub(super) fn of_scopes(scopes: Scopes, limits: &Limits) -> Vec<String> {
    let words = |scope: &Scope| match scope {
        Scope::Read => Some("It may read messages, calls, contacts and tasks."),
        Scope::Write if limits.read_only => None,
        Scope::Write if limits.no_texting => Some("It may write contacts, notes and tasks."),
        Scope::Write => Some("It may text people and write contacts, notes and tasks."),
        Scope::Admin => Some("It may see what other connections with the same API key did."),
    };
    let allowed = Scope::ALL.iter().filter(|scope| scopes.allow(**scope));
    allowed.filter_map(words).map(str::to_owned).collect()
}

/// What limits allow at most. Which inboxes are within reach is told beside.
pub(super) fn of_limits(limits: &Limits) -> Vec<String> {
    // Every field: a limit that is added must be put in words before this compiles.
    let Limits {
        read_only,
        no_texting,
        reply_only,
        confirm_many,
        confirm_always,
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
    let mut sentences: Vec<String> = [
        switch(reply_only, "Texts go only to people who wrote or called first and to contacts; nobody can be added to the contacts."),
        switch(confirm_many, "One call that texts more than one person needs the person's yes first: the app asks, or shows a preview."),
        switch(confirm_always, "Every text needs the person's yes first: the app asks, or shows a preview."),
        number(sends_per_hour, &|limit| format!("At most {limit} texts an hour.")),
        number(sends_per_day, &|limit| format!("At most {limit} texts a day.")),
        number(recipient_per_day, &|limit| format!("At most {limit} texts a day to one recipient.")),
        number(recipient_gap_seconds, &|limit| format!("At least {limit} seconds between two texts to one recipient.")),
        number(new_recipients_per_hour, &|limit| format!("At most {limit} recipients an hour that were never texted before.")),
        number(recipients_per_call, &|limit| format!("At most {} recipients in one call.", limit.min(100))),
    ]
    .into_iter()
    .flatten()
    .collect();
    sentences.extend(quiet_hours.iter().map(|hours| {
        let what = if hours.refuses() { "No texts" } else { "Texts get a warning" };
        format!("{what} from {hours} in the recipient's own time zone.")
    }));
    if *refuse_unchecked {
        sentences
            .push("No texts to people of whom it cannot be found out whether they opted out.".to_owned());
    }
    sentences.extend(allow_recipients.iter().map(|list| format!("Texts go only to {}.", rules(list))));
    if !deny_recipients.is_empty() {
        sentences.push(format!("No texts to {}.", rules(deny_recipients)));
    }
    sentences
}

/// The rules of a list. Single numbers are counted and not named: they may be people's.
fn rules(list: &BTreeSet<RecipientRule>) -> String {
    let (single, groups): (Vec<String>, Vec<String>) =
        list.iter().map(RecipientRule::meaning).partition(|meaning| meaning == "this number");
    let single = (!single.is_empty()).then(|| format!("{} listed number(s)", single.len()));
    groups.into_iter().chain(single).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_words() {
        let limits: Limits = serde_json::from_str(
            r#"{"replyOnly":true,"confirmMany":true,"refuseUnchecked":true,"sendsPerHour":5,
                "allowRecipients":[["+1*","+4930123456"]],"denyRecipients":["premium","FR"]}"#,
        )
        .unwrap();
        let words = of_limits(&limits).join("\n");
        for expected in [
            "wrote or called first",
            "needs the person's yes first",
            "At most 5 texts an hour.",
            "opted out",
            "Texts go only to numbers that begin with +1, 1 listed number(s).",
            "No texts to numbers of FR, premium-rate numbers.",
        ] {
            assert!(words.contains(expected), "{expected:?} is not in:\n{words}");
        }
        assert!(!words.contains("4930123456"), "{words}");
        assert!(
            of_limits(&Limits::standard()).iter().any(|words| words.starts_with("Texts get a warning from"))
        );
        assert_eq!(of_limits(&Limits::default()), Vec::<String>::new());
    }
}
