//! Which version of everything was measured, as the lock files of `bench/` have it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::contender::Contender;
use super::programs::Programs;
use crate::error::Error;
use crate::process;

/// A lock file, and whose versions are of interest there.
struct Lock {
    contender: Contender,
    path: &'static str,
    find: fn(&str, &str) -> Option<String>,
    names: &'static [&'static str],
}

const LOCKS: &[Lock] = &[
    Lock { contender: Contender::Bare, path: "Cargo.lock", find: of_crate, names: &["hyper"] },
    Lock { contender: Contender::Rmcp, path: "Cargo.lock", find: of_crate, names: &["rmcp"] },
    Lock {
        contender: Contender::TypeScript,
        path: "node/package-lock.json",
        find: of_package,
        names: &["@modelcontextprotocol/server", "@modelcontextprotocol/node"],
    },
    Lock {
        contender: Contender::Python,
        path: "python/requirements.txt",
        find: of_requirement,
        names: &["mcp", "uvicorn"],
    },
];

/// For the line of conditions.
pub(super) fn words(programs: &Programs) -> Result<String, Error> {
    let read = |name: &str| {
        let path = programs.source().join(name);
        std::fs::read_to_string(&path).map_err(Error::file(&path))
    };
    let mut parts = Vec::new();
    for Lock { contender, path, find, names } in LOCKS {
        if programs.has(*contender) {
            let lock = read(path)?;
            parts.extend(names.iter().filter_map(|name| Some(format!("`{name}` {}", find(&lock, name)?))));
        }
    }
    for program in programs.runtimes() {
        parts.push(said(program)?);
    }
    Ok(parts.join(", "))
}

/// `node` says `v22.1.0`, and Python its name.
fn said(program: &Path) -> Result<String, Error> {
    let version = process::output(Command::new(program).arg("--version"))?;
    let version = version.trim();
    Ok(version.strip_prefix('v').map_or_else(|| version.to_owned(), |version| format!("Node {version}")))
}

/// Of a `Cargo.lock`.
fn of_crate(lock: &str, name: &str) -> Option<String> {
    let lock: toml::Table = lock.parse().ok()?;
    let packages = lock.get("package")?.as_array()?;
    let package =
        packages.iter().find(|package| package.get("name").and_then(|is| is.as_str()) == Some(name))?;
    package.get("version")?.as_str().map(str::to_owned)
}

/// Of a `package-lock.json`.
fn of_package(lock: &str, name: &str) -> Option<String> {
    let lock: Value = serde_json::from_str(lock).ok()?;
    lock["packages"][format!("node_modules/{name}")]["version"].as_str().map(str::to_owned)
}

/// Of a `requirements.txt` with hashes, where a version may be followed by extras and conditions.
fn of_requirement(requirements: &str, name: &str) -> Option<String> {
    requirements.lines().find_map(|line| {
        let (package, version) = line.split_once("==")?;
        let package = package.split('[').next()?;
        let version = version.split([' ', ';', '\\']).next()?;
        (package == name).then(|| version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_lock_files() {
        let lock = "version = 4\n[[package]]\nname = \"rmcp\"\nversion = \"3.9.0\"\n";
        assert_eq!(of_crate(lock, "rmcp").as_deref(), Some("3.9.0"));
        assert_eq!(of_crate(lock, "hyper"), None);
        let lock = r#"{"packages":{"node_modules/@a/b":{"version":"2.4.0"}}}"#;
        assert_eq!(of_package(lock, "@a/b").as_deref(), Some("2.4.0"));
        let requirements =
            "mcp-other==1.0 \\\n    --hash=sha256:00\nmcp[cli]==2.3.0 ; python_version >= \"3\" \\\n";
        assert_eq!(of_requirement(requirements, "mcp").as_deref(), Some("2.3.0"));
        assert_eq!(of_requirement(requirements, "uvicorn"), None);
    }

    #[test]
    fn programs_say_their_version() {
        assert!(said(Path::new("rustc")).unwrap().starts_with("rustc 1."));
    }
}
