//! The commands of an operator beside `serve`: the keys, and the connected apps.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConfigFileArgs, Deployment, KeyArgs};

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
        /// Settings of the deployment
        #[command(flatten)]
        config: ConfigFileArgs,

        /// Folder for the key ring and the state; made when missing
        #[arg(long, value_name = "FOLDER", default_value = "data")]
        data_dir: PathBuf,

        /// Where the ring is to be
        #[command(flatten)]
        keys: KeyArgs,
    },
    /// Seal new tokens with another key; the keys before it go on opening what they sealed, and nobody is logged out
    Rotate(RotateArgs),
    /// Show the keys' ids, and for how long each is needed; never a key
    List {
        /// Where the keys and the state are
        #[command(flatten)]
        deployment: Deployment,

        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a key out of the ring; refuses while a live connection may still need it
    Retire {
        /// Id of the key, as `keys list` shows it
        #[arg(value_name = "KEY")]
        kid: String,

        /// Where the keys and the state are
        #[command(flatten)]
        deployment: Deployment,

        /// Take it out all the same: everyone whose tokens hang on it must connect again
        #[arg(long)]
        force: bool,
    },
}

/// Options of `keys rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Settings of the deployment
    #[command(flatten)]
    pub config: ConfigFileArgs,

    /// Folder of the key ring
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data_dir: PathBuf,

    /// The key ring, where it is elsewhere
    #[command(flatten)]
    pub keys: KeyArgs,

    /// Only hand the new key out: it opens, and the next `keys rotate` lets it seal. For instances that share a store:
    /// each must be able to open what another seals
    #[arg(long, conflicts_with = "at_once")]
    pub stage: bool,

    /// Let a key that was not staged seal at once, although instances may share the store: those that have not got it yet
    /// refuse its tokens, and log their users out
    #[arg(long)]
    pub at_once: bool,
}

/// Options of `grants`.
#[derive(Debug, Args)]
pub struct GrantsArgs {
    /// What to do with the connected apps.
    #[command(subcommand)]
    pub command: GrantsCommand,
}

/// The commands below `grants`.
#[derive(Debug, Subcommand)]
pub enum GrantsCommand {
    /// Show the connected apps, the newest first
    List {
        /// Only those of one API key: its fingerprint, or the beginning of it
        #[arg(long, value_name = "FINGERPRINT")]
        credential: Option<String>,

        /// Where the keys and the state are
        #[command(flatten)]
        deployment: Deployment,

        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Disconnect apps; in effect within two seconds, on every instance
    Revoke(RevokeArgs),
}

/// Options of `grants revoke`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true).args(["connection", "credential", "host"])))]
pub struct RevokeArgs {
    /// One connection: its id, or the beginning of it, as `grants list` shows it
    #[arg(value_name = "CONNECTION")]
    pub connection: Option<String>,

    /// All connections of one API key, or the named one of them: its fingerprint, or the beginning of it
    #[arg(long, value_name = "FINGERPRINT")]
    pub credential: Option<String>,

    /// All connections of the clients at one host, as `grants list` shows it, such as `claude.ai`: where their codes were
    /// sent, or where their metadata is
    #[arg(long, value_name = "HOST", conflicts_with_all = ["connection", "credential"])]
    pub host: Option<String>,

    /// Where the keys and the state are
    #[command(flatten)]
    pub deployment: Deployment,

    /// Do not ask before more than one connection is ended
    #[arg(long)]
    pub yes: bool,
}
