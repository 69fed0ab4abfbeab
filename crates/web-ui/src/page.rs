//! The one layout: document head, sticky header with the theme switch, main column, footer.
//!
//! What a page *says* belongs to the crate that serves it; what every page *is* belongs here.

use crate::assets;
use crate::html::Html;
use askama::Template;

/// A page: its texts, its main markup and how it is shown. Built with [`Page::new`] and the setters.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<'a> {
    /// What this page is, for the tab and the history; the product's name is added when it differs.
    pub title: &'a str,
    /// The language of its texts, for `<html lang>` (BCP 47).
    pub lang: &'a str,
    /// One sentence for search results and link previews.
    pub description: &'a str,
    /// What stands inside `<main>`. It opens with the page's only `<h1>`.
    pub main: Html,
    /// The measure of the main column.
    pub width: Width,
    /// Whether search engines may list the page and browsers may keep it. Off by default: then the response
    /// is `no-store` and `noindex`.
    pub indexed: bool,
    /// Path prefix under which the server is mounted, without a closing slash: `""` or `"/openphone"`.
    pub base: &'a str,
    /// Whether visitors reach the server over https (at the proxy or here): adds HSTS.
    pub https: bool,
    /// Absolute URL of the page for search engines, where it has one.
    pub canonical: Option<&'a str>,
    /// The product's name, version and small print.
    pub brand: Brand<'a>,
    /// Links in the header, `<a>` elements, shown from 720 px on (every target must be reachable from the page as well).
    pub nav: Html,
    /// Whether its script asks this server for data: lets it, by the security policy.
    pub fetches: bool,
}

/// The measure of the main column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 34 rem: forms, questions and errors.
    Narrow,
    /// 56 rem: the landing page and reading matter.
    Wide,
}

/// Who speaks: shown in the header and the footer of every page.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Brand<'a> {
    /// The product's name.
    pub name: &'a str,
    /// The running version, without a leading `v`.
    pub version: &'a str,
    /// Small print in the footer: who made it, and who did not.
    pub notice: &'a str,
}

impl<'a> Brand<'a> {
    /// A brand of the embedder's own.
    pub fn new(name: &'a str, version: &'a str, notice: &'a str) -> Self {
        Self { name, version, notice }
    }
}

impl Default for Brand<'_> {
    /// This project, at the version that was built.
    fn default() -> Self {
        Self {
            name: "OpenPhone MCP",
            version: env!("CARGO_PKG_VERSION"),
            notice: "Unofficial: not made, run or endorsed by OpenPhone (Quo).",
        }
    }
}

impl<'a> Page<'a> {
    /// A narrow page that nobody indexes or keeps, at the root, over http: the careful defaults.
    pub fn new(title: &'a str, description: &'a str, main: Html) -> Self {
        Self {
            title,
            lang: "en",
            description,
            main,
            width: Width::Narrow,
            indexed: false,
            base: "",
            https: false,
            canonical: None,
            brand: Brand::default(),
            nav: Html::default(),
            fetches: false,
        }
    }

    /// Sets the language; English without it.
    #[must_use]
    pub fn lang(mut self, lang: &'a str) -> Self {
        self.lang = lang;
        self
    }

    /// Sets the measure.
    #[must_use]
    pub fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// Lets search engines list the page and browsers keep it.
    #[must_use]
    pub fn indexed(mut self, indexed: bool) -> Self {
        self.indexed = indexed;
        self
    }

    /// Sets the path prefix (see [`Page::base`](field@Page::base)).
    #[must_use]
    pub fn base(mut self, base: &'a str) -> Self {
        self.base = base;
        self
    }

    /// Says that visitors come over https.
    #[must_use]
    pub fn https(mut self, https: bool) -> Self {
        self.https = https;
        self
    }

    /// Sets the absolute URL for search engines.
    #[must_use]
    pub fn canonical(mut self, url: &'a str) -> Self {
        self.canonical = Some(url);
        self
    }

    /// Sets the name, version and small print.
    #[must_use]
    pub fn brand(mut self, brand: Brand<'a>) -> Self {
        self.brand = brand;
        self
    }

    /// Sets the header's links.
    #[must_use]
    pub fn nav(mut self, nav: Html) -> Self {
        self.nav = nav;
        self
    }

    /// Lets the page's script ask this server for data.
    #[must_use]
    pub fn fetches(mut self, fetches: bool) -> Self {
        self.fetches = fetches;
        self
    }
}

#[derive(Template)]
#[template(path = "en/layout.html")]
struct Layout<'a> {
    page: &'a Page<'a>,
    narrow: bool,
    style: &'static str,
    script: &'static str,
    icon: &'static str,
}

/// Renders the whole document.
pub fn render(page: &Page<'_>) -> String {
    let layout = Layout {
        page,
        narrow: page.width == Width::Narrow,
        style: assets::style(),
        script: assets::script(),
        icon: assets::ICON_SVG,
    };
    // Only a filter or a `Display` that fails could make this an error, and the layout has neither.
    layout.render().unwrap_or_else(|_| page.main.to_string())
}
