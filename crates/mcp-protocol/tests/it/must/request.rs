//! From a step of a script to the bytes that go out.
//!
//! A JSON-RPC message is completed as a client of the row's revision would: on 2026-07-28 with the envelope in `_meta` and the
//! headers that mirror the body, from 2025-06-18 on with the version header, in a session with its id. A step changes any
//! of it: a header by naming it, the rest by `+ id`, `+ meta`, `+ caps`, `+ no`, `+ as`.

use mcp_protocol::ProtocolVersion;
use serde_json::{Map, Value, json};

use super::On;
use super::pattern::Memory;
use super::script::{Step, first_word};

/// A request, ready to go.
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    /// The id that its answer must carry, for a JSON-RPC request.
    pub(super) id: Option<Value>,
    /// Its JSON-RPC method.
    pub(super) method: Option<String>,
}

/// What the requests of one row share.
pub(super) struct Composer {
    pub(super) on: On,
    /// What the client can do.
    pub(super) capabilities: Value,
    next_id: u64,
}

impl Composer {
    pub(super) fn new(on: On) -> Self {
        Self { on, capabilities: json!({}), next_id: 1 }
    }

    pub(super) fn compose(&mut self, step: &Step, memory: &Memory) -> Result<Request, String> {
        let (word, rest) = first_word(&step.text);
        if word.starts_with(|first: char| first.is_ascii_uppercase()) {
            let body = step.body().map(|body| memory.fill_in(&body)).unwrap_or_default();
            let headers = self.common(word, step, memory, Vec::new());
            return Ok(Request {
                bytes: assemble(word, &memory.fill_in(rest), &headers, &body),
                id: None,
                method: None,
            });
        }
        let mut request = Request { bytes: Vec::new(), id: None, method: None };
        let (message, mirrored) = if word.starts_with('[') {
            (memory.fill_in(&step.text), Vec::new())
        } else {
            self.message(word, rest, step, memory, &mut request)?
        };
        let headers = self.common("POST", step, memory, mirrored);
        let target = match self.on {
            On::Http(_) => "/mcp".to_owned(),
            On::Sse(_) => memory.fill_in("$endpoint"),
        };
        request.bytes = assemble("POST", &target, &headers, &message);
        Ok(request)
    }

    /// A message and the headers that mirror it.
    fn message(
        &mut self,
        word: &str,
        rest: &str,
        step: &Step,
        memory: &Memory,
        request: &mut Request,
    ) -> Result<(String, Vec<(String, String)>), String> {
        let read = |text: &str| {
            let text = if text.is_empty() { "{}".to_owned() } else { memory.fill_in(text) };
            serde_json::from_str::<Value>(&text).map_err(|error| format!("{text}: {error}"))
        };
        if let "reply" | "refuse" = word {
            let (id, content) = first_word(rest);
            let id =
                memory.get(id.trim_start_matches('$')).ok_or_else(|| format!("nothing is known of {id}"))?;
            let member = if word == "reply" { "result" } else { "error" };
            return Ok((
                json!({ "jsonrpc": "2.0", "id": id, member: read(content)? }).to_string(),
                Vec::new(),
            ));
        }
        let notifies = word == "notify";
        let (method, params) = if notifies { first_word(rest) } else { (word, rest) };
        let mut params = read(params)?;
        let members = params.as_object_mut().ok_or("params are an object")?;
        self.envelope(step, memory, members)?;
        let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        if !notifies {
            let given = step.changes().find(|(name, _)| *name == "id");
            let id = match given {
                Some((_, id)) => read(id)?,
                None => json!(self.next_id),
            };
            self.next_id += 1;
            message["id"] = id.clone();
            (request.id, request.method) = (Some(id), Some(method.to_owned()));
        }
        if step.changes().any(|change| change == ("no", "params")) {
            message.as_object_mut().map(|message| message.remove("params"));
        }
        let mut mirrored = Vec::new();
        if self.on.version().is_modern() {
            mirrored.push(("Mcp-Method".to_owned(), method.to_owned()));
            let member = match method {
                "tools/call" | "prompts/get" => "name",
                "resources/read" => "uri",
                "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
                _ => "",
            };
            if let Some(name) = params.get(member).and_then(Value::as_str) {
                mirrored.push(("Mcp-Name".to_owned(), name.to_owned()));
            }
        }
        Ok((message.to_string(), mirrored))
    }

