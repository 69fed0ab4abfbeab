//! The catalogue as the landing page shows it.

use std::collections::HashMap;
use std::sync::Arc;

use landing::{Example, Risk, ToolCard, Turn};
use mcp_tools::{Catalog, ClientMode, Cost, Recordings, Scopes, ToolSpec, Toolset, View, recordings};

/// One card per tool, in the catalogue's order. Its examples have the answers that were recorded.
///
/// # Errors
///
/// The recordings cannot be read: never with those that are built in.
pub fn tool_cards(catalog: &Catalog) -> Result<Vec<ToolCard>, serde_json::Error> {
    let recordings = recordings()?;
    let list = catalog.list(&View::new(ClientMode::Full, Scopes::ALL));
    // Of a tool whose cost cannot be counted the pages say nothing, which is what 0 means to them.
    let costs: HashMap<&str, usize> =
        (list.tools().iter()).map(|tool| (&*tool.name, Cost::of(tool).map_or(0, |cost| cost.core))).collect();
    let cost = |spec: &ToolSpec| costs.get(spec.name).copied().unwrap_or(0);
    Ok(catalog.specs().map(|spec| card(spec, cost(spec), &recordings)).collect())
}

/// The groups, in the catalogue's order.
#[must_use]
pub fn toolsets() -> Vec<landing::Toolset> {
    Toolset::ALL.map(|toolset| landing::Toolset::new(toolset.name(), toolset.title())).into()
}

/// The conversation on top of the landing page: what an assistant makes of calls like those that were recorded.
#[must_use]
pub fn picture() -> Vec<Turn> {
    vec![
        Turn::new(
            "Who called today and still waits for us?",
            "fetch-missed-calls",
            "Ingrid Halvorsen, at 8:54. She left a voicemail: she needs the invoice for the outdoor faucets. Nobody has \
             called back.",
        ),
        Turn::new(
            "Tell her it comes this afternoon.",
            "send-message",
            "Sent from Front desk: “Hi Ingrid, you will have the invoice for the faucets this afternoon.”",
        ),
    ]
}

fn card(spec: &ToolSpec, tokens: usize, recordings: &Recordings) -> ToolCard {
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
        .input_schema(Arc::clone(&spec.input_schema));
    recordings.of(spec).into_iter().fold(card, |card, call| {
        card.example(Example::new(call.title, call.arguments, call.text).result(&call.structured))
    })
}
