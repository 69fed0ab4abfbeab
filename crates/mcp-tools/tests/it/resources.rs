//! Resources: lists, reading each kind, and that nothing beyond the connection's reach can be read.

use mcp_protocol::ResourceContents;
use mcp_tools::resources::{MEDIA_TYPE, RESOURCE_BYTES, ResourceError, ResourceKind};
use mcp_tools::{
    Catalog, ClientMode, Context, Limits, Scope, Scopes, ToolErrorKind, Toolset, Toolsets, View,
};
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::hostile::CORPUS;
use crate::world::{ALPHA, BRAVO, DESK, NORA, World, contains};

const INBOX: &str = "openphone://inbox/PNlj9HqL54hB";

pub(crate) fn full() -> View {
    View::new(ClientMode::Full, Scopes::ALL)
}

pub(crate) fn limits(json: &str) -> Limits {
    serde_json::from_str(json).expect("limits")
}

/// A workspace, and what stands beside its tools.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) catalog: Catalog,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let catalog = Catalog::new().expect("the catalogue builds");
        Self { world: World::start().await, catalog }
    }

    pub(crate) fn cx(&self) -> Context {
        self.world.cx(ALPHA)
    }

    async fn try_read(&self, view: &View, uri: &str, cx: &Context) -> Result<String, ResourceError> {
        let result = self.catalog.read_resource(view, uri, cx).await?;
        let [ResourceContents::Text { uri: named, mime_type, text, .. }] = result.contents.as_slice() else {
            panic!("one text")
        };
        assert_eq!((&**named, mime_type.as_deref()), (uri, Some(MEDIA_TYPE)));
        assert!(text.len() <= RESOURCE_BYTES, "{}", text.len());
        Ok(text.to_string())
    }

    pub(crate) async fn read(&self, uri: &str) -> String {
        match self.try_read(&full(), uri, &self.cx()).await {
            Ok(text) => text,
            Err(error) => panic!("{uri}: {error:?}"),
        }
    }

    async fn is_not_found(&self, view: &View, uri: &str, cx: &Context) {
        let read = self.try_read(view, uri, cx).await;
        assert!(matches!(read, Err(ResourceError::NotFound)), "{uri} in {view:?}: {read:?}");
    }

    /// URIs of the front desk: a conversation with Nora, an answered call and a missed one with a voicemail.
    async fn uris(&self) -> [String; 3] {
        let arguments = json!({ "inbox": "Front desk", "participantPhoneNumber": NORA, "maxResults": 1 });
        let messages = self.world.call("fetch-messages", arguments.clone()).await.ok().data;
        let calls = self.world.call("fetch-call-transcripts", arguments).await.ok().data;
        let conversation = messages["messages"][0]["conversationId"].as_str().expect("a conversation");
        let call = calls["calls"][0]["id"].as_str().expect("a call");
        [
            format!("openphone://conversation/{conversation}"),
            format!("openphone://call/{call}"),
            format!("openphone://call/{}", self.left_message().await),
        ]
    }

    /// The latest call that nobody took and that left a voicemail.
    async fn left_message(&self) -> String {
        let workspace = self.cx().workspace();
        let query =
            openphone_client::calls::ListCalls::new().include(openphone_client::calls::CallExtras::VOICEMAIL);
        let page = workspace.calls().list(&query).await.expect("calls");
        let left = page.data.iter().find(|call| {
            call.is_missed() && call.voicemail.as_ref().is_some_and(|left| left.transcript.is_some())
        });
        left.expect("a voicemail").id.to_string()
    }
}

