//! Which credentials are taken besides OAuth's tokens, as typed: options of `serve`.

use clap::Args;

/// Other ways to sign in. All are off by default, and OAuth works beside each.
#[derive(Debug, Args)]
#[command(next_help_heading = "Other ways to sign in (OAuth works beside them)")]
pub struct CredentialArgs {
    /// Take OpenPhone API keys in the header `x-openphone-api-key`, for programs that cannot sign in with OAuth. With
    /// --sandbox they are always taken
    #[arg(long)]
    pub header_keys: bool,

    /// Lend your own key (`OPENPHONE_API_KEY`, `OPENPHONE_API_KEY_FILE`, or the systemd credential `openphone-api-key`) to
    /// callers that show none: to those that show your access token (`OPENPHONE_MCP_ACCESS_TOKEN` and its likes), or without
    /// one, to everybody on this machine
    #[arg(long)]
    pub single_tenant: bool,

    /// With --single-tenant and without an access token: lend the key to everybody who reaches the server, from other
    /// machines too. Whoever does can read the workspace and text from its numbers
    #[arg(long)]
    pub single_tenant_open: bool,
}
