//! `voicemail-triage`: missed calls and voicemails, sorted by how soon somebody has to act.

use super::{Argument, PromptSpec, Tools};

pub(super) const PROMPT: PromptSpec = PromptSpec {
    name: "voicemail-triage",
    title: "Voicemail triage",
    description: "Missed calls and voicemails in one list, most urgent first, with what each caller wants and what to do next.",
    arguments: &[
        Argument::INBOX,
        Argument::since(
            "From when on: a date, or words such as yesterday or since Friday. Yesterday if left out.",
            "the start of yesterday",
        ),
        Argument::TIME_ZONE,
    ],
    needs: &["fetch-missed-calls"],
    uses: &["list-inboxes", "fetch-messages", "list-tasks", "create-task"],
    goal: "Go through the missed calls and voicemails of this OpenPhone workspace and show me one list, sorted by how soon somebody has to act.",
    steps,
    limit: "Text and call nobody: that is for me to do.",
};

fn steps(tools: &Tools<'_>) -> Vec<String> {
    let mut steps = vec![
        "Read them with `fetch-missed-calls`. Where coverage is not complete, go on with its cursor, up to 100 calls."
            .to_owned(),
        "Put aside whom somebody called or texted since, or who called again and was answered (followUp says it); say how many they are."
            .to_owned(),
    ];
    steps.extend(tools.with(
        "fetch-messages",
        "Where a voicemail cannot be placed, or there is none, look at the last messages with that number (`fetch-messages`).",
    ));
    steps.push(
        "Sort the rest. P1: danger, damage, a deadline today, or somebody who called three times or more. P2: a customer who waits for an answer. P3: everything else; sales calls and wrong numbers come last."
            .to_owned(),
    );
    steps.push(
        "For each one line: name and number, when, what they want in one sentence, what to do next, and the call's id. Several calls of one number are one line."
            .to_owned(),
    );
    if tools.has("create-task") {
        let known =
            if tools.has("list-tasks") { " Leave out what `list-tasks` shows as open already." } else { "" };
        steps.push(format!(
            "Propose a task for each P1 and P2.{known} Create those that I agree to (`create-task`), not before."
        ));
    }
    steps
}
