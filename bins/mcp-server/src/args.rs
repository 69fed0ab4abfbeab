//! The command line, as typed. [`crate::config`] turns it into settings that are known to work.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use openphone_client::DEFAULT_BASE_URL;

/// Lets AI clients text, read calls and messages and manage contacts in an OpenPhone workspace.
#[derive(Debug, Parser)]
#[command(name = "mcp-server", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(ServeArgs),
    /// Make the keys that seal tokens
    Keys(KeysArgs),
    /// Run the simulated OpenPhone API alone, for programs that call OpenPhone themselves
    Sandbox(SandboxArgs),
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Serve a simulated OpenPhone workspace: no account needed, no text leaves this machine
    #[arg(long)]
    pub sandbox: bool,

    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,

    /// Folder for the key ring and the state; made when missing
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data_dir: PathBuf,

    /// Where the OpenPhone API is, such as the address of `mcp-server sandbox`, or of a proxy of your own
    #[arg(long, value_name = "URL", default_value = DEFAULT_BASE_URL, conflicts_with = "sandbox")]
    pub upstream_url: String,

    /// Address under which clients reach the server, such as `https://mcp.example.com`
    /// [default: http:// and the address listened on]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,

    /// What to log, in the syntax of tracing's EnvFilter, such as `info` or `oauth_server=debug`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,
}

/// Options of `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8788")]
    pub listen: SocketAddr,

    /// Requests that one key may make in a second, as the real API counts them
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_second: u32,

    /// What to log, in the syntax of tracing's EnvFilter, such as `info` or `openphone_sandbox=debug`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,
}

/// Options of `keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// What to do with the keys.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// The commands below `keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a new key file in the data folder; refuses to overwrite one
    Generate {
        /// Folder for the key ring and the state; made when missing
        #[arg(long, value_name = "FOLDER", default_value = "data")]
        data_dir: PathBuf,
    },
}
