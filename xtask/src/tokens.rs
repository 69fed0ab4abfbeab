//! `cargo xtask tokens`: what the tools cost every conversation. A client puts the list of tools before the first word,
//! and pays for it again and again.
//!
//! `mcp_tools::cost` says how tokens are counted, and what the *core* and the *entry* of a tool are.
//! `xtask/token-budget.toml` holds what each tool, toolset and list may cost; more than that fails, here and in `ci`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use mcp_tools::{Catalog, ClientMode, Limits, Scopes, Toolset, View};
use serde::Deserialize;

use crate::error::Error;
use crate::workspace::Workspace;

/// The budgets, from the root.
const BUDGET: &str = "xtask/token-budget.toml";

/// What something costs or may cost, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    core: usize,
    entry: usize,
}

/// What everything may cost.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// The whole list of a mode.
    modes: BTreeMap<String, Cost>,
    /// The tools of a toolset together.
    toolsets: BTreeMap<String, Cost>,
    /// One tool; `default` for those that are not named.
    tools: BTreeMap<String, Cost>,
}

/// One line of the table.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    name: String,
    cost: Cost,
    budget: Option<Cost>,
}

/// Prints the table, and fails when something costs more than its budget.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Error> {
    let budget = budget(&workspace.root.join(BUDGET))?;
    let catalog = Catalog::new().map_err(|error| Error::Check(error.to_string()))?;
    // As a server lists it: with the addresses of pictures.
    let catalog = catalog.with_icons_at("https://mcp.example.com");
    let rows = rows(&catalog, &budget)?;
    println!("{}", table(&rows));
    let over: Vec<String> = rows.iter().filter_map(Row::over).collect();
    if over.is_empty() {
        return Ok(());
    }
    for line in &over {
        eprintln!("{line}");
    }
    Err(Error::Check(format!(
        "{} over budget: shorten descriptions and schemas, or raise {BUDGET} and say in the commit what it is worth",
        over.len()
    )))
}

fn budget(path: &Path) -> Result<Budget, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
    toml::from_str(&text).map_err(|error| Error::content(path, &error))
}

/// Every tool of the full list, then the toolsets, then the modes.
fn rows(catalog: &Catalog, budget: &Budget) -> Result<Vec<Row>, Error> {
    let full = View::new(ClientMode::Full, Scopes::ALL);
    let mut rows = Vec::new();
    for tool in costs(catalog, &full)? {
        let budget = budget.tools.get(&tool.0).or_else(|| budget.tools.get("default")).copied();
        rows.push(Row { name: tool.0, cost: tool.1, budget });
    }
    for toolset in Toolset::ALL {
        let view = full.clone().with_toolsets([toolset].into_iter().collect());
        let name = format!("toolset {toolset}");
        rows.push(Row {
            name,
            cost: sum(&costs(catalog, &view)?),
            budget: budget.toolsets.get(toolset.name()).copied(),
        });
    }
    let lists = ClientMode::ALL.map(|mode| (mode.name().to_owned(), View::new(mode, Scopes::ALL)));
    let mut no_writes = Limits::default();
    no_writes.read_only = true;
    let read_only = ("readonly".to_owned(), full.with_limits(&no_writes));
    for (name, view) in lists.into_iter().chain([read_only]) {
        let budget = budget.modes.get(&name).copied();
        rows.push(Row { name: format!("list {name}"), cost: sum(&costs(catalog, &view)?), budget });
    }
    Ok(rows)
}

fn costs(catalog: &Catalog, view: &View) -> Result<Vec<(String, Cost)>, Error> {
    let mut costs = Vec::new();
    for tool in catalog.list(view).tools() {
        let cost = mcp_tools::Cost::of(tool).map_err(|error| Error::Check(error.to_string()))?;
        costs.push((tool.name.to_string(), Cost { core: cost.core, entry: cost.entry }));
    }
    Ok(costs)
}

fn sum(costs: &[(String, Cost)]) -> Cost {
    costs.iter().fold(Cost::default(), |sum, (_, cost)| Cost {
        core: sum.core + cost.core,
        entry: sum.entry + cost.entry,
    })
}

impl Row {
    /// What is too much about it.
    fn over(&self) -> Option<String> {
        let Self { name, cost, budget } = self;
        let Some(budget) = budget else { return Some(format!("{name}: has no budget")) };
        let parts = [("core", cost.core, budget.core), ("entry", cost.entry, budget.entry)];
        let over: Vec<String> = parts
            .iter()
            .filter(|(_, cost, budget)| cost > budget)
            .map(|(part, cost, budget)| format!("{part} costs {cost} tokens of {budget}"))
            .collect();
        (!over.is_empty()).then(|| format!("{name}: {}", over.join(", ")))
    }
}

fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut table = format!("{:width$}   core  budget   entry  budget\n", "tokens");
    for Row { name, cost, budget } in rows {
        let shown =
            |budget: Option<usize>| budget.map_or_else(|| "none".to_owned(), |budget| budget.to_string());
        let (core, entry) =
            (shown(budget.map(|budget| budget.core)), shown(budget.map(|budget| budget.entry)));
        let _ = writeln!(table, "{name:width$} {:>6}  {core:>6}  {:>6}  {entry:>6}", cost.core, cost.entry);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(core: usize, entry: usize) -> Row {
        Row {
            name: "tool".to_owned(),
            cost: Cost { core, entry },
            budget: Some(Cost { core: 10, entry: 20 }),
        }
    }

    #[test]
    fn what_is_over_its_budget_is_named() {
        assert_eq!(row(10, 20).over(), None);
        assert_eq!(row(11, 20).over(), Some("tool: core costs 11 tokens of 10".to_owned()));
        assert!(row(11, 21).over().unwrap().contains("entry costs 21 tokens of 20"));
        let without = Row { budget: None, ..row(1, 1) };
        assert_eq!(without.over(), Some("tool: has no budget".to_owned()));
    }

    /// Whoever takes a tool away or renames it cleans up behind it.
    #[test]
    fn the_committed_budget_names_nothing_that_is_gone() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("token-budget.toml");
        let budget = budget(&path).unwrap();
        let catalog = Catalog::new().unwrap();
        let gone: Vec<&String> =
            budget.tools.keys().filter(|name| *name != "default" && catalog.spec(name).is_none()).collect();
        assert!(gone.is_empty(), "{gone:?}");
        let modes: Vec<&str> = budget.modes.keys().map(String::as_str).collect();
        assert_eq!(modes, ["chatgpt", "full", "readonly"]);
        let toolsets: Vec<&str> = budget.toolsets.keys().map(String::as_str).collect();
        let mut all = Toolset::ALL.map(Toolset::name);
        all.sort_unstable();
        assert_eq!(toolsets, all);
    }
}
