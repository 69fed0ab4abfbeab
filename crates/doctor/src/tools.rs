//! The protocol behind the login: a client of either era gets the list of tools.

use serde_json::{Value, json};

use super::Doctor;
use super::check::{Check, Group, Stop, Verdict};
use super::exchange::Exchange;
use super::probe::Ask;

/// The era of `initialize`.
pub const LEGACY: Check = Check {
    id: "S2",
    expected: "a client of 2025-11-25 initializes and lists at least one tool",
    why: "it is what nearly every client does first",
    concerns: "every client",
};
/// The stateless era.
pub const MODERN: Check = Check {
    id: "S3",
    expected: "a client of 2026-07-28 lists the same tools without initializing",
    why: "new clients choose this way by themselves",
    concerns: "TypeScript SDK 2, Python SDK 2, rmcp 3",
};

const LEGACY_VERSION: &str = "2025-11-25";
const MODERN_VERSION: &str = "2026-07-28";

/// Lists the tools in both ways.
pub async fn examine(doctor: &Doctor, token: &str, group: &mut Group) {
    let legacy = legacy(doctor, token).await;
    group.record(&LEGACY, legacy.clone().map(drop));
    group.record(&MODERN, modern(doctor, token, legacy.ok()).await);
}

/// A list of tools with this token, as a client of the legacy era asks for it without a session.
pub async fn with_token(doctor: &Doctor, token: &str, told: &str) -> Result<Exchange, Stop> {
    let ask = message(
        doctor,
        token,
        &json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": opening() }),
    );
    doctor.prober.ask(ask.told(told.to_owned())).await
}

fn opening() -> Value {
    json!({
        "protocolVersion": LEGACY_VERSION,
        "capabilities": {},
        "clientInfo": { "name": "doctor", "version": env!("CARGO_PKG_VERSION") },
    })
}

fn message(doctor: &Doctor, token: &str, body: &Value) -> Ask {
    let method = body["method"].as_str().unwrap_or_default().to_owned();
    Ask::json(&doctor.target.url, body).quietly("authorization", &format!("Bearer {token}")).told(method)
}

async fn legacy(doctor: &Doctor, token: &str) -> Result<Vec<String>, Stop> {
    let ask = message(
        doctor,
        token,
        &json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": opening() }),
    );
    let answer = doctor.prober.ask(ask).await?;
    let result = result(&answer)?;
    answer.text_member(&result, "protocolVersion")?;
    let session = answer.header("mcp-session-id");
    let version = result["protocolVersion"].as_str().unwrap_or(LEGACY_VERSION).to_owned();
    let follow = |body: Value| {
        let ask = message(doctor, token, &body).quietly("mcp-protocol-version", &version);
        match &session {
            Some(session) => ask.quietly("mcp-session-id", session),
            None => ask,
        }
    };
    let ready = follow(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    doctor.prober.ask(ready).await?.status_is(&[200, 202, 204], "202")?;
    let list = follow(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {} }));
    names(&doctor.prober.ask(list).await?)
}

async fn modern(doctor: &Doctor, token: &str, legacy: Option<Vec<String>>) -> Verdict {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN_VERSION,
        "io.modelcontextprotocol/clientInfo": { "name": "doctor", "version": env!("CARGO_PKG_VERSION") },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body = json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/list", "params": { "_meta": meta } });
    let ask = message(doctor, token, &body)
        .header("mcp-protocol-version", MODERN_VERSION)
        .quietly("mcp-method", "tools/list");
    let answer = doctor.prober.ask(ask).await?;
    if answer.status.as_u16() == 400 {
        return Err(Stop::Skip(format!("the server does not speak {MODERN_VERSION}")));
    }
    let names = names(&answer)?;
    match legacy {
        Some(legacy) if legacy != names => {
            Err(answer.fault(format!("tools: {}", names.join(", ")), format!("tools: {}", legacy.join(", "))))
        }
        _ => Ok(()),
    }
}

fn names(answer: &Exchange) -> Result<Vec<String>, Stop> {
    let result = result(answer)?;
    let tools = result["tools"].as_array().cloned().unwrap_or_default();
    let names: Vec<String> =
        tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect();
    let described = |tool: &Value| tool["inputSchema"]["type"] == "object";
    if names.is_empty() || names.len() != tools.len() || !tools.iter().all(described) {
        return Err(answer.bad_member(
            &result,
            "tools",
            "at least one tool, each with a name and an inputSchema",
        ));
    }
    Ok(names)
}

/// The result in an answer, which is JSON or a stream of events.
fn result(answer: &Exchange) -> Result<Value, Stop> {
    answer.status_is(&[200], "200")?;
    let text = answer.text();
    let event =
        text.lines().filter_map(|line| line.strip_prefix("data:")).find(|data| data.contains("\"jsonrpc\""));
    let document = match event {
        Some(data) => serde_json::from_str(data).unwrap_or(Value::Null),
        None => answer.json()?,
    };
    match document.get("result") {
        Some(result) => Ok(result.clone()),
        None => Err(answer.bad_member(&document, "error", "a result")),
    }
}
