//! The bytes of changes in the journal.

use std::collections::VecDeque;

use bytes::Bytes;

use super::recent::{Changes, Latest, Tail};
use super::record::{Content, Kept};
use crate::store::Key;

/// The key was removed.
const REMOVED: u8 = b'd';
/// A record follows.
const RECORD: u8 = b'r';
/// A log follows, and entries that it got.
const LOG: u8 = b'l';
/// The same, and the log begins with them.
const LOG_ANEW: u8 = b'n';

/// All of a batch. For each: the length of its name in 2 bytes, the name, what it is in one; then the record and each entry of a log
/// behind its length in 4 bytes, the number of entries in 4 before them.
pub(super) fn encode_all(changes: &Changes, into: &mut Vec<u8>) {
    for (key, latest) in changes {
        encode(key, latest, into);
    }
}

fn encode(key: &Key, Latest { record, tail }: &Latest, into: &mut Vec<u8>) {
    let name_length = key.space().len() + 1 + key.id().len();
    into.extend_from_slice(&u16::try_from(name_length).unwrap_or(u16::MAX).to_be_bytes());
    into.extend_from_slice(key.space().as_bytes());
    into.push(b':');
    into.extend_from_slice(key.id().as_bytes());
    let Some(record) = record else { return into.push(REMOVED) };
    into.push(match tail {
        None => RECORD,
        Some(Tail { anew: false, .. }) => LOG,
        Some(Tail { anew: true, .. }) => LOG_ANEW,
    });
    put(&Kept { indexed: record.expires, record: record.clone() }.encode(), into);
    if let Some(tail) = tail {
        into.extend_from_slice(&length(tail.entries.len()));
        tail.entries.iter().for_each(|entry| put(entry, into));
    }
}

fn put(bytes: &[u8], into: &mut Vec<u8>) {
    into.extend_from_slice(&length(bytes.len()));
    into.extend_from_slice(bytes);
}

/// Values have at most 64 KiB, and a batch a thousand operations.
fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// The first change in `bytes`, which gets what is behind it: the name of a key, and what became of it. `None`: not written by
/// [`encode_all`].
pub(super) fn decode<'a>(bytes: &mut &'a [u8]) -> Option<(&'a [u8], Latest)> {
    let name_length = u16::from_be_bytes(*take(bytes, 2)?.first_chunk()?);
    let name = take(bytes, usize::from(name_length))?;
    let kind = take(bytes, 1)?[0];
    if kind == REMOVED {
        return Some((name, Latest::of(None)));
    }
    let record = Kept::decode(take_piece(bytes)?)?.record;
    let is_log = matches!(record.content, Content::Log(_));
    let tail = match kind {
        RECORD if !is_log => None,
        LOG | LOG_ANEW if is_log => {
            let count = take_length(bytes)?;
            let mut entries = VecDeque::new();
            for _ in 0..count {
                entries.push_back(Bytes::copy_from_slice(take_piece(bytes)?));
            }
            Some(Tail { anew: kind == LOG_ANEW, entries })
        }
        _ => return None,
    };
    Some((name, Latest { record: Some(record), tail }))
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(*take(bytes, 4)?.first_chunk()?)).ok()
}

fn take_piece<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_length(bytes)?;
    take(bytes, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::record::{LogSpan, Record};

    fn record(content: Content) -> Option<Record> {
        Some(Record { expires: 0x0102, content })
    }

    fn log(anew: bool, entries: &'static [&'static [u8]]) -> Latest {
        let entries = entries.iter().map(|entry| Bytes::from_static(entry)).collect();
        let content = Content::Log(LogSpan { first: 1, next: 4 });
        Latest { record: record(content), tail: Some(Tail { anew, entries }) }
    }

    /// The bytes are in people's files.
    #[test]
    fn encoding_is_fixed() {
        let value = Latest::of(record(Content::Value(Bytes::from_static(b"xyz"))));
        let expires = b"\0\0\0\0\0\0\x01\x02";
        let span = b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x04";
        let cases: [(Latest, Vec<u8>); 5] = [
            (Latest::of(None), b"\0\x04a:idd".to_vec()),
            (value, [b"\0\x04a:idr\0\0\0\x0c", &expires[..], b"vxyz"].concat()),
            (
                Latest::of(record(Content::Counter(7))),
                [b"\0\x04a:idr\0\0\0\x11", &expires[..], b"c\0\0\0\0\0\0\0\x07"].concat(),
            ),
            (
                log(false, &[b"x", b""]),
                [b"\0\x04a:idl\0\0\0\x19", &expires[..], b"l", span, b"\0\0\0\x02\0\0\0\x01x\0\0\0\0"]
                    .concat(),
            ),
            (
                log(true, &[b"x"]),
                [b"\0\x04a:idn\0\0\0\x19", &expires[..], b"l", span, b"\0\0\0\x01\0\0\0\x01x"].concat(),
            ),
        ];
        for (latest, bytes) in cases {
            let mut encoded = Vec::new();
            encode_all(&Changes::from([(Key::new("a", "id"), latest.clone())]), &mut encoded);
            assert_eq!(encoded, bytes, "{latest:?}");
            encoded.extend_from_slice(b"what follows");
            let mut rest = encoded.as_slice();
            assert_eq!(decode(&mut rest), Some((&b"a:id"[..], latest)));
            assert_eq!(rest, b"what follows");
            for cut in 0..bytes.len() {
                assert_eq!(decode(&mut &bytes[..cut]), None, "{bytes:?} cut to {cut}");
            }
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let counter = b"\0\0\0\x11\0\0\0\0\0\0\x01\x02c\0\0\0\0\0\0\0\x07";
        let log = [&b"\0\0\0\x19\0\0\0\0\0\0\x01\x02l"[..], &[0; 16]].concat();
        let entries = b"\0\0\0\0";
        let faults: [&[&[u8]]; 4] = [
            &[b"\0\x04a:idx", counter],
            &[b"\0\x04a:idr", &log],
            &[b"\0\x04a:idl", counter, entries],
            &[b"\0\x04a:idr\0\0\0\x09\0\0\0\0\0\0\x01\x02x"],
        ];
        for fault in faults {
            assert_eq!(decode(&mut fault.concat().as_slice()), None, "{fault:?}");
        }
    }
}