#[tokio::test]
async fn the_wire_lists() {
    let stage = Stage::start().await;
    let templates: Vec<Value> = stage
        .catalog
        .resource_templates(&full())
        .iter()
        .map(|template| {
            json!({ "uriTemplate": template.uri_template, "name": template.name, "title": template.title,
                "description": template.description, "mimeType": template.mime_type,
                "annotations": template.annotations })
        })
        .collect();
    let resources = stage.catalog.resources(&full(), &stage.cx()).await.expect("resources");
    let resources: Vec<Value> = resources
        .iter()
        .map(|resource| {
            json!({ "uri": resource.uri, "name": resource.name, "title": resource.title,
                "description": resource.description, "mimeType": resource.mime_type,
                "annotations": resource.annotations })
        })
        .collect();
    insta::assert_json_snapshot!(json!({ "resourceTemplates": templates, "resources": resources }));
}

#[tokio::test]
async fn what_each_resource_says() {
    let stage = Stage::start().await;
    let [conversation, answered, missed] = stage.uris().await;
    let contact = format!("openphone://contact/{}", contact_of(&stage, NORA).await);
    let mut texts = Vec::new();
    for uri in [INBOX, &conversation, &contact, &answered, &missed] {
        texts.push(format!("# {uri}\n{}", stage.read(uri).await));
    }
    let id = |uri: &str| uri.rsplit('/').next().map(|id| format!("[{id}]")).expect("an id");
    contains(&texts[0], &["Front desk +14155550150 (PNlj9HqL54hB)", &id(&conversation), "Shared by: "]);
    contains(
        &texts[1],
        &["\"Nora Castillo\" +14155550101", "Messages:", "Calls, each at", &id(&answered), "Coverage: "],
    );
    contains(&texts[2], &["\"Nora Castillo\"", "12 Alder Court", "data, not instructions"]);
    contains(&texts[3], &["Said:", "Transcript: ready"]);
    contains(&texts[4], &[" missed ", "Voicemail, ", "\n> "]);
    insta::assert_snapshot!(texts.join("\n\n"));
}

async fn contact_of(stage: &Stage, number: &str) -> String {
    let page = stage.cx().workspace().contacts().list(&Default::default()).await.expect("contacts");
    let has = |contact: &&openphone_client::contacts::Contact| {
        contact
            .default_fields
            .phone_numbers
            .iter()
            .any(|item| item.value.as_ref().is_some_and(|value| value.as_str() == number))
    };
    page.data.iter().find(has).expect("a contact").id.to_string()
}

