//! rmcp's types read what we write: any message of any kind, in every revision. What rmcp writes of it again contains all
//! that we wrote, members aside that it does not know.

use mcp_protocol::{
    Capabilities, CompleteResult, InputRequest, InputRequired, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, ProtocolVersion, ReadResourceResult,
    Task, TaskStatus,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use rmcp::model::{JsonRpcMessage, ServerJsonRpcMessage};
use serde_json::{Value, json};

use super::samples;

mod parrot;

use parrot::{Change, Parrot, Said, converse};

/// Members that we write and rmcp does not know, by their paths.
const UNKNOWN: &[&str] = &[
    // The tasks extension lets a subscription follow tasks; rmcp's filter has no room for it.
    "params.notifications.taskIds",
];

/// Whether everything of `ours` is in `theirs`; otherwise where it is not.
fn contained(ours: &Value, theirs: &Value, path: &str) -> Result<(), String> {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => ours.iter().try_for_each(|(name, value)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match theirs.get(name) {
                Some(theirs) => contained(value, theirs, &path),
                None if UNKNOWN.contains(&path.as_str()) => Ok(()),
                None => Err(format!("{path} is lost: {value}")),
            }
        }),
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let mut pairs = ours.iter().zip(theirs).enumerate();
            pairs.try_for_each(|(index, (ours, theirs))| contained(ours, theirs, &format!("{path}[{index}]")))
        }
        // 50 and 50.0 are the same number.
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => Ok(()),
        _ if ours == theirs => Ok(()),
        _ => Err(format!("{path} differs: {ours} became {theirs}")),
    }
}

/// rmcp's name of what it takes a message for.
fn kind(message: &ServerJsonRpcMessage) -> String {
    let debug = match message {
        JsonRpcMessage::Request(request) => format!("{:?}", request.request),
        JsonRpcMessage::Notification(notification) => format!("{:?}", notification.notification),
        JsonRpcMessage::Response(response) => format!("{:?}", response.result),
        JsonRpcMessage::Error(_) => "Error(".to_owned(),
    };
    debug.split('(').next().unwrap().to_owned()
}

/// Has rmcp read a message; gives what it takes it for.
fn read(ours: &Value) -> Result<String, TestCaseError> {
    let message: ServerJsonRpcMessage = serde_json::from_str(&ours.to_string())
        .map_err(|error| TestCaseError::fail(format!("{error}: {ours}")))?;
    let theirs = serde_json::to_value(&message).unwrap();
    contained(ours, &theirs, "")
        .map_err(|problem| TestCaseError::fail(format!("{problem}\n{ours}\n{theirs}")))?;
    Ok(kind(&message))
}

/// The answer of `method`, in every revision: rmcp must take it for `expected`, and what comes before it for what it is.
fn answers(said: Said, method: &str, params: &Value, expected: &str) -> Result<(), TestCaseError> {
    let parrot = Parrot::new(said);
    for version in ProtocolVersion::ALL {
        let messages = converse(&parrot, version, method, params, 0);
        let (answer, before) = messages.split_last().unwrap();
        prop_assert_eq!(read(answer)?, expected, "{} {}", version, answer);
        for message in before {
            let kind = read(message)?;
            prop_assert!(!kind.starts_with("Custom"), "{} {}", kind, message);
        }
    }
    Ok(())
}

