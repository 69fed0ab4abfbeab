//! Why a command failed, in one sentence for the person at the terminal.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// The one error of every command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program ran and said no. Its own output came before.
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: ExitStatus },

    /// A program could not be started.
    #[error("cannot start `{command}`: {source}")]
    Start { command: String, source: io::Error },

    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },

    /// A file is not what it should be.
    #[error("{}: {reason}", path.display())]
    Content { path: PathBuf, reason: String },

    /// Something that this machine lacks and the command cannot do without.
    #[error("{0}")]
    Missing(String),

    /// A measured or compared value is not what it has to be.
    #[error("{0}")]
    Check(String),

    /// The command has printed its findings and its closing line; nothing may follow it.
    #[error("see above")]
    Reported,
}

impl Error {
    /// For `map_err` on a file operation.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }

    /// For a file whose content does not parse.
    pub(crate) fn content(path: &Path, reason: &dyn fmt::Display) -> Self {
        Self::Content { path: path.to_path_buf(), reason: reason.to_string() }
    }
}
