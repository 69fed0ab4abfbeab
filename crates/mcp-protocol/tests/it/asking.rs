//! Servers that ask their clients, on every revision: one handler each, and every way that an answer can take.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use http::Response;
use http_body_util::BodyExt as _;
use mcp_protocol::transport::relay::LocalRelay;
use mcp_protocol::{
    CallTool, CallToolResult, Capabilities, CreateMessage, ElicitForm, ElicitUrl, Field, HttpOptions,
    Interrupt, ListRoots, ListToolsResult, ProtocolVersion, RequestContext, ResponseBody, RpcError, Runtime,
    Seal, Server, ServerInfo, StreamableHttp, Tool, ToolChoice, ToolList,
};
use sealing::{Keys, OsEntropy, Sealer};
use serde_json::{Value, json};

use crate::wire::{render, request};

/// Its tools ask in every way there is.
pub(crate) struct Asker {
    info: ServerInfo,
    tools: ToolList,
}

impl Asker {
    pub(crate) fn new() -> Self {
        let tool = |name: &'static str| Tool::new(name, "Asks.", json!({ "type": "object" }));
        let tools = ["form", "url", "sample", "sample_with_tools", "roots", "twice"].map(tool).to_vec();
        Self { info: ServerInfo::new("asker", "1"), tools: ToolList::new(tools) }
    }
}

pub(crate) fn every_field() -> ElicitForm {
    ElicitForm::new("Who are you?")
        .required("name", Field::text().with_title("Name").with_length(1, 40))
        .optional("age", Field::integer().with_range(0.0, 150.0).with_default(30))
        .optional("sure", Field::boolean().with_default(true))
        .optional("one", Field::titled_choice([("a", "First"), ("b", "Second")]).with_default("a"))
        .optional("some", Field::choices(["x", "y"]).with_length(0, 2))
}

impl Server for Asker {
    type Principal = &'static str;

    fn info(&self) -> &ServerInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_tools()
    }

    async fn list_tools(
        &self,
        _: &RequestContext<&'static str>,
        _: Option<&str>,
    ) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult::new(self.tools.clone()))
    }

    async fn call_tool(
        &self,
        cx: &RequestContext<&'static str>,
        call: CallTool,
    ) -> Result<CallToolResult, Interrupt> {
        Ok(CallToolResult::text(match call.name.as_str() {
            "form" => {
                format!("{:?}", cx.ask("form", every_field())?.accepted().map(|content| json!(content)))
            }
            "url" => {
                let visit = ElicitUrl::new("Sign in there", "https://example.com/sign-in", "visit-1");
                format!("{:?}", cx.ask("visit", visit)?)
            }
            "sample" => cx.ask("sample", CreateMessage::prompt("Hello?", 10))?.text(),
            "sample_with_tools" => {
                let tool = Tool::new("add", "Adds.", json!({ "type": "object" }));
                let message =
                    CreateMessage::prompt("1 + 1?", 10).with_tools(vec![tool], ToolChoice::Required);
                format!("{:?}", cx.ask("sample", message)?.content)
            }
            "roots" => format!("{} roots", cx.ask("roots", ListRoots::new())?.len()),
            "leaves" => {
                cx.release_connection(Duration::from_millis(5));
                tokio::task::yield_now().await;
                format!("{} roots", cx.ask("roots", ListRoots::new())?.len())
            }
            "twice" => {
                let step =
                    |step: u8| move |interrupt: Interrupt| interrupt.with_state(json!({ "step": step }));
                let form = |field: &str| ElicitForm::new("Say it").required(field, Field::text());
                let first = cx.ask("first", form("a")).map_err(step(1))?;
                let second = cx.ask("second", form("b")).map_err(step(2))?;
                let (first, second) = (&first.accepted().unwrap()["a"], &second.accepted().unwrap()["b"]);
                format!("{first} {second} {}", cx.state().unwrap()["step"])
            }
            name => return Err(RpcError::unknown_tool(name).into()),
        }))
    }
}

