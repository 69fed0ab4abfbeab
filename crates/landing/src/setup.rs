//! Links, commands and snippets that add the server to a client. Their forms are the clients' own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// The name under which clients list the server.
const NAME: &str = "openphone";
/// `encodeURIComponent` leaves these alone as well.
const COMPONENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'!').remove(b'~').remove(b'*');

/// What each client's steps hold.
#[derive(Debug)]
pub(crate) struct Setup {
    /// Opens Claude's own dialog, filled in.
    pub(crate) claude_link: String,
    pub(crate) claude_code: String,
    /// Opens Cursor's own dialog.
    pub(crate) cursor_link: String,
    /// `~/.cursor/mcp.json`.
    pub(crate) cursor_file: String,
    /// Opens VS Code's own dialog.
    pub(crate) vscode_link: String,
    pub(crate) vscode_command: String,
    pub(crate) codex: String,
    pub(crate) gemini: String,
    pub(crate) inspector: String,
    /// For clients that speak stdio only.
    pub(crate) bridge: String,
}

impl Setup {
    /// For the endpoint at `url`.
    pub(crate) fn new(url: &str) -> Self {
        let bare = json!({ "url": url }).to_string();
        let typed = json!({ "type": "http", "url": url }).to_string();
        let file = json!({ "mcpServers": { NAME: { "url": url } } });
        let quoted = shell_quote(url);
        Self {
            claude_link: format!(
                "https://claude.ai/customize/connectors?modal=add-custom-connector&connectorName=OpenPhone&connectorUrl={}",
                component(url)
            ),
            claude_code: format!("claude mcp add --transport http {NAME} {quoted}"),
            cursor_link: format!(
                "https://cursor.com/en/install-mcp?name={NAME}&config={}",
                component(&STANDARD.encode(&bare))
            ),
            cursor_file: format!("{file:#}"),
            vscode_link: format!(
                "https://vscode.dev/redirect/mcp/install?name={NAME}&config={}",
                component(&typed)
            ),
            vscode_command: format!(
                "code --add-mcp {}",
                shell_quote(&json!({ "name": NAME, "type": "http", "url": url }).to_string())
            ),
            codex: format!("codex mcp add {NAME} --url {quoted}"),
            gemini: format!("gemini mcp add --transport http {NAME} {quoted}"),
            inspector: format!("npx @modelcontextprotocol/inspector --transport http --server-url {quoted}"),
            bridge: format!("npx mcp-remote {quoted}"),
        }
    }

    /// Everything under the name that its element has in `data-setup`, for the script of the page.
    pub(crate) fn fields(&self) -> [(&'static str, &str); 10] {
        [
            ("claude-link", &self.claude_link),
            ("claude-code", &self.claude_code),
            ("cursor-link", &self.cursor_link),
            ("cursor-file", &self.cursor_file),
            ("vscode-link", &self.vscode_link),
            ("vscode", &self.vscode_command),
            ("codex", &self.codex),
            ("gemini", &self.gemini),
            ("inspector", &self.inspector),
            ("bridge", &self.bridge),
        ]
    }
}

fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// Single quotes where a POSIX shell would read anything into the text.
fn shell_quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::{Setup, shell_quote};

    #[test]
    fn links_and_commands() {
        let setup = Setup::new("https://mcp.example.com/mcp");
        assert!(setup.claude_link.ends_with("connectorUrl=https%3A%2F%2Fmcp.example.com%2Fmcp"));
        assert!(
            setup.cursor_link.ends_with("config=eyJ1cmwiOiJodHRwczovL21jcC5leGFtcGxlLmNvbS9tY3AifQ%3D%3D")
        );
        assert!(setup.vscode_link.ends_with(
            "config=%7B%22type%22%3A%22http%22%2C%22url%22%3A%22https%3A%2F%2Fmcp.example.com%2Fmcp%22%7D"
        ));
        assert_eq!(
            setup.claude_code,
            "claude mcp add --transport http openphone https://mcp.example.com/mcp"
        );
        assert_eq!(setup.codex, "codex mcp add openphone --url https://mcp.example.com/mcp");
        assert_eq!(setup.gemini, "gemini mcp add --transport http openphone https://mcp.example.com/mcp");
        assert_eq!(
            setup.vscode_command,
            r#"code --add-mcp '{"name":"openphone","type":"http","url":"https://mcp.example.com/mcp"}'"#
        );
    }

    #[test]
    fn a_shell_reads_nothing_into_an_address() {
        assert_eq!(shell_quote("https://a.example/x;$(y)'z"), r"'https://a.example/x;$(y)'\''z'");
    }
}
