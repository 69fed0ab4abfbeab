//! The text of a key file.

use sealing::{Keys, OsEntropy};

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
    assert_eq!(comments.len(), 3);
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
        "line 3 of the key file: unknown name; the names are `ring` and `fingerprint`",
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
    ] {
        let error = Keys::parse(&text).expect_err("refused");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(&one[..8]) && !shown.contains(&two[..8]), "{shown}");
    }
}