fn seal(keys: &Keys) -> Seal {
    Seal::new(Sealer::new(keys.ring.clone(), "https://mcp.example.com", Arc::new(OsEntropy)), || 1_000)
}

pub(crate) fn endpoint() -> StreamableHttp<Asker> {
    let runtime = Runtime::builder(Arc::new(Asker::new())).seal(seal(&Keys::generate(&OsEntropy))).build();
    StreamableHttp::with_runtime(&runtime, HttpOptions::new())
}

pub(crate) const ALL_CAPABILITIES: &str =
    r#"{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{}}"#;

/// A legacy client with a session.
pub(crate) struct Client {
    endpoint: StreamableHttp<Asker>,
    version: ProtocolVersion,
    session: String,
}

impl Client {
    pub(crate) async fn connect(
        endpoint: StreamableHttp<Asker>,
        version: ProtocolVersion,
        capabilities: &str,
    ) -> Option<Self> {
        let initialize = format!(
            "POST /mcp\n\n{{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{{\"protocolVersion\":\
             \"{version}\",\"capabilities\":{capabilities},\"clientInfo\":{{\"name\":\"t\",\"version\":\"1\"}}}}}}"
        );
        let answer = endpoint.handle(request(&initialize), "alice").await;
        assert_eq!(answer.status(), 200);
        let session = answer.headers().get("mcp-session-id")?.to_str().unwrap().to_owned();
        Some(Self { endpoint, version, session })
    }

    pub(crate) async fn post(&self, body: &Value) -> Response<ResponseBody> {
        self.post_to(&self.endpoint, body, "alice").await
    }

    async fn post_to(
        &self,
        endpoint: &StreamableHttp<Asker>,
        body: &Value,
        principal: &'static str,
    ) -> Response<ResponseBody> {
        let Self { version, session, .. } = self;
        let text = format!("POST /mcp\nMCP-Protocol-Version: {version}\nMcp-Session-Id: {session}\n\n{body}");
        endpoint.handle(request(&text), principal).await
    }

    pub(crate) async fn call(&self, tool: &str) -> Events {
        let call = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": tool } });
        let answer = self.post(&call).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Events::new(answer.into_body())
    }

    /// Answers a question of the server's.
    pub(crate) async fn answer(&self, question: &Value, result: &Value) -> u16 {
        let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
        self.post(&answer).await.status().as_u16()
    }
}

/// Beyond the question's own time-out, so that a test with the clock stopped sees that first.
const LONGEST_SILENCE: Duration = Duration::from_secs(40);

/// A stream of events.
pub(crate) struct Events {
    body: ResponseBody,
    /// Messages that came in one piece.
    waiting: VecDeque<Value>,
}

impl Events {
    pub(crate) fn new(body: ResponseBody) -> Self {
        Self { body, waiting: VecDeque::new() }
    }

    /// The next message; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        while self.waiting.is_empty() {
            let frame = tokio::time::timeout(LONGEST_SILENCE, self.body.frame()).await.unwrap();
            let frame = frame?.unwrap().into_data().unwrap();
            let data =
                std::str::from_utf8(&frame).unwrap().lines().filter_map(|line| line.strip_prefix("data: "));
            let messages =
                data.filter(|data| !data.is_empty()).map(|data| serde_json::from_str(data).unwrap());
            self.waiting.extend(messages);
        }
        self.waiting.pop_front()
    }
}

/// The answer that fits each tool's question, and the text that the tool makes of it.
pub(crate) fn dialogues() -> Vec<(&'static str, Value, &'static str)> {
    let said = |content: Value| json!({ "model": "m", "role": "assistant", "content": content });
    vec![
        (
            "form",
            json!({ "action": "accept", "content": { "name": "Ada", "some": ["x"], "extra": 1 } }),
            r#"Some(Object {"name": String("Ada"), "some": Array [String("x")]})"#,
        ),
        ("form", json!({ "action": "decline" }), "None"),
        ("url", json!({ "action": "accept" }), "Accept({})"),
        ("sample", said(json!({ "type": "text", "text": "Hi." })), "Hi."),
        (
            "sample_with_tools",
            said(json!([{ "type": "tool_use", "id": "1", "name": "add", "input": {} }])),
            "[ToolUse(..)]",
        ),
        (
            "roots",
            json!({ "roots": [{ "uri": "file:///a" }, { "uri": "file:///b", "name": "B" }] }),
            "2 roots",
        ),
    ]
}

