//! Where secrets are kept: in the environment or on the command line, in a file, or among a systemd unit's credentials,
//! which are files, too. What is in a file can be read again while the server runs.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use sealing::{SecretString, Zeroizing};

use crate::exit::Failure;

/// Longest secret, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// Somewhere that a secret can be read from, as often as it is asked.
pub trait SecretSource: fmt::Debug + Send + Sync {
    /// The secret as it is now.
    ///
    /// # Errors
    /// When it cannot be read; the sentence names the place and never what is there.
    fn read(&self) -> Result<SecretString, String>;
}

/// What was given as it is.
#[derive(Clone, Debug)]
pub struct Given(pub SecretString);

impl SecretSource for Given {
    fn read(&self) -> Result<SecretString, String> {
        Ok(trimmed(self.0.expose()))
    }
}

/// Without what an editor or `echo` put around it.
fn trimmed(text: &str) -> SecretString {
    SecretString::new(text.trim().to_owned())
}

/// What is in a file: all of it, without white space around it. Users of the machine who are neither the file's owner nor
/// of its group must not have access. A systemd credential is such a file: its folder is closed to everybody else.
#[derive(Clone, Debug)]
pub struct InFile(pub PathBuf);

impl SecretSource for InFile {
    fn read(&self) -> Result<SecretString, String> {
        let path = self.0.as_path();
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file = File::open(path).map_err(failed)?;
        refuse_open_to_others(&file, path)?;
        // Reserved in full: growing would leave copies behind in freed memory.
        let mut text = Zeroizing::new(String::with_capacity(MAX_SECRET as usize + 1));
        let length = (&mut file).take(MAX_SECRET + 1).read_to_string(&mut text).map_err(failed)?;
        if length as u64 > MAX_SECRET {
            return Err(format!("{}: it is longer than {MAX_SECRET} bytes", path.display()));
        }
        let secret = trimmed(&text);
        if secret.expose().is_empty() {
            return Err(format!("{}: it is empty", path.display()));
        }
        Ok(secret)
    }
}

/// A secret that a server uses, and where it came from.
#[derive(Clone)]
pub struct Secret {
    source: Arc<dyn SecretSource>,
    current: Arc<RwLock<SecretString>>,
}

impl Secret {
    /// Reads a secret for the first time.
    ///
    /// # Errors
    /// As [`SecretSource::read`].
    pub fn new(source: impl SecretSource + 'static) -> Result<Self, String> {
        let current = source.read()?;
        Ok(Self { source: Arc::new(source), current: Arc::new(RwLock::new(current)) })
    }

    /// The secret of an option and the option that names its file. `name`: the first one's.
    ///
    /// # Errors
    /// When both are given, or the file cannot be read.
    pub fn of_options(
        name: &'static str,
        given: Option<&SecretString>,
        file: Option<&Path>,
    ) -> Result<Option<Self>, Failure> {
        let secret = match (given, file) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                Err("it is given twice, as it is and as a file: leave one of them out".to_owned())
            }
            (Some(given), None) => Self::new(Given(given.clone())),
            (None, Some(file)) => Self::new(InFile(file.to_owned())),
        };
        secret.map(Some).map_err(|reason| Failure::Option { name, reason })
    }

    /// The secret as it was last read.
    #[must_use]
    pub fn current(&self) -> SecretString {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this is the secret, in a time that does not tell.
    #[must_use]
    pub fn is(&self, shown: &SecretString) -> bool {
        *self.current.read().unwrap_or_else(PoisonError::into_inner) == *shown
    }

    /// Reads it again. After an error the one before stays.
    ///
    /// # Errors
    /// As [`SecretSource::read`].
    pub fn reload(&self) -> Result<(), String> {
        let fresh = self.source.read()?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("source", &self.source).finish_non_exhaustive()
    }
}

/// The folder of a systemd unit's credentials (systemd.exec(5), "Credentials").
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The credential of a name, if the unit has it. Names are those of the options: `LoadCredential=store:/etc/…`.
pub(super) fn credential(environment: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<PathBuf> {
    let path = Path::new(&environment(CREDENTIALS)?).join(name);
    path.is_file().then_some(path)
}

/// Asks the open file, not the path: what is checked is what is read.
#[cfg(unix)]
fn refuse_open_to_others(file: &File, path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = file.metadata().map_err(|error| error.to_string())?.permissions().mode() & 0o7777;
    if mode & 0o007 == 0 {
        return Ok(());
    }
    Err(format!(
        "{0}: every user of this machine has access (mode {mode:04o}): run `chmod o= {0}`",
        path.display()
    ))
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &File, _: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "tests: a failed expectation is the report")]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_is_read_again_and_the_old_secret_stays_when_it_cannot_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        write(&path, "canary-one\r\n", 0o640);
        let secret = Secret::of_options("--store", None, Some(&path)).unwrap().unwrap();
        assert_eq!(secret.current().expose(), "canary-one");
        write(&path, "canary-two", 0o600);
        secret.reload().unwrap();
        assert_eq!(secret.current().expose(), "canary-two");
        for (text, mode, reason) in [("", 0o600, "empty"), ("canary-three", 0o644, "chmod o=")] {
            write(&path, text, mode);
            let refusal = secret.reload().unwrap_err();
            assert!(refusal.contains(reason) && !refusal.contains("canary"), "{refusal}");
        }
        write(&path, &"x".repeat(70_000), 0o600);
        assert!(secret.reload().unwrap_err().contains("longer"));
        fs::remove_file(&path).unwrap();
        assert!(secret.reload().is_err());
        assert_eq!(secret.current().expose(), "canary-two");
        assert!(!format!("{secret:?}").contains("canary"));
    }

    #[test]
    fn a_secret_has_one_place() {
        let given = SecretString::new("canary".to_owned());
        let both = Secret::of_options("--store", Some(&given), Some(Path::new("/nowhere"))).unwrap_err();
        assert!(both.to_string().contains("--store: it is given twice"), "{both}");
        assert!(Secret::of_options("--store", None, None).unwrap().is_none());
        let given = Secret::of_options("--store", Some(&given), None).unwrap().unwrap();
        given.reload().unwrap();
        assert_eq!(given.current().expose(), "canary");
    }

    #[test]
    fn credentials_are_files_with_the_options_names() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("store"), "canary", 0o400);
        let path = folder.path().to_str().unwrap().to_owned();
        let environment = |name: &str| (name == CREDENTIALS).then(|| path.clone());
        assert_eq!(credential(&environment, "store"), Some(folder.path().join("store")));
        assert_eq!(credential(&environment, "keys"), None);
        assert_eq!(credential(&|_| None, "store"), None);
    }
}
