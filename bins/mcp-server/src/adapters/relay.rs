//! [`StoreRelay`]: brings a message to the instance that holds its stream, over the store that the instances share.
//!
//! A stream lives in one instance; a load balancer without affinity hands its POSTs to any. Who holds which stream stands
//! in the store (`directory`), what is sent is sealed (`envelope`), and a POST is answered 202 when the holder has said
//! that it took the message, not before.
//!
//! # One channel per instance
//! Each instance listens on one channel of its own, and the store has one small value per stream that names the holder.
//! The other way, a channel per stream, needs no such value, but costs more of what is scarce: a subscription is state in
//! the engine that comes and goes with every stream, passes one connection one at a time, has to be made again for all
//! streams when that connection breaks, and still says nothing of a holder that is gone: messages to it would only time
//! out. Here a stream costs two operations in its life and one more every three minutes; a message costs two, its
//! receipt one, and neither costs any where the stream is at hand.
//!
//! # What holds
//! * The newest holder counts: it takes the value over, and the one before hears of it and closes its inbox. If it does not
//!   hear, it finds out when it renews the value.
//! * A dead instance is noticed by its lease, a value that it renews every few seconds. Its streams are unknown then.
//! * Everything is bounded: the messages that wait for a receipt, those that are being taken, each stream's queue, the age
//!   of a message and the size of one. Everything in the store has a TTL.
//! * A message counts once: what was published and is published again is refused (`seen`).
//! * While the store is away, a stream still serves the messages that reach its own instance, and is announced later.
//!
//! With the store in this process there are no other instances, and `mcp-protocol`'s own relay is used instead.

mod caller;
mod directory;
mod envelope;
mod pending;
mod seen;
mod streams;
mod work;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt as _};
use mcp_protocol::Principal;
use mcp_protocol::transport::relay::{
    Delivery, Inbox, MessageRelay, Receipt, RelayError, RelayedMessage, StreamId,
};
use sealing::entropy::random;
use sealing::{Entropy, FingerprintKey, Sealer};
use state_store::store::MAX_VALUE;
use state_store::{Clock, Store, StoreError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::caller::CallerCodec;
use self::directory::{Directory, Holder, InstanceId};
use self::envelope::{Envelopes, What};
use self::pending::Pending;
use self::streams::Streams;

/// Messages of other instances that are being taken at a time. What comes beyond is dropped, and times out there.
const TAKING: usize = 1_024;
/// Streams that have closed and are not off the store yet; those beyond expire.
const WITHDRAWING: usize = 4_096;
/// How long stopping may take to tell the store.
const FAREWELL: Duration = Duration::from_secs(2);

/// How a principal travels between instances.
#[async_trait]
pub trait PrincipalCodec: Send + Sync + 'static {
    /// Who POSTs, and opens streams.
    type Principal: Principal;

    /// What the other instance needs to know. `None`: this principal cannot travel.
    fn encode(&self, principal: &Self::Principal) -> Option<Vec<u8>>;

    /// The principal, if it is still one here and now.
    ///
    /// # Errors
    /// What the POST is told instead.
    async fn decode(&self, bytes: &[u8]) -> Result<Self::Principal, Receipt>;
}

/// How long things last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayTimes {
    /// How long a message waits for its receipt.
    pub receipt: Duration,
    /// How long an instance that says nothing still counts as alive. It says something three times as often.
    pub lease: Duration,
    /// How long the store knows a stream's holder without hearing of it again, which it does three times as often.
    pub announcement: Duration,
}

impl Default for RelayTimes {
    fn default() -> Self {
        Self {
            receipt: Duration::from_secs(5),
            lease: Duration::from_secs(15),
            announcement: Duration::from_secs(600),
        }
    }
}

/// What a relay is made of. All instances have the same keys.
pub struct RelayParts<C> {
    /// The store that all instances use.
    pub store: Arc<dyn Store>,
    /// Seals what is sent.
    pub sealer: Sealer,
    /// Names streams in the store.
    pub fingerprints: FingerprintKey,
    /// Dates what is sent: the instances' clocks must agree within half a minute.
    pub clock: Arc<dyn Clock>,
    /// Names this instance.
    pub entropy: Arc<dyn Entropy>,
    /// How principals travel.
    pub codec: C,
    /// How long things last.
    pub times: RelayTimes,
}

