//! Section 7.7: `subscriptions/listen` (2026-07-28).

use super::super::{MODERN, Row};

pub(super) const ROWS: &[Row] = &[
    Row("v26.sub.ack", MODERN, r#"
        # The tools change while the server looks at the resource: that is told after the acknowledgement.
        > subscriptions/listen {"notifications": {"toolsListChanged": true, "resourceSubscriptions": ["test://text", "test://no"]}}
          + id 20
        < 200 events
        < {"method": "notifications/subscriptions/acknowledged", "params": {"$exact": {"_meta": {"io.modelcontextprotocol/subscriptionId": 20}, "notifications": {"toolsListChanged": true, "resourceSubscriptions": ["test://text"]}}}}
        < {"method": "notifications/tools/list_changed"}
    "#),
    Row("v26.sub.ack; v26.sub.filter", MODERN, r#"
        # Nothing to be heard of is a subscription, too.
        > subscriptions/listen {"notifications": {}}
        < 200 events
        < {"params": {"notifications": {"$exact": {}}}}
        ! notify tools
        ! shutdown
        < {"id": 1, "result": {}}
        < end
    "#),
    Row("v26.sub.tag", MODERN, r#"
        # The id of the request, with its type.
        a> subscriptions/listen {"notifications": {"toolsListChanged": true}}
          + id 20
        a< 200 events
        a< {"params": {"_meta": {"$exact": {"io.modelcontextprotocol/subscriptionId": 20}}}}
        b> subscriptions/listen {"notifications": {"toolsListChanged": true}}
          + id "20"
        b< 200 events
        b< {"params": {"_meta": {"$exact": {"io.modelcontextprotocol/subscriptionId": "20"}}}}
        c> subscriptions/listen {"notifications": {"toolsListChanged": true}}
          + id 0
        c< 200 events
        c< {"params": {"_meta": {"$exact": {"io.modelcontextprotocol/subscriptionId": 0}}}}
        d> subscriptions/listen {"notifications": {"toolsListChanged": true}}
          + id ""
        d< 200 events
        d< {"params": {"_meta": {"$exact": {"io.modelcontextprotocol/subscriptionId": ""}}}}
        ! notify tools
        a< {"method": "notifications/tools/list_changed", "params": {"_meta": {"$exact": {"io.modelcontextprotocol/subscriptionId": 20}}}}
        b< {"method": "notifications/tools/list_changed", "params": {"_meta": {"$exact": {"io.modelcontextprotocol/subscriptionId": "20"}}}}
        c< {"method": "notifications/tools/list_changed", "params": {"_meta": {"$exact": {"io.modelcontextprotocol/subscriptionId": 0}}}}
        d< {"method": "notifications/tools/list_changed", "params": {"_meta": {"$exact": {"io.modelcontextprotocol/subscriptionId": ""}}}}
        ! shutdown
        a< {"id": 20, "result": {"_meta": {"io.modelcontextprotocol/subscriptionId": 20}}}
        b< {"id": "20", "result": {"_meta": {"io.modelcontextprotocol/subscriptionId": "20"}}}
        c< {"id": 0, "result": {"_meta": {"io.modelcontextprotocol/subscriptionId": 0}}}
        d< {"id": "", "result": {"_meta": {"io.modelcontextprotocol/subscriptionId": ""}}}
    "#),
    Row("v26.sub.tag; res.subscribe", MODERN, r#"
        > subscriptions/listen {"notifications": {"resourceSubscriptions": ["test://text", "test://bytes"]}}
          + id "r"
        < 200 events
        < {"params": {"notifications": {"$exact": {"resourceSubscriptions": ["test://bytes", "test://text"]}}}}
        ! updated test://other
        ! updated test://bytes
        < {"method": "notifications/resources/updated", "params": {"$exact": {"uri": "test://bytes", "_meta": {"io.modelcontextprotocol/subscriptionId": "r"}}}}
    "#),
    Row("v26.sub.filter; v26.sub.listchanged", MODERN, r#"
        # Asked for tools and prompts; this server's prompts do not change.
        > subscriptions/listen {"notifications": {"toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": false}}
        < 200 events
        < {"params": {"notifications": {"$exact": {"toolsListChanged": true}}}}
        ! notify prompts
        ! notify resources
        ! updated test://text
        ! visited visit-1
        ! notify tools for mallory
        ! notify tools
        < {"method": "notifications/tools/list_changed"}
        ! shutdown
        < {"id": 1, "result": {}}
        < end
    "#),
    Row("v26.sub.filter", MODERN, r#"
        # Each stream hears what it asked for, and its own party's alone.
        a> subscriptions/listen {"notifications": {"resourcesListChanged": true}}
        a< 200 events
        a< {"params": {"notifications": {"$exact": {"resourcesListChanged": true}}}}
        b> subscriptions/listen {"notifications": {"toolsListChanged": true, "resourcesListChanged": true}}
          + as mallory
        b< 200 events
        b< {"params": {"notifications": {"toolsListChanged": true}}}
        ! notify tools for mallory
        ! notify resources
        a< {"method": "notifications/resources/list_changed"}
        b< {"method": "notifications/tools/list_changed"}
        b< {"method": "notifications/resources/list_changed"}
    "#),
    Row("v26.sub.noreqscoped", MODERN, r#"
        > subscriptions/listen {"notifications": {"toolsListChanged": true}}
          + meta {"progressToken": "p", "logLevel": "debug"}
        < 200 events
        < {"method": "notifications/subscriptions/acknowledged"}
        b> tools/call {"name": "noisy"}
          + meta {"progressToken": "p", "logLevel": "debug"}
        b< 200 events
        b< {"method": "notifications/message"}
        b< {"method": "notifications/progress"}
        b< {"method": "notifications/message"}
        b< {"method": "notifications/progress"}
        b< {"method": "notifications/message"}
        b< {"result": {}}
        ! notify tools
        < {"method": "notifications/tools/list_changed"}
    "#),
    Row("v26.sub.close", MODERN, r#"
        > subscriptions/listen {"notifications": {"toolsListChanged": true}}
          + id "l"
        < 200 events
        < {"method": "notifications/subscriptions/acknowledged"}
        a> tools/call {"name": "slow"}
        ! await start
        ! notify tools
        < {"method": "notifications/tools/list_changed"}
        ! shutdown
        < {"id": "l", "result": {"$exact": {"resultType": "complete", "_meta": {"io.modelcontextprotocol/subscriptionId": "l", "io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.2.3"}}}}}
        < end
        # Calls under way are not touched.
        ! go-on
        a< 200 {"result": {"content": [{"text": "went on"}]}}
    "#),
    Row("v26.sub.needs-filter", MODERN, r#"
        > subscriptions/listen {}
        < 200 {"id": 1, "error": {"code": -32602}}
        > subscriptions/listen {"notifications": ["toolsListChanged"]}
        < 200 {"error": {"code": -32602}}
        > subscriptions/listen {"notifications": {"toolsListChanged": 1}}
        < 200 {"error": {"code": -32602}}
        # What is not known of a filter is left out of it.
        > subscriptions/listen {"notifications": {"example.org/weather": true, "toolsListChanged": true}}
        < 200 events
        < {"params": {"notifications": {"$exact": {"toolsListChanged": true}}}}
    "#),
    Row("v26.sub.tasks", MODERN, r#"
        > subscriptions/listen {"notifications": {"taskIds": ["t"]}}
        < 400 {"error": {"code": -32021, "data": {"requiredCapabilities": {"$exact": {"extensions": {"io.modelcontextprotocol/tasks": {}}}}}}}
        # Nobody's task is left out.
        > subscriptions/listen {"notifications": {"taskIds": ["t"]}}
          + caps {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        < 200 events
        < {"params": {"notifications": {"$exact": {}}}}
    "#),
];
