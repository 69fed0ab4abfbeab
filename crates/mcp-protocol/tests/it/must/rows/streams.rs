//! Section 7.4 and what goes over the stream of one request: progress and logs (section 9).

use super::super::{LEGACY, MODERN, Row, SSE};

pub(super) const ROWS: &[Row] = &[
    Row("v26.stream.related", MODERN, r#"
        # Two calls and a subscription at once: each hears of itself alone.
        l> subscriptions/listen {"notifications": {"toolsListChanged": true, "resourceSubscriptions": ["test://text"]}}
        l< 200 events
        l< {"method": "notifications/subscriptions/acknowledged"}
        l< {"method": "notifications/tools/list_changed"}
        a> tools/call {"name": "slow"}
          + meta {"progressToken": "a", "logLevel": "debug"}
          + id "a"
        a< 200 events
        a< {"method": "notifications/progress", "params": {"progressToken": "a"}}
        b> tools/call {"name": "noisy"}
          + meta {"progressToken": "b", "logLevel": "debug"}
          + id "b"
        b< 200 events
        b< {"method": "notifications/message"}
        b< {"method": "notifications/progress", "params": {"progressToken": "b", "progress": 1}}
        b< {"method": "notifications/message"}
        b< {"method": "notifications/progress", "params": {"progressToken": "b", "progress": 2}}
        b< {"method": "notifications/message"}
        b< {"id": "b", "result": {}}
        b< end
        c> tools/call {"name": "changes"}
          + meta {"progressToken": "c"}
          + id "c"
        c< 200 events
        c< {"method": "notifications/progress", "params": {"progressToken": "c"}}
        c< {"id": "c", "result": {}}
        c< end
        ! go-on
        a< {"id": "a", "result": {}}
        a< end
        l< {"method": "notifications/tools/list_changed"}
        l< {"method": "notifications/resources/updated"}
    "#),
    Row("v26.stream.noreq; v26.stream.end", MODERN, r#"
        # A question is an answer, also on a stream.
        ! caps {"elicitation": {}, "sampling": {}, "roots": {}}
        > tools/call {"name": "ask-late"}
          + meta {"progressToken": 1}
          + id "late"
        < 200 events
        < {"method": "notifications/progress"}
        < {"id": "late", "result": {"resultType": "input_required", "inputRequests": {"confirm": {"method": "elicitation/create"}}}}
        < end
    "#),
    Row("v26.cancel.disconnect", MODERN, r#"
        # Before the answer has begun.
        a> tools/call {"name": "slow"}
        ! await start
        ! close a
        ! await end
        ! dropped 1
        # Within its stream.
        b> tools/call {"name": "slow"}
          + meta {"progressToken": 1}
        b< 200 events
        b< {"method": "notifications/progress"}
        ! close b
        ! await end
        ! dropped 2
        ! finished 0
        ! busy 0
        # A subscription.
        c> subscriptions/listen {"notifications": {"toolsListChanged": true}}
        c< 200 events
        c< {"method": "notifications/subscriptions/acknowledged"}
        ! streams 1
        ! close c
        ! streams 0
        > tools/list {}
        < 200 {"result": {}}
    "#),
    Row("v26.cancel.disconnect", MODERN, r#"
        # Only that: a notification by POST stops nothing, because ids are nobody's without a session.
        a> tools/call {"name": "slow"}
          + id "call"
        ! await start
        > notify notifications/cancelled {"requestId": "call"}
        < 202
        ! go-on
        a< 200 {"id": "call", "result": {"content": [{"text": "went on"}]}}
    "#),
    Row("v26.noresume", MODERN, r#"
        > tools/call {"name": "noisy"}
          Last-Event-ID: 0-1
          + meta {"progressToken": 1}
        < 200 events
        < {"method": "notifications/progress"}
          + id -
          + retry -
        < {"method": "notifications/progress"}
          + id -
        < {"result": {}}
          + id -
          + retry -
        < end
    "#),
    Row("log.modern", MODERN, r#"
        # Unasked, nothing is said.
        > tools/call {"name": "noisy"}
        < 200 {"result": {"content": [{"text": "done"}]}}
        > tools/call {"name": "noisy"}
          + meta {"progressToken": 1}
        < 200 events
        < {"method": "notifications/progress"}
        < {"method": "notifications/progress"}
        < {"result": {}}
        < end
        # Asked for what is graver than what happens, neither.
        > tools/call {"name": "noisy"}
          + meta {"logLevel": "notice"}
        < 200 {"result": {}}
        > tools/call {"name": "noisy"}
          + meta {"logLevel": "info"}
        < 200 events
        < {"method": "notifications/message", "params": {"level": "info", "logger": "fixture", "data": "step 1"}}
        < {"method": "notifications/message", "params": {"data": "step 2"}}
        < {"method": "notifications/message"}
        < {"result": {}}
        < end
        # What one request asked for holds for it alone.
        > tools/call {"name": "noisy"}
        < 200 {"result": {}}
    "#),
    Row("log.legacy", LEGACY, r#"
        ! session
        > logging/setLevel {"level": "error"}
        < 200 {"result": {"$exact": {}}}
        > tools/call {"name": "noisy"}
        < 200 {"result": {}}
        > logging/setLevel {"level": "debug"}
        < 200 {"result": {"$exact": {}}}
        > tools/call {"name": "noisy"}
        < 200 events
        < {"method": "notifications/message", "params": {"level": "info", "data": "step 1"}}
        < {"method": "notifications/message"}
        < {"method": "notifications/message"}
        < {"result": {}}
        < end
        > logging/setLevel {"level": "loud"}
        < 200 {"error": {"code": -32602}}
        > logging/setLevel {}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("log.legacy", SSE, r#"
        ! connect
        > logging/setLevel {"level": "warning"}
        < 202 Accepted
        s< {"result": {"$exact": {}}}
        > tools/call {"name": "noisy"}
          + id "quiet"
        < 202 Accepted
        s< {"id": "quiet", "result": {}}
        > logging/setLevel {"level": "info"}
        < 202 Accepted
        s< {"result": {}}
        > tools/call {"name": "noisy"}
        < 202 Accepted
        s< {"method": "notifications/message", "params": {"level": "info"}}
        s< {"method": "notifications/message"}
        s< {"method": "notifications/message"}
        s< {"result": {}}
        > logging/setLevel {"level": "loud"}
        < 202 Accepted
        s< {"error": {"code": -32602}}
    "#),
    Row("prog.token", MODERN, r#"
        # Given back as it came, a number or a text; three reports, of which the last says nothing more.
        > tools/call {"name": "noisy"}
          + meta {"progressToken": 0}
        < 200 events
        < {"method": "notifications/progress", "params": {"$exact": {"progressToken": 0, "progress": 1, "total": 2}}}
        < {"method": "notifications/progress", "params": {"$exact": {"progressToken": 0, "progress": 2, "total": 2}}}
        < {"result": {}}
        < end
        > tools/call {"name": "noisy"}
          + meta {"progressToken": ""}
        < 200 events
        < {"method": "notifications/progress", "params": {"progressToken": ""}}
        < {"method": "notifications/progress", "params": {"progressToken": ""}}
        < {"result": {}}
        < end
        # No token, no progress.
        > tools/call {"name": "noisy"}
          + meta {"progressToken": 1.5}
        < 200 {"result": {}}
        > tools/call {"name": "noisy"}
        < 200 {"result": {}}
    "#),
    Row("prog.token", SSE, r#"
        ! connect
        > logging/setLevel {"level": "error"}
        < 202 Accepted
        s< {"result": {}}
        > tools/call {"name": "noisy"}
          + meta {"progressToken": "p"}
          + id "call"
        < 202 Accepted
        s< {"method": "notifications/progress", "params": {"progressToken": "p", "progress": 1}}
        s< {"method": "notifications/progress", "params": {"progressToken": "p", "progress": 2}}
        s< {"id": "call", "result": {}}
    "#),
];
