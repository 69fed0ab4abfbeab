//! What a service manager that speaks systemd's protocol is told: that the server is ready, that it is ending, and, as often as
//! it asks for, that it is alive. Without `NOTIFY_SOCKET` in the environment nobody is told anything.

use std::time::Duration;

use sd_notify::NotifyState;

/// Requests are taken. From now on the manager hears of a life sign twice in the time that it allows, from a task among those that
/// serve: a runtime that is stuck gives none.
pub fn ready() {
    tell(&[NotifyState::Ready]);
    if let Some(allowed) = sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero()) {
        tokio::spawn(live(allowed / 2));
    }
}

/// The end has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

async fn live(every: Duration) {
    let mut beat = tokio::time::interval(every);
    loop {
        beat.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}
