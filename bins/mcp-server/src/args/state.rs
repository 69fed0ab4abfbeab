//! The commands that copy the state of a deployment whose store is a file.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConfigFileArgs;

/// Options of `state`.
#[derive(Debug, Args)]
pub struct StateArgs {
    /// What to do with the state.
    #[command(subcommand)]
    pub command: StateCommand,
}

/// The commands below `state`.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Copy the state into a new file, while the server runs or not. Keys are not in it: back the key file up apart from it
    Backup {
        /// The new file; never overwrites one
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// Where the state is
        #[command(flatten)]
        place: StatePlace,
    },
    /// Put a copy in the place of the state; the server must be stopped. What was there is kept beside it
    Restore {
        /// The copy
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// Where the state is to be
        #[command(flatten)]
        place: StatePlace,
    },
}

/// Where the state's file is.
#[derive(Debug, Args)]
pub struct StatePlace {
    /// Settings of the deployment
    #[command(flatten)]
    pub config: ConfigFileArgs,

    /// Folder of the key ring and the state, as given to `serve`
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data_dir: PathBuf,
}
