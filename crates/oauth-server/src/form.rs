//! Query strings and form bodies, byte for byte (RFC 6749 appendix B).
//!
//! Unlike the usual parsers this one keeps bytes that are not UTF-8: `state` must come back exactly as it came.
//! Values are wiped when dropped: a form may hold a credential.

use memchr::{memchr, memchr_iter, memchr2};
use percent_encoding::percent_decode;
use sealing::Zeroizing;

/// Most parameters of one request; the longest real one has a dozen.
const MAX_PARAMETERS: usize = 256;

/// The parameters of a query or a form.
pub(crate) struct Form(Vec<(String, Zeroizing<Vec<u8>>)>);

/// Why a request's parameters cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormFault {
    /// There are too many.
    TooMany,
    /// This one of ours is there twice (RFC 6749 sections 3.1 and 3.2), or another one is (empty name).
    Duplicate,
    /// A value that must be text is not UTF-8.
    NotUtf8,
}

impl Form {
    /// Reads parameters. Names may be repeated here: see [`Form::refuse_duplicates`].
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, FormFault> {
        let mut parameters = Vec::new();
        let mut start = 0;
        for end in memchr_iter(b'&', encoded).chain([encoded.len()]) {
            let pair = &encoded[start..end];
            start = end + 1;
            if pair.is_empty() {
                continue;
            }
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormFault::TooMany);
            }
            let split = memchr(b'=', pair);
            let (name, value) = split.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            let name = String::from_utf8_lossy(&decode(name)).into_owned();
            parameters.push((name, decode(value)));
        }
        Ok(Self(parameters))
    }

    /// Refuses a request that repeats a parameter, but for those in `repeatable`.
    pub(crate) fn refuse_duplicates(&self, repeatable: &[&str]) -> Result<(), FormFault> {
        let repeated = self.0.iter().enumerate().any(|(index, (name, _))| {
            !repeatable.contains(&name.as_str()) && self.0[..index].iter().any(|(other, _)| other == name)
        });
        if repeated { Err(FormFault::Duplicate) } else { Ok(()) }
    }

    /// The value as bytes. One that is empty counts as absent (RFC 6749 section 3.1).
    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.values(name).next()
    }

    /// The value as text. One that is empty counts as absent.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, FormFault> {
        self.bytes(name).map(|bytes| std::str::from_utf8(bytes).map_err(|_| FormFault::NotUtf8)).transpose()
    }

    /// All values of a parameter that are not empty.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.0
            .iter()
            .filter(move |(other, value)| other == name && !value.is_empty())
            .map(|(_, value)| value.as_slice())
    }
}

/// `+` is a space, `%XX` a byte, anything else itself.
fn decode(encoded: &[u8]) -> Zeroizing<Vec<u8>> {
    // Room from the start, so that growing leaves no copy of a credential in freed memory: nothing gets longer.
    let mut decoded = Zeroizing::new(Vec::with_capacity(encoded.len()));
    // Most have nothing to decode, and are copied as one.
    if memchr2(b'+', b'%', encoded).is_none() {
        decoded.extend_from_slice(encoded);
        return decoded;
    }
    for (number, piece) in encoded.split(|byte| *byte == b'+').enumerate() {
        if number > 0 {
            decoded.push(b' ');
        }
        decoded.extend(percent_decode(piece));
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was wiped when dropped is all there ever was.
    #[test]
    fn a_value_never_grows() {
        for encoded in ["", "+", "%2B", "a+b%20c++%zz%4", &"%41+".repeat(1_000), &"k".repeat(4_000)] {
            let decoded = decode(encoded.as_bytes());
            assert_eq!(decoded.capacity(), encoded.len(), "{encoded}");
        }
        assert_eq!(decode(b"a+b%20c++%zz%4").as_slice(), b"a b c  %zz%4");
    }

    #[test]
    fn values_keep_every_byte() {
        let form = Form::parse(b"state=%FF%00+%2B&x=1&x=2&empty=&bare&%63=d").expect("few parameters");
        assert_eq!(form.bytes("state"), Some(&b"\xff\x00 +"[..]));
        assert_eq!(form.text("state"), Err(FormFault::NotUtf8));
        assert_eq!(form.text("c"), Ok(Some("d")));
        assert_eq!(form.text("empty"), Ok(None));
        assert_eq!(form.text("bare"), Ok(None));
        assert_eq!(form.refuse_duplicates(&["x"]), Ok(()));
        assert_eq!(form.refuse_duplicates(&[]), Err(FormFault::Duplicate));
    }
}
