//! Webhooks: managing both kinds, and receiving what they deliver.

use http::{HeaderMap, HeaderName};
use openphone_client::messages::SendMessage;
use openphone_client::webhooks::{
    DeliveryStatus, EventKind, ListDeliveries, NewLegacyWebhook, NewWebhook, Resources, Scheme, Trigger,
    Verifier, WebhookEvent, WebhookStatus, WebhookUpdate,
};
use openphone_client::{ErrorKind, Workspace};
use openphone_sandbox::{CallOutcome, IncomingCall};

use crate::server::{Server, Step};

use super::{KEY, eventually, inbox, number, start, with_key};

pub(super) async fn management(w: &Workspace) {
    let inbox = inbox(w).await.id;
    let webhooks = w.webhooks();
    let new =
        NewWebhook::new("https://example.com/hook", [EventKind::MessageReceived, EventKind::CallMissed]);
    let made = webhooks.create(&new.label("Bookings".to_owned())).await.expect("made");
    let id = &made.webhook.id;
    Verifier::new(&made.key).expect("a secret that can be used");
    let update =
        WebhookUpdate::new().status(WebhookStatus::Disabled).resources(Resources::Inboxes(vec![inbox]));
    let updated = webhooks.update(id, &update).await.expect("changed");
    assert_eq!((updated.status, updated.label.as_deref()), (WebhookStatus::Disabled, Some("Bookings")));
    assert!(matches!(updated.resource_ids, Resources::Inboxes(ids) if ids.len() == 1));
    let read = webhooks.get(id).await.expect("the webhook");
    assert_eq!(read.events, [EventKind::MessageReceived, EventKind::CallMissed]);
    assert!(webhooks.list().await.expect("webhooks").iter().any(|webhook| webhook.id == *id));
    assert_ne!(webhooks.rotate_secret(id).await.expect("rotated").expose(), made.key.expose());

    let sample = webhooks.test(id, &EventKind::MessageReceived).await.expect("a sample");
    assert_eq!((sample.kind, sample.api_version.as_str()), (EventKind::MessageReceived, "2026-03-30"));
    let listed = webhooks.deliveries(id, &ListDeliveries::new()).await.expect("a page").data;
    assert_eq!(listed[0].event_id.as_deref(), Some(sample.id.as_str()));
    // The sandbox calls nobody outside of this machine, and says so in the log.
    let read = || async {
        let delivery = webhooks.delivery(id, &listed[0].id).await.expect("the delivery");
        delivery
            .attempts
            .first()
            .is_some_and(|attempt| attempt.status == DeliveryStatus::Failed)
            .then_some(delivery)
    };
    let delivery = eventually("an attempt", read).await;
    assert_eq!(delivery.attempts[0].response_status_code, Some(0));
    webhooks.retry_delivery(id, &delivery.id).await.expect("accepted");
    webhooks.delete(id).await.expect("deleted");
    assert_eq!(webhooks.get(id).await.expect_err("deleted").kind(), ErrorKind::NotFound);

    let webhooks = w.legacy_webhooks();
    for event in [
        EventKind::MessageReceived,
        EventKind::CallCompleted,
        EventKind::CallSummaryCompleted,
        EventKind::CallTranscriptCompleted,
    ] {
        let made = webhooks.create(&NewLegacyWebhook::new("https://example.com/old", [event.clone()])).await;
        let made = made.expect("made");
        assert_eq!(made.events, [event]);
        assert_eq!(webhooks.get(&made.id).await.expect("the webhook").key.expose(), made.key.expose());
        assert!(webhooks.list(None).await.expect("webhooks").iter().any(|webhook| webhook.id == made.id));
        webhooks.delete(&made.id).await.expect("deleted");
    }
}

/// What arrived at a receiver so far: its headers and its body.
fn arrived(receiver: &Server) -> Vec<(HeaderMap, String)> {
    let headers = |head: &str| {
        let pairs = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        pairs
            .filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, value.parse().ok()?)))
            .collect()
    };
    receiver.arrived().into_iter().map(|arrived| (headers(&arrived.head), arrived.body)).collect()
}

/// What arrived so far, verified and read.
fn read(receiver: &Server, verifier: &Verifier, now: jiff::Timestamp) -> Vec<(Scheme, WebhookEvent)> {
    let read = arrived(receiver).into_iter().map(|(headers, body)| {
        let verified = verifier.verify(&headers, body.as_bytes(), now).expect("signed by the sandbox");
        (verified.scheme, WebhookEvent::parse(body.as_bytes()).expect("an envelope"))
    });
    read.collect()
}

