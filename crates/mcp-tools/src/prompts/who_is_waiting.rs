//! `who-is-waiting`: everybody who had the last word, longest wait first.

use super::{Argument, PromptSpec, Tools};

pub(super) const PROMPT: PromptSpec = PromptSpec {
    name: "who-is-waiting",
    title: "Who is waiting for us",
    description: "Everybody who wrote or called last and got no answer yet, longest wait first, with what they wait for.",
    arguments: &[
        Argument::INBOX,
        Argument::since(
            "How far back to look: a date, or words such as last 7 days. The last 14 days if left out.",
            "the last 14 days",
        ),
        Argument::TIME_ZONE,
    ],
    needs: &["list-conversations"],
    uses: &["list-inboxes", "fetch-messages", "fetch-call-transcripts"],
    goal: "Find out who waits for an answer from us in this OpenPhone workspace, and for how long.",
    steps,
    limit: "Send nothing and set no conversation's state.",
};

fn steps(tools: &Tools<'_>) -> Vec<String> {
    let mut steps = vec![
        "Read `list-conversations` with waitingOnly=true. Where coverage is not complete, go on with its cursor, up to 200 conversations."
            .to_owned(),
        "Order them by how long they have waited, longest first.".to_owned(),
    ];
    let read: Vec<&str> =
        ["fetch-messages", "fetch-call-transcripts"].into_iter().filter(|tool| tools.has(tool)).collect();
    if !read.is_empty() {
        let read = read.iter().map(|tool| format!("`{tool}`")).collect::<Vec<_>>().join(" and ");
        steps.push(format!(
            "For the first fifteen, read what was last said ({read}) and put into one sentence what they wait for."
        ));
        steps.push(
            "Who only said thanks or goodbye, asked not to be texted, or sent an automatic reply does not wait: count them apart."
                .to_owned(),
        );
    }
    steps.push(
        "Show a table: who, number, inbox, waiting since, what for, conversation id. A snoozed or muted conversation is marked, not left out."
            .to_owned(),
    );
    steps.push("Say below it which three you would answer first, and why.".to_owned());
    steps
}
