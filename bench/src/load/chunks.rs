//! The chunked transfer coding (RFC 9112, section 7.1), read as it comes in: pieces may end anywhere.

use super::answer::Wrong;

/// A size has at most this many hexadecimal digits: 4 GiB are more than any answer here.
const MOST_DIGITS: u8 = 8;

const MALFORMED: Wrong = Wrong::Malformed("its chunks");

/// Where in the coding the next byte is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chunks {
    Size {
        value: usize,
        digits: u8,
    },
    /// Behind the size, up to the end of its line.
    Extension(usize),
    Data(usize),
    /// The line break behind a chunk's data.
    DataReturn,
    DataNewline,
    /// At the first byte of a line behind the last chunk.
    Trailer,
    TrailerLine,
    LastNewline,
}

impl Chunks {
    pub(super) const START: Self = Self::Size { value: 0, digits: 0 };

    /// Reads on, and hands what is content to `content`. Says how much of `input` was used once the end is in it.
    pub(super) fn feed(
        &mut self,
        input: &[u8],
        mut content: impl FnMut(&[u8]),
    ) -> Result<Option<usize>, Wrong> {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            if let Self::Data(left) = *self {
                let taken = left.min(input.len() - at);
                content(&input[at..at + taken]);
                at += taken;
                *self = if taken == left { Self::DataReturn } else { Self::Data(left - taken) };
                continue;
            }
            at += 1;
            *self = match (*self, byte) {
                (Self::Size { value, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F')
                    if digits < MOST_DIGITS =>
                {
                    let digit = char::from(byte).to_digit(16).unwrap_or_default() as usize;
                    Self::Size { value: value * 16 + digit, digits: digits + 1 }
                }
                (Self::Size { value, digits: 1.. }, b'\r' | b';' | b' ' | b'\t') => Self::Extension(value),
                (Self::Extension(0), b'\n') => Self::Trailer,
                (Self::Extension(size), b'\n') => Self::Data(size),
                (Self::Extension(_) | Self::TrailerLine, _) if byte != b'\n' => *self,
                (Self::DataReturn, b'\r') => Self::DataNewline,
                (Self::DataNewline, b'\n') => Self::START,
                (Self::Trailer, b'\r') => Self::LastNewline,
                (Self::Trailer, byte) if byte != b'\n' => Self::TrailerLine,
                (Self::TrailerLine, _) => Self::Trailer,
                (Self::LastNewline, b'\n') => return Ok(Some(at)),
                _ => return Err(MALFORMED),
            };
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of `input` when it comes in pieces of `size` bytes, and how much of it was read.
    fn read(input: &[u8], size: usize) -> Result<(Vec<u8>, Option<usize>), Wrong> {
        let (mut chunks, mut content, mut before) = (Chunks::START, Vec::new(), 0);
        for piece in input.chunks(size) {
            if let Some(used) = chunks.feed(piece, |part| content.extend_from_slice(part))? {
                return Ok((content, Some(before + used)));
            }
            before += piece.len();
        }
        Ok((content, None))
    }

    #[test]
    fn pieces_may_end_anywhere() {
        let coded = b"5\r\nhello\r\nC;a=\"b\"\r\n, world 0\r\n\r\r\n000\r\nX: y\r\n\r\nmore";
        for size in 1..coded.len() {
            let (content, used) = read(coded, size).unwrap();
            assert_eq!((&content[..], used), (&b"hello, world 0\r\n\r"[..], Some(coded.len() - 4)), "{size}");
        }
    }

    #[test]
    fn it_does_not_end_before_its_end() {
        let coded = b"3\r\nabc\r\n0\r\n\r\n";
        for end in 0..coded.len() {
            assert_eq!(read(&coded[..end], 1).unwrap().1, None, "{end}");
        }
        assert_eq!(read(coded, 1).unwrap().1, Some(coded.len()));
    }

    #[test]
    fn what_is_not_chunked_is_malformed() {
        for coded in
            ["\r\n", "x\r\n", "-1\r\n", "3\r\nabcd\r\n", "3\r\nabc\n", "123456789\r\n", "0\r\n\n", "0\r\n\rX"]
        {
            assert!(read(coded.as_bytes(), 1).is_err(), "{coded:?}");
        }
    }
}
