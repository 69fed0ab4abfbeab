//! `mcp-server state`: copies of the state, and putting one back.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use state_store::embedded::{EmbeddedStore, FileLock, OpenError};
use state_store::{Clock as _, SystemClock};

use crate::args::StateCommand;
use crate::commands::text;
use crate::config;
use crate::exit::{Failure, in_full};
use crate::operator::reach::Reach;
use crate::operator::{Reply, Request};

/// Runs the command.
pub fn run(command: &StateCommand) -> Result<(), Failure> {
    match command {
        StateCommand::Backup { file, place } => super::block_on(backup(file, &place.data_dir)),
        StateCommand::Restore { file, place } => restore(file, &place.data_dir),
    }
}

async fn backup(file: &Path, data_dir: &Path) -> Result<(), Failure> {
    // The server has a working directory of its own.
    let file = std::path::absolute(file).map_err(|error| Failure::Other(error.to_string()))?;
    match Reach::server(data_dir).await {
        Some(server) => match server.ask(Request::BackUp { path: file.clone() }).await? {
            Reply::BackedUp => {}
            _ => {
                return Err(Failure::Other(
                    "the running server is of another release: restart it".to_owned(),
                ));
            }
        },
        None => {
            let path = config::state_file(data_dir);
            if !path.exists() {
                return Err(Failure::NotThere(format!(
                    "there is no state in {} (state that instances share is in their store: back that up)",
                    data_dir.display()
                )));
            }
            let store = open(&path, data_dir)?;
            store.back_up(&file).map_err(|error| Failure::Other(in_full(&error)))?;
        }
    }
    text::print(&format!(
        "Copied the state to {}. The key file is not in it: back that up, too, apart from it.",
        file.display()
    ))
}

fn restore(file: &Path, data_dir: &Path) -> Result<(), Failure> {
    config::prepare_data_dir(data_dir)?;
    let path = config::state_file(data_dir);
    let unusable =
        |error: std::io::Error| Failure::DataDir { path: data_dir.to_owned(), reason: error.to_string() };
    // An empty file would be opened as a new state.
    if !fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0) {
        return Err(Failure::NotThere(format!("there is no copy of a state at {}", file.display())));
    }
    // Held to the end: a server that is started meanwhile is refused.
    let _there = if path.exists() { opened_or_damaged(&path, data_dir)? } else { None };

    // Beside its place first: a copy that is cut short, or is no state, never gets there.
    let draft = path.with_extension("restoring");
    let copied = fs::copy(file, &draft).and_then(|_| close_to_others(&draft)).map_err(unusable);
    let opened = copied.and_then(|()| open(&draft, data_dir).map(drop));
    if let Err(failure) = opened {
        let _ = fs::remove_file(&draft);
        return Err(failure);
    }
    let kept = keep(&path).map_err(unusable)?;
    fs::rename(&draft, &path).and_then(|()| File::open(data_dir)?.sync_all()).map_err(unusable)?;
    let kept = kept.map_or_else(String::new, |kept| format!("\nWhat was there is in {}.", kept.display()));
    text::print(&format!(
        "Put {} in the place of the state.{kept}\nWhat was recorded after the copy is forgotten: a connection that was ended \
         since then lives again (`grants revoke`), and a text that was sent since then can be sent again by the same call. \
         Wait ten minutes before you start the server, or a day where apps name their texts themselves (idempotencyKey).",
        file.display()
    ))
}

/// Puts what is there aside, under a name that says when.
fn keep(path: &Path) -> std::io::Result<Option<PathBuf>> {
    let kept = path.with_extension(format!("redb.before-{}", SystemClock.unix_seconds()));
    // Of one that is damaged, or could not be closed.
    let journal = EmbeddedStore::journal_path(path);
    if journal.exists() {
        fs::rename(journal, EmbeddedStore::journal_path(&kept))?;
    }
    if !path.exists() {
        return Ok(None);
    }
    fs::rename(path, &kept)?;
    Ok(Some(kept))
}

/// Locks what is to be replaced, with everything in it that its journal has. A damaged file is what a restoration is for.
fn opened_or_damaged(path: &Path, data_dir: &Path) -> Result<Option<FileLock>, Failure> {
    match EmbeddedStore::open(path, Arc::new(SystemClock)) {
        Ok(store) => Ok(store.close_locked()),
        Err(OpenError::Corrupt { .. } | OpenError::OtherFormat { .. }) => Ok(None),
        Err(OpenError::Locked { .. }) => Err(Failure::Refused(format!(
            "a server runs on {}: stop it first. Nothing was changed",
            data_dir.display()
        ))),
        Err(error) => Err(refusal(data_dir, &error)),
    }
}

fn open(path: &Path, data_dir: &Path) -> Result<EmbeddedStore, Failure> {
    EmbeddedStore::open(path, Arc::new(SystemClock)).map_err(|error| refusal(data_dir, &error))
}

fn refusal(data_dir: &Path, error: &OpenError) -> Failure {
    Failure::DataDir { path: data_dir.to_owned(), reason: in_full(error) }
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> std::io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> std::io::Result<()> {
    Ok(())
}
