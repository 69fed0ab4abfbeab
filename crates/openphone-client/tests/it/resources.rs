//! Every resource against the simulator, over real sockets. The simulator shares no types with this crate:
//! what both agree on, neither made up alone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use openphone_client::calls::{Call, CallExtras, ListCalls, WorkStatus};
use openphone_client::contacts::{ListContacts, NewContact};
use openphone_client::conversations::{ConversationSort, ListConversations};
use openphone_client::messages::{
    ListMessages, MessageStatus, RecipientFilter, SendGroupMessage, SendMessage, SetInboxStatus,
};
use openphone_client::organization::SubscriptionStatus;
use openphone_client::phone_numbers::{ListPhoneNumbers, PhoneNumber};
use openphone_client::users::{ListUsers, UserRole};
use openphone_client::{
    ApiKey, Budget, Direction, E164, Error, ErrorKind, OpenPhone, OpenPhoneBuilder, Page, Reason, Workspace,
};
use openphone_sandbox::{Fault, On, Operation, RunningSandbox, Sandbox, SandboxOptions};
use sealing::SecretString;

use crate::server::{Unlimited, quick};

const ALPHA: &str = "sandbox-key-workspace-alpha";
const BRAVO: &str = "sandbox-key-workspace-bravo";
/// More pages than anything seeded has.
const ALL: usize = 1000;

/// A simulator without its rate limit and a client without its own, so that no test waits for another second.
async fn sandbox() -> (RunningSandbox, OpenPhone) {
    let sandbox = Sandbox::new(SandboxOptions::default().requests_per_second(100_000));
    let sandbox = sandbox.listen_on_loopback().await.expect("a free port");
    let client = client_of(&sandbox, |builder| builder.rate_limiter(Arc::new(Unlimited)));
    (sandbox, client)
}

fn client_of(
    sandbox: &RunningSandbox,
    change: impl FnOnce(OpenPhoneBuilder) -> OpenPhoneBuilder,
) -> OpenPhone {
    let url = sandbox.base_url().parse().expect("a URL");
    change(quick(&url)).build().expect("a loopback URL")
}

fn with_key(client: &OpenPhone, key: &str) -> Workspace {
    client.with_key(ApiKey::new(&SecretString::new(key.to_owned())).expect("a key"))
}

fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

async fn inboxes(workspace: &Workspace) -> Vec<PhoneNumber> {
    let query = ListPhoneNumbers::new().with_restrictions();
    workspace.phone_numbers().list(&query).await.expect("inboxes").data
}

/// All items of a list, read in pages of 50 and in pages of 7: they must be the same.
macro_rules! read_all {
    ($workspace:expr, $resource:ident, $query:expr) => {{
        let in_pages_of = |limit: u16| {
            let query = $query.limit(limit);
            let workspace = &$workspace;
            async move {
                let pages = workspace.$resource().pages(query, Budget::pages(ALL));
                let pages: Vec<Page<_>> = pages.try_collect().await.expect("pages");
                assert!(pages.last().is_some_and(|page| page.next.is_none()), "read to the end");
                assert!(pages.iter().all(|page| page.data.len() <= usize::from(limit)));
                pages.into_iter().flat_map(|page| page.data).collect::<Vec<_>>()
            }
        };
        let (large, small) = (in_pages_of(50).await, in_pages_of(7).await);
        let ids = |items: &[_]| items.iter().map(id_of).collect::<Vec<_>>();
        assert_eq!(ids(&large), ids(&small));
        assert_eq!(ids(&large).iter().collect::<BTreeSet<_>>().len(), large.len(), "no item twice");
        large
    }};
}

/// The id of whatever is listed.
trait HasId {
    fn id(&self) -> String;
}

fn id_of(item: &impl HasId) -> String {
    item.id()
}

macro_rules! has_id {
    ($($name:ty),+) => {
        $(impl HasId for $name {
            fn id(&self) -> String {
                self.id.to_string()
            }
        })+
    };
}

has_id!(
    openphone_client::messages::Message,
    Call,
    openphone_client::contacts::Contact,
    openphone_client::conversations::Conversation,
    PhoneNumber,
    openphone_client::users::User
);

