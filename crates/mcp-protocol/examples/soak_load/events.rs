//! Reading server-sent events as they arrive in pieces.

use serde_json::Value;

use crate::Failure;

/// One event with data.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: Option<String>,
    /// Its type, if it has one.
    pub(crate) name: Option<String>,
    pub(crate) data: String,
}

impl Event {
    /// The message that it carries.
    pub(crate) fn message(&self) -> Result<Value, Failure> {
        serde_json::from_str(&self.data).map_err(|error| format!("{error} in the event {self:?}").into())
    }
}

/// What has arrived and is not read yet.
#[derive(Default)]
pub(crate) struct EventReader {
    buffer: Vec<u8>,
    read: usize,
}

impl EventReader {
    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        if self.read == self.buffer.len() {
            self.buffer.clear();
            self.read = 0;
        }
        self.buffer.extend_from_slice(piece);
    }

    /// The next whole event. Comments, and events without data, are none.
    pub(crate) fn next(&mut self) -> Result<Option<Event>, Failure> {
        loop {
            let rest = &self.buffer[self.read..];
            let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") else { return Ok(None) };
            let block = std::str::from_utf8(&rest[..end])?;
            let event = parse(block);
            self.read += end + 2;
            if let Some(event) = event {
                return Ok(Some(event));
            }
        }
    }

    /// Whether something is left that is no whole event.
    pub(crate) fn is_broken_off(&self) -> bool {
        self.read != self.buffer.len()
    }
}

fn parse(block: &str) -> Option<Event> {
    let mut event = Event { id: None, name: None, data: String::new() };
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("id", id)) => event.id = Some(id.to_owned()),
            Some(("event", name)) => event.name = Some(name.to_owned()),
            Some(("data", data)) => event.data.push_str(data),
            _ => {}
        }
    }
    // The first event of a stream that can be resumed has an id and no data: it is one.
    (!event.data.is_empty() || event.id.is_some()).then_some(event)
}
