//! Subscriptions of all listeners in this process over one connection of their own.
//!
//! The connection is made when somebody first listens. When it is lost, every subscription ends, and the next one
//! makes a new connection: what was published in between is lost either way, and listeners must know.

use std::sync::{Arc, Weak};
use std::time::Duration;

use ::redis::RedisError;
use ::redis::aio::{PubSub, PubSubSink, PubSubStream};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::link::Dialer;
use super::route::Route;
use crate::channels::Channels;
use crate::store::{StoreError, Subscription};

/// How often a silent connection is asked whether it still lives.
const PING_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Subscriptions {
    route: Arc<Route>,
    dialer: Arc<Dialer>,
    /// Changes to what the connection listens to happen under this lock, one after the other.
    connection: Arc<Mutex<Option<Connection>>>,
}

struct Connection {
    sink: PubSubSink,
    channels: Arc<Channels>,
    /// Ends the connection's task when it is dropped, and is closed when the task has ended.
    task: oneshot::Sender<()>,
}

impl Subscriptions {
    pub(super) fn new(route: Arc<Route>, dialer: Arc<Dialer>) -> Self {
        Self { route, dialer, connection: Arc::default() }
    }

    /// Listens on a channel; when this returns, the server knows.
    pub(super) async fn subscribe(&self, name: String) -> Result<Subscription, StoreError> {
        let mut connection = self.connection.lock().await;
        let alive = match connection.take().filter(|there| !there.task.is_closed()) {
            Some(there) => there,
            None => self.connect().await?,
        };
        let alive = connection.insert(alive);
        let (subscription, opened) = alive.channels.subscribe(name.clone());
        if opened && let Err(error) = self.in_time(alive.sink.subscribe(&name)).await {
            // Whether the server listens is unknown: the connection is not used again.
            *connection = None;
            return Err(error);
        }
        Ok(subscription)
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        let (sink, stream) = self.dial().await?.split();
        let (left, names_left) = mpsc::unbounded_channel();
        let channels = Channels::with_leave_hook(move |name| {
            // An error says that the connection has gone and listens to nothing any more.
            let _ = left.send(name);
        });
        let (task, ended) = oneshot::channel();
        let work = Task {
            connection: Arc::downgrade(&self.connection),
            sink: sink.clone(),
            channels: Arc::clone(&channels),
            response_timeout: self.dialer.response_timeout,
        };
        tokio::spawn(work.run(stream, names_left, ended));
        Ok(Connection { sink, channels, task })
    }

    /// A connection to the first of the servers that takes one.
    async fn dial(&self) -> Result<PubSub, StoreError> {
        let mut failure = None;
        for info in self.route.listeners(&self.dialer).await.map_err(unavailable)? {
            let client = self.dialer.client(info).map_err(unavailable)?;
            match timeout(self.dialer.connect_timeout, client.get_async_pubsub()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => failure = Some(unavailable(error)),
                Err(elapsed) => failure = Some(unavailable(elapsed)),
            }
        }
        Err(failure.unwrap_or_else(|| StoreError::Unavailable("there is no server to listen to".into())))
    }

    async fn in_time(&self, work: impl Future<Output = Result<(), RedisError>>) -> Result<(), StoreError> {
        timeout(self.dialer.response_timeout, work).await.map_err(unavailable)?.map_err(unavailable)
    }
}

/// Moves messages from the connection to the listeners until it is lost or not wanted any more.
struct Task {
    connection: Weak<Mutex<Option<Connection>>>,
    sink: PubSubSink,
    channels: Arc<Channels>,
    response_timeout: Duration,
}

impl Task {
    async fn run(
        mut self,
        mut stream: PubSubStream,
        mut names_left: mpsc::UnboundedReceiver<String>,
        mut ended: oneshot::Receiver<()>,
    ) {
        let mut ping = interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = stream.next() => {
                    let Some(message) = message else { break };
                    let payload = Bytes::copy_from_slice(message.get_payload_bytes());
                    self.channels.publish(message.get_channel_name(), payload);
                }
                Some(name) = names_left.recv() => {
                    if !self.unsubscribe(&name).await { break }
                }
                _ = ping.tick() => {
                    let alive = timeout(self.response_timeout, self.sink.ping::<()>()).await;
                    if !matches!(alive, Ok(Ok(()))) { break }
                }
                _ = &mut ended => break,
            }
        }
        tracing::debug!("the connection for subscriptions has ended");
        self.channels.close();
    }

    /// Stops listening to a channel unless somebody has come back to it. `false`: the connection is lost.
    async fn unsubscribe(&mut self, name: &str) -> bool {
        let Some(connection) = self.connection.upgrade() else { return false };
        let _ordered = connection.lock().await;
        self.channels.is_open(name)
            || matches!(timeout(self.response_timeout, self.sink.unsubscribe(name)).await, Ok(Ok(())))
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}
