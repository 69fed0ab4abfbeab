//! Section 10: tasks, whose result comes later (an extension of 2026-07-28).

use super::super::{LEGACY, MODERN, Row};

pub(super) const ROWS: &[Row] = &[
    Row("task.adv", MODERN, r#"
        > server/discover {}
        < 200 {"result": {"capabilities": {"tasks": "-", "extensions": {"io.modelcontextprotocol/tasks": {}}}}}
        # The client opts in with each request.
        > tools/call {"name": "task-waits"}
          + caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        < 200 {"result": {"resultType": "task"}}
        > tools/call {"name": "task-waits"}
        < 400 {"error": {"code": -32021}}
    "#),
    Row("task.adv; task.never-unasked", LEGACY, r#"
        > initialize {"protocolVersion": "$V", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        < 200 {"result": {"capabilities": {"tasks": "-", "extensions": "-"}}}
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}, "tasks": {}}
        ! session
        > tools/call {"name": "task-waits"}
        < 200 {"error": {"code": -32602}}
        > tools/call {"name": "task-unasked"}
        < 200 {"error": {"code": -32602}}
    "#),
    Row("task.never-unasked", MODERN, r#"
        > tools/call {"name": "task-is-wrong"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"extensions": {"io.modelcontextprotocol/tasks": {}}}}}}}
        # Whatever the handler thinks.
        > tools/call {"name": "task-unasked"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"extensions": {"io.modelcontextprotocol/tasks": {}}}}}}}
        > tools/call {"name": "task-unasked"}
          + caps {"extensions": {"com.example/other": {}}, "elicitation": {}}
        < 400 {"error": {"code": -32021}}
        > tools/call {"name": "task-unasked"}
          + caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        < 200 {"result": {"resultType": "task", "taskId": "unasked"}}
    "#),
    Row("task.shape; task.get", MODERN, r#"
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        > tools/call {"name": "task-waits"}
        < 200 {"result": {"$exact": {"resultType": "task", "taskId": "$task", "status": "working", "createdAt": "2026-07-28T00:00:00Z", "lastUpdatedAt": "2026-07-28T00:00:00Z", "ttlMs": 300000, "pollIntervalMs": 1000, "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}}
        # It is there as soon as the client knows of it.
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"resultType": "complete", "taskId": "$task", "status": "working", "createdAt": "2026-07-28T00:00:00Z", "ttlMs": 300000, "result": "-", "error": "-"}}
        ! await start
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"status": "working", "statusMessage": "waiting"}}
    "#),
    Row("task.get; task.notify", MODERN, r#"
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        > tools/call {"name": "task-waits"}
          + meta {"progressToken": 1, "logLevel": "debug"}
        < 200 {"result": {"resultType": "task", "taskId": "$task"}}
        l> subscriptions/listen {"notifications": {"taskIds": ["$task"]}}
          + id "l"
        l< 200 events
        l< {"params": {"notifications": {"taskIds": ["$task"]}}}
        ! clock 5
        ! go-on
        # What the call would have answered, and nothing else on the way there.
        l< {"method": "notifications/tasks", "params": {"taskId": "$task", "status": "completed", "lastUpdatedAt": "2026-07-28T00:00:05Z", "result": {"resultType": "complete", "content": [{"type": "text", "text": "went on"}]}, "_meta": {"io.modelcontextprotocol/subscriptionId": "l"}}}
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"resultType": "complete", "status": "completed", "lastUpdatedAt": "2026-07-28T00:00:05Z", "result": {"content": [{"text": "went on"}]}}}
        ! shutdown
        l< {"id": "l", "result": {}}
    "#),
    Row("task.get", MODERN, r#"
        # A tool's failure is a result; only a protocol error is a failed task.
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        > tools/call {"name": "task-is-wrong"}
        < 200 {"result": {"resultType": "task", "taskId": "$wrong"}}
        ! until task wrong completed
        > tasks/get {"taskId": "$wrong"}
        < 200 {"result": {"status": "completed", "result": {"isError": true, "content": [{"text": "too large"}]}, "error": "-"}}
        > tools/call {"name": "task-breaks"}
        < 200 {"result": {"resultType": "task", "taskId": "$broken"}}
        ! until task broken failed
        > tasks/get {"taskId": "$broken"}
        < 200 {"result": {"resultType": "complete", "status": "failed", "error": {"$exact": {"code": -32603, "message": "broken"}}, "result": "-"}}
    "#),
    Row("task.update; task.get", MODERN, r#"
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}, "elicitation": {}}
        > tools/call {"name": "task-asks"}
        < 200 {"result": {"resultType": "task", "taskId": "$task"}}
        ! until task task input_required
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"resultType": "complete", "status": "input_required", "inputRequests": {"first": {"method": "elicitation/create", "params": {"message": "First?"}}, "second": {"method": "elicitation/create"}}}}
        > tasks/update {"taskId": "$task", "inputResponses": {"first": {"action": "accept", "content": {"ok": true}}, "unknown": {"action": "accept"}}}
        < 200 {"result": {"$exact": {"resultType": "complete", "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}}
        # What was answered once is asked no more, and cannot be answered again.
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"status": "input_required", "inputRequests": {"first": "-", "second": "*"}}}
        > tasks/update {"taskId": "$task", "inputResponses": {"first": {"action": "decline"}}}
        < 200 {"result": {"resultType": "complete"}}
        > tasks/update {"taskId": "$task", "inputResponses": {"second": {"action": "accept", "content": {"ok": true}}}}
        < 200 {"result": {"resultType": "complete"}}
        ! until task task completed
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"status": "completed", "result": {"content": [{"text": "2 accepted"}]}}}
        # After its end, too, an answer is let pass.
        > tasks/update {"taskId": "$task", "inputResponses": {"second": {"action": "decline"}}}
        < 200 {"result": {"resultType": "complete"}}
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"status": "completed"}}
    "#),
    Row("task.update; task.get", MODERN, r#"
        # A client that cannot be asked: the task has failed with that.
        > tools/call {"name": "task-asks"}
          + caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        < 200 {"result": {"taskId": "$task"}}
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        ! until task task failed
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"status": "failed", "error": {"code": -32021, "data": {"requiredCapabilities": {"elicitation": {}}}}}}
    "#),
    Row("task.cancel", MODERN, r#"
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        > tools/call {"name": "task-waits"}
        < 200 {"result": {"taskId": "$task"}}
        > tasks/cancel {"taskId": "$task"}
        < 200 {"result": {"$exact": {"resultType": "complete", "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}}
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"status": "cancelled", "result": "-", "error": "-"}}
        > tasks/cancel {"taskId": "$task"}
        < 200 {"result": {"resultType": "complete"}}
        # What has ended stays as it is.
        > tools/call {"name": "task-is-wrong"}
        < 200 {"result": {"taskId": "$ended"}}
        ! until task ended completed
        > tasks/cancel {"taskId": "$ended"}
        < 200 {"result": {"resultType": "complete"}}
        > tasks/get {"taskId": "$ended"}
        < 200 {"result": {"status": "completed"}}
        # A task outlives the connection that began it.
        > tools/call {"name": "task-waits"}
        < 200 {"result": {"taskId": "$other"}}
        > tasks/get {"taskId": "$other"}
        < 200 {"result": {"status": "working"}}
    "#),
    Row("task.gate", MODERN, r#"
        > tasks/get {"taskId": "t"}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"extensions": {"io.modelcontextprotocol/tasks": {}}}}}}}
        > tasks/update {"taskId": "t", "inputResponses": {}}
        < 400 {"error": {"code": -32021}}
        > tasks/cancel {"taskId": "t"}
          + caps {"tasks": {}}
        < 400 {"error": {"code": -32021}}
    "#),
    Row("task.sec; task.update; task.cancel", MODERN, r#"
        ! caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        > tools/call {"name": "task-waits"}
        < 200 {"result": {"taskId": "$task"}}
        ! visible-ascii task
        > tools/call {"name": "task-waits"}
        < 200 {"result": {"taskId": "$other"}}
        ! differ task other
        # Somebody else's looks as one that there never was.
        > tasks/get {"taskId": "$task"}
          + as mallory
        < 200 {"error": {"code": -32602, "message": "$unknown"}}
        > tasks/update {"taskId": "$task", "inputResponses": {}}
          + as mallory
        < 200 {"error": {"code": -32602, "message": "$unknown"}}
        > tasks/cancel {"taskId": "$task"}
          + as mallory
        < 200 {"error": {"code": -32602, "message": "$unknown"}}
        > tasks/get {"taskId": "no-such-task"}
        < 200 {"error": {"code": -32602, "message": "$unknown"}}
        > subscriptions/listen {"notifications": {"taskIds": ["$task"]}}
          + as mallory
        < 200 events
        < {"params": {"notifications": {"$exact": {}}}}
        # And it goes on.
        > tasks/get {"taskId": "$task"}
        < 200 {"result": {"status": "working"}}
        > tasks/get {}
        < 200 {"error": {"code": -32602}}
    "#),
];
