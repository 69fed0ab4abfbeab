//! The authorization server's settings for this product: its endpoints, scopes and words.

use std::sync::Arc;

use mcp_tools::Scope;
use oauth_server::{
    DocumentFetcher, DocumentSource, FetcherOptions, HelpLink, ResourceEndpoint, ScopeInfo, Settings, Texts,
};

use crate::config::PublicUrl;
use crate::exit::Failure;
use crate::routes;

/// Everything that the authorization server needs to know of the product. `destination` is the host that keys
/// are sent to for checking.
#[must_use]
pub fn settings(public_url: &PublicUrl, destination: &str, sandbox: bool) -> Settings {
    let mut settings = Settings::new(public_url.as_str(), resources(), scopes());
    settings.texts = texts(destination, sandbox);
    settings
}

/// Where the metadata documents of clients come from.
pub fn client_documents() -> Result<Arc<dyn DocumentSource>, Failure> {
    let options = FetcherOptions::new(concat!("openphone-mcp/", env!("CARGO_PKG_VERSION")));
    let fetcher = DocumentFetcher::new(options)
        .map_err(|error| Failure::Other(format!("cannot build the fetcher of client documents: {error}")))?;
    Ok(Arc::new(fetcher))
}

/// `/mcp` and `/sse` are one resource in two dialects; `/mcp/readonly` is a narrower one, and what is granted
/// through it is read-only for life.
fn resources() -> Vec<ResourceEndpoint> {
    vec![
        ResourceEndpoint::new(routes::MCP, "OpenPhone")
            .covers([routes::SSE, routes::MCP_READ_ONLY])
            .also_serves(|path| routes::narrowed(path) == Some(routes::MCP)),
        ResourceEndpoint::new(routes::SSE, "OpenPhone (HTTP+SSE)")
            .covers([routes::MCP, routes::MCP_READ_ONLY]),
        ResourceEndpoint::new(routes::MCP_READ_ONLY, "OpenPhone, read only")
            .scopes([Scope::Read.name()])
            .also_serves(|path| routes::narrowed(path) == Some(routes::MCP_READ_ONLY)),
    ]
}

fn scopes() -> Vec<ScopeInfo> {
    vec![
        ScopeInfo::new(Scope::Read.name(), "Read", "Read messages, calls, transcripts and contacts.")
            .baseline(),
        ScopeInfo::new(
            Scope::Write.name(),
            "Text people and write contacts",
            "Send texts from your numbers, and add contacts.",
        )
        .implies([Scope::Read.name()])
        .baseline(),
        ScopeInfo::new(
            Scope::Admin.name(),
            "See other connections",
            "See what other connections that use the same API key did.",
        )
        .implies([Scope::Write.name()]),
    ]
}

fn texts(destination: &str, sandbox: bool) -> Texts {
    let mut texts = Texts::default();
    texts.product = "OpenPhone MCP".to_owned();
    texts.version = env!("CARGO_PKG_VERSION").to_owned();
    texts.notice = "Unofficial: not made by OpenPhone or Quo.".to_owned();
    texts.account = "OpenPhone workspace".to_owned();
    texts.credential = "OpenPhone API key".to_owned();
    texts.credential_destination =
        if sandbox { "the sandbox on this computer".to_owned() } else { destination.to_owned() };
    let steps: &[&str] = if sandbox {
        texts.credential_hint =
            "This is the sandbox: use sandbox-key-workspace-alpha or sandbox-key-workspace-bravo.".to_owned();
        &[
            "Copy sandbox-key-workspace-alpha for a plumbing company, or sandbox-key-workspace-bravo for a dental practice.",
            "Any number in place of the name is another business: sandbox-key-workspace-7.",
            "Paste it here. Nothing in the sandbox reaches a real phone.",
        ]
    } else {
        texts.credential_hint =
            "One that is made for a single app can be deleted without the others.".to_owned();
        texts.credential_help = Some(HelpLink {
            label: "OpenPhone explains it, too".to_owned(),
            url: "https://www.quo.com/docs/mdx/api-reference/authentication".to_owned(),
        });
        &[
            "Open OpenPhone in a browser, as an owner or admin of the workspace.",
            "Go to Settings, then API.",
            "Press Generate API key.",
            "Name it after the app that you are connecting, so that you can later delete just this one.",
            "Copy the key and paste it here.",
        ]
    };
    texts.credential_steps = steps.iter().map(|step| (*step).to_owned()).collect();
    texts
}
