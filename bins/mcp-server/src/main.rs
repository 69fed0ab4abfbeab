//! The `mcp-server` command: parse, run, report. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    mcp_server::main()
}
