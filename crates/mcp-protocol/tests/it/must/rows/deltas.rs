//! Sections 5 and 6: what 2025-06-18 and 2025-11-25 changed.

use super::super::{LEGACY, Row, V0326, V0618, V1125, WITH_HEADER};

pub(super) const ROWS: &[Row] = &[
    Row("v0618.nobatch", WITH_HEADER, r#"
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
        < 400 {"id": "-", "error": {"code": -32600}}
        # In a session also without the header: what was negotiated counts.
        ! session
        > [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
          MCP-Protocol-Version: -
        < 400 {"error": {"code": -32600}}
    "#),
    Row("v0618.pvhdr.bad400; dual.hdr-legacy-bad", LEGACY, r#"
        > tools/list {}
          MCP-Protocol-Version: garbage
        < 400 {"error": {}}
        > tools/list {}
          MCP-Protocol-Version: 2025-06-19
        < 400 {"error": {}}
        > tools/list {}
          MCP-Protocol-Version: 1999-01-01
        < 400 {"error": {}}
        > POST /mcp
          MCP-Protocol-Version: 2025-06-18
          MCP-Protocol-Version: 2025-11-25
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        < 400 {"error": {}}
        > notify notifications/initialized {}
          MCP-Protocol-Version: garbage
        < 400 {"error": {}}
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
          MCP-Protocol-Version: garbage
        < 400 {"error": {}}
    "#),
    Row("v0618.pvhdr.bad400", LEGACY, r#"
        # On any request, not only on messages.
        ! session
        > GET /mcp
          MCP-Protocol-Version: garbage
        < 400 {"error": {}}
        > DELETE /mcp
          MCP-Protocol-Version: 2025-06-19
        < 400 {"error": {}}
        > reply $session {}
          MCP-Protocol-Version: garbage
        < 400 {"error": {}}
        > ping {}
        < 200 {"result": {}}
    "#),
    Row("v0618.pvhdr.absent", V0326, r#"
        # Nothing else is known: 2025-03-26, which has no structured results.
        > tools/call {"name": "count"}
          MCP-Protocol-Version: -
        < 200 {"result": {"structuredContent": "-", "content": [{"text": "{\"n\":3}"}]}}
    "#),
    Row("v0618.structured; tool.output.conform", WITH_HEADER, r#"
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "count", "outputSchema": {"type": "object", "properties": {"n": {"type": "integer"}}}}}}}
        > tools/call {"name": "count"}
        < 200 {"result": {"structuredContent": {"$exact": {"n": 3}}, "content": [{"type": "text", "text": "{\"n\":3}"}]}}
    "#),
    Row("v0618.operation", V0618, r#"
        # Forms, but no pages yet; and nothing that was not declared.
        ! caps {"elicitation": {}}
        ! session
        > tools/call {"name": "ask-page"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-model"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-roots"}
        < 200 {"error": {"code": -32602}}
        > tools/list {}
        < 200 {"result": {"tools": {"$each": {"icons": "-"}}}}
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"serverInfo": {"title": "Fixture", "websiteUrl": "-", "icons": "-"}, "capabilities": {"extensions": "-"}}}
    "#),
    Row("v0618.operation", LEGACY, r#"
        # What the server did not declare is not there.
        ! server plain
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"capabilities": {"$exact": {"tools": {}}}}}
        > prompts/list {}
        < 200 {"error": {"code": -32601}}
        > resources/list {}
        < 200 {"error": {"code": -32601}}
        > resources/subscribe {"uri": "test://text"}
        < 200 {"error": {"code": -32601}}
        > completion/complete {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "name", "value": "A"}}
        < 200 {"error": {"code": -32601}}
        > logging/setLevel {"level": "debug"}
        < 200 {"error": {"code": -32601}}
    "#),
    Row("v1125.origin403", V1125, r#"
        > ping {}
          Origin: https://evil.example.com
        < 403 {"id": "-", "error": {}}
        ! session
        > GET /mcp
          Origin: https://evil.example.com
        < 403 {"error": {}}
        > DELETE /mcp
          Origin: https://evil.example.com
        < 403 {"error": {}}
        > ping {}
        < 200 {"result": {}}
    "#),
    Row("v1125.inputerr; tool.err.exec", LEGACY, r#"
        > tools/call {"name": "echo", "arguments": {"txt": "hi"}}
        < 200 {"result": {"isError": true, "content": [{"type": "text", "text": "~`text` is missing"}]}}
    "#),
    Row("v1125.schema2020", V1125, r#"
        > tools/list {}
        < 200 {"result": {"tools": {"$each": {"inputSchema": {"type": "object"}}}}}
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "verbatim", "inputSchema": {"if": {"required": ["a"]}, "then": {"required": ["b"]}}}}}}
    "#),
    Row("v1125.tasks.core; task.removed", V1125, r#"
        # Not declared, so the member is ignored and the call answered.
        > initialize {"protocolVersion": "$V", "capabilities": {"tasks": {}}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"capabilities": {"tasks": "-", "extensions": "-"}}}
        > tools/call {"name": "count", "task": {"ttl": 60000}}
        < 200 {"result": {"content": [{"text": "{\"n\":3}"}], "task": "-"}}
        > tools/list {}
        < 200 {"result": {"tools": {"$each": {"execution": "-"}}}}
        > tasks/get {"taskId": "t"}
        < 200 {"error": {"code": -32601}}
        > tasks/result {"taskId": "t"}
        < 200 {"error": {"code": -32601}}
        > tasks/list {}
        < 200 {"error": {"code": -32601}}
        > tasks/cancel {"taskId": "t"}
        < 200 {"error": {"code": -32601}}
    "#),
    Row("v1125.elicit.url; elicit.url; elicit.legacy", V1125, r#"
        ! caps {"elicitation": {"url": {}}}
        ! session
        g> GET /mcp
        g< 200 events
        a> tools/call {"name": "ask-page"}
        a< 200 events
        a< {"id": "$ask", "method": "elicitation/create", "params": {"$exact": {"mode": "url", "message": "Sign in first.", "url": "https://example.com/sign-in?visit=1", "elicitationId": "visit-1"}}}
        > reply $ask {"action": "accept"}
        < 202
        a< {"result": {"content": [{"text": "{\"accepted\":{}}"}]}}
        a< end
        # The client hears that the visit is over.
        ! visited visit-1
        g< {"method": "notifications/elicitation/complete", "params": {"$exact": {"elicitationId": "visit-1"}}}
    "#),
    Row("v1125.elicit.url; elicit.legacy", V1125, r#"
        # A client that takes no events cannot be asked during the call.
        ! caps {"elicitation": {"url": {}}}
        ! session
        > tools/call {"name": "ask-page"}
          Accept: application/json
        < 200 {"error": {"code": -32042, "data": {"elicitations": [{"mode": "url", "elicitationId": "visit-1", "url": "https://example.com/sign-in?visit=1", "message": "*"}]}}}
        # A form has no such way out.
        ! caps {"elicitation": {}}
        ! session
        > tools/call {"name": "ask-form"}
          Accept: application/json
        < 400 {"error": {"code": -32600}}
    "#),
];
