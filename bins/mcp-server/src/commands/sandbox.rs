//! `mcp-server sandbox`: the simulated OpenPhone API alone, on an address of its own, until told to stop.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use openphone_sandbox::{
    Calling, Delivery, ErrorForm, Fault, Limits, On, Sandbox, SandboxOptions, V1ContactUpdate, V1Parameters,
};
use tokio::net::TcpListener;

use crate::args::LogFormat;
use crate::args::{self, SandboxArgs};
use crate::edge::shutdown;
use crate::exit::Failure;
use crate::telemetry;

/// Runs the sandbox to its end.
pub fn run(args: &SandboxArgs) -> Result<(), Failure> {
    telemetry::install(&args.log, LogFormat::Auto)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start the runtime: {error}")))?;
    runtime.block_on(serve(args))
}

async fn serve(args: &SandboxArgs) -> Result<(), Failure> {
    let phases = shutdown::on_signal(Duration::ZERO)?;
    let failed = |source| Failure::Listen { address: args.listen, source };
    let listener = TcpListener::bind(args.listen).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let sandbox = Sandbox::new(options(args));
    for key in &args.revoked_key {
        sandbox.faults().revoke_key(key);
    }
    if !args.latency.is_zero() {
        sandbox.faults().always(On::any(), Fault::delay(args.latency));
    }
    tracing::info!(address = %bound, "listening");
    announce(bound);
    tokio::select! {
        () = sandbox.serve(listener, phases.stopping().clone().cancelled_owned()) => {}
        () = phases.at_once().cancelled() => {}
    }
    tracing::info!("stopped");
    Ok(())
}

/// What the sandbox is told.
fn options(args: &SandboxArgs) -> SandboxOptions {
    let workspaces = usize::try_from(args.workspaces).unwrap_or(usize::MAX);
    let mut options = SandboxOptions::default()
        .limits(Limits { workspaces, ..Limits::default() })
        .requests_per_second(args.requests_per_second)
        .delivery(Delivery::taking(args.delivery_time))
        .calling(Calling::taking(args.call_time))
        .first_webhook_retry(args.first_webhook_retry)
        .v1_parameters(if args.strict_v1 { V1Parameters::Strict } else { V1Parameters::Lenient })
        .v1_contact_update(match args.v1_contact_update {
            args::ContactUpdate::KeepsNames => V1ContactUpdate::KeepsNames,
            args::ContactUpdate::ClearsNames => V1ContactUpdate::ClearsNames,
        });
    if let Some(anchor) = args.now {
        options = options.now(anchor);
    }
    match args.rate_limit_error {
        None => options,
        Some(args::ErrorForm::Flat) => options.too_many_requests_form(ErrorForm::Flat),
        Some(args::ErrorForm::Wrapped) => options.too_many_requests_form(ErrorForm::Wrapped),
    }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser as _;
    use openphone_sandbox::{
        Calling, Delivery, ErrorForm, Limits, SandboxOptions, V1ContactUpdate, V1Parameters,
    };

    use super::options;
    use crate::args::{Cli, Command};

    fn told(flags: &[&str]) -> String {
        let cli = Cli::parse_from([&["mcp-server", "sandbox"], flags].concat());
        let Command::Sandbox(args) = cli.command else { unreachable!("`sandbox` was typed") };
        format!("{:?}", options(&args))
    }

    #[test]
    fn flags_become_options() {
        assert_eq!(told(&[]), format!("{:?}", SandboxOptions::default()));
        let flags = [
            "--requests-per-second=20",
            "--now=2026-03-01T12:00:00Z",
            "--delivery-time=90ms",
            "--call-time=1m 10s",
            "--first-webhook-retry=10ms",
            "--strict-v1",
            "--v1-contact-update=clears-names",
            "--rate-limit-error=wrapped",
            "--workspaces=1000",
        ];
        let delivery = Delivery {
            sent: Duration::from_millis(30),
            delivered: Duration::from_millis(60),
            reply: Duration::from_millis(150),
        };
        let calling = Calling {
            rings: Duration::from_secs(20),
            lasts: Duration::from_secs(50),
            recording: Duration::from_secs(10),
            transcript: Duration::from_secs(20),
            summary: Duration::from_secs(30),
            voicemail: Duration::from_secs(20),
        };
        let expected = SandboxOptions::default()
            .limits(Limits { workspaces: 1000, ..Limits::default() })
            .requests_per_second(20)
            .now("2026-03-01T12:00:00Z".parse().unwrap())
            .delivery(delivery)
            .calling(calling)
            .first_webhook_retry(Duration::from_millis(10))
            .v1_parameters(V1Parameters::Strict)
            .v1_contact_update(V1ContactUpdate::ClearsNames)
            .too_many_requests_form(ErrorForm::Wrapped);
        assert_eq!(told(&flags), format!("{expected:?}"));
    }
}
