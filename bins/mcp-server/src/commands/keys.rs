//! `mcp-server keys`: makes the keys that seal tokens.

use std::path::Path;

use sealing::{FileKeySource, KeyError, Keys, OsEntropy};

use crate::args::{KeysArgs, KeysCommand};
use crate::config;
use crate::exit::Failure;

/// Runs the command.
pub fn run(args: KeysArgs) -> Result<(), Failure> {
    match args.command {
        KeysCommand::Generate { data_dir } => generate(&data_dir),
    }
}

fn generate(data_dir: &Path) -> Result<(), Failure> {
    config::prepare_data_dir(data_dir)?;
    let path = config::key_file(data_dir);
    let file = FileKeySource::new(&path);
    file.create(&Keys::generate(&OsEntropy), &OsEntropy).map_err(|error| refusal(&path, &error))?;
    #[expect(clippy::print_stdout, reason = "the command's result, for the person at the terminal")]
    {
        println!(
            "Made {}. Keep it secret and back it up: whoever reads it can read every token.",
            path.display()
        );
    }
    Ok(())
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
