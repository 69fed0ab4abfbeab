//! The pages for people: the landing page and the privacy page. The texts are in the templates.

use crate::content::{LandingContent, LandingError, Sandbox};
use crate::document::Document;
use crate::setup::Setup;
use crate::tool_card::{Argument, Example, ToolCard};
use askama::Template;
use serde_json::{Value, json};
use web_ui::{Brand, Html, Link, Page, Width};

/// What the pages share: the content and what follows from its URLs.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) content: &'a LandingContent,
    /// Path prefix of links.
    pub(crate) base: &'a str,
    pub(crate) https: bool,
    /// Whether only this computer reaches the server: hosts in the cloud cannot.
    pub(crate) local: bool,
}

impl Site<'_> {
    /// A simulation is nobody's search result.
    pub(crate) fn indexed(&self) -> bool {
        self.content.sandbox.is_none() && !self.local
    }

    fn document(&self, page: Page<'_>) -> Document {
        let mut brand = Brand::default();
        brand.version = &self.content.version;
        Document::page(&page.base(self.base).https(self.https).indexed(self.indexed()).brand(brand))
    }
}

/// The landing page.
pub(crate) fn landing(site: &Site<'_>) -> Result<Document, LandingError> {
    let content = site.content;
    let main = Html::render(&LandingMain {
        content,
        base: site.base,
        local: site.local,
        setup: &Setup::new(&content.mcp_url),
        tools: content.tools.iter().map(ToolView::new).collect(),
        sandbox: content.sandbox.as_ref(),
    })?;
    let canonical = format!("{}/", content.public_url);
    let nav = [
        Link { label: "Connect", href: "#connect" },
        Link { label: "Tools", href: "#tools" },
        Link { label: "Security", href: "#security" },
    ];
    let page = Page::new(
        "OpenPhone MCP",
        "Text customers, read messages and call transcripts, and manage OpenPhone contacts from Claude, ChatGPT or any MCP client.",
        main,
    );
    Ok(site.document(page.width(Width::Wide).nav(&nav).canonical(&canonical)))
}

/// The privacy page.
pub(crate) fn privacy(site: &Site<'_>) -> Result<Document, LandingError> {
    let main = Html::render(&PrivacyMain { content: site.content, base: site.base })?;
    let page =
        Page::new("Privacy", "What the OpenPhone MCP server stores, sees and logs, and how to end it.", main);
    let canonical = format!("{}/privacy", site.content.public_url);
    Ok(site.document(page.canonical(&canonical)))
}

#[derive(Template)]
#[template(path = "landing.html")]
struct LandingMain<'a> {
    content: &'a LandingContent,
    base: &'a str,
    local: bool,
    setup: &'a Setup,
    tools: Vec<ToolView<'a>>,
    sandbox: Option<&'a Sandbox>,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyMain<'a> {
    content: &'a LandingContent,
    base: &'a str,
}

/// A tool with what the templates would otherwise compute.
pub(crate) struct ToolView<'a> {
    pub(crate) card: &'a ToolCard,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) examples: Vec<ExampleView<'a>>,
}

impl<'a> ToolView<'a> {
    pub(crate) fn new(card: &'a ToolCard) -> Self {
        let examples = card.examples.iter().map(|example| ExampleView::new(&card.name, example)).collect();
        Self { card, arguments: card.arguments(), examples }
    }

    fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.card.description.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
    }
}

/// An example with its call as the client would send it.
pub(crate) struct ExampleView<'a> {
    pub(crate) example: &'a Example,
    pub(crate) call: String,
}

impl<'a> ExampleView<'a> {
    fn new(tool: &str, example: &'a Example) -> Self {
        let call: Value = json!({ "name": tool, "arguments": example.arguments });
        Self { example, call: format!("{call:#}") }
    }
}
