//! What must never be committed: secrets, what a machine made, paths and hosts of one machine, and notes to self.

use super::{File, Finding};

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    let mut report =
        |line, message: String| findings.push(Finding { path: file.path.clone(), line, message });
    if let Some(what) = machine_made(file) {
        report(1, format!("{what}: remove it and add it to .gitignore"));
    }
    let Some(text) = &file.text else { return };
    // However it is called: `keys` in a data folder has no extension.
    if text.starts_with(KEY_FILE) && !file.is_test() {
        report(1, "a key file of this server: remove it, and make new keys where it was in use".to_owned());
    }
    let is_lock = LOCK_FILES.contains(&file.name());
    for (at, line) in text.lines().enumerate() {
        let line_number = at + 1;
        // A test vector sealed under a key that stands beside it is no secret.
        if let Some(what) = secret(line).filter(|what| !(what.ends_with("of this server") && file.is_test()))
        {
            report(
                line_number,
                format!("looks like {what}: revoke it, and read it from the environment or a file"),
            );
        }
        if let Some(path) = machine_path(line) {
            report(
                line_number,
                format!("`{path}` is a path of one machine: use one relative to the repository"),
            );
        }
        if let Some(word) = note_to_self(line) {
            report(line_number, format!("`{word}`: do it, or open an issue and link it"));
        }
        if let Some(source) = is_lock.then(|| foreign_source(line)).flatten() {
            report(
                line_number,
                format!("`{source}` is no public registry: make the lock file with the default one"),
            );
        }
    }
}

/// How the server's own key file begins.
const KEY_FILE: &str = concat!("# Keys of the", " MCP server.");

const LOCK_FILES: &[&str] = &["Cargo.lock", "package-lock.json", "requirements.txt", "requirements-1.txt"];

/// Folders and files that programs leave behind, and files that hold keys or databases.
fn machine_made(file: &File) -> Option<&'static str> {
    let has_folder =
        |names: &[&str]| file.path.split('/').rev().skip(1).any(|folder| names.contains(&folder));
    if has_folder(&["node_modules", "target", "__pycache__", ".venv", ".wrangler"]) {
        return Some("made by a build or a run");
    }
    if file.name() == ".env" || file.name().starts_with("id_") && file.extension().is_empty() {
        return Some("a file that holds secrets");
    }
    match file.extension().as_str() {
        "pem" | "key" | "p12" | "pfx" | "jks" | "keystore" => Some("a file that holds keys"),
        "sqlite" | "sqlite3" | "sqlite-wal" | "sqlite-shm" | "db" | "db-wal" | "db-shm" | "redb"
        | "redb-journal" | "rdb" | "aof" => Some("a database"),
        "log" | "pid" | "sock" | "tmp" | "swp" | "orig" | "rej" | "pyc" | "profraw" => {
            Some("left behind by a program")
        }
        _ => None,
    }
}

/// What a line seems to give away.
fn secret(line: &str) -> Option<&'static str> {
    // Split, so that this file does not find itself.
    if line.contains(concat!("-----BEGIN", " ")) && line.contains(concat!("PRIVATE", " KEY")) {
        return Some("a private key");
    }
    // Prefix, least number of token characters after it, and what it is.
    const TOKENS: &[(&str, usize, &str)] = &[
        ("AKIA", 16, "an AWS key"),
        ("ghp_", 36, "a GitHub token"),
        ("github_pat_", 36, "a GitHub token"),
        ("npm_", 36, "an npm token"),
        ("sk-ant-", 20, "an Anthropic key"),
        ("xoxb-", 20, "a Slack token"),
        ("opqat_", 40, "an access token of this server"),
        ("opqrt_", 40, "a refresh token of this server"),
    ];
    TOKENS.iter().find(|(prefix, length, _)| has_token(line, prefix, *length)).map(|(.., what)| *what)
}

/// Whether `prefix` starts a word on this line and `length` or more token characters follow.
fn has_token(line: &str, prefix: &str, length: usize) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    line.match_indices(prefix).any(|(at, _)| {
        let starts = !line[..at].ends_with(is_token);
        starts && line[at + prefix.len()..].chars().take_while(|&c| is_token(c)).count() >= length
    })
}

/// An absolute path into somebody's home, build machine or scratch folder.
fn machine_path(line: &str) -> Option<&'static str> {
    const ROOTS: &[&str] =
        &[concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
    // Not inside a longer path or a URL's.
    let continues = |c: char| c.is_alphanumeric() || "/._-~}>*$".contains(c);
    ROOTS.iter().copied().find(|root| {
        line.match_indices(root).any(|(at, _)| {
            let before = &line[..at];
            !before.ends_with(continues) || before.ends_with("file://")
        })
    })
}

/// A note to self instead of work done or an issue opened.
fn note_to_self(line: &str) -> Option<&'static str> {
    const WORDS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    WORDS.iter().copied().find(|word| {
        line.match_indices(word)
            .any(|(at, _)| !line[..at].ends_with(is_word) && !line[at + word.len()..].starts_with(is_word))
    })
}

