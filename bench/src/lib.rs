//! What the programs in `bin/` share: [`serve`], a listener for hyper services; [`envelope`], the least that a JSON-RPC
//! server does with a message; [`catalogue`], the tools that every MCP server here offers; [`upstream`], the service behind
//! them; and [`load`], the load generator.
//!
//! To add a contender: a file in `bin/` that takes `--listen`, answers alike, and logs nothing; a row in `README.md` that
//! says in which shape it is measured and why.

pub mod catalogue;
pub mod envelope;
pub mod load;
pub mod serve;
pub mod upstream;
