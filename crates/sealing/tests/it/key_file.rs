//! Key files: complete or absent, closed to others, never replaced by accident.

use std::fs;
use std::sync::Barrier;

use sealing::{FileKeySource, KeyError, KeySource as _, Keys, Kid, OsEntropy};

fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

fn source() -> (tempfile::TempDir, FileKeySource) {
    let folder = tempfile::tempdir().expect("a folder");
    let source = FileKeySource::new(folder.path().join("keys"));
    (folder, source)
}

#[test]
fn created_once_then_read() {
    let (folder, source) = source();
    assert!(matches!(source.load(), Err(KeyError::NotFound { .. })));
    let created = source.load_or_create(&OsEntropy).expect("created");
    let read = source.load_or_create(&OsEntropy).expect("read");
    assert_eq!(read.to_secret_text(), created.to_secret_text());
    assert_eq!(names(&folder), ["keys"], "no draft is left");
}

#[test]
fn create_never_replaces() {
    let (folder, source) = source();
    let first = source.load_or_create(&OsEntropy).expect("created");
    let refused = source.create(&Keys::generate(&OsEntropy), &OsEntropy);
    assert!(matches!(refused, Err(KeyError::AlreadyExists { .. })));
    assert_eq!(source.load().expect("unchanged").to_secret_text(), first.to_secret_text());
    assert_eq!(names(&folder), ["keys"], "no draft is left");
}

#[test]
fn replaced_as_a_whole() {
    let (folder, source) = source();
    let mut keys = source.load_or_create(&OsEntropy).expect("created");
    keys.ring = keys.ring.rotated(&OsEntropy, 1).expect("room").staged(&OsEntropy).expect("room");
    source.replace(&keys, &OsEntropy).expect("replaced");
    assert_eq!(source.load().expect("read").to_secret_text(), keys.to_secret_text());
    assert_eq!(names(&folder), ["keys"], "no draft is left");
}

#[test]
fn many_start_at_once() {
    let (folder, source) = source();
    let barrier = Barrier::new(16);
    let start = || {
        barrier.wait();
        source.load_or_create(&OsEntropy).expect("keys").to_secret_text()
    };
    let found: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(found.iter().all(|text| *text == found[0]), "all have the keys of the one that was first");
    assert_eq!(names(&folder), ["keys"], "no draft is left");
}

#[test]
fn changes_at_once_build_on_each_other() {
    let (folder, source) = source();
    assert!(matches!(source.update(&OsEntropy, Ok), Err(KeyError::NotFound { .. })));
    source.load_or_create(&OsEntropy).expect("created");
    let barrier = Barrier::new(16);
    let rotate = || {
        barrier.wait();
        let rotated = source.update(&OsEntropy, |mut keys| {
            keys.ring = keys.ring.rotated(&OsEntropy, 1)?;
            Ok(keys)
        });
        rotated.expect("rotated").ring.active().clone()
    };
    let mut active: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(rotate)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    active.sort();
    active.dedup();
    assert_eq!(active.len(), 16, "each made a key of its own");
    let kept = source.load().expect("keys");
    assert!(active.iter().all(|kid| kept.ring.kids().any(|kept| kept == kid)), "and none is lost");
    assert_eq!(names(&folder), ["keys"], "no draft is left");
}

#[test]
fn a_change_that_fails_changes_nothing() {
    let (_folder, source) = source();
    let before = source.load_or_create(&OsEntropy).expect("created");
    let refused = source.update(&OsEntropy, |mut keys| {
        keys.ring = keys.ring.rotated(&OsEntropy, 1)?.without(&Kid::parse("k9")?)?;
        Ok(keys)
    });
    assert!(matches!(refused, Err(KeyError::UnknownKid { .. })));
    assert_eq!(source.load().expect("unchanged").to_secret_text(), before.to_secret_text());
}

#[test]
fn unreadable_text() {
    let (_folder, source) = source();
    let write = |bytes: &[u8]| {
        fs::remove_file(source.path()).ok();
        source.create(&Keys::generate(&OsEntropy), &OsEntropy).expect("created");
        fs::write(source.path(), bytes).expect("written");
        source.load().expect_err("refused")
    };
    assert!(matches!(write(b"ring = \xff"), KeyError::Io { action: "read", .. }));
    assert!(matches!(write(&[b'#'; 16 * 1024 + 1]), KeyError::Io { action: "read", .. }));
    assert!(matches!(write(b"ring = k1:short"), KeyError::MissingValue { .. }));
}

/// As long as can be, and a byte more.
#[test]
fn the_longest_file_is_read() {
    let (_folder, source) = source();
    let keys = source.load_or_create(&OsEntropy).expect("created");
    let mut text = format!("{}\n", keys.to_secret_text().expose());
    text.push_str(&"#".repeat(16 * 1024 - text.len()));
    fs::write(source.path(), &text).expect("written");
    assert_eq!(source.load().expect("read").to_secret_text(), keys.to_secret_text());
    fs::write(source.path(), text + "#").expect("written");
    assert!(matches!(source.load(), Err(KeyError::Io { action: "read", .. })));
}

