//! What the tests share: the running server, the user at the consent form, an MCP client made of plain HTTP.

pub(crate) mod balancer;
pub(crate) mod broken;
pub(crate) mod collector;
pub(crate) mod cut;
pub(crate) mod listed;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod mcp;
pub(crate) mod metrics;
pub(crate) mod proxy;
pub(crate) mod redis;
pub(crate) mod server;
pub(crate) mod stage;
pub(crate) mod stream;
pub(crate) mod tools;

pub(crate) use login::Login;
pub(crate) use mcp::Mcp;
pub(crate) use server::TestServer;
