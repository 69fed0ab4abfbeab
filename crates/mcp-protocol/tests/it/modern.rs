//! 2026-07-28: the status table of section 7.3, the header rules, and every method.

use crate::wire::check;

#[tokio::test]
async fn methods() {
    check("modern_methods", &[
        (
            "v26.discover",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: server/discover

{"jsonrpc":"2.0","id":"d1","method":"server/discover","params":{$M}}"#,
        ),
        (
            "tools/list",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{$M}}"#,
        ),
        (
            "tools/call",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: echo

{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"text":"h\u00e9"},$M}}"#,
        ),
        (
            "structured",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: count

{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"count",$M}}"#,
        ),
        (
            "structured array",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: list

{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"list",$M}}"#,
        ),
        (
            "every content",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: media

{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"media",$M}}"#,
        ),
        (
            "resources/list",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: resources/list

{"jsonrpc":"2.0","id":5,"method":"resources/list","params":{$M}}"#,
        ),
        (
            "resources/templates/list",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: resources/templates/list

{"jsonrpc":"2.0","id":6,"method":"resources/templates/list","params":{$M}}"#,
        ),
        (
            "resources/read",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: resources/read
Mcp-Name: test://text

{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"test://text",$M}}"#,
        ),
        (
            "prompts/list",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: prompts/list

{"jsonrpc":"2.0","id":8,"method":"prompts/list","params":{$M}}"#,
        ),
        (
            "prompts/get",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: prompts/get
Mcp-Name: greet

{"jsonrpc":"2.0","id":9,"method":"prompts/get","params":{"name":"greet","arguments":{"name":"Ada"},$M}}"#,
        ),
        (
            "completion/complete",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: completion/complete

{"jsonrpc":"2.0","id":10,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"name","value":"A"},$M}}"#,
        ),
    ]).await;
}

#[tokio::test]
async fn statuses() {
    check("modern_statuses", &[
        (
            "accepted notification: 202 empty",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: notifications/cancelled

{"jsonrpc":"2.0","method":"notifications/cancelled","params":{$M}}"#,
        ),
        (
            "bad notification: 4xx without id",
            r#"POST /mcp
MCP-Protocol-Version: 2031-01-01

{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
        ),
        ("malformed JSON", r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"#),
        ("empty body", "POST /mcp\nMCP-Protocol-Version: 2026-07-28\n\n"),
        (
            "not a request",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"2.0","id":1}"#,
        ),
        ("not an object", "POST /mcp\nMCP-Protocol-Version: 2026-07-28\n\n17"),
        (
            "jsonrpc 1.0, id echoed",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"1.0","id":"x","method":"tools/list"}"#,
        ),
        (
            "rpc.id.nonnull: null",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#,
        ),
        (
            "rpc.id.nonnull: float",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}"#,
        ),
        (
            "duplicate member",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}"#,
        ),
        (
            "batch",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

[{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{$M}}]"#,
        ),
        (
            "posted response",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ),
        (
            "v26.meta.required: no params",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
        ),
        (
            "v26.meta.required: no _meta",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}"#,
        ),
        (
            "v26.meta.required: no capabilities",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
        ),
        (
            "v26.meta.required: capabilities no object",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]}}}"#,
        ),
        (
            "params no object",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#,
        ),
        (
            "v26.meta.clientinfo-optional",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: who

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
        ),
        (
            "v26.session.ignore",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: who
Mcp-Session-Id: stale
Last-Event-ID: 7
User-Agent: agent/1

{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who",$M}}"#,
        ),
        (
            "unsupported version",
            r#"POST /mcp
MCP-Protocol-Version: 2031-01-01
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":8,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2031-01-01","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
        ),
        (
            "a legacy version in the envelope",
            r#"POST /mcp
MCP-Protocol-Version: 2025-11-25
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":8,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
        ),
        (
            "v26.caps.mustnotrely",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: sampling

{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"sampling",$M}}"#,
        ),
        (
            "removed: ping",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: ping

{"jsonrpc":"2.0","id":10,"method":"ping","params":{$M}}"#,
        ),
        (
            "removed: logging/setLevel",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: logging/setLevel

{"jsonrpc":"2.0","id":10,"method":"logging/setLevel","params":{"level":"info",$M}}"#,
        ),
        (
            "removed: initialize with an envelope",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: initialize

{"jsonrpc":"2.0","id":10,"method":"initialize","params":{$M}}"#,
        ),
        (
            "initialize with the modern header alone",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: initialize

{"jsonrpc":"2.0","id":10,"method":"initialize","params":{"protocolVersion":"2026-07-28","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        ),
        (
            "not offered yet: subscriptions/listen",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: subscriptions/listen

{"jsonrpc":"2.0","id":10,"method":"subscriptions/listen","params":{"notifications":{},$M}}"#,
        ),
        (
            "unknown tool",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: frob

{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"frob",$M}}"#,
        ),
        (
            "unknown prompt",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: prompts/get
Mcp-Name: frob

{"jsonrpc":"2.0","id":5,"method":"prompts/get","params":{"name":"frob",$M}}"#,
        ),
        (
            "res.notfound: -32602 with the uri",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: resources/read
Mcp-Name: test://no

{"jsonrpc":"2.0","id":11,"method":"resources/read","params":{"uri":"test://no",$M}}"#,
        ),
        (
            "tools/call without name",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call

{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{$M}}"#,
        ),
        (
            "arguments no object",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: echo

{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","arguments":"x",$M}}"#,
        ),
        (
            "bad cursor",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"cursor":"x",$M}}"#,
        ),
        (
            "empty cursor is a cursor",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"cursor":"",$M}}"#,
        ),
        (
            "invalid logLevel",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: hasty

{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"hasty","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"loud"}}}"#,
        ),
        (
            "tool error",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: echo

{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"echo",$M}}"#,
        ),
        (
            "internal error",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: panics

{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"panics",$M}}"#,
        ),
        (
            "insufficient scope",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: forbidden

{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"forbidden",$M}}"#,
        ),
        ("GET", "GET /mcp\nMCP-Protocol-Version: 2026-07-28"),
        ("DELETE", "DELETE /mcp\nMCP-Protocol-Version: 2026-07-28"),
        (
            "id is an empty string",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place

{"jsonrpc":"2.0","id":"","method":"tools/call","params":{"name":"place",$M}}"#,
        ),
    ]).await;
}

