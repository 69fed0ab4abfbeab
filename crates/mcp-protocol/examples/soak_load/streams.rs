//! The long-lived streams: of every kind that there is, each opened as its clients open it, and read all the time.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{RwLock, RwLockReadGuard, mpsc};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use crate::connection::Held;
use crate::rounds::{LISTS, list_of};
use crate::wire::{self, Client, LEGACY, MODERN, OVER_SSE, initialized};
use crate::{Failure, World};

/// Streams of one party.
const OF_ONE_USER: usize = 8;
/// How many streams a call looks at before it gives up finding one that is not just being replaced.
const LOOKS: usize = 64;

/// How a stream is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// `subscriptions/listen` of 2026-07-28.
    Listen,
    /// GET of a session.
    Session,
    /// GET of a client without a session.
    Sessionless,
    /// HTTP+SSE.
    HttpSse,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Listen, Self::Session, Self::Sessionless, Self::HttpSse];

    /// How many of ten streams are of this kind.
    const fn tenths(self) -> usize {
        match self {
            Self::Listen => 4,
            Self::Session => 2,
            Self::Sessionless => 1,
            Self::HttpSse => 3,
        }
    }
}

/// A place for a stream. Calls that need the stream read it; whoever replaces the stream writes it.
type Place = RwLock<Option<Stream>>;

/// All of them.
pub(crate) struct Streams {
    places: Vec<Place>,
    ranges: [Range<usize>; 4],
}

impl Streams {
    /// Places for so many streams, each of its kind.
    pub(crate) fn new(count: usize) -> Self {
        let mut begin = 0;
        let mut tenths = 0;
        let ranges = Kind::ALL.map(|kind| {
            tenths += kind.tenths();
            let range = begin..count * tenths / 10;
            begin = range.end;
            range
        });
        Self { places: (0..count).map(|_| RwLock::new(None)).collect(), ranges }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn place(&self, at: usize) -> &Place {
        &self.places[at]
    }

    pub(crate) fn range(&self, kind: Kind) -> Range<usize> {
        self.ranges[kind as usize].clone()
    }

    pub(crate) fn kind(&self, at: usize) -> Kind {
        Kind::ALL.into_iter().find(|kind| self.range(*kind).contains(&at)).unwrap_or(Kind::HttpSse)
    }

    /// A stream of this kind that is there and fits, from the `turn`th on.
    pub(crate) fn pick(
        &self,
        kind: Kind,
        turn: u64,
        fits: impl Fn(&Stream) -> bool,
    ) -> Result<RwLockReadGuard<'_, Stream>, Failure> {
        let range = self.range(kind);
        let turn = usize::try_from(turn)?;
        for look in 0..LOOKS.min(range.len()) {
            let at = range.start + (turn + look) % range.len();
            let Ok(place) = self.places[at].try_read() else { continue };
            let stream = RwLockReadGuard::try_map(place, Option::as_ref).ok();
            if let Some(stream) = stream.filter(|stream| fits(stream)) {
                return Ok(stream);
            }
        }
        Err(format!("no stream of {kind:?} is open").into())
    }

    /// Closes them all.
    pub(crate) async fn close(&self) {
        for place in &self.places {
            *place.write().await = None;
        }
    }
}

/// An open stream. Closed when dropped.
pub(crate) struct Stream {
    pub(crate) user: String,
    pub(crate) revision: &'static str,
    /// Its session, which calls may belong to.
    pub(crate) session: Option<String>,
    /// Of HTTP+SSE: where to POST.
    endpoint: String,
    /// How often each list had been announced before it was open.
    base: [u32; LISTS.len()],
    pub(crate) heard: Arc<Heard>,
    reader: AbortHandle,
}

/// What came over a stream.
#[derive(Default)]
pub(crate) struct Heard {
    told: [AtomicU32; LISTS.len()],
    /// Who waits for messages about a call.
    waiting: Mutex<HashMap<u64, mpsc::UnboundedSender<Value>>>,
    /// The server has ended it.
    pub(crate) ended: CancellationToken,
    /// It is to end.
    pub(crate) may_end: CancellationToken,
}

