//! Section 8: tools.

use super::super::{FROM_1125, HTTP, LEGACY, MODERN, Row, SSE, V0326, V1125};

pub(super) const ROWS: &[Row] = &[
    Row("tool.cap; tool.list", MODERN, r#"
        > server/discover {}
        < 200 {"result": {"capabilities": {"tools": {}}}}
        > tools/list {}
        < 200 {"result": {"tools": {"$each": {"name": "*", "inputSchema": "*"}}}}
    "#),
    Row("tool.cap; tool.list", LEGACY, r#"
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"capabilities": {"tools": {}}}}
        > tools/list {}
        < 200 {"result": {"tools": {"$each": {"name": "*", "inputSchema": "*"}}}}
    "#),
    Row("tool.cap; tool.list", SSE, r#"
        ! connect
        > tools/list {}
        < 202 Accepted
        s< {"result": {"tools": {"$each": {"name": "*", "inputSchema": "*"}}}}
    "#),
    Row("tool.list.nonvarying; tool.list.order", HTTP, r#"
        > tools/list {}
        < 200 {"result": {"tools": "$tools"}}
        > tools/call {"name": "changes"}
        < 200 {"result": {}}
        > tools/list {}
          + meta {"clientInfo": {"name": "another", "version": "2"}}
        < 200 {"result": {"tools": "$tools"}}
        > tools/list {}
          + again
          User-Agent: another/2
        < 200 {"result": {"tools": "$tools"}}
    "#),
    Row("tool.list.nonvarying; tool.list.order", LEGACY, r#"
        > tools/list {}
        < 200 {"result": {"tools": "$tools"}}
        ! caps {"elicitation": {}, "sampling": {}}
        ! session
        > tools/list {}
        < 200 {"result": {"tools": "$tools"}}
        > logging/setLevel {"level": "debug"}
        < 200 {"result": {}}
        > tools/list {}
        < 200 {"result": {"tools": "$tools"}}
    "#),
    Row("tool.page", HTTP, r#"
        > tools/list {"cursor": "made-up"}
        < 200 {"error": {"code": -32602}}
        > resources/list {"cursor": "made-up"}
        < 200 {"error": {"code": -32602}}
        > resources/list {}
        < 200 {"result": {"resources": [{"uri": "test://text"}, {"uri": "test://bytes"}], "nextCursor": "$next"}}
        > resources/list {"cursor": "$next"}
        < 200 {"result": {"resources": [{"uri": "test://asks"}], "nextCursor": "-"}}
        # An empty cursor is one like any other.
        > prompts/list {}
        < 200 {"result": {"prompts": [{"name": "greet"}], "nextCursor": ""}}
        > prompts/list {"cursor": ""}
        < 200 {"result": {"prompts": [{"name": "asks"}], "nextCursor": "-"}}
        > prompts/list {"cursor": "x"}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("tool.input.object", HTTP, r#"
        > tools/list {}
        < 200 {"result": {"tools": {"$each": {"inputSchema": {"type": "object"}}}}}
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "count", "inputSchema": {"$exact": {"type": "object", "additionalProperties": false}}}}}}
    "#),
    Row("tool.schema.2020; tool.schema.ref", HTTP, r##"
        # Word for word, so no reference was followed and no keyword lost.
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "verbatim", "inputSchema": {"$exact": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "$defs": {"name": {"$anchor": "name", "type": "string"}, "far": {"$ref": "http://127.0.0.1:9/never-fetched.json"}}, "properties": {"a": {"$ref": "#name"}, "b": {"anyOf": [{"type": "null"}, {"type": "integer"}]}, "c": {"$ref": "#/$defs/far"}}, "if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"properties": {"b": false}}, "$comment": "kept as it is"}}}}}}
        # A call does not need it either.
        > tools/call {"name": "verbatim", "arguments": {"c": 1}}
        < 200 {"result": {"content": [{"text": "fine"}]}}
    "##),
    Row("tool.output.conform", MODERN, r#"
        # Any JSON value, beside its text.
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "list", "outputSchema": {"$exact": {"type": "array"}}}}}}
        > tools/call {"name": "list"}
        < 200 {"result": {"structuredContent": [1, 2], "content": [{"type": "text", "text": "[1,2]"}]}}
        > tools/call {"name": "count"}
        < 200 {"result": {"structuredContent": {"$exact": {"n": 3}}, "content": [{"text": "{\"n\":3}"}]}}
        # What failed has no data to conform.
        > tools/call {"name": "echo"}
        < 200 {"result": {"isError": true, "structuredContent": "-"}}
    "#),
    Row("tool.output.legacyobject; dual.projection", LEGACY, r#"
        # A list has no place before 2026-07-28: neither it nor its schema is sent, but its text is.
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "list", "outputSchema": "-"}}}}
        > tools/call {"name": "list"}
        < 200 {"result": {"structuredContent": "-", "content": [{"type": "text", "text": "[1,2]"}]}}
    "#),
    Row("tool.annot; tool.icons", FROM_1125, r#"
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "echo", "title": "Echo", "annotations": {"$exact": {"readOnlyHint": true, "openWorldHint": false}}, "icons": [{"src": "data:image/svg+xml,x"}]}}}}
        # A hint that is not given has its default, and is not sent.
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "count", "annotations": "-", "title": "-", "icons": "-"}}}}
    "#),
    Row("tool.err.protocol; tool.err.exec", HTTP, r#"
        > tools/call {"name": "nothing"}
        < 200 {"error": {"code": -32602, "message": "~Unknown tool: nothing"}, "result": "-"}
        > tools/call {"name": "echo", "arguments": [1]}
        < 200 {"error": {"code": -32602}}
        > tools/call {}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "echo", "arguments": {}}
        < 200 {"result": {"isError": true, "content": [{"type": "text", "text": "~missing"}]}, "error": "-"}
    "#),
    Row("dual.projection", V1125, r#"
        # What the revision knows is sent as it is.
        > tools/call {"name": "media"}
        < 200 {"result": {"content": [{"type": "image"}, {"type": "audio"}, {"type": "resource_link", "uri": "test://text"}, {"type": "resource"}]}}
    "#),
    Row("dual.projection", V0326, r#"
        # A link to a resource is text before 2025-06-18.
        > tools/call {"name": "media"}
        < 200 {"result": {"content": [{"type": "image"}, {"type": "audio"}, {"type": "text", "text": "~test://text"}, {"type": "resource"}]}}
    "#),
];
