//! Sections 7.5 and 7.6: what a server says about itself, and how long it may be believed (2026-07-28).

use super::super::{LEGACY, MODERN, Row};

pub(super) const ROWS: &[Row] = &[
    Row("v26.discover; dual.supported-list", MODERN, r#"
        > server/discover {}
        < 200 {"result": {"resultType": "complete", "supportedVersions": ["2026-07-28"], "instructions": "Call echo.", "ttlMs": "*", "cacheScope": "*", "serverInfo": "-", "capabilities": {"tools": {"listChanged": true}, "resources": {"listChanged": true, "subscribe": true}, "prompts": {}, "completions": {}, "logging": {}}, "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}
        # The error's list is that of discovery.
        > tools/list {}
          MCP-Protocol-Version: 2031-01-01
          + meta {"protocolVersion": "2031-01-01"}
        < 400 {"error": {"code": -32022, "data": {"supported": ["2026-07-28"]}}}
    "#),
    Row("v26.discover; v26.discover.truth", MODERN, r#"
        # What is not advertised is not there, though this server could do it.
        ! server plain
        > server/discover {}
        < 200 {"result": {"capabilities": {"$exact": {"tools": {}}}}}
        > tools/list {}
        < 200 {"result": {}}
        > prompts/list {}
        < 404 {"error": {"code": -32601}}
        > prompts/get {"name": "greet"}
        < 404 {"error": {"code": -32601}}
        > resources/list {}
        < 404 {"error": {"code": -32601}}
        > resources/read {"uri": "test://text"}
        < 404 {"error": {"code": -32601}}
        > completion/complete {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "a", "value": ""}}
        < 404 {"error": {"code": -32601}}
        > subscriptions/listen {"notifications": {"toolsListChanged": true}}
        < 404 {"error": {"code": -32601}}
        > tasks/get {"taskId": "t"}
          + caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        < 404 {"error": {"code": -32601}}
        # Nor is anything logged.
        > tools/call {"name": "noisy"}
          + meta {"logLevel": "debug"}
        < 200 {"result": {}}
    "#),
    Row("v26.discover.truth", MODERN, r#"
        # And what is advertised is.
        > tools/list {}
        < 200 {"result": {"tools": {"$each": "*"}}}
        > prompts/list {}
        < 200 {"result": {"prompts": {"$each": "*"}}}
        > resources/list {}
        < 200 {"result": {"resources": {"$each": "*"}}}
        > resources/templates/list {}
        < 200 {"result": {"resourceTemplates": {"$each": "*"}}}
        > subscriptions/listen {"notifications": {"toolsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": ["test://bytes"]}}
        < 200 events
        < {"params": {"notifications": {"$exact": {"toolsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": ["test://bytes"]}}}}
    "#),
    Row("v26.cache.fields; v26.cache.public", MODERN, r#"
        # The same for everybody.
        > server/discover {}
        < 200 {"result": {"ttlMs": 300000, "cacheScope": "public"}}
        # Of the others a server says so itself; it did not, so they are this caller's, and stale at once.
        > tools/list {}
        < 200 {"result": {"ttlMs": 0, "cacheScope": "private"}}
        > prompts/list {}
        < 200 {"result": {"ttlMs": 0, "cacheScope": "private"}}
        > resources/list {}
        < 200 {"result": {"ttlMs": 0, "cacheScope": "private"}}
        > resources/templates/list {}
        < 200 {"result": {"ttlMs": 0, "cacheScope": "private"}}
        > resources/read {"uri": "test://text"}
        < 200 {"result": {"ttlMs": 0, "cacheScope": "private"}}
        # Nothing else has them.
        > tools/call {"name": "count"}
        < 200 {"result": {"ttlMs": "-", "cacheScope": "-"}}
        > prompts/get {"name": "greet", "arguments": {"name": "Ada"}}
        < 200 {"result": {"ttlMs": "-", "cacheScope": "-"}}
    "#),
    Row("v26.cache.pages", MODERN, r#"
        > resources/list {}
        < 200 {"result": {"cacheScope": "$scope", "nextCursor": "$next"}}
        > resources/list {"cursor": "$next"}
        < 200 {"result": {"cacheScope": "$scope", "nextCursor": "-"}}
        > prompts/list {}
        < 200 {"result": {"cacheScope": "$scope", "nextCursor": ""}}
        > prompts/list {"cursor": ""}
        < 200 {"result": {"cacheScope": "$scope", "nextCursor": "-"}}
    "#),
    Row("v26.cache.noninput", MODERN, r#"
        ! caps {"elicitation": {}}
        > resources/read {"uri": "test://asks"}
        < 200 {"result": {"resultType": "input_required", "ttlMs": "-", "cacheScope": "-"}}
        > resources/read {"uri": "test://asks", "inputResponses": {"confirm": {"action": "accept", "content": {"ok": true}}}}
        < 200 {"result": {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}}
    "#),
    Row("dual.projection", LEGACY, r#"
        # What only 2026-07-28 has is not sent to the others.
        > tools/list {}
        < 200 {"result": {"resultType": "-", "ttlMs": "-", "cacheScope": "-", "_meta": "-"}}
        > tools/call {"name": "count"}
        < 200 {"result": {"resultType": "-", "_meta": "-"}}
        > resources/read {"uri": "test://text"}
        < 200 {"result": {"resultType": "-", "ttlMs": "-", "cacheScope": "-"}}
        > resources/read {"uri": "test://no"}
        < 200 {"error": {"code": -32002}}
    "#),
];
