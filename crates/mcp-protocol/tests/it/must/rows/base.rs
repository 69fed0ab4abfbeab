//! Sections 1 and 2: JSON-RPC and HTTP, in all revisions.

use super::super::{HTTP, LEGACY, MODERN, Row, SSE};

pub(super) const ROWS: &[Row] = &[
    Row("rpc.id.echo", HTTP, r#"
        > tools/list {}
          + id 7
        < 200 {"id": 7}
        > tools/list {}
          + id "seven"
        < 200 {"id": "seven"}
        > tools/list {}
          + id 0
        < 200 {"id": 0}
        > tools/list {}
          + id ""
        < 200 {"id": ""}
        > tools/call {"name": "nothing"}
          + id "7"
        < 200 {"id": "7", "error": {}}
        > tools/call {"name": "nothing"}
          + id -9007199254740991
        < 200 {"id": -9007199254740991, "error": {}}
        # An error without a readable id carries none.
        > POST /mcp
          | {"jsonrpc": "2.0", "id": {}, "method": "tools/list"}
        < 400 {"id": "-", "error": {}}
    "#),
    Row("rpc.id.echo", SSE, r#"
        ! connect
        > ping {}
          + id "a"
        < 202 Accepted
        s< {"id": "a", "result": {}}
        > ping {}
          + id 0
        < 202 Accepted
        s< {"id": 0, "result": {}}
    "#),
    Row("rpc.id.nonnull", HTTP, r#"
        > POST /mcp
          | {"jsonrpc": "2.0", "id": null, "method": "tools/list"}
        < 400 {"id": "-", "error": {"code": -32600}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 1.5, "method": "tools/list"}
        < 400 {"id": "-", "error": {"code": -32600}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": [1], "method": "tools/list"}
        < 400 {"id": "-", "error": {"code": -32600}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": true, "method": "tools/list"}
        < 400 {"id": "-", "error": {"code": -32600}}
    "#),
    Row("rpc.id.nonnull", SSE, r#"
        ! connect
        > ping {}
          + id null
        < 400 {"id": "-", "error": {"code": -32600}}
    "#),
    Row("rpc.error.int", HTTP, r#"
        > tools/call {"name": "panics"}
        < 200 {"error": {"code": -32603, "message": "*"}}
        > tools/call {"name": "nothing"}
        < 200 {"error": {"code": -32602, "message": "~nothing"}}
    "#),
    Row("rpc.notif.noreply", HTTP, r#"
        > notify notifications/cancelled {"requestId": 1}
        < 202
        > notify notifications/no-such-thing {}
        < 202
    "#),
    Row("rpc.notif.noreply", SSE, r#"
        ! connect
        > notify notifications/no-such-thing {}
        < 202 Accepted
        > notify notifications/cancelled {}
        < 202 Accepted
        # What comes next on the stream answers the next request.
        > ping {}
          + id "next"
        < 202 Accepted
        s< {"id": "next", "result": {}}
    "#),
    Row("rpc.codes.legacyrange", MODERN, r#"
        # Neither -32002 nor -32042, nor any other of the old range.
        > resources/read {"uri": "test://no"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "ask-page"}
        < 400 {"error": {"code": -32021}}
        > tools/call {"name": "panics"}
        < 200 {"error": {"code": -32603}}
    "#),
    Row("rpc.codes.app", HTTP, r#"
        > tools/call {"name": "own-code"}
        < 200 {"error": {"code": 1234, "message": "The tank is empty"}}
    "#),
    Row("rpc.parse; 7.3 malformed JSON", HTTP, r#"
        > POST /mcp
          | {"jsonrpc":
        < 400 {"id": "-", "error": {"code": -32700}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 1}
        < 400 {"id": 1, "error": {"code": -32600}}
        > POST /mcp
          | {"jsonrpc": "1.0", "id": 1, "method": "tools/list"}
        < 400 {"id": 1, "error": {"code": -32600}}
        > POST /mcp
          | 17
        < 400 {"id": "-", "error": {"code": -32600}}
    "#),
    Row("meta.keys", HTTP, r#"
        # The grammar of every key that comes is looked at for all rows.
        > tools/call {"name": "labelled"}
        < 200 {"result": {"_meta": {"com.example/label": "kept"}}}
        # The bare names of the trace context are known.
        > tools/call {"name": "trace"}
          + meta {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        < 200 {"result": {"content": [{"text": "~00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}]}}
        # What is nobody's is ignored.
        > tools/call {"name": "trace"}
          + meta {"example.org/unknown": [1], "traceparent": 7}
        < 200 {"result": {"content": [{"text": "None"}]}}
    "#),
    Row("http.origin.validate; http.origin.403; 7.3 bad Origin", HTTP, r#"
        > tools/list {}
          Origin: https://evil.example.com
        < 403 {"id": "-", "error": {"code": -32600}}
        > tools/list {}
          Origin: null
        < 403 {"error": {}}
        > tools/list {}
          Origin: http://localhost.evil.example.com
        < 403 {"error": {}}
        > notify notifications/cancelled {}
          Origin: https://evil.example.com
        < 403 {"error": {}}
        > GET /mcp
          Origin: https://evil.example.com
        < 403 {"error": {}}
        > DELETE /mcp
          Origin: https://evil.example.com
        < 403 {"error": {}}
        # Two of them are no origin.
        > tools/list {}
          Origin: http://localhost
          Origin: https://evil.example.com
        < 403 {"error": {}}
        # A page on the same machine, and a client that is no page.
        > tools/list {}
          Origin: http://localhost:6274
        < 200 {"result": {}}
        > tools/list {}
        < 200 {"result": {}}
    "#),
    Row("http.origin.validate; http.origin.403", SSE, r#"
        > GET /sse
          Origin: https://evil.example.com
        < 403 {"error": {"code": -32600}}
        ! streams 0
        ! connect
        > ping {}
          Origin: https://evil.example.com
        < 403 {"error": {"code": -32600}}
        > ping {}
          Origin: http://127.0.0.1:6274
          + id "page"
        < 202 Accepted
        s< {"id": "page"}
    "#),
    Row("http.host.localhost", HTTP, r#"
        > tools/list {}
          Host: evil.example.com
        < 403 {"error": {}}
        # A name that was rebound: both say the same, and it is not ours.
        > tools/list {}
          Host: evil.example.com
          Origin: http://evil.example.com
        < 403 {"error": {}}
        > tools/list {}
          Host: 127.0.0.1:8080
        < 200 {"result": {}}
    "#),
    Row("http.host.localhost", SSE, r#"
        > GET /sse
          Host: evil.example.com
          Origin: http://evil.example.com
        < 403 {"error": {}}
    "#),
    Row("http.accept.post", HTTP, r#"
        > tools/list {}
          Accept: */*
        < 200 {"result": {}}
        > tools/list {}
          Accept: -
        < 200 {"result": {}}
        # Who takes no events gets the answer alone.
        > tools/call {"name": "noisy"}
          Accept: application/json
          + meta {"progressToken": 1}
        < 200 {"result": {"content": [{"text": "done"}]}}
        # Who takes nothing else gets events.
        > tools/list {}
          Accept: text/event-stream
          + id 9
        < 200 events
        < {"id": 9, "result": {}}
        < end
    "#),
    Row("http.ctype", HTTP, r#"
        > tools/list {}
          Content-Type: text/plain
        < 415 {"error": {"code": -32600}}
        > tools/list {}
          Content-Type: -
        < 415 {"error": {}}
        > tools/list {}
          Content-Type: Application/JSON; charset=utf-8
        < 200 {"result": {}}
    "#),
    Row("http.ctype", SSE, r#"
        ! connect
        > ping {}
          Content-Type: text/plain
        < 415 {"error": {}}
    "#),
    Row("http.sse.format; http.sse.noproxybuf", MODERN, r#"
        > tools/call {"name": "noisy"}
          + meta {"progressToken": "p"}
          + id 3
        < 200 events
          X-Accel-Buffering: no
          Cache-Control: ~no-cache
        < {"method": "notifications/progress", "params": {"progress": 1}}
          + event -
        < {"method": "notifications/progress", "params": {"progress": 2}}
        < {"id": 3, "result": {}}
        < end
    "#),
    Row("http.sse.format; http.sse.noproxybuf", SSE, r#"
        s> GET /sse
        s< 200 events
          X-Accel-Buffering: no
        s< endpoint $endpoint
        > ping {}
        < 202 Accepted
        s< {"result": {}}
          + event message
    "#),
    Row("http.sse.keepalive", LEGACY, r#"
        > GET /mcp
        < 200 events
        < keep-alive
        < keep-alive
    "#),
    Row("http.sse.keepalive", MODERN, r#"
        > subscriptions/listen {"notifications": {"toolsListChanged": true}}
        < 200 events
        < {"method": "notifications/subscriptions/acknowledged"}
        < keep-alive
        < keep-alive
    "#),
    Row("http.sse.keepalive", SSE, r#"
        ! connect
        s< keep-alive
        s< keep-alive
    "#),
];
