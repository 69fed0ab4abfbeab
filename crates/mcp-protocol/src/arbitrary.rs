//! Anything that can come over the wire, for the property tests beside the code.

use proptest::prelude::*;
use serde_json::Value;

use crate::jsonrpc::RequestId;

/// Text of every kind: breaks of lines that are none to JSON, quotes, what needs escaping, what is not ASCII.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "\n", "\r", "\r\n\r\n", "\u{2028}", "\u{85}", "\0", "\"", "\\", "data: ", ":", "\u{feff}", "é", "🎵",
    ]);
    let piece = prop_oneof![odd.prop_map(str::to_owned), any::<String>()];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// JSON of any shape. Numbers come back as they were written, which floats need not.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any_text(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// Any id that a client can choose.
pub(crate) fn any_id() -> impl Strategy<Value = RequestId> {
    prop_oneof![
        any::<i64>().prop_map(RequestId::Integer),
        any_text().prop_map(|text| RequestId::Text(text.into())),
    ]
}
