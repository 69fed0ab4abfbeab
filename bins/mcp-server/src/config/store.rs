//! The store that instances share: which it is, how it is trusted, what waits for its replicas.

use sealing::SecretString;

use super::secrets::Secret;
use crate::args::SharedStoreArgs;
use crate::exit::Failure;

/// A store that instances share.
#[derive(Clone, Debug)]
pub struct SharedStore {
    /// Its URL.
    pub url: SecretString,
    /// The certificates, in PEM, that vouch for it in the place of those that the system trusts.
    pub authority: Option<Vec<u8>>,
    /// Replicas that must have a text's record before it is sent.
    pub replicas: u32,
}

impl SharedStore {
    /// The store that was named, if one was; `replicas` as typed.
    ///
    /// # Errors
    /// When the options do not go together, or a file of them cannot be read.
    pub fn of(args: &SharedStoreArgs, replicas: u32) -> Result<Option<Self>, Failure> {
        let refuse = |name: &'static str, reason: String| Err(Failure::Option { name, reason });
        let secret = Secret::of_options("--store", args.store.as_ref(), args.store_file.as_deref())?;
        let Some(secret) = secret else {
            if replicas > 0 {
                return refuse("--store-replicas", "needs --store: a file has no replicas".to_owned());
            }
            if args.store_ca.is_some() {
                return refuse("--store-ca", "needs --store: a file has no certificate".to_owned());
            }
            return Ok(None);
        };
        let authority = match &args.store_ca {
            None => None,
            Some(file) => match std::fs::read(file) {
                Ok(pem) => Some(pem),
                Err(error) => {
                    return refuse("--store-ca", format!("cannot read {}: {error}", file.display()));
                }
            },
        };
        Ok(Some(Self { url: secret.current(), authority, replicas }))
    }
}
