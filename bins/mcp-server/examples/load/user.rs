//! One user with their app: an own workspace, an own address, an own connection, and a revision of MCP that the app speaks.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::calls::{Kind, Step};
use crate::connection::{Answer, Connection, Outgoing, Stream};
use crate::login::{self, Tokens};
use crate::random::Random;
use crate::{Failure, World};

pub(crate) const MODERN: &str = "2026-07-28";
/// Spoken over HTTP+SSE, which has no header for it.
const OVER_SSE: &str = "2024-11-05";
/// The revisions of ten users: six of the newest, four of those with sessions.
const REVISIONS: [&str; 10] =
    [MODERN, "2025-11-25", MODERN, "2025-06-18", MODERN, MODERN, "2025-11-25", MODERN, "2025-06-18", MODERN];
/// Ends of numbers that the simulated carriers refuse or cannot reach.
const UNREACHABLE: [&str; 2] = ["0119", "0120"];

/// What the user knows of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) inbox: String,
    /// Id and number of each contact.
    contacts: Vec<(String, String)>,
    texts: usize,
}

impl Desk {
    /// One of the contacts.
    pub(crate) fn contact(&self, random: &mut Random) -> (&str, &str) {
        let at = usize::try_from(random.below(self.contacts.len() as u64)).unwrap_or_default();
        self.contacts.get(at).map_or(("", ""), |(id, number)| (id, number))
    }

    /// Whom to text next, and what: one contact after the other, and never the same text.
    pub(crate) fn next_text(&mut self) -> (String, String) {
        let (_, number) =
            self.contacts.get(self.texts % self.contacts.len().max(1)).cloned().unwrap_or_default();
        self.texts += 1;
        (number, format!("Your order number {} is ready to be picked up.", self.texts))
    }
}

/// A user.
pub(crate) struct User {
    workspace: usize,
    address: String,
    revision: &'static str,
    session: Option<String>,
    tokens: Tokens,
    connection: Connection,
    random: Random,
    desk: Desk,
    requests: u64,
}

impl User {
    /// Logs in, opens a session where the revision has them, and looks around.
    pub(crate) async fn arrive(world: &World, number: usize) -> Result<Self, Failure> {
        let mut user = Self::log_in(world, number, REVISIONS[number % REVISIONS.len()]).await?;
        if user.revision != MODERN {
            user.initialize(world).await?;
        }
        let inboxes = user.ask(world, Kind::ListInboxes).await?;
        let inbox = inboxes.pointer("/structuredContent/inboxes/0/id").and_then(Value::as_str);
        user.desk.inbox = inbox.ok_or_else(|| format!("no inbox: {inboxes}"))?.to_owned();
        let contacts = user.ask(world, Kind::ListContacts).await?;
        user.desk.contacts = contacts_of(&contacts);
        if user.desk.contacts.is_empty() {
            return Err("the workspace has no contacts whom one could text".into());
        }
        Ok(user)
    }

    /// Logs in and hangs up. Whoever speaks the newest revision needs nothing else to begin.
    pub(crate) async fn sign_in(world: &World, number: usize) -> Result<Self, Failure> {
        let mut user = Self::log_in(world, number, MODERN).await?;
        user.connection = Connection::new(world.server);
        Ok(user)
    }

    async fn log_in(world: &World, number: usize, revision: &'static str) -> Result<Self, Failure> {
        let mut connection = Connection::new(world.server);
        let address = address(number);
        let tokens = login::login(world, &mut connection, number, &address).await?;
        Ok(Self {
            workspace: number,
            address,
            revision,
            session: None,
            tokens,
            connection,
            random: Random::new(world.seed, number),
            desk: Desk::default(),
            requests: 0,
        })
    }

    /// Another one with the same tokens, for what is asked at the same time; the `number`th, so that no two ids are alike.
    /// Only one of them may refresh the tokens.
    pub(crate) fn twin(&self, world: &World, number: usize) -> Self {
        Self {
            workspace: self.workspace,
            address: self.address.clone(),
            revision: self.revision,
            session: None,
            tokens: self.tokens.clone(),
            connection: Connection::new(world.server),
            random: Random::new(world.seed, number),
            desk: Desk::default(),
            requests: (number as u64) << 32,
        }
    }

    /// Time to think.
    pub(crate) fn pause(&mut self, mean: std::time::Duration) -> std::time::Duration {
        self.random.pause(mean)
    }

    /// The next thing of a day.
    pub(crate) async fn step(&mut self, world: &World) {
        match Step::draw(&mut self.random) {
            Step::Do(kind) => drop(self.make(world, kind).await),
            Step::Abandon => self.abandon(world).await,
        }
    }

    /// The next thing of a rush.
    pub(crate) fn rush(&mut self, all: bool) -> Kind {
        Kind::rush(&mut self.random, all)
    }

