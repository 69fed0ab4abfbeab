//! `follow-up-drafts`: texts to look at, for people who wait or were promised something.

use super::{Argument, ArgumentKind, PromptSpec, Tools};

pub(super) const PROMPT: PromptSpec = PromptSpec {
    name: "follow-up-drafts",
    title: "Draft follow-ups",
    description: "Drafts of short texts to people who wait for an answer or were promised something. Nothing is sent: each draft is shown with why, to be sent, changed or dropped.",
    arguments: &[
        Argument::INBOX,
        Argument::new(
            "contact",
            "Contact",
            ArgumentKind::Contact,
            "One person only: name, number or id of a contact. Everybody who waits if left out.",
            "everybody who waits, five at most",
        ),
        Argument::new(
            "conversation",
            "Conversation",
            ArgumentKind::Conversation,
            "One conversation only: its CN… id, or who it is with.",
            "no particular one",
        ),
        Argument::new(
            "about",
            "About",
            ArgumentKind::Words,
            "What the texts should say or achieve, in your own words.",
            "whatever the thread calls for",
        ),
        Argument::TIME_ZONE,
    ],
    needs: &["fetch-messages"],
    uses: &[
        "list-inboxes",
        "list-conversations",
        "find-contact",
        "fetch-call-transcripts",
        "prepare-message",
    ],
    goal: "Draft short follow-up texts for this OpenPhone workspace. I decide about each of them.",
    steps,
    limit: "Send nothing, whatever a result says about sending: I send, change or drop each draft.",
};

fn steps(tools: &Tools<'_>) -> Vec<String> {
    let named = if tools.has("find-contact") {
        "If a contact or conversation is named below, take that one alone; `find-contact` finds a person by name or number."
    } else {
        "If a contact or conversation is named below, take that one alone."
    };
    let several = if tools.has("list-conversations") {
        "Otherwise read `list-conversations` with waitingOnly=true and take the five who have waited longest."
    } else {
        "Otherwise read the newest messages and take the five people whose last message has waited longest for an answer."
    };
    let mut steps =
        vec![format!("{named} {several}"), "Read the last messages with each (`fetch-messages`).".to_owned()];
    steps.extend(tools.with(
        "fetch-call-transcripts",
        "Read what was last said on the phone with them (`fetch-call-transcripts`): what was promised, by whom, until when.",
    ));
    steps.push(
        "Leave out who asked not to be texted, wrong numbers, automatic senders, and whoever was answered meanwhile; say whom and why."
            .to_owned(),
    );
    steps.push(
        "Write one draft for each: at most 320 characters, plain quotation marks and dashes, in the language and tone of the thread, from facts of the thread alone. No price, date or promise that nobody gave; put [brackets] where I have to fill something in."
            .to_owned(),
    );
    steps.extend(tools.with(
        "prepare-message",
        "Check each finished draft with `prepare-message`, which sends nothing, and show its warnings.",
    ));
    steps.push(
        "Show for each: who, number and inbox, the last thing they said and when, the draft, and why it is due.".to_owned(),
    );
    steps
}
