//! Which crate may use which. `docs/architecture.md` draws it; this file is what holds it.
//!
//! A crate uses crates of lower layers only: siblings never import each other. The sandbox is apart from all: it
//! uses nothing of ours, so that it and the client cannot be wrong together, and only the binary, the example of
//! another program, xtask and tests use it.

use toml::{Table, Value};

use super::{File, Finding, rust};

/// Every package and its layer. A new crate is added here and in `docs/architecture.md`.
const LAYERS: &[(&str, Layer)] = &[
    ("openphone-mcp-sealing", Layer::Level(0)),
    ("openphone-mcp-state-store", Layer::Level(0)),
    ("openphone-mcp-web-ui", Layer::Level(0)),
    ("openphone-mcp-protocol", Layer::Level(1)),
    ("openphone-client", Layer::Level(1)),
    ("openphone-client-fuzz", Layer::Level(2)),
    ("openphone-mcp-protocol-fuzz", Layer::Level(2)),
    ("openphone-mcp-tools", Layer::Level(2)),
    ("openphone-mcp-oauth-server", Layer::Level(2)),
    ("openphone-mcp-oauth-server-fuzz", Layer::Level(3)),
    ("openphone-mcp-landing", Layer::Level(2)),
    ("openphone-mcp-doctor", Layer::Level(1)),
    ("mcp-server", Layer::Binary),
    ("openphone-mcp-embedding-example", Layer::Binary),
    ("xtask", Layer::Binary),
    ("openphone-mcp-bench", Layer::Binary),
    ("openphone-sandbox", Layer::Sandbox),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Level(u8),
    /// The server, the example of another program, xtask, and what `bench/` measures: level 3, and those that may hold the
    /// sandbox.
    Binary,
    Sandbox,
}

impl Layer {
    /// Whether a crate of this layer may depend on one of `other`, in code that is not a test.
    fn may_use(self, other: Self) -> bool {
        let height = |layer| match layer {
            Self::Level(height) => Some(height),
            Self::Binary => Some(3),
            Self::Sandbox => None,
        };
        match (height(self), height(other)) {
            (Some(upper), Some(lower)) => lower < upper,
            (Some(_), None) => self == Self::Binary,
            (None, _) => false,
        }
    }
}

/// A workspace crate as its manifest says.
#[derive(Debug)]
struct Crate {
    folder: String,
    package: String,
    /// As code names it.
    library: String,
    layer: Option<Layer>,
}

pub(super) fn check(files: &[File], findings: &mut Vec<Finding>) {
    let manifests: Vec<_> =
        files.iter().filter(|file| file.name() == "Cargo.toml").filter_map(parse).collect();
    let crates: Vec<_> = manifests.iter().filter_map(|(file, manifest)| describe(file, manifest)).collect();
    let root = manifests.iter().find(|(file, _)| file.path == "Cargo.toml").map(|(_, manifest)| manifest);
    for (file, manifest) in &manifests {
        let Some(this) = crates.iter().find(|this| file.path == format!("{}/Cargo.toml", this.folder)) else {
            continue;
        };
        let mut report = |key: &str, message| {
            findings.push(Finding { path: file.path.clone(), line: line_of(file, key), message });
        };
        if this.layer.is_none() {
            report("name", format!("`{}` is in no layer: add it to xtask/src/tidy/layers.rs", this.package));
        }
        for (key, package, is_dev) in dependencies(manifest, root) {
            if let Some(other) = crates.iter().find(|other| other.package == package)
                && let Some(message) = refusal(this, other, is_dev)
            {
                report(&key, message);
            }
        }
    }
    for this in &crates {
        let source = format!("{}/src/", this.folder);
        for file in files.iter().filter(|file| file.path.starts_with(&source) && file.extension() == "rs") {
            check_source(this, file, &crates, findings);
        }
    }
}

