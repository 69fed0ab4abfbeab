//! Opens and closes the state: a file of this process's own, or a store that instances share.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use state_store::embedded::EmbeddedStore;
use state_store::redis::{ConnectError, RedisOptions, RedisStore};
use state_store::{Clock, Store};

use crate::config::{self, SharedStore};
use crate::exit::Failure;

/// A store, and the file that it is, where it is this process's own.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(super) file: Option<Arc<EmbeddedStore>>,
}

/// The store of this process alone, or the one that instances share.
pub(crate) async fn open_store(
    data_dir: &Path,
    shared: Option<&SharedStore>,
    clock: Arc<dyn Clock>,
) -> Result<Opened, Failure> {
    match shared {
        None => open_file(data_dir, clock),
        Some(SharedStore { url, authority, replicas }) => {
            let options = RedisOptions::new(url.expose()).with_replicas(*replicas);
            let options = match authority {
                Some(pem) => options.with_authority(pem.as_slice()),
                None => options,
            };
            match RedisStore::connect_with(&options).await {
                Ok(store) => Ok(Opened { store: Arc::new(store), file: None }),
                // What is wrong with a URL is not said by repeating it: it may hold a password.
                Err(error @ ConnectError::Url(_)) => {
                    Err(Failure::Option { name: "--store", reason: error.to_string() })
                }
                Err(error @ ConnectError::Authority(_)) => {
                    Err(Failure::Option { name: "--store-ca", reason: error.to_string() })
                }
                Err(error) => Err(Failure::Store { reason: because(&error) }),
            }
        }
    }
}

/// Says so early when no text could be sent. They may come later: that is no reason not to serve.
pub(super) async fn look_for_replicas(store: &dyn Store) {
    if let Some(replicated) = store.replicated()
        && let Err(error) = replicated.check().await
    {
        tracing::warn!(
            error = because(&error),
            "the store lacks replicas: until it has them, no text is sent"
        );
    }
}

fn open_file(data_dir: &Path, clock: Arc<dyn Clock>) -> Result<Opened, Failure> {
    let store = EmbeddedStore::open(config::state_file(data_dir), clock)
        .map_err(|error| Failure::DataDir { path: data_dir.to_owned(), reason: error.to_string() })?;
    let file = Arc::new(store);
    Ok(Opened { store: file.clone(), file: Some(file) })
}

/// Closes a state's file, whoever may hold it beyond that: background work ends only with the process.
pub(crate) async fn close_file(file: Arc<EmbeddedStore>) {
    if let Err(error) = tokio::task::spawn_blocking(move || file.close()).await {
        tracing::error!(%error, "the state's file was not closed");
    }
}

/// An error with what caused it, in one sentence.
pub(super) fn because(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error} ({cause})"))
}
