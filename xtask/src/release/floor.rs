//! The oldest glibc that a program runs with, read from the versions of the symbols that it asks for.

use std::path::Path;

use crate::error::Error;

/// The newest glibc that a release may need: Debian 12's. Raising it shuts systems out, and is a line in the changelog.
const FLOOR: Glibc = Glibc(2, 36);

/// A version of glibc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Glibc(pub(crate) u32, pub(crate) u32);

impl std::fmt::Display for Glibc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// What `program` needs, which must not be above the floor.
pub(super) fn check(program: &Path) -> Result<Glibc, Error> {
    let bytes = std::fs::read(program).map_err(Error::file(program))?;
    match needed(&bytes) {
        None => {
            Err(Error::content(program, &"asks for no version of glibc: is it a program of this system?"))
        }
        Some(needed) if needed > FLOOR => Err(Error::content(
            program,
            &format!("needs glibc {needed}, and a release may need {FLOOR} at most"),
        )),
        Some(needed) => {
            println!("   needs glibc {needed} or later");
            Ok(needed)
        }
    }
}

/// The highest `GLIBC_2.34` of the program's table of names. A text of that form elsewhere in the program counts, too: what is found is
/// never too low.
fn needed(program: &[u8]) -> Option<Glibc> {
    const MARK: &[u8] = b"GLIBC_";
    let marks = program.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    marks.filter_map(|(at, _)| version(&program[at + MARK.len()..])).max()
}

fn version(text: &[u8]) -> Option<Glibc> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
    let mut parts = std::str::from_utf8(&text[..end]).ok()?.split('.');
    let (major, minor) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Glibc(major, minor))
}

#[cfg(test)]
mod tests {
    use super::{FLOOR, Glibc, check, needed};

    #[test]
    fn the_highest_version_counts_and_is_compared_by_number() {
        assert_eq!(needed(b"\0GLIBC_2.9\0GLIBC_2.34\0GLIBC_2.2.5\0GLIBC_PRIVATE\0"), Some(Glibc(2, 34)));
        assert_eq!(needed(b"\0GLIBC_\0GLIBCXX_3.4\0"), None);
        assert!(Glibc(2, 9) < FLOOR && Glibc(2, 37) > FLOOR);
    }

    #[test]
    fn a_program_above_the_floor_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        for (names, refused) in
            [("GLIBC_2.36\0", None), ("GLIBC_2.41\0", Some("needs glibc 2.41")), ("", Some("no version"))]
        {
            std::fs::write(&program, format!("\0{names}")).unwrap();
            let result = check(&program);
            assert_eq!(result.is_err(), refused.is_some(), "{result:?}");
            if let (Err(error), Some(reason)) = (result, refused) {
                assert!(error.to_string().contains(reason), "{error}");
            }
        }
    }
}
