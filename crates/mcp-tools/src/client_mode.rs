//! Which set of tools a client is offered: one function decides.
//!
//! What the grant declares comes first: the host of its redirect URI, or of its client metadata document, is
//! where codes really went, so it cannot be put on. The `User-Agent` is anyone's text and is asked only where the
//! grant names no client that we know. A client's display name is never asked.

use std::fmt;

use crate::tool::ToolSpec;

/// A set of tools for a family of clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClientMode {
    /// The whole catalogue.
    #[default]
    Full,
    /// The limited set for ChatGPT's connectors.
    ChatGpt,
}

/// The tools of [`ClientMode::ChatGpt`], before an operator adds some.
pub(crate) const CHATGPT_TOOLS: [&str; 3] = ["send-message", "fetch-call-transcripts", "fetch-messages"];
/// Where ChatGPT's connectors take their codes.
const CHATGPT_HOSTS: [&str; 2] = ["chatgpt.com", "openai.com"];
/// Clients with a host of their own that work with the whole catalogue.
const FULL_HOSTS: [&str; 2] = ["claude.ai", "claude.com"];
/// What the `User-Agent` of ChatGPT's connectors contains.
const CHATGPT_USER_AGENT: &str = "openai-mcp";

impl ClientMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::Full, Self::ChatGpt];

    /// The name in paths of generated files and in docs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ChatGpt => "chatgpt",
        }
    }

    /// Whether the mode offers the tool.
    #[must_use]
    pub const fn offers(self, tool: &ToolSpec) -> bool {
        match self {
            Self::Full => true,
            Self::ChatGpt => tool.chatgpt,
        }
    }
}

impl fmt::Display for ClientMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known about the client of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientFacts<'a> {
    /// Host of the redirect URI that the grant was made through.
    pub redirect_host: Option<&'a str>,
    /// Host of the client's metadata document, where its `client_id` is one.
    pub document_host: Option<&'a str>,
    /// The request's `User-Agent` header.
    pub user_agent: Option<&'a str>,
}

/// Picks the mode of a request from what the request itself carries.
#[must_use]
pub fn client_mode(facts: &ClientFacts<'_>) -> ClientMode {
    // One host publishes the documents of its connectors and of its applications: what runs on the user's own computer is
    // no connector.
    let is_local = facts.redirect_host == Some("localhost");
    let declared = [facts.document_host.filter(|_| !is_local), facts.redirect_host];
    let declared = |hosts: &[&str]| declared.into_iter().flatten().any(|host| is_at(host, hosts));
    if declared(&CHATGPT_HOSTS) {
        ClientMode::ChatGpt
    } else if declared(&FULL_HOSTS) {
        ClientMode::Full
    } else if facts.user_agent.is_some_and(|agent| contains(agent, CHATGPT_USER_AGENT)) {
        ClientMode::ChatGpt
    } else {
        ClientMode::Full
    }
}

/// Whether `host` is one of `hosts` or below it.
fn is_at(host: &str, hosts: &[&str]) -> bool {
    let host = host.trim_end_matches('.').as_bytes();
    hosts.iter().any(|known| {
        let split = host.len().checked_sub(known.len()).and_then(|front| host.split_at_checked(front));
        split.is_some_and(|(front, end)| {
            end.eq_ignore_ascii_case(known.as_bytes()) && front.last().is_none_or(|byte| *byte == b'.')
        })
    })
}

/// Whether `part` is in `text`, in whichever case.
fn contains(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(redirect_host: &str, user_agent: &str, expected: ClientMode) {
        let facts = ClientFacts {
            redirect_host: Some(redirect_host).filter(|host| !host.is_empty()),
            document_host: None,
            user_agent: Some(user_agent).filter(|agent| !agent.is_empty()),
        };
        assert_eq!(client_mode(&facts), expected, "{facts:?}");
    }

    #[test]
    fn declared_facts_come_before_the_user_agent() {
        check("chatgpt.com", "openai-mcp/1.0.0", ClientMode::ChatGpt);
        check("chatgpt.com", "Claude-User", ClientMode::ChatGpt);
        check("platform.openai.com", "", ClientMode::ChatGpt);
        check("claude.ai", "openai-mcp/1.0.0", ClientMode::Full);
        check("CLAUDE.com.", "openai-mcp/1.0.0", ClientMode::Full);
    }

    #[test]
    fn the_user_agent_speaks_for_clients_that_we_do_not_know() {
        check("127.0.0.1", "OpenAI-MCP/2", ClientMode::ChatGpt);
        check("", "openai-mcp/1.0.0", ClientMode::ChatGpt);
        check("127.0.0.1", "python-httpx", ClientMode::Full);
        check("", "", ClientMode::Full);
    }

    #[test]
    fn look_alike_hosts_are_unknown() {
        check("notchatgpt.com", "python-httpx", ClientMode::Full);
        check("claude.ai.example.com", "openai-mcp/1.0.0", ClientMode::ChatGpt);
    }

    #[test]
    fn a_metadata_document_decides_as_well() {
        let facts = ClientFacts { document_host: Some("chatgpt.com"), ..ClientFacts::default() };
        assert_eq!(client_mode(&facts), ClientMode::ChatGpt);
        // The same host's command line tool.
        let facts = ClientFacts { redirect_host: Some("localhost"), ..facts };
        assert_eq!(client_mode(&facts), ClientMode::Full);
    }
}