#[tokio::test]
async fn every_list_is_read_whole() {
    let (_sandbox, client) = sandbox().await;
    let alpha = with_key(&client, ALPHA);
    let messages = read_all!(alpha, messages, ListMessages::new());
    assert!(messages.len() >= 200);
    assert!(messages.is_sorted_by(|a, b| a.created_at >= b.created_at), "newest first");
    assert!(messages.iter().any(|message| message.to.len() > 1), "group threads");
    let calls = read_all!(alpha, calls, ListCalls::new().include(CallExtras::ALL));
    assert!(calls.iter().any(|call| call.participants.len() > 2), "group calls");
    assert!(calls.iter().any(Call::is_missed) && !calls.iter().all(Call::is_missed));
    assert!(calls.iter().any(|call| call.voicemail.is_some()));
    let done = |status: &WorkStatus| *status == WorkStatus::Completed;
    assert!(calls.iter().any(|call| call.summary.as_ref().is_some_and(|summary| done(&summary.status))));
    let contacts = read_all!(alpha, contacts, ListContacts::new());
    assert!(contacts.iter().any(|contact| !contact.default_fields.phone_numbers.is_empty()));
    let newest_first = ListConversations::new().sort(ConversationSort::UpdatedDescending);
    let conversations = read_all!(alpha, conversations, newest_first.clone());
    assert!(conversations.is_sorted_by(|a, b| a.updated_at >= b.updated_at));
    let numbers = read_all!(alpha, phone_numbers, ListPhoneNumbers::new());
    assert!(numbers.iter().all(|inbox| inbox.phone_number.e164().is_some()));
    let users = read_all!(alpha, users, ListUsers::new());
    assert_eq!(users.iter().filter(|user| user.role == UserRole::Owner).count(), 1);
}

#[tokio::test]
async fn filters_select_what_they_say() {
    let (_sandbox, client) = sandbox().await;
    let alpha = with_key(&client, ALPHA);
    let inbox = inboxes(&alpha).await.remove(0);
    let all = read_all!(alpha, messages, ListMessages::new());
    let middle = all[all.len() / 2].created_at;
    let expected = |select: &dyn Fn(&openphone_client::messages::Message) -> bool| {
        all.iter().filter(|message| select(message)).map(id_of).collect::<Vec<_>>()
    };
    let ids =
        |messages: Vec<openphone_client::messages::Message>| messages.iter().map(id_of).collect::<Vec<_>>();

    let query = ListMessages::new().created_after(middle).direction(Direction::Incoming);
    let found = ids(read_all!(alpha, messages, query.clone()));
    assert_eq!(found, expected(&|m| m.created_at > middle && m.direction == Direction::Incoming));
    assert!(!found.is_empty());

    let query = ListMessages::new().created_before(middle).phone_number_id(inbox.id.clone());
    let found = ids(read_all!(alpha, messages, query.clone()));
    assert_eq!(found, expected(&|m| m.created_at < middle && m.phone_number_id.as_ref() == Some(&inbox.id)));
    assert!(!found.is_empty());

    let sent =
        all.iter().find(|m| m.direction == Direction::Outgoing && m.to.len() > 1).expect("a group text");
    let query = ListMessages::new().to(RecipientFilter::ExactSet(sent.to.iter().rev().cloned().collect()));
    let found = ids(read_all!(alpha, messages, query.clone()));
    let set = |parties: &[openphone_client::Party]| parties.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(found, expected(&|m| set(&m.to) == set(&sent.to)));

    let from = sent.from.clone();
    let query = ListMessages::new().from(from.clone()).status(MessageStatus::Delivered);
    let found = ids(read_all!(alpha, messages, query.clone()));
    assert_eq!(found, expected(&|m| m.from == from && m.status == MessageStatus::Delivered));

    let calls = read_all!(alpha, calls, ListCalls::new());
    let middle = calls[calls.len() / 2].created_at;
    let query = ListCalls::new().created_at_gte(middle).created_at_lte(middle);
    assert!(read_all!(alpha, calls, query.clone()).iter().all(|call| call.created_at == middle));
}

#[tokio::test]
async fn a_call_comes_with_its_transcript_and_recordings() {
    let (_sandbox, client) = sandbox().await;
    let alpha = with_key(&client, ALPHA);
    let calls = read_all!(alpha, calls, ListCalls::new().include(CallExtras::SUMMARY));
    let ready =
        |call: &&Call| call.summary.as_ref().is_some_and(|summary| summary.status == WorkStatus::Completed);
    let call = calls.iter().find(ready).expect("a call with a summary");
    let segments = alpha.calls().transcripts(&call.id, None).await.expect("a transcript").data;
    let lines: Vec<_> = segments.iter().flat_map(|segment| &segment.dialogue).collect();
    assert!(
        lines.iter().any(|line| line.actor_id.is_some()) && lines.iter().any(|line| line.actor_id.is_none())
    );
    assert!(lines.iter().all(|line| line.start_seconds <= line.end_seconds && !line.content.is_empty()));
    let recordings = alpha.calls().recordings(&call.id, None).await.expect("recordings").data;
    assert_eq!(segments[0].recording_id, Some(recordings[0].id.clone()));
    let again = alpha.calls().get(&call.id, CallExtras::NONE).await.expect("the call");
    assert!(again.summary.is_none() && again.voicemail.is_none());
}

