//! The sessions of sections 4 to 6 and 12: when there is one, whose it is, and what only a session has.

use super::super::{BEFORE_1125, LEGACY, Row, V0618, V1125};

pub(super) const ROWS: &[Row] = &[
    Row("v0326.session.mint", LEGACY, r#"
        ! caps {"sampling": {}}
        ! session
        ! visible-ascii session
        ! keep session first
        ! session
        ! differ first session
    "#),
    Row("v0326.session.mint", LEGACY, r#"
        # Only for who needs one: nobody can be asked or told anything here ...
        ! server changing
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {}}
          Mcp-Session-Id: -
        # ... and this client can be asked.
        > initialize {"protocolVersion": "$V", "capabilities": {"roots": {}}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {}}
          Mcp-Session-Id: $session
        # On an error there is none.
        > initialize {}
          Mcp-Session-Id: -
        < 200 {"error": {"code": -32602}}
          Mcp-Session-Id: -
    "#),
    Row("v0326.session.mint; v0326.session.delete", LEGACY, r#"
        # Without keys there are no sessions.
        ! server plain
        > initialize {"protocolVersion": "$V", "capabilities": {"sampling": {}}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {}}
          Mcp-Session-Id: -
        > DELETE /mcp
          Mcp-Session-Id: anything
        < 405 {"error": {}}
    "#),
    Row("v0326.session.404; v0326.session.delete", LEGACY, r#"
        > ping {}
          Mcp-Session-Id: unknown
        < 404 {"error": {"code": -32600}}
        ! session
        > ping {}
        < 200 {"result": {}}
        g> GET /mcp
        g< 200 events
        a> tools/call {"name": "slow"}
        ! await start
        > DELETE /mcp
        < 204
        # Its stream ends, its calls are stopped, and it is known no more.
        g< end
        a< 202
        ! await end
        ! dropped 1
        > ping {}
        < 404 {"error": {"code": -32600}}
        > notify notifications/initialized {}
        < 404 {"error": {}}
        > GET /mcp
        < 404 {"error": {}}
        > DELETE /mcp
        < 404 {"error": {}}
        ! forge session
        > ping {}
        < 404 {"error": {}}
        # Opening another is always possible.
        ! session
        > ping {}
        < 200 {"result": {}}
    "#),
    Row("v0326.session.404; dual.same-principal", LEGACY, r#"
        ! caps {"sampling": {}}
        ! session
        > ping {}
          + as mallory
        < 404 {"error": {"code": -32600}}
        > notify notifications/cancelled {"requestId": 1}
          + as mallory
        < 404 {"error": {}}
        > GET /mcp
          + as mallory
        < 404 {"error": {}}
        > DELETE /mcp
          + as mallory
        < 404 {"error": {}}
        # A question of one party's call is not for another to answer.
        a> tools/call {"name": "ask-model"}
        a< 200 events
        a< {"id": "$ask", "method": "sampling/createMessage"}
        > reply $ask {"model": "m", "role": "assistant", "content": {"type": "text", "text": "forged"}}
          + as mallory
        < 404 {"error": {}}
        > reply $ask {"model": "m", "role": "assistant", "content": {"type": "text", "text": "fine"}}
        < 202
        a< {"result": {"content": [{"text": "\"fine\""}]}}
        a< end
    "#),
    Row("dual.hdr-mismatch-session; v0618.pvhdr.absent; v0618.operation", V0618, r#"
        # What was negotiated counts, whatever the header says or does not say.
        ! session
        > tools/list {}
          MCP-Protocol-Version: 2025-11-25
        < 200 {"result": {"tools": {"$each": {"icons": "-"}}}}
        > tools/list {}
          MCP-Protocol-Version: 2025-03-26
        < 200 {"result": {"tools": {"$some": {"name": "echo", "title": "Echo"}}}}
        > tools/list {}
          MCP-Protocol-Version: -
        < 200 {"result": {"tools": {"$some": {"name": "echo", "title": "Echo"}}}}
    "#),
    Row("dual.response; v0326.post.202", LEGACY, r#"
        ! caps {"sampling": {}, "roots": {}}
        ! session
        a> tools/call {"name": "ask-model"}
        a< 200 events
        a< {"id": "$ask", "method": "sampling/createMessage", "params": {"maxTokens": 20}}
        # Without a session, and to nothing that was asked.
        > reply $ask {}
          Mcp-Session-Id: -
        < 400 {"error": {"code": -32600}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": 7, "result": {}}
        < 400 {"error": {"code": -32600}}
        > POST /mcp
          | {"jsonrpc": "2.0", "id": "1~000000000000000000000000", "result": {}}
        < 404 {"error": {"code": -32600}}
        > refuse $ask {"code": -1, "message": "The person said no"}
        < 202
        a< {"error": {"code": -32603, "message": "~sampling/createMessage"}}
        a< end
        # Once is enough.
        > reply $ask {}
        < 404 {"error": {}}
    "#),
    Row("cancel.legacy", LEGACY, r#"
        ! session
        # Within a stream: it ends, without an answer.
        a> tools/call {"name": "slow"}
          + meta {"progressToken": 1}
          + id "streams"
        a< 200 events
        a< {"method": "notifications/progress"}
        > notify notifications/cancelled {"requestId": "streams", "reason": "no longer of interest"}
        < 202
        a< end
        ! await end
        ! dropped 1
        # Before the answer has begun: there is none.
        ! await start
        b> tools/call {"name": "slow"}
          + id "waits"
        ! await start
        > notify notifications/cancelled {"requestId": "waits"}
        < 202
        b< 202
        ! await end
        ! dropped 2
        # What is unknown, over, or cannot be read is ignored.
        > notify notifications/cancelled {"requestId": "waits"}
        < 202
        > notify notifications/cancelled {"requestId": null}
        < 202
        > notify notifications/cancelled {}
        < 202
        > ping {}
        < 200 {"result": {}}
        ! finished 0
    "#),
    Row("cancel.legacy", LEGACY, r#"
        # Ids are of their session: nobody else's notification stops a call.
        ! session
        ! keep session first
        a> tools/call {"name": "slow"}
          Mcp-Session-Id: $first
          + id "call"
        ! await start
        ! session
        > notify notifications/cancelled {"requestId": "call"}
        < 202
        > notify notifications/cancelled {"requestId": "call"}
          Mcp-Session-Id: -
        < 202
        ! go-on
        a< 200 {"id": "call", "result": {"content": [{"text": "went on"}]}}
        ! dropped 0
    "#),
    Row("v0326.resume", LEGACY, r#"
        ! session
        a> tools/call {"name": "slow"}
          + meta {"progressToken": 1}
          + id "call"
        a< 200 events
        a< {"method": "notifications/progress"}
          + id $seen
        ! close a
        ! go-on
        ! await end
        # It goes on after the event that was seen, and only with that stream.
        b> GET /mcp
          Last-Event-ID: $seen
        b< 200 events
        b< {"id": "call", "result": {"content": [{"text": "went on"}]}}
          + id $last
        b< end
        ! differ seen last
        # As often as the client likes, until nothing is left.
        c> GET /mcp
          Last-Event-ID: $seen
        c< 200 events
        c< {"id": "call"}
        c< end
        > GET /mcp
          Last-Event-ID: $last
        < 400 {"error": {"code": -32600}}
        > GET /mcp
          Last-Event-ID: nonsense
        < 400 {"error": {}}
        # Event ids are of their session.
        > GET /mcp
          Last-Event-ID: $seen
          + as mallory
        < 404 {"error": {}}
        ! session
        > GET /mcp
          Last-Event-ID: $seen
        < 400 {"error": {}}
    "#),
    Row("v0326.resume; v0326.disconnect", LEGACY, r#"
        # A question outlives the connection that it went over.
        ! caps {"sampling": {}}
        ! session
        a> tools/call {"name": "ask-model"}
          + id "call"
        a< 200 events
        a< {"id": "$ask", "method": "sampling/createMessage"}
          + id $seen
        ! close a
        > reply $ask {"model": "m", "role": "assistant", "content": {"type": "text", "text": "fine"}}
        < 202
        b> GET /mcp
          Last-Event-ID: $seen
        b< 200 events
        b< {"id": "call", "result": {"content": [{"text": "\"fine\""}]}}
        b< end
    "#),
    Row("cancel.legacy; dual.response", LEGACY, r#"
        # A call that waits for its client is stopped like any other, and its question is nobody's then.
        ! caps {"sampling": {}}
        ! session
        a> tools/call {"name": "ask-model"}
          + id "call"
        a< 200 events
        a< {"id": "$ask", "method": "sampling/createMessage"}
        > notify notifications/cancelled {"requestId": "call"}
        < 202
        a< end
        > reply $ask {"model": "m", "role": "assistant", "content": {"type": "text", "text": "late"}}
        < 404 {"error": {"code": -32600}}
    "#),
    Row("v0326.get.noresponse; v0326.nobroadcast", LEGACY, r#"
        ! caps {"sampling": {}}
        ! session
        g> GET /mcp
        g< 200 events
        # An answer, progress, a question: each on the stream of its own call.
        > tools/call {"name": "count"}
          + id "plain"
        < 200 {"id": "plain", "result": {}}
        a> tools/call {"name": "slow"}
          + meta {"progressToken": "a"}
        a< 200 events
        a< {"method": "notifications/progress", "params": {"progressToken": "a"}}
        b> tools/call {"name": "ask-model"}
        b< 200 events
        b< {"id": "$ask", "method": "sampling/createMessage"}
        ! go-on
        a< {"result": {"content": [{"text": "went on"}]}}
        a< end
        > reply $ask {"model": "m", "role": "assistant", "content": {"type": "text", "text": "fine"}}
        < 202
        b< {"result": {}}
        b< end
        # So the first thing on the other stream is what happens now, and it is there once.
        ! notify tools
        ! notify resources
        g< {"method": "notifications/tools/list_changed"}
        g< {"method": "notifications/resources/list_changed"}
        # A second stream of the session takes the place of the first.
        h> GET /mcp
        h< 200 events
        g< end
        ! notify tools
        h< {"method": "notifications/tools/list_changed"}
    "#),
    Row("v0326.nobroadcast; res.subscribe", LEGACY, r#"
        # Two sessions of one party: each hears what it asked for.
        ! session
        g> GET /mcp
        g< 200 events
        > resources/subscribe {"uri": "test://text"}
        < 200 {"result": {}}
        # (That the server looks at the resource changes its tools here.)
        g< {"method": "notifications/tools/list_changed"}
        ! keep session first
        ! session
        h> GET /mcp
        h< 200 events
        ! updated test://text
        ! notify resources
        g< {"method": "notifications/resources/updated", "params": {"uri": "test://text"}}
        g< {"method": "notifications/resources/list_changed"}
        h< {"method": "notifications/resources/list_changed"}
        # What concerns somebody else alone is heard by neither.
        ! notify tools for mallory
        ! notify resources
        g< {"method": "notifications/resources/list_changed"}
        h< {"method": "notifications/resources/list_changed"}
        # An unsubscription ends it.
        > resources/unsubscribe {"uri": "test://text"}
          Mcp-Session-Id: $first
        < 200 {"result": {}}
        ! updated test://text
        ! notify resources
        g< {"method": "notifications/resources/list_changed"}
    "#),
    Row("v1125.sse.prime; v1125.sse.poll", V1125, r#"
        ! session
        a> tools/call {"name": "patient"}
          + meta {"progressToken": 1}
          + id "call"
        a< 200 events
        a< primed
          + retry *
        a< {"method": "notifications/progress"}
          + id $seen
        # The connection is let go, and the client told when to come back.
        a< released
          + retry 7
        a< end
        b> GET /mcp
          Last-Event-ID: $seen
        b< 200 events
        ! go-on
        b< {"id": "call", "result": {"content": [{"text": "waited"}]}}
        b< end
    "#),
    Row("v1125.sse.prime", BEFORE_1125, r#"
        # A client of these revisions would read the empty event as a message.
        ! session
        > tools/call {"name": "slow"}
          + meta {"progressToken": 1}
        < 200 events
        < {"method": "notifications/progress"}
        ! go-on
        < {"result": {}}
        < end
    "#),
];
