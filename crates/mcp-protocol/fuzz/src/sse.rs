//! Server-sent events, read strictly: not as a client would, which forgives, but as the transports promise to write
//! them. Whatever else is on a stream is a finding.

/// One event.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Event {
    /// Its type, when it is spelled out.
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<u64>,
    pub(crate) data: Option<String>,
}

/// The events of a frame, which holds whole ones: a proxy may cut a stream anywhere, we do not. Comments are none.
pub(crate) fn events(frame: &[u8]) -> Vec<Event> {
    let text = std::str::from_utf8(frame).unwrap();
    assert!(!text.contains('\r'), "a carriage return is a line break of its own: {text:?}");
    assert!(text.ends_with("\n\n"), "a frame ends within an event: {text:?}");
    let blocks = text.trim_end_matches('\n').split("\n\n");
    blocks.filter_map(event).collect()
}

fn event(block: &str) -> Option<Event> {
    if block.starts_with(':') {
        assert!(!block.contains('\n'), "a comment stands alone: {block:?}");
        return None;
    }
    let mut event = Event::default();
    for line in block.split('\n') {
        let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no field: {line:?}"));
        let value = value.to_owned();
        let twice = match name {
            "event" => event.name.replace(value).is_some(),
            "id" => event.id.replace(value).is_some(),
            "data" => event.data.replace(value).is_some(),
            "retry" => event.retry.replace(value.parse().unwrap()).is_some(),
            _ => panic!("no field of ours: {line:?}"),
        };
        assert!(!twice, "a field is there twice: {block:?}");
    }
    Some(event)
}

impl Event {
    /// The message that it carries; none for one that only has an id, or a time to come back.
    pub(crate) fn message(&self) -> Option<&str> {
        let data = self.data.as_deref().filter(|data| !data.is_empty());
        if data.is_none() {
            assert!(self.retry.is_some(), "an event without a message says when to come back: {self:?}");
            assert!(self.data.is_none() || self.id.is_some(), "an empty event has an id: {self:?}");
        }
        data
    }
}

/// Where an id stands in its stream: ids of one stream begin alike and count up.
pub(crate) fn position(id: &str) -> (u64, u64) {
    let (log, sequence) = id.split_once('-').unwrap_or_else(|| panic!("no id of ours: {id:?}"));
    (u64::from_str_radix(log, 16).unwrap(), sequence.parse().unwrap())
}
