//! What is read back, whatever a crash or a disk made of the file.

use super::*;

/// A journal in a folder, which begins with the number 7.
fn journal() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::create(folder.path().join("journal"), 7).expect("created");
    (folder, journal)
}

fn append(journal: &mut Journal, changes: &[u8]) {
    journal.append(|frame| frame.extend_from_slice(changes)).expect("written");
}

fn bytes(journal: &Journal) -> Vec<u8> {
    std::fs::read(&journal.path).expect("a file")
}

fn frames(bytes: &[u8], first: u64) -> (Vec<&[u8]>, u64) {
    read(bytes, first).expect("not damaged")
}

/// The bytes are in people's files.
#[test]
fn frames_have_a_fixed_form() {
    let (_folder, mut journal) = journal();
    append(&mut journal, b"ab");
    append(&mut journal, b"");
    let bytes = bytes(&journal);
    assert_eq!(bytes[..18], *b"\0\0\0\x02\x53\xc2\x8c\x11\0\0\0\0\0\0\0\x07ab");
    assert_eq!(bytes[18..34], *b"\0\0\0\0\x75\x0e\x4e\x5d\0\0\0\0\0\0\0\x08");
    assert_eq!(bytes.len() as u64, STEP);
    assert_eq!(bytes[34..].iter().find(|byte| **byte != 0), None);
    assert_eq!(frames(&bytes, 7), (vec![&b"ab"[..], b""], 9));
    assert_eq!((journal.len(), journal.next()), (34, 9));
}

#[test]
fn what_the_tables_have_is_not_read_again() {
    let (_folder, mut journal) = journal();
    for changes in [&b"one"[..], b"two", b"three"] {
        append(&mut journal, changes);
    }
    // The tables were written, and then the machine failed.
    assert_eq!(frames(&bytes(&journal), 10), (vec![], 10));
    journal.restart();
    append(&mut journal, b"four");
    // Frames of before are behind it, one of which begins where it ends or does not.
    assert_eq!(frames(&bytes(&journal), 10), (vec![&b"four"[..]], 11));
    append(&mut journal, b"5");
    assert_eq!(frames(&bytes(&journal), 10), (vec![&b"four"[..], b"5"], 12));
    // Tables of a moment before lack what is no longer there.
    for before in [0, 6, 9] {
        assert!(read(&bytes(&journal), before).is_err(), "{before}");
    }
}

/// The tables were written, but an error said that they were not: the journal has gone on behind what they have.
#[test]
fn what_the_tables_have_is_passed_over() {
    let (_folder, mut journal) = journal();
    let all = [&b"one"[..], b"two", b"three", b"four"];
    for changes in all {
        append(&mut journal, changes);
    }
    let bytes = bytes(&journal);
    for has in 0..=4 {
        assert_eq!(frames(&bytes, 7 + has as u64), (all[has..].to_vec(), 11));
    }
    // Of what they have, nothing need be whole; of the rest, everything.
    let mut damaged = bytes.clone();
    damaged[HEAD + 3 + HEAD] ^= 1;
    assert!(read(&damaged, 8).is_err() && read(&damaged, 9).is_err());
    assert_eq!(frames(&damaged[..HEAD + 3 + HEAD + 3], 9), (vec![], 9));
}

#[test]
fn a_frame_that_was_not_written_is_written_over() {
    let (_folder, mut journal) = journal();
    append(&mut journal, b"one");
    // As after an error: it may be there, and nobody was told so.
    let (end, next) = (journal.end, journal.next);
    append(&mut journal, b"a long one");
    (journal.end, journal.next) = (end, next);
    append(&mut journal, b"short");
    assert_eq!(frames(&bytes(&journal), 7), (vec![&b"one"[..], b"short"], 9));
}

#[test]
fn a_large_journal_is_cut_back() {
    let (_folder, mut journal) = journal();
    append(&mut journal, &[7; 5 << 20]);
    assert_eq!(bytes(&journal).len() as u64, 5 * 1024 * 1024 + STEP);
    journal.restart();
    assert_eq!(bytes(&journal).len() as u64, KEPT);
    append(&mut journal, b"one");
    append(&mut journal, &[8; 4 << 20]);
    let bytes = bytes(&journal);
    let (frames, next) = frames(&bytes, 8);
    assert_eq!((frames.len(), frames[0], next), (2, &b"one"[..], 10));
    assert!(frames[1].iter().all(|byte| *byte == 8) && frames[1].len() == 4 << 20);
}

/// A file that ends anywhere, or of which the last frame is in part what was there before.
#[test]
fn cut_short() {
    let (_folder, mut journal) = journal();
    let all = [&b"one"[..], b"two", b"three"];
    let mut ends = vec![0];
    for changes in all {
        append(&mut journal, changes);
        ends.push(usize::try_from(journal.len()).expect("fits"));
    }
    let bytes = bytes(&journal);
    for cut in 0..=ends[3] {
        let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
        let mut torn = bytes[..cut].to_vec();
        assert_eq!(frames(&torn, 7), (all[..whole].to_vec(), 7 + whole as u64), "cut at {cut}");
        torn.resize(4096, 0);
        assert_eq!(frames(&torn, 7).0, all[..whole], "nothing behind {cut}");
    }
}

/// A bit that is another one than was written: the last frame counts as not written, and one before it is not passed over.
#[test]
fn damaged() {
    let (_folder, mut journal) = journal();
    append(&mut journal, b"one");
    append(&mut journal, b"two");
    let last = usize::try_from(journal.len()).expect("fits");
    append(&mut journal, b"three");
    let end = usize::try_from(journal.len()).expect("fits");
    let bytes = bytes(&journal);
    for position in 0..end {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[position] ^= 1 << bit;
            let read = read(&changed, 7);
            match (position < last, read) {
                (true, Err(Damaged)) => {}
                (false, Ok((frames, 9))) => assert_eq!(frames, [b"one", b"two"]),
                (_, other) => panic!("bit {bit} of {position}: {other:?}"),
            }
        }
    }
}

/// Whatever somebody put there.
#[test]
fn other_bytes_are_no_frames() {
    for bytes in [&b""[..], b"\0\0\0", &[0; 64], &[255; 64], &b"somebody's letter\n".repeat(50)] {
        for first in [0, 7, u64::MAX] {
            assert_eq!(frames(bytes, first), (vec![], first));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let (_folder, mut journal) = journal();
    append(&mut journal, b"one");
    let there = journal.fill_disk().expect("opens");
    assert!(journal.append(|frame| frame.extend_from_slice(b"two")).is_err());
    journal.file = there;
    append(&mut journal, b"three");
    assert_eq!(frames(&bytes(&journal), 7), (vec![&b"one"[..], b"three"], 9));
}