#[tokio::test]
async fn a_legacy_client_is_asked_over_the_calls_own_stream() {
    for version in [ProtocolVersion::V2025_03_26, ProtocolVersion::V2025_06_18, ProtocolVersion::V2025_11_25]
    {
        let client = Client::connect(endpoint(), version, ALL_CAPABILITIES).await.unwrap();
        for (tool, answer, expected) in dialogues() {
            let possible = match tool {
                "form" => version.has_elicitation(),
                "url" | "sample_with_tools" => version.has_url_elicitation(),
                _ => true,
            };
            if !possible {
                let call =
                    json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": tool } });
                let answer = render(client.post(&call).await).await;
                assert!(answer.contains(r#""code":-32602"#), "{version} {tool}: {answer}");
                continue;
            }
            let mut events = client.call(tool).await;
            let question = events.next().await.unwrap();
            assert_eq!(client.answer(&question, &answer).await, 202, "{version} {tool}");
            let result = events.next().await.unwrap();
            assert_eq!(result["id"], 7);
            assert_eq!(result["result"]["content"][0]["text"], expected, "{version} {tool}");
            assert_eq!(events.next().await, None);
            // Nobody waits any more.
            assert_eq!(client.answer(&question, &answer).await, 404);
        }
    }
}

/// The same handlers, and the client calls again.
#[tokio::test]
async fn a_modern_client_is_asked_by_the_answer() {
    let endpoint = endpoint();
    for (tool, answer, expected) in dialogues() {
        let first = modern(&endpoint, tool, "", "alice").await;
        let asked = first["result"]["inputRequests"].as_object().expect(tool);
        assert_eq!((first["result"]["resultType"].as_str(), asked.len()), (Some("input_required"), 1));
        // One round needs no state.
        assert!(first["result"].get("requestState").is_none());
        let key = asked.keys().next().unwrap();
        let again =
            modern(&endpoint, tool, &format!(r#","inputResponses":{{"{key}":{answer}}}"#), "alice").await;
        assert_eq!(again["result"]["content"][0]["text"], expected, "{tool}: {again}");
    }
}

pub(crate) async fn modern(
    endpoint: &StreamableHttp<Asker>,
    tool: &str,
    more: &str,
    principal: &'static str,
) -> Value {
    let meta = format!(
        r#""_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{ALL_CAPABILITIES}}}"#
    );
    let text = format!(
        "POST /mcp\nMCP-Protocol-Version: 2026-07-28\nMcp-Method: tools/call\nMcp-Name: {tool}\n\n{{\"jsonrpc\":\"2.0\",\
         \"id\":1,\"method\":\"tools/call\",\"params\":{{\"name\":\"{tool}\"{more},{meta}}}}}"
    );
    let body = endpoint.handle(request(&text), principal).await.into_body().collect().await.unwrap();
    serde_json::from_slice(&body.to_bytes()).unwrap()
}

/// What was answered before, and the handler's own state, travel in the sealed state.
#[tokio::test]
async fn several_rounds_on_every_revision() {
    let endpoint = endpoint();
    let accept = |field: &str| json!({ "action": "accept", "content": { field: "said" } });
    let expected = r#""said" "said" 2"#;

    let first = modern(&endpoint, "twice", "", "alice").await;
    let next = |answer: &Value, key: &str, field: &str| {
        let state = answer["result"]["requestState"].as_str().expect("a state").to_owned();
        (format!(r#","inputResponses":{{"{key}":{}}},"requestState":"{state}""#, accept(field)), state)
    };
    let (more, first_state) = next(&first, "first", "a");
    let second = modern(&endpoint, "twice", &more, "alice").await;
    assert_eq!(second["result"]["inputRequests"].as_object().unwrap().len(), 1, "{second}");
    let (more, second_state) = next(&second, "second", "b");
    assert_ne!(first_state, second_state);
    assert_eq!(modern(&endpoint, "twice", &more, "mallory").await["error"]["code"], -32602);
    assert_eq!(modern(&endpoint, "form", &more, "alice").await["error"]["code"], -32602);
    let done = modern(&endpoint, "twice", &more, "alice").await;
    assert_eq!(done["result"]["content"][0]["text"], expected, "{done}");

    let client = Client::connect(endpoint, ProtocolVersion::V2025_11_25, ALL_CAPABILITIES).await.unwrap();
    let mut events = client.call("twice").await;
    for field in ["a", "b"] {
        let question = events.next().await.unwrap();
        assert_eq!(client.answer(&question, &accept(field)).await, 202);
    }
    assert_eq!(events.next().await.unwrap()["result"]["content"][0]["text"], expected);
}

#[tokio::test]
async fn a_refusal_and_an_answer_that_does_not_fit_end_the_call() {
    let client = Client::connect(endpoint(), ProtocolVersion::V2025_11_25, ALL_CAPABILITIES).await.unwrap();
    let mut events = client.call("sample").await;
    let question = events.next().await.unwrap();
    let refusal = json!({ "jsonrpc": "2.0", "id": question["id"], "error": { "code": -1, "message": "no" } });
    assert_eq!(client.post(&refusal).await.status(), 202);
    assert_eq!(events.next().await.unwrap()["error"]["code"], -32603);

    let mut events = client.call("form").await;
    let question = events.next().await.unwrap();
    assert_eq!(client.answer(&question, &json!({ "action": "accept", "content": {} })).await, 202);
    let error = &events.next().await.unwrap()["error"];
    assert_eq!(error["message"], "inputResponses.form: `name` is missing");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let runtime = Runtime::builder(Arc::new(Asker::new()))
        .seal(seal(&Keys::generate(&OsEntropy)))
        .ask_timeout(Duration::from_secs(30))
        .build();
    let endpoint = StreamableHttp::with_runtime(&runtime, HttpOptions::new());
    let client = Client::connect(endpoint, ProtocolVersion::V2025_11_25, ALL_CAPABILITIES).await.unwrap();
    let mut events = client.call("roots").await;
    let question = events.next().await.unwrap();
    let given_up = events.next().await.unwrap();
    assert_eq!(given_up["method"], "notifications/cancelled");
    assert_eq!(given_up["params"]["requestId"], question["id"]);
    assert_eq!(events.next().await.unwrap()["error"]["message"], "The client did not answer in time");
}

#[tokio::test]
async fn sessions_are_for_those_who_need_them() {
    let none = Client::connect(endpoint(), ProtocolVersion::V2025_11_25, r#"{"experimental":{}}"#).await;
    assert!(none.is_none());
    let client = Client::connect(endpoint(), ProtocolVersion::V2025_11_25, r#"{"roots":{}}"#).await.unwrap();
    // What the client did not declare is not asked.
    let call = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": "form" } });
    assert!(
        render(client.post(&call).await)
            .await
            .contains(r#""requiredCapabilities":{"elicitation":{"form":{}}}"#)
    );
    // dual.same-principal
    assert_eq!(client.post_to(&client.endpoint, &call, "mallory").await.status(), 404);
}

/// v0326.batch: an array of responses, each to a call of its own.
#[tokio::test]
async fn answers_may_come_as_a_batch() {
    let client = Client::connect(endpoint(), ProtocolVersion::V2025_03_26, ALL_CAPABILITIES).await.unwrap();
    let call = |id: u64| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "roots" } });
    let mut both = Events::new(client.post(&json!([call(1), call(2)])).await.into_body());
    let questions = [both.next().await.unwrap(), both.next().await.unwrap()];
    let answers = questions
        .map(|question| json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "roots": [] } }));
    assert_eq!(client.post(&json!(answers)).await.status(), 202);
    let results = both.next().await.unwrap();
    assert_eq!(results.as_array().unwrap().len(), 2);
    assert!(results.as_array().unwrap().iter().all(|answer| answer["result"].is_object()), "{results}");
}

/// Only a client of 2025-11-25 comes back by itself; to any other, and in a batch, the wish is not even an empty frame.
#[tokio::test]
async fn a_connection_is_released_where_its_client_comes_back() {
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "leaves" } });
    for (version, body, released) in [
        (ProtocolVersion::V2025_03_26, json!([call]), false),
        (ProtocolVersion::V2025_06_18, call.clone(), false),
        (ProtocolVersion::V2025_11_25, call.clone(), true),
    ] {
        let client = Client::connect(endpoint(), version, ALL_CAPABILITIES).await.unwrap();
        let mut stream = client.post(&body).await.into_body();
        let (mut text, mut answered) = (String::new(), false);
        while let Some(frame) = stream.frame().await {
            let frame = frame.unwrap().into_data().unwrap();
            assert!(!frame.is_empty(), "{version}: {text}");
            text.push_str(std::str::from_utf8(&frame).unwrap());
            let question = text.lines().find_map(|line| line.strip_prefix("data: {"));
            if let Some(question) = question.filter(|_| !answered && !released) {
                let question = serde_json::from_str(&format!("{{{question}")).unwrap();
                assert_eq!(client.answer(&question, &json!({ "roots": [] })).await, 202);
                answered = true;
            }
        }
        assert_eq!((text.contains("retry: 5\n"), text.contains("0 roots")), (released, !released), "{text}");
    }
}

