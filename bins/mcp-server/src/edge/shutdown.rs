//! Signals, and the phases of the end. Ctrl-C (SIGINT) and SIGTERM end the process in order:
//!
//! 1. it leaves: `/readyz` says no, requests are still taken, and each answer asks its client to connect anew;
//! 2. after the drain delay it stops: no connection is taken any more, streams end, what was begun is finished;
//! 3. it has ended, or the time for that is over.
//!
//! A second signal ends it at once. SIGHUP has a server without a terminal read its keys again.

use std::io::IsTerminal as _;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::edge::service_manager;
use crate::exit::Failure;

/// How far the end has come. Cheap to clone; all clones are told.
#[derive(Clone, Debug, Default)]
pub struct Phases {
    leaving: CancellationToken,
    stopping: CancellationToken,
    at_once: CancellationToken,
}

impl Phases {
    /// Cancelled when the process has been told to end: it is not ready, and still serves.
    #[must_use]
    pub fn leaving(&self) -> &CancellationToken {
        &self.leaving
    }

    /// Cancelled when nothing new is taken any more.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Cancelled when nobody wants to wait.
    #[must_use]
    pub fn at_once(&self) -> &CancellationToken {
        &self.at_once
    }
}

/// The end in one step: who cancels this token does not wait for a balancer.
impl From<CancellationToken> for Phases {
    fn from(stop: CancellationToken) -> Self {
        Self { leaving: stop.clone(), stopping: stop, at_once: CancellationToken::new() }
    }
}

/// Waits for SIGINT and SIGTERM from now on.
///
/// # Errors
/// When the system does not tell of signals.
pub fn on_signal(drain_delay: Duration) -> Result<Phases, Failure> {
    let phases = Phases::default();
    let mut terminate = signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut interrupt = signal(tokio::signal::unix::SignalKind::interrupt())?;
    let told = phases.clone();
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        next().await;
        service_manager::stopping();
        told.leaving.cancel();
        if !drain_delay.is_zero() {
            tracing::info!("leaving: not ready, and still serving for {} ms", drain_delay.as_millis());
        }
        tokio::select! {
            () = tokio::time::sleep(drain_delay) => {
                tracing::info!("stopping: open requests may finish");
                told.stopping.cancel();
                next().await;
            }
            () = next() => {}
        }
        tracing::warn!("ending at once: told so by a second signal");
        told.stopping.cancel();
        told.at_once.cancel();
    });
    Ok(phases)
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