/// What lies beyond the reach of a connection looks like what does not exist, and is in no list.
#[tokio::test]
async fn nothing_beyond_the_reach_can_be_read() {
    let stage = Stage::start().await;
    let [conversation, answered, missed] = stage.uris().await;
    let inboxes = stage.catalog.resources(&full(), &stage.cx()).await.expect("resources");
    let uris: Vec<&str> = inboxes.iter().map(|inbox| &*inbox.uri).collect();
    let [INBOX, emergency] = uris.as_slice() else { panic!("two inboxes: {uris:?}") };
    let id = emergency.rsplit('/').next().expect("an id");
    let elsewhere = limits(&format!(r#"{{"inboxes":["{id}"]}}"#));
    let here = limits(r#"{"inboxes":["PNlj9HqL54hB"]}"#);
    let nowhere = limits(r#"{"inboxes":[]}"#);
    // By the context and by the view alike.
    for (view, cx) in [
        (full(), stage.cx().with_limits(&elsewhere)),
        (full().with_limits(&elsewhere), stage.cx()),
        (full().with_limits(&nowhere), stage.cx()),
        (full().with_limits(&elsewhere), stage.cx().with_limits(&here)),
    ] {
        for uri in [INBOX, &conversation, &answered] {
            stage.is_not_found(&view, uri, &cx).await;
        }
    }
    for uri in [INBOX, &conversation, &answered] {
        stage.try_read(&full(), uri, &stage.cx().with_limits(&here)).await.expect("within reach");
    }
    // The list that one connection made known is not another's with the same key.
    let listed = |limits: &Limits| {
        let cx = stage.cx().with_limits(limits);
        let catalog = &stage.catalog;
        async move {
            let listed = catalog.resources(&full(), &cx).await.expect("resources");
            listed.iter().map(|inbox| inbox.uri.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(listed(&elsewhere).await, [*emergency]);
    assert_eq!(listed(&here).await, [INBOX]);
    assert_eq!(listed(&nowhere).await, Vec::<String>::new());
    let text = stage.try_read(&full(), emergency, &stage.cx().with_limits(&elsewhere)).await.expect("text");
    assert!(!text.contains("Front desk"), "{text}");
    // Another workspace's.
    let bravo = stage.world.cx(BRAVO);
    for uri in [&conversation, &answered, &missed] {
        stage.is_not_found(&full(), uri, &bravo).await;
    }
}

/// A resource is there where the tool is that reads the same.
#[tokio::test]
async fn a_resource_opens_nothing_that_no_tool_of_the_view_does() {
    let stage = Stage::start().await;
    let [conversation, answered, _] = stage.uris().await;
    let contact = format!("openphone://contact/{}", contact_of(&stage, NORA).await);
    let uris = [INBOX, &conversation, &contact, &answered];
    for bits in 0..128_u32 {
        let chosen = Toolset::ALL.into_iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
        let view = full().with_toolsets(chosen.map(|(_, toolset)| toolset).collect()).read_only();
        let tools = stage.catalog.list(&view);
        let templates = stage.catalog.resource_templates(&view);
        for (kind, uri) in ResourceKind::ALL.into_iter().zip(uris) {
            let wanted = tools.tools().iter().any(|tool| tool.name == kind.tool());
            let listed = templates.iter().any(|template| template.uri_template == kind.template());
            assert_eq!(listed, wanted, "{kind:?} in {view:?}");
            if !wanted {
                stage.is_not_found(&view, uri, &stage.cx()).await;
            }
        }
    }
    // A conversation shows calls only where calls may be read, and an inbox its conversations likewise.
    let messaging = full().with_toolsets(Toolsets::parse("messaging,workspace").expect("toolsets"));
    let text = stage.try_read(&messaging, &conversation, &stage.cx()).await.expect("text");
    assert!(text.contains("Messages:") && !text.contains("Calls, each at"), "{text}");
    let text = stage.try_read(&messaging, INBOX, &stage.cx()).await.expect("text");
    assert!(!text.contains("conversation"), "{text}");

    let view = View::new(ClientMode::Full, Scopes::NONE);
    let read = stage.try_read(&view, INBOX, &stage.cx()).await;
    assert!(matches!(read, Err(ResourceError::InsufficientScope { required: Scope::Read })), "{read:?}");
    assert_eq!(stage.catalog.resource_templates(&view), []);
    assert_eq!(stage.catalog.resources(&view, &stage.cx()).await.expect("resources"), []);
    assert_eq!(Catalog::empty().resource_templates(&full()), []);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let stage = Stage::start().await;
    for uri in [
        "openphone://inbox/PNnone",
        "openphone://conversation/CNnone",
        "openphone://contact/66d0d87e8dc1211467379999",
        "openphone://contact/x",
        "openphone://call/ACnone",
        "openphone://inbox/",
        "openphone://message/AC1",
        "openphone://inbox/{inbox}",
        "https://example.com/",
        "",
    ] {
        stage.is_not_found(&full(), uri, &stage.cx()).await;
    }
}

/// A group's thread has the messages of all its people, and of nobody else.
#[tokio::test]
async fn a_group_is_a_conversation() {
    let stage = Stage::start().await;
    let query = openphone_client::conversations::ListConversations::new();
    let page = stage.cx().workspace().conversations().list(&query).await.expect("conversations");
    let group = page.data.iter().find(|found| found.participants.len() > 1).expect("a group");
    let text = stage.read(&format!("openphone://conversation/{}", group.id)).await;
    for party in &group.participants {
        contains(&text, &[party.as_str()]);
    }
    let threads: Vec<&str> =
        text.match_indices(", CN").map(|(at, _)| &text[at + 2..at + 2 + group.id.as_str().len()]).collect();
    assert!(threads.len() > 2, "{text}");
    assert!(threads.iter().all(|thread| *thread == group.id.as_str()), "{text}");
}

fn page(items: &Value) -> Fault {
    Fault::answer(200, "application/json", json!({ "data": items, "nextCursor": null }).to_string())
}

/// Lines that may stand outside of quotes.
fn is_ours(line: &str) -> bool {
    ["[AC0001] ", "Conversation CN1 of ", "Call AC0002 of ", "[AC0002] ", "Coverage: ", "Voicemail, 4 s"]
        .iter()
        .any(|start| line.starts_with(start))
        || matches!(line, "Messages:" | "Calls, each at openphone://call/{call}:")
}

/// S23, once more: outsiders' text forges nothing in a resource either.
#[tokio::test]
async fn texts_forge_nothing() {
    for hostile in CORPUS {
        let stage = Stage::start().await;
        let faults = stage.world.sandbox.faults();
        faults.always(Operation::ListConversations, page(&json!([{
            "id": "CN1", "phoneNumberId": "PNlj9HqL54hB", "participants": [hostile], "name": hostile,
            "lastActivityAt": "2026-11-22T10:00:00Z", "lastActivityId": "AC0001", "mutedUntil": null,
            "snoozedUntil": null, "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z", "deletedAt": null
        }])));
        faults.always(Operation::ListMessages, page(&json!([{
            "id": "AC0001", "from": hostile, "to": [DESK], "text": hostile, "phoneNumberId": "PNlj9HqL54hB",
            "conversationId": "CN1", "direction": "incoming", "userId": null, "status": hostile, "media": [],
            "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z"
        }])));
        let call = json!({
            "id": "AC0002", "phoneNumberId": "PNlj9HqL54hB", "actorId": null, "direction": "incoming",
            "status": "missed", "participants": [{ "phoneNumber": hostile, "actorId": null }], "answeredAt": null,
            "answeredBy": null, "initiatedBy": null, "completedAt": "2026-11-22T10:01:00Z",
            "createdAt": "2026-11-22T10:00:00Z", "updatedAt": null, "callRoute": null, "duration": 0,
            "forwardedFrom": null, "forwardedTo": null, "aiHandled": null,
            "voicemail": { "id": "VM1", "status": "completed", "duration": 4.0, "recordingUrl": null, "transcript": hostile }
        });
        faults.always(Operation::ListCalls, page(&json!([call])));
        let one = Fault::answer(200, "application/json", json!({ "data": call }).to_string());
        faults.always(Operation::GetCall, one);
        for uri in ["openphone://conversation/CN1", "openphone://call/AC0002"] {
            let text = stage.read(uri).await;
            for line in text.lines() {
                assert!(line.starts_with("> ") || is_ours(line), "{uri}: {hostile:?} forged {line:?}");
            }
            for hidden in ['\u{202e}', '\u{200b}', '\u{2066}', '\u{feff}', '\u{1b}', '\u{0}', '\u{2028}'] {
                assert!(!text.contains(hidden), "{uri}: {hostile:?} kept {hidden:?}");
            }
            contains(&text, &["data, not instructions"]);
        }
        let contact = json!({ "data": {
            "id": "66d0d87e8dc1211467370009", "externalId": null, "source": null, "sourceUrl": null,
            "defaultFields": { "firstName": hostile, "lastName": "x", "company": hostile, "role": null, "emails": [],
                "phoneNumbers": [{ "name": hostile, "value": hostile }] },
            "customFields": [{ "name": hostile, "key": "k", "id": "1", "type": "string", "value": hostile }],
            "createdAt": "2026-11-22T10:00:00Z", "updatedAt": null, "createdByUserId": "US1"
        }});
        faults.always(Operation::GetContactV1, Fault::answer(200, "application/json", contact.to_string()));
        let text = stage.read("openphone://contact/66d0d87e8dc1211467370009").await;
        let ours =
            ["Contact 66d0", "[66d0", "firstName \"", "lastName \"", "custom field \"", "created 2026"];
        for line in text.lines() {
            assert!(ours.iter().any(|start| line.starts_with(start)), "{hostile:?} forged {line:?}");
        }
        assert!(text.lines().count() <= ours.len(), "{hostile:?}: {text}");
        assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{1b}']), "{hostile:?}: {text}");
    }
}

/// A long thread is cut at a whole message, and says so.
#[tokio::test]
async fn a_long_conversation_is_cut_and_says_so() {
    let stage = Stage::start().await;
    let [conversation, ..] = stage.uris().await;
    let id = conversation.rsplit('/').next().expect("an id");
    let message = |index: u32, length: usize| {
        json!({
            "id": format!("AC{index:04}"), "from": NORA, "to": [DESK], "text": "long ".repeat(length),
            "phoneNumberId": "PNlj9HqL54hB", "conversationId": id, "direction": "incoming", "userId": null,
            "status": "received", "media": [], "createdAt": format!("2026-11-22T09:{:02}:00Z", 59 - index),
            "updatedAt": "2026-11-22T10:00:00Z"
        })
    };
    for (length, expected) in [(350, "left out for their length"), (1, "older messages are left out")] {
        let messages: Vec<Value> = (0..40).map(|index| message(index, length)).collect();
        stage.world.sandbox.faults().clear();
        stage.world.sandbox.faults().always(Operation::ListMessages, page(&json!(messages)));
        let text = stage.read(&conversation).await;
        contains(&text, &["Coverage: not complete", expected, "Calls, each at"]);
        assert!(text.lines().filter(|line| line.starts_with("[AC00")).count() >= 8, "{text}");
        assert!(!text.contains('…'), "cut in the middle: {text}");
    }
}

/// A part that fails is named; a key that is refused fails the whole.
#[tokio::test]
async fn failures_are_named() {
    let stage = Stage::start().await;
    let [conversation, answered, missed] = stage.uris().await;
    let faults = stage.world.sandbox.faults();
    faults.always(Operation::ListCalls, Fault::server_error());
    contains(
        &stage.read(&conversation).await,
        &["Messages:", "Calls could not be read: OpenPhone is failing"],
    );
    faults.always(Operation::ListPhoneNumberUsers, Fault::server_error());
    contains(&stage.read(INBOX).await, &["Who shares it could not be read: ", "conversation(s)"]);
    faults.clear();
    faults.next(1, Operation::GetCall, Fault::plan_without_transcripts());
    contains(&stage.read(&answered).await, &["Said:", "do not include summaries"]);
    faults.next(1, Operation::GetCall, Fault::plan_without_transcripts());
    contains(&stage.read(&missed).await, &[" missed ", "Voicemail, "]);

    for (fault, kind) in [
        (Fault::server_error(), ToolErrorKind::Upstream),
        (Fault::malformed_json(), ToolErrorKind::Upstream),
        (Fault::too_many_requests(Some(60)), ToolErrorKind::RateLimited),
        (Fault::revoked_key(), ToolErrorKind::KeyRefused),
    ] {
        faults.always(Operation::GetCall, fault);
        match stage.try_read(&full(), &answered, &stage.cx()).await {
            Err(ResourceError::Failed(error)) => assert_eq!(error.kind(), kind),
            other => panic!("{kind:?}: {other:?}"),
        }
        faults.clear();
    }
    let cx = stage.cx();
    let cx = cx.clone().with_cancellation({
        let token = tokio_util::sync::CancellationToken::new();
        token.cancel();
        token
    });
    match stage.try_read(&full(), &answered, &cx).await {
        Err(ResourceError::Failed(error)) => assert_eq!(error.kind(), ToolErrorKind::Cancelled),
        other => panic!("{other:?}"),
    }
}
