//! Batches, which only 2025-03-26 has (section 4): alone, and in a session.

use super::super::{Row, V0326};

pub(super) const ROWS: &[Row] = &[
    Row("v0326.post.202; v0326.batch", V0326, r#"
        > [{"jsonrpc": "2.0", "method": "notifications/initialized"}, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}]
        < 202
    "#),
    Row("v0326.batch", V0326, r#"
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}, {"jsonrpc": "2.0", "method": "notifications/initialized"}, {"jsonrpc": "2.0", "id": "b", "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "hi"}}}, {"jsonrpc": "2.0", "id": 3, "method": "no/such"}]
        < 200 [{"id": 1, "result": {}}, {"id": "b", "result": {"content": [{"text": "hi"}]}}, {"id": 3, "error": {"code": -32601}}]
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
          MCP-Protocol-Version: 2025-03-26
        < 200 [{"id": 1, "result": {}}]
        # What is said before the answers makes it a stream.
        > [{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "noisy", "_meta": {"progressToken": "p"}}}, {"jsonrpc": "2.0", "id": 2, "method": "ping"}]
        < 200 events
        < {"method": "notifications/message"}
        < {"method": "notifications/progress", "params": {"progressToken": "p"}}
        < {"method": "notifications/message"}
        < {"method": "notifications/progress"}
        < {"method": "notifications/message"}
        < [{"id": 1, "result": {}}, {"id": 2, "result": {}}]
        < end
        > []
        < 400 {"id": "-", "error": {"code": -32600}}
    "#),
    Row("v0326.batch.noinit", V0326, r#"
        > [{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}]
        < 400 {"error": {"code": -32600}}
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}, {"jsonrpc": "2.0", "id": 2, "method": "initialize", "params": {}}]
        < 400 {"error": {"code": -32600}}
    "#),
    Row("v0326.batch; dual.response", V0326, r#"
        # Two questions, answered by one array of responses.
        ! caps {"sampling": {}, "roots": {}}
        ! session
        a> tools/call {"name": "ask-model"}
        a< 200 events
        a< {"id": "$model", "method": "sampling/createMessage"}
        b> tools/call {"name": "ask-roots"}
        b< 200 events
        b< {"id": "$roots", "method": "roots/list"}
        > [{"jsonrpc": "2.0", "id": "$model", "result": {"model": "m", "role": "assistant", "content": {"type": "text", "text": "fine"}}}, {"jsonrpc": "2.0", "id": "$roots", "result": {"roots": [{"uri": "file:///a"}]}}]
        < 202
        a< {"result": {"content": [{"text": "\"fine\""}]}}
        b< {"result": {"content": [{"text": "~file:///a"}]}}
    "#),
    Row("v0326.batch; v0326.session.404", V0326, r#"
        ! session
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
        < 200 [{"id": 1, "result": {}}]
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
          + as mallory
        < 404 {"error": {}}
        > DELETE /mcp
        < 204
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
        < 404 {"error": {}}
        > [{"jsonrpc": "2.0", "method": "notifications/initialized"}]
        < 404 {"error": {}}
    "#),
    Row("v0326.batch; cancel.legacy", V0326, r#"
        ! session
        a> tools/call {"name": "slow"}
          + id "call"
        ! await start
        > [{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "call"}}]
        < 202
        ! await end
        ! dropped 1
        a< 202
    "#),
    Row("v0326.batch; cancel.legacy", V0326, r#"
        # What was cancelled has no answer; the others have.
        ! session
        a> [{"jsonrpc": "2.0", "id": "slow", "method": "tools/call", "params": {"name": "slow"}}, {"jsonrpc": "2.0", "id": "ping", "method": "ping"}]
        ! await start
        > notify notifications/cancelled {"requestId": "slow"}
        < 202
        a< 200 [{"id": "ping", "result": {}}]
        ! await end
        ! dropped 1
    "#),
    Row("v0326.batch; v0326.nobroadcast", V0326, r#"
        # A question of one of its calls goes over the batch's own stream.
        ! caps {"sampling": {}}
        ! session
        a> [{"jsonrpc": "2.0", "id": "model", "method": "tools/call", "params": {"name": "ask-model"}}, {"jsonrpc": "2.0", "id": "ping", "method": "ping"}]
        a< 200 events
        a< {"id": "$ask", "method": "sampling/createMessage"}
        > reply $ask {"model": "m", "role": "assistant", "content": {"type": "text", "text": "fine"}}
        < 202
        a< [{"id": "model", "result": {"content": [{"text": "\"fine\""}]}}, {"id": "ping", "result": {}}]
        a< end
        # An array of answers that nobody waits for cannot be accepted.
        > [{"jsonrpc": "2.0", "id": "$ask", "result": {}}]
        < 404 {"error": {"code": -32600}}
        > [{"jsonrpc": "2.0", "id": 1, "result": {}}]
          Mcp-Session-Id: -
        < 400 {"error": {"code": -32600}}
    "#),
];
