//! No value of the content can become markup, a line of `security.txt`, or a word of a shell command.

use crate::{ask, landing, text};
use http::Method;
use landing::{Example, LandingContent, Risk, Sandbox, SandboxKey, ToolCard, Toolset, Turn};
use proptest::prelude::*;
use serde_json::json;
use web_ui::testing::shape;

/// A server whose every text is `text`.
fn content(text: &str) -> LandingContent {
    let mut content =
        LandingContent::new("https://mcp.example.com", "https://mcp.example.com/mcp", text.to_owned());
    content.tools = vec![
        ToolCard::new(text, text, format!("one{text}two"), text, Risk::Writes)
            .input_schema(json!({
                "type": "object",
                "properties": { text: { "description": text, "enum": [text] } },
                "required": [text]
            }))
            .example(Example::new(text, json!({ text: text }), text)),
    ];
    content.toolsets = vec![Toolset::new("known", text)];
    content.narrowing = true;
    content.protocol_versions = vec![text.to_owned()];
    content.source_url = Some(text.to_owned());
    content.picture = vec![Turn::new(text, text, text)];
    content.sandbox = Some(Sandbox::new(vec![SandboxKey::new(text, text)]));
    content.connections_path = Some(text.to_owned());
    content
}

fn pages(text_of_all: &str) -> Vec<String> {
    let landing = landing(&content(text_of_all));
    let typed: String = form_urlencoded::byte_serialize(text_of_all.as_bytes()).collect();
    [
        "/".to_owned(),
        "/privacy".to_owned(),
        "/tools".to_owned(),
        format!("/connect?toolset={typed}&inbox={typed}"),
    ]
    .map(|path| text(&ask(&landing, Method::GET, &path, &[]).unwrap()))
    .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn values_never_become_markup(text in hostile()) {
        for (page, benign) in pages(&text).iter().zip(pages("benign")) {
            prop_assert_eq!(shape(page), shape(&benign));
        }
    }

    #[test]
    fn tools_json_is_json_whatever_it_holds(text in hostile()) {
        let landing = landing(&content(&text));
        let body = crate::text(&ask(&landing, Method::GET, "/tools.json", &[]).unwrap());
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(value["tools"][0]["title"].as_str(), Some(text.as_str()));
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\"><script>alert(1)</script>"),
        Just("</code></pre></title></details>"),
        Just("' onclick='x"),
        Just("<!--"),
        Just("]]>"),
        Just("&lt;b&gt;"),
        Just("{{ 7*7 }}"),
        Just("<svg onload=alert(1)>"),
    ];
    proptest::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}
