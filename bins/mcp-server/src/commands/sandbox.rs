//! `mcp-server sandbox`: the simulated OpenPhone API alone, on an address of its own, until told to stop.

use std::io::Write as _;
use std::net::SocketAddr;

use openphone_sandbox::{Sandbox, SandboxOptions};
use tokio::net::TcpListener;

use crate::args::SandboxArgs;
use crate::edge::shutdown;
use crate::exit::Failure;
use crate::telemetry;

/// Runs the sandbox to its end.
pub fn run(args: &SandboxArgs) -> Result<(), Failure> {
    telemetry::install(&args.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start the runtime: {error}")))?;
    runtime.block_on(serve(args))
}

async fn serve(args: &SandboxArgs) -> Result<(), Failure> {
    let stop = shutdown::on_signal()?;
    let failed = |source| Failure::Listen { address: args.listen, source };
    let listener = TcpListener::bind(args.listen).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let sandbox = Sandbox::new(SandboxOptions::default().requests_per_second(args.requests_per_second));
    tracing::info!(address = %bound, "listening");
    announce(bound);
    sandbox.serve(listener, stop.cancelled_owned()).await;
    tracing::info!("stopped");
    Ok(())
}

/// Tells the person at the terminal what to do next.
fn announce(bound: SocketAddr) {
    let text = format!(
        "
  OpenPhone sandbox: a simulated API, and no text leaves this machine

  Address   http://{bound}
  API key   sandbox-key-workspace-alpha (a plumbing company)
            sandbox-key-workspace-bravo (a dental practice)
            sandbox-key-workspace-large (200 inboxes, 50,000 contacts, 500,000 messages)

  Ask it something, for example:

      curl -H 'Authorization: sandbox-key-workspace-alpha' http://{bound}/v1/phone-numbers

  Put the MCP server before it (the keys are made once):

      mcp-server keys generate
      mcp-server serve --upstream-url http://{bound}

  Ctrl-C stops the sandbox.

"
    );
    // A closed standard output is no reason to stop serving.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
