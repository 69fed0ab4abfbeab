//! What a view hides cannot be called, and what lacks a scope is told apart from it.

use mcp_tools::{CallOutcome, ClientMode, Limits, Scope, Scopes, ToolSpec, Toolset, Toolsets, View};
use serde_json::Map;

use crate::world::{ALPHA, World};

fn names(world: &World, view: &View) -> Vec<String> {
    world.catalog.list(view).tools().iter().map(|tool| tool.name.to_string()).collect()
}

#[tokio::test]
async fn filters_narrow_the_list_and_the_calls_alike() {
    let world = World::start().await;
    let full = || View::new(ClientMode::Full, Scopes::ALL);
    let no_texting: Limits = serde_json::from_str(r#"{"noTexting":true}"#).expect("limits");
    let reply_only: Limits = serde_json::from_str(r#"{"replyOnly":true}"#).expect("limits");
    let tools = |chosen: &dyn Fn(&ToolSpec) -> bool| -> Vec<&str> {
        world.catalog.specs().filter(|spec| chosen(spec)).map(|spec| spec.name).collect()
    };
    // A preview of what may not be sent is of no use.
    let reads = |spec: &ToolSpec| spec.annotations.read_only && !spec.prepares_texts;
    let spoken = |spec: &ToolSpec| matches!(spec.toolset, Toolset::Messaging | Toolset::Calls);
    for (view, expected) in [
        (full().read_only(), tools(&reads)),
        (full().with_limits(&no_texting), tools(&|spec| !spec.texts_people && !spec.prepares_texts)),
        (full().with_limits(&reply_only), tools(&|spec| !spec.adds_numbers)),
        (
            full().with_toolsets([Toolset::Calls].into_iter().collect()),
            tools(&|spec| spec.toolset == Toolset::Calls),
        ),
        (
            full().with_toolsets(Toolsets::parse("messaging,calls").expect("toolsets")).read_only(),
            tools(&|spec| reads(spec) && spoken(spec)),
        ),
        (View::new(ClientMode::ChatGpt, Scopes::ALL).read_only(), tools(&|spec| reads(spec) && spec.chatgpt)),
        (full().with_toolsets(Toolsets::parse("").expect("toolsets")), vec![]),
    ] {
        let listed = names(&world, &view);
        assert_eq!(listed, expected, "{view:?}");
        for spec in world.catalog.specs() {
            let outcome = world.catalog.call(&view, spec.name, Map::new(), &world.cx(ALPHA)).await;
            let hidden = matches!(outcome, CallOutcome::UnknownTool | CallOutcome::NotAllowed { .. });
            assert_eq!(hidden, !listed.iter().any(|name| name == spec.name), "{} in {view:?}", spec.name);
        }
    }
    assert_eq!(world.posts(), 0);
}

#[tokio::test]
async fn a_missing_scope_is_asked_for_and_nothing_is_done() {
    let world = World::start().await;
    let view = View::new(ClientMode::Full, Scopes::from(Scope::Read));
    let reads = world.catalog.specs().filter(|spec| spec.annotations.read_only && !spec.prepares_texts);
    let reads = reads.map(|spec| spec.name);
    assert_eq!(names(&world, &view), reads.collect::<Vec<_>>());
    let arguments = crate::send::arguments("+14155550101", "hello");
    let outcome = world.catalog.call(&view, "send-message", arguments, &world.cx(ALPHA)).await;
    assert!(matches!(outcome, CallOutcome::InsufficientScope { required: Scope::Write }), "{outcome:?}");
    assert_eq!(world.posts(), 0);

    // ChatGPT asks for the scope by what the list declares, so its list holds the tool.
    let view = View::new(ClientMode::ChatGpt, Scopes::from(Scope::Read));
    assert_eq!(names(&world, &view), ["send-message", "fetch-messages", "fetch-call-transcripts"]);
    let list = world.catalog.list(&view);
    let declared = serde_json::to_value(&list.tools()[0]).expect("JSON");
    assert_eq!(declared["_meta"]["securitySchemes"][0]["scopes"][0], "openphone:write");
}

/// Without prepare-message a client that cannot ask could send nothing.
#[tokio::test]
async fn a_preview_is_offered_wherever_it_may_be_needed() {
    let world = World::start().await;
    let listed = |scope: Scope, limits: &str| {
        let limits: Limits = serde_json::from_str(limits).expect("limits");
        names(&world, &View::new(ClientMode::ChatGpt, Scopes::from(scope)).with_limits(&limits))
    };
    for limits in [r#"{"confirmMany":true}"#, r#"{"confirmAlways":true}"#] {
        assert_eq!(
            listed(Scope::Write, limits),
            ["send-message", "prepare-message", "fetch-messages", "fetch-call-transcripts"],
            "{limits}"
        );
        assert_eq!(
            listed(Scope::Read, limits),
            ["send-message", "fetch-messages", "fetch-call-transcripts"],
            "{limits}"
        );
    }
    for limits in
        ["{}", r#"{"confirmMany":true,"noTexting":true}"#, r#"{"confirmAlways":true,"readOnly":true}"#]
    {
        assert!(!listed(Scope::Write, limits).contains(&"prepare-message".to_owned()), "{limits}");
    }
}

#[tokio::test]
async fn aliases_are_callable_and_not_listed() {
    let world = World::start().await;
    let view = View::new(ClientMode::Full, Scopes::ALL);
    assert!(!names(&world, &view).contains(&"send-bulk-messages".to_owned()));
    let arguments = serde_json::json!({ "from": "Front desk", "to": ["+14155550142"], "content": "hello" });
    world.call("send-bulk-messages", arguments).await.ok();
    assert_eq!(world.sent().len(), 1);
}

#[tokio::test]
async fn unknown_tools_are_unknown_in_every_view() {
    let world = World::start().await;
    for name in ["search", "fetch", "SEND-MESSAGE", "", "send_message"] {
        let view = View::new(ClientMode::Full, Scopes::ALL);
        let outcome = world.catalog.call(&view, name, Map::new(), &world.cx(ALPHA)).await;
        assert!(matches!(outcome, CallOutcome::UnknownTool), "{name}");
    }
}

/// P16: the predecessor crashed without request properties and hid tools by user agent alone.
#[tokio::test]
async fn p16_a_client_that_says_nothing_gets_the_full_catalogue() {
    let world = World::start().await;
    let mode = mcp_tools::client_mode(&mcp_tools::ClientFacts::default());
    assert_eq!(names(&world, &View::new(mode, Scopes::ALL)).len(), world.catalog.specs().count());
}

#[tokio::test]
async fn limits_of_the_view_hold_in_the_call() {
    let world = World::start().await;
    let limits: Limits = serde_json::from_str(r#"{"sendsPerDay":0}"#).expect("limits");
    let view = View::new(ClientMode::Full, Scopes::ALL).with_limits(&limits);
    let arguments = crate::send::arguments("+14155550101", "hello");
    let CallOutcome::Result(result) =
        world.catalog.call(&view, "send-message", arguments, &world.cx(ALPHA)).await
    else {
        panic!("a result")
    };
    assert!(result.is_error);
    assert_eq!(world.posts(), 0);
}

#[test]
fn limits_only_get_tighter_and_refuse_what_they_do_not_know() {
    let user: Limits =
        serde_json::from_str(r#"{"inboxes":["PNa","PNb"],"sendsPerHour":500}"#).expect("limits");
    let url: Limits = serde_json::from_str(r#"{"inboxes":["PNb","PNc"],"readOnly":true}"#).expect("limits");
    let both = Limits::standard().tightened(&user).tightened(&url);
    assert_eq!(
        both.inboxes.map(|inboxes| inboxes.iter().map(ToString::to_string).collect()),
        Some(vec!["PNb".to_owned()])
    );
    assert_eq!((both.sends_per_hour, both.read_only), (Some(60), true));
    assert!(serde_json::from_str::<Limits>(r#"{"onlyContacts":true}"#).is_err());
}

/// One inbox is one inbox: no argument names it, and none can lead elsewhere.
#[tokio::test]
async fn a_connection_that_reaches_one_inbox_has_no_argument_for_it() {
    let world = World::start().await;
    let limits: Limits = serde_json::from_str(r#"{"inboxes":["PNfrontdesk1"]}"#).expect("limits");
    let view = View::new(ClientMode::Full, Scopes::ALL);
    let bound = view.clone().with_limits(&limits);
    let (free, bound) = (world.catalog.list(&view), world.catalog.list(&bound));
    let mut hidden = 0;
    for (free, bound) in free.tools().iter().zip(bound.tools()) {
        let fields =
            |tool: &mcp_protocol::Tool| tool.input_schema["properties"].as_object().expect("fields").clone();
        for argument in ["inbox", "from"] {
            assert!(!fields(bound).contains_key(argument), "{}: {argument}", bound.name);
            hidden += usize::from(fields(free).contains_key(argument));
        }
        assert!(!bound.input_schema["required"].to_string().contains("\"inbox\""), "{}", bound.name);
    }
    assert!(hidden >= 4, "{hidden}");

    let two: Limits = serde_json::from_str(r#"{"inboxes":["PNfrontdesk1","PNother"]}"#).expect("limits");
    let list = world.catalog.list(&view.with_limits(&two));
    assert_eq!(
        list.tools()[0].input_schema,
        free.tools()[0].input_schema,
        "two inboxes have to be told apart"
    );
}

/// An operator may offer ChatGPT more than its own few, by the names of tools.
#[tokio::test]
async fn chatgpt_can_be_offered_more() {
    let world = World::start().await;
    let view = View::new(ClientMode::ChatGpt, Scopes::ALL);
    let few = names(&world, &view);
    let catalog = || mcp_tools::Catalog::new().expect("the catalogue builds");
    let wider = catalog().offer_chatgpt(&["create-contact".to_owned()]).expect("a tool");
    let list = wider.list(&view);
    let listed: Vec<&str> = list.tools().iter().map(|tool| &*tool.name).collect();
    assert_eq!(listed.len(), few.len() + 1);
    assert!(listed.contains(&"create-contact"));
    let error = catalog().offer_chatgpt(&["create-contacts".to_owned()]).expect_err("no such tool");
    assert_eq!(error.to_string(), "there is no tool `create-contacts`");
}
