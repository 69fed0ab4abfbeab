//! The command that looks at the settings themselves.

use clap::{Args, Subcommand};

use super::ServeArgs;

/// Options of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do with the settings.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The commands below `config`. All but the last take the options of `serve`, as it would be started.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show every setting and where it came from, as a configuration file; secrets are left out
    Print {
        /// Write JSON
        #[arg(long)]
        json: bool,

        /// The settings
        #[command(flatten)]
        serve: Box<ServeArgs>,
    },
    /// Say what is wrong with the settings, the key file and the list of clients; nothing is started or changed
    Check {
        /// The settings
        #[command(flatten)]
        serve: Box<ServeArgs>,
    },
    /// Write the JSON Schema of the configuration file, for editors
    Schema,
}
