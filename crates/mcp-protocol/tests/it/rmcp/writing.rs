//! We read what rmcp writes: any request, notification or answer that its types can express, over HTTP in both eras. The
//! answer is a result or the error that the request deserves, never "this is no message".

#![expect(deprecated, reason = "what 2026-07-28 deprecates is what the legacy revisions have")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use mcp_protocol::{ResponseBody, StreamableHttp};
use proptest::prelude::*;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, GetMeta as _, JsonRpcMessage, NumberOrString};
use serde_json::{Value, json};

mod agreeable;
mod clients;

use agreeable::{Agreeable, endpoint};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The value of a header that may hold any text (SEP-2243).
fn encoded(text: &str) -> String {
    let plain = text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) && text.trim() == text;
    if plain && !text.starts_with("=?") {
        text.to_owned()
    } else {
        format!("=?base64?{}?=", STANDARD.encode(text))
    }
}

/// Posts a message as a client of its era does.
async fn post(
    endpoint: &StreamableHttp<Agreeable>,
    message: &Value,
    modern: bool,
    session: Option<&str>,
) -> Response<ResponseBody> {
    let mut request = Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    if let Some(session) = session {
        request = request.header("mcp-session-id", session);
    }
    if modern {
        request = request.header("mcp-protocol-version", "2026-07-28");
        if let Some(method) = message["method"].as_str() {
            request = request.header("mcp-method", encoded(method));
            let member = match method {
                "tools/call" | "prompts/get" => "name",
                "resources/read" => "uri",
                _ => "taskId",
            };
            if let Some(name) = message["params"][member].as_str() {
                request = request.header("mcp-name", encoded(name));
            }
        }
    } else if message["method"] != "initialize" {
        request = request.header("mcp-protocol-version", "2025-11-25");
    }
    let body = Full::new(Bytes::from(message.to_string()));
    endpoint.handle(request.body(body).unwrap(), "alice").await
}

/// The first message of an answer. A subscription has no end.
async fn first_message(response: Response<ResponseBody>) -> Option<Value> {
    let events = response.body().is_stream();
    let mut body = response.into_body();
    let bytes = if events {
        body.frame().await.unwrap().unwrap().into_data().unwrap()
    } else {
        body.collect().await.unwrap().to_bytes()
    };
    let text = std::str::from_utf8(&bytes).unwrap();
    let text = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(text);
    (!text.is_empty()).then(|| serde_json::from_str(text).unwrap())
}

/// A legacy session of a client that can be asked everything.
async fn session(endpoint: &StreamableHttp<Agreeable>) -> String {
    let params = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": { "elicitation": {}, "sampling": {}, "roots": {} },
        "clientInfo": { "name": "c", "version": "1" },
    });
    let initialize = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
    let response = post(endpoint, &initialize, false, None).await;
    response.headers()["mcp-session-id"].to_str().unwrap().to_owned()
}

/// What a request deserves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deserves {
    Result,
    /// A stream that begins with its acknowledgement.
    Stream,
    Error(i64),
}

const NO_SUCH_METHOD: Deserves = Deserves::Error(-32601);
const INVALID_PARAMS: Deserves = Deserves::Error(-32602);

