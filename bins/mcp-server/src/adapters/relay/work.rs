//! What a relay does by itself: listens for what other instances say, and keeps the store's knowledge of its streams.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mcp_protocol::transport::relay::{Receipt, RelayedMessage, StreamId};
use state_store::{StoreError, Subscription};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::directory::{Holder, InstanceId, channel};
use super::envelope::{Head, What};
use super::streams::Due;
use super::{Inner, PrincipalCodec, hand_over};

/// How long to wait before the channel is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Streams that the store is told of at a time.
const ANNOUNCING: usize = 16;

impl<C: PrincipalCodec> Inner<C> {
    pub(super) async fn subscribe(&self) -> Result<Subscription, StoreError> {
        let subscription = self.store.subscribe(&channel(self.me)).await?;
        self.listening.store(true, Ordering::Release);
        Ok(subscription)
    }

    /// Listens until the relay stops. A channel that was lost is opened again.
    pub(super) async fn listen(self: Arc<Self>, mut subscription: Subscription) {
        let stopping = self.stopping.clone();
        let listening = async {
            loop {
                while let Some(message) = subscription.next().await {
                    self.hear(&message);
                }
                self.listening.store(false, Ordering::Release);
                tracing::warn!("the store's channel was lost: messages of other instances do not arrive");
                subscription = loop {
                    sleep(AGAIN).await;
                    match self.subscribe().await {
                        Ok(subscription) => break subscription,
                        Err(error) => tracing::debug!(%error, "the store's channel cannot be opened"),
                    }
                };
                tracing::info!("the store's channel is open again");
                // An engine that was started anew may know nothing any more.
                self.announce_all.notify_one();
            }
        };
        stopping.run_until_cancelled(listening).await;
        self.listening.store(false, Ordering::Release);
    }

    fn hear(self: &Arc<Self>, message: &[u8]) {
        let (head, body) = match self.envelopes.open(message) {
            Ok(opened) => opened,
            Err(refused) => {
                tracing::warn!(reason = refused.name(), "a relayed message was refused");
                return;
            }
        };
        let Head { from, sequence, what, .. } = head;
        match what {
            What::Receipt { of, receipt } => self.pending.come(of, from, receipt.into()),
            What::Superseded { stream, number } => {
                self.streams.remove(&StreamId::new(&*stream), number);
            }
            What::Message { stream, principal, user_agent } => {
                let Ok(permit) = Arc::clone(&self.taking).try_acquire_owned() else {
                    tracing::warn!("a relayed message was dropped: too many at once");
                    return;
                };
                let inner = Arc::clone(self);
                tokio::spawn(async move {
                    let stream = StreamId::new(&*stream);
                    let receipt = inner.take(&stream, &principal, user_agent, body).await;
                    inner.answer(from, sequence, receipt).await;
                    drop(permit);
                });
            }
        }
    }

    /// Gives a message of another instance to its stream.
    async fn take(
        &self,
        stream: &StreamId,
        principal: &[u8],
        user_agent: Option<Box<str>>,
        body: Bytes,
    ) -> Receipt {
        let Some(holder) = self.streams.get(stream) else { return Receipt::UnknownStream };
        let principal = match self.codec.decode(principal).await {
            Ok(principal) => principal,
            Err(receipt) => return receipt,
        };
        let mut message = RelayedMessage::new(principal, body);
        message.user_agent = user_agent.map(Arc::from);
        hand_over(holder, message, self.times.receipt).await
    }

    async fn answer(&self, to: InstanceId, of: u64, receipt: Receipt) {
        let what = What::Receipt { of, receipt: receipt.into() };
        if let Err(error) = self.send(to, self.envelopes.number(), what, &[]).await {
            tracing::warn!(%error, "a receipt could not be sent");
        }
    }

    /// Says that the instance is there until the relay stops.
    pub(super) async fn live(self: Arc<Self>) {
        let mut beat = every_third(self.times.lease);
        while self.stopping.run_until_cancelled(beat.tick()).await.is_some() {
            if let Err(error) = self.directory.renew_lease().await {
                tracing::debug!(%error, "the instance's lease could not be renewed");
            }
        }
        if let Err(error) = self.directory.end_lease().await {
            tracing::debug!(%error, "the instance's lease is left to expire");
        }
    }

    /// Keeps the store's knowledge of the streams until the relay stops, then takes it away.
    pub(super) async fn keep(self: Arc<Self>, mut withdrawn: mpsc::Receiver<(StreamId, u64)>) {
        let mut beat = every_third(self.times.lease);
        let mut closed = Vec::new();
        let mut all = false;
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => break,
                _ = beat.tick() => {}
                () = self.announce_all.notified() => all = true,
                _ = withdrawn.recv_many(&mut closed, ANNOUNCING) => {
                    self.withdraw(closed.drain(..)).await;
                    continue;
                }
            }
            let after = if all { Duration::ZERO } else { self.times.announcement / 3 };
            match self.announce_due(after).await {
                Ok(()) => all = false,
                Err(error) => {
                    tracing::warn!(%error, "streams could not be announced: other instances do not find them");
                }
            }
        }
        let closed = std::iter::from_fn(|| withdrawn.try_recv().ok());
        let held = self.streams.due(Duration::ZERO).into_iter().map(|due| (due.stream, due.number));
        self.withdraw(closed.chain(held)).await;
    }

    /// Tells the store of the streams that it has not heard of for so long. The rest waits when it does not answer.
    async fn announce_due(&self, after: Duration) -> Result<(), StoreError> {
        let due = stream::iter(self.streams.due(after)).map(Ok);
        due.try_for_each_concurrent(ANNOUNCING, |due| self.announce_again(due)).await
    }

    async fn announce_again(&self, due: Due) -> Result<(), StoreError> {
        let Due { stream, number, again } = due;
        if !again {
            return self.announce(&stream, number).await;
        }
        if self.directory.renew(&stream, number).await? {
            self.streams.announced(&stream, number);
        } else {
            tracing::info!("a stream is held by another instance now");
            self.streams.remove(&stream, number);
        }
        Ok(())
    }

    /// Takes streams off the store. What it does not hear expires.
    async fn withdraw(&self, closed: impl Iterator<Item = (StreamId, u64)>) {
        stream::iter(closed)
            .for_each_concurrent(ANNOUNCING, async |(stream, number)| {
                let holder = Holder { instance: self.me, number };
                if let Err(error) = self.directory.withdraw(&stream, holder).await {
                    tracing::debug!(%error, "a closed stream is left to expire");
                }
            })
            .await;
    }
}

fn every_third(time: Duration) -> Interval {
    let mut beat = interval(time / 3);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}
