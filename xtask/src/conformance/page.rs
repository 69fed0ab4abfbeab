//! The results as a table, and `docs/conformance.md` around it.

use std::fmt::Write as _;

use super::verdict::Verdict;

/// The page's place.
pub(super) const PATH: &str = "docs/conformance.md";

/// A markdown table, a row for each run.
pub(super) fn table(verdicts: &[Verdict]) -> String {
    let mut table = String::from(
        "| Server | Run | Scenarios | Passed | Failed | Warnings | Skipped | rmcp passes |\n\
         |---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for verdict in verdicts {
        let results = &verdict.results;
        let rmcp = verdict.bar().map_or("–".to_owned(), |bar| bar.to_string());
        let numbers = [results.scenarios, results.passed, results.failed, results.warnings, results.skipped];
        let numbers = numbers.map(|number| number.to_string()).join(" | ");
        let (subject, run) = (verdict.subject.title(), verdict.run.name);
        push(&mut table, format_args!("| {subject} | {run} | {numbers} | {rmcp} |\n"));
    }
    table
}

/// The whole page. `runs` says of each which version of the suite it is, and what that is told.
pub(super) fn page(verdicts: &[Verdict], runs: &[(&'static str, String)]) -> String {
    let mut page = String::from(INTRODUCTION);
    push(&mut page, format_args!("{}\n{RUNS}", table(verdicts)));
    for (run, command) in runs {
        push(&mut page, format_args!("| {run} | {command} |\n"));
    }
    page.push_str(SERVERS);
    for verdict in verdicts {
        for group in &verdict.expected.groups {
            let (run, checks, reason) = (verdict.run.name, group.entries.len(), &group.reason);
            push(&mut page, format_args!("| {run} | {checks} | {reason} |\n"));
        }
    }
    page.push_str(REPRODUCE);
    page
}

const INTRODUCTION: &str = "\
# Conformance

<!-- Written by `cargo xtask conformance --write`; `cargo xtask ci --full` compares it with what it measures. -->

What the [official MCP conformance suite](https://github.com/modelcontextprotocol/conformance) finds. The numbers are its single checks. `cargo xtask conformance`
fails when a check of the fixture's fails or warns, and when a run passes fewer checks than rmcp, the official Rust SDK, does with its own conformance server (rmcp
3.9.0, measured on 2026-11-22 with the same versions of the suite).

";

const RUNS: &str = "\
Skipped is what the suite itself leaves out, such as an extension that the server does not declare, or a check of another revision.

| Run | Version of the suite, and what it is told |
|---|---|
";

const SERVERS: &str = "
## The servers

- **fixture**: `crates/mcp-protocol/examples/conformance_fixture.rs`, a server made with `mcp-protocol` that has the tools, prompts and resources for which the suite
  asks by name. Nothing may fail; there is no list of exceptions.
- **fixture, bearer**: the same, which now answers 401 to a request without its token. The suite has no option for a token; `tests/conformance/bearer.mjs`
  adds it. That the token is what opens the door is part of the command: without it, and with another one, all scenarios of the run 2025-11-25 have to fail.
- **mcp-server**: the real binary with its simulated workspace, `mcp-server serve --sandbox`, after a sign-in through its own OAuth with the TypeScript SDK
  (`tests/clients/sign-in.mjs`). It has its own tools and none of the suite's, so a list names what cannot pass. It is strict: a check that fails
  and is not on it fails the command, and so does an entry that does not fail. The run `authorization` is of its authorization server: it prints a link, which
  `tests/conformance/authorization.mjs` follows as a person would; nothing of it may fail or warn.

What the lists hold, `tests/conformance/expected-failures-*.yaml`:

| Run | Checks | Why they cannot pass |
|---|---:|---|
";

const REPRODUCE: &str = "
## Reproduce

    cargo xtask conformance                          # everything, with a debug build of mcp-server
    cargo xtask conformance --release --write        # with the release build, and writes this page
    cargo xtask conformance --server fixture --run 2026-07-28

It installs Node 22 and the suite from the lock files of `tests/clients` and `tests/conformance`, and leaves each scenario's checks and all that was printed under
`target/conformance`. `cargo xtask ci` runs the fixture's rows and `authorization`, `cargo xtask ci --full` all of them. By hand, after `npm ci --ignore-scripts` in `tests/conformance`:

    cargo run -p openphone-mcp-protocol --example conformance_fixture -- 127.0.0.1:8001
    node tests/conformance/node_modules/conformance-0.2/dist/index.js server --url http://localhost:8001/mcp --requirements 2026-07-28
";

/// Writing to a text cannot fail.
fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::super::Subject;
    use super::super::expected::{ExpectedFailures, Group};
    use super::super::results::Results;
    use super::super::suite::RUNS;
    use super::*;

    fn verdict(subject: Subject, groups: Vec<Group>) -> Verdict {
        let results =
            Results { scenarios: 1, passed: 2, failed: 3, warnings: 4, skipped: 5, ..Results::default() };
        Verdict { subject, run: &RUNS[1], results, expected: ExpectedFailures { groups } }
    }

    #[test]
    fn a_row_has_every_number() {
        let table = table(&[verdict(Subject::Bearer, Vec::new()), verdict(Subject::Binary, Vec::new())]);
        let rows = "| fixture, bearer | 2025-11-25 | 1 | 2 | 3 | 4 | 5 | 83 |\n\
            | mcp-server | 2025-11-25 | 1 | 2 | 3 | 4 | 5 | – |\n";
        assert!(table.ends_with(rows), "{table}");
    }

    #[test]
    fn the_page_says_what_ran_and_what_cannot_pass() {
        let groups = vec![Group { reason: "No prompts.".to_owned(), entries: vec![String::new(); 3] }];
        let page = page(&[verdict(Subject::Binary, groups)], &[("all", "1.2.3, `server`".to_owned())]);
        assert!(page.contains("| all | 1.2.3, `server` |\n"), "{page}");
        assert!(page.contains("| 2025-11-25 | 3 | No prompts. |\n"), "{page}");
    }
}
