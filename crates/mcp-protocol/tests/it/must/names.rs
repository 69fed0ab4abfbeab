//! The short names of the checklist: each has a row, or stands here with the reason why it has none.
//!
//! The checklist is a working paper and not part of this repository. Where it is beside it, a test reads the names from
//! it and holds both sides to them: a name without a row or reason fails, and so does a name that the checklist lacks.

use std::collections::BTreeSet;

use super::rows::ROWS;
use crate::schema::beside;

/// Names without a row: what they ask for is not this crate's to do, or cannot be seen from a client's side.
const NO_ROW: &[(&str, &str)] = &[
    ("http.auth.should", "authentication is the embedder's: the crate gets a principal"),
    ("http.cors", "not in the specification; CORS is the embedder's"),
    (
        "v0326.session.required",
        "nothing needs a session by itself: without one a request is served statelessly",
    ),
    ("v0618.prm", "authorization: the embedder's, before a request gets here"),
    ("v1125.prm.wk", "authorization: the embedder's, before a request gets here"),
    (
        "v1125.scope",
        "authorization: the embedder's; a 403 of a tool's has a row under `7.3 insufficient scope`",
    ),
    ("v1125.toolnames", "names are the embedder's choice"),
    ("v26.info.untrusted", "nothing in the crate reads clientInfo but to show it"),
    ("v26.discover.auth", "authorization: the embedder's, before a request gets here"),
    ("v26.deprecated", "a promise about later revisions"),
    ("7.3 token missing/invalid/expired", "authorization: the embedder's, before a request gets here"),
    ("tool.name", "names are the embedder's choice"),
    ("tool.desc", "descriptions are the embedder's choice; `Tool::new` wants one"),
    ("tool.call.security", "inputs, access, rates and outputs of a tool are the embedder's"),
    ("tool.handles", "handles are made by the embedder's tools"),
    ("elicit.form.nosecrets", "what a form asks is the embedder's; `ElicitForm` says so"),
    ("dual.legacy-401", "authorization: the embedder's, before a request gets here"),
    ("dual.legacy-2024-on-mcp", "an option that is not taken: HTTP+SSE has an endpoint of its own"),
];

/// What of a name with a row the row does not show.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("http.accept.post", "what a client sends is the client's; shown is what is made of less"),
    ("v24.init", "that a client initializes first is the client's; shown is the negotiation"),
    (
        "v26.cache.public",
        "which lists depend on the caller is the embedder's; shown is that nothing is public unasked",
    ),
    (
        "v26.mrtr.state.bind",
        "single use is the embedder's, where it matters; shown is what a state is bound to",
    ),
    (
        "v26.xheader.def",
        "a tool that breaks the rules is dropped by clients; the rules are in the unit tests of headers",
    ),
    (
        "tool.list.nonvarying",
        "what a list depends on is the embedder's; shown is that nothing else changes it",
    ),
    (
        "tool.output.conform",
        "conforming is the embedder's; shown is that data goes out as it is, with its text",
    ),
    ("res.uri", "which URIs are valid is the embedder's; shown is that none is guessed at"),
    ("comp.cap", "limiting rates is the embedder's; shown is the rest"),
    ("prog.token", "limiting rates is the embedder's but for the bounded queue; shown is the rest"),
    ("elicit.url", "that the page checks who opens it is the page's; shown is what the client is told"),
];

fn shown() -> BTreeSet<&'static str> {
    let rows = ROWS.iter().flat_map(|rows| rows.iter());
    rows.flat_map(|row| row.0.split("; ")).collect()
}

#[test]
fn a_name_has_a_row_or_a_reason() {
    let shown = shown();
    for (name, why) in NO_ROW {
        assert!(!shown.contains(name), "{name} has a row, and yet a reason to have none: {why}");
    }
    for (name, why) in NOT_SHOWN {
        assert!(shown.contains(name), "{name} has no row, so nothing is left out of it: {why}");
    }
}

#[test]
fn the_checklist_is_covered() {
    let Some(checklist) = beside("reference/mcp.md") else {
        println!("skipped: the checklist is not beside the repository");
        return;
    };
    let known: BTreeSet<String> = names(&checklist);
    // If it is written in another way one day, this test must not pass for that.
    assert!(known.len() > 150, "only {} names were found", known.len());
    let accounted: BTreeSet<String> =
        shown().into_iter().chain(NO_ROW.iter().map(|(name, _)| *name)).map(str::to_owned).collect();
    let missing: Vec<_> = known.difference(&accounted).collect();
    assert!(missing.is_empty(), "neither a row nor a reason: {missing:?}");
    let unknown: Vec<_> = accounted.difference(&known).collect();
    assert!(unknown.is_empty(), "not in the checklist: {unknown:?}");
}

/// The short names of sections 1 to 12, and the situations of the table in section 7.3, which have none.
fn names(checklist: &str) -> BTreeSet<String> {
    const AREAS: [&str; 19] = [
        "rpc", "meta", "http", "v24", "v0326", "v0618", "v1125", "v26", "tool", "prompt", "res", "comp",
        "log", "prog", "cancel", "task", "elicit", "dual", "init",
    ];
    let from = checklist.find("\n## 1. ").unwrap();
    let to = checklist.find("\n## 13. ").unwrap();
    let mut names = BTreeSet::new();
    let mut statuses = false;
    for line in checklist[from..to].lines() {
        if line.starts_with('#') {
            statuses = line.starts_with("### 7.3");
        }
        if let Some(cells) = line.strip_prefix("| ").filter(|_| statuses) {
            let situation = cells.split(" | ").next().unwrap().split(" (").next().unwrap();
            if situation != "situation" {
                names.insert(format!("7.3 {}", situation.replace('`', "")));
            }
            continue;
        }
        for quoted in line.split('`').skip(1).step_by(2) {
            let word = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
            let dotted = quoted.split_once('.').is_some_and(|(area, _)| AREAS.contains(&area));
            if quoted == "ping" || (dotted && quoted.chars().all(word)) {
                names.insert(quoted.to_owned());
            }
        }
    }
    names
}
