//! Anything that rmcp's client can say.

use proptest::collection::{btree_map, hash_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use rmcp::model::{
    ArgumentInfo, CallToolRequest, CallToolRequestParams, CancelTaskParams, CancelTaskRequest,
    CancelledNotification, CancelledNotificationParam, ClientNotification, ClientRequest, CompleteRequest,
    CompleteRequestParams, CompletionContext, ContentBlock, CreateMessageResult, CustomNotification,
    CustomRequest, DiscoverRequest, DiscoverRequestParams, ElicitResult, ElicitationAction, GetPromptRequest,
    GetPromptRequestParams, GetSkillRequest, GetSkillRequestParams, GetTaskParams, GetTaskRequest,
    Implementation, InitializeRequest, InitializeRequestParams, InitializedNotification, ListPromptsRequest,
    ListResourceTemplatesRequest, ListResourcesRequest, ListRootsResult, ListSkillsRequest, ListToolsRequest,
    LoggingLevel, NumberOrString, PaginatedRequestParams, PingRequest, ProgressNotification,
    ProgressNotificationParam, ProgressToken, ProtocolVersion, ReadResourceDirectoryRequest,
    ReadResourceDirectoryRequestParams, ReadResourceRequest, ReadResourceRequestParams, Reference,
    RequestMetaObject, Role, Root, RootsListChangedNotification, SamplingMessage,
    SamplingMessageContentBlock, SetLevelRequest, SetLevelRequestParams, SubscribeRequest,
    SubscribeRequestParams, SubscriptionFilter, SubscriptionsListenRequest, SubscriptionsListenRequestParams,
    UnsubscribeRequest, UnsubscribeRequestParams, UpdateTaskParams, UpdateTaskRequest,
};
use serde_json::{Map, Value, json};

use super::super::samples::{json, name, object, text};

const LEVELS: [LoggingLevel; 8] = [
    LoggingLevel::Debug,
    LoggingLevel::Info,
    LoggingLevel::Notice,
    LoggingLevel::Warning,
    LoggingLevel::Error,
    LoggingLevel::Critical,
    LoggingLevel::Alert,
    LoggingLevel::Emergency,
];

pub(super) fn id() -> impl Strategy<Value = NumberOrString> {
    prop_oneof![
        any::<i64>().prop_map(NumberOrString::Number),
        text().prop_map(|text| NumberOrString::String(text.into()))
    ]
}

/// What a request of 2026-07-28 must say.
pub(super) fn envelope() -> RequestMetaObject {
    let capabilities = json!({
        "elicitation": { "form": {}, "url": {} }, "sampling": {}, "roots": {},
        "extensions": { "io.modelcontextprotocol/tasks": {} },
    });
    let capabilities = serde_json::from_value(capabilities).unwrap();
    let client = Implementation::new("c", "1");
    RequestMetaObject::with_client_context(ProtocolVersion::V_2026_07_28, client, capabilities)
}

/// What any request may say beside it.
pub(super) fn meta() -> impl Strategy<Value = RequestMetaObject> {
    let traces = (of(text()), of(text()), of(text()));
    (of(id()), of(select(LEVELS.to_vec())), traces).prop_map(|(token, level, (parent, state, baggage))| {
        let mut meta = RequestMetaObject::new();
        token.into_iter().for_each(|token| meta.set_progress_token(ProgressToken(token)));
        level.into_iter().for_each(|level| meta.set_log_level(level));
        parent.into_iter().for_each(|parent| meta.set_traceparent(parent));
        state.into_iter().for_each(|state| meta.set_tracestate(state));
        baggage.into_iter().for_each(|baggage| meta.set_baggage(baggage));
        meta
    })
}

fn page() -> impl Strategy<Value = Option<PaginatedRequestParams>> {
    of(of(text()).prop_map(|cursor| PaginatedRequestParams::default().with_cursor(cursor)))
}

/// Rounds of a call that never were, mostly none.
fn rounds() -> impl Strategy<Value = (Option<Map<String, Value>>, Option<String>)> {
    (of(object()), prop_oneof![4 => Just(None), 1 => text().prop_map(Some)])
}

pub(super) fn request() -> impl Strategy<Value = ClientRequest> {
    prop_oneof![opening(), listing(), calling(), following(), unknown()]
}

fn opening() -> impl Strategy<Value = ClientRequest> {
    let client = (text(), text(), of(text()), of(text())).prop_map(|(name, version, title, website)| {
        let client = Implementation::new(name, version);
        let client = title.into_iter().fold(client, Implementation::with_title);
        website.into_iter().fold(client, Implementation::with_website_url)
    });
    let versions = ProtocolVersion::KNOWN_VERSIONS.to_vec();
    let capabilities = json!({
        "experimental": { "x": {} }, "roots": { "listChanged": true }, "sampling": { "tools": {}, "context": {} },
        "elicitation": { "form": { "schemaValidation": true }, "url": {} }, "extensions": { "com.example/x": { "y": 1 } },
    });
    let initialize = (client, select(versions), any::<bool>()).prop_map(move |(client, version, able)| {
        let capabilities = if able { capabilities.clone() } else { json!({}) };
        let params = InitializeRequestParams::new(serde_json::from_value(capabilities).unwrap(), client);
        InitializeRequest::new(params.with_protocol_version(version)).into()
    });
    prop_oneof![
        initialize,
        Just(PingRequest::default().into()),
        Just(DiscoverRequest::new(DiscoverRequestParams {}).into()),
        select(LEVELS.to_vec())
            .prop_map(|level| SetLevelRequest::new(SetLevelRequestParams::new(level)).into()),
    ]
}

macro_rules! lists {
    ($request:ident) => {
        page().prop_map(|params| {
            let mut request = $request::default();
            request.params = params;
            request.into()
        })
    };
}

fn listing() -> impl Strategy<Value = ClientRequest> {
    let reference =
        prop_oneof![name().prop_map(Reference::for_prompt), text().prop_map(Reference::for_resource),];
    let known = of(hash_map(text(), text(), 0..3));
    let complete = (reference, text(), text(), known).prop_map(|(reference, argument, value, known)| {
        let params = CompleteRequestParams::new(reference, ArgumentInfo::new(argument, value));
        let known = known.map(CompletionContext::with_arguments);
        CompleteRequest::new(known.into_iter().fold(params, CompleteRequestParams::with_context)).into()
    });
    prop_oneof![
        lists!(ListToolsRequest),
        lists!(ListResourcesRequest),
        lists!(ListResourceTemplatesRequest),
        lists!(ListPromptsRequest),
        complete,
    ]
}

fn calling() -> impl Strategy<Value = ClientRequest> {
    let call = (text(), of(object()), rounds()).prop_map(|(name, arguments, (answers, state))| {
        let mut params = CallToolRequestParams::new(name);
        params.arguments = arguments;
        params.input_responses = answers.map(|answers| answers.into_iter().collect());
        params.request_state = state;
        CallToolRequest::new(params).into()
    });
    let strings = btree_map(text(), text().prop_map(Value::from), 0..3).prop_map(Map::from_iter);
    let arguments = of(prop_oneof![3 => strings, 1 => object()]);
    let get = (text(), arguments, rounds()).prop_map(|(name, arguments, (answers, state))| {
        let mut params = GetPromptRequestParams::new(name);
        params.arguments = arguments;
        params.input_responses = answers.map(|answers| answers.into_iter().collect());
        params.request_state = state;
        GetPromptRequest::new(params).into()
    });
    let read = (text(), rounds()).prop_map(|(uri, (answers, state))| {
        let mut params = ReadResourceRequestParams::new(uri);
        params.input_responses = answers.map(|answers| answers.into_iter().collect());
        params.request_state = state;
        ReadResourceRequest::new(params).into()
    });
    prop_oneof![
        call,
        get,
        read,
        text().prop_map(|id| GetTaskRequest::new(GetTaskParams::new(id)).into()),
        text().prop_map(|id| CancelTaskRequest::new(CancelTaskParams::new(id)).into()),
        (text(), object()).prop_map(|(id, answers)| {
            UpdateTaskRequest::new(UpdateTaskParams::new(id, answers.into_iter().collect())).into()
        }),
    ]
}

fn following() -> impl Strategy<Value = ClientRequest> {
    let wish = || of(any::<bool>());
    let listen =
        (wish(), wish(), wish(), of(vec(text(), 0..3))).prop_map(|(tools, prompts, resources, uris)| {
            let mut filter = SubscriptionFilter::new();
            filter.tools_list_changed = tools;
            filter.prompts_list_changed = prompts;
            filter.resources_list_changed = resources;
            filter.resource_subscriptions = uris;
            SubscriptionsListenRequest::new(SubscriptionsListenRequestParams::new(filter)).into()
        });
    prop_oneof![
        listen,
        text().prop_map(|uri| SubscribeRequest::new(SubscribeRequestParams::new(uri)).into()),
        text().prop_map(|uri| UnsubscribeRequest::new(UnsubscribeRequestParams::new(uri)).into()),
    ]
}

fn unknown() -> impl Strategy<Value = ClientRequest> {
    prop_oneof![
        lists!(ListSkillsRequest),
        text().prop_map(|uri| GetSkillRequest::new(GetSkillRequestParams::new(uri)).into()),
        text().prop_map(|uri| {
            ReadResourceDirectoryRequest::new(ReadResourceDirectoryRequestParams::new(uri)).into()
        }),
        ("x/[a-z]{0,8}", of(json()))
            .prop_map(|(method, params)| ClientRequest::CustomRequest(CustomRequest::new(method, params))),
    ]
}

pub(super) fn notification() -> impl Strategy<Value = ClientNotification> {
    let progress =
        (id(), any::<f64>(), of(any::<f64>()), of(text())).prop_map(|(token, done, total, message)| {
            let mut params = ProgressNotificationParam::new(ProgressToken(token), done);
            params.total = total;
            params.message = message;
            ProgressNotification::new(params).into()
        });
    prop_oneof![
        (of(id()), of(text())).prop_map(|(id, reason)| {
            CancelledNotification::new(CancelledNotificationParam::new(id, reason)).into()
        }),
        progress,
        Just(InitializedNotification::default().into()),
        Just(RootsListChangedNotification::default().into()),
        ("x/[a-z]{0,8}", of(json())).prop_map(|(method, params)| {
            ClientNotification::CustomNotification(CustomNotification::new(method, params))
        }),
    ]
}

/// An answer to one of our questions.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    /// The tool that asks.
    pub(super) tool: &'static str,
    /// What rmcp writes.
    pub(super) wire: Value,
    /// What the tool makes of it.
    pub(super) expected: Value,
}

