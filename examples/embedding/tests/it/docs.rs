//! `docs/embedding.md` quotes this example: what it quotes must be in the files.

const PAGE: &str = include_str!("../../../../docs/embedding.md");
const SOURCES: &[&str] = &[
    include_str!("../../src/board.rs"),
    include_str!("../../src/book_visit.rs"),
    include_str!("../../src/journal.rs"),
    include_str!("../../src/lib.rs"),
    include_str!("../../src/main.rs"),
    include_str!("../../src/phone.rs"),
    include_str!("../../src/phone/login.rs"),
    include_str!("../../src/phone/routes.rs"),
    include_str!("../../src/secrets.rs"),
    include_str!("../../src/store.rs"),
    include_str!("store.rs"),
];

/// Without indentation: a quotation begins at the margin.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).collect()
}

#[test]
fn what_is_quoted_is_in_the_files() {
    let sources: Vec<Vec<&str>> = SOURCES.iter().map(|source| lines(source)).collect();
    let (walk, _) = PAGE.split_once("\n## The client\n").unwrap();
    let quoted: Vec<&str> =
        walk.split("```rs\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(quoted.len() >= 5, "{}", quoted.len());
    for quotation in quoted {
        // An ellipsis on a line of its own stands for lines that are left out.
        for part in quotation.split("// …\n") {
            let part = lines(part.trim());
            let is_in = |source: &Vec<&str>| source.windows(part.len()).any(|window| window == part);
            assert!(sources.iter().any(is_in), "not in the example any more:\n{}", part.join("\n"));
        }
    }
}
