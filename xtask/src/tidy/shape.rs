//! How a file looks: it opens by saying what it is, it is short, and modules are `name.rs`, never `mod.rs`.

use super::{File, Finding, rust};

/// Lines of code that a file may have, tests, comments and blank lines aside.
const MAX_CODE_LINES: usize = 400;

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    let mut report =
        |line, message: String| findings.push(Finding { path: file.path.clone(), line, message });
    let Some(text) = &file.text else { return };
    if file.name() == "mod.rs" {
        report(1, format!("rename it to `{}.rs` beside its folder", folder_name(&file.path)));
    }
    if let Some((opening, is_header)) = header_rule(file)
        && !text.lines().find(|line| !line.starts_with("#!/")).is_some_and(is_header)
    {
        report(
            1,
            format!(
                "open the file with a {opening} that says what it is and how it differs from its neighbour"
            ),
        );
    }
    if file.extension() == "rs" && !file.is_test() {
        let lines: Vec<_> = rust::code_only(text).lines().map(str::trim).map(str::is_empty).collect();
        let mut code = lines.iter().enumerate().filter(|(_, blank)| !**blank).map(|(at, _)| at + 1);
        let count = code.clone().count();
        if let Some(line) = code.nth(MAX_CODE_LINES) {
            report(
                line,
                format!("{count} lines of code, the limit is {MAX_CODE_LINES}: split the file by subject"),
            );
        }
    }
}

type IsHeader = fn(&str) -> bool;

/// How a file of this kind opens; `None` for kinds that need no header.
fn header_rule(file: &File) -> Option<(&'static str, IsHeader)> {
    let rule: (_, IsHeader) = match file.extension().as_str() {
        "rs" => ("`//!` comment", |line| line.starts_with("//!")),
        "js" | "mjs" => ("comment", |line| line.starts_with("//") || line.starts_with("/*")),
        "css" => ("comment", |line| line.starts_with("/*")),
        "py" => ("docstring", |line| line.starts_with("\"\"\"") || line.starts_with('#')),
        "sh" => ("comment", |line| line.starts_with("# ")),
        "" if file.path.starts_with(".ci/") => ("comment", |line| line.starts_with("# ")),
        _ => return None,
    };
    Some(rule)
}

fn folder_name(path: &str) -> &str {
    path.rsplit('/').nth(1).unwrap_or("module")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings_in;

    #[track_caller]
    fn check_file(path: &str, text: &str, expected: &[&str]) {
        let findings = findings_in(path, text, check);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.starts_with(expected), "{finding}");
        }
    }

    #[test]
    fn a_file_opens_with_a_header() {
        check_file("crates/a/src/b.rs", "//! What it is.\n", &[]);
        check_file(
            "crates/a/src/b.rs",
            "use x;\n",
            &["crates/a/src/b.rs:1: open the file with a `//!` comment"],
        );
        check_file("crates/a/src/b.rs", "", &["crates/a/src/b.rs:1: open"]);
        check_file("tests/x.mjs", "import 'y';\n", &["tests/x.mjs:1: open"]);
        check_file("tests/x.py", "import y\n", &["tests/x.py:1: open"]);
        check_file(".ci/run", "#!/bin/bash\nset -e\n", &[".ci/run:1: open"]);
        check_file(".ci/run", "#!/bin/bash\n# What it does.\n", &[]);
        check_file("crates/a/style.css", "a {}", &["crates/a/style.css:1: open"]);
    }

    #[test]
    fn mod_rs_is_refused() {
        check_file("crates/a/src/b/mod.rs", "//! x\n", &["crates/a/src/b/mod.rs:1: rename it to `b.rs`"]);
    }

    #[test]
    fn code_lines_are_limited_and_tests_are_not() {
        let header = "//! x\n\n// a comment\n";
        let long = format!("{header}{}", "a;\n".repeat(401));
        check_file("crates/a/src/b.rs", &long, &["crates/a/src/b.rs:404: 401 lines of code"]);
        let tests =
            format!("{header}{}#[cfg(test)]\nmod tests {{\n{}}}\n", "a;\n".repeat(400), "b;\n".repeat(99));
        check_file("crates/a/src/b.rs", &tests, &[]);
        check_file("crates/a/src/b/tests.rs", &long, &[]);
        check_file("crates/a/tests/it/b.rs", &long, &[]);
    }
}
