//! What a client reads from a stream is what was said, whatever was said and however the bytes arrive.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::arbitrary::any_json;

/// The events of a stream as a client reads them (HTML, section 9.2.6), which breaks lines at every CR, LF and CRLF:
/// type and data.
pub(in crate::transport) fn dispatched(text: &str) -> Vec<(String, String)> {
    let mut events = Vec::new();
    let (mut name, mut data) = (String::new(), Vec::new());
    for line in text.replace("\r\n", "\n").split(['\r', '\n']) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => data.push(value),
            "" if line.is_empty() => {
                if !data.is_empty() {
                    let kind = if name.is_empty() { "message" } else { &name };
                    events.push((kind.to_owned(), data.join("\n")));
                }
                name.clear();
                data.clear();
            }
            _ => {}
        }
    }
    events
}

/// Everything that a stream gives without waiting.
pub(in crate::transport) fn drain(stream: &mut EventStream) -> (String, bool) {
    let mut bytes = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        match stream.poll_event(&mut cx) {
            Poll::Ready(Some(frame)) => bytes.extend_from_slice(&frame),
            Poll::Ready(None) => return (String::from_utf8(bytes).unwrap(), true),
            Poll::Pending => return (String::from_utf8(bytes).unwrap(), false),
        }
    }
}

pub(in crate::transport) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

fn any_messages() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(any_json(), 0..8)
}

fn bytes(message: &Value) -> Bytes {
    serde_json::to_vec(message).unwrap().into()
}

const KEEP_ALIVE: Duration = Duration::from_secs(15);

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// The stream of one request, read after some of it was said, and again after the rest.
    #[test]
    fn a_call_is_read_as_it_was_said(messages in any_messages(), answer in any_json(), first in any::<prop::sample::Index>()) {
        let runtime = runtime();
        let _guard = runtime.enter();
        let (out, queue) = queue::channel(16);
        let (send, answered) = oneshot::channel();
        let opening = bytes(&Value::Null);
        let mut stream = EventStream::for_request(event(&opening), queue, answered, KEEP_ALIVE, None);
        let first = first.index(messages.len() + 1);
        messages[..first].iter().for_each(|message| out.try_send(bytes(message)).unwrap());
        let (mut text, ended) = drain(&mut stream);
        prop_assert!(!ended);
        messages[first..].iter().for_each(|message| out.try_send(bytes(message)).unwrap());
        send.send(bytes(&answer)).unwrap();
        let (rest, ended) = drain(&mut stream);
        text.push_str(&rest);
        prop_assert!(ended && Pin::new(&mut ResponseBody::Stream(Box::new(stream))).is_end_stream());
        let expected: Vec<_> = [&Value::Null].into_iter().chain(&messages).chain([&answer]).collect();
        let read = dispatched(&text);
        prop_assert!(read.iter().all(|(name, _)| name == "message"));
        let read: Vec<Value> = read.iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), expected);
    }

    /// A stream without an end of its own, with types spelled out and without, and a silence in the middle.
    #[test]
    fn an_open_stream_is_read_as_it_was_said(messages in any_messages(), named in any::<bool>()) {
        let runtime = runtime();
        let _guard = runtime.enter();
        let (out, queue) = queue::channel(16);
        let mut stream = if named {
            EventStream::open_named(Bytes::from_static(b"event: endpoint\ndata: /m\n\n"), queue, KEEP_ALIVE)
        } else {
            EventStream::open(queue, KEEP_ALIVE)
        };
        let mut text = String::new();
        for message in &messages {
            out.try_send(bytes(message)).unwrap();
            text.push_str(&drain(&mut stream).0);
            runtime.block_on(tokio::time::advance(KEEP_ALIVE));
            text.push_str(&drain(&mut stream).0);
        }
        drop(out);
        let (rest, ended) = drain(&mut stream);
        text.push_str(&rest);
        prop_assert!(ended);
        prop_assert_eq!(text.matches("\n\n: keep-alive\n\n").count(), messages.len(), "{}", text);
        let mut expected: Vec<_> =
            messages.iter().map(|message| ("message".to_owned(), message.to_string())).collect();
        if named {
            expected.insert(0, ("endpoint".to_owned(), "/m".to_owned()));
        }
        prop_assert_eq!(dispatched(&text), expected);
    }
}
