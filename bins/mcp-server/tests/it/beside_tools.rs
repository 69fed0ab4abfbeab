//! What stands beside tools, over HTTP and after a real login: prompts, resources and completion, in both eras, and
//! narrowed by URL and by grant as the tools are.

use serde_json::{Value, json};

use crate::support::login::{ALPHA, BRAVO, LoginRequest};
use crate::support::mcp::{LEGACY, MODERN};
use crate::support::{Login, Mcp, TestServer};

const NORA: &str = "+14155550101";
const DESK: &str = "+14155550150";

impl Mcp {
    /// The result of a request that must succeed.
    async fn result(&self, method: &str, params: Value) -> Value {
        let answer = self.request(method, params).await;
        assert_eq!(answer.status, 200, "{method}: {answer:?}");
        let result = answer.body["result"].clone();
        assert!(result.is_object(), "{method}: {answer:?}");
        result
    }

    /// The error of a request that is answered with one.
    async fn error(&self, method: &str, params: Value) -> Value {
        let answer = self.request(method, params).await;
        assert!(answer.body["error"].is_object(), "{method}: {answer:?}");
        answer.body["error"].clone()
    }

    /// One member of every item of a list.
    async fn listed(&self, method: &str, list: &str, member: &str) -> Vec<String> {
        let result = self.result(method, json!({})).await;
        let items = result[list].as_array().unwrap_or_else(|| panic!("{result}"));
        items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
    }

    async fn prompts(&self) -> Vec<String> {
        self.listed("prompts/list", "prompts", "name").await
    }

    async fn templates(&self) -> Vec<String> {
        self.listed("resources/templates/list", "resourceTemplates", "uriTemplate").await
    }

    async fn resources(&self) -> Vec<String> {
        self.listed("resources/list", "resources", "uri").await
    }

    async fn read(&self, uri: &str) -> String {
        let result = self.result("resources/read", json!({ "uri": uri })).await;
        let contents = &result["contents"][0];
        assert_eq!(
            (&contents["uri"], &contents["mimeType"]),
            (&json!(uri), &json!("text/plain")),
            "{result}"
        );
        contents["text"].as_str().unwrap().to_owned()
    }

    async fn is_not_found(&self, uri: &str, code: i32) {
        let error = self.error("resources/read", json!({ "uri": uri })).await;
        assert_eq!((&error["code"], &error["data"]["uri"]), (&json!(code), &json!(uri)), "{error}");
    }

    async fn complete(&self, reference: Value, argument: &str, typed: &str) -> Vec<String> {
        let argument = json!({ "name": argument, "value": typed });
        let params = json!({ "ref": reference, "argument": argument });
        let completion = self.result("completion/complete", params).await["completion"].clone();
        let values = completion["values"].as_array().unwrap_or_else(|| panic!("{completion}"));
        assert_eq!(completion["total"], json!(values.len()), "{completion}");
        assert_eq!(completion["hasMore"], false, "{completion}");
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    }

    /// URI of the conversation with Nora.
    async fn conversation(&self) -> String {
        let arguments = json!({ "inbox": DESK, "participantPhoneNumber": NORA, "maxResults": 1 });
        let output = self.output("fetch-messages", arguments).await;
        format!("openphone://conversation/{}", output["messages"][0]["conversationId"].as_str().unwrap())
    }
}

fn prompt(name: &str) -> Value {
    json!({ "type": "ref/prompt", "name": name })
}

fn template(name: &str) -> Value {
    json!({ "type": "ref/resource", "uri": format!("openphone://{name}/{{{name}}}") })
}

