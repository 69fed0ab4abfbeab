//! `mcp-server keys`: makes, rotates, lists and retires the keys that seal tokens.

mod list;
mod retire;
mod rotate;

use std::path::Path;

use sealing::{KeyError, Keys, OsEntropy};

use crate::args::{KeyArgs, KeysCommand};
use crate::commands::text;
use crate::config::{self, KeyPlace};
use crate::exit::Failure;
use crate::operator::reach::Reach;
use crate::operator::{Reply, Request};

/// Runs the command.
pub fn run(command: &KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::Generate { data_dir, keys, .. } => generate(data_dir, keys),
        KeysCommand::Rotate(args) => super::block_on(rotate::run(args)),
        KeysCommand::List { deployment, json } => super::block_on(list::run(deployment, *json)),
        KeysCommand::Retire { kid, deployment, force } => {
            super::block_on(retire::run(kid, deployment, *force))
        }
    }
}

fn generate(data_dir: &Path, keys: &KeyArgs) -> Result<(), Failure> {
    let place = KeyPlace::of(keys, data_dir)?;
    if keys.keys_file.is_none() {
        config::prepare_data_dir(data_dir)?;
    }
    let path = place.path();
    place.file()?.create(&Keys::generate(&OsEntropy), &OsEntropy).map_err(|error| refusal(&path, &error))?;
    text::print(&format!(
        "Made {}. Keep it secret and back it up: whoever reads it can read every token.",
        path.display()
    ))
}

/// A key file's error as a sentence that says what to do.
pub fn refusal(path: &Path, error: &KeyError) -> Failure {
    let reason = match error {
        KeyError::NotFound { .. } => {
            "it does not exist; make it with `mcp-server keys generate`, or use --sandbox to try the server out"
                .to_owned()
        }
        other => other.to_string(),
    };
    Failure::Keys { path: path.to_owned(), reason }
}

/// Has the server that runs on the folder take the changed file up, and says what is left to do.
async fn take_up(data_dir: &Path) -> String {
    let Some(server) = Reach::server(data_dir).await else {
        return "No server runs on this folder. Give the same file to every instance, and restart it or send it \
                SIGHUP."
            .to_owned();
    };
    match server.ask(Request::ReloadKeys).await {
        Ok(Reply::Reloaded { kids }) => format!(
            "The server that runs on this folder has taken it up ({}). Give the same file to every other instance, \
             and restart it or send it SIGHUP.",
            kids.join(", ")
        ),
        Ok(_) => "The server that runs on this folder is of another release: restart it.".to_owned(),
        Err(failure) => {
            format!("The server that runs on this folder has not taken it up ({failure}): restart it.")
        }
    }
}