/// In a lock file: an address that is not the ecosystem's public registry.
fn foreign_source(line: &str) -> Option<String> {
    const PUBLIC: &[&str] = &[
        "https://github.com/rust-lang/crates.io-index",
        "https://registry.npmjs.org/",
        "https://pypi.org/simple",
        "https://files.pythonhosted.org/",
    ];
    let line = line.trim();
    let option = ["--index-url", "--extra-index-url", "--find-links", "-i ", "-f "];
    if option.iter().any(|option| line.starts_with(option)) {
        return Some(line.to_owned());
    }
    let names_source =
        ["source = ", "\"resolved\":"].iter().any(|key| line.starts_with(key)) || line.contains(" @ ");
    let address = line.split(['"', ' ']).find(|word| word.contains("://"))?;
    let bare = address.trim_start_matches("registry+").trim_start_matches("sparse+");
    (names_source && !PUBLIC.iter().any(|public| bare.starts_with(public))).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::findings_in;

    #[track_caller]
    fn check_line(path: &str, line: &str, expected: Option<&str>) {
        let findings = findings_in(path, &format!("\n{line}\n"), check);
        match expected {
            None => assert!(findings.is_empty(), "{findings:?}"),
            Some(expected) => {
                assert_eq!(findings.len(), 1, "{findings:?}");
                assert!(
                    findings[0].starts_with(&format!("{path}:2: ")) && findings[0].contains(expected),
                    "{findings:?}"
                );
            }
        }
    }

    #[test]
    fn secrets_are_found() {
        check_line("a.rs", concat!("-----BEGIN", " EC PRIVATE", " KEY-----"), Some("a private key"));
        check_line("a.rs", "-----BEGIN CERTIFICATE-----", None);
        check_line("a.md", &format!("token: opqat_{}", "a1_-".repeat(12)), Some("an access token"));
        check_line("a.md", "tokens start with opqat_", None);
        check_line("crates/a/tests/it/b.rs", &format!("opqat_{}", "a".repeat(48)), None);
        check_line("a.rs", &format!("ghp_{}", "a".repeat(36)), Some("a GitHub token"));
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        check_line("a.md", concat!("see /ro", "ot/x"), Some("path of one machine"));
        check_line("a.md", concat!("file:///ho", "me/me/x"), Some("path of one machine"));
        check_line("a.toml", concat!("p = \"/wo", "rk/main\""), Some("path of one machine"));
        check_line("a.md", concat!("https://example.com/wo", "rk/x and $HOME/ho", "me/"), None);
    }

    #[test]
    fn notes_to_self_are_found() {
        check_line("a.rs", concat!("// TO", "DO: later"), Some("do it, or open an issue"));
        check_line("a.py", concat!("# FIX", "ME"), Some("do it, or open an issue"));
        check_line("a.rs", concat!("AUTO", "TODOS mastodon"), None);
    }

    #[test]
    fn machine_made_files_are_found() {
        for path in
            ["a/.env", "keys/server.key", "data/state.redb", "x/node_modules/y.js", "a.log", "id_ed25519"]
        {
            let findings = findings_in(path, "", check);
            assert!(findings.len() == 1 && findings[0].contains("remove it"), "{path}: {findings:?}");
        }
        for path in ["src/key.rs", ".gitignore", "docs/id_tokens.md", "src/target.rs"] {
            assert_eq!(findings_in(path, "", check), Vec::<String>::new(), "{path}");
        }
    }

    /// The predecessor's history holds 147 files of its local state, which may hold its users' keys.
    #[test]
    fn s12_no_state_of_a_server_is_committed() {
        for path in [
            ".wrangler/state/v3/do/x.sqlite",
            ".wrangler/state/v3/do/x.sqlite-wal",
            "state/kv.sqlite-shm",
            "data/state.redb",
            "data/state.redb-journal",
            "data/control.sock",
            "redis/appendonlydir/appendonly.aof.1.incr.aof",
            "redis/dump.rdb",
            "server.log",
        ] {
            let findings = findings_in(path, "", check);
            assert!(findings.len() == 1 && findings[0].contains("remove it"), "{path}: {findings:?}");
        }
        let keys = concat!("# Keys of the", " MCP server. Whoever reads this file can read every token");
        assert!(findings_in("data/keys", keys, check)[0].contains("a key file"));
        assert_eq!(
            findings_in("src/keys.rs", &format!("const HEAD: &str = \"{keys}\";"), check),
            Vec::<String>::new()
        );
    }

    #[test]
    fn lock_files_name_public_registries_only() {
        let foreign = Some("is no public registry");
        check_line("Cargo.lock", "source = \"registry+https://github.com/rust-lang/crates.io-index\"", None);
        check_line("Cargo.lock", "source = \"registry+https://mirror.example.com/index\"", foreign);
        check_line("Cargo.lock", "source = \"git+https://github.com/a/b\"", foreign);
        check_line("t/package-lock.json", "\"resolved\": \"https://registry.npmjs.org/a/-/a-1.tgz\",", None);
        check_line("t/package-lock.json", "\"resolved\": \"https://npm.example.com/a-1.tgz\",", foreign);
        check_line("t/package-lock.json", "\"funding\": { \"url\": \"https://opencollective.com/x\" }", None);
        check_line("t/requirements.txt", "--index-url https://pip.example.com/simple", foreign);
        check_line("t/requirements-1.txt", "a @ https://example.com/a.whl", foreign);
        check_line("t/requirements.txt", "a==1.0 \\", None);
    }
}
