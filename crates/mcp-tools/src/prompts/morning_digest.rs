//! `morning-digest`: one page on what happened and what needs somebody today.

use super::{Argument, PromptSpec, Tools};

pub(super) const PROMPT: PromptSpec = PromptSpec {
    name: "morning-digest",
    title: "Morning digest",
    description: "One page for the start of the day: what was missed, who waits for an answer, what was promised on the phone, what is due.",
    arguments: &[
        Argument::INBOX,
        Argument::since(
            "From when on: a date, or words such as yesterday or since Friday. The last working day if left out.",
            "the start of the last working day before today",
        ),
        Argument::TIME_ZONE,
    ],
    needs: &["fetch-missed-calls", "list-conversations"],
    uses: &["list-inboxes", "fetch-call-transcripts", "list-tasks"],
    goal: "Tell me on one page what happened in this OpenPhone workspace and what needs somebody today.",
    steps,
    limit: "Send and change nothing.",
};

fn steps(tools: &Tools<'_>) -> Vec<String> {
    let mut steps = vec![
        "Missed: read `fetch-missed-calls` with followedUp=false. What did each leave on the machine?"
            .to_owned(),
        "Waiting: read `list-conversations` with waitingOnly=true. Who, since when, for what?".to_owned(),
    ];
    steps.extend(tools.with(
        "fetch-call-transcripts",
        "Promised: read `fetch-call-transcripts` and list what our side said it would do, for whom and until when.",
    ));
    steps.extend(tools.with(
        "list-tasks",
        "Due: read `list-tasks` up to the end of today, and list what is overdue or due today, with whose it is.",
    ));
    steps.push(
        "Where coverage is not complete, go on with the cursor, up to three results of each tool. Nothing older than the time below."
            .to_owned(),
    );
    steps.push(
        "Show three headings: Now, Today, Can wait. At most seven lines each, one line per person: who, what, since when, and the id of the call, conversation or task. One person is named once, at the most urgent place."
            .to_owned(),
    );
    steps.push("Begin with one sentence: the count of each heading.".to_owned());
    steps
}
