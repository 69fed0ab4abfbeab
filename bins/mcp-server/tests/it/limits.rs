//! What a person limits at consent, from the form to the text that does not go out; and the question before many texts.

use std::future::{Future, ready};
use std::sync::{Arc, Mutex};

use rmcp::ClientHandler;
use rmcp::model::{
    CallToolRequestParams, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction, ErrorData,
    Implementation, ProtocolVersion,
};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RequestContext, RoleClient};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value, json};

use crate::path::open_consent;
use crate::support::login::{ALPHA, LoginRequest, client};
use crate::support::{Login, Mcp, TestServer, listed};

/// Two contacts, and somebody who never wrote.
const NORA: &str = "+14155550101";
const THEO: &str = "+14155550102";
const STRANGER: &str = "+14155550142";
const DESK: &str = "+14155550150";

/// The form as it is offered, with some of its fields changed; one that is set to nothing is not submitted.
fn form<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let offered = [("choice_access", "full"), ("choice_texts_per_day", "200"), ("choice_inboxes", "all")];
    let kept = offered.into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    kept.chain(changed.iter().copied()).collect()
}

async fn login(server: &TestServer, changed: &[(&str, &str)]) -> Login {
    LoginRequest { choices: &form(changed), ..LoginRequest::new(ALPHA) }.run(server).await
}

fn send(to: &str, content: &str) -> Value {
    json!({ "from": DESK, "to": to, "content": content })
}

fn bulk(to: &[&str], content: &str) -> Value {
    json!({ "from": DESK, "to": to, "content": content })
}

#[track_caller]
fn refused(result: &Value, part: &str) {
    assert_eq!(result["isError"], true, "{result}");
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains(part), "{part:?} is not in: {text}");
}

/// What a call of a hidden tool says.
async fn hidden(mcp: &Mcp, tool: &str, why: &str) {
    let answer = mcp.request("tools/call", json!({ "name": tool, "arguments": send(NORA, "hello") })).await;
    assert_eq!(answer.body["error"]["code"], -32602, "{answer:?}");
    let message = answer.body["error"]["message"].as_str().unwrap();
    assert!(message.contains(why) && message.contains("connect again"), "{message}");
}

#[tokio::test]
async fn reading_only_and_not_texting() {
    let server = TestServer::start();
    let reader = login(&server, &[("choice_access", "read_only")]).await;
    let mcp = Mcp::new(&server, &reader.access_token);
    assert_eq!(mcp.tools().await, listed::tools(listed::reads));
    for tool in ["send-message", "bulk-messages", "send-bulk-messages", "create-contact"] {
        hidden(&mcp, tool, "this connection may only read").await;
    }
    let silent = login(&server, &[("choice_access", "no_texting")]).await;
    let mcp = Mcp::new(&server, &silent.access_token);
    assert_eq!(mcp.tools().await, listed::tools(|spec| !spec.texts_people && !spec.prepares_texts));
    for tool in ["send-message", "bulk-messages", "send-bulk-messages"] {
        hidden(&mcp, tool, "this connection may not text anyone").await;
    }
    // A limit is for the life of the connection.
    let next = silent.refresh(&server).await;
    let mcp = Mcp::new(&server, next["access_token"].as_str().unwrap());
    hidden(&mcp, "send-message", "this connection may not text anyone").await;
    mcp.output("create-contact", json!({ "firstName": "Ada" })).await;
}

#[tokio::test]
async fn answering_only() {
    let server = TestServer::start();
    let login = login(&server, &[("choice_reply_only", "on")]).await;
    let mcp = Mcp::new(&server, &login.access_token);
    refused(&mcp.call("send-message", send(STRANGER, "An opener")).await, "neither texted nor called");
    hidden(&mcp, "create-contact", "may only answer people").await;
    let output = mcp.output("bulk-messages", bulk(&[NORA, STRANGER], "An answer")).await;
    assert_eq!(output["counts"]["sent"], 1, "{output}");
    assert_eq!(output["problems"][0]["recipients"], json!([STRANGER]), "{output}");
}

