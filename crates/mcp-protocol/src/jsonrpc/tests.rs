//! What is a message, and what is not.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Envelope, Incoming, Message, RequestId, parse, write_error, write_result};
use crate::arbitrary::{any_id, any_json, any_text};
use crate::error::RpcError;
use crate::input::{ElicitForm, Field, InputRequest, LegacyRequest};
use crate::notifier::Event;
use crate::subscription::{Interests, acknowledgement, closing, notification};
use crate::tool::CallToolResult;
use crate::version::ProtocolVersion;

fn describe(body: &[u8]) -> String {
    match parse(body) {
        Ok(Incoming::Single(message)) => describe_message(&message),
        Ok(Incoming::Batch(messages)) => {
            let one = |message: &Result<Message<'_>, super::Malformed>| {
                message.as_ref().map_or_else(|bad| bad.error.code.to_string(), describe_message)
            };
            format!("[{}]", messages.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        Err(bad) => format!("{} id {:?}", bad.error.code, bad.id),
    }
}

fn describe_message(message: &Message<'_>) -> String {
    match message {
        Message::Request { id, method, params } => {
            format!("request {id:?} {method} {}", params.map_or("-", RawValue::get))
        }
        Message::Notification { method, .. } => format!("notification {method}"),
        Message::Response(_) => "response".to_owned(),
    }
}

#[test]
fn messages() {
    for (body, expected) in [
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}}"#, r#"request Integer(1) m {"a":1}"#),
        (r#" {"id":"x","method":"m\/n","jsonrpc":"2.0"} "#, r#"request Text("x") m/n -"#),
        (r#"{"jsonrpc":"2.0","id":-7,"method":"m","params":null}"#, "request Integer(-7) m null"),
        (r#"{"jsonrpc":"2.0","method":"m"}"#, "notification m"),
        (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, "response"),
        (r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#, "response"),
        (r#"[{"jsonrpc":"2.0","method":"m"},3]"#, "[notification m, -32600]"),
        (r#"[["2.0",1,"m"], {}]"#, "[-32600, -32600]"),
        (r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, "-32600 id None"),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#, "-32600 id None"),
        (r#"{"jsonrpc":"2.0","id":1e3,"method":"m"}"#, "-32600 id None"),
        (r#"{"jsonrpc":"2.0","id":99999999999999999999,"method":"m"}"#, "-32600 id None"),
        (r#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, "-32600 id None"),
        (r#"{"jsonrpc":"2.0","id":"\ud800","method":"m"}"#, "-32600 id None"),
        (r#"{"jsonrpc":"1.0","id":3,"method":"m"}"#, "-32600 id Some(Integer(3))"),
        (r#"{"id":3,"method":"m"}"#, "-32600 id Some(Integer(3))"),
        (r#"{"jsonrpc":"2.0","id":3,"method":7}"#, "-32600 id Some(Integer(3))"),
        (r#"{"jsonrpc":"2.0","id":3}"#, "-32600 id Some(Integer(3))"),
        (r#"{"jsonrpc":"2.0","id":3,"id":4,"method":"m"}"#, "-32600 id None"),
        ("7", "-32600 id None"),
        ("null", "-32600 id None"),
        ("[]", "-32600 id None"),
        ("", "-32700 id None"),
        ("{", "-32700 id None"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m"} x"#, "-32700 id None"),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m""#, "-32700 id None"),
    ] {
        assert_eq!(describe(body.as_bytes()), expected, "{body}");
    }
    assert_eq!(describe(b"\xff"), "-32700 id None");
}

#[test]
fn a_batch_is_bounded() {
    let batch = |length: usize| format!("[{}]", vec![r#"{"jsonrpc":"2.0","method":"m"}"#; length].join(","));
    assert!(matches!(parse(batch(100).as_bytes()), Ok(Incoming::Batch(messages)) if messages.len() == 100));
    assert!(parse(batch(101).as_bytes()).is_err());
}

#[test]
fn ids_go_back_as_they_came() {
    for id in [
        RequestId::Integer(i64::MIN),
        RequestId::Integer(0),
        RequestId::Text("".into()),
        RequestId::Text("\"é".into()),
    ] {
        let written = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<RequestId>(&written).unwrap(), id);
    }
}

#[test]
fn nesting_is_bounded_when_params_are_read() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"x","arguments":{deep}}}}}"#
    );
    let Ok(Incoming::Single(Message::Request { params, .. })) = parse(body.as_bytes()) else {
        panic!("not a request");
    };
    let params = crate::params::Params::parse(params).unwrap();
    let arguments = params.arguments::<serde_json::Map<String, Value>>("an object");
    assert_eq!(arguments.unwrap_err().code, crate::ErrorCode::INVALID_PARAMS);
}

/// Every message that we write, with the id or method that must be read from it.
fn written(id: &RequestId, text: &str, data: &Value) -> Vec<(Bytes, String)> {
    let mut written = Vec::new();
    for version in ProtocolVersion::ALL {
        let error = RpcError::invalid_params(text.to_owned()).with_data(data.clone());
        written.push((write_error(Some(id), &error, version), format!("answer to {id:?}")));
        written.push((write_error(None, &error, version), "answer to nothing".to_owned()));
        let result = CallToolResult::structured(data.clone(), text.to_owned());
        let envelope = Envelope { version, server_info: RawValue::NULL };
        let answer = write_result(id, &result, envelope).unwrap();
        written.push((answer.into_bytes(), format!("answer to {id:?}")));
        let request = &InputRequest::from(ElicitForm::new(text).required(text, Field::text()));
        let question = LegacyRequest { id: text, request, version };
        let expected = format!("request {:?} elicitation/create", RequestId::Text(text.into()));
        written.push((serde_json::to_vec(&question).unwrap().into(), expected));
        let event = Event::ResourceUpdated(text.into());
        let tagged = notification(&event, Some(id), version);
        written.push((tagged, "notification notifications/resources/updated".to_owned()));
        let bare = notification(&Event::ToolsListChanged, None, version);
        written.push((bare, "notification notifications/tools/list_changed".to_owned()));
    }
    written.push((closing(id, RawValue::NULL), format!("answer to {id:?}")));
    let acknowledged = acknowledgement(id, &Interests::default());
    written.push((acknowledged, "notification notifications/subscriptions/acknowledged".to_owned()));
    written
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a client called its request, and whatever a server has to say.
    #[test]
    fn what_we_write_is_a_message(id in any_id(), text in any_text(), data in any_json()) {
        for (message, expected) in written(&id, &text, &data) {
            let shown = String::from_utf8_lossy(&message).into_owned();
            prop_assert!(!message.contains(&b'\n') && !message.contains(&b'\r'), "a line of its own: {}", shown);
            let read = match parse(&message) {
                Ok(Incoming::Single(Message::Response(response))) => match response.id {
                    Some(id) => format!("answer to {id:?}"),
                    None => "answer to nothing".to_owned(),
                },
                Ok(Incoming::Single(Message::Request { id, method, .. })) => format!("request {id:?} {method}"),
                Ok(Incoming::Single(Message::Notification { method, .. })) => format!("notification {method}"),
                other => format!("{other:?}"),
            };
            prop_assert_eq!(read, expected, "{}", shown);
        }
    }

    /// What is read is part of what was sent: the params are cut out of the body without a copy.
    #[test]
    fn any_bytes_are_read(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check_borrowed(&body)?;
    }

    #[test]
    fn any_members_are_read(
        names in prop::collection::vec("(jsonrpc|id|method|params|result|error|x)", 0..8),
        values in prop::collection::vec(prop_oneof![Just(json!("2.0")), Just(json!("m")), any_json()], 8),
        batched in any::<bool>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let members = names.iter().zip(&values).map(|(name, value)| format!(r#""{name}":{value}"#));
        let object = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        let body = if batched { format!("[{object}, {object}]") } else { object };
        check_borrowed(body.as_bytes())?;
        check_borrowed(&body.as_bytes()[..cut.index(body.len())])?;
    }
}

fn check_borrowed(body: &[u8]) -> Result<(), TestCaseError> {
    let within = body.as_ptr_range();
    let check = |message: &Message<'_>| {
        let (Message::Request { params: Some(raw), .. } | Message::Notification { params: Some(raw), .. }) =
            message
        else {
            return true;
        };
        let raw = raw.get().as_bytes().as_ptr_range();
        within.start <= raw.start && raw.end <= within.end
    };
    let fits = match parse(body) {
        Ok(Incoming::Single(message)) => check(&message),
        Ok(Incoming::Batch(messages)) => {
            !messages.is_empty() && messages.iter().all(|message| message.as_ref().map_or(true, check))
        }
        Err(_) => true,
    };
    prop_assert!(fits, "{}", String::from_utf8_lossy(body));
    Ok(())
}
