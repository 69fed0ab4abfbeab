//! Section 4 without sessions: Streamable HTTP as 2025-03-26 has it.

use super::super::{LEGACY, Row, V0326};

pub(super) const ROWS: &[Row] = &[
    Row("v0326.endpoint; v0326.get", LEGACY, r#"
        > ping {}
        < 200 {"result": {}}
        > GET /mcp
        < 200 events
        > GET /mcp
          Accept: application/json
        < 406 {"error": {}}
        # It tells of what changes, until the server goes.
        g> GET /mcp
        g< 200 events
        ! notify resources
        g< {"method": "notifications/resources/list_changed", "params": "-"}
        ! shutdown
        g< end
    "#),
    Row("v0326.get; v0326.session.delete", LEGACY, r#"
        # A server that never speaks unasked, and has no sessions.
        ! server plain
        > GET /mcp
        < 405 {"error": {"code": -32600}}
          Allow: ~POST
        > DELETE /mcp
        < 405 {"error": {}}
        > PUT /mcp
        < 405 {"error": {}}
    "#),
    Row("v0326.post.202", LEGACY, r#"
        > notify notifications/initialized {}
        < 202
        > notify notifications/cancelled {"requestId": 1}
        < 202
        # What cannot be accepted.
        > POST /mcp
          | {"jsonrpc": "1.0", "method": "notifications/initialized"}
        < 400 {"error": {"code": -32600}}
        > POST /mcp
          | {"jsonrpc": "2.0", "method": "notifications/initialized", "params": 7}
        < 400 {"id": "-", "error": {"code": -32602}}
    "#),
    Row("v0326.post.request; v0326.sse.noclose", LEGACY, r#"
        > tools/call {"name": "echo", "arguments": {"text": "hi"}}
        < 200 {"result": {"content": [{"type": "text", "text": "hi"}]}}
        # Events up to the answer, which is the last.
        > tools/call {"name": "slow"}
          + meta {"progressToken": "p"}
          + id "slow"
        < 200 events
        < {"method": "notifications/progress", "params": {"progressToken": "p", "progress": 1}}
        ! go-on
        < {"id": "slow", "result": {"content": [{"text": "went on"}]}}
        < end
    "#),
    Row("v0326.disconnect", LEGACY, r#"
        # Before the answer has begun.
        a> tools/call {"name": "slow"}
        ! await start
        ! close a
        ! connections 0
        ! go-on
        ! await end
        ! finished 1
        # Within its stream.
        b> tools/call {"name": "slow"}
          + meta {"progressToken": 1}
        b< 200 events
        b< {"method": "notifications/progress"}
        ! close b
        ! connections 0
        ! go-on
        ! await end
        ! finished 2
        ! dropped 0
        > ping {}
        < 200 {"result": {}}
    "#),
    Row("v0326.nohdr", V0326, r#"
        # Annotations are of this revision, titles of the next.
        > tools/list {}
          MCP-Protocol-Version: -
        < 200 {"result": {"tools": {"$each": {"title": "-", "outputSchema": "-"}}}}
        > tools/list {}
          MCP-Protocol-Version: -
        < 200 {"result": {"tools": {"$some": {"name": "echo", "annotations": {"title": "Echo", "readOnlyHint": true}}}}}
    "#),
];
