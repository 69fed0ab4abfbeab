//! The measured pages: a command's report between its marks, and what machine the figures are of.

use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::process;

/// The part of a page that one command writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    /// The command's name after `cargo xtask`, which is also the name in the marks.
    pub(crate) command: &'static str,
}

impl Section {
    /// Puts the report between the marks of `path`; a page that does not exist yet is begun.
    pub(crate) fn write(self, path: &Path, report: &str) -> Result<(), Error> {
        let page = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                format!("# Performance\n\n{}\n{}\n", self.begin(), self.end())
            }
            page => page.map_err(Error::file(path))?,
        };
        let page = self.replaced(&page, report).ok_or_else(|| {
            let (begin, end) = (self.begin(), self.end());
            Error::content(path, &format!("add the lines `{begin}` and `{end}` where the report belongs"))
        })?;
        std::fs::write(path, page).map_err(Error::file(path))
    }

    fn begin(self) -> String {
        format!("<!-- {0}: begin (written by `cargo xtask {0} --write`) -->", self.command)
    }

    fn end(self) -> String {
        format!("<!-- {}: end -->", self.command)
    }

    fn replaced(self, page: &str, report: &str) -> Option<String> {
        let (begin, end) = (self.begin(), self.end());
        let (before, rest) = page.split_once(&begin)?;
        let (_, after) = rest.split_once(&end)?;
        Some(format!("{before}{begin}\n{report}{end}{after}"))
    }
}

/// Which machine and compiler the figures are of.
pub(crate) fn conditions() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = process::output(Command::new("rustc").arg("--version")).unwrap_or_default();
    format!("{model}, {cores} cores; {}", compiler.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_replaces_its_old_one_and_no_other() {
        let (this, other) = (Section { command: "measure" }, Section { command: "bench client" });
        let page = |inside: &str| {
            let (begin, end) = (this.begin(), this.end());
            let untouched = format!("{}\nother\n{}\n", other.begin(), other.end());
            format!("a\n{begin}\n{inside}{end}\nb\n{untouched}")
        };
        assert_eq!(this.replaced(&page("old\n"), "new\n"), Some(page("new\n")));
        assert_eq!(this.replaced("a\n", "new\n"), None);
    }
}
