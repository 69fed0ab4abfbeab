//! The OpenPhone MCP server.
