//! Streamable HTTP: a script of requests, of two parties, to one endpoint.
//!
//! What must hold whatever is sent: an answer at once, never a panic, never a 5xx; what is refused is refused with a
//! JSON-RPC error; an answer has the id of its request; a call that streams is answered once, at the end of its stream;
//! and what was made for one party is worth nothing to the other.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::FutureExt as _;
use http::{Method, StatusCode};
use mcp_protocol::{ProtocolVersion, StreamableHttp};
use serde_json::Value;

use super::answer::{Answer, Stream, check_refusal};
use super::memory::Memory;
use super::message::{self, Request, Said, Sent};
use super::request::Prepared;
use super::script::{self, Step, What};
use super::server::{Everything, Party};
use super::world::{ASK_TIMEOUT, AT_ONCE, BESIDE_THE_DEAF, World, options, play, settle, within};

/// Plays a script.
pub fn streamable_http(input: &[u8]) {
    play(|world| async move {
        let mut conversation = Conversation::new(world);
        for (number, step) in script::steps(input).iter().enumerate() {
            conversation.play(step, number).await;
            settle().await;
            conversation.look();
        }
        conversation.close().await;
    });
}

struct Conversation {
    world: World,
    endpoint: StreamableHttp<Everything>,
    memory: Memory,
    party: Party,
    streams: Vec<Open>,
    /// How long a request may take.
    patience: Duration,
    /// Whom each session was opened for.
    sessions: HashMap<String, Party>,
    /// Something was cancelled, ended or read elsewhere: a stream may end without its answer.
    disturbed: bool,
}

/// A stream that is being read.
struct Open {
    stream: Stream,
    kind: Kind,
    answered: bool,
}

enum Kind {
    /// Of one request, and whether its headers agree with it.
    Call(Request, bool),
    /// Of a batch, with its requests.
    Batch(Vec<Request>),
    /// `subscriptions/listen`; whether the acknowledgement came.
    Listen(Request, bool),
    /// Of changes.
    Changes,
    /// The rest of a call's.
    Resumed,
}

impl Conversation {
    fn new(world: World) -> Self {
        Self {
            endpoint: StreamableHttp::with_runtime(&world.runtime, options()),
            world,
            memory: Memory::default(),
            party: "alice",
            streams: Vec::new(),
            patience: AT_ONCE,
            sessions: HashMap::new(),
            disturbed: false,
        }
    }

    async fn play(&mut self, step: &Step<'_>, number: usize) {
        match step.what {
            What::As(name) => self.party = if name == "bob" { "bob" } else { "alice" },
            What::HangUp => drop(self.streams.pop()),
            What::Changed => self.world.server.change(self.party),
            What::Wait => tokio::time::sleep(ASK_TIMEOUT / 2).await,
            What::ShutDown => self.world.runtime.shut_down(),
            _ => {
                if let Some(prepared) = Prepared::of(step, number, "/mcp", &self.memory) {
                    self.send(&prepared).await;
                }
            }
        }
    }

    async fn send(&mut self, prepared: &Prepared) {
        let sent = (prepared.method == Method::POST).then(|| Sent::read(&prepared.body));
        let answering = Box::pin(self.endpoint.handle(prepared.request(), self.party));
        let response = if prepared.flags.abandon {
            let Some(response) = answering.now_or_never() else {
                // A legacy call runs on, and a modern one was cancelled: either may have had a stream to itself.
                self.disturbed = true;
                return;
            };
            response
        } else {
            within(self.patience, "a request", answering).await
        };
        let headers = response.headers().clone();
        self.memory.head(&headers);
        if let Some(session) = headers.get("mcp-session-id") {
            assert!(is_initialize(sent.as_ref()), "a session for what opens none");
            self.sessions.insert(session.to_str().unwrap().to_owned(), self.party);
        }
        if response.status().is_success() {
            self.check_party(prepared, sent.as_ref());
        }
        if prepared.flags.deaf {
            self.patience = BESIDE_THE_DEAF;
        }
        match Answer::of(response, prepared.flags.deaf).await {
            Answer::Empty(status) => self.taken(status, prepared, sent.as_ref()),
            Answer::Whole(StatusCode::OK, body) => self.answered(&body, prepared, sent.as_ref()),
            Answer::Whole(status, body) => {
                assert!(status.is_client_error(), "{status}");
                check_refusal(status, &body, sent.as_ref());
            }
            Answer::Stream(stream) => {
                let kind = self.kind(prepared, sent);
                self.streams.push(Open { stream, kind, answered: false });
            }
        }
    }

