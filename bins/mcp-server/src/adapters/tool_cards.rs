//! The catalogue as the landing page shows it.

use std::collections::HashMap;

use landing::{Example, Risk, ToolCard};
use mcp_tools::{Catalog, ClientMode, Cost, Scopes, ToolSpec, Toolset, View};

/// One card per tool, in the catalogue's order.
#[must_use]
pub fn tool_cards(catalog: &Catalog) -> Vec<ToolCard> {
    let list = catalog.list(&View::new(ClientMode::Full, Scopes::ALL));
    // Of a tool whose cost cannot be counted the pages say nothing, which is what 0 means to them.
    let costs: HashMap<&str, usize> =
        (list.tools().iter()).map(|tool| (&*tool.name, Cost::of(tool).map_or(0, |cost| cost.core))).collect();
    catalog.specs().map(|spec| card(spec, costs.get(spec.name).copied().unwrap_or(0))).collect()
}

/// The groups, in the catalogue's order.
#[must_use]
pub fn toolsets() -> Vec<landing::Toolset> {
    Toolset::ALL.map(|toolset| landing::Toolset::new(toolset.name(), toolset.title())).into()
}

fn card(spec: &ToolSpec, tokens: usize) -> ToolCard {
    let risk = if spec.texts_people {
        Risk::SendsTexts
    } else if spec.annotations.read_only {
        Risk::Reads
    } else {
        Risk::Writes
    };
    let card = ToolCard::new(spec.name, spec.title, spec.description, spec.scope.name(), risk)
        .toolset(spec.toolset.name())
        .tokens(tokens)
        .input_schema((*spec.input_schema).clone());
    spec.examples.iter().fold(card, |card, example| {
        card.example(Example::new(example.title, example.arguments.clone(), example.text.clone()))
    })
}
