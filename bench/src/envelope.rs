//! The least that any JSON-RPC server does with a message: read its envelope without copying, and write an answer with
//! its id around a result.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A request, as far as it has to be read to be answered.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// Always "2.0".
    #[serde(borrow)]
    pub jsonrpc: Cow<'a, str>,
    /// Given back as it came.
    #[serde(borrow)]
    pub id: &'a RawValue,
    /// What is asked.
    #[serde(borrow)]
    pub method: Cow<'a, str>,
    /// With what; not looked into.
    #[serde(borrow)]
    pub params: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// The request in `body`; `None` when it is none.
    #[must_use]
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().filter(|envelope: &Self| envelope.jsonrpc == "2.0")
    }

    /// The answer whose result is the JSON `result`.
    #[must_use]
    pub fn answer(&self, result: &[u8]) -> Bytes {
        const BEFORE: &[u8] = br#"{"jsonrpc":"2.0","id":"#;
        const BETWEEN: &[u8] = br#","result":"#;
        let id = self.id.get().as_bytes();
        let mut answer = Vec::with_capacity(BEFORE.len() + id.len() + BETWEEN.len() + result.len() + 1);
        for part in [BEFORE, id, BETWEEN, result, b"}"] {
            answer.extend_from_slice(part);
        }
        answer.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_the_id_as_it_came() {
        for id in ["7", r#""a\u0041""#] {
            let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping","params":{{"a":[1]}}}}"#);
            let envelope = Envelope::parse(body.as_bytes()).unwrap();
            assert_eq!((&*envelope.method, envelope.params.unwrap().get()), ("ping", r#"{"a":[1]}"#));
            let expected = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#);
            assert_eq!(envelope.answer(b"{}"), expected.as_bytes());
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for body in
            ["", "[]", "{", r#"{"jsonrpc":"2.0","method":"a"}"#, r#"{"jsonrpc":"1","id":1,"method":"a"}"#]
        {
            assert!(Envelope::parse(body.as_bytes()).is_none(), "{body}");
        }
    }
}
