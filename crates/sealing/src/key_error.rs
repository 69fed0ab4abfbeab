//! Why keys could not be read, written or accepted. No message shows any part of a key.

use std::io;
use std::path::PathBuf;

/// Why keys could not be read, written or accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no key file at this path.
    #[error("there is no key file at {}", .path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A key file is already there; it was not touched.
    #[error("{} exists already and was left as it is", .path.display())]
    AlreadyExists {
        /// The file that is there.
        path: PathBuf,
    },
    /// The key file's mode lets other users of the machine in.
    #[error("other users may access the key file {path} (mode {mode:04o}): run `chmod 600 {path}`", path = .path.display())]
    Permissions {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Reading or writing the key file failed.
    #[error("cannot {action} the key file {}", .path.display())]
    Io {
        /// `read`, `create` or `replace`.
        action: &'static str,
        /// The key file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The text is not a key file.
    #[error("line {line} of the key file: {reason}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The key file lacks a value that it must have.
    #[error("the key file has no `{name} = ...` line")]
    MissingValue {
        /// Name of the value.
        name: &'static str,
    },
    /// An entry of the ring is not `kid:key`, or its `kid` is not 1 to 16 of `a-z0-9`.
    #[error("entry {position} of the key ring is not `kid:key` with a kid of 1 to 16 characters a-z, 0-9")]
    MalformedEntry {
        /// Counted from 1.
        position: usize,
    },
    /// A `kid` is not 1 to 16 of `a-z0-9`.
    #[error("a key id is 1 to 16 characters a-z, 0-9")]
    MalformedKid,
    /// The ring holds no key, or more than it may.
    #[error("a key ring holds 1 to {max} keys, not {count}")]
    RingSize {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// The ring has no room for another key. None leaves it by itself: it would take its tokens with it.
    #[error("the key ring is full ({max} keys): retire one that is no longer needed first")]
    RingFull {
        /// How many it holds.
        max: usize,
    },
    /// A key is waiting to become the active one already.
    #[error("the key {kid} is staged already: rotate puts it in front")]
    Staged {
        /// The key that waits.
        kid: String,
    },
    /// Two keys have the same `kid`.
    #[error("the key id {kid} stands for two keys of the ring")]
    DuplicateKid {
        /// The `kid` that occurs twice.
        kid: String,
    },
    /// The same key stands in two places.
    #[error("{name} repeats a key that stands elsewhere: every key must be its own")]
    RepeatedKey {
        /// Which key.
        name: String,
    },
    /// A key is not base64url text.
    #[error("{name} is not base64url without padding")]
    Encoding {
        /// Which key.
        name: String,
    },
    /// A key has the wrong length.
    #[error("{name} is {actual} bytes long; a key is exactly 32 random bytes")]
    Length {
        /// Which key.
        name: String,
        /// Its length in bytes.
        actual: usize,
    },
    /// A key that nobody drew at random.
    #[error("{name} is not random ({reason}); generate a new one")]
    Weak {
        /// Which key.
        name: String,
        /// How it shows.
        reason: &'static str,
    },
    /// No key of the ring has this `kid`.
    #[error("the key ring has no key {kid}")]
    UnknownKid {
        /// The `kid` that was asked for.
        kid: String,
    },
    /// The active key cannot be taken out of the ring: new tokens are sealed with it.
    #[error("{kid} is the active key: rotate first, then retire it")]
    ActiveKey {
        /// The active `kid`.
        kid: String,
    },
}
