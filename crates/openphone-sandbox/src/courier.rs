//! Delivers what stands in the logs of the webhooks: one task per workspace, a few attempts at a time
//! for each webhook. All it
//! has to do stands in the logs (`workspace/deliveries.rs`), so it holds nothing that could grow.
//!
//! `post.rs` makes the HTTP request, `signature.rs` signs it.

use std::sync::{Arc, Weak};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cell::Cell;
use crate::options::Clock;
use crate::workspace::{AttemptResult, Parcel, WebhookKind, Workspace};

mod post;
mod signature;

/// Wakes the courier of a workspace; its drop ends the courier.
#[derive(Debug)]
pub(crate) struct Bell(watch::Sender<()>);

impl Bell {
    /// A courier for a workspace that begins when the task is run.
    pub(crate) fn with_courier(cell: &Arc<Cell>) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (bell, heard) = watch::channel(());
        (Self(bell), run(Arc::downgrade(cell), heard))
    }

    pub(crate) fn ring(&self) {
        self.0.send_replace(());
    }

    /// Whether the courier was ended, with the sandbox's tasks or with its runtime.
    pub(crate) fn is_unheard(&self) -> bool {
        self.0.is_closed()
    }
}

async fn run(cell: Weak<Cell>, mut bell: watch::Receiver<()>) {
    let mut under_way = JoinSet::new();
    loop {
        let wakes_at = match cell.upgrade() {
            Some(cell) => send_off(&cell, &mut under_way),
            None => return,
        };
        tokio::select! {
            Some(ended) = under_way.join_next() => {
                // A task that did not end by itself has nothing to report.
                if let (Ok((parcel, result)), Some(cell)) = (ended, cell.upgrade()) {
                    let first_wait = cell.options.first_webhook_retry;
                    cell.tend(|workspace, now| workspace.delivered(parcel, result, first_wait, now));
                }
            }
            rung = bell.changed() => if rung.is_err() { return },
            () = sleep_until(wakes_at) => {}
        }
    }
}

/// Begins the attempts that are due. When the next is; `None` when something else comes before.
fn send_off(cell: &Cell, under_way: &mut JoinSet<(Parcel, AttemptResult)>) -> Option<Instant> {
    while let Some(parcel) = cell.tend(Workspace::next_parcel) {
        under_way.spawn(attempt(parcel, cell.options.clock.clone()));
    }
    cell.read(Workspace::next_due)
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

async fn attempt(parcel: Parcel, clock: Clock) -> (Parcel, AttemptResult) {
    let body = &*parcel.body;
    let headers = match parcel.kind {
        WebhookKind::Legacy { .. } => signature::legacy(&parcel.key, parcel.at, body).to_vec(),
        WebhookKind::Dated => signature::standard(&parcel.key, &parcel.delivery_id, parcel.at, body).to_vec(),
    };
    let begun = clock.now();
    let answer = post::post(&parcel.url, &headers, body).await;
    let took = clock.now().duration_since(begun).unsigned_abs();
    let result = match answer {
        Ok((status, body)) => AttemptResult { status_code: status.as_u16(), body, took, hopeless: false },
        Err(failure) => {
            tracing::warn!(webhook = parcel.webhook_id, error = %failure, "webhook not delivered");
            let hopeless = failure.is_final();
            AttemptResult { status_code: 0, body: failure.to_string(), took, hopeless }
        }
    };
    (parcel, result)
}
