//! A narrower address: what the URL builder makes of its form, for `/connect` and for the script of the landing page.
//!
//! The addresses are those that [`LandingContent::narrowing`](crate::LandingContent::narrowing) promises: `/readonly`,
//! `/x/{toolset,…}`, `/x/{toolset,…}/readonly` behind the endpoint's, and `?inbox=PN…`.

use crate::content::{LandingContent, Toolset};

/// Longest id of an inbox.
const LONGEST_INBOX: usize = 64;

/// What the visitor chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Narrowing {
    pub(crate) read_only: bool,
    /// Positions in [`LandingContent::toolsets`], ascending. Empty: all.
    toolsets: Vec<usize>,
    /// As typed, without spaces around it.
    pub(crate) inbox: String,
}

/// Why a form makes no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A group of tools that does not exist, or a value that the form cannot send.
    Form,
    /// Not the id of an inbox.
    Inbox,
}

impl Narrowing {
    /// Reads the query of a GET form. No group ticked means all of them: that is what a link without them says.
    ///
    /// # Errors
    /// What is wrong, with everything that could be read: the form is shown again with it.
    pub(crate) fn of_query(query: &str, toolsets: &[Toolset]) -> Result<Self, (Self, Fault)> {
        let mut chosen = Self::default();
        let mut fault = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "readonly" => match &*value {
                    "true" | "1" => chosen.read_only = true,
                    "false" | "0" => {}
                    _ => fault = Some(Fault::Form),
                },
                "toolset" => match toolsets.iter().position(|toolset| toolset.name == value) {
                    Some(position) => chosen.toolsets.push(position),
                    None => fault = Some(Fault::Form),
                },
                "inbox" => value.trim().clone_into(&mut chosen.inbox),
                // What a mail program or an analyst added is none of ours.
                _ => {}
            }
        }
        chosen.toolsets.sort_unstable();
        chosen.toolsets.dedup();
        if chosen.toolsets.len() == toolsets.len() {
            chosen.toolsets.clear();
        }
        if !(chosen.inbox.is_empty() || is_inbox(&chosen.inbox)) {
            fault = Some(Fault::Inbox);
        }
        match fault {
            None => Ok(chosen),
            Some(fault) => Err((chosen, fault)),
        }
    }

    /// Whether it leaves everything.
    pub(crate) fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the group at this position is among the chosen.
    pub(crate) fn has(&self, position: &usize) -> bool {
        self.toolsets.is_empty() || self.toolsets.contains(position)
    }

    /// The chosen groups' names for people; none when it is all of them.
    pub(crate) fn titles<'a>(&self, content: &'a LandingContent) -> Vec<&'a str> {
        let chosen = self.toolsets.iter().filter_map(|position| content.toolsets.get(*position));
        chosen.map(|toolset| toolset.title.as_str()).collect()
    }

    /// The address.
    pub(crate) fn url(&self, content: &LandingContent) -> String {
        let mut url = content.mcp_url.trim_end_matches('/').to_owned();
        if !self.toolsets.is_empty() {
            let chosen = self.toolsets.iter().filter_map(|position| content.toolsets.get(*position));
            let names: Vec<_> = chosen.map(|toolset| toolset.name.as_str()).collect();
            url = format!("{url}/x/{}", names.join(","));
        }
        if self.read_only {
            url.push_str("/readonly");
        }
        if !self.inbox.is_empty() {
            url = format!("{url}?inbox={}", self.inbox);
        }
        url
    }
}

fn is_inbox(id: &str) -> bool {
    id.len() <= LONGEST_INBOX
        && id.strip_prefix("PN").is_some_and(|rest| {
            !rest.is_empty()
                && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::{Fault, Narrowing};
    use crate::content::{LandingContent, Toolset};

    fn content() -> LandingContent {
        let mut content =
            LandingContent::new("https://mcp.example.com", "https://mcp.example.com/mcp", "1.2.3");
        content.toolsets = ["messaging", "calls", "tasks"].map(|name| Toolset::new(name, name)).to_vec();
        content
    }

    #[test]
    fn forms_make_addresses() {
        for (query, address) in [
            ("", "/mcp"),
            ("readonly=true", "/mcp/readonly"),
            ("readonly=0&inbox=+", "/mcp"),
            ("toolset=calls&toolset=messaging&toolset=calls", "/mcp/x/messaging,calls"),
            ("toolset=tasks&readonly=1&inbox=%20PNabc_1%20&utm=x", "/mcp/x/tasks/readonly?inbox=PNabc_1"),
            ("toolset=tasks&toolset=calls&toolset=messaging", "/mcp"),
            ("inbox=PN1", "/mcp?inbox=PN1"),
        ] {
            let content = content();
            let chosen = Narrowing::of_query(query, &content.toolsets).unwrap();
            assert_eq!(chosen.url(&content), format!("https://mcp.example.com{address}"), "{query}");
            assert_eq!(chosen.is_all(), address == "/mcp");
        }
    }

    #[test]
    fn faults_keep_what_could_be_read() {
        for (query, fault) in [
            ("readonly=true&inbox=555", Fault::Inbox),
            ("readonly=true&inbox=PN", Fault::Inbox),
            ("readonly=true&inbox=PN1%26a%3Db", Fault::Inbox),
            ("readonly=true&toolset=nonsense", Fault::Form),
            ("readonly=true&readonly=perhaps", Fault::Form),
        ] {
            let (chosen, found) = Narrowing::of_query(query, &content().toolsets).unwrap_err();
            assert_eq!(found, fault, "{query}");
            assert!(chosen.read_only);
        }
    }
}