/// Why `this` may not depend on `other`; `None` when it may.
fn refusal(this: &Crate, other: &Crate, is_dev: bool) -> Option<String> {
    let (from, to) = (this.layer?, other.layer?);
    let test_only =
        is_dev && from != Layer::Sandbox && (to == Layer::Sandbox || this.package == other.package);
    if test_only || from.may_use(to) {
        return None;
    }
    let advice = match to {
        Layer::Sandbox => "only programs and [dev-dependencies] may use the sandbox",
        _ => "a crate uses lower layers only: pass the value in, or put an adapter into bins/mcp-server",
    };
    Some(format!("`{}` may not use `{}`: {advice}", this.package, other.package))
}

/// Paths into other crates in code that is not a test: a dependency that slipped in by another way.
fn check_source(this: &Crate, file: &File, crates: &[Crate], findings: &mut Vec<Finding>) {
    let Some(text) = file.text.as_ref().filter(|_| !file.is_test()) else { return };
    let code = rust::code_only(text);
    for (at, line) in code.lines().enumerate() {
        for other in crates.iter().filter(|other| other.package != this.package) {
            if names(line, &other.library)
                && let Some(message) = refusal(this, other, false)
            {
                findings.push(Finding { path: file.path.clone(), line: at + 1, message });
            }
        }
    }
}

/// Whether `line` uses the crate `library`: a path `library::` or `use library;` that no longer path leads to.
fn names(line: &str, library: &str) -> bool {
    line.match_indices(library).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + library.len()..]);
        let starts = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            || before.ends_with(" ::");
        let imported = before.trim_end().ends_with("use") && after.starts_with([';', ' ']);
        starts && (after.starts_with("::") || imported)
    })
}

fn parse(file: &File) -> Option<(&File, Table)> {
    Some((file, file.text.as_ref()?.parse().ok()?))
}

fn describe(file: &File, manifest: &Table) -> Option<Crate> {
    let package = manifest.get("package")?.get("name")?.as_str()?.to_owned();
    let library = manifest.get("lib").and_then(|lib| lib.get("name")).and_then(Value::as_str);
    Some(Crate {
        folder: file.path.strip_suffix("/Cargo.toml")?.to_owned(),
        library: library.map_or_else(|| package.replace('-', "_"), str::to_owned),
        layer: LAYERS.iter().find(|(name, _)| *name == package).map(|(_, layer)| *layer),
        package,
    })
}

/// Every dependency: its key, the package behind it, and whether only tests see it.
fn dependencies(manifest: &Table, root: Option<&Table>) -> Vec<(String, String, bool)> {
    let shared = root.and_then(|root| root.get("workspace")?.get("dependencies")?.as_table());
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table).chain([manifest]);
    let mut found = Vec::new();
    for table in tables {
        for (section, is_dev) in
            [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            for (key, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
                let renamed = |value: &Value| Some(value.get("package")?.as_str()?.to_owned());
                let package = renamed(value).or_else(|| renamed(shared?.get(key)?));
                found.push((key.clone(), package.unwrap_or_else(|| key.clone()), is_dev));
            }
        }
    }
    found
}

