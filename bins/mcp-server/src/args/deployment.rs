//! What every command that touches a deployment is told: where its keys and its state are.

use std::path::PathBuf;

use clap::Args;
use sealing::SecretString;

use super::secret;

/// The configuration file.
#[derive(Debug, Clone, Args)]
pub struct ConfigFileArgs {
    /// A TOML file of settings: options of `serve` by their names, such as `public-url = "https://mcp.example.com"`. Environment
    /// variables (`OPENPHONE_MCP_PUBLIC_URL`) go before it, and what is typed before both
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Where a deployment's keys are.
#[derive(Debug, Clone, Args)]
pub struct KeyArgs {
    /// File of the key ring, where it is not `keys` in the data folder. Users of the machine outside its group must have no
    /// access
    #[arg(long, value_name = "FILE")]
    pub keys_file: Option<PathBuf>,

    /// What stands in the key file, for systems that hand secrets out as environment variables
    #[arg(long, value_name = "TEXT", value_parser = secret, hide = true)]
    pub keys: Option<SecretString>,
}

/// The store that instances share.
#[derive(Debug, Clone, Args)]
pub struct SharedStoreArgs {
    /// A Redis or Valkey that several instances share, `redis://[user[:password]@]host[:port][/database]`; with Sentinels
    /// `redis+sentinel://…@host[:port],…/name`, a cluster `redis+cluster://…@host[:port],…`; `rediss` for TLS. The instances
    /// also need the same keys and the same --public-url [default: a file in the data folder]
    #[arg(long, value_name = "URL", value_parser = secret)]
    pub store: Option<SecretString>,

    /// File that holds the URL
    #[arg(long, value_name = "FILE")]
    pub store_file: Option<PathBuf>,

    /// PEM file of the authorities that may vouch for the store's certificate, in the place of those that the system trusts
    #[arg(long, value_name = "FILE")]
    pub store_ca: Option<PathBuf>,
}

/// Where a deployment's keys and state are.
#[derive(Debug, Clone, Args)]
pub struct Deployment {
    /// Its settings
    #[command(flatten)]
    pub config: ConfigFileArgs,

    /// Folder of the key ring and the state, as given to `serve`
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data_dir: PathBuf,

    /// Its keys
    #[command(flatten)]
    pub keys: KeyArgs,

    /// Its store; not needed beside a server that runs on the folder
    #[command(flatten)]
    pub store: SharedStoreArgs,
}
