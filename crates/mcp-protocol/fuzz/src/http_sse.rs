//! HTTP+SSE: a script of streams that are opened, and of messages to them, by two parties.
//!
//! What must hold whatever is sent: a POST is answered at once, 202 only when its poster's own stream took it; a stream
//! says first where to POST, then messages and nothing else; and every request that was taken is answered once.

use std::time::Duration;

use futures_util::FutureExt as _;
use http::{Method, StatusCode};
use mcp_protocol::{HttpSse, HttpSseOptions};
use serde_json::Value;

use super::answer::{Answer, Stream, check_refusal};
use super::ledger::Ledger;
use super::memory::Memory;
use super::message::Sent;
use super::request::Prepared;
use super::script::{self, Step, What};
use super::server::{Everything, Party};
use super::sse::Event;
use super::world::{ASK_TIMEOUT, AT_ONCE, BESIDE_THE_DEAF, World, options, play, settle, within};

const ENDPOINT: &str = "/sse/message?sessionId=";

/// Plays a script.
pub fn http_sse(input: &[u8]) {
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
    endpoints: HttpSse<Everything>,
    memory: Memory,
    party: Party,
    streams: Vec<Open>,
    /// How long a request may take.
    patience: Duration,
}

/// A stream that is being read.
struct Open {
    stream: Stream,
    party: Party,
    id: Option<String>,
    ledger: Ledger,
}

impl Conversation {
    fn new(world: World) -> Self {
        let options = HttpSseOptions::new("/sse/message", options());
        let endpoints = HttpSse::with_runtime(&world.runtime, options, world.entropy.clone());
        Self {
            world,
            endpoints,
            memory: Memory::default(),
            party: "alice",
            streams: Vec::new(),
            patience: AT_ONCE,
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
                let path = format!("{ENDPOINT}{}", self.memory.stream.as_deref().unwrap_or("none"));
                if let Some(prepared) = Prepared::of(step, number, &path, &self.memory) {
                    self.send(&prepared).await;
                }
            }
        }
    }

    async fn send(&mut self, prepared: &Prepared) {
        let answering = Box::pin(self.endpoints.handle(prepared.request(), self.party));
        if prepared.flags.abandon {
            let Some(response) = answering.now_or_never() else {
                // Taken or not, nobody heard.
                return self.accepted(prepared, false);
            };
            drop(response);
            return;
        }
        let response = within(self.patience, "a request", answering).await;
        if prepared.flags.deaf {
            self.patience = BESIDE_THE_DEAF;
        }
        match Answer::of(response, prepared.flags.deaf).await {
            Answer::Stream(stream) => {
                assert_eq!(prepared.method, Method::GET);
                self.streams.push(Open { stream, party: self.party, id: None, ledger: Ledger::default() });
            }
            Answer::Whole(StatusCode::ACCEPTED, body) => {
                assert_eq!((&prepared.method, &*body), (&Method::POST, &b"Accepted"[..]));
                self.accepted(prepared, true);
            }
            Answer::Whole(status, body) => {
                assert!(status.is_client_error(), "{status}");
                check_refusal(status, &body, None);
            }
            Answer::Empty(status) => panic!("{status} without a body"),
        }
    }

    /// A stream of this party's has the message.
    fn accepted(&mut self, prepared: &Prepared, surely: bool) {
        let query = prepared.target.query().unwrap_or_default();
        let party = self.party;
        let named = |open: &&mut Open| open.id.as_deref().is_some_and(|id| query.contains(id));
        let Some(open) = self.streams.iter_mut().find(named) else {
            assert!(!surely, "a message was taken, but by no stream: {query}");
            return;
        };
        if open.party == party {
            open.ledger.sent(Sent::read(&prepared.body), surely);
        } else {
            assert!(!surely, "{party} reached a stream of {}", open.party);
        }
    }

    /// Looks at what the streams said.
    fn look(&mut self) {
        for open in &mut self.streams {
            for event in open.stream.take() {
                if let Some(message) = open.check(&event) {
                    self.memory.message(&message);
                } else {
                    self.memory.stream.clone_from(&open.id);
                }
            }
        }
    }

    /// Waits until nothing can be under way any more.
    async fn close(mut self) {
        tokio::time::sleep(ASK_TIMEOUT * 3 + self.patience).await;
        self.look();
        for open in self.streams.iter().filter(|open| !open.stream.deaf) {
            open.ledger.close();
        }
    }
}

impl Open {
    /// The message of an event; none of the first one.
    fn check(&mut self, event: &Event) -> Option<Value> {
        assert!(event.id.is_none() && event.retry.is_none(), "{event:?}");
        let data = event.data.as_deref().unwrap();
        if self.id.is_none() {
            assert_eq!(event.name.as_deref(), Some("endpoint"));
            self.id = Some(data.strip_prefix(ENDPOINT).unwrap().to_owned());
            return None;
        }
        assert_eq!(event.name.as_deref(), Some("message"));
        let message: Value = serde_json::from_str(data).unwrap();
        self.ledger.said(&message);
        Some(message)
    }
}
