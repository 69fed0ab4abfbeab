//! stdio: lines in, lines out, both eras.

use std::sync::Arc;

use mcp_protocol::stdio::{self, StdioOptions};
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, ElicitForm, Interrupt, RequestContext, Server, ServerInfo,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, BufReader};

use crate::fixture::Fixture;
use crate::wire::ENVELOPE;

async fn converse(lines: &[&str], max_line: usize) -> Vec<Value> {
    let input = lines.join("\n").replace("$M", ENVELOPE);
    let (mut out, writer) = tokio::io::duplex(1 << 20);
    let mut options = StdioOptions::default();
    options.max_line = max_line;
    let reader = BufReader::new(std::io::Cursor::new(input.into_bytes()));
    stdio::serve(Arc::new(Fixture::default()), "local", reader, writer, options).await.unwrap();
    let mut written = String::new();
    out.read_to_string(&mut written).await.unwrap();
    let mut answers: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Requests run side by side, so answers come in any order.
    answers.sort_by_key(|answer| answer["id"].to_string());
    answers
}

#[tokio::test]
async fn both_eras() {
    let answers = converse(
        &[
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            "",
            r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"who"}}"#,
            r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"who",$M}}"#,
            r#"{"jsonrpc":"2.0","id":4,"method":"server/discover","params":{$M}}"#,
            r#"{"jsonrpc":"2.0","id":5,"method":"server/discover"}"#,
        ],
        1 << 20,
    )
    .await;
    let text = |n: usize| answers[n]["result"]["content"][0]["text"].clone();
    assert_eq!(answers[0]["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(text(1), r#"local Some("c") None 2025-06-18"#);
    assert_eq!(text(2), r#"local Some("t") None 2026-07-28"#);
    assert_eq!(answers[3]["result"]["supportedVersions"], json!(["2026-07-28"]));
    assert_eq!(answers[4]["error"]["code"], -32601);
}

#[tokio::test]
async fn nonsense() {
    let answers =
        converse(&["{", "[]", r#"[{"jsonrpc":"2.0","method":"m"}]"#, r#"{"jsonrpc":"2.0","id":9}"#], 1 << 20)
            .await;
    let codes: Vec<i64> = answers.iter().map(|answer| answer["error"]["code"].as_i64().unwrap()).collect();
    assert_eq!(codes, [-32600, -32700, -32600, -32600]);
    assert_eq!(answers[0]["id"], 9);
}

#[tokio::test]
async fn a_line_that_is_too_long_ends_it() {
    let long =
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":"{}"}}}}"#, "x".repeat(200));
    let ping = r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#;
    let answers = converse(&[ping, &long, ping], 100).await;
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["result"], json!({}));
    assert_eq!(answers[1]["error"]["code"], -32600);
}

/// Asks before it does anything.
struct Asking(ServerInfo);

impl Server for Asking {
    type Principal = ();

    fn info(&self) -> &ServerInfo {
        &self.0
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_tools()
    }

    async fn call_tool(&self, cx: &RequestContext<()>, _: CallTool) -> Result<CallToolResult, Interrupt> {
        Ok(CallToolResult::text(format!("{:?}", cx.ask("sure", ElicitForm::new("Sure?"))?)))
    }
}

/// A client that has closed its end cannot answer: the process must not live on for as long as a person may take.
#[tokio::test(start_paused = true)]
async fn a_question_ends_with_the_input() {
    let input = concat!(
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}}}}"#,
        "\n",
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x"}}"#,
        "\n",
    );
    let (mut out, writer) = tokio::io::duplex(1 << 20);
    let asking = Arc::new(Asking(ServerInfo::new("asking", "1")));
    let began = tokio::time::Instant::now();
    stdio::serve(asking, (), input.as_bytes(), writer, StdioOptions::default()).await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 0);
    let mut written = String::new();
    out.read_to_string(&mut written).await.unwrap();
    let answers: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let call = answers.iter().find(|answer| answer["id"] == 2).unwrap();
    assert_eq!(call["error"]["code"], -32603, "{written}");
}
