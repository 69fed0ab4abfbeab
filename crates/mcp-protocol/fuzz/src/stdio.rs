//! stdio: a script of lines to one process. Steps that carry a message write it as a line; those of HTTP and those that
//! are none write their text as it is.
//!
//! What must hold whatever is written: lines of JSON-RPC messages come back and nothing else, every message is answered
//! as often as it must be, and the server ends soon after its input does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mcp_protocol::stdio::{self, StdioOptions};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};

use super::ledger::Ledger;
use super::memory::Memory;
use super::message::Sent;
use super::request;
use super::script::{self, Step, What};
use super::world::{ASK_TIMEOUT, AT_ONCE, MAX_BODY, World, play, settle, within};

/// Plays a script.
pub fn stdio(input: &[u8]) {
    play(|world| async move {
        let (to_server, reader) = tokio::io::duplex(1 << 16);
        let (writer, from_server) = tokio::io::duplex(1 << 16);
        let runtime = world.runtime.clone();
        let serving = tokio::spawn(async move {
            let mut options = StdioOptions::default();
            options.max_line = MAX_BODY;
            options.call_timeout = Duration::from_secs(4);
            stdio::serve_runtime(&runtime, "alice", BufReader::new(reader), writer, options).await
        });
        let mut conversation = Conversation::new(world, to_server, from_server);
        for (number, step) in script::steps(input).iter().enumerate() {
            conversation.play(step, number).await;
            settle().await;
            conversation.look();
        }
        // The input ends: what cannot be answered any more must not be waited for.
        drop(conversation.to_server.take());
        within(AT_ONCE, "stdio after its end", serving).await.unwrap().unwrap();
        settle().await;
        conversation.close();
    });
}

struct Conversation {
    world: World,
    to_server: Option<DuplexStream>,
    said: Arc<Mutex<Vec<u8>>>,
    memory: Memory,
    /// Everything that was written.
    written: Vec<u8>,
    /// How much of it was there when the server stopped reading.
    heard: Option<usize>,
    messages: Vec<Value>,
}

impl Conversation {
    fn new(world: World, to_server: DuplexStream, mut from_server: DuplexStream) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let hearing = Arc::clone(&said);
        tokio::spawn(async move {
            let mut buffer = [0; 4_096];
            while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
                hearing.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..read]);
            }
        });
        let (memory, written, messages) = (Memory::default(), Vec::new(), Vec::new());
        Self { world, to_server: Some(to_server), said, memory, written, heard: None, messages }
    }

    async fn play(&mut self, step: &Step<'_>, number: usize) {
        let text = self.memory.fill(step.text);
        let mut line = match step.what {
            What::As(_) | What::HangUp | What::Open => return,
            What::Changed => return self.world.server.change("alice"),
            What::Wait => return tokio::time::sleep(ASK_TIMEOUT / 2).await,
            What::ShutDown => {
                self.world.runtime.shut_down();
                settle().await;
                self.heard = Some(self.heard.unwrap_or(self.written.len()));
                return;
            }
            What::Modern { method, id } => {
                request::message(id, Some(number), method, &request::modern_params(&text, step.flags))
            }
            What::Legacy { version, method: method @ "initialize", id } => {
                request::message(id, Some(number), method, &request::initialize(version, &text, step.flags))
            }
            What::Legacy { method, id, .. } => request::message(id, Some(number), method, &text),
            What::Notify { method, .. } => request::message(None, None, method, &text),
            What::Answer { refuses } => request::answer(self.memory.question.as_deref(), refuses, &text),
            What::Batch => [b"[", &*text, b"]"].concat(),
            What::Http { .. } | What::Body => text,
        };
        // Without the end of the line, the next step goes on in it.
        if !step.flags.abandon {
            line.push(b'\n');
        }
        self.written.extend_from_slice(&line);
        if let Some(to_server) = &mut self.to_server {
            // Fails once the server has stopped reading, after a line that is too long or a shutdown.
            let _ = within(AT_ONCE, "a write", to_server.write_all(&line)).await;
        }
    }

    /// Looks at the lines that came.
    fn look(&mut self) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = said.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in said.drain(..whole).collect::<Vec<u8>>().split_inclusive(|byte| *byte == b'\n') {
            let message: Value = serde_json::from_slice(line).unwrap();
            self.memory.message(&message);
            self.messages.push(message);
        }
    }

    fn close(mut self) {
        self.look();
        let rest = self.said.lock().unwrap_or_else(PoisonError::into_inner).len();
        assert_eq!(rest, 0, "half a line");
        let mut ledger = Ledger::default();
        for line in self.heard() {
            ledger.sent(Sent::read(line), true);
        }
        for message in &self.messages {
            ledger.said(message);
        }
        ledger.close();
    }

    /// The lines that the server took: up to the first that is too long, or its shutdown.
    fn heard(&self) -> Vec<&[u8]> {
        let mut heard = Vec::new();
        let written = match self.heard {
            None => &self.written[..],
            // Half a line is no line, where the input did not end.
            Some(heard) => {
                let heard = &self.written[..heard];
                &heard[..heard.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)]
            }
        };
        for line in written.split(|byte| *byte == b'\n') {
            if line.len() > MAX_BODY {
                // Answered as what cannot be read.
                heard.push(&b"{"[..]);
                break;
            }
            if !line.trim_ascii().is_empty() {
                heard.push(line);
            }
        }
        heard
    }
}
