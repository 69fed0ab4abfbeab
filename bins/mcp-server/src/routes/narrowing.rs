//! What a URL leaves of the catalogue: `/mcp/x/{toolset,...}[/readonly]` and `?toolsets=&readonly=&inbox=`.
//!
//! It only ever tightens what the operator and the grant allow. The query form is for clients that keep nothing
//! but a URL.

use std::collections::BTreeSet;

use mcp_tools::Toolsets;
use mcp_tools::toolset::UnknownToolset;
use openphone_client::PhoneNumberId;

/// Filters from the URL of an MCP endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Only tools that change nothing.
    pub read_only: bool,
    /// Only these toolsets.
    pub toolsets: Toolsets,
    /// Only these inboxes; `None`: all. Two filters that name different inboxes leave none.
    pub inboxes: Option<BTreeSet<PhoneNumberId>>,
}

/// A filter in the query that cannot be understood. It is refused: a misspelt filter must not widen anything.
#[derive(Debug, thiserror::Error)]
pub enum NarrowingError {
    /// A toolset that does not exist.
    #[error("toolsets: {0}")]
    Toolset(#[from] UnknownToolset),
    /// `readonly` is neither true nor false.
    #[error("readonly: write true or false")]
    ReadOnly,
    /// `inbox` is not the id of a phone number.
    #[error("inbox: write the id of a phone number, such as PNabc123")]
    Inbox,
}

impl Narrowing {
    /// Only reading.
    #[must_use]
    pub fn read_only() -> Self {
        Self { read_only: true, ..Self::default() }
    }

    /// What follows `/mcp/x/`; `None` if it names no toolsets that exist.
    #[must_use]
    pub fn of_path(rest: &str) -> Option<Self> {
        let (names, read_only) = match rest.split_once('/') {
            None => (rest, false),
            Some((names, "readonly")) => (names, true),
            Some(_) => return None,
        };
        let toolsets = Toolsets::parse(names).ok().filter(|_| !names.is_empty())?;
        Some(Self { read_only, toolsets, inboxes: None })
    }

    /// What both leave.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            read_only: self.read_only || other.read_only,
            toolsets: self.toolsets.intersection(other.toolsets),
            inboxes: match (&self.inboxes, &other.inboxes) {
                (Some(ours), Some(theirs)) => Some(ours.intersection(theirs).cloned().collect()),
                (ours, theirs) => ours.clone().or_else(|| theirs.clone()),
            },
        }
    }

    /// Narrowed further by the query. Other parameters are none of ours. The case of the names does not matter: a
    /// filter that is overlooked would widen.
    pub fn and_query(mut self, query: &str) -> Result<Self, NarrowingError> {
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name.to_ascii_lowercase() {
                "toolsets" => self.toolsets = self.toolsets.intersection(Toolsets::parse(&value)?),
                "readonly" => match &*value {
                    "true" | "1" | "" => self.read_only = true,
                    "false" | "0" => {}
                    _ => return Err(NarrowingError::ReadOnly),
                },
                "inbox" => {
                    let inbox = PhoneNumberId::parse(&value).map_err(|_| NarrowingError::Inbox)?;
                    let only = Self { inboxes: Some(BTreeSet::from([inbox])), ..Self::default() };
                    self = self.and(&only);
                }
                _ => {}
            }
        }
        Ok(self)
    }
}

/// Whether a parameter carries a credential, by its name or by the look of it.
pub(super) fn holds_a_key(query: &str) -> bool {
    const NAMES: [&str; 7] = ["key", "token", "secret", "password", "authorization", "auth", "credential"];
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        NAMES.iter().any(|credential| plain.ends_with(credential))
            || looks_like_a_key(&name)
            || looks_like_a_key(&value)
    })
}

/// Tokens and codes of ours, keys of the sandbox, and whatever follows `Bearer`.
fn looks_like_a_key(text: &str) -> bool {
    let sealed = text.strip_prefix("opq").and_then(|rest| rest.as_bytes().get(2)) == Some(&b'_');
    let bearer = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
    sealed || bearer || text.starts_with("sandbox-key-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_only_tighten() {
        let check = |path: &str, query: &str| Narrowing::of_path(path).unwrap().and_query(query);
        let narrowed =
            check("messaging,calls", "toolsets=calls,contacts&readonly=true&inbox=PNone&utm=1").unwrap();
        assert_eq!(narrowed.toolsets, Toolsets::parse("calls").unwrap());
        assert!(narrowed.read_only);
        let one = BTreeSet::from([PhoneNumberId::parse("PNone").unwrap()]);
        assert_eq!(narrowed.inboxes, Some(one));
        assert!(check("calls", "Readonly=true").unwrap().read_only);
        assert_eq!(check("calls", "inbox=PNone&inbox=PNtwo").unwrap().inboxes, Some(BTreeSet::new()));
        assert!(check("calls/readonly", "readonly=false").unwrap().read_only);
        for wrong in ["toolsets=messagin", "readonly=perhaps", "inbox=%2B14155550101"] {
            assert!(check("messaging", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_in_queries_are_seen() {
        for query in [
            "api_key=x",
            "apiKey=x",
            "key=x",
            "x-openphone-api-key=x",
            "access_token=x",
            "OPENPHONE_API_KEY=x",
            "a=1&token=x",
            "q=opqat_k1_xyz",
            "q=Bearer%20xyz",
            "q=bearer+xyz",
            "q=opqac_xyz",
            "auth=xyz",
            "x=sandbox-key-workspace-alpha",
            "sandbox-key-workspace-alpha",
        ] {
            assert!(holds_a_key(query), "{query}");
        }
        for query in [
            "",
            "toolsets=messaging&readonly=true&inbox=PN1",
            "keyboard=qwerty",
            "state=abc",
            "q=opquest",
            "author=me",
        ] {
            assert!(!holds_a_key(query), "{query}");
        }
    }
}
