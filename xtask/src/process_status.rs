//! What the system says of a process, its memory, its processor time, whether it has ended, and of the machine (proc(5)).

use std::fs;
use std::path::PathBuf;

use crate::error::Error;

/// Ticks of the processor times to the second, on every Linux that we know.
const TICKS: f64 = 100.0;

/// A moment of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ProcessStatus {
    /// It has ended, and nobody has asked yet how.
    pub(crate) has_ended: bool,
    /// Processor time up to now, in the program and in the system, in seconds.
    pub(crate) processor: f64,
}

impl ProcessStatus {
    /// Of the process with this id.
    pub(crate) fn of(process: u32) -> Result<Self, Error> {
        let path = file(process, "stat");
        let stat = fs::read_to_string(&path).map_err(Error::file(&path))?;
        Self::parse(&stat).ok_or_else(|| Error::content(&path, &"no status of a process"))
    }

    /// The name in parentheses may hold anything; what follows it is in a fixed order.
    pub(crate) fn parse(stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(") ")?;
        let fields: Vec<_> = rest.split(' ').collect();
        let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
        Some(Self {
            has_ended: matches!(fields.first(), Some(&("Z" | "X"))),
            processor: (ticks(11)? + ticks(12)?) / TICKS,
        })
    }
}

/// Processor time that all programs of this machine have used, and the host of a virtual one has taken away, in seconds.
/// What interrupts take is nobody's, and left out.
pub(crate) fn machine() -> Result<f64, Error> {
    let path = PathBuf::from("/proc/stat");
    let stat = fs::read_to_string(&path).map_err(Error::file(&path))?;
    parse_machine(&stat).ok_or_else(|| Error::content(&path, &"no processor times"))
}

/// `cpu  user nice system idle iowait irq softirq steal …`.
fn parse_machine(stat: &str) -> Option<f64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Vec<f64> = fields.map_while(|field| field.parse().ok()).collect();
    let [user, nice, system, _, _, _, _, steal, ..] = ticks[..] else { return None };
    Some((user + nice + system + steal) / TICKS)
}

/// Resident memory of the process with this id, in bytes.
pub(crate) fn resident(process: u32) -> Result<u64, Error> {
    let path = file(process, "status");
    let status = fs::read_to_string(&path).map_err(Error::file(&path))?;
    parse_resident(&status).ok_or_else(|| Error::content(&path, &"no VmRSS"))
}

fn file(process: u32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{process}/{name}"))
}

/// `VmRSS:     12345 kB` in bytes.
fn parse_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_a_process() {
        assert_eq!(parse_resident("Name:\tx\nVmRSS:\t   12345 kB\n"), Some(12_345 * 1024));
        assert_eq!(parse_resident("Name:\tx\n"), None);
        let stat = "77 (mcp (x) server) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0";
        let status = ProcessStatus { has_ended: false, processor: 2.0 };
        assert_eq!(ProcessStatus::parse(stat), Some(status));
        assert!(ProcessStatus::parse(&stat.replace(") S", ") Z")).unwrap().has_ended);
        assert_eq!(ProcessStatus::parse("77"), None);
    }

    #[test]
    fn what_the_system_says_of_the_machine() {
        let stat = "cpu  100 20 30 4000 500 6 7 50 0 0\ncpu0 1 1 1 1\n";
        assert_eq!(parse_machine(stat), Some(2.0));
        assert_eq!(parse_machine("cpu  1 2 3\n"), None);
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(resident(std::process::id()).unwrap() > 100_000);
        let status = ProcessStatus::of(std::process::id()).unwrap();
        assert!(!status.has_ended && machine().unwrap() > status.processor);
    }
}