/// The relay of one instance. Dropping it is like the death of the instance; [`StoreRelay::stop`] is the polite way.
pub struct StoreRelay<C: PrincipalCodec> {
    inner: Arc<Inner<C>>,
    tasks: Mutex<JoinSet<()>>,
}

struct Inner<C: PrincipalCodec> {
    me: InstanceId,
    store: Arc<dyn Store>,
    directory: Directory,
    envelopes: Envelopes,
    streams: Streams<C::Principal>,
    pending: Pending,
    codec: C,
    times: RelayTimes,
    taking: Arc<Semaphore>,
    /// Whether receipts would be heard.
    listening: AtomicBool,
    /// The store may have lost everything.
    announce_all: Notify,
    withdrawn: mpsc::Sender<(StreamId, u64)>,
    stopping: CancellationToken,
}

impl<C: PrincipalCodec> StoreRelay<C> {
    /// Begins to listen, in tasks of this runtime.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn start(parts: RelayParts<C>) -> Result<Self, StoreError> {
        let RelayParts { store, sealer, fingerprints, clock, entropy, codec, times } = parts;
        let me = InstanceId::new(random(&*entropy));
        let (withdrawn, to_withdraw) = mpsc::channel(WITHDRAWING);
        let inner = Arc::new(Inner {
            me,
            directory: Directory::new(Arc::clone(&store), fingerprints, me, times),
            envelopes: Envelopes::new(sealer, clock, me),
            store,
            streams: Streams::default(),
            pending: Pending::default(),
            codec,
            times,
            taking: Arc::new(Semaphore::new(TAKING)),
            listening: AtomicBool::new(false),
            announce_all: Notify::new(),
            withdrawn,
            stopping: CancellationToken::new(),
        });
        let subscription = inner.subscribe().await?;
        inner.directory.renew_lease().await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&inner).listen(subscription));
        tasks.spawn(Arc::clone(&inner).live());
        tasks.spawn(Arc::clone(&inner).keep(to_withdraw));
        Ok(Self { inner, tasks: Mutex::new(tasks) })
    }

    /// The name of this instance, for logs.
    #[must_use]
    pub fn instance(&self) -> String {
        self.inner.me.to_string()
    }

    /// Tells the store that this instance holds nothing any more, so that the others need not find out.
    pub async fn stop(&self) {
        self.inner.stopping.cancel();
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            tracing::warn!("the store was not told that this instance's streams are closed: they expire");
        }
    }
}

impl<C: PrincipalCodec> Inner<C> {
    async fn hold(self: &Arc<Self>, stream: &StreamId) -> Inbox<C::Principal> {
        let (number, deliveries) = self.streams.insert(stream);
        let registration = Registration { inner: Arc::clone(self), stream: stream.clone(), number };
        if let Err(error) = self.announce(stream, number).await {
            tracing::warn!(%error, "a stream could not be announced yet: only this instance knows it");
        }
        Inbox::new(deliveries, registration)
    }

    /// Makes this instance the holder for all to see.
    async fn announce(&self, stream: &StreamId, number: u64) -> Result<(), StoreError> {
        let before = self.directory.take_over(stream, number).await?;
        self.streams.announced(stream, number);
        if let Some(Holder { instance, number }) = before.filter(|before| before.instance != self.me) {
            let what = What::Superseded { stream: stream.as_str().into(), number };
            // Best effort: whoever does not hear it finds out when it renews.
            if let Err(error) = self.send(instance, self.envelopes.number(), what, &[]).await {
                tracing::debug!(%error, "a stream's former holder was not told");
            }
        }
        Ok(())
    }

