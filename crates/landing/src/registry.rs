//! `/server.json`: the server as the MCP registry wants it described, to publish or to read by other catalogues.
//!
//! The form is the registry's schema of 2025-12-11:
//! <https://github.com/modelcontextprotocol/registry/tree/main/docs/reference/server-json>. It is served wherever the
//! server is, on one computer or in a sandbox, too: clients in reach can read it, and the registry takes only what the
//! owner of the domain publishes.

use crate::content::LandingError;
use crate::document::Document;
use crate::page::Site;
use http::Uri;
use serde::Serialize;
use web_ui::assets::{ICON_PNG, ICON_SVG};

const SCHEMA: &str = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";
const TITLE: &str = "OpenPhone MCP";
/// The registry takes at most 100 characters.
const DESCRIPTION: &str =
    "Text customers, read messages and call transcripts, manage OpenPhone (Quo) contacts. Unofficial.";

/// The document.
pub(crate) fn server_json(site: &Site<'_>) -> Result<Document, LandingError> {
    let content = site.content;
    let url = &content.public_url;
    let sse = content.sse_url.as_deref().map(|url| Remote { kind: "sse", url });
    let icon = |path, media_type, size| Icon { src: format!("{url}{path}"), media_type, sizes: [size] };
    // The registry takes icons by https alone.
    let icons = if site.https {
        vec![icon(ICON_SVG, "image/svg+xml", "any"), icon(ICON_PNG, "image/png", "512x512")]
    } else {
        Vec::new()
    };
    let server = Server {
        schema: SCHEMA,
        name: name(url),
        title: TITLE,
        description: DESCRIPTION,
        version: &content.version,
        website_url: format!("{url}/"),
        icons,
        repository: content.source_url.as_deref().map(Repository::at),
        remotes: [Remote { kind: "streamable-http", url: &content.mcp_url }].into_iter().chain(sse).collect(),
    };
    Ok(site.machine("application/json", serde_json::to_string(&server)?))
}

/// The host's labels in reverse and the server's name: `com.example.mcp/openphone`. An address has no labels to reverse
/// and nobody who could publish under it.
fn name(public_url: &str) -> String {
    let uri = public_url.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>().is_ok();
    let labels = if address { vec!["localhost"] } else { host.split('.').rev().collect() };
    let labels = labels.into_iter().filter(|label| !label.is_empty());
    // Underscores are no part of a host's name, yet some have them.
    let namespace = labels.collect::<Vec<_>>().join(".").replace('_', "-").to_ascii_lowercase();
    format!("{namespace}/openphone")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Server<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    name: String,
    title: &'static str,
    description: &'static str,
    version: &'a str,
    website_url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    icons: Vec<Icon>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<Repository<'a>>,
    remotes: Vec<Remote<'a>>,
}

#[derive(Serialize)]
struct Icon {
    src: String,
    #[serde(rename = "mimeType")]
    media_type: &'static str,
    sizes: [&'static str; 1],
}

#[derive(Serialize)]
struct Remote<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct Repository<'a> {
    url: &'a str,
    /// Who hosts it, by the registry's word where it has one.
    source: String,
}

impl<'a> Repository<'a> {
    fn at(url: &'a str) -> Self {
        let uri = url.parse::<Uri>().ok();
        let source = match uri.as_ref().and_then(Uri::host).unwrap_or_default() {
            "github.com" => "github",
            "gitlab.com" => "gitlab",
            other => other,
        };
        Self { url, source: source.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::{DESCRIPTION, Repository, TITLE, name};

    #[test]
    fn hosts_become_names() {
        for (url, expected) in [
            ("https://mcp.example.com", "com.example.mcp/openphone"),
            ("https://MCP.Example.com:8443/phone", "com.example.mcp/openphone"),
            ("https://my_host.example.com", "com.example.my-host/openphone"),
            ("http://localhost:8787", "localhost/openphone"),
            ("http://127.0.0.1:8787", "localhost/openphone"),
            ("http://[::1]:8787", "localhost/openphone"),
        ] {
            assert_eq!(name(url), expected, "{url}");
        }
    }

    #[test]
    fn the_texts_are_within_the_registrys_bounds() {
        assert!(TITLE.chars().count() <= 100 && DESCRIPTION.chars().count() <= 100);
    }

    #[test]
    fn hosts_of_repositories_are_named() {
        for (url, source) in [
            ("https://github.com/example/openphone-mcp", "github"),
            ("https://gitlab.com/example/openphone-mcp", "gitlab"),
            ("https://code.example.com/openphone-mcp", "code.example.com"),
        ] {
            assert_eq!(Repository::at(url).source, source);
        }
    }
}
