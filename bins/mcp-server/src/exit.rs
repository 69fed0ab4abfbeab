//! Why the process ends early, for the person at the terminal and for scripts: one sentence, one exit code.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A start-up or run-time failure that ends the process. `Display` is one sentence that says what to do.
#[derive(Debug)]
pub enum Failure {
    /// The address cannot be listened on. Exit code 3.
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The data folder cannot be used. Exit code 4.
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key ring is missing or cannot be used. Exit code 5.
    Keys {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The shared store cannot be used. Exit code 6.
    Store {
        /// What is wrong with it.
        reason: String,
    },
    /// An option has a value that cannot work. Exit code 2, as for an option that does not exist.
    Option {
        /// The option, as it is typed.
        name: &'static str,
        /// What is wrong with the value.
        reason: String,
    },
    /// A setting has a value that cannot work, and was not typed. Exit code 2.
    Setting {
        /// Where it stands: a variable, a file and its line.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What was asked would cost logins, or is not sure enough; nothing was changed. Exit code 7.
    Refused(String),
    /// What was named is not there; nothing was changed. Exit code 8.
    NotThere(String),
    /// Anything else. Exit code 1.
    Other(String),
}

impl Failure {
    /// The documented exit code (README, "When it does not start").
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Other(_) => 1,
            Self::Option { .. } | Self::Setting { .. } => 2,
            Self::Listen { .. } => 3,
            Self::DataDir { .. } => 4,
            Self::Keys { .. } => 5,
            Self::Store { .. } => 6,
            Self::Refused(_) => 7,
            Self::NotThere(_) => 8,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, source } if source.kind() == std::io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "{address} is in use by another program: stop it, or choose another address with --listen"
                )
            }
            Self::Listen { address, source } => write!(f, "cannot listen on {address}: {source}"),
            Self::DataDir { path, reason } => {
                write!(
                    f,
                    "cannot use the data folder {}: {reason}; choose another with --data-dir",
                    path.display()
                )
            }
            Self::Keys { path, reason } => write!(f, "cannot use the key file {}: {reason}", path.display()),
            Self::Store { reason } => write!(f, "cannot use the store that --store names: {reason}"),
            Self::Option { name, reason } => write!(f, "{name}: {reason}"),
            Self::Setting { place, reason } => write!(f, "{place}: {reason}"),
            Self::Refused(reason) | Self::NotThere(reason) | Self::Other(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// An error with all that caused it, in one sentence.
#[must_use]
pub fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let next = source.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = source.source();
    }
    text
}
