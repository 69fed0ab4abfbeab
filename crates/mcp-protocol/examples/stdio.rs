//! The server of `minimal.rs` for a client that starts it as a process: one message a line, in and out.
//!
//! `cargo run --example stdio`; standard output belongs to the protocol, so nothing else is printed there.
#![expect(clippy::print_stderr, reason = "an example says where it listens")]

use std::io;
use std::sync::Arc;

use mcp_protocol::stdio::{self, StdioOptions};
use tokio::io::{AsyncBufRead, AsyncWrite, BufReader};

#[expect(dead_code, reason = "it is a program of its own, too")]
#[path = "minimal.rs"]
mod minimal;

pub(crate) async fn serve(
    reader: impl AsyncBufRead + Unpin,
    writer: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    stdio::serve(Arc::new(minimal::Greeter::new()), (), reader, writer, StdioOptions::default()).await
}

#[tokio::main]
async fn main() -> io::Result<()> {
    eprintln!("listening on standard input");
    serve(BufReader::new(tokio::io::stdin()), tokio::io::stdout()).await
}