#[tokio::test]
async fn what_happens_is_delivered_signed_and_repeated_until_it_arrives() {
    let (sandbox, client) = start().await;
    let w = with_key(&client, KEY);
    // Webhooks carry the time of the sandbox's clock, which is the system's here.
    #[expect(clippy::disallowed_methods, reason = "a receiver's clock is its own")]
    let now = jiff::Timestamp::now;
    let receiver = Server::start([Step::json(500, ""), Step::json(200, "")]).await;
    let old_receiver = Server::start([Step::json(200, "")]).await;
    let all = [EventKind::MessageReceived, EventKind::MessageDelivered, EventKind::CallCompleted];
    let made = w.webhooks().create(&NewWebhook::new(receiver.url.as_str(), all.clone())).await.expect("made");
    let old = NewLegacyWebhook::new(
        old_receiver.url.as_str(),
        [EventKind::MessageReceived, EventKind::MessageDelivered],
    );
    let old = w.legacy_webhooks().create(&old).await.expect("made");
    let verifier = Verifier::new(&made.key).expect("a secret");
    let old_verifier = Verifier::new(&old.key).expect("a secret");

    let inbox = inbox(&w).await;
    let text = SendMessage::new(inbox.id.clone(), number("+14155550130"), "On our way");
    let sent = w.messages().send(&text).await.expect("accepted");
    sandbox.incoming_text(KEY, "+14155550131", inbox.id.as_str(), "Thanks!").expect("it arrives");
    let call = IncomingCall::new("+14155550132", inbox.id.as_str(), CallOutcome::Missed);
    sandbox.incoming_call(KEY, call).expect("it rings");

    let kinds = || async {
        let events = read(&receiver, &verifier, now());
        all.iter().all(|kind| events.iter().any(|(_, event)| event.kind == *kind)).then_some(events)
    };
    let events = eventually("all three kinds", kinds).await;
    assert!(events.iter().all(|(scheme, event)| {
        *scheme == Scheme::Standard && event.context.phone_number_id.as_ref() == Some(&inbox.id)
    }));
    let delivered = |events: &[(Scheme, WebhookEvent)]| {
        events.iter().any(|(_, event)| event.resource()["id"] == sent.id.as_str())
    };
    assert!(delivered(&events));
    let both = || async {
        let events = read(&old_receiver, &old_verifier, now());
        (events.len() >= 2).then_some(events)
    };
    let old_events = eventually("both kinds of the old webhook", both).await;
    assert!(old_events.iter().all(|(scheme, event)| *scheme == Scheme::Legacy && event.api_version == "v4"));
    assert!(delivered(&old_events));

    // The first attempt was answered with a 500, so the same delivery came again.
    let arrived_twice = || async {
        let arrived = arrived(&receiver);
        let first = arrived[0].0.get("webhook-id").cloned();
        (arrived.iter().filter(|(headers, _)| headers.get("webhook-id") == first.as_ref()).count() == 2)
            .then_some(first)
    };
    let first = eventually("the repetition", arrived_twice).await.expect("an id");
    let id = first.to_str().expect("ASCII").parse().expect("a delivery id");
    let log = || async {
        let details = w.webhooks().delivery(&made.webhook.id, &id).await.expect("the delivery");
        (details.attempts.len() == 2).then_some(details)
    };
    let details = eventually("both attempts in the log", log).await;
    let mut statuses: Vec<_> = details.attempts.iter().map(|attempt| attempt.response_status_code).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [Some(200), Some(500)]);
    assert!(details.attempts.iter().all(|attempt| attempt.trigger_type == Some(Trigger::Scheduled)));

    // A rotated secret signs what comes next, and the old one nothing more.
    let rotated = w.webhooks().rotate_secret(&made.webhook.id).await.expect("rotated");
    w.webhooks().retry_delivery(&made.webhook.id, &id).await.expect("accepted");
    let rotated = Verifier::new(&rotated).expect("a secret");
    let signed_anew = || async {
        let is_signed =
            |(headers, body): &(HeaderMap, String)| rotated.verify(headers, body.as_bytes(), now()).is_ok();
        arrived(&receiver).iter().any(is_signed).then_some(())
    };
    eventually("a delivery under the new secret", signed_anew).await;
    sandbox.stop().await;
}
