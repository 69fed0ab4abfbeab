//! The public pages of the server: what it is, how to connect, what its tools do, what it keeps; and their
//! twins for machines.
//!
//! The embedder describes the server once ([`LandingContent`], with a [`ToolCard`] per tool); each
//! page is rendered for the first who asks for it, and answered from memory then. Nothing here knows the tools,
//! the protocol or the login: the pages cannot promise what the content does not say.
//!
//! | Path | What |
//! |---|---|
//! | `/` | the landing page; Markdown when `Accept` prefers `text/markdown`; JSON 405 that names the endpoint for other methods |
//! | `/connect` | the steps for a narrower address: the URL builder's form leads here; JSON for the landing page's script |
//! | `/tools` | every tool in full |
//! | `/privacy` | what is stored, seen and logged |
//! | `/llms.txt` | a short index for language models |
//! | `/tools.json` | the tools with their schemas, costs and examples |
//! | `/server.json` | the server as the MCP registry describes it |
//! | `/status.json` | how the server and what is behind it are doing |
//! | `/robots.txt`, `/.well-known/security.txt` | for crawlers; for people who report a hole (RFC 9116; only with a contact) |
//!
//! The stylesheet, script and icons come from [`web_ui::assets`], which the embedder routes as well.
//!
//! ```
//! use landing::{Landing, LandingContent};
//!
//! let content = LandingContent::new("https://mcp.example.com", "https://mcp.example.com/mcp", "0.1.0");
//! let landing = Landing::new(content)?;
//! let request = http::Request::get("/").body(()).unwrap();
//! let response = landing.handle(&request).unwrap();
//! assert_eq!(response.status(), http::StatusCode::OK);
//! # Ok::<(), landing::LandingError>(())
//! ```
//!
//! To add a page: its template in `templates/`, its rendering in `page.rs` (for people) or `machine.rs` (for
//! machines), its path in the table of `http.rs`.

mod address;
mod connect;
mod content;
mod document;
mod http;
mod machine;
mod negotiate;
mod page;
mod registry;
mod setup;
mod status;
mod tool_card;
mod tool_view;

pub use self::content::{
    LandingContent, LandingError, Sandbox, SandboxKey, SecurityContact, SignIn, StatusSource, Toolset, Turn,
    UpstreamStatus,
};
pub use self::http::Landing;
pub use self::tool_card::{Argument, Example, Risk, ToolCard};
