//! [`Payload`]: a message that is written, in as many pieces as spare copying.
//!
//! A list of tools is most of its answer, and the same for everybody: it is written once ([`SharedJson`]) and then sent from where
//! it lies, between what is written for one request.

use std::io;
use std::sync::{Arc, OnceLock};

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;
use serde_json::value::RawValue;

/// What is shorter is copied: a piece more costs about as much.
const WORTH_SHARING: usize = 4 * 1024;
/// What is written around a result, and most results.
const ENVELOPE: usize = 512;

/// A message. Empty: there is nothing to say.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    /// In one piece.
    Whole(Bytes),
    /// What is shared, between the request's own; after it there may be nothing.
    Spliced(Box<[Bytes; 3]>),
}

impl Payload {
    /// Writes `value`. `size`: what of it is known to be there besides the envelope, so that the buffer need not grow. Where
    /// `shared` is part of it, it becomes a piece of its own.
    pub(crate) fn write(
        value: &impl Serialize,
        size: usize,
        shared: Option<&SharedJson>,
    ) -> Result<Self, serde_json::Error> {
        let shared = shared.filter(|shared| shared.len() >= WORTH_SHARING);
        let size = shared.map_or(size, |shared| size.saturating_sub(shared.len()));
        let bytes = shared.map(|shared| &shared.bytes);
        let mut splicer = Splicer { own: Vec::with_capacity(ENVELOPE + size), shared: bytes, at: None };
        serde_json::to_writer(&mut splicer, value)?;
        let Splicer { own, at, .. } = splicer;
        let mut own = Bytes::from(own);
        Ok(match shared.zip(at) {
            None => Self::Whole(own),
            Some((shared, at)) => {
                let head = own.split_to(at);
                let [shared, tail] = shared.followed_by(own);
                Self::Spliced(Box::new([head, shared, tail]))
            }
        })
    }

    /// Whether there is nothing to say.
    pub(crate) fn is_empty(&self) -> bool {
        // What is spliced has what is shared.
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    /// All of it in one piece.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Spliced(pieces) => {
                let mut whole = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
                pieces.iter().for_each(|piece| whole.put_slice(piece));
                whole.freeze()
            }
        }
    }

    /// Appends it.
    pub(crate) fn put_into(&self, buffer: &mut BytesMut) {
        match self {
            Self::Whole(bytes) => buffer.put_slice(bytes),
            Self::Spliced(pieces) => pieces.iter().for_each(|piece| buffer.put_slice(piece)),
        }
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

/// JSON that is written once, for many answers. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SharedJson {
    json: Arc<RawValue>,
    /// The same memory.
    bytes: Bytes,
    /// A copy with what followed it first.
    joined: Arc<OnceLock<Bytes>>,
}

impl SharedJson {
    /// Writes it.
    pub(crate) fn new(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        struct Owner(Arc<RawValue>);
        impl AsRef<[u8]> for Owner {
            fn as_ref(&self) -> &[u8] {
                self.0.get().as_bytes()
            }
        }
        let json: Arc<RawValue> = serde_json::value::to_raw_value(value)?.into();
        Ok(Self { bytes: Bytes::from_owner(Owner(Arc::clone(&json))), json, joined: Arc::default() })
    }

    /// To be written as part of a result.
    pub(crate) fn json(&self) -> &RawValue {
        &self.json
    }

    /// The pieces of this and what follows it. What follows a list is nearly always the same, too: then it is one piece. hyper
    /// sends the last of three by itself when those before it are long, and a client would wake up twice.
    fn followed_by(&self, tail: Bytes) -> [Bytes; 2] {
        let joined = self.joined.get_or_init(|| [&self.bytes[..], &tail[..]].concat().into());
        if joined[self.len()..] == tail { [joined.clone(), Bytes::new()] } else { [self.bytes.clone(), tail] }
    }

    /// How long it is, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Writes everything but what is shared, and remembers where that belongs.
struct Splicer<'a> {
    own: Vec<u8>,
    shared: Option<&'a Bytes>,
    at: Option<usize>,
}

impl io::Write for Splicer<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.write_all(text).map(|()| text.len())
    }

    /// Raw JSON comes in one call, from the memory where it lies: by that it is known. Were it not, it would be copied.
    fn write_all(&mut self, text: &[u8]) -> io::Result<()> {
        match self.shared {
            Some(shared) if self.at.is_none() && std::ptr::eq::<[u8]>(&**shared, text) => {
                self.at = Some(self.own.len());
            }
            _ => self.own.extend_from_slice(text),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Around<'a> {
        before: &'a str,
        list: &'a RawValue,
        again: Option<&'a RawValue>,
        after: u32,
    }

    proptest! {
        /// In pieces or not, it is the same text.
        #[test]
        fn pieces_are_the_whole(items in 0usize..2_000, before: String, twice: bool, after: u32) {
            let shared = SharedJson::new(&vec!["item"; items]).unwrap();
            let again = twice.then(|| shared.json());
            let value = Around { before: &before, list: shared.json(), again, after };
            let whole = serde_json::to_vec(&value).unwrap();
            let spliced = Payload::write(&value, shared.len(), Some(&shared)).unwrap();
            prop_assert_eq!(matches!(spliced, Payload::Spliced(_)), shared.len() >= WORTH_SHARING);
            let mut buffer = BytesMut::new();
            spliced.put_into(&mut buffer);
            prop_assert_eq!(&buffer[..], &whole[..]);
            prop_assert_eq!(spliced.into_bytes(), whole);
        }
    }

    #[test]
    fn the_list_is_not_copied() {
        let shared = SharedJson::new(&vec!["item"; 1_000]).unwrap();
        let write = |after| {
            let value = Around { before: "", list: shared.json(), again: None, after };
            match Payload::write(&value, 0, Some(&shared)).unwrap() {
                Payload::Spliced(pieces) => *pieces,
                Payload::Whole(_) => panic!("one piece"),
            }
        };
        let [first, second] = [write(7), write(7)];
        assert!(std::ptr::eq(first[1].as_ptr(), second[1].as_ptr()));
        assert!(first[1].ends_with(br#"],"again":null,"after":7}"#) && first[2].is_empty());
        let other = write(8);
        assert!(std::ptr::eq(other[1].as_ptr(), shared.json().get().as_ptr()));
        assert_eq!(other[2], r#","again":null,"after":8}"#);
    }

    #[test]
    fn what_is_not_in_it_is_not_put_into_it() {
        let shared = SharedJson::new(&vec!["item"; 1_000]).unwrap();
        let payload = Payload::write(&json!([1]), 0, Some(&shared)).unwrap();
        assert_eq!((payload.is_empty(), payload.into_bytes()), (false, Bytes::from_static(b"[1]")));
        assert!(Payload::from(Bytes::new()).is_empty());
    }
}
