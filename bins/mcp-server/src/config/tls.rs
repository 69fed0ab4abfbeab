//! TLS of the server's own.

use std::sync::Arc;

use crate::args::TlsArgs;
use crate::edge::tls::{Tls, TlsError};
use crate::exit::Failure;

/// Reads the files that were named; `None`: the server speaks plain HTTP.
pub(super) fn resolve(args: &TlsArgs) -> Result<Option<Arc<Tls>>, Failure> {
    match (&args.tls_cert, &args.tls_key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            let tls = Tls::load(certificate, key).map_err(|error| {
                let name = match &error {
                    TlsError::Read { path, .. } | TlsError::NoKey(path) if path == key => "--tls-key",
                    _ => "--tls-cert",
                };
                Failure::Option { name, reason: error.to_string() }
            })?;
            Ok(Some(Arc::new(tls)))
        }
        (Some(_), None) => Err(alone("--tls-cert", "--tls-key")),
        (None, Some(_)) => Err(alone("--tls-key", "--tls-cert")),
    }
}

fn alone(name: &'static str, other: &str) -> Failure {
    Failure::Option { name, reason: format!("needs {other} beside it") }
}