    /// An answer without a body: to what wants none, and to nothing else.
    fn taken(&mut self, status: StatusCode, prepared: &Prepared, sent: Option<&Sent>) {
        match (status, sent) {
            (StatusCode::ACCEPTED, Some(Sent::Notification { cancels })) => {
                self.disturbed |= cancels.is_some();
            }
            (StatusCode::ACCEPTED, Some(Sent::Response)) => {}
            (StatusCode::ACCEPTED, Some(Sent::Batch(messages))) => {
                self.disturbed |= cancels(messages);
                assert!(self.disturbed || requests(messages).is_empty(), "{messages:?}");
            }
            (StatusCode::NO_CONTENT, None) if prepared.method == Method::DELETE => self.disturbed = true,
            _ => panic!("{status} to {sent:?}"),
        }
    }

    fn answered(&mut self, body: &[u8], prepared: &Prepared, sent: Option<&Sent>) {
        let body: Value = serde_json::from_slice(body).unwrap();
        match sent {
            Some(Sent::Batch(messages)) => {
                self.disturbed |= cancels(messages);
                check_batch(&body, &requests(messages), self.disturbed);
            }
            Some(Sent::Request(request)) => check_call(&body, request, agrees(prepared, request)),
            _ => panic!("an answer to {sent:?}: {body}"),
        }
        self.memory.message(&body);
    }

    fn kind(&mut self, prepared: &Prepared, sent: Option<Sent>) -> Kind {
        match sent {
            Some(Sent::Request(request))
                if request.method == "subscriptions/listen" && request.claims_modern =>
            {
                Kind::Listen(request, false)
            }
            Some(Sent::Request(request)) => {
                let agrees = agrees(prepared, &request);
                Kind::Call(request, agrees)
            }
            Some(Sent::Batch(messages)) => {
                self.disturbed |= cancels(&messages);
                Kind::Batch(requests(&messages))
            }
            None if prepared.method == Method::GET && prepared.header("last-event-id").is_some() => {
                self.disturbed = true;
                Kind::Resumed
            }
            None if prepared.method == Method::GET => Kind::Changes,
            sent => panic!("a stream for {sent:?}"),
        }
    }

    /// A session of somebody else's does not exist: what names one is not served.
    fn check_party(&self, prepared: &Prepared, sent: Option<&Sent>) {
        let mut named = prepared.headers.get_all("mcp-session-id").iter();
        let (Some(named), None) = (named.next(), named.next()) else { return };
        let owner = named.to_str().ok().and_then(|named| self.sessions.get(named.trim()));
        let version = prepared.header("mcp-protocol-version").map(str::trim);
        let is_legacy = version.is_none_or(|version| {
            ProtocolVersion::from_name(version).is_some_and(|version| !version.is_modern())
        });
        let looks = match sent {
            // The first request is served without a session.
            Some(Sent::Request(request)) => request.method != "initialize" && !request.claims_modern,
            _ => true,
        };
        let foreign = owner.is_some_and(|owner| *owner != self.party);
        assert!(!(foreign && is_legacy && looks), "{} used a session of {owner:?}", self.party);
    }

    /// Looks at what the streams said.
    fn look(&mut self) {
        for open in &mut self.streams {
            for event in open.stream.take() {
                self.memory.event(&event);
                let Some(text) = event.message() else { continue };
                let message: Value = serde_json::from_str(text).unwrap();
                open.check(&message, self.disturbed);
                self.memory.message(&message);
            }
        }
    }

