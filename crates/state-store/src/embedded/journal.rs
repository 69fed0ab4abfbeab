//! The journal (a write-ahead log): changes in the order in which they were made, on disk before anybody is told of them. The
//! tables are brought up to date behind it; opening the store does what they lack.
//!
//! A frame is what one batch changed: length, checksum, number, changes; numbers in big-endian bytes. Frames are numbered through, over
//! the life of a store, and the tables say with which number the journal goes on. Once they have everything, the next frame is
//! written over the first one: what is left behind it has numbers that are too low.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Length and checksum in 4 bytes each, number in 8.
const HEAD: usize = 16;
/// The file grows by so much at once, in bytes: writing where there is something already is what a disk syncs fastest.
const STEP: u64 = 256 * 1024;
/// What the file is cut back to when there is nothing in it, in bytes.
const KEPT: u64 = 4 * 1024 * 1024;

/// The file, open for writing.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    /// The number of the next frame.
    next: u64,
    /// Where it goes.
    end: u64,
    length: u64,
    frame: Vec<u8>,
}

/// The journal of the store file at `path`.
pub(super) fn path_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-journal");
    name.into()
}

impl Journal {
    /// An empty one, in the place of any that is there. It stays if the machine fails at once.
    pub(super) fn create(path: PathBuf, next: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        sync_folder(&path)?;
        Ok(Self { file, path, next, end: 0, length: 0, frame: Vec::new() })
    }

    /// Bytes of frames.
    pub(super) fn len(&self) -> u64 {
        self.end
    }

    /// The number of the next frame.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Writes a frame, which `encode` makes, and returns when it is on disk. After an error the next frame takes its place.
    pub(super) fn append(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.frame.clear();
        self.frame.resize(HEAD, 0);
        encode(&mut self.frame);
        let length = u32::try_from(self.frame.len() - HEAD).map_err(io::Error::other)?;
        self.frame[..4].copy_from_slice(&length.to_be_bytes());
        self.frame[8..HEAD].copy_from_slice(&self.next.to_be_bytes());
        let checksum = checksum(&self.frame);
        self.frame[4..8].copy_from_slice(&checksum.to_be_bytes());

        let end = self.end + self.frame.len() as u64;
        if end > self.length {
            self.grow(end)?;
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&self.frame)?;
        self.file.sync_data()?;
        (self.end, self.next) = (end, self.next + 1);
        // One large value is no reason to keep so much.
        self.frame.shrink_to(STEP as usize);
        Ok(())
    }

    /// Begins at the front again: the tables have everything, and say so.
    pub(super) fn restart(&mut self) {
        self.end = 0;
        // Where it cannot be cut it stays as long as it is.
        if self.length > KEPT && self.file.set_len(KEPT).is_ok() {
            self.length = KEPT;
        }
    }

    /// Takes the file away: the tables have everything, and say that there is none.
    pub(super) fn remove(self) -> io::Result<()> {
        drop(self.file);
        std::fs::remove_file(&self.path)
    }

    /// From here on the disk is full.
    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn fill_disk(&mut self) -> io::Result<File> {
        let full = OpenOptions::new().write(true).open("/dev/full")?;
        Ok(std::mem::replace(&mut self.file, full))
    }

    /// Writes zeros behind the end, up to a whole number of steps.
    fn grow(&mut self, to: u64) -> io::Result<()> {
        let length = to.next_multiple_of(STEP);
        let zeros = [0; 8 * 1024];
        self.file.seek(SeekFrom::Start(self.length))?;
        let mut left = length - self.length;
        while left > 0 {
            let piece = usize::try_from(left).map_or(zeros.len(), |left| left.min(zeros.len()));
            self.file.write_all(&zeros[..piece])?;
            left -= piece as u64;
        }
        self.length = length;
        Ok(())
    }
}

/// A frame follows one that is damaged: what was answered would be lost in silence.
#[derive(Debug, thiserror::Error)]
#[error(
    "a part of the journal is damaged, with later parts behind it, or the two files do not belong together"
)]
pub(super) struct Damaged;

/// The changes of all frames from number `first` on, and the number behind the last. Those before it, which the tables have, may
/// be there still. What a crash has cut short at the end was told nobody, and counts as not written.
pub(super) fn read(bytes: &[u8], first: u64) -> Result<(Vec<&[u8]>, u64), Damaged> {
    let (mut frames, mut rest, mut next) = (Vec::new(), bytes, None);
    while let Some((frame, number, behind)) = frame(rest)
        && next.is_none_or(|next| number == next)
    {
        match next {
            // The tables lack what is no longer here.
            None if number > first => return Err(Damaged),
            _ if number >= first => frames.push(frame),
            _ => {}
        }
        (rest, next) = (behind, Some(number.saturating_add(1)));
    }
    // Whatever comes now is older, or the one that was being written.
    let next = next.unwrap_or(first);
    let lost = first.max(next.saturating_add(1));
    let later = lost..=lost.saturating_add((rest.len() / HEAD) as u64);
    let is_later = |at: usize| number(&rest[at..]).is_some_and(|number| later.contains(&number));
    let damaged = (0..rest.len()).any(|at| is_later(at) && frame(&rest[at..]).is_some());
    if damaged { Err(Damaged) } else { Ok((frames, next.max(first))) }
}

/// The frame at the front: changes, number, and what is behind it.
fn frame(bytes: &[u8]) -> Option<(&[u8], u64, &[u8])> {
    let length = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let (frame, behind) = bytes.split_at_checked(HEAD.checked_add(length)?)?;
    let said = u32::from_be_bytes(*frame.get(4..)?.first_chunk()?);
    (said == checksum(frame)).then_some((&frame[HEAD..], number(frame)?, behind))
}

fn number(frame: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*frame.get(8..)?.first_chunk()?))
}

/// Of everything in a frame but the checksum itself. No frame of zeros has one of zero.
fn checksum(frame: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&frame[..4]);
    hasher.update(&frame[8..]);
    hasher.finalize()
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