    /// A message for a stream that is not here.
    async fn forward(&self, stream: &StreamId, message: RelayedMessage<C::Principal>) -> Receipt {
        let holder = match self.directory.find(stream).await {
            Ok(Some(holder)) if holder.instance != self.me => holder,
            // Here it was, and is no longer.
            Ok(_) => return Receipt::UnknownStream,
            Err(error) => {
                tracing::warn!(%error, "a stream's holder could not be looked up");
                return Receipt::Unreachable;
            }
        };
        if !self.listening.load(Ordering::Acquire) {
            return Receipt::Unreachable;
        }
        // Not worth the sealing.
        if message.body.len() > MAX_VALUE {
            return Receipt::TooLarge;
        }
        let Some(principal) = self.codec.encode(&message.principal) else {
            tracing::error!("a principal cannot be encoded");
            return Receipt::Unreachable;
        };
        let sequence = self.envelopes.number();
        let Some(receipt) = self.pending.wait(sequence, holder.instance) else { return Receipt::Busy };
        let what = What::Message {
            stream: stream.as_str().into(),
            principal,
            user_agent: message.user_agent.as_deref().map(Into::into),
        };
        match self.send(holder.instance, sequence, what, &message.body).await {
            Ok(()) => {}
            Err(StoreError::TooLarge { .. }) => return Receipt::TooLarge,
            Err(error) => {
                tracing::warn!(%error, "a message could not be passed on");
                return Receipt::Unreachable;
            }
        }
        match tokio::time::timeout(self.times.receipt, receipt).await {
            Ok(receipt) => receipt,
            Err(_) => self.silent(stream, holder).await,
        }
    }

    /// A holder has not answered: is it there at all?
    async fn silent(&self, stream: &StreamId, holder: Holder) -> Receipt {
        match self.directory.is_alive(holder.instance).await {
            Ok(false) => {
                tracing::info!(instance = %holder.instance, "a stream's holder is gone");
                if let Err(error) = self.directory.withdraw(stream, holder).await {
                    tracing::debug!(%error, "a stream of an instance that is gone was left to expire");
                }
                Receipt::UnknownStream
            }
            Ok(true) | Err(_) => {
                tracing::warn!(instance = %holder.instance, "a stream's holder does not answer");
                Receipt::Unreachable
            }
        }
    }

    async fn send(&self, to: InstanceId, sequence: u64, what: What, body: &[u8]) -> Result<(), StoreError> {
        let sealed = self.envelopes.seal(to, sequence, what, body);
        self.store.publish(&directory::channel(to), sealed.as_bytes()).await
    }
}

impl<C: PrincipalCodec> MessageRelay<C::Principal> for StoreRelay<C> {
    fn register<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Inbox<C::Principal>, RelayError>> {
        self.inner.hold(stream).map(Ok).boxed()
    }

    fn deliver<'a>(
        &'a self,
        stream: &'a StreamId,
        message: RelayedMessage<C::Principal>,
    ) -> BoxFuture<'a, Receipt> {
        match self.inner.streams.get(stream) {
            Some(holder) => hand_over(holder, message, self.inner.times.receipt).boxed(),
            None => self.inner.forward(stream, message).boxed(),
        }
    }
}

/// Gives a message to a stream of this instance.
async fn hand_over<P: Send>(
    holder: mpsc::Sender<Delivery<P>>,
    message: RelayedMessage<P>,
    patience: Duration,
) -> Receipt {
    let (delivery, receipt) = Delivery::new(message);
    match holder.try_send(delivery) {
        Ok(()) => match tokio::time::timeout(patience, receipt).await {
            Ok(Ok(receipt)) => receipt,
            // The holder went away between taking the message and reading it.
            Ok(Err(_)) => Receipt::UnknownStream,
            Err(_) => Receipt::Unreachable,
        },
        Err(TrySendError::Full(_)) => Receipt::Busy,
        Err(TrySendError::Closed(_)) => Receipt::UnknownStream,
    }
}

/// Takes a stream off the relay when its holder lets go of it, unless a newer holder took its place.
struct Registration<C: PrincipalCodec> {
    inner: Arc<Inner<C>>,
    stream: StreamId,
    number: u64,
}

impl<C: PrincipalCodec> Drop for Registration<C> {
    fn drop(&mut self) {
        if self.inner.streams.remove(&self.stream, self.number) {
            // Where there is no room, or nobody to do it, the store forgets it by itself.
            let _ = self.inner.withdrawn.try_send((self.stream.clone(), self.number));
        }
    }
}

impl<C: PrincipalCodec> fmt::Debug for StoreRelay<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreRelay").field("instance", &self.inner.me).finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for RelayParts<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayParts").field("times", &self.times).finish_non_exhaustive()
    }
}
