//! Section 7.3: which status and which code (2026-07-28).

use super::super::{MODERN, Row};

pub(super) const ROWS: &[Row] = &[
    Row("7.3 success; v26.stream.end", MODERN, r#"
        > tools/call {"name": "count"}
        < 200 {"result": {}}
          Content-Type: application/json
        > tools/call {"name": "noisy"}
          + meta {"progressToken": 1}
        < 200 events
          Content-Type: text/event-stream
        < {"method": "notifications/progress"}
        < {"method": "notifications/progress"}
        < {"id": 2, "result": {}}
        < end
    "#),
    Row("7.3 accepted notification", MODERN, r#"
        > notify notifications/cancelled {"requestId": 1}
        < 202
    "#),
    Row("7.3 bad notification", MODERN, r#"
        > notify notifications/cancelled {}
          MCP-Protocol-Version: 2031-01-01
        < 400 {"id": "-", "error": {"code": -32022}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          | {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": "x"}
        < 400 {"id": "-", "error": {}}
    "#),
    Row("7.3 body not a request/notification, batch, posted response", MODERN, r#"
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          | {"jsonrpc": "2.0", "id": 1}
        < 400 {"id": 1, "error": {"code": -32600}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          | "tools/list"
        < 400 {"id": "-", "error": {"code": -32600}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
        < 400 {"id": "-", "error": {}}
        > [{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}]
        < 400 {"id": "-", "error": {"code": -32600}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          | {"jsonrpc": "2.0", "id": 1, "result": {}}
        < 400 {"error": {"code": -32600}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "method": "tools/call"}
        < 400 {"error": {"code": -32600}}
    "#),
    Row("7.3 unknown/removed method; v26.removed", MODERN, r#"
        > no/such {}
        < 404 {"id": 1, "error": {"code": -32601}}
        > initialize {"protocolVersion": "2026-07-28", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 404 {"error": {"code": -32601}}
          Mcp-Session-Id: -
        > initialize {}
        < 404 {"error": {"code": -32601}}
        > ping {}
        < 404 {"error": {"code": -32601}}
        > logging/setLevel {"level": "info"}
        < 404 {"error": {"code": -32601}}
        > resources/subscribe {"uri": "test://text"}
        < 404 {"error": {"code": -32601}}
        > resources/unsubscribe {"uri": "test://text"}
        < 404 {"error": {"code": -32601}}
        # Notifications that are no more are let pass.
        > notify notifications/initialized {}
        < 202
        > notify notifications/roots/list_changed {}
        < 202
    "#),
    Row("task.removed; 7.3 unknown/removed method", MODERN, r#"
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        > tasks/result {"taskId": "t"}
          Mcp-Name: t
        < 404 {"error": {"code": -32601}}
        > tasks/list {}
        < 404 {"error": {"code": -32601}}
        # The member of 2025-11-25 is ignored.
        > tools/call {"name": "count", "task": {"ttl": 60000}}
        < 200 {"result": {"resultType": "complete", "content": [{"text": "{\"n\":3}"}]}}
    "#),
    Row("7.3 unknown tool / prompt / resource / bad args structure; tool.err.protocol", MODERN, r#"
        > tools/call {"name": "nothing"}
        < 200 {"error": {"code": -32602, "message": "~nothing"}}
        > prompts/get {"name": "nothing"}
        < 200 {"error": {"code": -32602}}
        > resources/read {"uri": "test://no"}
        < 200 {"error": {"code": -32602, "data": {"uri": "test://no"}}}
        > tools/call {}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": 7}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "echo", "arguments": ["text"]}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "echo", "arguments": "text"}
        < 200 {"error": {"code": -32602}}
        > prompts/get {"name": "greet", "arguments": {"name": 7}}
        < 200 {"error": {"code": -32602}}
        > resources/read {}
        < 200 {"error": {"code": -32602}}
        > completion/complete {"ref": {"type": "ref/nothing"}, "argument": {"name": "a", "value": "b"}}
        < 200 {"error": {"code": -32602}}
        > tools/list {"cursor": 7}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("7.3 invalid logLevel", MODERN, r#"
        > tools/call {"name": "noisy"}
          + meta {"logLevel": "loud"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "noisy"}
          + meta {"logLevel": 3}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("7.3 internal error", MODERN, r#"
        > tools/call {"name": "panics"}
        < 200 {"id": 1, "error": {"code": -32603, "message": "Internal error"}}
        # Others are not harmed by it.
        > tools/call {"name": "count"}
        < 200 {"result": {}}
    "#),
    Row("7.3 GET/DELETE; dual.get-delete", MODERN, r#"
        > GET /mcp
          MCP-Protocol-Version: 2026-07-28
        < 405 {"error": {}}
          Allow: POST
        > DELETE /mcp
          MCP-Protocol-Version: 2026-07-28
        < 405 {"error": {}}
          Allow: POST
        > GET /mcp
          MCP-Protocol-Version: 2031-01-01
          Last-Event-ID: 0-1
        < 405 {"error": {}}
          Allow: POST
        > PUT /mcp
          MCP-Protocol-Version: 2026-07-28
        < 405 {"error": {}}
          Allow: POST
    "#),
    Row("7.3 insufficient scope", MODERN, r#"
        > tools/call {"name": "forbidden"}
        < 403 {"id": 1, "error": {}}
          WWW-Authenticate: ~insufficient_scope
        > tools/call {"name": "forbidden"}
          + meta {"progressToken": 1, "logLevel": "debug"}
        < 403 {"error": {}}
          WWW-Authenticate: ~insufficient_scope
    "#),
    Row("v26.errors.once-sse", MODERN, r#"
        # Who may get a stream, and prefers it, still gets what is wrong as a status.
        > tools/call {"name": "ask-form"}
          Accept: text/event-stream, application/json
          + meta {"progressToken": 1, "logLevel": "debug"}
        < 400 {"error": {"code": -32021}}
        > no/such {}
          Accept: text/event-stream
        < 404 {"error": {"code": -32601}}
        > subscriptions/listen {"notifications": {"taskIds": ["t"]}}
          Accept: text/event-stream
        < 400 {"error": {"code": -32021}}
        > tools/call {"name": "place", "arguments": {"region": "north"}}
          Accept: text/event-stream
          + meta {"progressToken": 1}
        < 400 {"error": {"code": -32020}}
        # Once something was said, it goes the way of the stream.
        > tools/call {"name": "ask-late"}
          + meta {"progressToken": 1}
          + id "late"
        < 200 events
        < {"method": "notifications/progress"}
        < {"id": "late", "error": {"code": -32021, "data": {"requiredCapabilities": {"elicitation": {}}}}}
        < end
    "#),
    Row("dual.body-4xx", MODERN, r#"
        # Each with a JSON-RPC body, so that no client takes the server for an old one.
        > tools/list {}
          Origin: https://evil.example.com
        < 403 {"jsonrpc": "2.0", "error": {"code": "*", "message": "*"}}
        > tools/list {}
          Content-Type: text/plain
        < 415 {"jsonrpc": "2.0", "error": {"code": "*", "message": "*"}}
        > PUT /mcp
        < 405 {"jsonrpc": "2.0", "error": {"code": "*", "message": "*"}}
        > tools/list {}
          + no meta
        < 400 {"jsonrpc": "2.0", "error": {"code": -32602, "message": "*"}}
        > no/such {}
        < 404 {"jsonrpc": "2.0", "error": {"code": -32601, "message": "*"}}
        # Larger than this server takes: by its declared length, before it is read.
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          | $large
        < 413 {"jsonrpc": "2.0", "error": {"code": "*", "message": "*"}}
    "#),
];
