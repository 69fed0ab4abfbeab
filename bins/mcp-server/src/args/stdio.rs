//! The command line of `stdio`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigFileArgs, OperatorKeyArgs, PolicyArgs};

/// Options of `stdio`.
#[derive(Debug, Args)]
pub struct StdioArgs {
    /// Where more of these options are set.
    #[command(flatten)]
    pub config: ConfigFileArgs,

    /// Whose workspace.
    #[command(flatten)]
    pub key: OperatorKeyArgs,

    /// Work in a simulated OpenPhone workspace: no account needed, no text leaves this machine. `OPENPHONE_API_KEY` may name
    /// one of the sandbox's keys; nothing is kept unless --data-dir says where
    #[arg(long)]
    pub sandbox: bool,

    /// Folder for the state, which remembers what was sent, so that nothing is sent twice; one process has it at a time
    /// [default: openphone-mcp in $XDG_STATE_HOME, or in ~/.local/state]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,

    /// Where the OpenPhone API is; --sandbox goes before it [default: `https://api.quo.com`]
    #[arg(long, value_name = "URL")]
    pub upstream_url: Option<String>,

    /// What to log to standard error, in the syntax of tracing's EnvFilter, such as `info` or `openphone_client=debug`
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    pub log: String,

    /// Upper bounds.
    #[command(flatten)]
    pub policy: PolicyArgs,
}
