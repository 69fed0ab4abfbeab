//! Opening, lists, calls, errors, progress and logs, over each way in each mode.

#![expect(deprecated, reason = "what 2026-07-28 deprecates is what the legacy revisions have")]

use http::Method;
use rmcp::model::{
    CallToolRequest, ClientRequest, CompleteRequestParams, CompletionContext, CustomRequest, ErrorCode,
    GetPromptRequestParams, LoggingLevel, PingRequest, ProtocolVersion, ReadResourceRequestParams, Reference,
    RequestMetaObject, ServerResult, SetLevelRequestParams,
};
use rmcp::service::{ClientInitializeError, ClientLifecycleMode, PeerRequestOptions, ServiceError};
use serde_json::{Value, json};

use super::conversation::{ALL, Conversation, Mode, Way, open, open_with, request};

fn code<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> i32 {
    match result {
        Err(ServiceError::McpError(error)) => error.code.0,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn opens() {
    for (way, mode) in ALL {
        let conversation = open(way, mode).await;
        let peer = conversation.client.peer_info().unwrap();
        let version = if mode.is_modern() { "2026-07-28" } else { "2025-11-25" };
        assert_eq!(peer.protocol_version.as_str(), version, "{way:?} {mode:?}");
        let server = peer.server_info.clone().unwrap();
        assert_eq!((server.name.as_str(), server.version.as_str()), ("desk", "2.1.0"));
        assert_eq!(
            (server.title.as_deref(), peer.instructions.as_deref()),
            (Some("Desk"), Some("Call echo."))
        );
        let declared = serde_json::to_value(&peer.capabilities).unwrap();
        let mut expected = json!({
            "tools": { "listChanged": true }, "resources": { "subscribe": true, "listChanged": true },
            "prompts": { "listChanged": true }, "completions": {}, "logging": {},
        });
        if mode.is_modern() {
            expected["extensions"] = json!({ "io.modelcontextprotocol/tasks": {} });
        }
        assert_eq!(declared, expected, "{way:?} {mode:?}");
        conversation.client.cancel().await.unwrap();
    }
}

#[tokio::test]
async fn opens_in_every_legacy_revision() {
    for way in [Way::Http, Way::Pipe] {
        for version in ProtocolVersion::KNOWN_VERSIONS.iter().filter(|version| version.has_initialize()) {
            let ask = |person: &mut super::person::Person| person.version = version.clone();
            let conversation = open_with(way, ClientLifecycleMode::Initialize, ask).await.unwrap();
            assert_eq!(&conversation.client.peer_info().unwrap().protocol_version, version);
            let tools = conversation.client.list_all_tools().await.unwrap();
            assert_eq!(tools[0].annotations.is_some(), version.as_str() >= "2025-03-26", "{way:?} {version}");
            assert_eq!(
                tools[1].output_schema.is_some(),
                version.as_str() >= "2025-06-18",
                "{way:?} {version}"
            );
            let echo = conversation.call("echo", json!({ "text": "hi" })).await.unwrap();
            assert_eq!(echo.content[0].as_text().unwrap().text, "hi");
        }
    }
}

/// A client that would rather speak a revision of the future is told which ones there are, and takes one of them.
#[tokio::test]
async fn a_revision_is_negotiated_by_discover() {
    let future: ProtocolVersion = serde_json::from_value(json!("2031-01-01")).unwrap();
    for way in [Way::Http, Way::Pipe] {
        let preferred_versions = vec![future.clone(), ProtocolVersion::V_2026_07_28];
        let mode = ClientLifecycleMode::Discover { preferred_versions };
        let conversation = open_with(way, mode, |_| ()).await.unwrap();
        assert_eq!(conversation.client.peer_info().unwrap().protocol_version, ProtocolVersion::V_2026_07_28);

        let preferred_versions = vec![future.clone()];
        let mode = ClientLifecycleMode::Auto { preferred_versions, legacy_version: None };
        match open_with(way, mode, |_| ()).await.err() {
            Some(ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. }) => {
                assert_eq!(server_supported, [ProtocolVersion::V_2026_07_28], "{way:?}");
            }
            other => panic!("{way:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn lists_have_pages() {
    for (way, mode) in ALL {
        let Conversation { client, .. } = open(way, mode).await;
        let first = client.list_tools(None).await.unwrap();
        assert_eq!((first.tools.len(), first.next_cursor.is_some()), (2, true), "{way:?} {mode:?}");
        let caching = (first.ttl_ms, first.cache_scope.is_some(), first.result_type.is_some());
        assert_eq!(caching, if mode.is_modern() { (Some(60_000), true, true) } else { (None, false, false) });

        let tools = client.list_all_tools().await.unwrap();
        let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
        assert_eq!((names.len(), names[0], names[13]), (14, "echo", "job"), "{way:?} {mode:?}");
        let echo = &tools[0];
        assert_eq!(
            (echo.title.as_deref(), echo.description.as_deref()),
            (Some("Echo"), Some("Says it back."))
        );
        assert_eq!(echo.input_schema["required"], json!(["text"]));
        let hints = echo.annotations.clone().unwrap();
        assert_eq!((hints.read_only_hint, hints.open_world_hint), (Some(true), Some(false)));
        assert_eq!(echo.icons.clone().unwrap()[0].sizes, Some(vec!["48x48".to_owned()]));

        let uris: Vec<_> =
            client.list_all_resources().await.unwrap().into_iter().map(|one| one.uri).collect();
        assert_eq!(uris, ["desk://note", "desk://photo", "desk://diary"]);
        let templates = client.list_all_resource_templates().await.unwrap();
        assert_eq!((templates.len(), templates[2].uri_template.as_str()), (3, "desk://box/{id}"));
        let prompts = client.list_all_prompts().await.unwrap();
        let arguments = prompts[2].arguments.clone().unwrap();
        assert_eq!((arguments[0].required, arguments[1].required), (Some(true), Some(false)));

        let foreign = rmcp::model::PaginatedRequestParams::default().with_cursor(Some("mine".to_owned()));
        assert_eq!(code(client.list_prompts(Some(foreign)).await), -32602, "{way:?} {mode:?}");
    }
}

#[tokio::test]
async fn calls_are_answered() {
    for (way, mode) in ALL {
        let conversation = open(way, mode).await;
        let count = conversation.call("count", json!({})).await.unwrap();
        assert_eq!(count.structured_content, Some(json!({ "n": 3 })), "{way:?} {mode:?}");
        let everything = conversation.call("everything", json!({})).await.unwrap();
        let kinds = serde_json::to_value(&everything.content).unwrap();
        let kinds: Vec<_> = kinds.as_array().unwrap().iter().map(|block| block["type"].clone()).collect();
        assert_eq!(kinds, ["text", "image", "audio", "resource_link", "resource", "resource"]);
        let fail = conversation.call("fail", json!({})).await.unwrap();
        assert_eq!(fail.is_error, Some(true));

        let client = &conversation.client;
        let read = client.read_resource(ReadResourceRequestParams::new("desk://note")).await.unwrap();
        let contents = serde_json::to_value(&read.contents).unwrap();
        assert_eq!(
            contents,
            json!([{ "uri": "desk://note", "mimeType": "text/plain", "text": "milk, eggs" }])
        );
        let arguments = json!({ "name": "Ada" }).as_object().unwrap().clone();
        let greet = GetPromptRequestParams::new("greet").with_arguments(arguments);
        let greet = client.get_prompt(greet).await.unwrap();
        assert_eq!((greet.messages.len(), greet.description.as_deref()), (2, Some("Says something.")));
        let argument = rmcp::model::ArgumentInfo::new("name", "A");
        let known = CompletionContext::with_arguments([("tone".to_owned(), "!".to_owned())].into());
        let complete =
            CompleteRequestParams::new(Reference::for_prompt("greet"), argument).with_context(known);
        assert_eq!(client.complete(complete).await.unwrap().completion.values, ["Ada!", "Adam!"]);
        let pinged = client.send_request(ClientRequest::PingRequest(PingRequest::default())).await;
        match mode.is_modern() {
            true => assert_eq!(code(pinged), -32601, "{way:?} {mode:?}: 2026-07-28 has no ping"),
            false => assert!(matches!(pinged, Ok(ServerResult::EmptyResult(_))), "{way:?}: {pinged:?}"),
        }
    }
}

/// On 2026-07-28 rmcp mirrors what the schema says into headers, once it has listed the tools, and we compare.
#[tokio::test]
async fn mirrored_arguments() {
    const REGIONS: [&str; 4] = ["north", "Köln", " leading", "=?base64?bm9ydGg=?="];
    const MIRRORED: [&str; 4] = [
        "north",
        "=?base64?S8O2bG4=?=",
        "=?base64?IGxlYWRpbmc=?=",
        "=?base64?PT9iYXNlNjQ/Ym05eWRHZz0/PQ==?=",
    ];
    for (way, mode) in [
        (Way::HttpJson, Mode::Discover),
        (Way::HttpJson, Mode::Initialize),
        (Way::Pipe, Mode::Discover),
        (Way::Pipe, Mode::Initialize),
    ] {
        let conversation = open(way, mode).await;
        conversation.client.list_all_tools().await.unwrap();
        for region in REGIONS {
            let placed = conversation.call("place", json!({ "region": region, "size": -7 })).await.unwrap();
            let expected = format!("{} -7", json!(region));
            assert_eq!(placed.content[0].as_text().unwrap().text, expected, "{way:?} {mode:?}");
        }
        let placed = conversation.call("place", json!({ "size": null })).await.unwrap();
        assert_eq!(placed.content[0].as_text().unwrap().text, "null null");
        let mirrored = conversation.headers(&Method::POST, "mcp-param-region");
        let expected: &[&str] = if (way, mode) == (Way::HttpJson, Mode::Discover) { &MIRRORED } else { &[] };
        assert_eq!(mirrored, expected, "{way:?} {mode:?}");
    }
}

/// A client that has not listed the tools cannot know what to mirror, and is told.
#[tokio::test]
async fn unmirrored_arguments() {
    let conversation = open(Way::Http, Mode::Discover).await;
    assert_eq!(code(conversation.call("place", json!({ "region": "north" })).await), -32020);
    assert!(conversation.call("place", json!({})).await.is_ok());
}

#[tokio::test]
async fn errors_are_told_apart() {
    for (way, mode) in ALL {
        let conversation = open(way, mode).await;
        let client = &conversation.client;
        assert_eq!(code(conversation.call("no-such", json!({})).await), -32602, "{way:?} {mode:?}");
        let missing = client.read_resource(ReadResourceRequestParams::new("desk://nothing")).await;
        let Err(ServiceError::McpError(error)) = missing else { panic!("{missing:?}") };
        let expected =
            if mode.is_modern() { ErrorCode::INVALID_PARAMS } else { ErrorCode::RESOURCE_NOT_FOUND };
        assert_eq!((error.code, &error.data), (expected, &Some(json!({ "uri": "desk://nothing" }))));
        assert_eq!(code(client.get_prompt(GetPromptRequestParams::new("greet")).await), -32602);
        let custom =
            ClientRequest::CustomRequest(CustomRequest::new("desk/paint", Some(json!({ "colour": 1 }))));
        assert_eq!(code(client.send_request(custom).await), -32601, "{way:?} {mode:?}");

        // Over HTTP a missing scope is a status with a challenge, which rmcp takes up; a pipe has only the error.
        let forbidden = conversation.call("forbid", json!({})).await;
        match way {
            Way::Http | Way::HttpJson => {
                let error = forbidden.unwrap_err();
                assert!(error.auth_challenge().unwrap().contains("scope=\"write\""), "{mode:?}: {error:?}");
            }
            Way::Pipe => assert_eq!(code(forbidden), -32600, "{mode:?}"),
        }
        // And the conversation goes on.
        assert!(conversation.call("count", json!({})).await.is_ok());
    }
}

/// The logs from `info` on, and all the progress, each before the answer.
#[tokio::test]
async fn progress_and_logs() {
    for (way, mode) in ALL {
        let mut conversation = open(way, mode).await;
        let mut options = PeerRequestOptions::no_options();
        if mode.is_modern() {
            let mut meta = RequestMetaObject::new();
            meta.set_log_level(LoggingLevel::Info);
            options = options.with_meta(meta);
        } else {
            let level = SetLevelRequestParams::new(LoggingLevel::Info);
            conversation.client.set_level(level).await.unwrap();
        }
        let work = ClientRequest::CallToolRequest(CallToolRequest::new(request("work", json!({}))));
        let handle = conversation.client.send_request_with_option(work, options).await.unwrap();
        let token = serde_json::to_value(&handle.progress_token).unwrap();
        handle.await_response().await.unwrap();

        let (mut progress, mut logs) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            match conversation.heard().await {
                ("progress", params) => progress.push(params),
                ("log", params) => logs.push(params),
                other => panic!("{other:?}"),
            }
        }
        // rmcp runs each handler in a task of its own, so they may overtake each other.
        progress.sort_by_key(|params| params["progress"].to_string());
        logs.sort_by_key(|params| params["level"].to_string());
        let step =
            |n: f64| json!({ "progressToken": token, "progress": n, "total": 3.0, "message": "working" });
        assert_eq!(progress, [step(1.0), step(2.0), step(3.0)], "{way:?} {mode:?}");
        let log = |level: &str, n: f64| json!({ "level": level, "logger": "desk", "data": { "step": n } });
        assert_eq!(logs, [log("error", 3.0), log("info", 2.0)], "{way:?} {mode:?}");
    }
}

/// Nobody asked for logs: on 2026-07-28 there are none.
#[tokio::test]
async fn no_logs_unasked() {
    for way in [Way::Http, Way::Pipe] {
        let mut conversation = open(way, Mode::Discover).await;
        assert_eq!(conversation.text("work").await, "worked");
        let mut kinds = Vec::new();
        for _ in 0..3 {
            kinds.push(conversation.heard().await.0);
        }
        assert_eq!(kinds, ["progress"; 3], "{way:?}");
        conversation.call("count", json!({})).await.unwrap();
        assert_eq!(conversation.all_heard(), Vec::<(&str, Value)>::new(), "{way:?}");
    }
}
