//! The pages for people: the landing page and the privacy page. The texts are in the templates.

use crate::content::{LandingContent, LandingError, Sandbox};
use crate::document::Document;
use crate::setup::Setup;
use crate::tool_card::{Argument, Example, ToolCard};
use askama::Template;
use serde::Serialize;
use serde_json::Value;
use web_ui::{Brand, HeaderPolicy, Html, Link, Page, Width};

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

    /// A text for machines.
    pub(crate) fn machine(&self, content_type: &'static str, body: String) -> Document {
        let policy = HeaderPolicy { https: self.https, indexed: self.indexed() };
        Document::machine(content_type, body, policy)
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
        tools: ToolView::all(content)?,
        sandbox: content.sandbox.as_ref(),
        exchange: content.tools.iter().find_map(Exchange::of),
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
    exchange: Option<Exchange<'a>>,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyMain<'a> {
    content: &'a LandingContent,
    base: &'a str,
}

/// The picture beside the promise: the first worked example of the catalogue.
struct Exchange<'a> {
    wish: &'a str,
    card: &'a ToolCard,
    answer: String,
}

/// Lines of an answer that the picture has room for.
const PICTURE_LINES: usize = 6;

impl<'a> Exchange<'a> {
    fn of(card: &'a ToolCard) -> Option<Self> {
        let example = card.examples.first()?;
        let mut lines = example.answer.lines();
        let mut answer = lines.by_ref().take(PICTURE_LINES).collect::<Vec<_>>().join("\n");
        if lines.next().is_some() {
            answer.push_str("\n…");
        }
        Some(Self { wish: &example.title, card, answer })
    }
}

/// A tool with what the templates would otherwise compute.
pub(crate) struct ToolView<'a> {
    pub(crate) card: &'a ToolCard,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) examples: Vec<ExampleView<'a>>,
}

impl<'a> ToolView<'a> {
    fn new(card: &'a ToolCard) -> Result<Self, LandingError> {
        let examples = card.examples.iter().map(|example| ExampleView::new(&card.name, example));
        Ok(Self { card, arguments: card.arguments(), examples: examples.collect::<Result<_, _>>()? })
    }

    /// All of them.
    pub(crate) fn all(content: &'a LandingContent) -> Result<Vec<Self>, LandingError> {
        content.tools.iter().map(Self::new).collect()
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
    fn new(tool: &str, example: &'a Example) -> Result<Self, LandingError> {
        let call = Call { name: tool, arguments: &example.arguments };
        Ok(Self { example, call: serde_json::to_string_pretty(&call)? })
    }
}

/// `params` of a `tools/call`, the name first.
#[derive(Serialize)]
struct Call<'a> {
    name: &'a str,
    arguments: &'a Value,
}
