//! The requirements on the authorization server, row by row: each has a test that carries its id in front of its name, in
//! whichever crate it belongs to, or a reason here. The same for the faults of the server that this one takes the place of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The groups of requirements, and how many each has.
const GROUPS: [(char, u32); 14] = [
    ('A', 11), // metadata of the authorization server
    ('B', 13), // metadata of the resource, and challenges
    ('C', 15), // the authorization request
    ('D', 7),  // redirect URIs
    ('E', 20), // the consent page
    ('F', 11), // codes at the token endpoint
    ('G', 11), // refresh
    ('H', 15), // client authentication and registration
    ('I', 17), // metadata documents of clients
    ('J', 6),  // revocation
    ('K', 8),  // tokens at the resource
    ('L', 7),  // CORS and HTTP
    ('M', 4),  // the optional profile
    ('N', 8),  // secrets
];

/// Faults of the predecessor that have to do with signing in and with its pages.
const PREDECESSOR: [&str; 36] = [
    "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S13", "S14", "S15", "S16", "S17",
    "S18", "S19", "S20", "S22", "S24", "S25", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10",
    "P11", "P12", "P13", "P14",
];

/// Rows without a test, and why.
const WITHOUT: [(&str, &str); 4] = [
    (
        "E10b",
        "optional, and off by default where it exists: the answer to the form is a redirect, for which no policy is in the way",
    ),
    (
        "J5",
        "optional: whoever checks tokens embeds the crate, so that there is nobody to ask another process about one",
    ),
    (
        "L7",
        "a matter of where a server is run: addresses and firewalls; `mcp-server doctor` looks at a deployment from outside",
    ),
    ("N8", "not code: `cargo xtask ci` runs `cargo deny`, and the workspace's lints forbid `unsafe`"),
];

/// Every id.
fn ids() -> BTreeSet<String> {
    let groups = GROUPS.iter().flat_map(|(group, count)| (1..=*count).map(move |n| format!("{group}{n}")));
    groups.chain(["E10b".to_owned()]).chain(PREDECESSOR.map(str::to_owned)).collect()
}

/// The ids in front of a test's name: `c13_c14_each_once` is of C13 and C14.
fn ids_of(name: &str) -> impl Iterator<Item = String> {
    let is_id = |part: &&str| is_id(part, |group| matches!(group, 'a'..='p' | 's'));
    name.split('_').take_while(is_id).map(|part| {
        let (group, number) = part.split_at(1);
        format!("{}{number}", group.to_ascii_uppercase())
    })
}

/// A letter and a number, and perhaps a `b`.
fn is_id(text: &str, is_group: impl Fn(char) -> bool) -> bool {
    let mut letters = text.chars();
    let group = letters.next().is_some_and(is_group);
    let number = letters.as_str();
    let number = number.strip_suffix('b').unwrap_or(number);
    group && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The tests of the project by id.
fn tests() -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names() {
        for id in ids_of(&name) {
            found.entry(id).or_default().push(name.clone());
        }
    }
    found
}

/// The workspace's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace")
}

/// The names of the project's tests. A test is a function with the attribute, or one in a `proptest!`.
fn names() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["crates", "bins"] {
        for file in sources(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
                    is_test = false;
                    let name = rest.split(['(', '<']).next().unwrap_or_default();
                    found.insert(name.to_owned());
                } else if !line.starts_with("#[") && !line.starts_with("//") {
                    is_test = false;
                }
            }
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && name != "node_modules" {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_requirement_has_a_test_or_a_reason() {
    let tests = tests();
    let known: BTreeSet<_> = ids();
    let excused: BTreeSet<String> = WITHOUT.iter().map(|(id, _)| (*id).to_owned()).collect();
    let without: Vec<_> =
        known.iter().filter(|id| !tests.contains_key(*id) && !excused.contains(*id)).collect();
    assert!(without.is_empty(), "no test carries these ids: {without:?}");
    let stale: Vec<_> = excused.iter().filter(|id| tests.contains_key(*id) || !known.contains(*id)).collect();
    assert!(stale.is_empty(), "these have a test, or are no ids: {stale:?}");
}

/// A threat whose tests were renamed or taken out is one that nobody tries any more.
#[test]
fn the_threats_of_the_documents_are_tested() {
    let page = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let (_, threats) = page.split_once("## Threats").expect("the threats");
    let rows = threats.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    let names = names();
    let mut count = 0;
    for row in rows.take_while(|line| line.starts_with('|')) {
        let tried_by = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let tests: Vec<_> = tried_by.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "nobody tries: {row}");
        let missing: Vec<_> = tests.iter().filter(|test| !names.contains(**test)).collect();
        assert!(missing.is_empty(), "there are no such tests: {missing:?}");
        count += tests.len();
    }
    assert!(count > 40, "{count}");
}

/// The list that the project was planned with stands beside it only where it is developed.
#[test]
fn the_ids_are_those_of_the_list() {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("a folder around the workspace");
    let Ok(list) = std::fs::read_to_string(root.join("shared/reference/oauth.md")) else { return };
    let rows = list.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |")).map(|(id, _)| id);
    let is_row = |id: &&str| is_id(id, |group| matches!(group, 'A'..='N'));
    let listed: BTreeSet<String> = rows.filter(is_row).map(str::to_owned).collect();
    let ours: BTreeSet<String> = ids().into_iter().filter(|id| !PREDECESSOR.contains(&id.as_str())).collect();
    assert_eq!(ours, listed);
}

#[test]
fn ids_stand_in_front_of_names() {
    let of = |name| ids_of(name).collect::<Vec<_>>();
    assert_eq!(of("c13_c14_each_once"), ["C13", "C14"]);
    assert_eq!(of("e10b_s1_x"), ["E10b", "S1"]);
    assert!(of("a_client_with_h2").is_empty());
    assert!(of("two_workspaces_do_not_meet").is_empty());
}