    /// Makes a request, checks the answer, and counts it. Whether it is the one that was asked for.
    pub(crate) async fn make(&mut self, world: &World, kind: Kind) -> bool {
        let outcome = match kind {
            Kind::Refresh => self.refresh(world).await,
            kind => self.ask(world, kind).await.map(drop),
        };
        if let Err(failure) = &outcome
            && !failure.is::<Refused>()
        {
            world.tally.complain(format!("{kind:?} of user {}: {failure}", self.workspace));
        }
        outcome.is_ok()
    }

    /// Makes a request over a connection that many users share, as behind a proxy.
    pub(crate) async fn make_over(&mut self, world: &World, kind: Kind, shared: &mut Connection) -> bool {
        std::mem::swap(&mut self.connection, shared);
        let is_answered = self.make(world, kind).await;
        std::mem::swap(&mut self.connection, shared);
        is_answered
    }

    /// Opens a stream as an app of HTTP+SSE does, and begins a conversation over it. Apps of later revisions hold none open
    /// here: they do so where a server announces changes, and this one announces nothing.
    pub(crate) async fn listen(&mut self, world: &World) -> Result<Stream, Failure> {
        let get = self.head(world, Method::GET, "/sse", OVER_SSE).body(Full::default())?;
        let mut stream = Connection::new(world.server).open(get).await?;
        let endpoint = stream.event().await?;
        let id = self.next_id();
        let initialize = json!({
            "jsonrpc": "2.0",
            "id": id,
            "method": "initialize",
            "params": {
                "protocolVersion": OVER_SSE,
                "capabilities": {},
                "clientInfo": { "name": "load", "version": "1" },
            },
        });
        self.tell(world, &endpoint, &initialize).await?;
        let answer: Value = serde_json::from_str(&stream.event().await?)?;
        if answer["id"] != id || answer["result"]["protocolVersion"] != OVER_SSE {
            return Err(format!("not the answer to `initialize`: {answer}").into());
        }
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.tell(world, &endpoint, &initialized).await?;
        Ok(stream)
    }

    /// Sends a message of HTTP+SSE, whose answer comes over the stream.
    async fn tell(&mut self, world: &World, endpoint: &str, message: &Value) -> Result<(), Failure> {
        let request = self.head(world, Method::POST, endpoint, OVER_SSE);
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(message.to_string())))?;
        let answer = self.connection.send(request).await?;
        if answer.status != StatusCode::ACCEPTED {
            return Err(format!("a message was answered {}, {}", answer.status, answer.said()).into());
        }
        Ok(())
    }

    async fn abandon(&mut self, world: &World) {
        let after = self.random.pause(std::time::Duration::from_millis(20));
        let id = self.next_id();
        let (method, params) = Kind::FetchMessages.request(&mut self.desk, &mut self.random);
        let sent = match self.post(world, &id, method, params) {
            Ok(request) => Connection::new(world.server).abandon(request, after).await,
            Err(failure) => Err(failure),
        };
        match sent {
            Ok(()) => world.tally.abandoned(),
            Err(failure) => world.tally.complain(format!("a call to be abandoned: {failure}")),
        }
    }

    async fn initialize(&mut self, world: &World) -> Result<(), Failure> {
        let id = self.next_id();
        let params = json!({
            "protocolVersion": self.revision,
            "capabilities": {},
            "clientInfo": { "name": "load", "version": "1" },
        });
        let request = self.post(world, &id, "initialize", params)?;
        let answer = self.connection.send(request).await?;
        let result = result(&answer, &id)?;
        if result["protocolVersion"] != self.revision {
            return Err(format!("another revision: {result}").into());
        }
        self.session = Some(answer.header("mcp-session-id").to_owned()).filter(|id| !id.is_empty());
        world.tally.answered(Kind::Initialize, answer.timing);
        let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let request = self.mcp(world, Method::POST).header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(body.to_string())))?;
        let answer = self.connection.send(request).await?;
        if answer.status != StatusCode::ACCEPTED {
            return Err(format!("a notification was answered {}", answer.status).into());
        }
        world.tally.answered(Kind::Initialized, answer.timing);
        Ok(())
    }

    /// Asks, and returns the result; none of a list of tools.
    async fn ask(&mut self, world: &World, kind: Kind) -> Result<Value, Failure> {
        let id = self.next_id();
        let (method, params) = kind.request(&mut self.desk, &mut self.random);
        let request = self.post(world, &id, method, params)?;
        let answer = self.connection.send(request).await?;
        refused(world, kind, &answer)?;
        if kind == Kind::ToolsList {
            listed(&answer, &id)?;
            world.tally.answered(kind, answer.timing);
            return Ok(Value::Null);
        }
        let result = result(&answer, &id)?;
        if result["isError"] == true || !result["structuredContent"].is_object() {
            return Err(format!("not the result that was asked for: {}", answer.said()).into());
        }
        world.tally.answered(kind, answer.timing);
        Ok(result)
    }

    async fn refresh(&mut self, world: &World) -> Result<(), Failure> {
        let request = login::refresh(world, &self.tokens, &self.address)?;
        let answer = self.connection.send(request).await?;
        refused(world, Kind::Refresh, &answer)?;
        if answer.status != StatusCode::OK {
            return Err(format!("{}, {}", answer.status, answer.said()).into());
        }
        self.tokens = login::refreshed(&self.tokens, &answer)?;
        world.tally.answered(Kind::Refresh, answer.timing);
        Ok(())
    }

    fn next_id(&mut self) -> Value {
        self.requests += 1;
        self.requests.into()
    }

    fn post(&self, world: &World, id: &Value, method: &str, mut params: Value) -> Result<Outgoing, Failure> {
        let mut request = self.mcp(world, Method::POST).header(CONTENT_TYPE, "application/json");
        if self.revision == MODERN {
            request = request.header("mcp-method", method);
            if let Some(name) = params["name"].as_str() {
                request = request.header("mcp-name", name);
            }
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": { "name": "load", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        Ok(request.body(Full::new(Bytes::from(body.to_string())))?)
    }

    /// The head of a request to the endpoint, as its revision has it.
    fn mcp(&self, world: &World, method: Method) -> http::request::Builder {
        let request = self.head(world, method, "/mcp", self.revision);
        match &self.session {
            Some(session) => request.header("mcp-session-id", session),
            None => request,
        }
    }

    fn head(&self, world: &World, method: Method, path: &str, revision: &str) -> http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, login::host(&world.origin))
            .header("x-forwarded-for", &self.address)
            .header(AUTHORIZATION, format!("Bearer {}", self.tokens.access))
            .header(ACCEPT, "application/json, text/event-stream");
        if revision == OVER_SSE { request } else { request.header("mcp-protocol-version", revision) }
    }
}

