//! The queue of one stream: what a call or a feed says, on its way to the connection. Bounded, one reader.
//!
//! It behaves as a bounded channel of tokio's, which keeps places for 32 messages from the start, and twice as many
//! once it was used: 1.6 to 2.6 kB for each open stream, whose queue is empty nearly always. This one has memory for
//! what waits in it, and none when nothing does.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, TryAcquireError};

/// A queue for so many messages, at least one.
pub(crate) fn channel(capacity: usize) -> (Sender, Receiver) {
    let shared = Arc::new(Shared {
        room: Semaphore::new(capacity.max(1)),
        unread: Notify::new(),
        state: Mutex::new(State { messages: VecDeque::new(), senders: 1, reader: None }),
    });
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

/// Puts messages in. Cheap to clone.
pub(crate) struct Sender(Arc<Shared>);

/// Takes them out.
pub(crate) struct Receiver(Arc<Shared>);

/// Nobody reads any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unread;

/// Why a message was not taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The queue is full.
    Full,
    /// Nobody reads any more.
    Unread,
}

/// Nothing waits to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Empty;

struct Shared {
    /// A permit for each place that is free; closed when nobody reads any more.
    room: Semaphore,
    /// Wakes those who wait for that.
    unread: Notify,
    state: Mutex<State>,
}

struct State {
    messages: VecDeque<Bytes>,
    senders: usize,
    reader: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the oldest message, and frees its place.
    fn take(&self, state: &mut State) -> Option<Bytes> {
        let message = state.messages.pop_front()?;
        if state.messages.is_empty() {
            state.messages = VecDeque::new();
        }
        self.room.add_permits(1);
        Some(message)
    }
}

impl Sender {
    /// Puts a message in, as soon as there is room.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub(crate) async fn send(&self, message: Bytes) -> Result<(), Unread> {
        self.reserve().await?.send(message);
        Ok(())
    }

    /// A place for a message, as soon as there is one.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub(crate) async fn reserve(&self) -> Result<Place<'_>, Unread> {
        let permit = self.0.room.acquire().await.map_err(|_| Unread)?;
        Ok(Place { shared: &self.0, permit })
    }

    /// Puts a message in, if there is room.
    ///
    /// # Errors
    /// When there is none, or nobody reads any more.
    pub(crate) fn try_send(&self, message: Bytes) -> Result<(), NotTaken> {
        self.try_reserve().map(|place| place.send(message))
    }

    /// A place for a message, if there is one.
    ///
    /// # Errors
    /// When there is none, or nobody reads any more.
    pub(crate) fn try_reserve(&self) -> Result<Place<'_>, NotTaken> {
        let permit = self.0.room.try_acquire().map_err(|error| match error {
            TryAcquireError::NoPermits => NotTaken::Full,
            TryAcquireError::Closed => NotTaken::Unread,
        })?;
        Ok(Place { shared: &self.0, permit })
    }

    /// Waits until nobody reads any more.
    pub(crate) async fn closed(&self) {
        // Made before the look, so that what happens between the two wakes it.
        let unread = self.0.unread.notified();
        if !self.is_closed() {
            unread.await;
        }
    }

    /// Whether nobody reads any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.room.is_closed()
    }
}

/// A place for one message. It is free again when this is dropped.
pub(crate) struct Place<'a> {
    shared: &'a Shared,
    permit: SemaphorePermit<'a>,
}

impl Place<'_> {
    /// Puts a message in.
    pub(crate) fn send(self, message: Bytes) {
        // The place is free when the message is read.
        self.permit.forget();
        let mut state = self.shared.lock();
        state.messages.push_back(message);
        wake(state);
    }
}

impl Clone for Sender {
    fn clone(&self) -> Self {
        self.0.lock().senders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.senders -= 1;
        if state.senders == 0 {
            wake(state);
        }
    }
}

impl Receiver {
    /// The oldest message; none when nobody sends any more and everything is read.
    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.0.lock();
        if let Some(message) = self.0.take(&mut state) {
            return Poll::Ready(Some(message));
        }
        if state.senders == 0 {
            return Poll::Ready(None);
        }
        match &mut state.reader {
            Some(reader) => reader.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// The oldest message, once there is one. Nothing is lost when the future is dropped.
    pub(crate) async fn recv(&mut self) -> Option<Bytes> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The oldest message.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn try_recv(&mut self) -> Result<Bytes, Empty> {
        self.0.take(&mut self.0.lock()).ok_or(Empty)
    }

    /// Whether nothing waits to be read.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().messages.is_empty()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.0.room.close();
        let unread = std::mem::take(&mut self.0.lock().messages);
        drop(unread);
        self.0.unread.notify_waiters();
    }
}