impl Stream {
    /// Opens one. No round is announced meanwhile: what it is to be told of begins here.
    pub(crate) async fn open(world: &Arc<World>, at: usize) -> Result<Self, Failure> {
        let kind = world.streams.kind(at);
        let user = format!("user-{}", at / OF_ONE_USER);
        let revision = match kind {
            Kind::Listen => MODERN,
            Kind::Session | Kind::Sessionless => LEGACY[at % LEGACY.len()],
            Kind::HttpSse => OVER_SSE[at % OVER_SSE.len()],
        };
        let (mut session, mut endpoint) = (None, String::new());
        let client = Client { user: &user, revision, session: None };
        let id = Value::from(world.next_id());
        let mut held = match kind {
            Kind::Listen => listen(world, &client, &id).await?,
            Kind::Session => {
                let opened = session.insert(initialize(world, &client, &id).await?);
                let client = Client { session: Some(opened), ..client };
                world.connections.hold(client.get(None)?).await?.stream()?
            }
            Kind::Sessionless => world.connections.hold(client.get(None)?).await?.stream()?,
            Kind::HttpSse => world.connections.hold(client.open_sse()?).await?.stream()?,
        };
        if kind == Kind::HttpSse {
            endpoint = connect(world, &client, &id, &mut held).await?;
        }
        let heard = Arc::new(Heard::default());
        let subscription = (kind == Kind::Listen).then_some(id);
        let reader = Reader { world: Arc::clone(world), heard: Arc::clone(&heard), subscription };
        let reader = tokio::spawn(reader.run(held)).abort_handle();
        let base = world.rounds.announced();
        Ok(Self { user, revision, session, endpoint, base, heard, reader })
    }

    pub(crate) fn client(&self) -> Client<'_> {
        Client { user: &self.user, revision: self.revision, session: self.session.as_deref() }
    }

    /// POSTs a message beside the stream (HTTP+SSE).
    pub(crate) async fn post(&self, world: &World, message: &Value) -> Result<(), Failure> {
        post(world, &self.client(), &self.endpoint, message).await
    }

    /// Messages about this call from now on.
    pub(crate) fn wait_for(&self, call: u64) -> Waiting<'_> {
        let (send, messages) = mpsc::unbounded_channel();
        self.heard.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(call, send);
        Waiting { heard: &self.heard, call, messages }
    }

    /// Of all that was announced since it was open: how much it was not told of, and how much more often it was told.
    pub(crate) fn balance(&self, announced: [u32; LISTS.len()]) -> (u32, u32) {
        let mut balance = (0, 0);
        for ((announced, base), told) in announced.iter().zip(self.base).zip(&self.heard.told) {
            let (due, told) = (announced - base, told.load(Ordering::SeqCst));
            balance.0 += due.saturating_sub(told);
            balance.1 += told.saturating_sub(due);
        }
        balance
    }

    /// How often it was told of a list.
    pub(crate) fn told(&self, list: usize) -> u32 {
        self.heard.told[list].load(Ordering::SeqCst)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Where messages about a call arrive.
pub(crate) struct Waiting<'a> {
    heard: &'a Heard,
    call: u64,
    messages: mpsc::UnboundedReceiver<Value>,
}

impl Waiting<'_> {
    pub(crate) async fn next(&mut self) -> Result<Value, Failure> {
        tokio::select! {
            message = self.messages.recv() => message.ok_or_else(|| "nothing more will come".into()),
            () = self.heard.ended.cancelled() => Err("the stream ended before the answer".into()),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.heard.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.call);
    }
}

/// Reads a stream as long as it is open.
struct Reader {
    world: Arc<World>,
    heard: Arc<Heard>,
    subscription: Option<Value>,
}

