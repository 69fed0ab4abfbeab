//! Where a deployment's keys are: a file in the data folder, a file elsewhere that a system hands out (systemd, Kubernetes,
//! Docker), or text.

use std::path::{Path, PathBuf};

use sealing::{FileKeySource, KeyError, KeySource, Keys, OsEntropy, SecretString};

use crate::args::KeyArgs;
use crate::commands::keys::refusal;
use crate::exit::Failure;

/// Where the keys are.
#[derive(Clone, Debug)]
pub enum KeyPlace {
    /// In a file, which commands can change.
    File(FileKeySource),
    /// In this text, which somebody else keeps.
    Text(SecretString),
}

impl KeyPlace {
    /// What the options say.
    ///
    /// # Errors
    /// When they name two places.
    pub fn of(args: &KeyArgs, data_dir: &Path) -> Result<Self, Failure> {
        match (&args.keys, &args.keys_file) {
            (Some(_), Some(_)) => Err(Failure::Option {
                name: "--keys-file",
                reason: "the keys are given twice, as text and as a file: leave one of them out".to_owned(),
            }),
            (Some(text), None) => Ok(Self::Text(text.clone())),
            // Whoever hands a file out decides on its owner, and lets the server in by its group.
            (None, Some(path)) => Ok(Self::File(FileKeySource::new(path).readable_by_group())),
            (None, None) => Ok(Self::File(FileKeySource::new(super::key_file(data_dir)))),
        }
    }

    /// The file, for a command that changes it.
    ///
    /// # Errors
    /// When the keys are in none.
    pub fn file(&self) -> Result<&FileKeySource, Failure> {
        match self {
            Self::File(file) => Ok(file),
            Self::Text(_) => Err(Failure::Keys {
                path: self.path(),
                reason: "the keys were given as text: change them where that is kept".to_owned(),
            }),
        }
    }

    /// Where they are, for a person.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match self {
            Self::File(file) => file.path().to_owned(),
            Self::Text(_) => PathBuf::from("OPENPHONE_MCP_KEYS"),
        }
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// When they cannot be read or are refused.
    pub fn read(&self) -> Result<Keys, Failure> {
        self.load().map_err(|error| refusal(&self.path(), &error))
    }

    /// The same, and makes them when there are none: for a sandbox alone, because a key that nobody knows of is a key that
    /// nobody backs up.
    ///
    /// # Errors
    /// As [`KeyPlace::read`].
    pub fn read_or_create(&self) -> Result<Keys, Failure> {
        match self {
            Self::File(file) => file.load_or_create(&OsEntropy).map_err(|error| refusal(file.path(), &error)),
            Self::Text(_) => self.read(),
        }
    }
}

impl KeySource for KeyPlace {
    fn load(&self) -> Result<Keys, KeyError> {
        match self {
            Self::File(file) => file.load(),
            Self::Text(text) => Keys::parse(text.expose()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(keys: Option<&SecretString>, file: Option<&Path>) -> KeyArgs {
        KeyArgs { keys: keys.cloned(), keys_file: file.map(Path::to_owned) }
    }

    #[test]
    fn keys_come_from_one_of_three_places() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        let keys = Keys::generate(&OsEntropy);
        FileKeySource::new(&elsewhere).create(&keys, &OsEntropy).unwrap();
        let text = keys.to_secret_text();
        let active = |place: KeyPlace| place.read().map(|keys| keys.ring.active().to_string());

        let missing = KeyPlace::of(&args(None, None), folder.path()).unwrap();
        assert_eq!(missing.path(), folder.path().join("keys"));
        assert_eq!(active(missing).unwrap_err().code(), 5);
        assert_eq!(
            active(KeyPlace::of(&args(None, Some(&elsewhere)), folder.path()).unwrap()).unwrap(),
            "k1"
        );
        let given = KeyPlace::of(&args(Some(&text), None), folder.path()).unwrap();
        assert_eq!(given.file().unwrap_err().code(), 5);
        assert_eq!(active(given).unwrap(), "k1");
        assert_eq!(KeyPlace::of(&args(Some(&text), Some(&elsewhere)), folder.path()).unwrap_err().code(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn the_group_may_read_a_file_that_was_handed_out_and_nobody_else() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        FileKeySource::new(&path).create(&Keys::generate(&OsEntropy), &OsEntropy).unwrap();
        let handed_out = KeyPlace::of(&args(None, Some(&path)), Path::new("nowhere")).unwrap();
        let own = KeyPlace::of(&args(None, None), folder.path()).unwrap();
        for (mode, own_is_read, handed_out_is_read) in
            [(0o600, true, true), (0o440, false, true), (0o444, false, false), (0o604, false, false)]
        {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(own.read().is_ok(), own_is_read, "{mode:o}");
            assert_eq!(handed_out.read().is_ok(), handed_out_is_read, "{mode:o}");
        }
    }
}
