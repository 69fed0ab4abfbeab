//! Holds the conversation of one row, and says what went differently.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use mcp_protocol::{ProtocolVersion, RequestContext};
use serde_json::{Value, json};

use super::On;
use super::always::{Always, Origin};
use super::pattern::Memory;
use super::request::Composer;
use super::script::{Kind, Step, first_word, parse};
use super::socket::{Event, Head, PATIENCE, Socket};
use super::world::World;

/// Where streams may open with an event without a message.
const POLLS: On = On::Http(ProtocolVersion::V2025_11_25);

/// What `! session` and `! connect` stand for.
const SESSION: &str = r#"
    > initialize {"protocolVersion": "$V", "capabilities": $caps, "clientInfo": {"name": "suite", "version": "1"}}
    < 200 {"result": {"protocolVersion": "$V"}}
      Mcp-Session-Id: $session
    > notify notifications/initialized {}
    < 202
"#;
const CONNECT: &str = r#"
    s> GET /sse
    s< 200 events
    s< endpoint $endpoint
    > initialize {"protocolVersion": "$V", "capabilities": $caps, "clientInfo": {"name": "suite", "version": "1"}}
    < 202 Accepted
    s< {"result": {"protocolVersion": "$V"}}
    > notify notifications/initialized {}
    < 202 Accepted
"#;

/// Runs a script. The error says what was not as it should be, after the conversation up to there.
pub(super) async fn run(script: &str, on: On) -> Result<(), String> {
    let steps = parse(script)?;
    let (kind, steps) = match steps.split_first() {
        Some((first, rest)) if first.kind == Kind::Do && first.text.starts_with("server ") => {
            (&first.text[7..], rest)
        }
        _ => ("full", steps.as_slice()),
    };
    let mut memory = Memory::default();
    memory.set("V", json!(on.version()));
    // Beyond what the world's endpoints take.
    memory.set("large", json!("x".repeat(5000)));
    let world = World::new(kind).await?;
    let (composer, peers, always) = (Composer::new(on), HashMap::new(), Always::new(on));
    let mut conversation = Conversation { world, composer, memory, peers, always, transcript: String::new() };
    for step in steps {
        let done = match (step.kind, step.text.as_str()) {
            (Kind::Do, "session") => conversation.all(SESSION).await,
            (Kind::Do, "connect") => conversation.all(CONNECT).await,
            (Kind::Do, what) => conversation.act(what).await,
            _ => conversation.exchange(step).await,
        };
        done.map_err(|problem| format!("{}\nat `{}`: {problem}", conversation.transcript, step.text))?;
    }
    Ok(())
}

struct Conversation {
    world: World,
    composer: Composer,
    memory: Memory,
    peers: HashMap<String, Peer>,
    always: Always,
    transcript: String,
}

/// One connection.
struct Peer {
    socket: Socket,
    head: Option<Head>,
    origin: Origin,
}

impl Peer {
    /// The next event; comments, and events that are only an id, where they are looked for.
    async fn event(&mut self, comments: bool, primers: bool) -> Result<Option<Event>, String> {
        loop {
            match self.socket.event().await? {
                Some(event) if event.comment && !comments => {}
                // A client of this revision passes over it; to any other it is a mistake (v1125.sse.prime).
                Some(event) if event.is_primer() && !primers => {}
                event => return Ok(event),
            }
        }
    }
}

impl Conversation {
    async fn all(&mut self, script: &str) -> Result<(), String> {
        self.memory.set("caps", self.composer.capabilities.clone());
        self.memory.forget("session");
        for step in parse(script)? {
            self.exchange(&step).await?;
        }
        Ok(())
    }

    async fn exchange(&mut self, step: &Step) -> Result<(), String> {
        if step.kind == Kind::Send { self.send(step).await } else { self.expect(step).await }
    }

    async fn send(&mut self, step: &Step) -> Result<(), String> {
        let request = self.composer.compose(step, &self.memory)?;
        self.note(&step.peer, '>', &String::from_utf8_lossy(&request.bytes));
        let again = step.changes().any(|(name, _)| name == "again");
        let mut socket = match self.peers.remove(&step.peer).filter(|_| again) {
            Some(peer) => peer.socket,
            None => Socket::connect(self.world.address).await,
        };
        socket.send(&request.bytes).await?;
        self.always.asked(request.id.as_ref(), request.method.as_deref());
        let origin = Origin { id: request.id, method: request.method };
        self.peers.insert(step.peer.clone(), Peer { socket, head: None, origin });
        Ok(())
    }