fn deserves(request: &ClientRequest, modern: bool) -> Deserves {
    let only = |era: bool| if era { Deserves::Result } else { NO_SUCH_METHOD };
    // A state that we did not give cannot be gone on with; a legacy revision has none.
    let unless_forged = |state: &Option<String>| {
        if modern && state.is_some() { INVALID_PARAMS } else { Deserves::Result }
    };
    match request {
        ClientRequest::PingRequest(_)
        | ClientRequest::InitializeRequest(_)
        | ClientRequest::SetLevelRequest(_)
        | ClientRequest::SubscribeRequest(_)
        | ClientRequest::UnsubscribeRequest(_) => only(!modern),
        ClientRequest::DiscoverRequest(_)
        | ClientRequest::GetTaskRequest(_)
        | ClientRequest::UpdateTaskRequest(_)
        | ClientRequest::CancelTaskRequest(_) => only(modern),
        ClientRequest::SubscriptionsListenRequest(_) => {
            if modern {
                Deserves::Stream
            } else {
                NO_SUCH_METHOD
            }
        }
        ClientRequest::CompleteRequest(_)
        | ClientRequest::ListPromptsRequest(_)
        | ClientRequest::ListResourcesRequest(_)
        | ClientRequest::ListResourceTemplatesRequest(_)
        | ClientRequest::ListToolsRequest(_) => Deserves::Result,
        ClientRequest::CallToolRequest(call) => unless_forged(&call.params.request_state),
        ClientRequest::ReadResourceRequest(read) => unless_forged(&read.params.request_state),
        // The specification has strings here; rmcp has room for anything.
        ClientRequest::GetPromptRequest(get) => {
            let mut arguments = get.params.arguments.iter().flat_map(|arguments| arguments.values());
            if arguments.all(Value::is_string) {
                unless_forged(&get.params.request_state)
            } else {
                INVALID_PARAMS
            }
        }
        // The skills extension is not ours. Parameters that are no object rmcp writes as an empty one, or as `null`.
        ClientRequest::ListSkillsRequest(_)
        | ClientRequest::GetSkillRequest(_)
        | ClientRequest::ReadResourceDirectoryRequest(_)
        | ClientRequest::CustomRequest(_) => NO_SUCH_METHOD,
        other => panic!("a request of a newer rmcp: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests(request in clients::request(), id in clients::id(), meta in clients::meta()) {
        let endpoint = endpoint();
        for modern in [false, true] {
            let expected = deserves(&request, modern);
            let mut request = request.clone();
            request.get_meta_mut().extend(meta.clone());
            if modern {
                request.get_meta_mut().extend(clients::envelope());
            }
            let message: ClientJsonRpcMessage = JsonRpcMessage::request(request, id.clone());
            let message = serde_json::to_value(&message).unwrap();
            let answer = runtime().block_on(async {
                let session = if modern { None } else { Some(session(&endpoint).await) };
                first_message(post(&endpoint, &message, modern, session.as_deref()).await).await.unwrap()
            });
            let got = match (&answer["result"], &answer["error"]["code"]) {
                (Value::Object(_), Value::Null) => Deserves::Result,
                (Value::Null, Value::Number(code)) => Deserves::Error(code.as_i64().unwrap()),
                _ if answer["method"] == "notifications/subscriptions/acknowledged" => Deserves::Stream,
                _ => return Err(TestCaseError::fail(format!("{answer}"))),
            };
            prop_assert_eq!(got, expected, "modern: {} {} {}", modern, message, answer);
            if got != Deserves::Stream {
                prop_assert_eq!(&answer["id"], &id.clone().into_json_value());
            }
        }
    }

    #[test]
    fn notifications(notification in clients::notification()) {
        let endpoint = endpoint();
        let message: ClientJsonRpcMessage = JsonRpcMessage::notification(notification);
        let message = serde_json::to_value(&message).unwrap();
        for modern in [false, true] {
            let (status, answer) = runtime().block_on(async {
                let session = if modern { None } else { Some(session(&endpoint).await) };
                let response = post(&endpoint, &message, modern, session.as_deref()).await;
                (response.status(), first_message(response).await)
            });
            prop_assert_eq!(status, StatusCode::ACCEPTED, "modern: {} {} {:?}", modern, message, answer);
            prop_assert_eq!(answer, None);
        }
    }

    /// What rmcp's client answers to our questions, as the handler gets it.
    #[test]
    fn answers(answer in clients::answer()) {
        let endpoint = endpoint();
        let clients::Answered { tool, wire, expected } = answer;
        let params = json!({ "name": tool, "inputResponses": { "question": wire }, "_meta": clients::envelope() });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let answer = runtime().block_on(async {
            first_message(post(&endpoint, &message, true, None).await).await.unwrap()
        });
        prop_assert_eq!(&answer["result"]["structuredContent"], &expected, "{} {}", message, answer);
    }

    /// An answer to a question that nobody asked is refused, and does no harm.
    #[test]
    fn answers_to_nothing(answer in clients::answer(), id in clients::id()) {
        let endpoint = endpoint();
        let message = json!({ "jsonrpc": "2.0", "id": id, "result": answer.wire });
        let (status, ping) = runtime().block_on(async {
            let session = session(&endpoint).await;
            let refused = post(&endpoint, &message, false, Some(&session)).await.status();
            let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
            (refused, first_message(post(&endpoint, &ping, false, Some(&session)).await).await.unwrap())
        });
        prop_assert!(matches!(status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), "{}", status);
        prop_assert_eq!(&ping["result"], &json!({}));
    }
}

/// The ids of both kinds come back as they came, of the same type.
#[tokio::test]
async fn ids_keep_their_type() {
    let endpoint = endpoint();
    for id in
        [NumberOrString::Number(0), NumberOrString::Number(i64::MIN), NumberOrString::String("0".into())]
    {
        let id = id.into_json_value();
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
        let answer = first_message(post(&endpoint, &message, false, None).await).await.unwrap();
        assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": id, "result": {} }));
    }
}
