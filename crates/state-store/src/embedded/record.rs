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

impl Record {
    pub(super) fn is_live(&self, now: Millis) -> bool {
        now < self.expires
    }

    /// Expiry in 8 bytes, a tag, then the value or big-endian numbers.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend_from_slice(&self.expires.to_be_bytes());
        match &self.content {
            Content::Value(value) => {
                bytes.push(b'v');
                bytes.extend_from_slice(value);
            }
            Content::Counter(total) => {
                bytes.push(b'c');
                bytes.extend_from_slice(&total.to_be_bytes());
            }
            Content::Quota(arrival) => {
                bytes.push(b'q');
                bytes.extend_from_slice(&arrival.to_be_bytes());
            }
            Content::Log(span) => {
                bytes.push(b'l');
                bytes.extend_from_slice(&span.first.to_be_bytes());
                bytes.extend_from_slice(&span.next.to_be_bytes());
            }
        }
        bytes
    }

    /// `None`: not written by [`Record::encode`].
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (expires, rest) = take_u64(bytes)?;
        let (tag, rest) = rest.split_first()?;
        let number = || take_u64(rest).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number);
        let content = match tag {
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
        Some(Self { expires, content })
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
        let record = |content| Record { expires: 0x0102, content };
        let expires = [0, 0, 0, 0, 0, 0, 1, 2];
        let cases: [(Content, &[u8]); 4] = [
            (Content::Value(Bytes::from_static(b"ab")), b"vab"),
            (Content::Counter(7), b"c\0\0\0\0\0\0\0\x07"),
            (Content::Quota(8), b"q\0\0\0\0\0\0\0\x08"),
            (Content::Log(LogSpan { first: 1, next: 3 }), b"l\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03"),
        ];
        for (content, tail) in cases {
            let bytes = [&expires, tail].concat();
            assert_eq!(record(content.clone()).encode(), bytes);
            assert_eq!(Record::decode(&bytes), Some(record(content)));
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let faults: [&[u8]; 6] = [
            b"",
            b"\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0x",
            b"\0\0\0\0\0\0\0\0c\0",
            b"\0\0\0\0\0\0\0\0q\0\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0l\0\0\0\0\0\0\0\0",
        ];
        for bytes in faults {
            assert_eq!(Record::decode(bytes), None, "{bytes:?}");
        }
    }
}