fn call() -> Value {
    json!({ "name": "any" })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn openings(info in samples::info(), offers in any::<[bool; 8]>(), settings in samples::json()) {
        let mut parrot = Parrot::new(Said::Nothing);
        (parrot.info, parrot.capabilities) = (info, capabilities(offers, &settings));
        for version in ProtocolVersion::ALL {
            let (method, params, expected) = if version.is_modern() {
                ("server/discover", json!({}), "DiscoverResult")
            } else {
                let client = json!({ "name": "c", "version": "1" });
                let params = json!({ "protocolVersion": version.as_str(), "capabilities": {}, "clientInfo": client });
                ("initialize", params, "InitializeResult")
            };
            let messages = converse(&parrot, version, method, &params, 0);
            prop_assert_eq!(read(&messages[0])?, expected);
        }
    }

    #[test]
    fn tools(
        all in vec(samples::tool(), 0..4),
        cursor in of(samples::text()),
        cache in samples::cache(),
        meta in of(samples::object()),
    ) {
        let mut page = ListToolsResult::new(all).with_cache(cache);
        page.meta = meta;
        let page = cursor.into_iter().fold(page, ListToolsResult::with_next_cursor);
        answers(Said::Tools(page), "tools/list", &json!({}), "ListToolsResult")?;
    }

    #[test]
    fn tool_results(result in samples::called()) {
        answers(Said::Called(Box::new(result)), "tools/call", &call(), "CallToolResult")?;
    }

    #[test]
    fn resources(all in vec(samples::resource(), 0..4), cursor in of(samples::text()), cache in samples::cache()) {
        let page = ListResourcesResult::new(all).with_cache(cache);
        let page = cursor.into_iter().fold(page, ListResourcesResult::with_next_cursor);
        answers(Said::Resources(page), "resources/list", &json!({}), "ListResourcesResult")?;
    }

    #[test]
    fn resource_templates(all in vec(samples::template(), 0..4), cursor in of(samples::text())) {
        let page = ListResourceTemplatesResult::new(all);
        let page = cursor.into_iter().fold(page, ListResourceTemplatesResult::with_next_cursor);
        answers(Said::Templates(page), "resources/templates/list", &json!({}), "ListResourceTemplatesResult")?;
    }

    #[test]
    fn resource_contents(all in vec(samples::contents(), 1..4), cache in samples::cache(), meta in of(samples::object())) {
        let mut result = ReadResourceResult::new(all).with_cache(cache);
        result.meta = meta;
        answers(Said::Contents(result), "resources/read", &json!({ "uri": "any" }), "ReadResourceResult")?;
    }

    #[test]
    fn prompts(all in vec(samples::prompt(), 0..4), cursor in of(samples::text()), cache in samples::cache()) {
        let page = ListPromptsResult::new(all).with_cache(cache);
        let page = cursor.into_iter().fold(page, ListPromptsResult::with_next_cursor);
        answers(Said::Prompts(page), "prompts/list", &json!({}), "ListPromptsResult")?;
    }

    #[test]
    fn prompt_messages(result in samples::prompted()) {
        answers(Said::Prompted(result), "prompts/get", &call(), "GetPromptResult")?;
    }

    #[test]
    fn completions(values in vec(samples::text(), 0..120)) {
        let reference = json!({ "ref": { "type": "ref/prompt", "name": "any" }, "argument": { "name": "a", "value": "" } });
        answers(Said::Completed(CompleteResult::new(values)), "completion/complete", &reference, "CompleteResult")?;
    }

    #[test]
    fn errors(error in samples::error()) {
        answers(Said::Fails(error), "tools/call", &call(), "Error")?;
    }

    /// On a legacy revision the questions are requests, which nobody answers here, so that they are given up and the call
    /// fails; on 2026-07-28 they are the result.
    #[test]
    fn questions(
        requests in btree_map(samples::name(), samples::question(), 0..4),
        state in of(samples::json()),
    ) {
        let mut required = InputRequired::new();
        required.state = state;
        for (key, request) in requests {
            required = required.with_request(key, request);
        }
        prop_assume!(!required.requests.is_empty() || required.state.is_some());
        let parrot = Parrot::new(Said::Asks(required.clone()));
        for version in ProtocolVersion::ALL {
            let possible = required.requests.values().all(|request| possible(request, version));
            let messages = converse(&parrot, version, "tools/call", &call(), 0);
            let mut kinds = Vec::new();
            for message in &messages {
                kinds.push(read(message)?);
            }
            let expected: Vec<&str> = match (possible, version.is_modern()) {
                (false, _) => vec!["Error"],
                (true, true) => vec!["InputRequiredResult"],
                (true, false) => {
                    let asked = required.requests.values().map(rmcp_kind);
                    let given_up = required.requests.values().map(|_| "CancelledNotification");
                    asked.chain(given_up).chain(["Error"]).collect()
                }
            };
            prop_assert_eq!(kinds, expected, "{} {:?}", version, messages);
        }
    }

    #[test]
    fn progress_and_logs(
        steps in vec((0.0..1e6, of(0.0..1e6), of(samples::text())), 0..5),
        logs in vec((0_usize..8, of(samples::text()), samples::json()), 0..5),
        token in prop_oneof![any::<i64>().prop_map(Value::from), samples::text().prop_map(Value::from)],
    ) {
        let parrot = Parrot::new(Said::Works(steps.clone(), logs.clone()));
        for version in ProtocolVersion::ALL {
            let mut params = call();
            params["_meta"] = json!({ "progressToken": token, "io.modelcontextprotocol/logLevel": "debug" });
            let messages = converse(&parrot, version, "tools/call", &params, 0);
            let mut kinds = Vec::new();
            for message in &messages {
                kinds.push(read(message)?);
            }
            let count = |kind: &str| kinds.iter().filter(|other| *other == kind).count();
            let mut most = f64::NEG_INFINITY;
            let rising = steps.iter().filter(|(step, ..)| *step > most && { most = *step; true }).count();
            // A legacy client that set no level gets what is at least `info`.
            let wanted = logs.iter().filter(|(level, ..)| version.is_modern() || *level > 0).count();
            prop_assert_eq!(count("ProgressNotification"), rising, "{} {:?}", version, messages);
            prop_assert_eq!(count("LoggingMessageNotification"), wanted, "{} {:?}", version, messages);
            prop_assert_eq!(kinds.len(), rising + wanted + 1);
        }
    }

    #[test]
    fn changes(changes in vec(change(), 1..6)) {
        let parrot = Parrot::new(Said::Changes(changes.clone()));
        for version in ProtocolVersion::ALL {
            let seen: Vec<&str> = changes.iter().filter_map(|change| seen(change, version)).collect();
            // The answer of the call that makes the changes may come between them.
            let messages = converse(&parrot, version, "tools/call", &call(), seen.len());
            let mut kinds = Vec::new();
            for message in &messages {
                kinds.push(read(message)?);
            }
            kinds.retain(|kind| kind != "CallToolResult");
            let mut expected = seen;
            if version.is_modern() {
                expected.insert(0, "SubscriptionsAcknowledgedNotification");
                expected.push("SubscriptionsListenResult");
            }
            prop_assert_eq!(kinds, expected, "{} {:?}", version, messages);
        }
    }

    #[test]
    fn tasks(task in task()) {
        let parrot = Parrot::new(Said::Task(Box::new(task)));
        let modern = ProtocolVersion::LATEST;
        for (method, params, expected) in [
            ("tools/call", call(), "CreateTaskResult"),
            ("tasks/get", json!({ "taskId": "any" }), "GetTaskResult"),
            ("tasks/update", json!({ "taskId": "any", "inputResponses": {} }), "TaskAckResult"),
            ("tasks/cancel", json!({ "taskId": "any" }), "TaskAckResult"),
        ] {
            let messages = converse(&parrot, modern, method, &params, 0);
            prop_assert_eq!(read(&messages[0])?, expected, "{}", messages[0]);
        }
    }
}

