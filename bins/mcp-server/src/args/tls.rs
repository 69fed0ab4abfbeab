//! TLS of the server's own, as typed: options of `serve`.

use std::path::PathBuf;

use clap::Args;

/// Certificate and key.
#[derive(Debug, Args)]
#[command(next_help_heading = "TLS (where no proxy in front ends it)")]
pub struct TlsArgs {
    /// The certificate with its chain, in PEM form: the server then speaks TLS, HTTP/2 included. Read again on SIGHUP
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// Its private key, in PEM form and without a passphrase
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}
