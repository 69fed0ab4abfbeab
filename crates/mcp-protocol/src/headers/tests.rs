//! Which `x-mcp-header`s a schema may have (`v26.xheader.def`).

use serde_json::{Value, json};

use super::ParamHeaders;

fn read(properties: &Value) -> Result<bool, String> {
    let schema = json!({ "type": "object", "properties": properties });
    ParamHeaders::from_schema(&schema).map(|found| !found.is_empty()).map_err(|error| error.to_string())
}

#[test]
fn definitions() {
    let string = |name: &str| json!({ "type": "string", "x-mcp-header": name });
    for (properties, expected) in [
        (json!({}), Ok(false)),
        (json!({ "a": { "type": "string" } }), Ok(false)),
        (json!({ "a": string("A"), "b": string("B") }), Ok(true)),
        (json!({ "a": { "type": "object", "properties": { "b": string("B") } } }), Ok(true)),
        // Not reachable through `properties` alone: not ours to see.
        (json!({ "a": { "type": "array", "items": string("B") } }), Ok(false)),
        (json!({ "a": string("") }), Err("`a`: the name must be a non-empty token")),
        (json!({ "a": string("a b") }), Err("`a`: the name must be a non-empty token")),
        (
            json!({ "a": { "type": "string", "x-mcp-header": 7 } }),
            Err("`a`: the name must be a non-empty token"),
        ),
        (json!({ "a": string("X"), "b": string("x") }), Err("`b`: the name is used twice")),
        (
            json!({ "a": { "type": "number", "x-mcp-header": "A" } }),
            Err("`a`: the property must be a string, an integer or a boolean"),
        ),
        (
            json!({ "a": { "type": "object", "properties": { "b": { "type": "object", "x-mcp-header": "B" } } } }),
            Err("`a.b`: the property must be a string, an integer or a boolean"),
        ),
    ] {
        let expected = expected.map_err(|problem| format!("x-mcp-header of property {problem}"));
        assert_eq!(read(&properties), expected, "{properties}");
    }
}
