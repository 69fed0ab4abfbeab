//! `cargo xtask codegen`: the files made from the tool catalogue, in this process, and from the options of the binary:
//! `docs/tools.md`, `docs/prompts.md` and `docs/configuration.md` for people; the schema of the configuration file; `schemas/<mode>/<tool>.json`, each tool exactly as `tools/list` sends it to clients of that mode; and
//! `crates/mcp-tools/recordings.json`, what the worked examples answer in a simulated workspace.
//!
//! Files are written beside their place and renamed, so a failure leaves the old ones. `--check` writes nothing
//! and names what is stale.

use std::collections::BTreeMap;
use std::path::Path;

use mcp_tools::{Catalog, ClientMode, Scopes, View};
use serde_json::Value;

use crate::error::Error;
use crate::workspace::Workspace;

use self::recordings::Recordings;

mod beside_tools;
mod configuration;
mod markdown;
mod recordings;

/// The folder of the schemas, which holds nothing else.
const SCHEMAS: &str = "schemas";

/// Arguments of `codegen`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Compare instead of writing; fails when a file is stale
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<(), Error> {
    if args.check { check(workspace) } else { write(workspace) }
}

/// Fails when any generated file is not what the catalogue says.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Error> {
    let stale = stale(&workspace.root, &generate(workspace)?)?;
    for path in stale.keys() {
        eprintln!("{path}: stale");
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(Error::Check(format!("{} stale files: run `cargo xtask codegen` and commit them", stale.len())))
}

fn write(workspace: &Workspace) -> Result<(), Error> {
    for (path, content) in stale(&workspace.root, &generate(workspace)?)? {
        let full = workspace.root.join(&path);
        match content {
            Some(content) => replace(&full, &content)?,
            None => std::fs::remove_file(&full).map_err(Error::file(&full))?,
        }
        println!("{path}");
    }
    Ok(())
}

/// Every generated file: its path from the root and its content.
fn generate(workspace: &Workspace) -> Result<BTreeMap<String, String>, Error> {
    let catalog = Catalog::new().map_err(|error| Error::Check(error.to_string()))?;
    let mut files = BTreeMap::new();
    let recordings = Recordings::make(&catalog)?;
    files.insert("docs/tools.md".to_owned(), markdown::catalog(&catalog, &recordings));
    files.insert("docs/prompts.md".to_owned(), beside_tools::page(&catalog));
    files.insert(recordings::PATH.to_owned(), recordings.file());
    files.extend(configuration::files(workspace)?);
    for mode in ClientMode::ALL {
        for tool in catalog.list(&View::new(mode, Scopes::ALL)).tools() {
            let path = format!("{SCHEMAS}/{}/{}.json", mode.name(), tool.name);
            let value =
                serde_json::to_value(tool).map_err(|error| Error::content(Path::new(&path), &error))?;
            files.insert(path, format!("{:#}\n", sorted(value)));
        }
    }
    Ok(files)
}

/// With the keys of every object in order, whatever order the JSON library was built to keep.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> =
                members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// What differs under `root` from `wanted`: new content, or `None` for a schema whose tool is gone.
fn stale(root: &Path, wanted: &BTreeMap<String, String>) -> Result<BTreeMap<String, Option<String>>, Error> {
    let mut stale = BTreeMap::new();
    for (path, content) in wanted {
        if std::fs::read_to_string(root.join(path)).is_ok_and(|current| current == *content) {
            continue;
        }
        stale.insert(path.clone(), Some(content.clone()));
    }
    for mode in entries(&root.join(SCHEMAS))? {
        for file in entries(&root.join(SCHEMAS).join(&mode))? {
            let path = format!("{SCHEMAS}/{mode}/{file}");
            if !wanted.contains_key(&path) {
                stale.insert(path, None);
            }
        }
    }
    Ok(stale)
}

/// The names in a folder; none when it does not exist.
fn entries(folder: &Path) -> Result<Vec<String>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(Error::file(folder))?;
    entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(Error::file(folder))
}

/// Writes beside and renames.
pub(crate) fn replace(path: &Path, content: &str) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let beside = path.with_extension("new");
    std::fs::write(&beside, content).map_err(Error::file(&beside))?;
    std::fs::rename(&beside, path).map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> BTreeMap<String, String> {
        [("docs/tools.md", "docs"), ("schemas/full/a.json", "{}")]
            .into_iter()
            .map(|(path, content)| (path.to_owned(), content.to_owned()))
            .collect()
    }

    #[test]
    fn stale_missing_and_leftover_files_are_named() {
        let root = std::env::temp_dir().join(format!("xtask-codegen-{}", std::process::id()));
        for (path, content) in wanted() {
            replace(&root.join(path), &content).unwrap();
        }
        assert_eq!(stale(&root, &wanted()).unwrap(), BTreeMap::new());

        replace(&root.join("docs/tools.md"), "edited by hand").unwrap();
        replace(&root.join("schemas/full/gone.json"), "{}").unwrap();
        std::fs::remove_file(root.join("schemas/full/a.json")).unwrap();
        let found = stale(&root, &wanted()).unwrap();
        std::fs::remove_dir_all(&root).unwrap();
        let expected = [
            ("docs/tools.md", Some("docs")),
            ("schemas/full/a.json", Some("{}")),
            ("schemas/full/gone.json", None),
        ];
        let expected = expected.map(|(path, content)| (path.to_owned(), content.map(str::to_owned)));
        assert_eq!(found, BTreeMap::from(expected));
    }

    #[test]
    fn objects_are_written_in_key_order() {
        let value: Value = serde_json::from_str(r#"{"b":[{"d":1,"c":2}],"a":null}"#).unwrap();
        assert_eq!(sorted(value).to_string(), r#"{"a":null,"b":[{"c":2,"d":1}]}"#);
    }
}
