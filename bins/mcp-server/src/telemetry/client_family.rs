//! [`ClientFamily`]: which of a few kinds of client is asking. What clients call themselves is theirs to choose, and there is
//! no end of it; in metrics they are one of these.
//!
//! Where the codes of a grant went comes first, because that cannot be put on; the `User-Agent` of a client's own requests is
//! asked where the grant names no host that we know.

/// A kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientFamily(&'static str);

/// What is known of a client.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Where its codes are sent: a host, `localhost`, or `scheme:`.
    pub redirect_host: Option<&'a str>,
    /// Host of its metadata document.
    pub document_host: Option<&'a str>,
    /// What its requests say.
    pub user_agent: Option<&'a str>,
}

/// Hosts, and everything below them.
const HOSTS: [(&str, &str); 14] = [
    ("claude.ai", "claude"),
    ("claude.com", "claude"),
    ("chatgpt.com", "chatgpt"),
    ("openai.com", "chatgpt"),
    ("cursor.com", "cursor"),
    ("cursor:", "cursor"),
    ("vscode.dev", "vscode"),
    ("vscode:", "vscode"),
    ("googleusercontent.com", "gemini"),
    ("grok.com", "grok"),
    ("x.ai", "grok"),
    ("perplexity.ai", "perplexity"),
    ("mistral.ai", "mistral"),
    ("n8n.cloud", "n8n"),
];
/// Metadata documents of clients on a person's own computer, which have no host of their own to send codes to.
const LOCAL: [(&str, &str); 3] =
    [("claude.ai", "claude_code"), ("chatgpt.com", "codex"), ("vscode.dev", "vscode")];
/// What a `User-Agent` contains, in lower case; the first that fits.
const AGENTS: [(&str, &str); 15] = [
    ("claude-code", "claude_code"),
    ("claude", "claude"),
    ("codex", "codex"),
    ("openai-mcp", "chatgpt"),
    ("cursor", "cursor"),
    ("visual studio code", "vscode"),
    ("gemini", "gemini"),
    ("inspector", "inspector"),
    ("n8n", "n8n"),
    ("mozilla", "browser"),
    ("python", "python"),
    ("node", "node"),
    ("undici", "node"),
    ("rmcp", "rust"),
    ("reqwest", "rust"),
];

impl ClientFamily {
    /// Nothing of it is known, or none of the others.
    pub const OTHER: Self = Self("other");

    /// The kind of client that fits.
    #[must_use]
    pub fn of(known: Known<'_>) -> Self {
        let local = known.redirect_host == Some("localhost");
        let at = |host: Option<&str>, table: &[(&str, &'static str)]| {
            let host = host?.trim_end_matches('.').to_ascii_lowercase();
            table.iter().find(|(known, _)| is_at(&host, known)).map(|(_, family)| *family)
        };
        let declared = if local {
            at(known.document_host, &LOCAL)
        } else {
            at(known.redirect_host, &HOSTS).or_else(|| at(known.document_host, &HOSTS))
        };
        let told = || {
            let agent = known.user_agent?.to_ascii_lowercase();
            AGENTS.iter().find(|(part, _)| agent.contains(part)).map(|(_, family)| *family)
        };
        declared.or_else(told).map_or(Self::OTHER, Self)
    }

    /// Its name, for labels and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// All names, for the documentation.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        let tables = HOSTS.iter().chain(&LOCAL).chain(&AGENTS).map(|(_, family)| *family);
        let mut names: Vec<_> = tables.chain([Self::OTHER.0]).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Whether `host` is `known` or below it.
fn is_at(host: &str, known: &str) -> bool {
    host.strip_suffix(known).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_speak_before_user_agents() {
        let family = |redirect_host: &'static str, document_host: &'static str, user_agent: &'static str| {
            let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
            ClientFamily::of(Known {
                redirect_host: some(redirect_host),
                document_host: some(document_host),
                user_agent: some(user_agent),
            })
            .name()
        };
        assert_eq!(family("claude.ai", "claude.ai", "python-httpx/0.28"), "claude");
        assert_eq!(family("localhost", "claude.ai", ""), "claude_code");
        assert_eq!(family("localhost", "", "claude-code/2.1 (cli)"), "claude_code");
        assert_eq!(family("", "", "Claude-User"), "claude");
        assert_eq!(family("chatgpt.com", "", "openai-mcp/1.0"), "chatgpt");
        assert_eq!(family("localhost", "chatgpt.com", ""), "codex");
        assert_eq!(family("cursor:", "", "node"), "cursor");
        assert_eq!(family("oauth-redirect.googleusercontent.com", "", ""), "gemini");
        assert_eq!(family("localhost", "", "python-httpx/0.28.1"), "python");
        assert_eq!(family("notclaude.ai", "", ""), "other");
        assert_eq!(family("claude.ai.example.com", "", "node"), "node");
        assert_eq!(family("", "", ""), "other");
    }
}
