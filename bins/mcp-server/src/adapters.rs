//! Joins crates that must not know each other: each file implements one crate's trait with another's types.

pub mod callers;
pub mod consent;
pub mod credentials;
pub mod events;
pub mod local;
pub mod mcp;
pub mod oauth;
pub mod relay;
pub mod status;
pub mod tool_cards;