    /// Waits until nothing can be under way any more.
    async fn close(mut self) {
        // A handler asks twice at most, and then has its time.
        tokio::time::sleep(ASK_TIMEOUT * 3 + self.patience).await;
        self.look();
        for Open { stream, kind, answered } in &self.streams {
            if matches!(kind, Kind::Call(..) | Kind::Batch(_)) && !stream.deaf {
                assert!(stream.has_ended(), "the stream of a call that cannot be under way");
                let excused = self.disturbed || stream.is_released();
                assert!(*answered || excused, "a stream without its answer");
            }
        }
    }
}

impl Open {
    fn check(&mut self, message: &Value, disturbed: bool) {
        assert!(!self.answered, "something after the answer: {message}");
        if let (Kind::Batch(requests), Value::Array(_)) = (&self.kind, message) {
            check_batch(message, requests, disturbed);
            self.answered = true;
            return;
        }
        let said = message::check(message);
        let id = &message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
        match (&mut self.kind, said) {
            (Kind::Call(request, agrees), Said::Result | Said::Error) => {
                check_call(message, request, *agrees);
                self.answered = true;
            }
            (Kind::Listen(request, _), Said::Result) => {
                let id = &message["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
                assert!(message["id"] == request.id && *id == request.id, "{message}");
                self.answered = true;
            }
            (Kind::Resumed, Said::Result | Said::Error) => self.answered = true,
            (Kind::Call(request, _), Said::Question) => {
                assert!(!request.claims_modern, "a question over a modern stream: {message}");
            }
            (Kind::Batch(_) | Kind::Resumed, Said::Question) => {}
            (Kind::Listen(request, acknowledged), Said::Notification) => {
                let is_first = message["method"] == "notifications/subscriptions/acknowledged";
                assert!(is_first != *acknowledged && *id == request.id, "{message}");
                *acknowledged = true;
            }
            (_, Said::Notification) => assert!(id.is_null(), "{message}"),
            (_, said) => panic!("{said:?} where none belongs: {message}"),
        }
    }
}

/// Whether the headers that a modern request has say the same as its body.
fn agrees(prepared: &Prepared, request: &Request) -> bool {
    let says = |name, value| prepared.header(name).is_some_and(|header| header.trim() == value);
    says("mcp-protocol-version", "2026-07-28") && says("mcp-method", &request.method)
}

fn check_call(answer: &Value, request: &Request, agrees: bool) {
    message::check_answer(answer, &Sent::Request(request.clone()));
    let is_modern = answer["result"].get("resultType").is_some();
    assert!(agrees || !is_modern, "a modern result to a request whose headers say something else: {answer}");
}

fn is_initialize(sent: Option<&Sent>) -> bool {
    matches!(sent, Some(Sent::Request(request)) if request.method == "initialize")
}

fn requests(messages: &[Sent]) -> Vec<Request> {
    let request = |message: &Sent| match message {
        Sent::Request(request) => Some(request.clone()),
        _ => None,
    };
    messages.iter().filter_map(request).collect()
}

/// Whether a batch cancels something, which may be a call of its own.
fn cancels(messages: &[Sent]) -> bool {
    messages.iter().any(|message| matches!(message, Sent::Notification { cancels: Some(_) }))
}

/// One answer for each request, in their order; none for one that was cancelled, if any was.
fn check_batch(answers: &Value, requests: &[Request], disturbed: bool) {
    let answers = answers.as_array().unwrap();
    let all = answers.len() == requests.len();
    assert!(!answers.is_empty() && (all || disturbed), "{answers:?} to {requests:?}");
    let mut requests = requests.iter();
    for answer in answers {
        let request = requests.by_ref().find(|request| answer.get("id") == Some(&request.id));
        let request = request.unwrap_or_else(|| panic!("it answers nothing, or out of turn: {answer}"));
        message::check_answer(answer, &Sent::Request(request.clone()));
    }
}