    /// `_meta`: the envelope on 2026-07-28, and what the step adds to it or (`-`) takes from it.
    fn envelope(&self, step: &Step, memory: &Memory, params: &mut Map<String, Value>) -> Result<(), String> {
        let mut meta = Map::new();
        if self.on.version().is_modern() {
            meta.insert(full("protocolVersion"), json!(self.on.version()));
            meta.insert(full("clientInfo"), json!({ "name": "suite", "version": "1" }));
            meta.insert(full("clientCapabilities"), self.capabilities.clone());
        }
        for (name, text) in step.changes() {
            let read = || {
                serde_json::from_str::<Value>(&memory.fill_in(text))
                    .map_err(|error| format!("{text}: {error}"))
            };
            match (name, text) {
                ("caps", _) => {
                    meta.insert(full("clientCapabilities"), read()?);
                }
                ("meta", _) => {
                    for (name, value) in read()?.as_object().into_iter().flatten() {
                        match value {
                            Value::String(dash) if dash == "-" => meta.remove(&full(name)),
                            value => meta.insert(full(name), value.clone()),
                        };
                    }
                }
                ("no", "meta") => return Ok(()),
                ("no", "params") | ("as" | "id" | "again", _) => {}
                (other, _) => return Err(format!("{other} is nothing that can be changed")),
            }
        }
        if !meta.is_empty() {
            params.insert("_meta".to_owned(), Value::Object(meta));
        }
        Ok(())
    }

    /// The headers of any request, with those of the step in their place.
    fn common(
        &self,
        method: &str,
        step: &Step,
        memory: &Memory,
        mirrored: Vec<(String, String)>,
    ) -> Vec<(String, String)> {
        let mut headers = vec![("Host".to_owned(), "localhost".to_owned())];
        let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
        if method == "POST" {
            add("Content-Type", "application/json".to_owned());
            add("Accept", "application/json, text/event-stream".to_owned());
        } else {
            add("Accept", "text/event-stream".to_owned());
        }
        if let On::Http(version) = self.on {
            let whole = !step.text.starts_with(|first: char| first.is_ascii_uppercase());
            if version >= ProtocolVersion::V2025_06_18 && (whole || !version.is_modern()) {
                add("MCP-Protocol-Version", version.to_string());
            }
            if let Some(session) =
                memory.get("session").and_then(Value::as_str).filter(|_| !version.is_modern())
            {
                add("Mcp-Session-Id", session.to_owned());
            }
        }
        headers.extend(mirrored);
        for (name, text) in step.changes() {
            if name == "as" {
                headers.push(("X-Principal".to_owned(), text.to_owned()));
            }
        }
        let given: Vec<_> =
            step.headers().map(|(name, value)| (name.to_owned(), memory.fill_in(value))).collect();
        headers.retain(|(name, _)| !given.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)));
        headers.extend(given.into_iter().filter(|(_, value)| value != "-"));
        headers
    }
}

/// The members of `_meta` that the spec defines, by their last part.
fn full(name: &str) -> String {
    match name {
        "protocolVersion" | "clientInfo" | "clientCapabilities" | "logLevel" => {
            format!("io.modelcontextprotocol/{name}")
        }
        other => other.to_owned(),
    }
}

fn assemble(method: &str, target: &str, headers: &[(String, String)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if method == "POST" {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    (text + "\r\n" + body).into_bytes()
}
