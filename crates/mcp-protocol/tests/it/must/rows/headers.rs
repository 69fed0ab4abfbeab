//! Section 7.2: headers that mirror the body (2026-07-28).

use super::super::{MODERN, Row};

pub(super) const ROWS: &[Row] = &[
    Row("v26.hdr.pv.required; 7.3 header missing/mismatch", MODERN, r#"
        > tools/list {}
          MCP-Protocol-Version: -
        < 400 {"id": 1, "error": {"code": -32020}}
        > server/discover {}
          MCP-Protocol-Version: -
        < 400 {"error": {"code": -32020}}
        > tools/list {}
          MCP-Protocol-Version:
        < 400 {"error": {"code": -32020}}
        # Names are case-insensitive, values are trimmed.
        > tools/list {}
          MCP-Protocol-Version: -
          MCP-PROTOCOL-VERSION:  2026-07-28
        < 200 {"result": {}}
    "#),
    Row("v26.hdr.pv.match; 7.3 unsupported version; 7.3 header missing/mismatch", MODERN, r#"
        > tools/list {}
          MCP-Protocol-Version: 2025-11-25
        < 400 {"error": {"code": -32020}}
        # Agreement comes before support.
        > tools/list {}
          + meta {"protocolVersion": "v999"}
        < 400 {"error": {"code": -32020}}
        > tools/list {}
          MCP-Protocol-Version: v999
        < 400 {"error": {"code": -32020}}
        > tools/list {}
          MCP-Protocol-Version: v999
          + meta {"protocolVersion": "v999"}
        < 400 {"id": 4, "error": {"code": -32022, "data": {"$exact": {"supported": ["2026-07-28"], "requested": "v999"}}}}
        # A legacy revision has no envelope.
        > tools/list {}
          MCP-Protocol-Version: 2025-11-25
          + meta {"protocolVersion": "2025-11-25"}
        < 400 {"error": {"code": -32022, "data": {"requested": "2025-11-25"}}}
        > tools/list {}
          MCP-Protocol-Version: 2026-07-28
          MCP-Protocol-Version: 2026-07-28
        < 400 {"error": {"code": -32020}}
    "#),
    Row("v26.hdr.method", MODERN, r#"
        > tools/list {}
          Mcp-Method: -
        < 400 {"error": {"code": -32020}}
        > tools/list {}
          Mcp-Method: tools/call
        < 400 {"error": {"code": -32020}}
        > tools/list {}
          Mcp-Method: Tools/List
        < 400 {"error": {"code": -32020}}
        > tools/list {}
          Mcp-Method: tools/list
          Mcp-Method: tools/list
        < 400 {"error": {"code": -32020}}
        > tools/list {}
          Mcp-Method: -
          MCP-METHOD:   tools/list
        < 200 {"result": {}}
        # Before it is known whether the method exists.
        > no/such {}
          Mcp-Method: -
        < 400 {"error": {"code": -32020}}
    "#),
    Row("v26.hdr.name", MODERN, r#"
        > tools/call {"name": "count"}
          Mcp-Name: -
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "count"}
          Mcp-Name: echo
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "count"}
          Mcp-Name: Count
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "count"}
          Mcp-Name: count
          Mcp-Name: count
        < 400 {"error": {"code": -32020}}
        > prompts/get {"name": "greet", "arguments": {"name": "Ada"}}
          Mcp-Name: Ada
        < 400 {"error": {"code": -32020}}
        > prompts/get {"name": "greet", "arguments": {"name": "Ada"}}
          Mcp-Name: -
        < 400 {"error": {"code": -32020}}
        > resources/read {"uri": "test://text"}
          Mcp-Name: test://bytes
        < 400 {"error": {"code": -32020}}
        > resources/read {"uri": "test://text"}
          Mcp-Name: -
        < 400 {"error": {"code": -32020}}
        # Where there is nothing to be named, the header means nothing.
        > tools/list {}
          Mcp-Name: count
        < 200 {"result": {}}
        # And where the body has no name, that is what is wrong.
        > tools/call {}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("task.hdr; v26.hdr.name", MODERN, r#"
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        > tasks/get {"taskId": "t"}
          Mcp-Name: u
        < 400 {"error": {"code": -32020}}
        > tasks/update {"taskId": "t", "inputResponses": {}}
          Mcp-Name: -
        < 400 {"error": {"code": -32020}}
        > tasks/cancel {"taskId": "t"}
          Mcp-Name: -
        < 400 {"error": {"code": -32020}}
        > tasks/cancel {"taskId": "t"}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("v26.hdr.b64", MODERN, r#"
        > tools/call {"name": "count"}
          Mcp-Name: =?base64?Y291bnQ=?=
        < 200 {"result": {}}
        > tools/call {"name": "echo"}
          Mcp-Name: =?base64?Y291bnQ=?=
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "nöthing"}
          Mcp-Name: =?base64?bsO2dGhpbmc=?=
        < 200 {"error": {"code": -32602}}
        # Strict: padding, alphabet, and the text inside.
        > tools/call {"name": "count"}
          Mcp-Name: =?base64?Y291bnQ?=
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "count"}
          Mcp-Name: =?base64?Y291*nQ=?=
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "count"}
          Mcp-Name: =?base64?/w==?=
        < 400 {"error": {"code": -32020}}
        # Without the exact marks it is what it says.
        > tools/call {"name": "=?BASE64?Y291bnQ=?="}
          Mcp-Name: =?BASE64?Y291bnQ=?=
        < 200 {"error": {"code": -32602, "message": "~=?BASE64?Y291bnQ=?="}}
        > tools/call {"name": "=?base64?Y291bnQ="}
          Mcp-Name: =?base64?Y291bnQ=
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "Y291bnQ=?="}
          Mcp-Name: Y291bnQ=?=
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "count"}
          Mcp-Name: =?BASE64?Y291bnQ=?=
        < 400 {"error": {"code": -32020}}
        # Arguments alike.
        > tools/call {"name": "place", "arguments": {"region": "Öde"}}
          Mcp-Param-Region: =?base64?w5ZkZQ==?=
        < 200 {"result": {}}
        > tools/call {"name": "place", "arguments": {"region": "Öde"}}
          Mcp-Param-Region: =?base64?w5ZkZQ?=
        < 400 {"error": {"code": -32020}}
    "#),
    Row("v26.hdr.param", MODERN, r#"
        > tools/call {"name": "place", "arguments": {"region": "north"}}
          Mcp-Param-Region: north
        < 200 {"result": {}}
        > tools/call {"name": "place", "arguments": {"region": "north"}}
        < 400 {"error": {"code": -32020, "message": "~Mcp-Param-region"}}
        > tools/call {"name": "place", "arguments": {"region": "north"}}
          Mcp-Param-Region: south
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "place", "arguments": {"region": "north"}}
          Mcp-Param-Region: North
        < 400 {"error": {"code": -32020}}
        # No argument, no header.
        > tools/call {"name": "place", "arguments": {}}
        < 200 {"result": {}}
        > tools/call {"name": "place", "arguments": {"region": null}}
        < 200 {"result": {}}
        > tools/call {"name": "place"}
          Mcp-Param-Region: north
        < 400 {"error": {"code": -32020}}
        # Below other properties, and by number.
        > tools/call {"name": "place", "arguments": {"page": {"size": 7}}}
          Mcp-Param-Page-Size: 7
        < 200 {"result": {}}
        > tools/call {"name": "place", "arguments": {"page": {"size": 7.0}}}
          Mcp-Param-Page-Size: 7
        < 200 {"result": {}}
        > tools/call {"name": "place", "arguments": {"page": {"size": 7}}}
          Mcp-Param-Page-Size: 8
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "place", "arguments": {"page": {"size": 7}}}
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "place", "arguments": {"dry": false}}
          Mcp-Param-Dry: false
        < 200 {"result": {}}
        > tools/call {"name": "place", "arguments": {"dry": false}}
          Mcp-Param-Dry: False
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "place", "arguments": {"dry": true}}
          Mcp-Param-Dry: true
          Mcp-Param-Dry: true
        < 400 {"error": {"code": -32020}}
        # A header that no tool asked for means nothing.
        > tools/call {"name": "count"}
          Mcp-Param-Region: north
        < 200 {"result": {}}
    "#),
    Row("v26.xheader.def", MODERN, r#"
        # Clients learn of it from the schema.
        > tools/list {}
        < 200 {"result": {"tools": {"$some": {"name": "place", "inputSchema": {"properties": {"region": {"type": "string", "x-mcp-header": "Region"}, "dry": {"type": "boolean", "x-mcp-header": "Dry"}, "page": {"properties": {"size": {"type": "integer", "x-mcp-header": "Page-Size"}}}}}}}}}
    "#),
    Row("v26.hdr.invalidchars", MODERN, r#"
        > tools/call {"name": "place", "arguments": {"region": "Öde"}}
          Mcp-Param-Region: Öde
        < 400 {"error": {"code": -32020}}
        > tools/call {"name": "nöthing"}
          Mcp-Name: nöthing
        < 400 {"error": {"code": -32020}}
        > tools/list {}
          MCP-Protocol-Version: 2026–07–28
        < 400 {"error": {"code": -32020}}
    "#),
    Row("v26.hdr.notif", MODERN, r#"
        > notify notifications/cancelled {"requestId": 1}
        < 202
        > notify notifications/cancelled {"requestId": 1}
          Mcp-Method: -
        < 202
        > notify notifications/cancelled {"requestId": 1}
          + no meta
        < 202
    "#),
    Row("v26.session.ignore; v26.noresume; dual.modern-in-session; dual.state", MODERN, r#"
        > tools/list {}
          Mcp-Session-Id: anything
          Last-Event-ID: 0-1
        < 200 {"result": {}}
          Mcp-Session-Id: -
        # Also when it is a session of the other era, of somebody else, or one that has ended.
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {"sampling": {}}, "clientInfo": {"name": "c", "version": "1"}}}
        < 200 {"result": {}}
          Mcp-Session-Id: $session
        > tools/call {"name": "ask-model"}
          Mcp-Session-Id: $session
        < 400 {"error": {"code": -32021}}
        > tools/list {}
          Mcp-Session-Id: $session
          + as mallory
        < 200 {"result": {}}
        > DELETE /mcp
          Mcp-Session-Id: $session
        < 204
        > tools/list {}
          Mcp-Session-Id: $session
        < 200 {"result": {}}
        > subscriptions/listen {"notifications": {"toolsListChanged": true}}
          Mcp-Session-Id: $session
        < 200 events
          Mcp-Session-Id: -
        < {"method": "notifications/subscriptions/acknowledged"}
          + id -
        # What is in a session, but says that it is modern, is held to it.
        > tools/list {}
          Mcp-Session-Id: $session
          + no meta
        < 400 {"error": {"code": -32602}}
    "#),
];