/// A call is stopped by its session's client, and not answered (cancel.legacy).
#[tokio::test]
async fn a_call_that_asks_can_be_cancelled() {
    let client = Client::connect(endpoint(), ProtocolVersion::V2025_11_25, ALL_CAPABILITIES).await.unwrap();
    let mut events = client.call("roots").await;
    let question = events.next().await.unwrap();
    let cancel = |id: u64| json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
    assert_eq!(client.post(&cancel(8)).await.status(), 202);
    assert_eq!(client.post(&cancel(7)).await.status(), 202);
    assert_eq!(events.next().await, None);
    assert_eq!(client.answer(&question, &json!({ "roots": [] })).await, 404);
}

/// Two instances with the same keys and a relay between them: the answer arrives at the one that does not hold the call.
#[tokio::test]
async fn answers_reach_the_instance_that_asked() {
    let keys = Keys::generate(&OsEntropy);
    let relay = Arc::new(LocalRelay::new());
    let instance = || {
        let runtime = Runtime::builder(Arc::new(Asker::new())).seal(seal(&keys)).relay(relay.clone()).build();
        StreamableHttp::with_runtime(&runtime, HttpOptions::new())
    };
    let (first, second) = (instance(), instance());
    let client = Client::connect(first, ProtocolVersion::V2025_11_25, ALL_CAPABILITIES).await.unwrap();
    let mut events = client.call("roots").await;
    let question = events.next().await.unwrap();
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": { "roots": [] } });
    assert_eq!(client.post_to(&second, &answer, "mallory").await.status(), 404);
    assert_eq!(client.post_to(&second, &answer, "alice").await.status(), 202);
    assert_eq!(events.next().await.unwrap()["result"]["content"][0]["text"], "0 roots");

    // And a cancellation does.
    let mut events = client.call("roots").await;
    events.next().await.unwrap();
    let cancel =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 7 } });
    assert_eq!(client.post_to(&second, &cancel, "alice").await.status(), 202);
    assert_eq!(events.next().await, None);

    // The second one goes away: what the first one holds goes on.
    let mut events = client.call("roots").await;
    let question = events.next().await.unwrap();
    drop(second);
    assert_eq!(client.answer(&question, &json!({ "roots": [] })).await, 202);
    assert!(events.next().await.unwrap()["result"].is_object());
}