/// A refusal as it has to be; counted already.
#[derive(Debug)]
pub(crate) struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server has more to do than it can")
    }
}

impl std::error::Error for Refused {}

/// An address of 10.0.0.0/8 for each user, no two of one block: tries from a block are counted together.
pub(crate) fn address(number: usize) -> String {
    format!("10.{}.{}.7", number >> 8 & 255, number & 255)
}

/// Where requests may be refused: counts one that was, if it is well formed.
fn refused(world: &World, kind: Kind, answer: &Answer) -> Result<(), Failure> {
    if !matches!(answer.status.as_u16(), 429 | 503) || !world.may_refuse {
        return Ok(());
    }
    let wait: Option<u64> = answer.header("retry-after").parse().ok();
    if wait.is_none_or(|wait| wait == 0) {
        return Err(format!("{} without Retry-After", answer.status).into());
    }
    world.tally.refused(kind, answer.timing.clone());
    Err(Box::new(Refused))
}

/// The answer to `tools/list`. Read as far as it has to be: it is long, and whoever reads it keeps others from their answers.
#[derive(Deserialize)]
struct Listed {
    id: Value,
    result: Tools,
}

#[derive(Deserialize)]
struct Tools {
    tools: Vec<IgnoredAny>,
}

/// Whether it lists tools in answer to `id`.
fn listed(answer: &Answer, id: &Value) -> Result<(), Failure> {
    let listed: Listed = serde_json::from_str(message(answer)?)?;
    if listed.id != *id || listed.result.tools.is_empty() {
        return Err(format!("no list in answer to {id}: {}", answer.said()).into());
    }
    Ok(())
}

/// The result of the answer to `id`.
fn result(answer: &Answer, id: &Value) -> Result<Value, Failure> {
    let mut message: Value = serde_json::from_str(message(answer)?)?;
    if message.get("id") != Some(id) {
        return Err(format!("this does not answer {id}: {}", answer.said()).into());
    }
    let wrong = || format!("{}, {}", answer.status, answer.said());
    message.get_mut("result").map(Value::take).ok_or_else(|| wrong().into())
}

/// The message of an answer, which comes as JSON or as the last event of a stream.
fn message(answer: &Answer) -> Result<&str, Failure> {
    let wrong = || format!("{}, {}", answer.status, answer.said());
    if answer.status != StatusCode::OK {
        return Err(wrong().into());
    }
    let text = std::str::from_utf8(&answer.body)?;
    if answer.header("content-type").starts_with("text/event-stream") {
        return Ok(text.lines().rev().find_map(|line| line.strip_prefix("data: ")).ok_or_else(wrong)?);
    }
    Ok(text)
}

/// Id and number of each contact that can be texted.
fn contacts_of(result: &Value) -> Vec<(String, String)> {
    let contacts = result.pointer("/structuredContent/contacts").and_then(Value::as_array);
    let reachable = contacts.into_iter().flatten().filter_map(|contact| {
        let number = contact["phoneNumbers"][0]["value"].as_str()?;
        let id = contact["id"].as_str()?;
        let can_be_texted = number.contains("55501") && !UNREACHABLE.iter().any(|end| number.ends_with(end));
        can_be_texted.then(|| (id.to_owned(), number.to_owned()))
    });
    reachable.collect()
}