fn capabilities(offers: [bool; 8], settings: &Value) -> Capabilities {
    let [tools, changing, subscriptions, prompts, completions, logging, tasks, extension] = offers;
    let mut capabilities = Capabilities::new();
    capabilities.tools = tools;
    capabilities.resources = subscriptions;
    capabilities.prompts = prompts;
    capabilities.list_changed.tools = changing;
    capabilities.list_changed.resources = changing;
    capabilities.list_changed.prompts = changing;
    capabilities.resource_subscriptions = subscriptions;
    capabilities.completions = completions;
    capabilities.logging = logging;
    if tasks {
        capabilities = capabilities.with_tasks();
    }
    if extension {
        // Settings are an object, which is what both sides say.
        capabilities = capabilities.with_extension("com.example/any", json!({ "any": settings }));
    }
    capabilities
}

/// Whether the parrot's client, which can everything that its revision has, can be asked this.
fn possible(request: &InputRequest, version: ProtocolVersion) -> bool {
    match request {
        InputRequest::ElicitForm(_) => version.has_elicitation(),
        InputRequest::ElicitUrl(_) => version.has_url_elicitation(),
        // The model's tools are of the same revision as pages.
        InputRequest::Sample(message) => {
            let uses_tools = !message.tools.is_empty() || message.tool_choice.is_some();
            !uses_tools || version.has_url_elicitation()
        }
        _ => true,
    }
}

fn rmcp_kind(request: &InputRequest) -> &'static str {
    match request {
        InputRequest::Sample(_) => "CreateMessageRequest",
        InputRequest::ListRoots => "ListRootsRequest",
        _ => "ElicitRequest",
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Tools),
        Just(Change::Resources),
        Just(Change::Prompts),
        Just(Change::Resource),
        samples::text().prop_map(Change::Visited),
        task().prop_map(|task| Change::Task(Box::new(task))),
    ]
}

/// What rmcp takes the notification of a change for, where there is one.
fn seen(change: &Change, version: ProtocolVersion) -> Option<&'static str> {
    match change {
        Change::Tools => Some("ToolListChangedNotification"),
        Change::Resources => Some("ResourceListChangedNotification"),
        Change::Prompts => Some("PromptListChangedNotification"),
        Change::Resource => Some("ResourceUpdatedNotification"),
        // 2025-11-25 alone, and unknown to rmcp.
        Change::Visited(_) => (version == ProtocolVersion::V2025_11_25).then_some("CustomNotification"),
        Change::Task(_) => version.is_modern().then_some("TaskStatusNotification"),
    }
}

fn task() -> impl Strategy<Value = Task> {
    let status = prop_oneof![
        Just(TaskStatus::Working),
        Just(TaskStatus::Cancelled),
        btree_map(samples::name(), samples::question(), 1..3).prop_map(TaskStatus::InputRequired),
        samples::called().prop_map(|result| TaskStatus::Completed(Box::new(result))),
        samples::error().prop_map(|error| TaskStatus::Failed(Box::new(error))),
    ];
    let times = (of(any::<u32>()), of(any::<u32>()));
    (status, samples::text(), of(samples::text()), times).prop_map(|(status, at, message, (ttl, poll))| {
        let milliseconds = |ms: u32| std::time::Duration::from_millis(ms.into());
        let mut task = Task::new("any", at.clone()).with_status(status, at);
        task.status_message = message;
        task.ttl = ttl.map(milliseconds);
        task.poll_interval = poll.map(milliseconds);
        task
    })
}
