//! The `mcp-server` command: parse, run, report. Everything else is in the library.

use std::process::ExitCode;

/// It packs buffers that are mostly empty, of which every open stream has two, more tightly than glibc's and gives memory back
/// sooner. How it is set stands in `.cargo/config.toml`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    mcp_server::main()
}
