//! What a call asks of the client: forms, pages, completions, roots. The same handlers of ours, answered by rmcp's client
//! as requests over the call's stream (legacy) and in rounds (2026-07-28).

use rmcp::model::{ElicitationAction, GetPromptRequestParams, ReadResourceRequestParams};
use rmcp::service::{ClientLifecycleMode, ServiceError};
use serde_json::json;

use super::conversation::{ALL, Mode, Way, open, open_with};

#[tokio::test]
async fn forms_in_two_rounds() {
    for (way, mode) in ALL {
        let mut conversation = open(way, mode).await;
        let text = conversation.text("order").await;
        assert_eq!(text, r#""large" true after the first round, second round"#, "{way:?} {mode:?}");
        let (kind, first) = conversation.heard().await;
        assert_eq!((kind, &first["message"]), ("elicitation", &json!("Which size?")), "{way:?} {mode:?}");
        assert_eq!(
            first["requestedSchema"],
            json!({
                "type": "object",
                "properties": {
                    "size": { "type": "string", "enum": ["small", "large"] },
                    "count": { "type": "integer", "minimum": 1, "maximum": 9, "default": 1 },
                },
                "required": ["size"],
            }),
            "{way:?} {mode:?}"
        );
        let (_, second) = conversation.heard().await;
        assert_eq!(second["message"], "A large one?", "{way:?} {mode:?}");
        let title = &second["requestedSchema"]["properties"]["sure"]["title"];
        assert_eq!(title, "Sure", "{way:?} {mode:?}");
        assert_eq!(conversation.all_heard(), [], "{way:?} {mode:?}");
    }
}

#[tokio::test]
async fn forms_that_are_declined_or_closed() {
    for way in [Way::Http, Way::Pipe] {
        for (action, text) in
            [(ElicitationAction::Decline, "declined"), (ElicitationAction::Cancel, "cancelled")]
        {
            let preferred_versions = vec![rmcp::model::ProtocolVersion::V_2026_07_28];
            for mode in
                [ClientLifecycleMode::Initialize, ClientLifecycleMode::Discover { preferred_versions }]
            {
                let set_up = |person: &mut super::person::Person| person.action = action.clone();
                let conversation = open_with(way, mode.clone(), set_up).await.unwrap();
                assert_eq!(conversation.text("order").await, text, "{way:?} {mode:?}");
            }
        }
    }
}

#[tokio::test]
async fn pages() {
    for (way, mode) in ALL {
        let mut conversation = open(way, mode).await;
        assert_eq!(conversation.text("sign").await, "signed", "{way:?} {mode:?}");
        let (_, asked) = conversation.heard().await;
        assert_eq!((&asked["mode"], &asked["url"]), (&json!("url"), &json!("https://example.com/sign")));
        // 2026-07-28 has no id for it; rmcp then shows an empty one.
        let id = if mode.is_modern() { "" } else { "sign-1" };
        assert_eq!(asked["elicitationId"], id, "{way:?} {mode:?}");
        if !mode.is_modern() && way == Way::Pipe {
            conversation.desk.notifier.elicitation_complete(&"alice", "sign-1");
            let (kind, complete) = conversation.heard().await;
            let method = "notifications/elicitation/complete";
            let expected = json!({ "method": method, "params": { "elicitationId": "sign-1" } });
            assert_eq!((kind, complete), ("custom", expected));
        }
    }
}

#[tokio::test]
async fn completions_of_the_clients_model() {
    for (way, mode) in ALL {
        let mut conversation = open(way, mode).await;
        assert_eq!(conversation.text("summarise").await, "model-1 says: short", "{way:?} {mode:?}");
        let (kind, asked) = conversation.heard().await;
        assert_eq!(kind, "sampling");
        assert_eq!(
            asked,
            json!({
                "messages": [{ "role": "user", "content": { "type": "text", "text": "A long story." } }],
                "systemPrompt": "Be brief.",
                "maxTokens": 100,
            }),
            "{way:?} {mode:?}"
        );
    }
}

#[tokio::test]
async fn several_things_in_one_round() {
    for (way, mode) in ALL {
        let mut conversation = open(way, mode).await;
        let text = conversation.text("folders").await;
        let expected = r#"true: file:///srv/ada Some("home"), file:///srv/all None"#;
        assert_eq!(text, expected, "{way:?} {mode:?}");
        let mut kinds: Vec<_> = conversation.all_heard().into_iter().map(|(kind, _)| kind).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["elicitation", "roots"], "{way:?} {mode:?}");
    }
}

