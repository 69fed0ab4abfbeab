//! Messages that wait for what their stream's holder says.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use mcp_protocol::transport::relay::Receipt;
use tokio::sync::oneshot;

use super::directory::InstanceId;

/// How many may wait at a time.
const MOST: usize = 1_024;

/// The messages that wait, by their numbers.
#[derive(Clone, Default)]
pub(super) struct Pending(Arc<Mutex<Messages>>);

type Messages = HashMap<u64, (InstanceId, oneshot::Sender<Receipt>)>;

/// One that waits. Dropped, it does so no longer.
pub(super) struct Waiting {
    pending: Pending,
    sequence: u64,
    receipt: oneshot::Receiver<Receipt>,
}

impl Pending {
    /// Waits for the receipt of a message to this instance. `None`: too many wait.
    pub(super) fn wait(&self, sequence: u64, holder: InstanceId) -> Option<Waiting> {
        let mut messages = self.lock();
        if messages.len() >= MOST {
            return None;
        }
        let (send, receipt) = oneshot::channel();
        messages.insert(sequence, (holder, send));
        Some(Waiting { pending: self.clone(), sequence, receipt })
    }

    /// A receipt has come. One that nobody waits for any more, or from somebody else, is of no interest.
    pub(super) fn come(&self, sequence: u64, from: InstanceId, receipt: Receipt) {
        let mut messages = self.lock();
        if messages.get(&sequence).is_some_and(|(holder, _)| *holder == from)
            && let Some((_, waiting)) = messages.remove(&sequence)
        {
            // It may have been given up just now.
            let _ = waiting.send(receipt);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Messages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for Waiting {
    type Output = Receipt;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Receipt> {
        // The sender is in the map for as long as this is.
        Pin::new(&mut self.receipt).poll(cx).map(|receipt| receipt.unwrap_or(Receipt::Unreachable))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.pending.lock().remove(&self.sequence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLDER: InstanceId = InstanceId::new([1; 16]);

    #[tokio::test]
    async fn only_the_holder_answers_and_once() {
        let pending = Pending::default();
        let waiting = pending.wait(7, HOLDER).unwrap();
        pending.come(8, HOLDER, Receipt::Busy);
        pending.come(7, InstanceId::new([2; 16]), Receipt::Accepted);
        pending.come(7, HOLDER, Receipt::UnknownStream);
        pending.come(7, HOLDER, Receipt::Accepted);
        assert_eq!(waiting.await, Receipt::UnknownStream);
    }

    #[test]
    fn those_that_wait_are_bounded_and_leave_nothing_behind() {
        let pending = Pending::default();
        let mut waiting: Vec<_> = (0..MOST as u64).map(|n| pending.wait(n, HOLDER).unwrap()).collect();
        assert!(pending.wait(MOST as u64, HOLDER).is_none());
        waiting.pop();
        waiting.push(pending.wait(MOST as u64, HOLDER).unwrap());
        drop(waiting);
        assert!(pending.lock().is_empty());
    }
}
