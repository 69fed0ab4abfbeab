//! What is a message, and what is not.

use super::{Incoming, Message, RequestId, parse};

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
            format!("request {id:?} {method} {}", params.map_or("-", serde_json::value::RawValue::get))
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
    let arguments = params.arguments::<serde_json::Map<String, serde_json::Value>>("an object");
    assert_eq!(arguments.unwrap_err().code, crate::ErrorCode::INVALID_PARAMS);
}
