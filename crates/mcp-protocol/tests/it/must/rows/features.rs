//! Section 9: prompts, resources, completion, ping.

use super::super::{HTTP, LEGACY, MODERN, Row, SSE};

pub(super) const ROWS: &[Row] = &[
    Row("prompt.cap; prompt.list; prompt.get", HTTP, r#"
        > prompts/list {}
        < 200 {"result": {"prompts": [{"name": "greet", "description": "Greets.", "arguments": [{"name": "name", "required": true}]}]}}
        > prompts/get {"name": "greet", "arguments": {"name": "Ada"}}
        < 200 {"result": {"messages": [{"role": "user", "content": {"type": "text", "text": "Greet Ada."}}]}}
        > prompts/get {"name": "greet"}
        < 200 {"error": {"code": -32602, "message": "~name"}}
        > prompts/get {"name": "nothing"}
        < 200 {"error": {"code": -32602}}
        > prompts/get {}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("prompt.cap; prompt.list; prompt.get", SSE, r#"
        ! connect
        > prompts/get {"name": "greet", "arguments": {"name": "Ada"}}
        < 202 Accepted
        s< {"result": {"messages": [{"role": "user", "content": {"type": "text", "text": "Greet Ada."}}]}}
        > prompts/get {"name": "nothing"}
        < 202 Accepted
        s< {"error": {"code": -32602}}
    "#),
    Row("prompt.content", HTTP, r#"
        > prompts/get {"name": "media"}
        < 200 {"result": {"messages": [{"content": {"$exact": {"type": "image", "data": "AAAA", "mimeType": "image/png"}}}, {"content": {"$exact": {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"}}}, {"content": {"$exact": {"type": "resource", "resource": {"uri": "test://text", "mimeType": "text/plain", "text": "hello"}}}}]}}
        > tools/call {"name": "media"}
        < 200 {"result": {"content": {"$some": {"$exact": {"type": "resource", "resource": {"uri": "test://text", "mimeType": "text/plain", "text": "hello"}}}}}}
    "#),
    Row("res.cap; res.list; res.templates; res.read", HTTP, r#"
        > resources/list {}
        < 200 {"result": {"resources": {"$some": {"$exact": {"uri": "test://text", "name": "text", "description": "A text.", "mimeType": "text/plain"}}}}}
        > resources/templates/list {}
        < 200 {"result": {"resourceTemplates": [{"uriTemplate": "test://{id}", "name": "by-id"}]}}
        > resources/read {"uri": "test://text"}
        < 200 {"result": {"contents": [{"$exact": {"uri": "test://text", "mimeType": "text/plain", "text": "hello"}}]}}
        > resources/read {"uri": "test://bytes"}
        < 200 {"result": {"contents": [{"$exact": {"uri": "test://bytes", "mimeType": "application/octet-stream", "blob": "AAEC"}}]}}
    "#),
    Row("res.cap", LEGACY, r#"
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"capabilities": {"resources": {"$exact": {"listChanged": true, "subscribe": true}}}}}
    "#),
    Row("res.notfound", MODERN, r#"
        > resources/read {"uri": "test://no"}
        < 200 {"error": {"code": -32602, "data": {"uri": "test://no"}}, "result": "-"}
    "#),
    Row("res.notfound", LEGACY, r#"
        > resources/read {"uri": "test://no"}
        < 200 {"error": {"code": -32002, "data": {"uri": "test://no"}}, "result": "-"}
    "#),
    Row("res.notfound", SSE, r#"
        ! connect
        > resources/read {"uri": "test://no"}
        < 202 Accepted
        s< {"error": {"code": -32002, "data": {"uri": "test://no"}}}
    "#),
    Row("res.uri", HTTP, r#"
        # None is completed, resolved or guessed at.
        > resources/read {"uri": "test://text/../bytes"}
        < 200 {"error": {"data": {"uri": "test://text/../bytes"}}}
        > resources/read {"uri": "TEST://text"}
        < 200 {"error": {}}
        > resources/read {"uri": "test://te%78t"}
        < 200 {"error": {}}
        > resources/read {"uri": "/etc/passwd"}
        < 200 {"error": {}}
        > resources/read {"uri": ""}
        < 200 {"error": {}}
        > resources/read {"uri": 7}
        < 200 {"error": {"code": -32602}}
        > resources/read {"uri": ["test://text"]}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("res.subscribe", LEGACY, r#"
        # Only a session can be told of anything later.
        > resources/subscribe {"uri": "test://text"}
        < 400 {"error": {"code": -32600}}
        ! session
        > resources/subscribe {"uri": "test://text"}
        < 200 {"result": {"$exact": {}}}
        > resources/subscribe {"uri": "test://no"}
        < 200 {"error": {"code": -32002, "data": {"uri": "test://no"}}}
        > resources/subscribe {}
        < 200 {"error": {"code": -32602}}
        # A stream that is opened later hears of what was subscribed to before, and not of the other.
        g> GET /mcp
        g< 200 events
        ! updated test://no
        ! updated test://text
        g< {"method": "notifications/resources/updated", "params": {"$exact": {"uri": "test://text"}}}
        > resources/unsubscribe {"uri": "test://text"}
        < 200 {"result": {"$exact": {}}}
    "#),
    Row("res.subscribe", SSE, r#"
        ! connect
        > resources/subscribe {"uri": "test://bytes"}
          + id "sub"
        < 202 Accepted
        s< {"id": "sub", "result": {"$exact": {}}}
        ! updated test://text
        ! updated test://bytes
        s< {"method": "notifications/resources/updated", "params": {"$exact": {"uri": "test://bytes"}}}
        > resources/unsubscribe {"uri": "test://bytes"}
        < 202 Accepted
        s< {"result": {"$exact": {}}}
        ! updated test://bytes
        ! notify resources
        s< {"method": "notifications/resources/list_changed"}
    "#),
    Row("comp.cap", HTTP, r#"
        # At most 100, and the client hears that there are more.
        > completion/complete {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "name", "value": "A"}}
        < 200 {"result": {"completion": {"values": "$values", "total": 120, "hasMore": true}}}
        ! count values 100
        > completion/complete {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "name", "value": "Ada"}, "context": {"arguments": {"formality": "Dear"}}}
        < 200 {"result": {"completion": {"values": ["Dear Ada"], "hasMore": false}}}
        > completion/complete {"ref": {"type": "ref/prompt", "name": "nothing"}, "argument": {"name": "name", "value": "A"}}
        < 200 {"error": {"code": -32602}}
        > completion/complete {"ref": {"type": "ref/resource", "uri": "test://nothing"}, "argument": {"name": "name", "value": "A"}}
        < 200 {"error": {"code": -32602}}
        > completion/complete {"ref": {"type": "ref/prompt", "name": "greet"}}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("comp.cap", LEGACY, r#"
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"capabilities": {"completions": {}}}}
    "#),
    Row("ping", LEGACY, r#"
        > ping {}
        < 200 {"result": {"$exact": {}}}
        > ping {}
          + no params
        < 200 {"result": {"$exact": {}}}
        ! session
        > ping {}
        < 200 {"result": {"$exact": {}}}
    "#),
    Row("ping", SSE, r#"
        s> GET /sse
        s< 200 events
        s< endpoint $endpoint
        # Also before the handshake.
        > ping {}
        < 202 Accepted
        s< {"id": 1, "result": {"$exact": {}}}
    "#),
    Row("cancel.legacy", SSE, r#"
        ! connect
        > tools/call {"name": "slow"}
          + id "call"
        < 202 Accepted
        ! await start
        > notify notifications/cancelled {"requestId": "unknown"}
        < 202 Accepted
        > notify notifications/cancelled {"requestId": "call"}
        < 202 Accepted
        ! await end
        ! dropped 1
        # It is not answered: what comes next is the next answer, and the id is free again.
        > ping {}
          + id "call"
        < 202 Accepted
        s< {"id": "call", "result": {"$exact": {}}}
    "#),
];
