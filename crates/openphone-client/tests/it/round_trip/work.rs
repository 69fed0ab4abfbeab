//! Tasks, and the carrier registration.

use futures_util::TryStreamExt;
use openphone_client::conversations::ListConversations;
use openphone_client::messages::SendMessage;
use openphone_client::tasks::{NewTask, TaskStatus, TaskTarget};
use openphone_client::users::ListUsers;
use openphone_client::{Budget, ErrorKind, OpenPhone, Workspace};
use serde_json::json;

use super::{KEY, inbox, number, with_key};

pub(super) async fn tasks(w: &Workspace) {
    let inbox = inbox(w).await.id;
    let conversations = w.conversations().list(&ListConversations::new()).await.expect("a page").data;
    let user = w.users().list(&ListUsers::new()).await.expect("users").data.remove(0).id;
    let due = "2026-12-01T09:00:00Z".parse().expect("a moment");
    let tasks = w.tasks();

    let new = NewTask::new(conversations[0].id.clone(), "Quote", "For the kitchen").due_date(due);
    let made = tasks.create(&new.assigned_to(user.clone())).await.expect("made");
    let read = tasks.get(&made.task_id).await.expect("the task");
    assert_eq!((read.revision, &read.status, read.due_date), (made.revision, &TaskStatus::Open, Some(due)));
    assert_eq!(read.conversation_id.as_ref(), Some(&conversations[0].id));
    assert_eq!(read.title.as_deref().map(String::as_str), Some("Quote"));
    for target in [
        TaskTarget::from(inbox),
        conversations[0].last_activity_id.clone().expect("something happened").into(),
    ] {
        tasks.create(&NewTask::new(target, "Follow up", "Soon")).await.expect("made");
    }

    let id = &made.task_id;
    let mut revision = made.revision;
    let mut grows = |changed: Result<openphone_client::tasks::TaskChange, _>, what: &str| {
        let changed = changed.unwrap_or_else(|error: openphone_client::Error| panic!("{what}: {error}"));
        assert!(changed.revision > revision, "{what}: {:?} after {revision:?}", changed.revision);
        revision = changed.revision;
    };
    grows(tasks.update(id, "Quote", "For kitchen and bath").await, "update");
    grows(tasks.complete(id).await, "complete");
    grows(tasks.reopen(id).await, "reopen");
    grows(tasks.unassign(id, &user).await, "unassign");
    grows(tasks.assign(id, &user).await, "assign");
    grows(tasks.remove_due_date(id).await, "remove the due date");
    grows(tasks.set_due_date(id, due).await, "set the due date");
    grows(tasks.unlink(id, &conversations[0].id).await, "unlink");
    grows(tasks.link(id, &conversations[1].id).await, "link");
    let read = tasks.get(id).await.expect("the task");
    assert_eq!((read.revision, read.conversation_id.as_ref()), (revision, Some(&conversations[1].id)));
    assert_eq!(read.assigned_to.and_then(|actor| actor.user()), Some(user));

    let pages: Vec<_> = tasks.pages(Budget::pages(5)).try_collect().await.expect("pages");
    assert!(pages.iter().flat_map(|page| &page.data).any(|task| task.task_id == *id));
    tasks.delete(id).await.expect("deleted");
    assert_eq!(tasks.get(id).await.expect("still readable").status, TaskStatus::Deleted);
}

pub(super) async fn registration(client: &OpenPhone) {
    let draft = json!({ "businessInfo": { "legalName": "Example" } });
    // A business that is registered has nothing to make or to change.
    let done = with_key(client, KEY);
    let done = done.a2p_registration();
    assert!(!done.get().await.expect("the registration").draft);
    assert_eq!(done.create(&draft).await.expect_err("there is one").kind(), ErrorKind::Conflict);
    assert_eq!(done.update(&draft).await.expect_err("no draft").kind(), ErrorKind::Conflict);
    assert_eq!(done.submit().await.expect_err("no draft").kind(), ErrorKind::Conflict);

    let missing = with_key(client, "sandbox-key-workspace-7.a2p-missing");
    let to = number("+14155550130");
    let text = SendMessage::new(inbox(&missing).await.id, to, "May I?");
    let refused = missing.messages().send(&text).await.expect_err("not registered");
    assert_eq!((refused.kind(), refused.is_retryable()), (ErrorKind::CarrierRegistration, false));
    let registration = missing.a2p_registration();
    assert_eq!(registration.get().await.expect_err("none").kind(), ErrorKind::NotFound);
    let made = registration.create(&draft).await.expect("made");
    assert!(made.draft && made.first_submitted_at.is_none());
    let changes = json!({ "businessInfo": { "website": "https://example.com" } });
    let changed = registration.update(&changes).await.expect("changed");
    assert_eq!(
        (&changed.business_info["legalName"], &changed.business_info["website"]),
        (&json!("Example"), &json!("https://example.com"))
    );
    let incomplete = registration.submit().await.expect_err("it does not say what is texted");
    assert_eq!(incomplete.kind(), ErrorKind::InvalidRequest);
    assert_eq!(incomplete.field_errors()[0].path, "/messaging");
    let changes = json!({ "messaging": { "useCase": "Appointments" } });
    registration.update(&changes).await.expect("changed");
    let unpaid = with_key(client, "sandbox-key-workspace-7.a2p-missing.no-credits");
    let error = unpaid.a2p_registration().submit().await.expect_err("no money");
    assert_eq!(error.kind(), ErrorKind::PaymentRequired);
    let submitted = registration.submit().await.expect("submitted");
    assert!(!submitted.draft && submitted.first_submitted_at.is_some());
}
