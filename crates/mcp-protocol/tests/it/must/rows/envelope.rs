//! Section 7.1: what every request of 2026-07-28 carries, and every result.

use super::super::{MODERN, Row};

pub(super) const ROWS: &[Row] = &[
    Row("v26.meta.required; 7.3 missing required _meta", MODERN, r#"
        > tools/list {}
          + no params
        < 400 {"id": 1, "error": {"code": -32602}}
        > tools/list {}
          + no meta
        < 400 {"id": 2, "error": {"code": -32602}}
        > tools/list {}
          + meta {"protocolVersion": "-"}
        < 400 {"error": {"code": -32602, "message": "~protocolVersion"}}
        > tools/list {}
          + meta {"clientCapabilities": "-"}
        < 400 {"error": {"code": -32602, "message": "~clientCapabilities"}}
        # There, but not what they must be.
        > tools/list {}
          + meta {"clientCapabilities": []}
        < 400 {"error": {"code": -32602}}
        > tools/list {}
          + meta {"clientCapabilities": null}
        < 400 {"error": {"code": -32602}}
        > tools/list {}
          + meta {"protocolVersion": 20260728}
        < 400 {"error": {"code": -32602}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          Mcp-Method: tools/list
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": 7}}
        < 400 {"error": {"code": -32602}}
        > POST /mcp
          MCP-Protocol-Version: 2026-07-28
          Mcp-Method: tools/list
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": []}
        < 400 {"error": {"code": -32602}}
    "#),
    Row("v26.meta.required", MODERN, r#"
        # Every method alike, whatever else would be wrong with it.
        > server/discover {}
          + no meta
        < 400 {"error": {"code": -32602}}
        > tools/call {"name": "nothing"}
          + meta {"clientCapabilities": "-"}
        < 400 {"error": {"code": -32602, "message": "~clientCapabilities"}}
        > no/such {}
          + no meta
        < 400 {"error": {"code": -32602}}
        > subscriptions/listen {"notifications": {}}
          + no meta
        < 400 {"error": {"code": -32602}}
    "#),
    Row("v26.meta.clientinfo-optional", MODERN, r#"
        > tools/list {}
          + meta {"clientInfo": "-"}
        < 200 {"result": {}}
        > tools/call {"name": "who"}
          + meta {"clientInfo": "-"}
        < 200 {"result": {"content": [{"text": "alice None None 2026-07-28"}]}}
        # What cannot be read is as good as none.
        > tools/call {"name": "who"}
          + meta {"clientInfo": {"name": 7}}
        < 200 {"result": {"content": [{"text": "alice None None 2026-07-28"}]}}
    "#),
    Row("v26.meta.serverinfo; v26.resulttype", MODERN, r#"
        > server/discover {}
        < 200 {"result": {"resultType": "complete", "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}
        > tools/list {}
        < 200 {"result": {"resultType": "complete", "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}
        > tools/call {"name": "count"}
        < 200 {"result": {"resultType": "complete"}}
        > tools/call {"name": "echo"}
        < 200 {"result": {"resultType": "complete", "isError": true}}
        > resources/list {}
        < 200 {"result": {"resultType": "complete"}}
        > resources/templates/list {}
        < 200 {"result": {"resultType": "complete"}}
        > resources/read {"uri": "test://text"}
        < 200 {"result": {"resultType": "complete"}}
        > prompts/list {}
        < 200 {"result": {"resultType": "complete"}}
        > prompts/get {"name": "greet", "arguments": {"name": "Ada"}}
        < 200 {"result": {"resultType": "complete"}}
        > completion/complete {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "name", "value": "A"}}
        < 200 {"result": {"resultType": "complete"}}
        > tools/call {"name": "ask-form"}
          + caps {"elicitation": {}}
        < 200 {"result": {"resultType": "input_required", "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}
        > tools/call {"name": "task-is-wrong"}
          + caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        < 200 {"result": {"resultType": "task", "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}
    "#),
    Row("v26.stateless", MODERN, r#"
        # One connection: what one request declares holds for it alone.
        > tools/call {"name": "ask-form"}
          + caps {"elicitation": {}}
        < 200 {"result": {"resultType": "input_required"}}
        > tools/call {"name": "ask-form"}
          + again
        < 400 {"error": {"code": -32021}}
        > tools/call {"name": "who"}
          + again
          + meta {"clientInfo": {"name": "another", "version": "2"}}
        < 200 {"result": {"content": [{"text": "~another"}]}}
        > tools/call {"name": "who"}
          + again
          + as mallory
          + meta {"clientInfo": "-"}
        < 200 {"result": {"content": [{"text": "mallory None None 2026-07-28"}]}}
        > tools/list {}
          + again
          + no meta
        < 400 {"error": {"code": -32602}}
        > tools/list {}
          + again
          MCP-Protocol-Version: -
        < 400 {"error": {"code": -32020}}
        # Nor does a legacy handshake on it leave anything behind, and the other way round.
        > POST /mcp
          + again
          | {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {"elicitation": {}}, "clientInfo": {"name": "c", "version": "1"}}}
        < 200 {"result": {"protocolVersion": "2025-06-18"}}
        > tools/call {"name": "ask-form"}
          + again
        < 400 {"error": {"code": -32021}}
        > POST /mcp
          + again
          | {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        < 200 {"result": {"resultType": "-", "tools": {"$each": {"title": "-"}}}}
    "#),
    Row("v26.caps.mustnotrely; 7.3 missing client capability", MODERN, r#"
        # Known before the call begins.
        > tasks/get {"taskId": "t"}
        < 400 {"id": 1, "error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"extensions": {"io.modelcontextprotocol/tasks": {}}}}}}}
        # From inside a handler, also of one that may speak before it answers.
        > tools/call {"name": "sampling"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"sampling": {}}}}}}
        > tools/call {"name": "ask-model"}
          + meta {"progressToken": 1}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"sampling": {}}}}}}
        > tools/call {"name": "ask-roots"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"roots": {}}}}}}
        > prompts/get {"name": "asks"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"elicitation": {}}}}}
        > resources/read {"uri": "test://asks"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"elicitation": {}}}}}
    "#),
];
