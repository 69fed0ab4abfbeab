//! What the documents of the large clients say, for when they cannot be had.
//!
//! Some of their hosts answer servers in data centres with a challenge page, and a login must not fail for that. A document
//! that can be fetched always counts before its entry here; what an entry does not know of (a redirect URI that was added
//! since) is refused until then. The entries hold the facts alone, as they were published in autumn 2026, and go through
//! the same validation as a document that was fetched.

use serde_json::{Value, json};

/// One client: its id, its name, where its codes go.
struct Pinned {
    id: &'static str,
    name: &'static str,
    redirects: &'static [&'static str],
    /// Where its keys are, for the one that has any.
    keys: Option<&'static str>,
}

const PINNED: [Pinned; 9] = [
    Pinned {
        id: "https://claude.ai/oauth/mcp-oauth-client-metadata",
        name: "Claude",
        redirects: &["https://claude.ai/api/mcp/auth_callback"],
        keys: None,
    },
    Pinned {
        id: "https://claude.ai/oauth/claude-code-client-metadata",
        name: "Claude Code",
        redirects: &["http://localhost/callback", "http://127.0.0.1/callback"],
        keys: None,
    },
    Pinned {
        id: "https://chatgpt.com/oauth/client.json",
        name: "ChatGPT",
        redirects: &["https://chatgpt.com/connector_platform_oauth_redirect"],
        keys: Some("https://chatgpt.com/oauth/jwks.json"),
    },
    Pinned {
        id: "https://chatgpt.com/oauth/codex/client.json",
        name: "Codex",
        redirects: &["http://127.0.0.1/callback", "http://localhost/callback"],
        keys: None,
    },
    Pinned {
        id: "https://vscode.dev/oauth/client-metadata.json",
        name: "Visual Studio Code",
        redirects: &["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
        keys: None,
    },
    Pinned {
        id: "https://grok.com/oauth/mcp-client.json",
        name: "Grok",
        redirects: &[
            "https://grok.com/connectors-oauth-exchange-code/",
            "https://console.x.ai/connectors-oauth-exchange-code/",
        ],
        keys: None,
    },
    Pinned {
        id: "https://cursor.com/oauth/mcp-client.json",
        name: "Cursor",
        redirects: &["https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"],
        keys: None,
    },
    Pinned {
        id: "https://zed.dev/oauth/client-metadata.json",
        name: "Zed",
        redirects: &["http://127.0.0.1/callback"],
        keys: None,
    },
    Pinned {
        id: "https://opencode.ai/oauth/opencode/client.json",
        name: "OpenCode",
        redirects: &["http://127.0.0.1/callback", "http://localhost/callback"],
        keys: None,
    },
];

/// The document of a client, if it is one of the large ones.
pub(super) fn document(client_id: &str) -> Option<Value> {
    let pinned = PINNED.iter().find(|pinned| pinned.id == client_id)?;
    let mut document = json!({
        "client_id": pinned.id,
        "client_name": pinned.name,
        "redirect_uris": pinned.redirects,
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    });
    if let Some(keys) = pinned.keys {
        document["token_endpoint_auth_methods_supported"] = json!(["none", "private_key_jwt"]);
        document["jwks_uri"] = json!(keys);
    }
    Some(document)
}

/// All of their ids.
#[cfg(test)]
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    PINNED.iter().map(|pinned| pinned.id)
}
