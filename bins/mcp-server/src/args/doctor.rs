//! The command line of `doctor`, as typed.

use std::path::PathBuf;

use clap::Args;

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The server's address as people type it into their client, such as `https://mcp.example.com/mcp`; http only on
    /// this machine
    #[arg(value_name = "URL")]
    pub url: String,

    /// A file with an API key: also sign in with it, list the tools, refresh, and revoke what was made. Without it no
    /// credential is sent
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,

    /// The server is meant to serve whoever reaches it (--single-tenant without an access token); otherwise that is a fault
    #[arg(long)]
    pub open: bool,

    /// One JSON document for programs instead of lines for people
    #[arg(long)]
    pub json: bool,
}
