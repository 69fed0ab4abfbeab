//! The twins for machines: Markdown, `llms.txt`, `tools.json`, `robots.txt`, `security.txt`.
//!
//! They say what the pages say, from the same content.

use crate::content::{LandingError, Toolset};
use crate::document::Document;
use crate::page::Site;
use crate::setup::Setup;
use crate::tool_card::ToolCard;
use crate::tool_view::{Group, ToolView, total};
use askama::Template;
use serde::Serialize;

const MARKDOWN: &str = "text/markdown; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// The landing page as Markdown.
pub(crate) fn markdown(site: &Site<'_>) -> Result<Document, LandingError> {
    let tools = ToolView::all(site.content)?;
    let text = LandingMarkdown {
        site,
        setup: &Setup::new(&site.content.mcp_url),
        groups: Group::all(site.content, &tools),
        total: total(site.content),
    };
    Ok(site.machine(MARKDOWN, text.render()?))
}

/// <https://llmstxt.org>: a title, a summary, links.
pub(crate) fn llms_txt(site: &Site<'_>) -> Result<Document, LandingError> {
    let text = LlmsTxt { site, setup: &Setup::new(&site.content.mcp_url), total: total(site.content) };
    Ok(site.machine(MARKDOWN, text.render()?))
}

/// The tools with their schemas and examples.
pub(crate) fn tools_json(site: &Site<'_>) -> Result<Document, LandingError> {
    let list = ToolList {
        name: "openphone-mcp",
        title: "OpenPhone MCP",
        version: &site.content.version,
        mcp_url: &site.content.mcp_url,
        protocol_versions: &site.content.protocol_versions,
        toolsets: &site.content.toolsets,
        tools: &site.content.tools,
    };
    Ok(site.machine("application/json", serde_json::to_string(&list)?))
}

/// Pages that must not be listed say so themselves (`X-Robots-Tag`), and a crawler has to read them for that.
pub(crate) fn robots_txt(site: &Site<'_>) -> Document {
    let rule = if site.indexed() { "Allow: /" } else { "Disallow: /" };
    site.machine(PLAIN, format!("User-agent: *\n{rule}\n"))
}

/// RFC 9116.
pub(crate) fn security_txt(site: &Site<'_>) -> Result<Document, LandingError> {
    let missing = LandingError::SecurityContact { field: "contact" };
    let security = site.content.security.as_ref().ok_or(missing)?;
    for (field, value) in [("contact", &security.contact), ("expires", &security.expires)] {
        if value.is_empty() || value.chars().any(char::is_control) {
            return Err(LandingError::SecurityContact { field });
        }
    }
    let text = format!(
        "Contact: {}\nExpires: {}\nPreferred-Languages: en\nCanonical: {}/.well-known/security.txt\n",
        security.contact, security.expires, site.content.public_url
    );
    Ok(site.machine(PLAIN, text))
}

#[derive(Template)]
#[template(path = "en/landing.md", escape = "none")]
struct LandingMarkdown<'a> {
    site: &'a Site<'a>,
    setup: &'a Setup,
    groups: Vec<Group<'a>>,
    /// What the whole list costs, in tokens. 0: not known.
    total: usize,
}

#[derive(Template)]
#[template(path = "en/llms.txt", escape = "none")]
struct LlmsTxt<'a> {
    site: &'a Site<'a>,
    setup: &'a Setup,
    total: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolList<'a> {
    name: &'static str,
    title: &'static str,
    version: &'a str,
    mcp_url: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    protocol_versions: &'a [String],
    #[serde(skip_serializing_if = "<[Toolset]>::is_empty")]
    toolsets: &'a [Toolset],
    tools: &'a [ToolCard],
}