/// A name without a folder is one in the current folder, which is synced then.
#[test]
fn a_bare_name_is_in_the_current_folder() {
    struct Gone(&'static str);
    impl Drop for Gone {
        fn drop(&mut self) {
            fs::remove_file(self.0).ok();
        }
    }
    let file = Gone("keys-of-a-test.tmp");
    fs::remove_file(file.0).ok();
    let source = FileKeySource::new(file.0);
    let keys = source.load_or_create(&OsEntropy).expect("created");
    source.replace(&keys, &OsEntropy).expect("replaced");
    assert_eq!(source.load().expect("read").to_secret_text(), keys.to_secret_text());
}

#[test]
fn folder_must_exist() {
    let (folder, _) = source();
    let source = FileKeySource::new(folder.path().join("absent/keys"));
    assert!(matches!(source.load(), Err(KeyError::NotFound { .. })));
    let refused = source.load_or_create(&OsEntropy);
    assert!(matches!(refused, Err(KeyError::Io { action: "create", .. })));
    // Nothing is there to change, which is another thing than a folder that cannot be opened.
    assert!(matches!(source.update(&OsEntropy, Ok), Err(KeyError::NotFound { .. })));
}

/// A file that is not there has no owner to keep.
#[test]
fn replacing_nothing_makes_the_file() {
    let (folder, source) = source();
    let keys = Keys::generate(&OsEntropy);
    source.replace(&keys, &OsEntropy).expect("made");
    assert_eq!(source.load().expect("read").to_secret_text(), keys.to_secret_text());
    assert_eq!(names(&folder), ["keys"], "no draft is left");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn set_mode(source: &FileKeySource, mode: u32) {
        fs::set_permissions(source.path(), fs::Permissions::from_mode(mode)).expect("our file");
    }

    fn mode(source: &FileKeySource) -> u32 {
        fs::metadata(source.path()).expect("a file").permissions().mode() & 0o7777
    }

    #[test]
    fn written_for_the_owner_alone() {
        let (_folder, source) = source();
        let keys = source.load_or_create(&OsEntropy).expect("created");
        assert_eq!(mode(&source), 0o600);
        set_mode(&source, 0o400);
        source.load().expect("the owner may be the only one to read it");
        source.replace(&keys, &OsEntropy).expect("replaced");
        assert_eq!(mode(&source), 0o600);
    }

    /// Links in a circle: what cannot be looked at is not written over, and what cannot be locked is not changed.
    #[test]
    fn what_cannot_be_looked_at_stays() {
        let (folder, source) = source();
        std::os::unix::fs::symlink(source.path(), source.path()).expect("a link");
        let refused = source.replace(&Keys::generate(&OsEntropy), &OsEntropy);
        assert!(matches!(refused, Err(KeyError::Io { action: "replace", .. })), "{refused:?}");
        assert_eq!(names(&folder), ["keys"], "no draft is left");
        assert!(fs::symlink_metadata(source.path()).expect("it is there").is_symlink());

        let inside = FileKeySource::new(source.path().join("keys"));
        let refused = inside.update(&OsEntropy, Ok);
        assert!(matches!(refused, Err(KeyError::Io { action: "replace", .. })), "{refused:?}");
    }

    /// Root rotates the keys of a server that runs as another user, and the server must be able to read them.
    #[test]
    fn replaced_for_the_same_owner() {
        use std::os::unix::fs::{MetadataExt as _, chown};

        let (folder, source) = source();
        let keys = source.load_or_create(&OsEntropy).expect("created");
        let owner = || {
            let metadata = fs::metadata(source.path()).expect("a file");
            (metadata.uid(), metadata.gid())
        };
        // Only root gives files away; for others it is theirs before and after.
        chown(source.path(), Some(12_345), Some(23_456)).ok();
        let before = owner();
        source.replace(&keys, &OsEntropy).expect("replaced");
        assert_eq!((owner(), mode(&source)), (before, 0o600));
        assert_eq!(names(&folder), ["keys"], "no draft is left");
    }

    #[test]
    fn open_to_others_is_refused() {
        let (_folder, source) = source();
        source.load_or_create(&OsEntropy).expect("created");
        for open in [0o640, 0o604, 0o660, 0o644, 0o620, 0o601] {
            set_mode(&source, open);
            let error = source.load().expect_err("refused");
            assert!(matches!(error, KeyError::Permissions { mode, .. } if mode == open));
            let path = source.path().display();
            let expected = format!(
                "other users may access the key file {path} (mode {open:04o}): run `chmod 600 {path}`"
            );
            assert_eq!(error.to_string(), expected);
        }
        // Nor is it taken for absent, and replaced.
        assert!(matches!(source.load_or_create(&OsEntropy), Err(KeyError::Permissions { .. })));
    }
}
