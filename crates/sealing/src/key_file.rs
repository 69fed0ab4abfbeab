//! Where keys come from: a trait, and the file that implements it.
//!
//! A key file appears complete or not at all and never replaces another by accident: it is written under a
//! random name beside its place and then hard-linked there, which fails when something is there. Of two
//! processes that start at once, one creates the keys and the other reads them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::entropy::{Entropy, random};
use crate::key_error::KeyError;
use crate::keys::Keys;

/// Longest key file that is read, in bytes: a full ring and as much again in comments.
const MAX_FILE: u64 = 16 * 1024;

/// Where a deployment's keys come from: a file, the environment, a key management service. Asked at start and
/// whenever the operator asks for the keys to be read again.
pub trait KeySource: Send + Sync {
    /// The keys as they are now.
    ///
    /// # Errors
    /// When they cannot be read or are refused; see [`KeyError`].
    fn load(&self) -> Result<Keys, KeyError>;
}

/// Keys in a file of the form that [`Keys::parse`] reads. On Unix the file must be closed to everyone but its
/// owner (mode 0600 or 0400).
#[derive(Clone, Debug)]
pub struct FileKeySource {
    path: PathBuf,
    /// Permission bits that it must not have.
    forbidden: u32,
}

impl FileKeySource {
    /// The key file at `path`. Nothing is touched yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), forbidden: 0o077 }
    }

    /// Lets the file's group read it, too (mode 0440 or 0640), as it is with files that a service manager or a container
    /// platform hands out. Others must still have no access, and the group must not change it.
    #[must_use]
    pub fn readable_by_group(self) -> Self {
        Self { forbidden: 0o037, ..self }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file, or makes fresh keys and the file if there is none. `entropy` also names a file that is
    /// there for a moment.
    ///
    /// # Errors
    /// As [`KeySource::load`] and [`FileKeySource::create`], but for the two that cannot be.
    pub fn load_or_create(&self, entropy: &dyn Entropy) -> Result<Keys, KeyError> {
        match self.load() {
            Err(KeyError::NotFound { .. }) => {}
            outcome => return outcome,
        }
        let fresh = Keys::generate(entropy);
        match self.create(&fresh, entropy) {
            Ok(()) => Ok(fresh),
            // Another process was faster: its keys are complete and count.
            Err(KeyError::AlreadyExists { .. }) => self.load(),
            Err(error) => Err(error),
        }
    }

    /// Writes a new key file with mode 0600. Its folder must exist.
    ///
    /// # Errors
    /// [`KeyError::AlreadyExists`] when the file is there, otherwise [`KeyError::Io`].
    pub fn create(&self, keys: &Keys, entropy: &dyn Entropy) -> Result<(), KeyError> {
        let draft = self.write_draft(keys, entropy).map_err(|source| self.io_error("create", source))?;
        fs::hard_link(&draft.0, &self.path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyError::AlreadyExists { path: self.path.clone() },
            _ => self.io_error("create", source),
        })?;
        sync_folder(&self.path).map_err(|source| self.io_error("create", source))
    }

    /// Puts other keys in the place of those in the file, after a rotation say. A crash leaves the old file or the
    /// new one, whole. On Unix it stays its owner's, so that root may do this for the user whom the server runs as.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn replace(&self, keys: &Keys, entropy: &dyn Entropy) -> Result<(), KeyError> {
        self.write_draft(keys, entropy)
            .and_then(|draft| keep_owner(&self.path, &draft.0).map(|()| draft))
            .and_then(|draft| fs::rename(&draft.0, &self.path))
            .and_then(|()| sync_folder(&self.path))
            .map_err(|source| self.io_error("replace", source))
    }

    /// Reads the file, has the keys changed, and puts the outcome in its place. Of several processes that do this at
    /// once, each goes on from what the one before it wrote: no key that a ring was given is lost.
    ///
    /// # Errors
    /// As [`KeySource::load`] and [`FileKeySource::replace`]; and what `change` returns, and then nothing is written.
    pub fn update(
        &self,
        entropy: &dyn Entropy,
        change: impl FnOnce(Keys) -> Result<Keys, KeyError>,
    ) -> Result<Keys, KeyError> {
        // The folder is what stays: the file's own lock would go with the file that is replaced.
        let _lock = lock_folder(&self.path).map_err(|source| self.io_error("replace", source))?;
        let changed = change(self.load()?)?;
        self.replace(&changed, entropy)?;
        Ok(changed)
    }

    /// Writes the keys to a file of random name in the same folder.
    fn write_draft(&self, keys: &Keys, entropy: &dyn Entropy) -> io::Result<Draft> {
        let name = format!(".keys-{:016x}.tmp", u64::from_be_bytes(random(entropy)));
        let path = self.path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let draft = Draft(path);
        file.write_all(keys.to_secret_text().expose().as_bytes())?;
        file.sync_all()?;
        Ok(draft)
    }

    fn io_error(&self, action: &'static str, source: io::Error) -> KeyError {
        KeyError::Io { action, path: self.path.clone(), source }
    }
}

impl KeySource for FileKeySource {
    fn load(&self) -> Result<Keys, KeyError> {
        let file = File::open(&self.path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => KeyError::NotFound { path: self.path.clone() },
            _ => self.io_error("read", source),
        })?;
        self.refuse_open_to_others(&file)?;
        // Reserved in full: growing would leave copies of keys behind in freed memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE as usize + 1));
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|source| self.io_error("read", source))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(self.io_error("read", io::ErrorKind::FileTooLarge.into()));
        }
        let text = str::from_utf8(&bytes).map_err(|_| {
            self.io_error("read", io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))
        })?;
        Keys::parse(text)
    }
}

impl FileKeySource {
    /// Asks the open file, not the path: what is checked is what is read.
    #[cfg(unix)]
    fn refuse_open_to_others(&self, file: &File) -> Result<(), KeyError> {
        use std::os::unix::fs::PermissionsExt as _;

        let metadata = file.metadata().map_err(|source| self.io_error("read", source))?;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & self.forbidden == 0 {
            Ok(())
        } else {
            Err(KeyError::Permissions { path: self.path.clone(), mode })
        }
    }

    #[cfg(not(unix))]
    fn refuse_open_to_others(&self, _file: &File) -> Result<(), KeyError> {
        Ok(())
    }
}

/// Gives a file that is to replace another one the other's owner.
#[cfg(unix)]
fn keep_owner(replaced: &Path, draft: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};

    let old = match fs::metadata(replaced) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        old => old?,
    };
    let new = fs::metadata(draft)?;
    if (old.uid(), old.gid()) == (new.uid(), new.gid()) {
        return Ok(());
    }
    chown(draft, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// A file that is gone when this is dropped, unless it was renamed.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing better can be done about a draft that stays; it is as closed as the key file.
        let _ = fs::remove_file(&self.0);
    }
}

/// Makes a new name in the folder survive a power failure.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

/// Waits until nobody else changes what is in the folder, until the file that this returns is closed.
fn lock_folder(path: &Path) -> io::Result<Option<File>> {
    if !cfg!(unix) {
        return Ok(None);
    }
    // Where there is no folder, there is no file to change either: that is what reading it says.
    let folder = match File::open(folder_of(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        folder => folder?,
    };
    folder.lock()?;
    Ok(Some(folder))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
