//! Which credentials are taken besides OAuth's tokens, as typed.

use std::path::PathBuf;

use clap::Args;
use sealing::SecretString;

use super::secret;

/// The operator's own key.
#[derive(Debug, Clone, Args)]
pub struct OperatorKeyArgs {
    /// File that holds your own OpenPhone API key (in OpenPhone: Settings, API)
    #[arg(long, value_name = "FILE")]
    pub openphone_api_key_file: Option<PathBuf>,

    /// Your own OpenPhone API key: better in the environment variable, and best in a file
    #[arg(long, value_name = "KEY", value_parser = secret, hide = true)]
    pub openphone_api_key: Option<SecretString>,
}

/// Other ways to sign in. All are off by default, and OAuth works beside each.
#[derive(Debug, Args)]
#[command(next_help_heading = "Other ways to sign in (OAuth works beside them)")]
pub struct CredentialArgs {
    /// Take OpenPhone API keys in the header `x-openphone-api-key`, for programs that cannot sign in with OAuth. With
    /// --sandbox they are always taken
    #[arg(long)]
    pub header_keys: bool,

    /// Lend your own key (`OPENPHONE_API_KEY`, or --openphone-api-key-file) to callers that show none: to those that show your
    /// access token (--access-token-file), or without one, to everybody on this machine
    #[arg(long)]
    pub single_tenant: bool,

    /// With --single-tenant and without an access token: lend the key to everybody who reaches the server, from other
    /// machines too. Whoever does can read the workspace and text from its numbers
    #[arg(long)]
    pub single_tenant_open: bool,

    /// The key that is lent.
    #[command(flatten)]
    pub key: OperatorKeyArgs,

    /// File that holds the access token of --single-tenant: at least 32 random characters
    #[arg(long, value_name = "FILE")]
    pub access_token_file: Option<PathBuf>,

    /// The access token of --single-tenant: better in the environment variable, and best in a file
    #[arg(long, value_name = "TOKEN", value_parser = secret, hide = true)]
    pub access_token: Option<SecretString>,
}
