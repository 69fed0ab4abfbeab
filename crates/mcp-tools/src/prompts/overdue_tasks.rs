//! `overdue-tasks`: what should have been done, with what became of it.

use super::{Argument, ArgumentKind, PromptSpec, Tools};

pub(super) const PROMPT: PromptSpec = PromptSpec {
    name: "overdue-tasks",
    title: "Overdue tasks",
    description: "Open tasks whose day has passed, latest first, with whose they are, what happened since, and a proposal for each.",
    arguments: &[
        Argument::new(
            "assignee",
            "Assignee",
            ArgumentKind::Teammate,
            "Only this teammate's tasks: name or US… id. Everybody's if left out.",
            "everybody",
        ),
        Argument::INBOX,
        Argument::TIME_ZONE,
    ],
    needs: &["list-tasks"],
    uses: &["list-inboxes", "fetch-messages", "fetch-call-transcripts", "update-task"],
    goal: "Go through the overdue tasks of this OpenPhone workspace and propose what to do with each.",
    steps,
    limit: "Text nobody.",
};

fn steps(tools: &Tools<'_>) -> Vec<String> {
    let mut steps = vec![
        "Read them with `list-tasks`, overdue=true. Where coverage is not complete, go on with its cursor, up to 300 tasks."
            .to_owned(),
        "Order them by how late they are, latest first, under the name of whoever has them; those that nobody has come first."
            .to_owned(),
    ];
    let read: Vec<&str> =
        ["fetch-messages", "fetch-call-transcripts"].into_iter().filter(|tool| tools.has(tool)).collect();
    if !read.is_empty() {
        let read = read.iter().map(|tool| format!("`{tool}`")).collect::<Vec<_>>().join(" and ");
        steps.push(format!(
            "For the ten latest that belong to a conversation, read what was said there since ({read}): perhaps it was done, or is no longer wanted."
        ));
    }
    steps.push(
        "For each one line: what, for whom, whose, due when and how many days late, what happened since, the task's id, and one proposal: do it today, move it to a day, hand it over, or close it."
            .to_owned(),
    );
    steps.push(if tools.has("update-task") {
        "Ask me which proposals to carry out, and change those alone (`update-task`).".to_owned()
    } else {
        "Change no task: this connection may not.".to_owned()
    });
    steps
}
