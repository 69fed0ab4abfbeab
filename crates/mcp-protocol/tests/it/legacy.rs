//! 2025-03-26 to 2025-11-25 without sessions, and the answers to section 15's probes.

use crate::wire::check;

#[tokio::test]
async fn initialize() {
    check("legacy_initialize", &[
        (
            "init.same 2024-11-05",
            r#"POST /mcp

{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        ),
        (
            "init.same 2025-03-26",
            r#"POST /mcp

{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        ),
        (
            "init.same 2025-06-18",
            r#"POST /mcp

{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        ),
        (
            "init.same 2025-11-25",
            r#"POST /mcp

{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        ),
        (
            "init.other: 2026-07-28",
            r#"POST /mcp

{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2026-07-28","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        ),
        (
            "init.other: 1999-01-01",
            r#"POST /mcp

{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"1999-01-01","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        ),
        (
            "with a legacy version header",
            r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        ),
        ("without params", r#"POST /mcp

{"jsonrpc":"2.0","id":0,"method":"initialize"}"#),
        (
            "initialized",
            r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        ),
    ]).await;
}

#[tokio::test]
async fn methods() {
    check(
        "legacy_methods",
        &[
            (
                "ping",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            (
                "tools/list bare: 2025-03-26",
                r#"POST /mcp

{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            ),
            (
                "tools/list 2025-06-18",
                r#"POST /mcp
MCP-Protocol-Version: 2025-06-18

{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            ),
            (
                "tools/list 2025-11-25",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            ),
            (
                "structured 2025-06-18",
                r#"POST /mcp
MCP-Protocol-Version: 2025-06-18

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count"}}"#,
            ),
            (
                "structured 2025-03-26",
                r#"POST /mcp
MCP-Protocol-Version: 2025-03-26

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count"}}"#,
            ),
            (
                "tool.output.legacyobject",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list"}}"#,
            ),
            (
                "content 2024-11-05",
                r#"POST /mcp
MCP-Protocol-Version: 2024-11-05

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"media"}}"#,
            ),
            (
                "content 2025-03-26",
                r#"POST /mcp
MCP-Protocol-Version: 2025-03-26

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"media"}}"#,
            ),
            (
                "v1125.tasks.core: task is ignored",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","task":{"ttl":1000}}}"#,
            ),
            (
                "logging/setLevel",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"warning"}}"#,
            ),
            (
                "logging/setLevel invalid",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"loud"}}"#,
            ),
            (
                "resources/list",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#,
            ),
            (
                "prompts/get",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"greet","arguments":{"name":"Ada"}}}"#,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn probes() {
    check(
        "legacy_probes",
        &[
            (
                "dual.noclaim: a stale session id is ignored",
                r#"POST /mcp
Mcp-Session-Id: stale
MCP-Protocol-Version: 2025-11-25
User-Agent: agent/1

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who"}}"#,
            ),
            (
                "dual.hdr-legacy-bad: header garbage",
                r#"POST /mcp
MCP-Protocol-Version: garbage

{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            ),
            (
                "v0618.pvhdr.bad400 on a notification",
                r#"POST /mcp
MCP-Protocol-Version: garbage

{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            ),
            (
                "dual.discover-legacy",
                r#"POST /mcp

{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#,
            ),
            (
                "dual.response",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"result":{}}"#,
            ),
            (
                "unknown method",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"no/such"}"#,
            ),
            (
                "unknown tool",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"frob"}}"#,
            ),
            (
                "unknown resource: -32002",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"test://no"}}"#,
            ),
            (
                "tools/call without name",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#,
            ),
            (
                "params that are null are none",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#,
            ),
            (
                "params that are null, of a notification",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","method":"notifications/initialized","params":null}"#,
            ),
            (
                "params that are a list",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
            ),
            (
                "insufficient scope",
                r#"POST /mcp
MCP-Protocol-Version: 2025-11-25

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"forbidden"}}"#,
            ),
            (
                "bad JSON",
                r#"POST /mcp

{"jsonrpc":"#,
            ),
            ("GET", "GET /mcp\nAccept: text/event-stream\nMCP-Protocol-Version: 2025-11-25"),
            ("DELETE", "DELETE /mcp\nMcp-Session-Id: x"),
            (
                "Accept json only",
                r#"POST /mcp
Accept: application/json

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            (
                "Accept json only: what would stream does not",
                r#"POST /mcp
Accept: application/json

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"noisy","_meta":{"progressToken":1}}}"#,
            ),
            (
                "Accept */*",
                r#"POST /mcp
Accept: */*

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            (
                "Accept events only",
                r#"POST /mcp
Accept: text/event-stream

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            (
                "no Accept",
                r#"POST /mcp
Accept: -

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            (
                "Content-Type with parameters",
                r#"POST /mcp
Content-Type: Application/JSON; charset=utf-8

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            (
                "Content-Type text",
                r#"POST /mcp
Content-Type: text/plain

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
            (
                "no Content-Type",
                r#"POST /mcp
Content-Type: -

{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn batches() {
    check("legacy_batches", &[
        (
            "v0326.batch",
            r#"POST /mcp

[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":"b","method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"}}},{"jsonrpc":"2.0","id":3,"method":"no/such"}]"#,
        ),
        (
            "with the header",
            r#"POST /mcp
MCP-Protocol-Version: 2025-03-26

[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
        ),
        (
            "notifications and responses alone",
            r#"POST /mcp

[{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":1,"result":{}}]"#,
        ),
        (
            "events, the last an array",
            r#"POST /mcp

[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hasty","_meta":{"progressToken":"p"}}},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#,
        ),
        (
            "v0326.batch.noinit",
            r#"POST /mcp

[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}]"#,
        ),
        (
            "v0618.nobatch",
            r#"POST /mcp
MCP-Protocol-Version: 2025-06-18

[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
        ),
        (
            "dual.batch: a modern element",
            r#"POST /mcp

[{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{$M}}]"#,
        ),
        (
            "dual.batch: an invalid element",
            r#"POST /mcp

[{"jsonrpc":"2.0","id":1,"method":"ping"},7]"#,
        ),
        ("empty", "POST /mcp\n\n[]"),
        ("broken", "POST /mcp\n\n[{]"),
    ]).await;
}