#[tokio::test]
async fn prompts_and_resources_ask_too() {
    for (way, mode) in ALL {
        let conversation = open(way, mode).await;
        let client = &conversation.client;
        let introduce = client.get_prompt(GetPromptRequestParams::new("introduce")).await.unwrap();
        let said = introduce.messages[0].content.as_text().unwrap();
        assert_eq!(said.text, "I am Ada.", "{way:?} {mode:?}");
        let diary = client.read_resource(ReadResourceRequestParams::new("desk://diary")).await.unwrap();
        let contents = serde_json::to_value(&diary.contents).unwrap();
        assert_eq!(contents[0]["text"], "Dear diary", "{way:?} {mode:?}");
    }
}

/// A client that declared nothing is not asked; it is told what it lacks.
#[tokio::test]
async fn a_client_that_cannot_be_asked() {
    for way in [Way::Http, Way::Pipe] {
        let preferred_versions = vec![rmcp::model::ProtocolVersion::V_2026_07_28];
        for (mode, code) in [
            (ClientLifecycleMode::Initialize, -32602),
            (ClientLifecycleMode::Discover { preferred_versions }, -32021),
        ] {
            let set_up = |person: &mut super::person::Person| person.capabilities = json!({});
            let mut conversation = open_with(way, mode.clone(), set_up).await.unwrap();
            for (tool, lacks) in [
                ("order", json!({ "elicitation": { "form": {} } })),
                ("sign", json!({ "elicitation": { "url": {} } })),
                ("summarise", json!({ "sampling": {} })),
                ("folders", json!({ "roots": {} })),
            ] {
                match conversation.call(tool, json!({})).await {
                    Err(ServiceError::McpError(error)) => {
                        assert_eq!(error.code.0, code, "{way:?} {mode:?} {tool}");
                        assert_eq!(error.data, Some(json!({ "requiredCapabilities": lacks })), "{tool}");
                    }
                    other => panic!("{way:?} {mode:?} {tool}: {other:?}"),
                }
            }
            assert_eq!(conversation.all_heard(), [], "{way:?} {mode:?}");
        }
    }
}

/// What the client refuses on a legacy revision is an error of the call, and the conversation goes on.
#[tokio::test]
async fn a_client_that_refuses() {
    for way in [Way::Http, Way::Pipe] {
        let set_up = |person: &mut super::person::Person| person.on_strike = true;
        let conversation = open_with(way, ClientLifecycleMode::Initialize, set_up).await.unwrap();
        match conversation.call("summarise", json!({})).await {
            Err(ServiceError::McpError(error)) => {
                assert_eq!(error.code.0, -32603, "{way:?}");
                assert!(error.message.contains("sampling/createMessage"), "{way:?}: {error:?}");
                assert!(
                    !error.message.contains("strike"),
                    "{way:?}: the client's words stay with the client"
                );
            }
            other => panic!("{way:?}: {other:?}"),
        }
        assert_eq!(conversation.text("order").await, r#""large" true after the first round, second round"#);
    }
}

/// Twelve calls at once, each with its own questions: no answer reaches another call.
#[tokio::test]
async fn many_calls_ask_at_once() {
    for (way, mode) in [(Way::Http, Mode::Initialize), (Way::Http, Mode::Auto), (Way::Pipe, Mode::Initialize)]
    {
        let conversation = open(way, mode).await;
        let calls = (0..12).map(|n| conversation.text(if n % 2 == 0 { "order" } else { "summarise" }));
        for (n, text) in futures_util::future::join_all(calls).await.into_iter().enumerate() {
            let expected = ["\"large\" true after the first round, second round", "model-1 says: short"];
            assert_eq!(text, expected[n % 2], "{way:?} {mode:?} {n}");
        }
    }
}
