//! What the tests share: the running server, the user at the consent form, an MCP client made of plain HTTP.

pub mod log;
pub mod login;
pub mod mcp;
pub mod server;
pub mod tools;

pub use login::Login;
pub use mcp::Mcp;
pub use server::TestServer;