#[tokio::test]
async fn a_text_is_sent_once_and_can_be_followed() {
    let (sandbox, client) = sandbox().await;
    let alpha = with_key(&client, ALPHA);
    let inbox = inboxes(&alpha).await.remove(0);
    let to = number("+14155550106");
    let text =
        SendMessage::new(inbox.id.clone(), to.clone(), "Zażółć 🙂 +1").set_inbox_status(SetInboxStatus::Done);
    let accepted = alpha.messages().send(&text).await.expect("accepted");
    assert_eq!(accepted.status, MessageStatus::Queued);
    assert_eq!(accepted.direction, Direction::Outgoing);
    assert_eq!(accepted.to, [to.clone().into()]);

    let sent = sandbox.sent(ALPHA);
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].content.as_str(), sent[0].to.as_slice()), ("Zażółć 🙂 +1", &[to.to_string()][..]));
    assert_eq!(sent[0].message_id, accepted.id.as_str());

    let read = alpha.messages().get(&accepted.id).await.expect("the message");
    assert_eq!((read.text.as_str(), read.phone_number_id), ("Zażółć 🙂 +1", Some(inbox.id)));
    let found = alpha.messages().list(&ListMessages::new().to(to).limit(1)).await.expect("a page");
    assert_eq!(found.data[0].id, accepted.id);
}

#[tokio::test]
async fn a_group_text_is_one_thread_and_the_sender_may_be_a_number() {
    let (sandbox, client) = sandbox().await;
    let alpha = with_key(&client, ALPHA);
    let from = inboxes(&alpha).await[0].phone_number.e164().expect("a number");
    let to = vec![number("+14155550106"), number("+14155550107")];
    let accepted = alpha.messages().send_group(&SendGroupMessage::new(from, to, "All of you")).await;
    assert_eq!(accepted.expect("accepted").to.len(), 2);
    assert_eq!(sandbox.sent(ALPHA).len(), 1);
    assert_eq!(sandbox.requests(Operation::SendMessageV1), 1);
}

#[tokio::test]
async fn refusals_of_a_send_say_why() {
    let (sandbox, client) = sandbox().await;
    let alpha = with_key(&client, ALPHA);
    let inbox = inboxes(&alpha).await.remove(0).id;
    let table = [
        ("+14155550194", ErrorKind::CarrierRegistration, "0206400", Reason::CarrierRegistration),
        ("+14155550195", ErrorKind::Forbidden, "0204403", Reason::DailyMessageCap),
        ("+14155550196", ErrorKind::PaymentRequired, "0201402", Reason::SubscriptionExpired),
    ];
    for (to, kind, code, reason) in table {
        let error = alpha.messages().send(&SendMessage::new(inbox.clone(), number(to), "x")).await;
        let error = error.expect_err("refused");
        let said = (error.kind(), error.code(), error.reason());
        assert_eq!(said, (kind, Some(code), Some(reason)), "{error}");
    }
    let foreign = inboxes(&with_key(&client, BRAVO)).await.remove(0).id;
    let error = alpha.messages().send(&SendMessage::new(foreign, number("+14155550106"), "x")).await;
    assert_eq!(error.expect_err("another workspace's inbox").kind(), ErrorKind::NotFound);
    assert!(sandbox.sent(ALPHA).is_empty());
}

/// Whatever becomes of the answer: one request arrives, and what the error says is true.
#[tokio::test]
async fn a_lost_answer_is_never_a_second_text() {
    let (sandbox, _) = sandbox().await;
    let client = client_of(&sandbox, |builder| {
        builder.rate_limiter(Arc::new(Unlimited)).timeout(Duration::from_secs(1))
    });
    let patient = client_of(&sandbox, |builder| builder.rate_limiter(Arc::new(Unlimited)));
    let table = [
        ("500", Fault::server_error(), 0),
        ("500 after all", Fault::server_error().after_processing(), 1),
        ("502", Fault::bad_gateway(), 0),
        ("503 after all", Fault::unavailable(Some(1)).after_processing(), 1),
        ("hang", Fault::hang(), 0),
        ("hang after all", Fault::hang().after_processing(), 1),
        ("close", Fault::close(), 0),
        ("close after all", Fault::close().after_processing(), 1),
        ("close unread", Fault::close_unread(), 0),
        ("half an answer", Fault::truncate(), 1),
        ("no JSON", Fault::malformed_json(), 1),
    ];
    for (index, (name, fault, sent)) in table.into_iter().enumerate() {
        let key = format!("sandbox-key-workspace-{index}");
        let reader = with_key(&patient, &key);
        let inbox = inboxes(&reader).await.remove(0).id;
        let (before, to) = (sandbox.requests(Operation::SendMessageV1), number("+14155550106"));
        let sender = if name.starts_with("hang") { with_key(&client, &key) } else { reader.clone() };
        sandbox.faults().next(1, On::sends().with_key(&key), fault);
        let error = sender.messages().send(&SendMessage::new(inbox, to.clone(), name)).await;
        assert_eq!(error.expect_err(name).kind(), ErrorKind::OutcomeUnknown, "{name}");
        assert_eq!(sandbox.requests(Operation::SendMessageV1), before + 1, "{name}");
        assert_eq!(sandbox.sent(&key).len(), sent, "{name}");
        let found = reader.messages().list(&ListMessages::new().to(to)).await.expect("a page").data;
        let reconciled = found.iter().filter(|message| message.text.as_str() == name).count();
        assert_eq!(reconciled, sent, "looking it up finds the truth: {name}");
    }
}