    async fn expect(&mut self, step: &Step) -> Result<(), String> {
        let (word, rest) = first_word(&step.text);
        if word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.expect_answer(step, word, rest).await;
        }
        let peer = self.peers.get_mut(&step.peer).ok_or("there is no such connection")?;
        if !peer.head.as_ref().is_some_and(Head::is_event_stream) {
            return Err("this connection has no stream of events".to_owned());
        }
        let comments = word == "keep-alive";
        let primers = word == "primed" || self.composer.on != POLLS;
        // A stream that is only kept alive is not an answer.
        let event = wait(peer.event(comments, primers)).await??;
        let shown = format!("{event:?}");
        self.note(&step.peer, '<', &shown);
        self.expect_event(step, word, rest, event)
    }

    async fn expect_answer(&mut self, step: &Step, status: &str, rest: &str) -> Result<(), String> {
        let peer = self.peers.get_mut(&step.peer).ok_or("there is no such connection")?;
        let head = peer.socket.head().await?;
        let streams = head.is_event_stream();
        let body = if streams { String::new() } else { peer.socket.whole().await? };
        let shown = format!("{head:?}\n{body}");
        peer.head = Some(head);
        self.note(&step.peer, '<', &shown);
        let peer = &self.peers[&step.peer];
        let head = peer.head.as_ref().ok_or("no head")?;
        if head.status.to_string() != status {
            return Err(format!("the status is {}", head.status));
        }
        for (name, wanted) in step.headers() {
            let found = match head.all(name).as_slice() {
                [] => None,
                [one] => Some(json!(one)),
                several => return Err(format!("{name} is given {} times", several.len())),
            };
            self.memory
                .check(&json!(wanted), found.as_ref())
                .map_err(|problem| format!("{name}: {problem}"))?;
        }
        match rest {
            "events" if streams => Ok(()),
            "events" => Err("this is no stream of events".to_owned()),
            _ if streams => Err("this is a stream of events".to_owned()),
            "" if body.is_empty() => Ok(()),
            "" => Err("there is a body".to_owned()),
            "Accepted" if body == "Accepted" => Ok(()),
            pattern => {
                if head.all("content-type") != ["application/json"] {
                    return Err("the body is no JSON".to_owned());
                }
                let body = serde_json::from_str(&body).map_err(|error| format!("{body}: {error}"))?;
                self.always.answer(&body, head.status, &peer.origin)?;
                self.fits(pattern, Some(&body))
            }
        }
    }

    fn expect_event(
        &mut self,
        step: &Step,
        word: &str,
        rest: &str,
        event: Option<Event>,
    ) -> Result<(), String> {
        let Some(event) = event else {
            return if word == "end" { Ok(()) } else { Err("the stream has ended".to_owned()) };
        };
        for (name, wanted) in step.changes() {
            let found = match name {
                "id" => event.id.as_ref(),
                "retry" => event.retry.as_ref(),
                "event" => event.name.as_ref(),
                other => return Err(format!("events have no {other}")),
            };
            let found = found.map(|found| json!(found));
            self.memory
                .check(&json!(wanted), found.as_ref())
                .map_err(|problem| format!("{name}: {problem}"))?;
        }
        let unlike = || Err(format!("the event is {event:?}"));
        match (word, &event) {
            ("keep-alive", Event { comment: true, .. }) => Ok(()),
            ("primed", event) if event.is_primer() => Ok(()),
            ("released", Event { id: None, name: None, data: None, retry: Some(_), .. }) => Ok(()),
            ("endpoint", Event { name: Some(name), data: Some(data), .. }) if name == "endpoint" => {
                self.memory.check(&json!(rest), Some(&json!(data)))
            }
            (_, Event { data: Some(data), .. }) if step.text.starts_with(['{', '[']) => {
                let wanted = if matches!(self.composer.on, On::Sse(_)) { Some("message") } else { None };
                if event.name.as_deref() != wanted {
                    return unlike();
                }
                let message = serde_json::from_str(data).map_err(|error| format!("{data}: {error}"))?;
                self.always.event(&message)?;
                self.fits(&step.text, Some(&message))
            }
            _ => unlike(),
        }
    }

    fn fits(&mut self, pattern: &str, actual: Option<&Value>) -> Result<(), String> {
        let pattern = serde_json::from_str(pattern).map_err(|error| format!("{pattern}: {error}"))?;
        self.memory.check(&pattern, actual)
    }

    /// What happens at the server's side, or to the row as a whole.
    async fn act(&mut self, text: &str) -> Result<(), String> {
        self.note("", '!', text);
        let (word, rest) = first_word(text);
        let (notifier, log) = (self.world.runtime.notifier(), &self.world.log);
        match (word, rest) {
            // The client's capabilities from here on.
            ("caps", capabilities) => {
                self.composer.capabilities =
                    serde_json::from_str(capabilities).map_err(|error| error.to_string())?;
            }
            ("notify", "tools") => notifier.tools_list_changed(),
            ("notify", "resources") => notifier.resources_list_changed(),
            ("notify", "prompts") => notifier.prompts_list_changed(),
            ("notify", "tools for mallory") => notifier.tools_list_changed_for(&"mallory"),
            ("updated", uri) => notifier.resource_updated(uri),
            ("visited", id) => notifier.elicitation_complete(&"alice", id),
            // Seconds pass.
            ("clock", seconds) => {
                let seconds: u64 = seconds.parse().map_err(|_| "the clock goes by seconds")?;
                self.world.clock.fetch_add(seconds, Ordering::SeqCst);
            }
            ("shutdown", "") => self.world.runtime.shut_down(),
            // The client closes a connection.
            ("close", peer) => drop(self.peers.remove(peer).ok_or("there is no such connection")?),
            // A handler has begun, or ended.
            ("await", "start") => wait(log.started.notified()).await?,
            ("await", "end") => wait(log.ended.notified()).await?,
            ("go-on", "") => log.go_on.notify_one(),
            ("finished", count) => equal(log.finished.load(Ordering::SeqCst), count)?,
            ("dropped", count) => equal(log.dropped.load(Ordering::SeqCst), count)?,
            // Handlers at work.
            ("busy", count) => equal(self.world.busy.load(Ordering::SeqCst), count)?,
            // The server has noticed that clients have gone: from its streams, from its connections.
            ("streams", count) => until(count, || self.world.runtime.open_streams()).await?,
            ("connections", count) => until(count, || self.world.connections.load(Ordering::SeqCst)).await?,
            // A task stands so.
            ("until", what) => {
                let [_, task, status] = what.split(' ').collect::<Vec<_>>()[..] else {
                    return Err("which task, and how".to_owned());
                };
                let id =
                    self.memory.get(task).and_then(Value::as_str).ok_or("no such task is known")?.to_owned();
                let cx = RequestContext::new("alice", ProtocolVersion::LATEST);
                wait(async {
                    while self.world.tasks.get(&cx, &id).is_ok_and(|task| task.status.name() != status) {
                        tokio::task::yield_now().await;
                    }
                })
                .await?;
            }
            // What was remembered.
            ("count", what) => {
                let (name, count) = first_word(what);
                equal(self.memory.get(name).and_then(Value::as_array).map_or(0, Vec::len), count)?;
            }
            ("forge", name) => {
                let known = self.memory.get(name).and_then(Value::as_str).ok_or("nothing to be forged")?;
                let forged = forge(known);
                self.memory.set(name, json!(forged));
            }
            ("keep", names) => {
                let (old, new) = first_word(names);
                let known = self.memory.get(old).cloned().ok_or("nothing to be kept")?;
                self.memory.set(new, known);
                self.memory.forget(old);
            }
            ("differ", names) => {
                let (one, other) = first_word(names);
                if self.memory.get(one) == self.memory.get(other) {
                    return Err("they are the same".to_owned());
                }
            }
            ("visible-ascii", name) => {
                let text = self.memory.get(name).and_then(Value::as_str).unwrap_or_default();
                if text.len() < 32 || !text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) {
                    return Err(format!("{text} is no unguessable visible ASCII"));
                }
            }
            _ => return Err("nothing of that kind can be done".to_owned()),
        }
        Ok(())
    }

    fn note(&mut self, peer: &str, mark: char, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.transcript, "    {peer}{mark} {line}");
        }
    }
}

async fn wait<T>(happens: impl Future<Output = T>) -> Result<T, String> {
    tokio::time::timeout(PATIENCE, happens).await.map_err(|_| "it never happened".to_owned())
}

async fn until(wanted: &str, count: impl Fn() -> usize) -> Result<(), String> {
    let wanted: usize = wanted.parse().map_err(|_| "no number")?;
    wait(async {
        while count() != wanted {
            tokio::task::yield_now().await;
        }
    })
    .await
}

fn equal(actual: usize, wanted: &str) -> Result<(), String> {
    if actual.to_string() == wanted { Ok(()) } else { Err(format!("it is {actual}")) }
}

/// One character of the last part is another.
fn forge(text: &str) -> String {
    let at = text.len() - 10;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}
