//! The command line of `completions`, as typed.

use clap::{Args, ValueEnum};

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// The shells. There are generators for more of them; each that nobody uses beside this server would only make it larger.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Shell {
    /// For `/usr/share/bash-completion/completions/mcp-server`
    Bash,
    /// For `_mcp-server` in a folder of `$fpath`
    Zsh,
    /// For `~/.config/fish/completions/mcp-server.fish`
    Fish,
}