#[tokio::test]
async fn a_contact_is_created_with_all_its_fields_and_a_taken_external_id_is_a_conflict() {
    let (sandbox, client) = sandbox().await;
    let alpha = with_key(&client, ALPHA);
    let contact = NewContact::new("Ada".to_owned())
        .last_name("Example".to_owned())
        .company("Analytical Engines".to_owned())
        .role("Engineer".to_owned())
        .phone_number("mobile", &number("+14155550142"))
        .email("work", "ada@example.com")
        .source("crm".to_owned())
        .source_url("https://crm.example.com/1".to_owned())
        .external_id("crm-1".to_owned());
    let created = alpha.contacts().create(&contact).await.expect("created");
    let read = alpha.contacts().get(&created.id).await.expect("the contact");
    let fields = &read.default_fields;
    assert_eq!(fields.first_name.as_ref().map(|name| name.as_str()), Some("Ada"));
    assert_eq!(fields.phone_numbers[0].name, "mobile");
    assert_eq!(fields.phone_numbers[0].value.as_ref().map(|value| value.as_str()), Some("+14155550142"));
    assert_eq!(fields.emails[0].value.as_ref().map(|value| value.as_str()), Some("ada@example.com"));
    let mine = ListContacts::new().external_ids(["crm-1".to_owned()]);
    let found = alpha.contacts().list(&mine).await.expect("a page").data;
    assert_eq!(found.iter().map(id_of).collect::<Vec<_>>(), [created.id.to_string()]);

    let error = alpha.contacts().create(&contact).await.expect_err("taken");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some("0800409")));
    assert_eq!(sandbox.requests(Operation::CreateContactV1), 2);
}

#[tokio::test]
async fn a_lost_answer_is_never_a_second_contact() {
    let (sandbox, client) = sandbox().await;
    let alpha = with_key(&client, ALPHA);
    sandbox.faults().next(1, Operation::CreateContactV1, Fault::server_error().after_processing());
    let error = alpha.contacts().create(&NewContact::new("Ada".to_owned())).await.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(sandbox.requests(Operation::CreateContactV1), 1);
}

#[tokio::test]
async fn a_key_opens_its_own_workspace_and_a_wrong_one_none() {
    let (sandbox, client) = sandbox().await;
    let (alpha, bravo) = (with_key(&client, ALPHA), with_key(&client, BRAVO));
    let organization = alpha.organization().get().await.expect("alpha");
    assert_eq!(organization.subscription_status, SubscriptionStatus::Active);
    assert_ne!(organization.id, bravo.organization().get().await.expect("bravo").id);
    let message = alpha.messages().list(&ListMessages::new().limit(1)).await.expect("a page").data.remove(0);
    let error = bravo.messages().get(&message.id).await.expect_err("alpha's message");
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let wrong = with_key(&client, "wrong-key");
    let refused = |error: Result<(), Error>| error.expect_err("a wrong key").kind();
    // The gateway before v1 words it otherwise than the dated surface.
    assert_eq!(refused(wrong.organization().get().await.map(drop)), ErrorKind::Unauthorized);
    assert_eq!(refused(wrong.contacts().list(&ListContacts::new()).await.map(drop)), ErrorKind::Unauthorized);
    sandbox.faults().revoke_key(ALPHA);
    assert_eq!(refused(alpha.organization().get().await.map(drop)), ErrorKind::Unauthorized);
}

/// The simulator's own limit is on and so is the client's pacing.
#[tokio::test]
async fn a_burst_all_gets_through() {
    let sandbox = Sandbox::start().await.expect("a free port");
    let alpha = with_key(&client_of(&sandbox, |builder| builder), ALPHA);
    let reads =
        futures_util::future::join_all((0..25).map(|_| async { alpha.organization().get().await })).await;
    for read in reads {
        read.expect("paced, and a 429 is waited out");
    }
}
