//! What is kept at a key, and its bytes in the file.

use bytes::Bytes;

/// Milliseconds since the Unix epoch.
pub(super) type Millis = u64;

/// What is kept at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// From this moment on the record is absent.
    pub(super) expires: Millis,
    pub(super) content: Content,
}

/// The four kinds of thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Value(Bytes),
    Counter(u64),
    /// Theoretical arrival time of GCRA, in microseconds since the Unix epoch.
    Quota(u64),
    /// The entries are kept apart: `first..next` are their sequence numbers.
    Log(LogSpan),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogSpan {
    pub(super) first: u64,
    pub(super) next: u64,
}

/// A record as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) record: Record,
    /// Where the index by expiry has it: where the record expires, or earlier.
    pub(super) indexed: Millis,
}

impl Record {
    pub(super) fn is_live(&self, now: Millis) -> bool {
        now < self.expires
    }
}

impl Kept {
    /// Expiry in 8 bytes, a tag, then the value or big-endian numbers. A record that the index has elsewhere has its tag as a
    /// capital letter, and 8 bytes behind it that say where.
    pub(super) fn encode(&self) -> Vec<u8> {
        let Self { record: Record { expires, content }, indexed } = self;
        let tag = match content {
            Content::Value(_) => b'v',
            Content::Counter(_) => b'c',
            Content::Quota(_) => b'q',
            Content::Log(_) => b'l',
        };
        let mut bytes = Vec::with_capacity(match content {
            Content::Value(value) => 17 + value.len(),
            _ => 33,
        });
        bytes.extend_from_slice(&expires.to_be_bytes());
        if indexed == expires {
            bytes.push(tag);
        } else {
            bytes.push(tag.to_ascii_uppercase());
            bytes.extend_from_slice(&indexed.to_be_bytes());
        }
        match content {
            Content::Value(value) => bytes.extend_from_slice(value),
            Content::Counter(number) | Content::Quota(number) => {
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            Content::Log(span) => {
                bytes.extend_from_slice(&span.first.to_be_bytes());
                bytes.extend_from_slice(&span.next.to_be_bytes());
            }
        }
        bytes
    }

    /// `None`: not written by [`Kept::encode`].
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (expires, rest) = take_u64(bytes)?;
        let (tag, rest) = rest.split_first()?;
        let (indexed, rest) = if tag.is_ascii_uppercase() { take_u64(rest)? } else { (expires, rest) };
        let number = || take_u64(rest).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number);
        let content = match tag.to_ascii_lowercase() {
            b'v' => Content::Value(Bytes::copy_from_slice(rest)),
            b'c' => Content::Counter(number()?),
            b'q' => Content::Quota(number()?),
            b'l' => {
                let (first, rest) = take_u64(rest)?;
                let (next, rest) = take_u64(rest)?;
                rest.is_empty().then_some(Content::Log(LogSpan { first, next }))?
            }
            _ => return None,
        };
        Some(Self { record: Record { expires, content }, indexed })
    }
}

fn take_u64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes are in people's files.
    #[test]
    fn encoding_is_fixed() {
        let cases: [(Content, u8, &[u8]); 4] = [
            (Content::Value(Bytes::from_static(b"ab")), b'v', b"ab"),
            (Content::Counter(7), b'c', b"\0\0\0\0\0\0\0\x07"),
            (Content::Quota(8), b'q', b"\0\0\0\0\0\0\0\x08"),
            (Content::Log(LogSpan { first: 1, next: 3 }), b'l', b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03"),
        ];
        let expires = [0, 0, 0, 0, 0, 0, 1, 2];
        for (content, tag, tail) in cases {
            let kept =
                |indexed| Kept { record: Record { expires: 0x0102, content: content.clone() }, indexed };
            let there = [&expires, &[tag][..], tail].concat();
            let earlier =
                [&expires, &[tag.to_ascii_uppercase()][..], &[0, 0, 0, 0, 0, 0, 1, 1], tail].concat();
            for (indexed, bytes) in [(0x0102, there), (0x0101, earlier)] {
                assert_eq!(kept(indexed).encode(), bytes);
                assert_eq!(Kept::decode(&bytes), Some(kept(indexed)));
            }
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let faults: [&[u8]; 9] = [
            b"",
            b"\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0x",
            b"\0\0\0\0\0\0\0\0c\0",
            b"\0\0\0\0\0\0\0\0q\0\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0l\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0V\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0C\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0X\0\0\0\0\0\0\0\0\0",
        ];
        for bytes in faults {
            assert_eq!(Kept::decode(bytes), None, "{bytes:?}");
        }
    }
}