impl Reader {
    async fn run(self, mut held: Held) {
        let end = loop {
            match held.event().await {
                Ok(Some(event)) => match event.message() {
                    Ok(message) => self.take(message),
                    Err(error) => break Some(error),
                },
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        self.heard.ended.cancel();
        match end {
            Some(error) => self.world.tally.complain(&format!("a stream broke: {error}")),
            None if self.heard.may_end.is_cancelled() => {}
            None => self.world.tally.complain("a stream ended by itself"),
        }
    }

    fn take(&self, message: Value) {
        if let Some(list) = list_of(&message) {
            let tag = message.pointer("/params/_meta/io.modelcontextprotocol~1subscriptionId");
            if tag != self.subscription.as_ref() {
                self.world.tally.complain(&format!("not this stream's subscription: {message}"));
            }
            self.heard.told[list].fetch_add(1, Ordering::SeqCst);
            return self.world.rounds.told();
        }
        let about = call_of(&message);
        let waiting = self.heard.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match about.and_then(|call| waiting.get(&call)) {
            Some(waiting) => drop(waiting.send(message)),
            None => self.world.tally.complain(&format!("nobody waits for {message}")),
        }
    }
}

/// Which call a message is about: its answer by the id, its progress by the token, its question by the text.
fn call_of(message: &Value) -> Option<u64> {
    let about = if wire::is(message, "elicitation/create") {
        message.pointer("/params/message")
    } else {
        message.pointer("/params/progressToken").or_else(|| message.get("id"))
    }?;
    match about {
        Value::String(text) => text.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok(),
        about => about.as_u64(),
    }
}

async fn listen(world: &World, client: &Client<'_>, id: &Value) -> Result<Held, Failure> {
    let all = json!({ "toolsListChanged": true, "resourcesListChanged": true, "promptsListChanged": true });
    let request = client.request(id, "subscriptions/listen", json!({ "notifications": all }));
    let mut held = world.connections.hold(client.post(&request)?).await?.stream()?;
    let first = held.event().await?.ok_or("a subscription ended at once")?.message()?;
    if !wire::is(&first, "notifications/subscriptions/acknowledged")
        || first.pointer("/params/notifications") != Some(&all)
    {
        return Err(format!("not what was subscribed to: {first}").into());
    }
    Ok(held)
}

/// Opens a session: its id.
async fn initialize(world: &World, client: &Client<'_>, id: &Value) -> Result<String, Failure> {
    let reply = world.connections.send(client.post(&client.initialize(id))?).await?;
    let session = header(&reply.head.headers, "mcp-session-id").ok_or("no session was opened")?;
    let answer = serde_json::from_slice(&reply.whole().await?)?;
    agreed(&answer, client, id)?;
    let confirmed = Client { session: Some(&session), ..*client };
    let reply = world.connections.send(confirmed.post(&initialized())?).await?;
    let status = reply.status();
    reply.whole().await?;
    if status != StatusCode::ACCEPTED {
        return Err(format!("a notification was answered {status}").into());
    }
    Ok(session)
}

/// Opens the conversation over a stream of HTTP+SSE: where messages go.
async fn connect(world: &World, client: &Client<'_>, id: &Value, held: &mut Held) -> Result<String, Failure> {
    let first = held.event().await?.ok_or("HTTP+SSE ended at once")?;
    if first.name.as_deref() != Some("endpoint") {
        return Err(format!("the first event is not the endpoint: {first:?}").into());
    }
    let endpoint = first.data;
    post(world, client, &endpoint, &client.initialize(id)).await?;
    let answer = held.event().await?.ok_or("HTTP+SSE ended before its first answer")?.message()?;
    agreed(&answer, client, id)?;
    post(world, client, &endpoint, &initialized()).await?;
    Ok(endpoint)
}

async fn post(world: &World, client: &Client<'_>, endpoint: &str, message: &Value) -> Result<(), Failure> {
    let reply = world.connections.send(client.post_sse(endpoint, message)?).await?;
    let status = reply.status();
    let body = reply.whole().await?;
    match status {
        StatusCode::ACCEPTED => Ok(()),
        _ => Err(format!("a message was answered {status}: {}", String::from_utf8_lossy(&body)).into()),
    }
}

fn agreed(answer: &Value, client: &Client<'_>, id: &Value) -> Result<(), Failure> {
    let version = wire::result(answer, id)?.get("protocolVersion").and_then(Value::as_str);
    if version == Some(client.revision) { Ok(()) } else { Err(format!("another revision: {answer}").into()) }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