/// Where the manifest has `key`, for the message.
fn line_of(file: &File, key: &str) -> usize {
    let text = file.text.as_deref().unwrap_or_default();
    let defines = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '.', '=']));
    text.lines().position(|line| defines(line.trim_start())).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.dependencies]\n\
        mcp-tools = { package = \"openphone-mcp-tools\", path = \"crates/mcp-tools\" }\n\
        sealing = { package = \"openphone-mcp-sealing\", path = \"crates/sealing\" }\n";

    /// Findings in a workspace of these manifests and sources.
    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let sealing = "[package]\nname = \"openphone-mcp-sealing\"\n[lib]\nname = \"sealing\"";
        let tools = "[package]\nname = \"openphone-mcp-tools\"\n[lib]\nname = \"mcp_tools\"";
        let base = [
            ("Cargo.toml", ROOT),
            ("crates/sealing/Cargo.toml", sealing),
            ("crates/mcp-tools/Cargo.toml", tools),
            ("crates/openphone-sandbox/Cargo.toml", "[package]\nname = \"openphone-sandbox\""),
        ];
        let files: Vec<_> = base
            .iter()
            .filter(|(path, _)| !files.iter().any(|(other, _)| other == path))
            .chain(files)
            .map(|(path, text)| File { path: (*path).to_owned(), text: Some((*text).to_owned()) })
            .collect();
        let mut findings = Vec::new();
        check(&files, &mut findings);
        findings.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn check_files(files: &[(&str, &str)], expected: &str) {
        let findings = findings(files);
        assert!(findings.len() == 1 && findings[0].starts_with(expected), "{findings:?}");
    }

    #[test]
    fn lower_layers_may_be_used() {
        let landing = "[package]\nname = \"openphone-mcp-landing\"\n[dependencies]\nsealing.workspace = true\n\
            [dev-dependencies]\nopenphone-sandbox.workspace = true";
        let source =
            "//! x\nuse sealing::Seal;\n#[cfg(test)]\nmod tests {\n use openphone_sandbox::Sandbox;\n}";
        let files = [("crates/landing/Cargo.toml", landing), ("crates/landing/src/lib.rs", source)];
        assert_eq!(findings(&files), Vec::<String>::new());
    }

    #[test]
    fn a_sibling_is_refused() {
        let landing =
            "[package]\nname = \"openphone-mcp-landing\"\n[dependencies]\nmcp-tools.workspace = true";
        let expected =
            "crates/landing/Cargo.toml:4: `openphone-mcp-landing` may not use `openphone-mcp-tools`: a crate";
        check_files(&[("crates/landing/Cargo.toml", landing)], expected);
    }

    #[test]
    fn a_higher_layer_is_refused_in_every_section() {
        for section in ["build-dependencies", "dev-dependencies", "target.'cfg(unix)'.dependencies"] {
            let sealing = format!(
                "[package]\nname = \"openphone-mcp-sealing\"\n[{section}]\n\
                 tools = {{ package = \"openphone-mcp-tools\", path = \"../mcp-tools\" }}"
            );
            let expected =
                "crates/sealing/Cargo.toml:4: `openphone-mcp-sealing` may not use `openphone-mcp-tools`";
            check_files(&[("crates/sealing/Cargo.toml", &sealing)], expected);
        }
    }

    #[test]
    fn the_sandbox_is_for_the_binary_and_tests() {
        let depends = "[dependencies]\nopenphone-sandbox.workspace = true";
        let client = format!("[package]\nname = \"openphone-client\"\n{depends}");
        let expected =
            "crates/openphone-client/Cargo.toml:4: `openphone-client` may not use `openphone-sandbox`: only";
        check_files(&[("crates/openphone-client/Cargo.toml", &client)], expected);
        let binary = format!("[package]\nname = \"mcp-server\"\n{depends}");
        assert_eq!(findings(&[("bins/mcp-server/Cargo.toml", &binary)]), Vec::<String>::new());
        let sandbox = "[package]\nname = \"openphone-sandbox\"\n[dev-dependencies]\nsealing.workspace = true";
        let expected = "crates/openphone-sandbox/Cargo.toml:4: `openphone-sandbox` may not use";
        check_files(&[("crates/openphone-sandbox/Cargo.toml", sandbox)], expected);
    }

    #[test]
    fn code_is_read_too() {
        let source = "//! x\n// openphone_sandbox::\nfn f() { openphone_sandbox::start(\"mcp_tools::\") }";
        let expected = "crates/mcp-tools/src/lib.rs:3: `openphone-mcp-tools` may not use `openphone-sandbox`";
        check_files(&[("crates/mcp-tools/src/lib.rs", source)], expected);
        let local = "//! x\nuse crate::mcp_tools::X;\nlet my_mcp_tools = 1;";
        assert_eq!(findings(&[("crates/sealing/src/lib.rs", local)]), Vec::<String>::new());
    }

    #[test]
    fn a_crate_without_a_layer_is_refused() {
        let expected = "crates/new/Cargo.toml:2: `new` is in no layer: add it";
        check_files(&[("crates/new/Cargo.toml", "[package]\nname = \"new\"")], expected);
    }
}
