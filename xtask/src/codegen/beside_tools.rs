//! `docs/prompts.md`: prompts and resources for people.

use mcp_tools::prompts::{self, PromptSpec};
use mcp_tools::resources::{RESOURCE_BYTES, ResourceKind};
use mcp_tools::{Catalog, ClientMode, Scopes, View};

use super::markdown::{cell, line};

/// What stands before the prompts.
const HEAD: &str = "# Prompts and resources\n\n\
    <!-- Written by `cargo xtask codegen` from the catalogue in crates/mcp-tools. Do not edit. -->\n\n\
    ## Prompts\n\n\
    A person picks one in their client (`prompts/list`, `prompts/get`); it is then the person's own request. It is offered where the tools that it needs\n\
    may be called with this connection, and names no tool that may not be. None of them sends a text. What a person chooses is completed while they\n\
    type, cleaned, cut to its length, and quoted on one line. Below, each as a connection without limits gets it, with nothing chosen.\n";

/// What stands before the resources.
const RESOURCES: &str = "\n## Resources\n\n\
    A client attaches them to a conversation (`resources/list` names the inboxes; `resources/templates/list` the templates; `resources/read`). Each is plain\n\
    text, as the tools give it: the same names, quotes, marks and coverage. It is there where the tool that reads the same may be called, within the\n\
    inboxes in reach; what is out of reach is answered as what does not exist. Variables of templates are completed, but for calls.\n\n\
    | Template | What it holds | There with the tool |\n|---|---|---|\n";

/// The whole page.
pub(super) fn page(catalog: &Catalog) -> String {
    let view = View::new(ClientMode::Full, Scopes::ALL);
    let mut page = HEAD.to_owned();
    for spec in prompts::ALL {
        prompt(&mut page, catalog, &view, spec);
    }
    page.push_str(RESOURCES);
    for kind in ResourceKind::ALL {
        let (template, holds, tool) = (kind.template(), kind.description(), kind.tool());
        line(&mut page, format_args!("| `{template}` | {} | [`{tool}`](tools.md#{tool}) |", cell(holds)));
    }
    line(
        &mut page,
        format_args!("\nA resource has at most {RESOURCE_BYTES} bytes; what is left out is said in it."),
    );
    page
}

fn prompt(page: &mut String, catalog: &Catalog, view: &View, spec: &PromptSpec) {
    line(page, format_args!("\n### {}\n\n**{}.** {}", spec.name, spec.title, spec.description));
    line(
        page,
        format_args!(
            "\nNeeds {}; also uses, where they may be called, {}.",
            tools(spec.needs),
            tools(spec.uses)
        ),
    );
    line(page, format_args!("\n| Argument | Meaning |\n|---|---|"));
    for argument in spec.arguments {
        line(page, format_args!("| `{}` | {} |", argument.name, cell(argument.description)));
    }
    // A catalogue without a tool that it needs does not offer it.
    if let Some(text) = catalog.prompt_text(view, spec.name) {
        line(page, format_args!("\n```text\n{text}\n```"));
    }
}

fn tools(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("[`{name}`](tools.md#{name})")).collect();
    names.join(", ")
}