#[tokio::test]
async fn some_inboxes_only() {
    let server = TestServer::start();
    // Which is which: a connection without limits says.
    let all = Mcp::new(&server, &Login::with_key(&server, ALPHA).await.access_token);
    let desk = all.output("fetch-messages", json!({ "inbox": DESK, "maxResults": 1 })).await;
    let login = login(&server, &[("choice_inboxes", "some"), ("choice_inboxes.1", "on")]).await;
    let mcp = Mcp::new(&server, &login.access_token);
    // One within reach need not be named.
    let output = mcp.output("fetch-messages", json!({ "maxResults": 1 })).await;
    assert_ne!(output["inbox"]["id"], desk["inbox"]["id"]);
    for tool in ["fetch-messages", "fetch-call-transcripts"] {
        refused(&mcp.call(tool, json!({ "inbox": DESK })).await, "no inbox within reach");
    }
    refused(&mcp.call("send-message", send(NORA, "hello")).await, "no inbox within reach");
    refused(&mcp.call("bulk-messages", bulk(&[NORA], "hello")).await, "no inbox within reach");
}

/// A workspace of 200 inboxes and 50,000 contacts: what the form lists, what fits, and what is not known for sure.
#[tokio::test]
async fn a_large_workspace() {
    let server = TestServer::start();
    let key = "sandbox-key-workspace-large";
    let boxes: Vec<String> = (0..60).map(|index| format!("choice_inboxes.{index}")).collect();
    let ticked = boxes.iter().map(|name| (name.as_str(), "on"));
    let changed: Vec<_> =
        [("choice_inboxes", "some"), ("choice_reply_only", "on")].into_iter().chain(ticked).collect();
    let login = LoginRequest { choices: &form(&changed), ..LoginRequest::new(key) }.run(&server).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let listed = mcp.call("fetch-messages", json!({ "maxResults": 1 })).await.to_string();
    assert!(listed.contains("and 40 more"), "60 are within reach, of which 20 are named: {listed}");
    let inbox: String =
        listed[listed.find("(PN").unwrap() + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
    let stranger = json!({ "from": inbox, "to": "+14155559942", "content": "hello" });
    refused(&mcp.call("send-message", stranger).await, " contacts were looked at for names");
}

#[tokio::test]
async fn more_inboxes_than_a_token_carries_are_the_persons_to_change() {
    let server = TestServer::start();
    let http = client();
    let page = open_consent(&server, &http).await;
    let key = ("api_key", "sandbox-key-workspace-large");
    let checked = page.submit(&server, &http, &[key, ("decision", "check")]).await;
    let page = page.then(checked).await;
    assert_eq!(page.html.matches("type=\"checkbox\" name=\"choice_inboxes.").count(), 100);
    assert!(page.html.contains("more inboxes than the 100 that are listed"), "{}", page.html);
    let boxes: Vec<String> = (0..100).map(|index| format!("choice_inboxes.{index}")).collect();
    let ticked = boxes.iter().map(|name| (name.as_str(), "on"));
    let changed: Vec<_> =
        [("decision", "approve"), ("choice_inboxes", "some")].into_iter().chain(ticked).collect();
    let answer = page.submit(&server, &http, &form(&changed)).await;
    assert_eq!(answer.status(), 400);
    let html = answer.text().await.unwrap();
    assert!(html.contains("Tick fewer, or choose everything."), "{html}");
    assert_eq!(html.matches("value=\"on\" checked").count(), 100, "what was ticked stays");
}

#[tokio::test]
async fn a_few_texts_a_day_each_connection_its_own() {
    let server = TestServer::start();
    let few = login(&server, &[("choice_texts_per_day", "2")]).await;
    let many = Login::with_key(&server, ALPHA).await;
    let (few, many) = (Mcp::new(&server, &few.access_token), Mcp::new(&server, &many.access_token));
    many.output("send-message", send("+14155550110", "one")).await;
    let output = few.output("send-message", send(NORA, "two")).await;
    assert_eq!(output["quotaLeft"]["today"], 1, "{output}");
    refused(&few.call("bulk-messages", bulk(&[THEO, STRANGER], "three")).await, "2 texts a day leaves 1");
    few.output("send-message", send(THEO, "four")).await;
    refused(&few.call("send-message", send(STRANGER, "five")).await, "2 texts a day leaves 0");
    many.output("send-message", send(STRANGER, "six")).await;
}

#[tokio::test]
async fn a_yes_is_bound_to_its_call_and_its_connection() {
    let server = TestServer::start();
    let asks = login(&server, &[("choice_confirm_many", "on")]).await;
    let can_ask = json!({ "elicitation": { "form": {} } });
    let mcp = Mcp::new(&server, &asks.access_token).capabilities(can_ask.clone());
    let call = async |mcp: &Mcp, arguments: &Value, more: Value| {
        let mut params = json!({ "name": "bulk-messages", "arguments": arguments });
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        mcp.request("tools/call", params).await.body
    };
    let text = "Closed on Friday, all day";
    server.keep_secret(text);
    let arguments = bulk(&[NORA, STRANGER], text);
    let asked = call(&mcp, &arguments, json!({})).await;
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
    let (key, question) = asked["result"]["inputRequests"].as_object().unwrap().iter().next().unwrap();
    let message = question["params"]["message"].as_str().unwrap();
    assert!(message.contains("Text 2 people") && message.contains(text), "{message}");
    let yes = json!({ key: { "action": "accept", "content": { "approve": true } } });
    let state = &asked["result"]["requestState"];

    // Without the state it is nobody's yes; with it, it is for this call of this connection.
    let unasked = call(&mcp, &arguments, json!({ "inputResponses": yes })).await;
    assert_eq!(unasked["result"]["resultType"], "input_required", "{unasked}");
    let with_state = json!({ "inputResponses": yes, "requestState": state });
    let other = call(&mcp, &bulk(&[NORA, THEO], text), with_state.clone()).await;
    assert_eq!(other["error"]["code"], -32602, "{other}");
    let elsewhere = login(&server, &[("choice_confirm_many", "on")]).await;
    let elsewhere = Mcp::new(&server, &elsewhere.access_token).capabilities(can_ask);
    let stolen = call(&elsewhere, &arguments, with_state.clone()).await;
    assert_eq!(stolen["error"]["code"], -32602, "{stolen}");
    // A yes to the first question is none to the second.
    let second = unasked["result"]["requestState"].clone();
    let mixed = call(&mcp, &arguments, json!({ "inputResponses": yes, "requestState": second })).await;
    assert_eq!(mixed["result"]["resultType"], "input_required", "{mixed}");

    let sent = call(&mcp, &arguments, with_state.clone()).await;
    assert_eq!(sent["result"]["structuredContent"]["counts"]["sent"], 2, "{sent}");
    // The answer was lost: the same again, and nobody is texted twice.
    let again = call(&mcp, &arguments, with_state).await;
    assert_eq!(again["result"]["structuredContent"]["counts"]["duplicate"], 2, "{again}");
}

/// With the confirmation of a preview: of this connection, and of no other one.
#[tokio::test]
async fn an_app_that_cannot_ask_shows_a_preview() {
    let server = TestServer::start();
    let (login, other) = (
        login(&server, &[("choice_confirm_many", "on")]).await,
        login(&server, &[("choice_confirm_many", "on")]).await,
    );
    let (mcp, other) = (Mcp::new(&server, &login.access_token), Mcp::new(&server, &other.access_token));
    let wanted = bulk(&[NORA, STRANGER], "hello");
    refused(&mcp.call("bulk-messages", wanted.clone()).await, "Call prepare-message with the same from");
    let preview = mcp.output("prepare-message", wanted.clone()).await;
    assert_eq!(preview["confirmation"]["needed"], "this", "{preview}");
    let mut send_it = wanted;
    send_it["confirmation"] = preview["confirmation"]["handle"].clone();
    refused(&other.call("bulk-messages", send_it.clone()).await, "none that this connection was given");
    assert_eq!(mcp.output("bulk-messages", send_it).await["counts"]["sent"], 2);
    // One person is texted without.
    mcp.output("send-message", send(THEO, "hello")).await;
}

/// The operator's word is for all connections, whatever they chose.
#[tokio::test]
async fn the_operator_may_want_a_yes_for_every_text() {
    let server = TestServer::start_with(&["--confirm-texts", "always"]);
    let login = login(&server, &[]).await;
    let mcp = Mcp::new(&server, &login.access_token);
    refused(&mcp.call("send-message", send(NORA, "hello")).await, "before it texts anyone");
    let preview = json!({ "from": DESK, "to": [NORA], "content": "hello" });
    let preview = mcp.output("prepare-message", preview).await;
    let mut send_it = send(NORA, "hello");
    send_it["confirmation"] = preview["confirmation"]["handle"].clone();
    assert_eq!(mcp.output("send-message", send_it).await["duplicate"], false);
}

#[tokio::test]
async fn a_person_is_asked_on_2026_07_28() {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    person_is_asked(ClientLifecycleMode::Discover { preferred_versions }).await;
}

#[tokio::test]
async fn a_person_is_asked_over_a_session() {
    person_is_asked(ClientLifecycleMode::Initialize).await;
}

/// The official SDK's client with a person before it, in both eras.
async fn person_is_asked(mode: ClientLifecycleMode) {
    let server = TestServer::start();
    let login = login(&server, &[("choice_confirm_many", "on")]).await;
    let person = Person::default();
    let config = StreamableHttpClientTransportConfig::with_uri(server.mcp()).auth_header(login.access_token);
    let transport = StreamableHttpClientTransport::with_client(client(), config);
    let service = person.clone().serve_with_lifecycle(transport, mode).await.unwrap();
    let call = async |arguments: Value| {
        let arguments = arguments.as_object().cloned().unwrap();
        let call = CallToolRequestParams::new("bulk-messages").with_arguments(arguments);
        serde_json::to_value(service.call_tool(call).await.unwrap()).unwrap()
    };
    for (action, ticked) in [
        (ElicitationAction::Decline, true),
        (ElicitationAction::Cancel, true),
        (ElicitationAction::Accept, false),
    ] {
        person.answers(action, ticked);
        refused(&call(bulk(&[NORA, STRANGER], "Closed on Friday")).await, "did not approve these texts");
    }
    assert_eq!(person.asked().len(), 3);
    person.answers(ElicitationAction::Accept, true);
    let sent = call(bulk(&[NORA, STRANGER], "Closed on Friday")).await;
    assert_eq!(sent["structuredContent"]["counts"]["sent"], 2, "{sent}");
    assert_eq!(sent["structuredContent"]["quotaLeft"]["today"], 198, "{sent}");
    assert_eq!(person.asked().len(), 4, "once for each call");
    // Nothing is left to ask about.
    let again = call(bulk(&[NORA, STRANGER], "Closed on Friday")).await;
    assert_eq!(again["structuredContent"]["counts"]["duplicate"], 2, "{again}");
    let asked = person.asked();
    assert_eq!(asked.len(), 4);
    for part in ["Text 2 people from Front desk", NORA, "Nora Castillo", STRANGER, "> Closed on Friday"] {
        assert!(asked[0].contains(part), "{}", asked[0]);
    }
    service.cancel().await.unwrap();
}

/// Answers every question in the same way, and keeps what was asked.
#[derive(Clone)]
struct Person {
    answer: Arc<Mutex<(ElicitationAction, bool)>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Default for Person {
    fn default() -> Self {
        Self { answer: Arc::new(Mutex::new((ElicitationAction::Cancel, false))), asked: Arc::default() }
    }
}

impl Person {
    fn answers(&self, action: ElicitationAction, ticked: bool) {
        *self.answer.lock().unwrap() = (action, ticked);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        let capabilities = serde_json::from_value(json!({ "elicitation": { "form": {} } })).unwrap();
        ClientConfig::new(capabilities, Implementation::new("person", "0.1.0"))
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }

    fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> impl Future<Output = Result<ElicitResult, ErrorData>> + Send + '_ {
        let ElicitRequestParams::FormElicitationParams { message, requested_schema, .. } = request else {
            panic!("a form was expected")
        };
        self.asked.lock().unwrap().push(message);
        let (action, ticked) = self.answer.lock().unwrap().clone();
        let mut result = ElicitResult::new(action.clone());
        if action == ElicitationAction::Accept {
            let fields = requested_schema.properties.keys();
            result = result.with_content(fields.map(|name| (name.clone(), json!(ticked))).collect());
        }
        ready(Ok(result))
    }
}
