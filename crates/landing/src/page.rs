//! The pages for people: the landing page and the privacy page. All their texts are in the templates.

use crate::address::Narrowing;
use crate::connect::ConnectView;
use crate::content::{LandingContent, LandingError, Sandbox};
use crate::document::Document;
use crate::tool_view::{Example, Group, ToolView, TurnView, total};
use askama::Template;
use http::StatusCode;
use http::header::{self, HeaderValue};
use web_ui::{Brand, HeaderPolicy, Html, Page, Width};

/// What the pages share: the content and what follows from its URLs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) content: &'a LandingContent,
    /// Path prefix of links.
    pub(crate) base: &'a str,
    pub(crate) https: bool,
    /// Whether only this computer reaches the server: hosts in the cloud cannot.
    pub(crate) local: bool,
}

impl<'a> Site<'a> {
    /// A simulation is nobody's search result.
    pub(crate) fn indexed(&self) -> bool {
        self.content.sandbox.is_none() && !self.local
    }

    /// A text for machines.
    pub(crate) fn machine(&self, content_type: &'static str, body: String) -> Document {
        let policy = HeaderPolicy { https: self.https, indexed: self.indexed(), fetches: false };
        Document::machine(content_type, body, policy)
    }

    /// JSON that holds for one request.
    pub(crate) fn json_now(&self, status: StatusCode, body: String) -> Document {
        let document = self.machine("application/json", body).status(status);
        document.with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
    }

    /// A page with what all of them have.
    pub(crate) fn page<'p>(&self, title: &'p str, description: &'p str, main: Html) -> Page<'p>
    where
        'a: 'p,
    {
        let mut brand = Brand::default();
        brand.version = &self.content.version;
        Page::new(title, description, main)
            .base(self.base)
            .https(self.https)
            .indexed(self.indexed())
            .brand(brand)
    }
}

/// The landing page.
pub(crate) fn landing(site: &Site<'_>) -> Result<Document, LandingError> {
    let content = site.content;
    let tools = ToolView::all(content)?;
    let template = LandingPage {
        content,
        base: site.base,
        connect: ConnectView::new(site, Narrowing::default(), None),
        sandbox: content.sandbox.as_ref(),
        picture: TurnView::all(content),
        first: Example::first(&tools),
        groups: Group::all(content, &tools),
        total: total(content),
        tools: &tools,
    };
    let canonical = format!("{}/", content.public_url);
    let nav = Html::render(&template.as_nav())?;
    let main = Html::render(&template.as_main())?;
    let (title, description) = (template.as_title().render()?, template.as_description().render()?);
    let page = site.page(&title, &description, main).width(Width::Wide).nav(nav);
    Ok(Document::page(&page.canonical(&canonical).fetches(true)))
}

/// Every tool in full.
pub(crate) fn tools(site: &Site<'_>) -> Result<Document, LandingError> {
    let tools = ToolView::all(site.content)?;
    let template = ToolsPage { base: site.base, groups: Group::all(site.content, &tools) };
    let canonical = format!("{}/tools", site.content.public_url);
    let main = Html::render(&template.as_main())?;
    let (title, description) = (template.as_title().render()?, template.as_description().render()?);
    Ok(Document::page(&site.page(&title, &description, main).width(Width::Wide).canonical(&canonical)))
}

/// The privacy page.
pub(crate) fn privacy(site: &Site<'_>) -> Result<Document, LandingError> {
    let template = PrivacyPage { content: site.content, base: site.base };
    let canonical = format!("{}/privacy", site.content.public_url);
    let main = Html::render(&template.as_main())?;
    let (title, description) = (template.as_title().render()?, template.as_description().render()?);
    Ok(Document::page(&site.page(&title, &description, main).canonical(&canonical)))
}

#[derive(Template)]
#[template(path = "en/landing.html", blocks = ["title", "description", "nav", "main"])]
struct LandingPage<'a> {
    content: &'a LandingContent,
    base: &'a str,
    connect: ConnectView<'a>,
    sandbox: Option<&'a Sandbox>,
    picture: Vec<TurnView<'a>>,
    first: Option<Example<'a>>,
    groups: Vec<Group<'a>>,
    /// What the whole list costs, in tokens.
    total: usize,
    tools: &'a [ToolView<'a>],
}

#[derive(Template)]
#[template(path = "en/tools.html", blocks = ["title", "description", "main"])]
struct ToolsPage<'a> {
    base: &'a str,
    groups: Vec<Group<'a>>,
}

#[derive(Template)]
#[template(path = "en/privacy.html", blocks = ["title", "description", "main"])]
struct PrivacyPage<'a> {
    content: &'a LandingContent,
    base: &'a str,
}
