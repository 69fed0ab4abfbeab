//! The bill of materials: every crate that is in the program, in the form of CycloneDX 1.6.
//!
//! It is made of what cargo says, and not by a tool of its own: the known one describes every member of the workspace with all
//! features of all targets, beside each manifest, and takes minutes to install. What is listed here are the crates that a build of
//! `mcp-server` for this platform compiles, macros included, with the checksums of the lock file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

/// One crate.
#[derive(Debug, Default, Clone)]
struct Component {
    licence: String,
    repository: String,
    /// Whether it is of this workspace.
    own: bool,
    uses: BTreeSet<String>,
}

/// The document for a release of `date`.
pub(crate) fn make(workspace: &Workspace, date: &str) -> Result<String, Error> {
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let tree = process::output(&mut workspace.cargo(&[
        "tree",
        "--locked",
        "-p",
        "mcp-server",
        "-e",
        "normal",
        "--target",
        &triple,
        "--prefix",
        "depth",
        "--format",
        "|{p}|{l}|{r}",
    ]))?;
    let lock = workspace.root.join("Cargo.lock");
    let lock_text = std::fs::read_to_string(&lock).map_err(Error::file(&lock))?;
    let checksums = checksums(&lock_text).map_err(|error| Error::content(&lock, &error))?;
    let document =
        document(&tree, &checksums, date).map_err(|error| Error::content(Path::new("cargo tree"), &error))?;
    Ok(format!("{document:#}\n"))
}

/// Checksums of the registry's crates, by `name@version`.
fn checksums(lock: &str) -> Result<BTreeMap<String, String>, toml::de::Error> {
    let lock: toml::Table = lock.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    Ok(packages
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let text = |key: &str| package.get(key)?.as_str();
            Some((format!("{}@{}", text("name")?, text("version")?), text("checksum")?.to_owned()))
        })
        .collect())
}

fn document(tree: &str, checksums: &BTreeMap<String, String>, date: &str) -> Result<Value, String> {
    let (root, components) = parse(tree)?;
    let dependencies: Vec<_> =
        components.iter().map(|(id, component)| json!({ "ref": id, "dependsOn": component.uses })).collect();
    let describe = |id: &str| {
        let component = components.get(id).cloned().unwrap_or_default();
        component_json(id, &component, checksums.get(id).map(String::as_str))
    };
    let mut application = describe(&root);
    application["type"] = json!("application");
    let libraries: Vec<_> = components.keys().filter(|id| **id != root).map(|id| describe(id)).collect();
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "timestamp": format!("{date}T00:00:00Z"), "component": application },
        "components": libraries,
        "dependencies": dependencies,
    }))
}

fn component_json(id: &str, component: &Component, checksum: Option<&str>) -> Value {
    let (name, version) = id.rsplit_once('@').unwrap_or((id, ""));
    let mut described = json!({ "type": "library", "bom-ref": id, "name": name, "version": version });
    // Ours are in no registry.
    if !component.own {
        described["purl"] = json!(format!("pkg:cargo/{name}@{version}"));
    }
    if let Some(checksum) = checksum {
        described["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if !component.licence.is_empty() {
        // Older crates write a slash where an expression of SPDX has a word.
        described["licenses"] = json!([{ "expression": component.licence.replace('/', " OR ") }]);
    }
    if component.repository.starts_with("https://") {
        described["externalReferences"] = json!([{ "type": "vcs", "url": component.repository }]);
    }
    described
}

/// The lines of `cargo tree`: the depth, then name and version, licence, repository. What was shown before is not followed again.
fn parse(tree: &str) -> Result<(String, BTreeMap<String, Component>), String> {
    let mut components: BTreeMap<String, Component> = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let mut fields = line.split('|');
        let mut field = || fields.next().ok_or_else(|| format!("`{line}` is no line of a tree"));
        let (depth, package, licence, repository) = (field()?, field()?, field()?, field()?);
        let depth: usize = depth.parse().map_err(|_| format!("`{line}` has no depth"))?;
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let id = format!("{name}@{}", version.trim_start_matches('v'));
        path.truncate(depth);
        if let Some(above) = path.last() {
            components.entry(above.clone()).or_default().uses.insert(id.clone());
        }
        let component = components.entry(id.clone()).or_default();
        licence.clone_into(&mut component.licence);
        repository.trim_end_matches(" (*)").clone_into(&mut component.repository);
        component.own = package.contains("(/");
        path.push(id);
    }
    let root = tree.lines().next().and(path.first().cloned()).ok_or("the tree is empty")?;
    Ok((root, components))
}

#[cfg(test)]
mod tests {
    use super::{checksums, document};

    const TREE: &str = "\
0|mcp-server v0.1.0 (/somewhere/bins/mcp-server)|MIT|
1|bytes v1.12.2|MIT|https://github.com/tokio-rs/bytes
1|sealing v0.1.0 (/somewhere/crates/sealing)|MIT|
2|hkdf v0.13.0|MIT/Apache-2.0|https://github.com/RustCrypto/KDFs
3|bytes v1.12.2|MIT|https://github.com/tokio-rs/bytes (*)
1|serde_derive v1.0.229 (proc-macro)|MIT OR Apache-2.0|https://github.com/serde-rs/serde
";

    const LOCK: &str = r#"
[[package]]
name = "bytes"
version = "1.12.2"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

[[package]]
name = "sealing"
version = "0.1.0"
"#;

    #[test]
    fn every_crate_is_there_once_with_what_it_uses() {
        let document = document(TREE, &checksums(LOCK).unwrap(), "2026-11-26").unwrap();
        insta::assert_snapshot!(format!("{document:#}"));
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        for tree in ["", "error: no such package\n", "x|a v1|MIT|\n"] {
            assert!(document(tree, &Default::default(), "2026-11-26").is_err(), "{tree:?}");
        }
    }
}
