//! Every operation of the client, there and back over real sockets, against the simulator; and at the end the list
//! of the API's operations that this took. `resources.rs` has the lists and the sends in depth.

mod contacts;
mod webhooks;
mod work;

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use openphone_client::calls::{CallExtras, ListCalls};
use openphone_client::conversations::{ListConversations, ListRecentConversations};
use openphone_client::messages::{ListMessages, MessageStatus, SendMessage};
use openphone_client::phone_numbers::{ListPhoneNumbers, PhoneNumber, PhoneNumberExtras, SearchPhoneNumbers};
use openphone_client::users::ListUsers;
use openphone_client::{ApiKey, Budget, E164, ErrorKind, OpenPhone, Workspace};
use openphone_sandbox::{Calling, Delivery, RunningSandbox, Sandbox, SandboxOptions};
use sealing::SecretString;

use crate::server::{Unlimited, quick};

const KEY: &str = "sandbox-key-workspace-alpha";
/// Ends `failed` without an error code, which is the one failure that can be retried.
const FAILS_ONCE: &str = "+14155550192";

/// A sandbox in which everything happens at once, and a client of it.
async fn start() -> (RunningSandbox, OpenPhone) {
    let soon = Duration::from_millis(5);
    let options = SandboxOptions::default()
        .requests_per_second(1_000_000)
        .first_webhook_retry(soon)
        .delivery(Delivery { sent: soon, delivered: soon, reply: soon })
        .calling(Calling {
            rings: soon,
            lasts: soon,
            recording: soon,
            transcript: soon,
            summary: soon,
            voicemail: soon,
        });
    let sandbox = Sandbox::new(options).listen_on_loopback().await.expect("a free port");
    let url = sandbox.base_url().parse().expect("a URL");
    let client = quick(&url).rate_limiter(Arc::new(Unlimited)).build().expect("a loopback URL");
    (sandbox, client)
}

fn with_key(client: &OpenPhone, key: &str) -> Workspace {
    client.with_key(ApiKey::new(&SecretString::new(key.to_owned())).expect("a key"))
}

async fn inbox(workspace: &Workspace) -> PhoneNumber {
    workspace.phone_numbers().list(&ListPhoneNumbers::new()).await.expect("inboxes").data.remove(0)
}

fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

/// Asks until the answer is there; gives up after a while.
async fn eventually<T, Fut: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> Fut) -> T {
    for _ in 0..500 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come")
}

#[tokio::test]
async fn every_operation_goes_there_and_back() {
    let (sandbox, client) = start().await;
    let workspace = with_key(&client, KEY);
    messages(&workspace).await;
    calls_and_conversations(&workspace).await;
    phone_numbers_and_people(&workspace).await;
    contacts::all(&workspace).await;
    work::tasks(&workspace).await;
    work::registration(&client).await;
    webhooks::management(&workspace).await;
    let used: Vec<_> = sandbox.request_log().keys().map(|operation| operation.id()).collect();
    insta::assert_debug_snapshot!(used);
    sandbox.stop().await;
}

async fn messages(w: &Workspace) {
    let inbox = inbox(w).await;
    let text = SendMessage::new(inbox.id.clone(), number(FAILS_ONCE), "Are you there?");
    let sent = w.messages().send(&text).await.expect("accepted");
    let read = || async {
        let message = w.messages().get(&sent.id).await.expect("the message");
        Some(message).filter(|message| message.status == MessageStatus::Failed)
    };
    let failed = eventually("the failure", read).await;
    assert_eq!((failed.to.len(), failed.text.as_str()), (1, "Are you there?"));
    w.messages().retry(&sent.id).await.expect("accepted again");
    let read = || async {
        let message = w.messages().get(&sent.id).await.expect("the message");
        Some(message).filter(|message| message.status == MessageStatus::Delivered)
    };
    eventually("the delivery", read).await;
    let error = w.messages().retry(&sent.id).await.expect_err("it did not fail");
    assert_eq!(error.kind(), ErrorKind::Unprocessable);
    let listed = w.messages().list(&ListMessages::new().limit(1)).await.expect("a page");
    assert_eq!(listed.data[0].id, sent.id, "the newest");
}

