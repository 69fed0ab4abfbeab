//! The commands' way to a deployment's state: through the running server, or into the store itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use oauth_server::{Account, AuthorizationServer, CredentialError, CredentialVerifier};
use sealing::{OsEntropy, Sealer, SecretString};
use state_store::{Store, SystemClock};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::{Desk, Reply, Request};
use crate::adapters::oauth;
use crate::app;
use crate::args::Deployment;
use crate::config::{self, KeyPlace, PublicUrl, SharedStore};
use crate::exit::Failure;

/// Longest wait for the server: it gives an exchange 10 s.
const TIME: Duration = Duration::from_secs(15);
/// Longest reply: so many connections at a kilobyte each, and more.
const MAX_REPLY: u64 = 16 * 1024 * 1024;

/// A way to a deployment's state.
#[derive(Debug)]
pub enum Reach {
    /// The server that runs on the data folder.
    Server(PathBuf),
    /// The store, opened by this process.
    Store(Desk),
}

impl Reach {
    /// Finds the way. A store that is named is opened. Otherwise the server that runs on the data folder is asked, and
    /// the store in that folder is opened when none does.
    ///
    /// # Errors
    /// When there is none; the sentence says what to do.
    pub async fn find(deployment: &Deployment) -> Result<Self, Failure> {
        let data_dir = deployment.data_dir.as_path();
        let store = SharedStore::of(&deployment.store, 0)?;
        if store.is_none() {
            let socket = config::control_socket(data_dir);
            if UnixStream::connect(&socket).await.is_ok() {
                return Ok(Self::Server(socket));
            }
            if !config::state_file(data_dir).exists() {
                return Err(Failure::DataDir {
                    path: data_dir.to_owned(),
                    reason:
                        "no server runs on it and no state is in it (state that instances share is named \
                             with --store)"
                            .to_owned(),
                });
            }
        }
        let keys = KeyPlace::of(&deployment.keys, data_dir)?.read()?;
        let opened = app::open_store(data_dir, store.as_ref(), Arc::new(SystemClock)).await?;
        Ok(Self::Store(Desk::of_store(over(opened.store, keys)?, store.is_some())))
    }

    /// The server that runs on the data folder, if one does.
    pub async fn server(data_dir: &Path) -> Option<Self> {
        let socket = config::control_socket(data_dir);
        UnixStream::connect(&socket).await.ok().map(|_| Self::Server(socket))
    }

    /// Asks. What was not done is a failure here.
    ///
    /// # Errors
    /// When the server does not answer, or says that it could not do it.
    pub async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        let reply = match self {
            Self::Store(desk) => desk.answer(request).await,
            Self::Server(socket) => {
                let asked = tokio::time::timeout(TIME, exchange(socket, &request)).await;
                asked
                    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
                    .map_err(|error| Failure::Other(format!("the running server does not answer: {error}")))?
            }
        };
        match reply {
            Reply::Failed { reason } => Err(Failure::Other(format!("nothing was done: {reason}"))),
            reply => Ok(reply),
        }
    }
}

async fn exchange(socket: &Path, request: &Request) -> io::Result<Reply> {
    let mut stream = UnixStream::connect(socket).await?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut reply = Vec::new();
    BufReader::new(stream.take(MAX_REPLY)).read_until(b'\n', &mut reply).await?;
    Ok(serde_json::from_slice(&reply)?)
}

/// The authorization server over a store, for what is kept there alone. It serves nobody, so that its address does not
/// matter: nothing is sealed or opened with it.
fn over(store: Arc<dyn Store>, keys: sealing::Keys) -> Result<Arc<AuthorizationServer>, Failure> {
    let nowhere = PublicUrl::parse("http://localhost")?;
    let entropy = Arc::new(OsEntropy);
    let sealer = Sealer::new(keys.ring, nowhere.as_str(), entropy.clone());
    AuthorizationServer::new(
        oauth::settings(&nowhere, "", false),
        Arc::new(NobodyAsks),
        store,
        Arc::new(SystemClock),
        entropy,
        sealer,
        keys.fingerprint,
    )
    .map(Arc::new)
    .map_err(|error| Failure::Other(error.to_string()))
}

/// No command checks a credential.
struct NobodyAsks;

#[async_trait::async_trait]
impl CredentialVerifier for NobodyAsks {
    async fn verify(&self, _: &SecretString) -> Result<Account, CredentialError> {
        Err(CredentialError::Unavailable)
    }
}
