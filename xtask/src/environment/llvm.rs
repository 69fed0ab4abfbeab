//! Tools of the LLVM that the compiler is made with: they read and write files of its version alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use crate::error::Error;
use crate::process;

/// `llvm-profdata`: of the component `llvm-tools`, else Debian's of the same major version.
pub(super) fn profdata() -> Result<PathBuf, Error> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let (host, major) = compiler(&version)
        .ok_or_else(|| Error::Check(format!("rustc does not say which LLVM it is made with: {version}")))?;
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let component = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/llvm-profdata");
    if component.exists() {
        return Ok(component);
    }
    debian::program(&format!("llvm-profdata-{major}"), &format!("llvm-{major}")).map_err(|error| {
        Error::Missing(format!("{error}; `rustup component add llvm-tools` brings llvm-profdata, too"))
    })
}

/// The host and the major version of LLVM, of what `rustc -vV` prints.
fn compiler(version: &str) -> Option<(&str, u32)> {
    let line = |name: &str| version.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some((line("host:")?, line("LLVM version:")?.split('.').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::compiler;

    #[test]
    fn the_llvm_is_read_of_what_the_compiler_says() {
        let version = "rustc 1.95.0 (abc 2026-04-14)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\n\
            release: 1.95.0\nLLVM version: 22.1.2\n";
        assert_eq!(compiler(version), Some(("x86_64-unknown-linux-gnu", 22)));
        assert_eq!(compiler("rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\n"), None, "another backend");
    }
}