async fn calls_and_conversations(w: &Workspace) {
    let calls = w.calls().list(&ListCalls::new().include(CallExtras::ALL)).await.expect("a page").data;
    let call = calls.iter().find(|call| call.summary.is_some()).expect("a call with a summary");
    assert_eq!(w.calls().get(&call.id, CallExtras::ALL).await.expect("the call").id, call.id);
    let summary = w.calls().summary(&call.id).await.expect("the call").expect("its summary");
    assert_eq!(Some(summary.status), call.summary.as_ref().map(|summary| summary.status.clone()));
    let left = calls.iter().find(|call| call.voicemail.is_some()).expect("a call with a voicemail");
    let voicemail = w.calls().voicemail(&left.id).await.expect("the call").expect("its voicemail");
    assert_eq!(Some(voicemail.id), left.voicemail.as_ref().map(|voicemail| voicemail.id.clone()));
    assert!(w.calls().voicemail(&call.id).await.expect("the call").is_none());
    let transcripts = w.calls().transcript_pages(&call.id, Budget::pages(3)).try_collect::<Vec<_>>().await;
    let recordings = w.calls().recording_pages(&call.id, Budget::pages(3)).try_collect::<Vec<_>>().await;
    assert_eq!(transcripts.expect("pages")[0].data.len(), recordings.expect("pages")[0].data.len());

    let dated = w.conversations().list(&ListConversations::new()).await.expect("a page").data;
    assert!(dated.iter().all(|conversation| conversation.assigned_to.is_none()), "the dated ones do not say");
    let recent = w.conversations().list_recent(&ListRecentConversations::new()).await.expect("a page").data;
    assert!(recent.iter().any(|conversation| conversation.assigned_to.is_some()));
    assert!(recent.is_sorted_by(|a, b| a.last_activity_at >= b.last_activity_at));
    let of_one = ListRecentConversations::new().inboxes([recent[0].phone_number_id.clone().into()]);
    let of_one = w.conversations().list_recent(&of_one).await.expect("a page").data;
    assert!(of_one.iter().all(|conversation| conversation.phone_number_id == recent[0].phone_number_id));
    let id = &recent[0].id;
    assert_eq!(w.conversations().mark_read(id).await.expect("marked").id, *id);
    assert_eq!(w.conversations().mark_done(id).await.expect("marked").id, *id);
    assert_eq!(w.conversations().mark_open(id).await.expect("marked").id, *id);
}

async fn phone_numbers_and_people(w: &Workspace) {
    let inbox = inbox(w).await;
    let bare = w.phone_numbers().get(&inbox.id, PhoneNumberExtras::NONE).await.expect("the inbox");
    assert!(bare.restrictions.is_none() && bare.business_hours.is_none());
    let full = w.phone_numbers().get(&inbox.id, PhoneNumberExtras::ALL).await.expect("the inbox");
    assert!(full.restrictions.is_some() && full.business_hours.is_some());
    let members = w.phone_numbers().member_pages(&inbox.id, Budget::pages(3)).try_collect::<Vec<_>>().await;
    let members = &members.expect("members")[0].data;
    let available = SearchPhoneNumbers::new().area_code("415".to_owned());
    let available = w.phone_numbers().search_available(&available).await.expect("numbers");
    assert!(available.iter().all(|number| number.as_str().starts_with("+1415")) && !available.is_empty());

    let users = w.users().list(&ListUsers::new()).await.expect("users").data;
    assert!(members.iter().all(|member| users.iter().any(|user| user.id == member.id)));
    let user = w.users().get(&members[0].id).await.expect("the user");
    assert_eq!(user.id, members[0].id);
    let theirs = w.users().phone_number_pages(&user.id, Budget::pages(3)).try_collect::<Vec<_>>().await;
    let theirs = &theirs.expect("numbers")[0].data;
    assert!(theirs.iter().any(|number| number.id == inbox.id), "who shares an inbox has it");
    assert!(theirs.iter().all(|number| number.restrictions.is_some()));
    w.organization().get().await.expect("the organization");
}
