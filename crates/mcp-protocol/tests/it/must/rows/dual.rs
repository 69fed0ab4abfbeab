//! Section 12: both eras on one endpoint, and which of them a request belongs to.

use super::super::{LEGACY, MODERN, Row, V1125};

pub(super) const ROWS: &[Row] = &[
    Row("dual.get-delete", LEGACY, r#"
        > GET /mcp
        < 200 events
        > DELETE /mcp
        < 400 {"error": {}}
        > GET /mcp
          MCP-Protocol-Version: 2026-07-28
        < 405 {"error": {}}
          Allow: POST
        ! session
        > DELETE /mcp
          MCP-Protocol-Version: 2026-07-28
        < 405 {"error": {}}
          Allow: POST
        > ping {}
        < 200 {"result": {}}
    "#),
    Row("dual.batch", MODERN, r#"
        # Of either era there is one way for it.
        > POST /mcp
          | [{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}}]
        < 400 {"id": "-", "error": {"code": -32600}}
        > POST /mcp
          | [{"jsonrpc": "2.0", "id": 1, "method": "ping"}, 7]
        < 400 {"error": {"code": -32600}}
        > POST /mcp
          | [{"jsonrpc": "2.0", "id": 1, "method": "ping"}, {"jsonrpc": "2.0", "id": null, "method": "ping"}]
        < 400 {"error": {"code": -32600}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          | [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
        < 400 {"error": {"code": -32600}}
        > POST /mcp
          | [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
        < 200 [{"id": 1, "result": {"$exact": {}}}]
    "#),
    Row("dual.body-claim", MODERN, r#"
        # What claims to be modern is judged as such, whatever its header says and however broken it is.
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}}
        < 400 {"id": 1, "error": {"code": -32020}}
        > POST /mcp
          MCP-Protocol-Version: 2025-11-25
          | {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}}
        < 400 {"error": {"code": -32020}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          Mcp-Method: tools/list
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}}
        < 400 {"error": {"code": -32602}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": null}}}
        < 400 {"error": {"code": -32602}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": ["2025-11-25"]}}}
        < 400 {"error": {"code": -32602}}
    "#),
    Row("dual.header-claim", MODERN, r#"
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          Mcp-Method: tools/list
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        < 400 {"id": 1, "error": {"code": -32602}}
        > POST /mcp
          MCP-Protocol-Version: 2031-01-01
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        < 400 {"error": {"code": -32602}}
        > POST /mcp
          MCP-Protocol-Version: garbage
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        < 400 {"error": {"code": -32602}}
    "#),
    Row("dual.initialize; init.other", MODERN, r#"
        # Without a whole envelope it opens the legacy era, whatever revision it asks for.
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2026-07-28", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}
        < 200 {"result": {"protocolVersion": "2025-11-25", "resultType": "-"}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}, "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}}
        < 200 {"result": {"protocolVersion": "2025-06-18"}}
        # With the header, it must have the envelope.
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          Mcp-Method: initialize
          | {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2026-07-28", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}
        < 400 {"error": {"code": -32602}}
        # With both, it is a method that there is no more.
        > initialize {}
        < 404 {"id": 1, "error": {"code": -32601}}
    "#),
    Row("init.same; dual.initialize", LEGACY, r#"
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
          MCP-Protocol-Version: -
        < 200 {"result": {"protocolVersion": "$V", "serverInfo": {"name": "fixture", "version": "1.2.3"}, "capabilities": {"tools": {}}, "instructions": "Call echo."}}
        > initialize {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
          MCP-Protocol-Version: -
        < 200 {"result": {"protocolVersion": "2024-11-05"}}
        # The body counts, also beside another header.
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
          MCP-Protocol-Version: 2025-06-18
        < 200 {"result": {"protocolVersion": "$V"}}
    "#),
    Row("init.other", LEGACY, r#"
        > initialize {"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"protocolVersion": "2025-11-25"}}
        > initialize {"protocolVersion": "", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"protocolVersion": "2025-11-25"}}
        > initialize {"protocolVersion": "2025-06-18 ", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"protocolVersion": "2025-11-25"}}
        # What asks for no revision at all is no handshake.
        > initialize {"capabilities": {}}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("init.reinit", LEGACY, r#"
        ! session
        ! keep session first
        # Once more, naming the session: it opens another, and the first goes on.
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
          Mcp-Session-Id: $first
        < 200 {"result": {"protocolVersion": "$V"}}
          Mcp-Session-Id: $session
        ! differ first session
        > ping {}
        < 200 {"result": {}}
        > ping {}
          Mcp-Session-Id: $first
        < 200 {"result": {}}
    "#),
    Row("dual.noclaim", LEGACY, r#"
        # Without a session it is served by itself, with one in it.
        > tools/list {}
        < 200 {"result": {}}
        ! session
        > tools/list {}
        < 200 {"result": {}}
        > tools/list {}
          Mcp-Session-Id: no-such-session
        < 404 {"error": {}}
    "#),
    Row("dual.modern-in-session", V1125, r#"
        ! session
        # The header of the other era in a session of this one.
        > tools/list {}
          MCP-Protocol-Version: 2026-07-28
          Mcp-Method: tools/list
        < 400 {"error": {"code": -32602}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          Mcp-Method: tools/list
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}}
        < 200 {"result": {"resultType": "complete"}}
          Mcp-Session-Id: -
        > tools/list {}
        < 200 {"result": {"resultType": "-"}}
    "#),
    Row("dual.discover-legacy", LEGACY, r#"
        > server/discover {}
        < 200 {"error": {"code": -32601}}
        > server/discover {}
          + no params
        < 200 {"error": {"code": -32601}}
    "#),
];
