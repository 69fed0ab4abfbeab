//! Has the linker put the functions that run side by side (`symbol-order.txt`, which `cargo xtask symbol-order` writes).
//!
//! A running server touches a third of its program, in all of its corners, and the system maps what lies around what is touched.
//! Ordered, it holds 4 MB less, and finds its code in the caches more often. What the list does not know stays where it was: a
//! stale list costs speed and memory, and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The list, in this folder.
const ORDER: &str = "symbol-order.txt";

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn main() {
    println!("cargo:rerun-if-changed={ORDER}");
    println!("cargo:rerun-if-changed=build.rs");
    let order = Path::new(&variable("CARGO_MANIFEST_DIR")).join(ORDER);
    if !is_release() || !order.exists() {
        return;
    }
    let Some(folder) = linker_of_rust() else { return };
    for argument in [
        format!("-B{}", folder.display()),
        "-fuse-ld=lld".to_owned(),
        // `-Wl,` would take a comma of the path for the next argument.
        "-Xlinker".to_owned(),
        format!("--symbol-ordering-file={}", order.display()),
        "-Wl,--no-warn-symbol-ordering".to_owned(),
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}

fn is_release() -> bool {
    let target = ["ARCH", "OS", "ENV"].map(|part| variable(&format!("CARGO_CFG_TARGET_{part}")));
    variable("PROFILE") == "release" && target == ["x86_64", "linux", "gnu"]
}

/// The folder of the lld that comes with the compiler, which is what links for this target. Where there is none, or somebody
/// has chosen a linker, nothing is asked of it: another one may not know how.
fn linker_of_rust() -> Option<PathBuf> {
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    let mut flags = flags.split('\u{1f}').map(|flag| flag.trim_start_matches("-C").trim_start());
    // `linker`, `link-arg`, `link-args`, `link-self-contained`; a path among the flags may have the word in it, too.
    let is_chosen = !variable("RUSTC_LINKER").is_empty() || flags.any(|flag| flag.starts_with("link"));
    if is_chosen || variable("HOST") != variable("TARGET") {
        return None;
    }
    let output = Command::new(variable("RUSTC")).args(["--print", "sysroot"]).output().ok()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let folder = sysroot.join("lib/rustlib").join(variable("TARGET")).join("bin/gcc-ld");
    folder.join("ld.lld").exists().then_some(folder)
}
