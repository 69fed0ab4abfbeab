//! One file per command of the binary.

pub mod completions;
pub mod config;
pub mod doctor;
pub mod grants;
pub mod health;
pub mod keys;
pub mod sandbox;
pub mod serve;
pub mod state;
pub mod stdio;
pub mod text;

use std::future::Future;

use crate::exit::Failure;

/// Runs a command that waits for the server or the store.
fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start the runtime: {error}")))?
        .block_on(command)
}
