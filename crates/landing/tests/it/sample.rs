//! Content to render: a server of three tools, as an embedder would describe it.

use landing::{
    Example, LandingContent, Risk, Sandbox, SandboxKey, SecurityContact, SignIn, StatusSource, ToolCard,
    Toolset, Turn, UpstreamStatus,
};
use serde_json::json;
use std::sync::Arc;

/// A public server.
pub(crate) fn public() -> LandingContent {
    let mut content = LandingContent::new("https://mcp.example.com", "https://mcp.example.com/mcp", "1.2.3");
    content.sse_url = Some("https://mcp.example.com/sse".to_owned());
    content.tools = tools();
    content.toolsets = ["messaging", "contacts"]
        .into_iter()
        .zip(["Messages", "Contacts"])
        .map(|(name, title)| Toolset::new(name, title))
        .collect();
    content.protocol_versions = ["2026-07-28", "2025-11-25"].map(str::to_owned).into();
    content.narrowing = true;
    content.status = Some(Arc::new(Always(UpstreamStatus::Up)));
    content.source_url = Some("https://github.com/example/openphone-mcp".to_owned());
    content.security = Some(SecurityContact::new("mailto:security@example.com", "2027-11-23T00:00:00Z"));
    content.picture = vec![
        Turn::new("What did Dana write?", "fetch-messages", "Dana says <3 & \"no worries\"."),
        Turn::new("Call her", "call-somebody", "A tool that is not there."),
    ];
    content.connections_path = Some("/connections".to_owned());
    content
}

/// A simulated server on this computer.
pub(crate) fn sandbox() -> LandingContent {
    let mut content = LandingContent::new("http://127.0.0.1:8787", "http://127.0.0.1:8787/mcp", "1.2.3");
    content.sse_url = Some("http://127.0.0.1:8787/sse".to_owned());
    content.tools = tools();
    content.sandbox = Some(Sandbox::new(vec![
        SandboxKey::new("sandbox-key-workspace-alpha", "Workspace Alpha"),
        SandboxKey::new(
            "sandbox-key-workspace-bravo",
            "Workspace Bravo, to see that nobody sees the other's data",
        ),
    ]));
    content
}

/// A server that lends its operator's key to everybody.
pub(crate) fn open() -> LandingContent {
    let mut content = sandbox();
    content.sign_in = SignIn::NotNeeded;
    content.key_header = Some("x-openphone-api-key".to_owned());
    content
}

/// A server under a path prefix.
pub(crate) fn prefixed() -> LandingContent {
    let mut content = public();
    content.public_url = "https://example.com/openphone".to_owned();
    content.mcp_url = "https://example.com/openphone/mcp".to_owned();
    content.sse_url = None;
    content
}

/// A state that does not change.
#[derive(Debug)]
pub(crate) struct Always(pub(crate) UpstreamStatus);

impl StatusSource for Always {
    fn upstream(&self) -> UpstreamStatus {
        self.0
    }
}

fn tools() -> Vec<ToolCard> {
    vec![
        ToolCard::new(
            "send-message",
            "Send a text",
            "Sends one text to one person from one of the workspace's inboxes.\n\nThe same text to the same person within ten minutes is not sent again: the first result comes back.",
            "openphone:write",
            Risk::SendsTexts,
        )
        .toolset("messaging")
        .tokens(470)
        .input_schema(json!({
            "type": "object",
            "properties": {
                "from": { "type": ["string", "null"], "description": "The inbox to text from. May be left out when only one can be reached." },
                "text": { "type": "string", "description": "What to say, at most 1,600 characters." },
                "to": { "type": "string", "description": "Whom to text: a phone number in E.164 form." }
            },
            "required": ["text", "to"]
        }))
        .example(Example::new(
            "Tell Dana that we run late",
            json!({ "to": "+14155550101", "text": "Hi Dana, we run ten minutes late. See you soon!" }),
            "Sent to +14155550101 from Main line (queued).\nid: AC0f3a",
        )
        .result(&json!({ "id": "AC0f3a", "status": "queued" }))),
        ToolCard::new(
            "create-contact",
            "Create a contact",
            "Creates a contact with names, phone numbers and email addresses.",
            "openphone:write",
            Risk::Writes,
        )
        .toolset("contacts")
        .tokens(210)
        .input_schema(json!({
            "type": "object",
            "properties": {
                "firstName": { "type": "string", "description": "Given name." },
                "phoneNumbers": { "type": "array", "items": { "type": "string" }, "description": "In E.164 form." }
            },
            "required": ["firstName"]
        })),
        ToolCard::new(
            "fetch-messages",
            "Read messages",
            "Reads texts, newest first, of all inboxes or one, with everybody or one person.",
            "openphone:read",
            Risk::Reads,
        )
        .example(Example::new(
            "What did Dana write?",
            json!({ "participant": "+14155550101" }),
            "1 message\n2026-11-22 09:14 from +14155550101: \"No worries <3\"",
        )),
    ]
}
