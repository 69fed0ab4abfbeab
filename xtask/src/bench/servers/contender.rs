//! Who is measured.

/// A program, and how it is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contender {
    /// hyper that reads the envelope and answers a constant: nothing can be faster.
    Bare,
    /// The same, with one request to the upstream.
    Proxy,
    /// Our release binary, which logs warnings only.
    Server,
    /// Our release binary, with a line in the log for each request.
    LoggingServer,
    /// Our library `mcp-protocol`, without the rest.
    Protocol,
    Rmcp,
    TypeScript,
    Python,
}

impl Contender {
    /// As the page and the pictures call it; versions are told beside the tables.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare hyper",
            Self::Proxy => "bare hyper as a proxy",
            Self::Server => "mcp-server",
            Self::LoggingServer => "mcp-server, logging requests",
            Self::Protocol => "mcp-protocol alone",
            Self::Rmcp => "rmcp",
            Self::TypeScript => "TypeScript SDK",
            Self::Python => "Python SDK",
        }
    }

    /// Whether it is ours.
    pub(super) const fn is_ours(self) -> bool {
        matches!(self, Self::Server | Self::LoggingServer | Self::Protocol)
    }

    /// Whether others are held against it.
    pub(super) const fn is_ceiling(self) -> bool {
        matches!(self, Self::Bare | Self::Proxy)
    }
}

/// What is asked of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// `tools/list` with so many tools, the same of everybody.
    List(u32),
    /// The same with 5 tools, in the revision of June 2025.
    ListBefore,
    /// `tools/list` of the release binary.
    OwnList,
    /// A call that needs nobody else.
    Call,
    /// A call that asks an upstream once.
    Upstream,
    /// A refresh token for the next.
    Token,
}

impl Case {
    pub(super) fn name(self) -> String {
        match self {
            Self::List(tools) => format!("tools/list, {tools} tools"),
            Self::ListBefore => "tools/list, 5 tools, revision 2025-06-18".to_owned(),
            Self::OwnList => "tools/list of mcp-server".to_owned(),
            Self::Call => "tools/call without upstream".to_owned(),
            Self::Upstream => "tools/call with one upstream call".to_owned(),
            Self::Token => "/token, refresh".to_owned(),
        }
    }

    /// Whether the server does it all by itself: nobody else is asked, and nothing is waited for on a disk, whose work the system
    /// does on the other core.
    pub(super) const fn asks_nobody(self) -> bool {
        !matches!(self, Self::Upstream | Self::Token)
    }

    /// Who is asked. The first is what the others are held against, if it is a ceiling.
    pub(super) const fn contenders(self) -> &'static [Contender] {
        use Contender::{Bare, LoggingServer, Protocol, Proxy, Python, Rmcp, Server, TypeScript};
        match self {
            Self::List(_) => &[Bare, Protocol, Rmcp, TypeScript, Python],
            Self::ListBefore => &[Bare, Protocol, Rmcp, TypeScript, Python],
            Self::OwnList => &[Bare, Server, LoggingServer, Rmcp],
            Self::Call => &[Bare, Server, LoggingServer, Protocol, Rmcp, TypeScript, Python],
            Self::Upstream => &[Proxy, Server, LoggingServer, Protocol, Rmcp, TypeScript, Python],
            Self::Token => &[Server],
        }
    }

    /// How many connections ask at once.
    pub(super) const fn connections(self) -> &'static [u32] {
        match self {
            Self::ListBefore => &[16],
            Self::Token => &[64],
            _ => &[1, 16, 64],
        }
    }
}

/// Every case, in the order of the page.
pub(super) const CASES: [Case; 7] =
    [Case::List(5), Case::List(20), Case::ListBefore, Case::OwnList, Case::Call, Case::Upstream, Case::Token];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_but_one_has_its_ceiling_first() {
        for case in CASES {
            let ceilings = case.contenders().iter().map(|contender| contender.is_ceiling());
            let expected = (0..case.contenders().len()).map(|at| at == 0 && case != Case::Token);
            assert!(ceilings.eq(expected), "{case:?}");
        }
    }
}
