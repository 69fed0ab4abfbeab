//! Answers against the vendor's schemas, when the OpenAPI documents are beside the checkout.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use openphone_sandbox::{CallOutcome, Calling, IncomingCall, IncomingMessage, Operation, Sandbox};
use serde_json::{Value, json};

use crate::support::{ALPHA, answer, fill, ids, sandbox, webhooks};

/// One successful request per operation; more where the answers differ in shape. Those that only a key with
/// conditions can make are in `WITH_CONDITIONS`.
const REQUESTS: &[(Operation, &str)] = &[
    (
        Operation::SendMessageV1,
        r#"POST /v1/messages {"content":"Hi","from":"{inbox}","to":["+14155550188"]}"#,
    ),
    (
        Operation::ListMessagesV1,
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&maxResults=50",
    ),
    (Operation::GetMessageV1, "GET /v1/messages/{message}"),
    (Operation::ListCallsV1, "GET /v1/calls?phoneNumberId={inbox}&participants=%2B14155550101&maxResults=50"),
    (Operation::GetCallV1, "GET /v1/calls/{answered}"),
    (Operation::GetCallV1, "GET /v1/calls/{missed}"),
    (Operation::GetCallV1, "GET /v1/calls/{ai}"),
    (Operation::GetCallRecordingsV1, "GET /v1/call-recordings/{answered}"),
    (Operation::GetCallSummaryV1, "GET /v1/call-summaries/{answered}"),
    (Operation::GetCallSummaryV1, "GET /v1/call-summaries/{ai}"),
    (Operation::GetCallSummaryV1, "GET /v1/call-summaries/{missed}"),
    (Operation::GetCallTranscriptV1, "GET /v1/call-transcripts/{answered}"),
    (Operation::GetCallTranscriptV1, "GET /v1/call-transcripts/{ai}"),
    (Operation::GetCallTranscriptV1, "GET /v1/call-transcripts/{missed}"),
    (Operation::GetCallVoicemailV1, "GET /v1/call-voicemails/{voicemail}"),
    (Operation::GetCallV1, "GET /v1/calls/{forwarded}"),
    (Operation::GetCallV1, "GET /v1/calls/{anonymous}"),
    (Operation::GetCallV1, "GET /v1/calls/{lost}"),
    (Operation::GetMessageV1, "GET /v1/messages/{picture}"),
    (Operation::GetMessageV1, "GET /v1/messages/{code}"),
    (Operation::GetCallV1, "GET /v1/calls/{ringing}"),
    (Operation::GetCallV1, "GET /v1/calls/{now}"),
    (Operation::GetCallRecordingsV1, "GET /v1/call-recordings/{now}"),
    (Operation::GetCallSummaryV1, "GET /v1/call-summaries/{now}"),
    (Operation::GetCallTranscriptV1, "GET /v1/call-transcripts/{now}"),
    (Operation::GetCallVoicemailV1, "GET /v1/call-voicemails/{leaving}"),
    (Operation::ListContactsV1, "GET /v1/contacts?maxResults=50"),
    (
        Operation::CreateContactV1,
        r#"POST /v1/contacts {"defaultFields":{"firstName":"Pia"},"customFields":[{"key":"care-plan","value":true}]}"#,
    ),
    (Operation::GetContactV1, "GET /v1/contacts/{contact}"),
    (Operation::UpdateContactV1, r#"PATCH /v1/contacts/{contact} {"defaultFields":{"role":"Owner"}}"#),
    (Operation::DeleteContactV1, "DELETE /v1/contacts/{contact2}"),
    (Operation::ListContactCustomFieldsV1, "GET /v1/contact-custom-fields"),
    (Operation::ListConversationsV1, "GET /v1/conversations?maxResults=50"),
    (Operation::MarkConversationReadV1, "POST /v1/conversations/{conversation}/mark-as-read"),
    (Operation::MarkConversationDoneV1, "POST /v1/conversations/{conversation}/mark-as-done"),
    (Operation::MarkConversationOpenV1, "POST /v1/conversations/{conversation}/mark-as-open"),
    (Operation::ListPhoneNumbersV1, "GET /v1/phone-numbers"),
    (Operation::GetPhoneNumberV1, "GET /v1/phone-numbers/{inbox}"),
    (Operation::ListUsersV1, "GET /v1/users?maxResults=50"),
    (Operation::GetUserV1, "GET /v1/users/{owner}"),
    (Operation::ListTasksV1, "GET /v1/tasks?maxResults=3"),
    (Operation::ListTasksV1, "GET /v1/tasks?maxResults=100"),
    (
        Operation::CreateTaskV1,
        r#"POST /v1/tasks {"title":"x","description":"y","conversationId":"{conversation}"}"#,
    ),
    (Operation::CreateTaskV1, r#"POST /v1/tasks {"title":"x","description":"y","phoneNumberId":"{inbox}"}"#),
    (Operation::CreateTaskV1, r#"POST /v1/tasks {"title":"x","description":"y","activityId":"{message}"}"#),
    (Operation::GetTaskV1, "GET /v1/tasks/{task}"),
    (Operation::UpdateTaskV1, r#"PUT /v1/tasks/{task} {"title":"x","description":"y"}"#),
    (Operation::CompleteTaskV1, "POST /v1/tasks/{task}/complete"),
    (Operation::ReopenTaskV1, "POST /v1/tasks/{task}/reopen"),
    (Operation::AssignTaskV1, r#"POST /v1/tasks/{task}/assign {"userId":"{owner}"}"#),
    (Operation::UnassignTaskV1, r#"POST /v1/tasks/{task}/unassign {"userId":"{owner}"}"#),
    (
        Operation::ChangeTaskDueDateV1,
        r#"POST /v1/tasks/{task}/change-due-date {"dueDate":"2026-12-01T00:00:00Z"}"#,
    ),
    (Operation::RemoveTaskDueDateV1, "POST /v1/tasks/{task}/remove-due-date"),
    (Operation::LinkTaskV1, r#"POST /v1/tasks/{task}/link-conversation {"conversationId":"{conversation}"}"#),
    (
        Operation::UnlinkTaskV1,
        r#"POST /v1/tasks/{task}/unlink-conversation {"conversationId":"{conversation}"}"#,
    ),
    (Operation::GetTaskV1, "GET /v1/tasks/{task}"),
    (Operation::DeleteTaskV1, "DELETE /v1/tasks/{task}"),
    (
        Operation::CreateMessageWebhookV1,
        r#"POST /v1/webhooks/messages {"url":"https://example.com/","events":["message.received"],"resourceIds":["{inbox}"]}"#,
    ),
    (
        Operation::CreateCallWebhookV1,
        r#"POST /v1/webhooks/calls {"url":"https://example.com/","events":["call.completed"]}"#,
    ),
    (
        Operation::CreateCallSummaryWebhookV1,
        r#"POST /v1/webhooks/call-summaries {"url":"https://example.com/","events":["call.summary.completed"]}"#,
    ),
    (
        Operation::CreateCallTranscriptWebhookV1,
        r#"POST /v1/webhooks/call-transcripts {"url":"https://example.com/","events":["call.transcript.completed"],"label":"x"}"#,
    ),
    (Operation::ListWebhooksV1, "GET /v1/webhooks"),
    (Operation::GetWebhookV1, "GET /v1/webhooks/{webhook1}"),
    (Operation::DeleteWebhookV1, "DELETE /v1/webhooks/{webhook1}"),
    (Operation::ListMessages, "GET /messages?limit=50"),
    (Operation::SendMessage, r#"POST /messages {"content":"Hi","from":"{inbox}","to":["+14155550188"]}"#),
    (Operation::GetMessage, "GET /messages/{message}"),
    (Operation::ListCalls, "GET /calls?limit=50&include=summary,voicemail"),
    (Operation::GetCall, "GET /calls/{ai}?include=summary"),
    (Operation::GetCallRecordings, "GET /calls/{answered}/recordings"),
    (Operation::GetCallTranscripts, "GET /calls/{answered}/transcripts"),
    (Operation::GetCallTranscripts, "GET /calls/{ai}/transcripts"),
    (Operation::GetMessage, "GET /messages/{picture}"),
    (Operation::GetMessage, "GET /messages/{code}"),
    (Operation::GetCall, "GET /calls/{forwarded}"),
    (Operation::GetCall, "GET /calls/{anonymous}?include=voicemail"),
    (Operation::GetCall, "GET /calls/{ringing}?include=summary,voicemail"),
    (Operation::GetCall, "GET /calls/{leaving}?include=summary,voicemail"),
    (Operation::GetCallRecordings, "GET /calls/{now}/recordings"),
    (Operation::GetCallTranscripts, "GET /calls/{now}/transcripts"),
    (Operation::ListConversations, "GET /conversations?limit=50"),
    (Operation::MarkConversationRead, "POST /conversations/{conversation}/mark-as-read"),
    (Operation::MarkConversationDone, "POST /conversations/{conversation}/mark-as-done"),
    (Operation::MarkConversationOpen, "POST /conversations/{conversation}/mark-as-open"),
    (Operation::ListPhoneNumbers, "GET /phone-numbers?include=restrictions"),
    (Operation::GetPhoneNumber, "GET /phone-numbers/{inbox}?include=restrictions,businessHours"),
    (Operation::GetPhoneNumber, "GET /phone-numbers/{inbox2}?include=businessHours"),
    (Operation::ListPhoneNumberUsers, "GET /phone-numbers/{inbox}/users"),
    (Operation::ListUserPhoneNumbers, "GET /users/{owner}/phone-numbers?include=restrictions"),
    (Operation::SearchAvailablePhoneNumbers, "GET /phone-numbers/available?inRegion=CA"),
    (Operation::ListUsers, "GET /users"),
    (Operation::GetUser, "GET /users/{owner}"),
    (Operation::GetOrganization, "GET /organization"),
    (Operation::GetA2pRegistration, "GET /a2p-registration"),
    (Operation::ListContacts, "GET /contacts?limit=50"),
    (Operation::CreateContact, r#"POST /contacts {"firstName":"Pia","lastName":null}"#),
    (Operation::GetContact, "GET /contacts/{contact}"),
    (Operation::UpdateContact, r#"PATCH /contacts/{contact} {"company":"Castillo Tiles"}"#),
    (Operation::ListContactShares, "GET /contacts/{contact}/shares"),
    (Operation::ListContactNotes, "GET /contacts/{contact}/notes"),
    (Operation::CreateContactNote, r#"POST /contacts/{contact}/notes {"text":"x"}"#),
    (Operation::GetContactNote, "GET /contacts/{contact}/notes/{note}"),
    (Operation::UpdateContactNote, r#"PATCH /contacts/{contact}/notes/{note} {"text":"y"}"#),
    (Operation::DeleteContactNote, "DELETE /contacts/{contact}/notes/{note}"),
    (Operation::ListContactProperties, "GET /contacts/{contact}/properties"),
    (
        Operation::CreateContactProperty,
        r#"POST /contacts/{contact}/properties {"type":"multi-select","value":["a"]}"#,
    ),
    (Operation::GetContactV1, "GET /v1/contacts/{contact}"),
    (Operation::GetContactProperty, "GET /contacts/{contact}/properties/{property}"),
    (Operation::UpdateContactProperty, r#"PATCH /contacts/{contact}/properties/{property} {"name":null}"#),
    (Operation::DeleteContactProperty, "DELETE /contacts/{contact}/properties/{property}"),
    (Operation::DeleteContact, "DELETE /contacts/{contact}"),
    (Operation::ListTasks, "GET /tasks"),
    (
        Operation::CreateTask,
        r#"POST /tasks {"title":"x","description":"y","conversationId":"{conversation}"}"#,
    ),
    (Operation::GetTask, "GET /tasks/{task}"),
    (Operation::SetTaskStatus, r#"PATCH /tasks/{task}/status {"status":"open"}"#),
    (Operation::UpdateTask, r#"PATCH /tasks/{task} {"title":"x","description":"y"}"#),
    (Operation::LinkTask, r#"POST /tasks/{task}/conversations {"conversationId":"{conversation}"}"#),
    (Operation::UnlinkTask, r#"DELETE /tasks/{task}/conversations {"conversationId":"{conversation}"}"#),
    (Operation::AssignTask, r#"POST /tasks/{task}/users {"userId":"{tech}"}"#),
    (Operation::UnassignTask, r#"DELETE /tasks/{task}/users {"userId":"{tech}"}"#),
    (Operation::SetTaskDueDate, r#"PATCH /tasks/{task}/due-date {"dueDate":"2026-12-01T00:00:00Z"}"#),
    (Operation::RemoveTaskDueDate, "DELETE /tasks/{task}/due-date"),
    (Operation::DeleteTask, "DELETE /tasks/{task}"),
    (
        Operation::CreateWebhook,
        r#"POST /webhooks {"url":"https://example.com/","events":["call.missed"],"resourceIds":["{inbox}"]}"#,
    ),
    (Operation::ListWebhooks, "GET /webhooks"),
    (Operation::GetWebhook, "GET /webhooks/{webhook}"),
    (Operation::UpdateWebhook, r#"PATCH /webhooks/{webhook} {"label":null}"#),
    (Operation::RotateWebhookKey, "POST /webhooks/{webhook}/rotate"),
    (Operation::TestWebhook, r#"POST /webhooks/{webhook}/events/test {"eventType":"message.received"}"#),
    (Operation::ListWebhookEvents, "GET /webhooks/{webhook}/events?limit=50"),
    (Operation::GetWebhookEvent, "GET /webhooks/{webhook}/events/{delivery}"),
    (Operation::RetryWebhookEvent, "POST /webhooks/{webhook}/events/{delivery}/retry"),
    (Operation::DeleteWebhook, "DELETE /webhooks/{webhook}"),
];

/// Requests made with a condition after the key.
const WITH_CONDITIONS: &[(Operation, &str, &str)] = &[
    (
        Operation::CreateA2pRegistration,
        ".a2p-missing",
        r#"POST /a2p-registration {"businessInfo":{"legalName":"x"},"messaging":{"useCase":"y"}}"#,
    ),
    (Operation::UpdateA2pRegistration, ".a2p-missing", "PATCH /a2p-registration {}"),
    (
        Operation::SubmitA2pRegistration,
        ".a2p-missing.no-credits",
        r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":true}"#,
    ),
    (
        Operation::SubmitA2pRegistration,
        ".a2p-missing",
        r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":true}"#,
    ),
    (Operation::GetA2pRegistration, ".a2p-rejected", "GET /a2p-registration"),
    (Operation::GetOrganization, ".expired", "GET /organization"),
    (
        Operation::ListMessagesV1,
        ".expired",
        "GET /v1/messages?phoneNumberId={inbox}&participants=%2B14155550101&maxResults=1",
    ),
    (Operation::GetCallSummaryV1, ".no-transcripts", "GET /v1/call-summaries/{answered}"),
    (Operation::GetCallTranscriptV1, ".no-transcripts", "GET /v1/call-transcripts/{answered}"),
    (Operation::GetCall, ".no-transcripts", "GET /calls/{answered}?include=summary"),
    (Operation::GetCallTranscripts, ".no-transcripts", "GET /calls/{answered}/transcripts"),
];

/// Refusals whose schema the documents give per status.
const REFUSALS: &[(Operation, &str)] = &[
    (
        Operation::SendMessageV1,
        r#"POST /v1/messages {"content":"Hi","from":"{inbox}","to":["+14155550194"]}"#,
    ),
    (
        Operation::SendMessageV1,
        r#"POST /v1/messages {"content":"Hi","from":"{inbox}","to":["+14155550196"]}"#,
    ),
    (
        Operation::SendMessageV1,
        r#"POST /v1/messages {"content":"Hi","from":"{inbox2}","to":["+14155550101"],"userId":"{office}"}"#,
    ),
    (Operation::SendMessage, r#"POST /messages {"content":"Hi","from":"{inbox}","to":["+14155550197"]}"#),
    (Operation::SendMessage, r#"POST /messages {"content":"Hi","from":"{inbox2}","to":["+442071838750"]}"#),
    (Operation::GetMessageV1, "GET /v1/messages/AC0"),
    (
        Operation::ListCallsV1,
        "GET /v1/calls?phoneNumberId={inbox}&participants=%2B14155550101&participants=%2B14155550102",
    ),
    (Operation::GetCallV1, "GET /v1/calls/AC0"),
    (
        Operation::CreateContactV1,
        r#"POST /v1/contacts {"defaultFields":{"firstName":"x"},"customFields":[{"key":"no","value":1}]}"#,
    ),
    (
        Operation::CreateContactV1,
        r#"POST /v1/contacts {"defaultFields":{"firstName":"x"},"externalId":"HL-1001"}"#,
    ),
    (Operation::GetPhoneNumberV1, "GET /v1/phone-numbers/XX"),
    (Operation::GetUserV1, "GET /v1/users/US0"),
    (Operation::GetTaskV1, "GET /v1/tasks/TK0"),
    (Operation::GetContact, "GET /contacts/none"),
    (Operation::CreateA2pRegistration, "POST /a2p-registration {}"),
    (Operation::UpdateA2pRegistration, "PATCH /a2p-registration {}"),
    (
        Operation::SubmitA2pRegistration,
        r#"POST /a2p-registration/submit {"forbiddenMessageTopicsAcknowledged":true}"#,
    ),
    (Operation::CreateTaskV1, r#"POST /v1/tasks {"title":"x"}"#),
    (Operation::ListMessages, "GET /messages?limit=99"),
    (Operation::GetCall, "GET /calls/AC0"),
    (Operation::RetryMessage, "POST /messages/{message}/retry"),
    (Operation::GetWebhookV1, "GET /v1/webhooks/123"),
    (Operation::GetWebhookV1, "GET /v1/webhooks/WH0"),
    (Operation::GetWebhook, "GET /webhooks/WH0"),
    (Operation::GetWebhook, "GET /webhooks/123"),
    (Operation::CreateWebhook, "POST /webhooks {}"),
    (Operation::GetWebhookEvent, "GET /webhooks/7/events/msg_0"),
    (Operation::ListWebhookEvents, "GET /webhooks/7/events?status=lost"),
];

/// The OpenAPI documents, v1's and the dated one's; `None` when they are not beside the checkout.
#[expect(clippy::print_stdout, reason = "whoever reads the test's output should know")]
pub(crate) fn documents() -> Option<(Value, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/openapi");
    let load = |name: &str| -> Option<Value> {
        serde_json::from_slice(&std::fs::read(folder.join(name)).ok()?).ok()
    };
    let documents = load("openphone-v1.json").zip(load("quo-2026-03-30.json"));
    if documents.is_none() {
        println!("skipped: no OpenAPI documents in {}", folder.display());
    }
    documents
}

#[test]
fn every_documented_operation_is_served_and_no_other() {
    let Some((v1, dated)) = documents() else { return };
    let mut documented = BTreeSet::new();
    for (path, operations) in [&v1, &dated].iter().flat_map(|document| document["paths"].as_object().unwrap())
    {
        for (method, operation) in operations.as_object().unwrap() {
            if let Some(id) = operation["operationId"].as_str() {
                documented.insert((path.clone(), method.to_uppercase(), id.to_owned()));
            }
        }
    }
    let served: BTreeSet<_> = Operation::ALL
        .iter()
        .map(|one| (one.path().to_owned(), one.method().to_string(), one.id().to_owned()))
        .collect();
    let missing: Vec<_> = documented.difference(&served).collect();
    assert!(missing.is_empty(), "not served: {missing:#?}");
    let made_up: Vec<_> = served.difference(&documented).collect();
    assert!(made_up.is_empty(), "in no document: {made_up:#?}");
}

#[tokio::test(start_paused = true)]
async fn answers_validate_against_the_published_schemas() {
    let Some((v1, dated)) = documents() else { return };
    let sandbox = sandbox();
    let mut ids = ids(&sandbox, ALPHA).await;
    ids.extend(webhooks(&sandbox).await);
    ids.extend(quirks(&sandbox).await);
    ids.extend(calls_under_way(&sandbox).await);
    let covered = |operation: &Operation| {
        REQUESTS.iter().any(|(known, _)| known == operation)
            || WITH_CONDITIONS.iter().any(|(known, _, _)| known == operation)
    };
    let left_out: Vec<_> = Operation::ALL.iter().filter(|operation| !covered(operation)).collect();
    assert_eq!(left_out, [&Operation::RetryMessage], "its success needs a failed message: see delivery.rs");
    let mut mistakes = Vec::new();
    let plain = REQUESTS.iter().chain(REFUSALS).map(|(operation, line)| (operation, "", line));
    let conditional =
        WITH_CONDITIONS.iter().map(|(operation, condition, line)| (operation, *condition, line));
    for (operation, condition, line) in plain.chain(conditional) {
        let line = fill(line, &ids);
        let answer = answer(&sandbox, &format!("{ALPHA}{condition}"), &line).await;
        let document = if operation.is_v1() { &v1 } else { &dated };
        let path = operation.path().replace("/", "~1");
        let method = operation.method().as_str().to_lowercase();
        let pointer = format!("/paths/{path}/{method}/responses/{}", answer.status().as_u16());
        let Some(response) = document.pointer(&pointer) else {
            mistakes.push(format!("{line}: the schema knows no {}", answer.status()));
            continue;
        };
        let Some(schema) = response.pointer("/content/application~1json/schema") else {
            assert!(answer.body().is_empty(), "{line}");
            continue;
        };
        let schema = json!({ "components": document["components"], "allOf": [since_july(schema.clone())] });
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        mistakes.extend(
            validator.iter_errors(&body).map(|error| format!("{line}: {} {error}", error.instance_path())),
        );
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// A call that rings, one that is answered, and one whose caller speaks on the answering machine; their ids.
async fn calls_under_way(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    let call = |outcome| {
        let call = IncomingCall::new("+14155550142", "+14155550150", outcome);
        sandbox.incoming_call(ALPHA, call).unwrap()
    };
    let ids = vec![("{now}", call(CallOutcome::Answered)), ("{leaving}", call(CallOutcome::Voicemail))];
    tokio::time::sleep(Calling::default().rings + Duration::from_secs(1)).await;
    [ids, vec![("{ringing}", call(CallOutcome::Missed))]].concat()
}

/// A text with pictures, one from a short code, and calls that are forwarded, from nobody's number, and without
/// participants; their ids.
async fn quirks(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    const INBOX: &str = "+14155550150";
    let call = |call: IncomingCall| sandbox.incoming_call(ALPHA, call).unwrap();
    let picture = IncomingMessage::new("+14155550142", INBOX, "Look")
        .with_media("https://media.example.com/leak.jpg", Some("image/jpeg"))
        .with_media("https://media.example.com/leak", None);
    let lost = IncomingCall::new("+14155550142", INBOX, CallOutcome::Missed).without_participants();
    let ids = vec![
        ("{forwarded}", call(IncomingCall::new("+14155550142", INBOX, CallOutcome::Forwarded))),
        ("{anonymous}", call(IncomingCall::new("Anonymous", INBOX, CallOutcome::Voicemail))),
        ("{lost}", call(lost)),
        ("{picture}", sandbox.incoming_message(ALPHA, picture).unwrap()),
        ("{code}", sandbox.incoming_text(ALPHA, "10155", INBOX, "1 package").unwrap()),
    ];
    tokio::time::sleep(Duration::from_secs(30)).await;
    ids
}

/// The v1 document is of July; since then the user of a received message is null, and a conversation can be with
/// somebody who has no number in E.164 (reference, 3.9). Such a call is not described; as conversations can begin
/// with one, it has the same parties.
fn since_july(mut schema: Value) -> Value {
    fn visit(schema: &mut Value) {
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            if properties.contains_key("text")
                && let Some(user) = properties.get_mut("userId")
            {
                *user = json!({ "anyOf": [user.clone(), { "type": "null" }] });
            }
            if let Some(parties) = properties.get_mut("participants")
                && let Some(pattern) = parties.pointer_mut("/items/pattern")
            {
                *pattern = json!(r"^\+[1-9]\d{1,14}$|^[0-9]{3,8}$|^(Anonymous|Restricted|Blocked)$");
            }
        }
        match schema {
            Value::Object(fields) => fields.values_mut().for_each(visit),
            Value::Array(items) => items.iter_mut().for_each(visit),
            _ => {}
        }
    }
    visit(&mut schema);
    schema
}
