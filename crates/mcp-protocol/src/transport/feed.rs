//! A long-lived stream that tells its client of changes: `subscriptions/listen`, and the one that GET opens.
//!
//! Each is a task between the notifier's ring and the stream's bounded queue. It ends when the client goes, when the
//! server shuts down, when its session ends, and when the client reads too slowly.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::queue::{self, NotTaken, Unread};
use super::relay::{Inbox, Receipt};
use super::session::{SessionKey, SessionMemory};
use super::slots::StreamSlot;
use crate::jsonrpc::{self, Incoming, Message, RequestId};
use crate::notifier::{Announcement, Event, Heard, Listener};
use crate::principal::Principal;
use crate::subscription::{Interests, closing, notification};
use crate::version::ProtocolVersion;

/// How long a stream's queue may stay full before its client counts as gone.
pub(super) const SLOW_READER: Duration = Duration::from_secs(30);

/// Tells the holder of a session's stream that the session has ended. Instances say it to each other.
pub(super) const SESSION_ENDED: &[u8] = br#"{"jsonrpc":"2.0","method":"notifications/session_ended"}"#;

/// A stream's client does not read, or is gone.
pub(super) struct Ended;

/// Puts a message into a stream's queue. A client that does not read for [`SLOW_READER`] is given up, which the log says.
pub(super) async fn send(out: &queue::Sender, message: Bytes) -> Result<(), Ended> {
    let place = match out.try_reserve() {
        Ok(place) => Ok(place),
        Err(NotTaken::Unread) => Err(Unread),
        // A timer is large, each open stream would have room for it, and nearly none ever waits.
        Err(NotTaken::Full) => match Box::pin(tokio::time::timeout(SLOW_READER, out.reserve())).await {
            Ok(place) => place,
            Err(_) => {
                tracing::warn!(reason = "slow reader", "a stream was dropped: its client does not read");
                Err(Unread)
            }
        },
    };
    place.map(|place| place.send(message)).map_err(|Unread| Ended)
}

/// What a stream is told, and how.
pub(super) struct Feed {
    pub(super) listener: Listener,
    pub(super) interests: Interests,
    pub(super) kind: Kind,
    pub(super) version: ProtocolVersion,
    pub(super) owner: Box<[u8]>,
    pub(super) out: queue::Sender,
    pub(super) shutdown: CancellationToken,
    /// The stream's place among the open ones.
    pub(super) _slot: StreamSlot,
}

/// Whose stream it is.
pub(super) enum Kind {
    /// A modern subscription: its id, and the server's identity for the closing result.
    Subscription(RequestId, Box<RawValue>),
    /// A legacy client without a session.
    Legacy,
    /// A legacy session, whose subscriptions are remembered apart.
    Session(SessionKey, Arc<SessionMemory>),
}

impl Feed {
    /// Runs until the stream ends. `inbox` is where other instances reach a session's stream.
    pub(super) async fn run<P: Principal>(mut self, principal: P, mut inbox: Option<Inbox<P>>) {
        loop {
            tokio::select! {
                // What was announced before the end is told before it.
                biased;
                () = self.out.closed() => return,
                heard = self.listener.next() => {
                    if self.tell(heard).await.is_err() {
                        return;
                    }
                }
                delivery = next(&mut inbox) => {
                    // The relay has closed, or a newer stream of the session took this one's place.
                    let Some(delivery) = delivery else { return };
                    let message = delivery.message();
                    let known = P::join(&principal, &message.principal).is_some();
                    let go_on = !known || self.take(&message.body);
                    delivery.acknowledge(if known { Receipt::Accepted } else { Receipt::UnknownStream });
                    if !go_on {
                        return;
                    }
                }
                () = self.shutdown.cancelled() => {
                    if let Kind::Subscription(id, server_info) = &self.kind {
                        let _ = send(&self.out, closing(id, server_info)).await;
                    }
                    return;
                }
            }
        }
    }

    async fn tell(&self, heard: Heard) -> Result<(), Ended> {
        match heard {
            Heard::One(announcement) if self.covers(&announcement) => self.say(&announcement.event).await,
            Heard::One(_) => Ok(()),
            Heard::Lagged => {
                let mut all = self.interests.clone();
                if let Kind::Session(key, memory) = &self.kind {
                    all.resources = memory.resources(*key);
                }
                for event in all.everything() {
                    self.say(&event).await?;
                }
                Ok(())
            }
            Heard::Closed => Err(Ended),
        }
    }

    fn covers(&self, announcement: &Announcement) -> bool {
        match (&self.kind, &announcement.event) {
            (Kind::Session(key, memory), Event::ResourceUpdated(uri)) => {
                announcement.owner.as_deref().is_none_or(|only| only == &*self.owner)
                    && memory.follows(*key, uri)
            }
            _ => self.interests.cover(announcement, &self.owner),
        }
    }

    async fn say(&self, event: &Event) -> Result<(), Ended> {
        let subscription = match &self.kind {
            Kind::Subscription(id, _) => Some(id),
            Kind::Legacy | Kind::Session(..) => None,
        };
        send(&self.out, notification(event, subscription, self.version)).await
    }

    /// A message from another instance: false when it ends the stream.
    fn take(&self, body: &[u8]) -> bool {
        let Kind::Session(key, memory) = &self.kind else { return true };
        if body == SESSION_ENDED {
            memory.end(*key);
            return false;
        }
        if let Ok(Incoming::Single(Message::Request { method, params: Some(params), .. })) =
            jsonrpc::parse(body)
            && let Ok(Subscribe { uri }) = serde_json::from_str(params.get())
        {
            match &*method {
                "resources/subscribe" => drop(memory.subscribe(*key, &uri)),
                "resources/unsubscribe" => memory.unsubscribe(*key, &uri),
                _ => {}
            }
        }
        true
    }
}

#[derive(Deserialize)]
struct Subscribe {
    uri: String,
}

/// Never, without an inbox.
async fn next<P>(inbox: &mut Option<Inbox<P>>) -> Option<super::relay::Delivery<P>> {
    match inbox {
        Some(inbox) => inbox.next().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