pub(super) fn answer() -> impl Strategy<Value = Answered> {
    prop_oneof![elicited(), sampled(), rooted()]
}

fn elicited() -> impl Strategy<Value = Answered> {
    let filled = (of(text()), of(-1e300..1e300), of(any::<bool>())).prop_map(|(text, number, flag)| {
        let mut content = Map::new();
        text.into_iter().for_each(|text| drop(content.insert("text".to_owned(), json!(text))));
        number.into_iter().for_each(|number| drop(content.insert("number".to_owned(), json!(number))));
        flag.into_iter().for_each(|flag| drop(content.insert("flag".to_owned(), json!(flag))));
        content
    });
    let actions = vec![ElicitationAction::Accept, ElicitationAction::Decline, ElicitationAction::Cancel];
    (select(actions), of(filled), object()).prop_map(|(action, content, more)| {
        let mut result = ElicitResult::new(action.clone());
        let expected = match action {
            ElicitationAction::Accept => json!({ "accept": content.clone().unwrap_or_default() }),
            action => json!(action),
        };
        // What the form did not ask for is left out.
        result.content = content.map(|content| more.into_iter().chain(content).collect());
        Answered { tool: "ask-person", wire: serde_json::to_value(result).unwrap(), expected }
    })
}

fn sampled() -> impl Strategy<Value = Answered> {
    let block = prop_oneof![
        text().prop_map(SamplingMessageContentBlock::text),
        (text(), text()).prop_map(|(data, mime_type)| {
            SamplingMessageContentBlock::try_from(ContentBlock::image(data, mime_type)).unwrap()
        }),
        (text(), text()).prop_map(|(data, mime_type)| {
            SamplingMessageContentBlock::try_from(ContentBlock::audio(data, mime_type)).unwrap()
        }),
        (text(), text(), object())
            .prop_map(|(id, name, input)| { SamplingMessageContentBlock::tool_use(id, name, input) }),
        (text(), text()).prop_map(|(id, said)| {
            SamplingMessageContentBlock::tool_result(id, vec![ContentBlock::text(said)])
        }),
    ];
    (text(), of(text()), vec(block, 0..4)).prop_map(|(model, stop_reason, blocks)| {
        let content = serde_json::to_value(&blocks).unwrap();
        // rmcp writes one block as it is and several as a list.
        let message = match <[_; 1]>::try_from(blocks) {
            Ok([only]) => SamplingMessage::new(Role::Assistant, only),
            Err(several) => SamplingMessage::new_multiple(Role::Assistant, several),
        };
        let expected = json!({ "model": model, "stopReason": stop_reason, "content": content });
        let result = CreateMessageResult::new(message, model);
        let result = stop_reason.into_iter().fold(result, CreateMessageResult::with_stop_reason);
        Answered { tool: "ask-model", wire: serde_json::to_value(result).unwrap(), expected }
    })
}

fn rooted() -> impl Strategy<Value = Answered> {
    vec((text(), of(text())), 0..4).prop_map(|roots| {
        let roots: Vec<Root> = roots
            .into_iter()
            .map(|(uri, name)| name.into_iter().fold(Root::new(uri), Root::with_name))
            .collect();
        let expected = serde_json::to_value(&roots).unwrap();
        let wire = serde_json::to_value(ListRootsResult::new(roots)).unwrap();
        Answered { tool: "ask-roots", wire, expected }
    })
}
