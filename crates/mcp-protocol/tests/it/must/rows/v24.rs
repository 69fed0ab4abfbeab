//! Section 3: revision 2024-11-05, and what later clients do over its transport.

use super::super::{HTTP, Row, SSE, V24};

pub(super) const ROWS: &[Row] = &[
    Row("v24.sse.get", SSE, r#"
        s> GET /sse
        s< 200 events
          Content-Type: text/event-stream
        > DELETE /sse
        < 405 {"error": {}}
          Allow: GET, POST
    "#),
    Row("v24.sse.endpoint-event", SSE, r#"
        # Relative to the stream's URL, so of the same origin; and where it leads, messages are taken.
        s> GET /sse
        s< 200 events
        s< endpoint ~/sse/message?sessionId=
          + event endpoint
        t> GET /sse
        t< 200 events
        t< endpoint $endpoint
        > ping {}
        < 202 Accepted
        t< {"result": {}}
    "#),
    Row("v24.sse.post", SSE, r#"
        ! connect
        > tools/call {"name": "echo", "arguments": {"text": "hi"}}
          + id "e"
        < 202 Accepted
        s< {"id": "e", "result": {"content": [{"type": "text", "text": "hi"}]}}
          + event message
        # Bad JSON, no session, a session that is none.
        > POST $endpoint
          | {"jsonrpc":
        < 400 {"error": {"code": -32700}}
        > POST /sse/message
          | {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        < 400 {"error": {"code": -32600}}
        > POST /sse/message?sessionId=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
          | {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        < 404 {"error": {"code": -32600}}
        # Nothing of that disturbed the stream.
        > ping {}
          + id "still"
        < 202 Accepted
        s< {"id": "still"}
    "#),
    Row("v24.sse.session-unguessable", SSE, r#"
        s> GET /sse
        s< 200 events
        s< endpoint $endpoint
        ! visible-ascii endpoint
        ! keep endpoint first
        t> GET /sse
        t< 200 events
        t< endpoint $endpoint
        ! differ first endpoint
        # Whoever knows it still has to be who opened it.
        > ping {}
          + as mallory
        < 404 {"error": {"code": -32600}}
        > notify notifications/cancelled {"requestId": 1}
          + as mallory
        < 404 {"error": {}}
        # A message goes to the one stream that it names.
        > ping {}
          + id "second"
        < 202 Accepted
        t< {"id": "second"}
        ! forge endpoint
        > ping {}
        < 404 {"error": {}}
    "#),
    Row("v24.init; init.same", SSE, r#"
        ! connect
        # After it, clients say the version with each message.
        > ping {}
          MCP-Protocol-Version: $V
        < 202 Accepted
        s< {"result": {}}
    "#),
    Row("v24.init; init.other", V24, r#"
        s> GET /sse
        s< 200 events
        s< endpoint $endpoint
        > initialize {"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 202 Accepted
        s< {"result": {"protocolVersion": "2025-11-25"}}
        > initialize {"protocolVersion": "2026-07-28", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 202 Accepted
        s< {"result": {"protocolVersion": "2025-11-25"}}
    "#),
    Row("v24.caps", V24, r#"
        s> GET /sse
        s< 200 events
        s< endpoint $endpoint
        > initialize {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 202 Accepted
        s< {"result": {"capabilities": {"$exact": {"tools": {"listChanged": true}, "resources": {"listChanged": true, "subscribe": true}, "prompts": {}, "logging": {}}}}}
        # There is no capability for it yet, but the method may be called.
        > completion/complete {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "name", "value": "A"}}
        < 202 Accepted
        s< {"result": {"completion": {"values": {"$each": "*"}}}}
    "#),
    Row("v24.caps", SSE, r#"
        ! server plain
        ! connect
        # What was not declared is not there.
        > prompts/list {}
        < 202 Accepted
        s< {"error": {"code": -32601}}
        > resources/subscribe {"uri": "test://text"}
        < 202 Accepted
        s< {"error": {"code": -32601}}
        # A client that declared nothing is asked nothing.
        > tools/call {"name": "ask-model"}
        < 202 Accepted
        s< {"error": {"code": -32602}}
    "#),
    Row("v24.shape", V24, r#"
        ! connect
        > tools/list {}
        < 202 Accepted
        s< {"result": {"tools": {"$each": {"name": "*", "inputSchema": {"type": "object"}, "title": "-", "annotations": "-", "outputSchema": "-", "icons": "-"}}}}
        > tools/call {"name": "media"}
        < 202 Accepted
        s< {"result": {"content": [{"type": "image"}, {"type": "text"}, {"type": "text", "text": "~test://text"}, {"type": "resource"}]}}
        > tools/call {"name": "count"}
        < 202 Accepted
        s< {"result": {"structuredContent": "-", "content": [{"type": "text", "text": "{\"n\":3}"}]}}
    "#),
    Row("v24.shutdown", SSE, r#"
        ! connect
        ! streams 1
        > tools/call {"name": "slow"}
        < 202 Accepted
        ! await start
        ! close s
        ! streams 0
        > ping {}
        < 404 {"error": {}}
        # What was begun comes to its end.
        ! go-on
        ! await end
        ! finished 1
    "#),
    Row("v24.shutdown; v26.sub.close", SSE, r#"
        # The server goes: the stream ends, and what is POSTed after it finds nobody.
        ! connect
        ! notify resources
        s< {"method": "notifications/resources/list_changed"}
        ! shutdown
        s< end
        > ping {}
        < 404 {"error": {}}
    "#),
    Row("v24.discover-over-sse", SSE, r#"
        s> GET /sse
        s< 200 events
        s< endpoint $endpoint
        # A client of 2026-07-28 looks what is here.
        > server/discover {}
          + meta {"protocolVersion": "2026-07-28", "clientCapabilities": {}}
          + id "d"
        < 202 Accepted
        s< {"id": "d", "error": {"code": -32601}}
        > server/discover {}
        < 202 Accepted
        s< {"error": {"code": -32601}}
        # With the header it hears it at once.
        > server/discover {}
          MCP-Protocol-Version: 2026-07-28
        < 400 {"error": {"code": -32600}}
    "#),
    Row("v24.coexist", HTTP, r#"
        # A client that tries Streamable HTTP at the stream's URL is told that it is not there.
        > POST /sse
          | {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}
        < 400 {"error": {}}
        > POST /sse
          MCP-Protocol-Version: 2026-07-28
          Mcp-Method: server/discover
          | {"jsonrpc": "2.0", "id": 1, "method": "server/discover"}
        < 400 {"error": {}}
        # Beside it, the other endpoint is served.
        > tools/list {}
        < 200 {"result": {}}
        > GET /sse
        < 200 events
        < endpoint *
    "#),
    Row("v0618.nobatch; v0326.batch.noinit", SSE, r#"
        ! connect
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
        < 400 {"error": {"code": -32600}}
    "#),
];