#[tokio::test]
async fn both_eras_list_get_read_and_complete() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    // What is typed and chosen is nobody's business in a log.
    let about = "the surprise for her birthday";
    server.keep_secret(about);
    server.keep_secret("Castillo");
    for (version, not_found) in [(MODERN, -32602), (LEGACY, -32002)] {
        let mcp = Mcp::new(&server, &login.access_token).version(version);
        let names = mcp.prompts().await;
        for name in ["voicemail-triage", "morning-digest", "who-is-waiting", "follow-up-drafts"] {
            assert!(names.iter().any(|listed| listed == name), "{version}: {names:?}");
        }
        let asked =
            json!({ "name": "follow-up-drafts", "arguments": { "about": about, "inbox": "Front desk" } });
        let got = mcp.result("prompts/get", asked).await;
        assert_eq!(got["messages"][0]["role"], "user", "{got}");
        let text = got["messages"][0]["content"]["text"].as_str().unwrap();
        assert!(
            text.contains(&format!("\n- about: \"{about}\"")) && text.contains("`fetch-messages`"),
            "{text}"
        );
        for (wrong, part) in [
            (json!({ "name": "no-such-prompt" }), "Unknown prompt: no-such-prompt"),
            (
                json!({ "name": "follow-up-drafts", "arguments": { "timeZone": "Nowhere" } }),
                "timeZone is `Nowhere`",
            ),
            (json!({ "name": "follow-up-drafts", "arguments": { "zone": "x" } }), "zone is no argument"),
        ] {
            let error = mcp.error("prompts/get", wrong).await;
            assert_eq!(error["code"], -32602, "{error}");
            assert!(error["message"].as_str().unwrap().contains(part), "{error}");
        }

        let inboxes = mcp.resources().await;
        assert_eq!(inboxes.len(), 2, "{inboxes:?}");
        let templates = mcp.templates().await;
        assert!(templates.contains(&"openphone://conversation/{conversation}".to_owned()), "{templates:?}");
        let conversation = mcp.conversation().await;
        let text = mcp.read(&conversation).await;
        assert!(text.contains("\"Nora Castillo\"") && text.contains("data, not instructions"), "{text}");
        assert!(mcp.read(&inboxes[0]).await.contains("Shared by: "));
        mcp.is_not_found("openphone://conversation/CNnone", not_found).await;
        mcp.is_not_found("https://example.com/", not_found).await;

        let found = mcp.complete(template("conversation"), "conversation", "castillo").await;
        assert_eq!(conversation, format!("openphone://conversation/{}", found[0]), "{found:?}");
        let found = mcp.complete(prompt("follow-up-drafts"), "inbox", "desk").await;
        assert!(found[0].starts_with("Front desk +14155550150 (PN"), "{found:?}");
        assert_eq!(mcp.complete(template("call"), "call", "AC").await, Vec::<String>::new());
        for (reference, argument) in
            [(prompt("no-such-prompt"), "inbox"), (template("user"), "user"), (template("inbox"), "x")]
        {
            let params = json!({ "ref": reference, "argument": { "name": argument, "value": "" } });
            let error = mcp.error("completion/complete", params).await;
            assert_eq!(error["code"], -32602, "{error}");
        }
        for list in ["prompts/list", "resources/list", "resources/templates/list"] {
            let error = mcp.error(list, json!({ "cursor": "no-such-cursor" })).await;
            assert_eq!(error["code"], -32602, "{list}: {error}");
        }
    }
}