/// Wakes the reader once the lock is free.
fn wake(mut state: MutexGuard<'_, State>) {
    let reader = state.reader.take();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn message(number: u32) -> Bytes {
        number.to_string().into()
    }

    #[tokio::test]
    async fn messages_come_out_in_order_and_then_the_end() {
        let (sender, mut receiver) = channel(2);
        sender.send(message(1)).await.unwrap();
        sender.clone().try_send(message(2)).unwrap();
        assert_eq!(sender.try_send(message(3)), Err(NotTaken::Full));
        assert_eq!(sender.send(message(3)).now_or_never(), None);
        assert_eq!(receiver.recv().await, Some(message(1)));
        sender.try_send(message(4)).unwrap();
        drop(sender);
        assert!(!receiver.is_empty());
        assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(message(2)), Ok(message(4))));
        assert_eq!((receiver.try_recv(), receiver.is_empty()), (Err(Empty), true));
        assert_eq!(receiver.recv().await, None);
    }

    #[tokio::test]
    async fn who_waits_is_woken() {
        let (sender, mut receiver) = channel(1);
        let reader = tokio::spawn(async move { (receiver.recv().await, receiver) });
        tokio::task::yield_now().await;
        sender.send(message(1)).await.unwrap();
        let (first, mut receiver) = reader.await.unwrap();
        assert_eq!(first, Some(message(1)));

        sender.send(message(2)).await.unwrap();
        let waiting = sender.clone();
        let writer = tokio::spawn(async move { waiting.send(message(3)).await });
        tokio::task::yield_now().await;
        assert_eq!((receiver.recv().await, receiver.recv().await), (Some(message(2)), Some(message(3))));
        assert_eq!(writer.await.unwrap(), Ok(()));

        let reader = tokio::spawn(async move { receiver.recv().await });
        tokio::task::yield_now().await;
        drop(sender);
        assert_eq!(reader.await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_reader_that_goes_is_noticed_by_all() {
        let (sender, receiver) = channel(1);
        sender.try_send(message(1)).unwrap();
        assert_eq!((sender.closed().now_or_never(), sender.is_closed()), (None, false));
        let (waiting, watching) = (sender.clone(), sender.clone());
        let writer = tokio::spawn(async move { waiting.send(message(2)).await });
        let watcher = tokio::spawn(async move { watching.closed().await });
        tokio::task::yield_now().await;
        drop(receiver);
        assert_eq!(writer.await.unwrap(), Err(Unread));
        watcher.await.unwrap();
        sender.closed().await;
        assert_eq!(sender.send(message(3)).await, Err(Unread));
        assert_eq!((sender.try_send(message(3)), sender.is_closed()), (Err(NotTaken::Unread), true));
        assert!(sender.0.lock().messages.is_empty());
    }

    #[tokio::test]
    async fn a_place_that_is_not_used_is_free_again() {
        let (sender, mut receiver) = channel(1);
        let place = sender.reserve().await.unwrap();
        assert_eq!(sender.try_send(message(1)), Err(NotTaken::Full));
        drop(place);
        sender.reserve().await.unwrap().send(message(2));
        assert_eq!((receiver.recv().await, sender.try_send(message(3))), (Some(message(2)), Ok(())));
    }

    #[tokio::test]
    async fn an_empty_queue_has_no_memory_for_messages() {
        let (sender, mut receiver) = channel(64);
        assert_eq!(sender.0.lock().messages.capacity(), 0);
        (0..64).for_each(|number| sender.try_send(message(number)).unwrap());
        while receiver.try_recv().is_ok() {}
        assert_eq!(sender.0.lock().messages.capacity(), 0);
        assert!(size_of::<Shared>() <= 256, "{}", size_of::<Shared>());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nothing_is_lost_between_threads() {
        const EACH: u32 = 5_000;
        let (sender, mut receiver) = channel(3);
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let sender = sender.clone();
                tokio::spawn(async move {
                    for number in 0..EACH {
                        sender.send(message(writer * EACH + number)).await.unwrap();
                    }
                })
            })
            .collect();
        drop(sender);
        let mut next = [0, EACH, 2 * EACH, 3 * EACH];
        while let Some(text) = receiver.recv().await {
            let number: u32 = std::str::from_utf8(&text).unwrap().parse().unwrap();
            let writer = &mut next[(number / EACH) as usize];
            assert_eq!(number, *writer);
            *writer += 1;
        }
        assert_eq!(next, [EACH, 2 * EACH, 3 * EACH, 4 * EACH]);
        for writer in writers {
            writer.await.unwrap();
        }
    }
}
