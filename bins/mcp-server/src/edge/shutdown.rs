//! Signals: Ctrl-C (SIGINT) and SIGTERM end the process cleanly, SIGHUP has a server without a terminal read its keys again.

use std::io::IsTerminal as _;

use tokio_util::sync::CancellationToken;

use crate::exit::Failure;

/// A token that is cancelled by the first SIGINT or SIGTERM. A second one is left to the system's default, so
/// that an impatient operator is obeyed.
pub fn on_signal() -> Result<CancellationToken, Failure> {
    let token = CancellationToken::new();
    let stop = token.clone();
    let mut terminate = signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut interrupt = signal(tokio::signal::unix::SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: open requests may finish");
        stop.cancel();
    });
    Ok(token)
}

/// Calls `reload` at each SIGHUP, until `stop` is cancelled. With a terminal, SIGHUP says that it was closed, and is left
/// to the system's default: the process ends.
pub fn on_hangup(stop: CancellationToken, reload: impl Fn() + Send + 'static) -> Result<(), Failure> {
    if std::io::stdin().is_terminal() || std::io::stderr().is_terminal() {
        return Ok(());
    }
    let mut hangup = signal(tokio::signal::unix::SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                received = hangup.recv() => match received {
                    Some(()) => reload(),
                    None => return,
                },
            }
        }
    });
    Ok(())
}

fn signal(kind: tokio::signal::unix::SignalKind) -> Result<tokio::signal::unix::Signal, Failure> {
    tokio::signal::unix::signal(kind)
        .map_err(|error| Failure::Other(format!("cannot wait for signals: {error}")))
}
