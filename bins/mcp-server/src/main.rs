//! The `mcp-server` command.
fn main() {}
