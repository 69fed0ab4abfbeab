//! What the embedder says about its server. Plain data; [`Landing::new`](crate::Landing::new) checks it.

use crate::tool_card::ToolCard;
use serde::Serialize;
use std::sync::Arc;

/// Everything that the pages say.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LandingContent {
    /// Absolute URL of the landing page without a closing slash, as visitors write it:
    /// `https://mcp.example.com`, or `https://example.com/openphone` under a path prefix.
    pub public_url: String,
    /// Absolute URL of the Streamable HTTP endpoint.
    pub mcp_url: String,
    /// Absolute URL of the HTTP+SSE endpoint (2024-11-05), where it is served.
    pub sse_url: Option<String>,
    /// The running version, without a leading `v`.
    pub version: String,
    /// The tools, in the order in which they are shown.
    pub tools: Vec<ToolCard>,
    /// The groups of the tools, in the order in which they are shown. A tool of a group that is not among them is shown
    /// after these.
    pub toolsets: Vec<Toolset>,
    /// The conversation that is the picture on top. Turns whose tool is not among [`tools`](Self::tools) are left out.
    pub picture: Vec<Turn>,
    /// Revisions of the protocol that are spoken, newest first: `2026-07-28`.
    pub protocol_versions: Vec<String>,
    /// Offers to build a narrower address. The endpoint must then understand `/readonly`, `/x/{toolset,…}` and
    /// `/x/{toolset,…}/readonly` behind [`mcp_url`](Self::mcp_url), and `inbox=PN…` in the query.
    pub narrowing: bool,
    /// Who knows how the server and what is behind it are doing, for `/status.json`.
    pub status: Option<Arc<dyn StatusSource>>,
    /// Where the source code is.
    pub source_url: Option<String>,
    /// Whether apps have to sign in.
    pub sign_in: SignIn,
    /// The header that takes an API key from programs that cannot sign in, where there is one.
    pub key_header: Option<String>,
    /// Set when the server simulates its phone system.
    pub sandbox: Option<Sandbox>,
    /// Whom to tell about a security hole. Without one there is no `security.txt`.
    pub security: Option<SecurityContact>,
    /// Path (below the public URL) of the page on which people see and end their connections.
    pub connections_path: Option<String>,
    /// Path prefix of the requests that reach [`Landing::handle`](crate::Landing::handle). The public URL's
    /// path unless a proxy or router in front has already taken it off.
    pub mount: Option<String>,
}

impl LandingContent {
    /// A server without tools, sandbox or contacts; add what there is.
    pub fn new(
        public_url: impl Into<String>,
        mcp_url: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        Self {
            public_url: public_url.into(),
            mcp_url: mcp_url.into(),
            sse_url: None,
            version: version.into(),
            tools: Vec::new(),
            toolsets: Vec::new(),
            picture: Vec::new(),
            protocol_versions: Vec::new(),
            narrowing: false,
            status: None,
            source_url: None,
            sign_in: SignIn::Needed,
            key_header: None,
            sandbox: None,
            security: None,
            connections_path: None,
            mount: None,
        }
    }
}

/// Whether apps have to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SignIn {
    /// With OAuth.
    #[default]
    Needed,
    /// With OAuth, or with an access token that the operator gives out, which opens the operator's workspace.
    OrToken,
    /// No: whoever reaches the server works in its operator's workspace. Who signs in works in their own.
    NotNeeded,
}

impl SignIn {
    /// Whether steps to sign in belong to the way in.
    pub(crate) fn is_needed(self) -> bool {
        self != Self::NotNeeded
    }

    /// Whether an access token will do.
    pub(crate) fn takes_token(self) -> bool {
        self == Self::OrToken
    }
}

/// One turn of the conversation that is the picture on top: an illustration, with people who are made up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Turn {
    /// What a person asks.
    pub wish: String,
    /// The tool that the assistant calls for it.
    pub tool: String,
    /// What the assistant says then.
    pub answer: String,
}

impl Turn {
    /// A wish, the name of a tool, and the assistant's words.
    pub fn new(wish: impl Into<String>, tool: impl Into<String>, answer: impl Into<String>) -> Self {
        Self { wish: wish.into(), tool: tool.into(), answer: answer.into() }
    }
}

/// A group of tools.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Toolset {
    /// Its name in addresses: `messaging`.
    pub name: String,
    /// Its name for people: `Messages`.
    pub title: String,
}

impl Toolset {
    /// A group by its name in addresses and its name for people.
    pub fn new(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self { name: name.into(), title: title.into() }
    }
}

/// Tells how the server is doing, as far as it knows without asking anybody. It is asked for every `/status.json`, so it
/// must answer from memory.
pub trait StatusSource: std::fmt::Debug + Send + Sync {
    /// How what is behind the server is doing.
    fn upstream(&self) -> UpstreamStatus;
}

/// How what is behind the server (OpenPhone) is doing, judged by the calls that pass through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpstreamStatus {
    /// It answers.
    Up,
    /// It fails so often that calls are not tried for the moment.
    Down,
    /// Nothing was asked of it lately.
    Unknown,
    /// It is simulated here.
    Simulated,
}

/// The notice of a server whose phone system is simulated.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sandbox {
    /// Keys that visitors may paste. They open nothing outside of the simulation.
    pub keys: Vec<SandboxKey>,
}

impl Sandbox {
    /// A notice with these keys; the first is the one that the steps name.
    pub fn new(keys: Vec<SandboxKey>) -> Self {
        Self { keys }
    }
}

/// A public key of the simulation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SandboxKey {
    /// The key, to paste on the sign-in page.
    pub key: String,
    /// What it opens, in a few words.
    pub opens: String,
}

impl SandboxKey {
    /// A key and what it opens.
    pub fn new(key: impl Into<String>, opens: impl Into<String>) -> Self {
        Self { key: key.into(), opens: opens.into() }
    }
}

/// The two required fields of `security.txt` (RFC 9116 section 2.5).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SecurityContact {
    /// A `mailto:`, `https:` or `tel:` URI.
    pub contact: String,
    /// When the file stops being true: an RFC 3339 date and time, at most a year ahead.
    pub expires: String,
}

impl SecurityContact {
    /// A contact and the date until which it holds.
    pub fn new(contact: impl Into<String>, expires: impl Into<String>) -> Self {
        Self { contact: contact.into(), expires: expires.into() }
    }
}

/// Content that cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LandingError {
    /// A URL is not an absolute `http` or `https` URL without query and fragment.
    #[error("{field} must be an absolute http(s) URL without query or fragment, not {value:?}")]
    Url {
        /// The field of [`LandingContent`].
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// A `security.txt` field holds a line break, which would add fields to the file.
    #[error("{field} of the security contact must be one line")]
    SecurityContact {
        /// The field of [`SecurityContact`].
        field: &'static str,
    },
    /// A template could not be rendered.
    #[error("a page could not be rendered")]
    Template(#[from] askama::Error),
    /// `tools.json` could not be written.
    #[error("the tool list could not be written as JSON")]
    Json(#[from] serde_json::Error),
}
