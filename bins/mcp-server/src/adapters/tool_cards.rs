//! The catalogue as the landing page shows it.

use landing::{Example, Risk, ToolCard};
use mcp_tools::{Catalog, ToolSpec};

/// One card per tool, in the catalogue's order.
#[must_use]
pub fn tool_cards(catalog: &Catalog) -> Vec<ToolCard> {
    catalog.specs().map(card).collect()
}

fn card(spec: &ToolSpec) -> ToolCard {
    let risk = if spec.texts_people {
        Risk::SendsTexts
    } else if spec.annotations.read_only {
        Risk::Reads
    } else {
        Risk::Writes
    };
    let card = ToolCard::new(spec.name, spec.title, spec.description, spec.scope.name(), risk)
        .input_schema((*spec.input_schema).clone());
    spec.examples.iter().fold(card, |card, example| {
        card.example(Example::new(example.title, example.arguments.clone(), example.text.clone()))
    })
}
