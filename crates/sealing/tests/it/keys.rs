//! The text of a key file.

use sealing::{Keys, Kid, OsEntropy};

use crate::key_text;

#[track_caller]
fn check(text: &str, message: &str) {
    assert_eq!(Keys::parse(text).expect_err("refused").to_string(), message);
}

#[test]
fn round_trip() {
    let keys = Keys::generate(&OsEntropy);
    let text = keys.to_secret_text();
    let read = Keys::parse(text.expose()).expect("reads back");
    assert_eq!(read.to_secret_text(), text);
    assert_eq!(keys.ring.active().as_str(), "k1");
}

#[test]
fn a_person_can_read_it() {
    let text = format!("ring=k1:{}\r\n\n  # note\n fingerprint  =  {}", key_text(1), key_text(2));
    let written = Keys::parse(&text).expect("keys").to_secret_text();
    let (comments, values): (Vec<_>, Vec<_>) =
        written.expose().lines().partition(|line| line.starts_with('#'));
    assert_eq!(comments.len(), 4);
    let expected = [format!("ring = k1:{}", key_text(1)), format!("fingerprint = {}", key_text(2))];
    assert_eq!(values, expected);
}

#[test]
fn faults() {
    let ring = format!("ring = k1:{}", key_text(1));
    let fingerprint = format!("fingerprint = {}", key_text(2));
    check("", "the key file has no `ring = ...` line");
    check(&ring, "the key file has no `fingerprint = ...` line");
    check(
        &format!("{ring}\n{fingerprint}\n{ring}"),
        "line 3 of the key file: a second value for the same name",
    );
    check(&format!("{ring}\nsecret"), "line 2 of the key file: not `name = value`");
    check(
        &format!("\n# note\nrings = x\n{fingerprint}"),
        "line 3 of the key file: unknown name; the names are `ring`, `fingerprint`, `rotated` and `next`",
    );
    check(
        &format!("{ring}\nfingerprint = {}", key_text(1)),
        "the fingerprint key repeats a key that stands elsewhere: every key must be its own",
    );
    check(
        &format!("{ring}\nfingerprint = {}", "A".repeat(43)),
        "the fingerprint key is not random (all its bytes are equal); generate a new one",
    );
}

#[test]
fn what_rotation_leaves_behind() {
    let mut keys = Keys::generate(&OsEntropy);
    keys.ring = keys.ring.rotated(&OsEntropy, 1_795_000_000).expect("room").staged(&OsEntropy).expect("room");
    let text = keys.to_secret_text();
    let values: Vec<_> = text.expose().lines().filter(|line| !line.starts_with('#')).skip(2).collect();
    assert_eq!(values, ["rotated = k1:1795000000", "next = k3"]);
    let read = Keys::parse(text.expose()).expect("reads back");
    assert_eq!(read.to_secret_text(), text);
    assert_eq!(read.ring.rotated_at(&Kid::default()), Some(1_795_000_000));

    // Before a rotation the file is one that earlier releases read.
    assert!(!Keys::generate(&OsEntropy).to_secret_text().expose().contains("\nrotated"));
}

/// Keys come and go by hand, too; what was said of one that is gone is no reason not to start.
#[test]
fn what_is_said_of_other_keys() {
    let text = |extra: &str| {
        let keys = [key_text(1), key_text(2), key_text(3)];
        format!("ring = k2:{},k1:{}\nfingerprint = {}\n{extra}", keys[0], keys[1], keys[2])
    };
    let keys = Keys::parse(&text("rotated = k1:5, k0:4, k2:6\nnext = k0")).expect("keys");
    assert_eq!(keys.ring.kids().map(|kid| keys.ring.rotated_at(kid)).collect::<Vec<_>>(), [None, Some(5)]);
    assert_eq!(keys.ring.next(), None);
    assert_eq!(Keys::parse(&text("next = k2")).expect("keys").ring.next(), None, "it is active");
    assert_eq!(Keys::parse(&text("next = k1")).expect("keys").ring.next(), Some(&Kid::default()));

    let time = "line 3 of the key file: not `kid:seconds since 1970`";
    for (extra, message) in [
        ("rotated = ", time),
        ("rotated = k1", time),
        ("rotated = k1:soon", time),
        ("rotated = K1:5", time),
        ("rotated = k1:-5", time),
        ("next = K1", "line 3 of the key file: not a key id"),
        ("next = k1\nnext = k1", "line 4 of the key file: a second value for the same name"),
    ] {
        check(&text(extra), message);
    }
}

/// Whatever is wrong with a file, the message shows nothing of it but names and positions.
#[test]
fn errors_show_no_key() {
    let (one, two) = (key_text(1), key_text(2));
    for text in [
        format!("ring = {one}"),
        format!("ring = k1{one}:{two}"),
        format!("ring = k1:{one}x"),
        format!("ring = k1:{one}\nfingerprint = {two}="),
        format!("ring = k1:{one}\nfingerprint : {two}"),
        format!("{one} = {two}"),
        format!("ring = k1:{one},k2:{one}\nfingerprint = {two}"),
        format!("ring = k1:{one}\nfingerprint = {two}\nrotated = k1:{one}"),
        format!("ring = k1:{one}\nfingerprint = {two}\nnext = {one}"),
    ] {
        let error = Keys::parse(&text).expect_err("refused");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(&one[..8]) && !shown.contains(&two[..8]), "{shown}");
    }
}
