//! MCP Apps (extension `io.modelcontextprotocol/ui`): tools whose result a client shows in a user interface of the
//! server's own.
//!
//! A tool names an HTML resource ([`UiTool`]), a client that declared the extension reads it ([`html`]) and shows it in
//! a sandboxed frame. Every result still has its text: other clients show that.
//! Spec: <https://github.com/modelcontextprotocol/ext-apps>, specification 2026-01-26.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

use crate::capabilities::ClientCapabilities;
use crate::resource::ResourceContents;
use crate::tool::Tool;
use crate::wire::Meta;

/// The extension's identifier.
pub const EXTENSION: &str = "io.modelcontextprotocol/ui";
/// The media type of a user interface.
pub const MIME_TYPE: &str = "text/html;profile=mcp-app";

/// Who may call a tool that has a user interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// The model.
    Model,
    /// The user interface itself.
    App,
}

/// What the user interface may reach. Each list holds origins; an empty one means none: the default denies everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContentSecurity {
    /// For `fetch` and the like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connect_domains: Vec<String>,
    /// For scripts, images, styles, fonts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_domains: Vec<String>,
    /// For frames within.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frame_domains: Vec<String>,
    /// For the document's base URI.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub base_uri_domains: Vec<String>,
}

impl ContentSecurity {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// A tool with a user interface.
pub trait UiTool: Sized {
    /// Names the resource that shows the tool's results, a `ui:` URI which `resources/read` must know.
    #[must_use]
    fn with_ui(self, resource_uri: &str, visibility: &[Visibility]) -> Self;
}

impl UiTool for Tool {
    fn with_ui(mut self, resource_uri: &str, visibility: &[Visibility]) -> Self {
        let meta = self.meta.get_or_insert_with(Meta::new);
        meta.insert("ui".to_owned(), json!({ "resourceUri": resource_uri, "visibility": visibility }));
        self
    }
}

/// The contents of a user interface: HTML5, with what it may reach.
#[must_use]
pub fn html(
    uri: impl Into<Cow<'static, str>>,
    html: impl Into<Cow<'static, str>>,
    security: &ContentSecurity,
) -> ResourceContents {
    let mut meta = Meta::new();
    if *security != ContentSecurity::default() {
        meta.insert("ui".to_owned(), json!({ "csp": security }));
    }
    ResourceContents::text(uri, MIME_TYPE, html).with_meta(meta)
}

/// Whether the client shows user interfaces: it declared the extension with our media type.
#[must_use]
pub fn is_supported(capabilities: &ClientCapabilities) -> bool {
    let types = capabilities.extension(EXTENSION).and_then(|settings| settings.get("mimeTypes"));
    types.and_then(Value::as_array).is_some_and(|types| types.iter().any(|kind| kind == MIME_TYPE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::ProtocolVersion;
    use crate::wire::At;

    #[test]
    fn shapes() {
        let tool = Tool::new("chart", "Draws.", json!({ "type": "object" }))
            .with_ui("ui://chart", &[Visibility::Model, Visibility::App]);
        let tool = serde_json::to_value(&tool).unwrap();
        assert_eq!(
            tool["_meta"],
            json!({ "ui": { "resourceUri": "ui://chart", "visibility": ["model", "app"] } })
        );
        let mut security = ContentSecurity::new();
        security.connect_domains.push("https://api.example.com".to_owned());
        let page = html("ui://chart", "<!doctype html>", &security);
        let page = serde_json::to_value(At(&page, ProtocolVersion::LATEST)).unwrap();
        assert_eq!(
            page,
            json!({
                "uri": "ui://chart", "mimeType": MIME_TYPE, "text": "<!doctype html>",
                "_meta": { "ui": { "csp": { "connectDomains": ["https://api.example.com"] } } },
            })
        );
        // The default denies everything, and needs no words.
        let page = html("ui://chart", "<!doctype html>", &ContentSecurity::new());
        let page = serde_json::to_value(At(&page, ProtocolVersion::LATEST)).unwrap();
        assert!(page.get("_meta").is_none());
    }

    #[test]
    fn a_client_shows_them_when_it_says_so() {
        let client = |settings: Value| {
            let declared = json!({ "extensions": { EXTENSION: settings } });
            ClientCapabilities::new(declared.as_object().unwrap().clone())
        };
        assert!(is_supported(&client(json!({ "mimeTypes": ["text/html", MIME_TYPE] }))));
        assert!(!is_supported(&client(json!({ "mimeTypes": ["text/html"] }))));
        assert!(!is_supported(&client(json!({}))));
        assert!(!is_supported(&ClientCapabilities::default()));
    }
}
