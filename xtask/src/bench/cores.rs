//! Which cores there are, and programs pinned to one of them.

use std::ffi::OsStr;
use std::process::Command;

use crate::process;

/// The core of the servers, and that of the load and whatever else the servers talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cores {
    pub(super) server: Option<u32>,
    pub(super) load: Option<u32>,
}

impl Cores {
    /// The first two that this process may use; the same twice where there is one; none where nothing can be pinned.
    pub(super) fn find() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        match process::find_program("taskset") {
            Some(_) => Self::of(&status),
            None => Self { server: None, load: None },
        }
    }

    fn of(status: &str) -> Self {
        let allowed = allowed(status);
        let server = allowed.first().copied();
        Self { server, load: allowed.get(1).copied().or(server) }
    }

    /// Whether the servers and the load have one each.
    pub(super) fn are_two(self) -> bool {
        self.server != self.load
    }

    /// For the line of conditions.
    pub(super) fn words(self) -> &'static str {
        match (self.server, self.load) {
            (Some(server), Some(load)) if server != load => {
                "servers on one core, load and upstream on another"
            }
            (Some(_), _) => "servers, load and upstream all on one core",
            (None, _) => "servers and load on any core",
        }
    }
}

/// A command that runs `program` on this core alone.
pub(super) fn pinned(program: impl AsRef<OsStr>, core: Option<u32>) -> Command {
    match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", &core.to_string()]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// The cores that a process may use (`Cpus_allowed_list` of proc(5)).
fn allowed(status: &str) -> Vec<u32> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
    let ranges = list.trim().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<u32>().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowed_cores_are_read() {
        assert_eq!(allowed("Name:\tx\nCpus_allowed_list:\t2-4,7\n"), [2, 3, 4, 7]);
        assert!(allowed("Name:\tx\n").is_empty());
        let cores = |list: &str| {
            let cores = Cores::of(&format!("Cpus_allowed_list:\t{list}\n"));
            (cores.server, cores.load, cores.are_two())
        };
        assert_eq!(cores("3,5-9"), (Some(3), Some(5), true));
        assert_eq!(cores("0"), (Some(0), Some(0), false));
        assert_eq!(cores(""), (None, None, false));
    }

    #[test]
    fn a_program_is_pinned_where_there_is_a_core() {
        assert_eq!(process::describe(&pinned("it", Some(1))), "taskset --cpu-list 1 it");
        assert_eq!(process::describe(&pinned("it", None)), "it");
    }
}