/// What the server offers is declared, and may be kept by this caller alone.
#[tokio::test]
async fn capabilities_and_cache_hints() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let mcp = Mcp::new(&server, &login.access_token);
    let offered = |capabilities: &Value| {
        ["tools", "prompts", "resources", "completions"].map(|name| capabilities[name].is_object())
    };
    let discovered = mcp.result("server/discover", json!({})).await;
    assert_eq!(offered(&discovered["capabilities"]), [true; 4], "{discovered}");
    let legacy = Mcp::new(&server, &login.access_token).version(LEGACY);
    let hello = json!({ "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } });
    let initialized = legacy.result("initialize", hello).await;
    assert_eq!(offered(&initialized["capabilities"]), [true; 4], "{initialized}");

    let inbox = mcp.resources().await.swap_remove(0);
    for (method, params, kept) in [
        ("prompts/list", json!({}), 300_000),
        ("resources/templates/list", json!({}), 300_000),
        ("resources/list", json!({}), 60_000),
        ("resources/read", json!({ "uri": inbox }), 0),
    ] {
        let modern = mcp.result(method, params.clone()).await;
        assert_eq!(
            (&modern["ttlMs"], &modern["cacheScope"]),
            (&json!(kept), &json!("private")),
            "{method}: {modern}"
        );
        let legacy = legacy.result(method, params).await;
        assert!(legacy.get("ttlMs").is_none() && legacy.get("cacheScope").is_none(), "{method}: {legacy}");
    }
}

#[tokio::test]
async fn urls_narrow_what_stands_beside_tools() {
    let server = TestServer::start();
    let login = Login::with_key(&server, ALPHA).await;
    let all = Mcp::new(&server, &login.access_token);
    let (inboxes, conversation) = (all.resources().await, all.conversation().await);
    let at = |path: &str| Mcp::new(&server, &login.access_token).path(path);

    let messaging = at("/mcp/x/messaging");
    assert_eq!(messaging.templates().await, ["openphone://conversation/{conversation}"]);
    assert_eq!(messaging.resources().await, Vec::<String>::new());
    assert_eq!(messaging.prompts().await, ["follow-up-drafts"]);
    assert!(!messaging.read(&conversation).await.contains("Calls, each"));
    messaging.is_not_found(&inboxes[0], -32602).await;
    let contacts = at("/mcp/x/contacts");
    assert_eq!(contacts.prompts().await, Vec::<String>::new());
    contacts.is_not_found(&conversation, -32602).await;
    let error = contacts.error("prompts/get", json!({ "name": "follow-up-drafts" })).await;
    assert_eq!(error["code"], -32602, "{error}");
    let params =
        json!({ "ref": template("conversation"), "argument": { "name": "conversation", "value": "" } });
    assert_eq!(contacts.error("completion/complete", params).await["code"], -32602);

    // Reading needs nothing more than reading.
    let reader = at("/mcp/readonly");
    assert_eq!(reader.prompts().await, all.prompts().await);
    assert_eq!(reader.templates().await, all.templates().await);

    for uri in &inboxes {
        let id = uri.rsplit('/').next().unwrap();
        let bound = at(&format!("/mcp?inbox={id}"));
        assert_eq!(bound.resources().await, [uri.as_str()]);
        let held = bound.complete(template("inbox"), "inbox", "").await;
        assert_eq!(held, [id]);
        let is_desk = bound.read(uri).await.contains(DESK);
        if is_desk {
            bound.read(&conversation).await;
        } else {
            bound.is_not_found(&conversation, -32602).await;
            let found = bound.complete(template("conversation"), "conversation", "").await;
            assert!(!found.iter().any(|id| conversation.ends_with(id.as_str())), "{found:?}");
        }
        for other in inboxes.iter().filter(|other| *other != uri) {
            bound.is_not_found(other, -32602).await;
        }
    }
}

#[tokio::test]
async fn grants_narrow_what_stands_beside_tools() {
    let server = TestServer::start();
    let all = Mcp::new(&server, &Login::with_key(&server, ALPHA).await.access_token);
    let (inboxes, conversation) = (all.resources().await, all.conversation().await);
    let choices = [
        ("choice_access", "full"),
        ("choice_texts_per_day", "200"),
        ("choice_inboxes", "some"),
        ("choice_inboxes.1", "on"),
    ];
    let login = LoginRequest { choices: &choices, ..LoginRequest::new(ALPHA) }.run(&server).await;
    let bound = Mcp::new(&server, &login.access_token);
    let within = bound.resources().await;
    assert_eq!(within.len(), 1, "{within:?}");
    for uri in inboxes.iter().filter(|uri| !within.contains(uri)) {
        bound.is_not_found(uri, -32602).await;
    }
    bound.is_not_found(&conversation, -32602).await;
    let got = bound.result("prompts/get", json!({ "name": "follow-up-drafts" })).await;
    assert!(got["messages"][0]["content"]["text"].as_str().unwrap().contains("the only one within reach"));

    // Only reading is allowed, and only of this key's workspace.
    let login = LoginRequest { scope: Some("openphone:read"), ..LoginRequest::new(ALPHA) }.run(&server).await;
    let reader = Mcp::new(&server, &login.access_token);
    assert_eq!(reader.resources().await, inboxes);
    assert_eq!(reader.prompts().await, all.prompts().await);
    reader.read(&conversation).await;
    let bravo = Mcp::new(&server, &Login::with_key(&server, BRAVO).await.access_token);
    bravo.is_not_found(&conversation, -32602).await;
    let others = bravo.resources().await;
    assert!(!others.is_empty() && others.iter().all(|uri| !inboxes.contains(uri)), "{others:?}");
}