#[tokio::test]
async fn headers() {
    check("modern_headers", &[
        (
            "v26.hdr.pv.required",
            r#"POST /mcp
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{$M}}"#,
        ),
        (
            "v26.hdr.pv.match: legacy header",
            r#"POST /mcp
MCP-Protocol-Version: 2025-11-25
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{$M}}"#,
        ),
        (
            "v26.hdr.pv.match: before the version",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"v999","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
        ),
        (
            "the version header twice",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/list

{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{$M}}"#,
        ),
        (
            "OWS is trimmed",
            "POST /mcp\nMCP-Protocol-Version:   2026-07-28  \nMcp-Method: \ttools/call \nMcp-Name:  place \n\n{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"place\",$M}}"
        ),
        (
            "v26.hdr.method: missing",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{$M}}"#,
        ),
        (
            "v26.hdr.method: case",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: Tools/List

{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{$M}}"#,
        ),
        (
            "v26.hdr.name: missing",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo",$M}}"#,
        ),
        (
            "v26.hdr.name: another",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: count

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo",$M}}"#,
        ),
        (
            "v26.hdr.name: of a resource",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: resources/read
Mcp-Name: test://other

{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"test://text",$M}}"#,
        ),
        (
            "v26.hdr.b64: name",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: =?base64?cGxhY2U=?=

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place",$M}}"#,
        ),
        (
            "v26.hdr.b64: padding",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: =?base64?cGxhY2U?=

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place",$M}}"#,
        ),
        (
            "v26.hdr.b64: alphabet",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: =?base64?cG!hY2U=?=

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place",$M}}"#,
        ),
        (
            "v26.hdr.b64: upper-case marker is literal",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: =?BASE64?cGxhY2U=?=

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place",$M}}"#,
        ),
        (
            "v26.hdr.b64: no suffix is literal",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: =?base64?cGxhY2U=

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place",$M}}"#,
        ),
        (
            "v26.hdr.param: all agree",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place
Mcp-Param-Region: =?base64?w5ZkZQ==?=
Mcp-Param-Page-Size: 7
Mcp-Param-Dry: true

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place","arguments":{"region":"Öde","page":{"size":7.0},"dry":true},$M}}"#,
        ),
        (
            "v26.hdr.param: missing",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place","arguments":{"region":"eu"},$M}}"#,
        ),
        (
            "v26.hdr.param: null needs none",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place","arguments":{"region":null},$M}}"#,
        ),
        (
            "v26.hdr.param: header without argument",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place
Mcp-Param-Region: eu

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place",$M}}"#,
        ),
        (
            "v26.hdr.param: integer differs",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place
Mcp-Param-Page-Size: 8

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place","arguments":{"page":{"size":7}},$M}}"#,
        ),
        (
            "v26.hdr.param: boolean differs",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place
Mcp-Param-Dry: True

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place","arguments":{"dry":true},$M}}"#,
        ),
        (
            "v26.hdr.invalidchars",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place
Mcp-Param-Region: Öde

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place","arguments":{"region":"Öde"},$M}}"#,
        ),
        (
            "an unknown Mcp-Param is no business of ours",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: tools/call
Mcp-Name: place
Mcp-Param-Other: x

{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"place",$M}}"#,
        ),
        (
            "v26.hdr.notif: lenient",
            r#"POST /mcp
MCP-Protocol-Version: 2026-07-28

{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#,
        ),
    ]).await;
}

#[tokio::test]
async fn undeclared_is_not_found() {
    use crate::fixture::Fixture;
    use crate::wire::{render, request};
    use mcp_protocol::{HttpOptions, StreamableHttp};

    // v26.discover.truth: the fixture implements prompts, but this one does not declare them.
    let endpoint = StreamableHttp::new(std::sync::Arc::new(Fixture::tools_only()), HttpOptions::new());
    let post = r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: prompts/list

{"jsonrpc":"2.0","id":1,"method":"prompts/list","params":{$M}}"#;
    let answer = render(endpoint.handle(request(post), "alice").await).await;
    assert!(answer.starts_with("404\n") && answer.contains("-32601"), "{answer}");
    let discover = r#"POST /mcp
MCP-Protocol-Version: 2026-07-28
Mcp-Method: server/discover

{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{$M}}"#;
    let answer = render(endpoint.handle(request(discover), "alice").await).await;
    assert!(answer.contains(r#""capabilities":{"tools":{}}"#), "{answer}");
}
