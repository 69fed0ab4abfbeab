//! What real clients send when they register, as far as it is known.

use serde_json::{Value, json};

use super::check::Check;

/// A client as the server meets it.
#[derive(Debug)]
pub struct KnownClient {
    /// The check that its registration is.
    pub check: Check,
    /// Where it has its codes sent; it needs one of these at least.
    pub redirects: &'static [&'static str],
    /// Everything else that it sends.
    pub rest: fn() -> Value,
}

impl KnownClient {
    /// The body of its registration.
    pub fn body(&self) -> Value {
        let mut body = (self.rest)();
        body["redirect_uris"] = json!(self.redirects);
        body
    }
}

const fn check(id: &'static str, expected: &'static str, why: &'static str, concerns: &'static str) -> Check {
    Check { id, expected, why, concerns }
}

fn public(name: &str) -> Value {
    json!({
        "client_name": name,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

/// Where Claude receives codes.
pub const CLAUDE_CALLBACK: &str = "https://claude.ai/api/mcp/auth_callback";
/// Claude's metadata document, its client id where documents are taken.
pub const CLAUDE_DOCUMENT: &str = "https://claude.ai/oauth/mcp-oauth-client-metadata";

/// Every client whose registration is tried.
pub static CLIENTS: [KnownClient; 11] = [
    KnownClient {
        check: check(
            "H4-claude",
            "Claude can register and keeps an address for its codes",
            "it registers anew for each connection",
            "Claude on the web, desktop and phone",
        ),
        redirects: &[CLAUDE_CALLBACK],
        rest: || public("Claude"),
    },
    KnownClient {
        check: check(
            "H4-claude-code",
            "Claude Code can register and keeps an address for its codes",
            "it receives codes on a port of this machine",
            "Claude Code",
        ),
        redirects: &["http://localhost:3118/callback"],
        rest: || public("Claude Code (openphone)"),
    },
    KnownClient {
        check: check(
            "H4-chatgpt",
            "ChatGPT can register and keeps an address for its codes",
            "it cannot connect otherwise",
            "ChatGPT",
        ),
        redirects: &["https://chatgpt.com/connector_platform_oauth_redirect"],
        rest: || public("ChatGPT"),
    },
    KnownClient {
        check: check(
            "H4-cursor",
            "Cursor can register and keeps an address for its codes",
            "it sends three addresses at once and gives up when all are refused for one",
            "Cursor",
        ),
        redirects: &[
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
        ],
        rest: || {
            let mut body = public("Cursor");
            body["application_type"] = json!("web");
            body
        },
    },
    KnownClient {
        check: check(
            "H4-vscode",
            "VS Code can register and keeps an address for its codes",
            "it sends loopback addresses with and without a port",
            "VS Code, Copilot",
        ),
        redirects: &[
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
            "https://vscode.dev/redirect",
            "https://insiders.vscode.dev/redirect",
        ],
        rest: || {
            let mut body = public("Visual Studio Code");
            body["application_type"] = json!("native");
            body["client_uri"] = json!("https://code.visualstudio.com");
            body
        },
    },
    KnownClient {
        check: check(
            "H4-mcp-remote",
            "mcp-remote can register and keeps an address for its codes",
            "it sends members that few servers know",
            "mcp-remote, Claude Desktop through it",
        ),
        redirects: &["http://localhost:3334/oauth/callback"],
        rest: || {
            let mut body = public("MCP CLI Client");
            body["client_uri"] = json!("https://github.com/modelcontextprotocol/mcp-cli");
            body["software_id"] = json!("2e6dc280-f3c3-4e01-99a7-8181dbd1d23d");
            body["software_version"] = json!("0.1.38");
            body
        },
    },
    KnownClient {
        check: check(
            "H4-inspector",
            "MCP Inspector can register and keeps an address for its codes",
            "it receives codes on a port of this machine",
            "MCP Inspector",
        ),
        redirects: &["http://localhost:6274/oauth/callback"],
        rest: || public("MCP Inspector"),
    },
    KnownClient {
        check: check(
            "H4-gemini-cli",
            "Gemini CLI can register and keeps an address for its codes",
            "it receives codes on a port of this machine",
            "Gemini CLI, qwen-code",
        ),
        redirects: &["http://localhost:7777/oauth/callback"],
        rest: || public("Gemini CLI MCP Client"),
    },
    KnownClient {
        check: check(
            "H4-gemini",
            "Gemini can register and keeps an address for its codes",
            "it authenticates with a secret in the form",
            "Gemini's custom apps",
        ),
        redirects: &["https://oauth-redirect.googleusercontent.com/r/user_bound_custom-mcp-1"],
        rest: || {
            let mut body = public("Google");
            body["token_endpoint_auth_method"] = json!("client_secret_post");
            body
        },
    },
    KnownClient {
        check: check(
            "H4-grok",
            "Grok can register and keeps an address for its codes",
            "the slash at the end of its addresses counts",
            "Grok",
        ),
        redirects: &[
            "https://grok.com/connectors-oauth-exchange-code/",
            "https://console.x.ai/connectors-oauth-exchange-code/",
        ],
        rest: || public("Grok"),
    },
    KnownClient {
        check: check(
            "H4-perplexity",
            "Perplexity can register and keeps an address for its codes",
            "it cannot connect otherwise",
            "Perplexity",
        ),
        redirects: &["https://www.perplexity.ai/rest/connections/oauth_callback"],
        rest: || public("Perplexity"),
    },
];
