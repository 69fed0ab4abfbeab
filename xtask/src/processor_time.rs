//! The processor time of another process, thread by thread and to the nanosecond (`/proc/<pid>/task/<tid>/schedstat`): what
//! proc(5) says of the whole process comes in hundredths of a second, which is many requests. Needs Linux.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use crate::error::Error;

/// What each thread has used up to a moment, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProcessorTime(BTreeMap<OsString, u64>);

impl ProcessorTime {
    /// Of this process, now.
    pub(crate) fn of(process: u32) -> Result<Self, Error> {
        let folder = PathBuf::from(format!("/proc/{process}/task"));
        let mut threads = BTreeMap::new();
        for thread in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let thread = thread.map_err(Error::file(&folder))?;
            // A thread that ends at this moment takes with it what little it did.
            let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) else { continue };
            let used = first(&text).ok_or_else(|| Error::content(&folder, &"no schedstat"))?;
            threads.insert(thread.file_name(), used);
        }
        Ok(Self(threads))
    }

    /// What was used since an earlier moment, in seconds.
    pub(crate) fn since(&self, earlier: &Self) -> f64 {
        let each = self
            .0
            .iter()
            .map(|(thread, used)| used.saturating_sub(earlier.0.get(thread).copied().unwrap_or_default()));
        crate::numbers::float(each.sum()) / 1e9
    }
}

/// Time on a processor comes first, then the time waited for one and the number of turns.
fn first(schedstat: &str) -> Option<u64> {
    schedstat.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_added_up() {
        assert_eq!(first("282832 73389 1\n"), Some(282_832));
        assert_eq!(first(""), None);
        let of = |threads: &[(&str, u64)]| {
            ProcessorTime(threads.iter().map(|(thread, used)| (OsString::from(thread), *used)).collect())
        };
        let (earlier, now) = (of(&[("1", 500), ("2", 9_000)]), of(&[("1", 1_500), ("3", 2_000)]));
        assert!((now.since(&earlier) - 3e-6).abs() < 1e-12, "2 has ended, and 3 has begun");
    }

    #[test]
    fn work_is_seen() {
        let before = ProcessorTime::of(std::process::id()).unwrap();
        let until = std::time::Instant::now() + std::time::Duration::from_millis(20);
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        assert!(ProcessorTime::of(std::process::id()).unwrap().since(&before) > 0.0);
    }
}
