//! Which rings are accepted, and how they change (oauth.md N1).

use sealing::{KeyError, KeyRing, Kid, OsEntropy};

use crate::key_text;

fn kids(ring: &KeyRing) -> Vec<&str> {
    ring.kids().map(Kid::as_str).collect()
}

#[track_caller]
fn check(text: &str, message: &str) {
    let error = KeyRing::parse(text).expect_err("refused");
    assert_eq!(error.to_string(), message);
}

fn encoded(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn order_and_space() {
    let ring = KeyRing::parse(&format!(" k2:{} , k1:{}", key_text(2), key_text(1))).expect("a ring");
    assert_eq!(ring.active().as_str(), "k2");
    assert_eq!(kids(&ring), ["k2", "k1"]);
    let text = format!("k2:{},k1:{}", key_text(2), key_text(1));
    assert_eq!(ring.to_secret_text().expose(), text);
}

#[test]
fn generated_ring_reads_back() {
    let ring = KeyRing::generate(&OsEntropy, Kid::default());
    let text = ring.to_secret_text();
    assert_eq!(KeyRing::parse(text.expose()).expect("reads back").to_secret_text(), text);
    assert_ne!(KeyRing::generate(&OsEntropy, Kid::default()).to_secret_text(), text);
}

#[test]
fn n1_weak_keys() {
    let counting_down: Vec<u8> = (0..32).map(|i| 200 - 3 * i).collect();
    for (bytes, reason) in [
        (vec![0; 32], "all its bytes are equal"),
        (vec![0xa5; 32], "all its bytes are equal"),
        ((0..32).collect(), "its bytes count up"),
        (counting_down, "its bytes count up"),
        (b"0123456789abcdef0123456789abcdef".to_vec(), "its halves are equal"),
        (b"an example key. Generate yours! ".to_vec(), "it is the example of the documentation"),
    ] {
        let message = format!("key k1 of the ring is not random ({reason}); generate a new one");
        check(&format!("k1:{}", encoded(&bytes)), &message);
    }
}

#[test]
fn wrong_length() {
    for length in [0, 16, 31, 33, 64] {
        let key = encoded(&key_text(1).as_bytes().repeat(2)[..length]);
        let message = format!("key k1 of the ring is {length} bytes long; a key is exactly 32 random bytes");
        check(&format!("k1:{key}"), &message);
    }
}

#[test]
fn wrong_text() {
    let key = key_text(1);
    let entry = |position| {
        format!("entry {position} of the key ring is not `kid:key` with a kid of 1 to 16 characters a-z, 0-9")
    };
    check("", &entry(1));
    check(&key, &entry(1));
    check(&format!("k1:{key},"), &entry(2));
    for kid in ["", "K1", "k_1", "k-1", "ké", "seventeen00000000", "k 1"] {
        check(&format!("{kid}:{key}"), &entry(1));
    }
    for bad in [format!("{key}="), format!(" {key}"), key.replace(|c: char| c.is_ascii_digit(), "+")] {
        check(&format!("k1:{bad}"), "key k1 of the ring is not base64url without padding");
    }
}

#[test]
fn repeated() {
    check(&format!("k1:{},k1:{}", key_text(1), key_text(2)), "the key id k1 stands for two keys of the ring");
    check(
        &format!("k2:{},k1:{}", key_text(1), key_text(1)),
        "key k1 of the ring repeats a key that stands elsewhere: every key must be its own",
    );
}

#[test]
fn too_many() {
    let ring = |count: u8| {
        let entries: Vec<_> = (1..=count).map(|i| format!("k{i}:{}", key_text(i))).collect();
        entries.join(",")
    };
    assert_eq!(KeyRing::parse(&ring(32)).expect("32 fit").kids().count(), 32);
    check(&ring(33), "a key ring holds 1 to 32 keys, not 33");
}

#[test]
fn rotation_numbers_on() {
    let ring = KeyRing::generate(&OsEntropy, Kid::default());
    let ring = ring.rotated(&OsEntropy, 1).expect("room").rotated(&OsEntropy, 2).expect("room");
    assert_eq!(kids(&ring), ["k3", "k2", "k1"]);

    let text = format!("spring:{},k41:{},k7:{}", key_text(1), key_text(2), key_text(3));
    let ring = KeyRing::parse(&text).expect("a ring").rotated(&OsEntropy, 1).expect("room");
    assert_eq!(kids(&ring), ["k42", "spring", "k41", "k7"]);
    assert!(ring.to_secret_text().expose().ends_with(&text));

    // A number without room for a successor does not count.
    let text = format!("k999999999999999:{}", key_text(1));
    let ring = KeyRing::parse(&text).expect("a ring").rotated(&OsEntropy, 1).expect("room");
    assert_eq!(ring.active().as_str(), "k1");
}

#[test]
fn rotation_notes_when() {
    let ring = KeyRing::generate(&OsEntropy, Kid::default());
    let ring = ring.rotated(&OsEntropy, 1000).expect("room").rotated(&OsEntropy, 2000).expect("room");
    let noted: Vec<_> = ring.kids().map(|kid| ring.rotated_at(kid)).collect();
    assert_eq!(noted, [None, Some(2000), Some(1000)]);
    assert_eq!(ring.rotated_at(&Kid::parse("k9").expect("a kid")), None);
}

#[test]
fn no_key_falls_out_of_a_full_ring() {
    let mut ring = KeyRing::generate(&OsEntropy, Kid::default());
    for _ in 1..32 {
        ring = ring.rotated(&OsEntropy, 1).expect("room");
    }
    assert_eq!((ring.kids().count(), ring.active().as_str()), (32, "k32"));
    let expected = "the key ring is full (32 keys): retire one that is no longer needed first";
    assert_eq!(ring.rotated(&OsEntropy, 1).expect_err("full").to_string(), expected);
    assert_eq!(ring.staged(&OsEntropy).expect_err("full").to_string(), expected);

    // A key that is in the ring already needs no room.
    let staged = ring.without(&Kid::default()).expect("retired").staged(&OsEntropy).expect("room");
    let rotated = staged.rotated(&OsEntropy, 1).expect("no room needed");
    assert_eq!((rotated.kids().count(), rotated.active().as_str()), (32, "k33"));
}

#[test]
fn a_staged_key_waits_for_its_turn() {
    let ring = KeyRing::generate(&OsEntropy, Kid::default()).rotated(&OsEntropy, 1).expect("room");
    let staged = ring.staged(&OsEntropy).expect("room");
    assert_eq!((staged.active().as_str(), staged.next().map(Kid::as_str)), ("k2", Some("k3")));
    assert_eq!(kids(&staged), ["k2", "k3", "k1"]);
    let again = staged.staged(&OsEntropy).expect_err("one at a time");
    assert_eq!(again.to_string(), "the key k3 is staged already: rotate puts it in front");

    let rotated = staged.rotated(&OsEntropy, 2).expect("room");
    assert_eq!((kids(&rotated), rotated.next()), (vec!["k3", "k2", "k1"], None));
    let entry = |ring: &KeyRing| {
        let text = ring.to_secret_text();
        text.expose().split(',').find(|entry| entry.starts_with("k3:")).expect("k3").to_owned()
    };
    assert_eq!(entry(&rotated), entry(&staged), "the key that was handed out, not another one");

    let given_up = staged.without(&Kid::parse("k3").expect("a kid")).expect("not active");
    assert_eq!((kids(&given_up), given_up.next()), (vec!["k2", "k1"], None));
}

#[test]
fn retiring() {
    let ring = KeyRing::generate(&OsEntropy, Kid::default()).rotated(&OsEntropy, 1).expect("room");
    let [active, old, unknown] = ["k2", "k1", "k9"].map(|kid| Kid::parse(kid).expect("a kid"));
    assert_eq!(kids(&ring.without(&old).expect("retired")), ["k2"]);
    assert!(matches!(ring.without(&active), Err(KeyError::ActiveKey { .. })));
    assert!(matches!(ring.without(&unknown), Err(KeyError::UnknownKid { .. })));
}
