//! The process as the system sees it: memory, open files, processor time. From `/proc`; elsewhere there is none of it.

use super::series::{Head, Kind, float};

/// What is known of this process; each `None` is not known here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Process {
    resident_bytes: Option<f64>,
    open_fds: Option<f64>,
    max_fds: Option<f64>,
    cpu_seconds: Option<f64>,
}

impl Process {
    /// Looks now.
    pub(super) fn now() -> Self {
        let statm = std::fs::read_to_string("/proc/self/statm").ok();
        let page = float(rustix::param::page_size() as u64);
        let resident = statm.as_deref().and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
        let stat = std::fs::read_to_string("/proc/self/stat").ok();
        let ticks = stat.as_deref().and_then(cpu_ticks);
        Self {
            resident_bytes: resident.map(|pages| float(pages) * page),
            open_fds: std::fs::read_dir("/proc/self/fd").ok().map(|files| float(files.count() as u64)),
            max_fds: rustix::process::getrlimit(rustix::process::Resource::Nofile).current.map(float),
            cpu_seconds: ticks.map(|ticks| float(ticks) / float(rustix::param::clock_ticks_per_second())),
        }
    }

    /// As gauges, and the time as the counter that it is.
    pub(super) fn metrics(self) -> impl Iterator<Item = (Head, f64)> {
        let head = |name, help, kind, unit| Head { name, help, kind, unit, labels: &[] };
        [
            (
                head(
                    "process_resident_memory_bytes",
                    "Memory of the process that is in RAM.",
                    Kind::Gauge,
                    "By",
                ),
                self.resident_bytes,
            ),
            (head("process_open_fds", "Open file descriptors.", Kind::Gauge, "1"), self.open_fds),
            (head("process_max_fds", "Most file descriptors.", Kind::Gauge, "1"), self.max_fds),
            (
                head("process_cpu_seconds_total", "Processor time of the process.", Kind::Counter, "s"),
                self.cpu_seconds,
            ),
        ]
        .into_iter()
        .filter_map(|(head, value)| Some((head, value?)))
    }
}

/// User and system time. The program's name, which comes before, may hold anything, so it is counted from its end.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "42 (a) b) S 1 2 3 4 5 6 7 8 9 10 120 34 0 0 20 0";
        assert_eq!(cpu_ticks(stat), Some(154));
        assert_eq!(cpu_ticks("42 (a) S 1"), None);
    }
}
