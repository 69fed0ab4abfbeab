//! What a client hears unasked: lists that changed, resources that were updated, the end of the server. A legacy client
//! hears it on the stream that it GETs, or its pipe; one of 2026-07-28 through `subscriptions/listen`.

#![expect(deprecated, reason = "what 2026-07-28 deprecates is what the legacy revisions have")]

use std::sync::atomic::Ordering;

use rmcp::model::{ServerNotification, SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams};
use rmcp::service::SubscriptionEnd;
use serde_json::{Value, json};

use super::conversation::{Conversation, Mode, Way, open, soon, until};

/// A legacy conversation whose stream is open, or whose `notifications/initialized` came through the pipe: what is
/// answered after it was sent after it.
async fn listening(way: Way) -> Conversation {
    let conversation = open(way, Mode::Initialize).await;
    match way {
        Way::Pipe => drop(conversation.call("count", json!({})).await.unwrap()),
        Way::Http | Way::HttpJson => until(|| conversation.runtime.open_streams() == 1).await,
    }
    conversation
}

#[tokio::test]
async fn a_legacy_client_hears_of_every_list() {
    for way in [Way::Http, Way::Pipe] {
        let mut conversation = listening(way).await;
        let notifier = conversation.desk.notifier.clone();
        notifier.tools_list_changed();
        assert_eq!(conversation.heard().await, ("tools", Value::Null), "{way:?}");
        notifier.resources_list_changed();
        assert_eq!(conversation.heard().await, ("resources", Value::Null), "{way:?}");
        notifier.prompts_list_changed();
        assert_eq!(conversation.heard().await, ("prompts", Value::Null), "{way:?}");
        notifier.tools_list_changed_for(&"bob");
        notifier.tools_list_changed_for(&"alice");
        assert_eq!(conversation.heard().await, ("tools", Value::Null), "{way:?}");
        conversation.call("count", json!({})).await.unwrap();
        assert_eq!(conversation.all_heard(), [], "{way:?}: what concerns bob is for bob");
    }
}

#[tokio::test]
async fn a_legacy_client_hears_of_the_resources_that_it_follows() {
    for way in [Way::Http, Way::Pipe] {
        let mut conversation = listening(way).await;
        let notifier = conversation.desk.notifier.clone();
        let client = &conversation.client;
        client.subscribe(SubscribeRequestParams::new("desk://note")).await.unwrap();
        assert!(client.subscribe(SubscribeRequestParams::new("shelf://book")).await.is_err(), "{way:?}");
        for uri in ["desk://photo", "shelf://book", "desk://note"] {
            notifier.resource_updated(uri);
        }
        assert_eq!(conversation.heard().await, ("updated", json!({ "uri": "desk://note" })), "{way:?}");
        let unsubscribe = UnsubscribeRequestParams::new("desk://note");
        conversation.client.unsubscribe(unsubscribe).await.unwrap();
        notifier.resource_updated("desk://note");
        notifier.prompts_list_changed();
        assert_eq!(conversation.heard().await, ("prompts", Value::Null), "{way:?}");
    }
}

#[tokio::test]
async fn a_modern_client_hears_of_what_it_asked_for() {
    for way in [Way::Http, Way::Pipe] {
        let mut conversation = open(way, Mode::Discover).await;
        let notifier = conversation.desk.notifier.clone();
        let filter = SubscriptionFilter::builder()
            .tools_list_changed()
            .resource_subscriptions(["desk://note", "shelf://book"]);
        let mut subscription = conversation.listen(filter).await;
        let granted = serde_json::to_value(subscription.acknowledged()).unwrap();
        let expected = json!({ "toolsListChanged": true, "resourceSubscriptions": ["desk://note"] });
        assert_eq!(granted, expected, "{way:?}: what must not be followed is left out");

        notifier.prompts_list_changed();
        notifier.resource_updated("shelf://book");
        notifier.resource_updated("desk://note");
        match soon(subscription.next()).await.unwrap() {
            Some(ServerNotification::ResourceUpdatedNotification(updated)) => {
                assert_eq!(updated.params.uri, "desk://note", "{way:?}");
            }
            other => panic!("{way:?}: {other:?}"),
        }
        notifier.tools_list_changed();
        let heard = soon(subscription.next()).await.unwrap();
        assert!(
            matches!(heard, Some(ServerNotification::ToolListChangedNotification(_))),
            "{way:?}: {heard:?}"
        );

        subscription.cancel().await.unwrap();
        if way == Way::Http {
            until(|| conversation.runtime.open_streams() == 0).await;
        }
        notifier.tools_list_changed();
        conversation.call("count", json!({})).await.unwrap();
        assert_eq!(conversation.all_heard(), [], "{way:?}: nothing is told outside a subscription");
    }
}

/// rmcp keeps a list for as long as we say, and asks again once we say that it changed.
#[tokio::test]
async fn a_cached_list_is_asked_for_again() {
    for way in [Way::Http, Way::Pipe] {
        let conversation = open(way, Mode::Discover).await;
        let filter = SubscriptionFilter::builder().tools_list_changed();
        let mut subscription = conversation.listen(filter).await;
        for _ in 0..3 {
            conversation.client.list_tools(None).await.unwrap();
        }
        assert_eq!(conversation.desk.listed.load(Ordering::SeqCst), 1, "{way:?}");
        conversation.desk.notifier.tools_list_changed();
        soon(subscription.next()).await.unwrap();
        conversation.client.list_tools(None).await.unwrap();
        assert_eq!(conversation.desk.listed.load(Ordering::SeqCst), 2, "{way:?}");
    }
}

#[tokio::test]
async fn two_subscriptions_are_kept_apart() {
    for way in [Way::Http, Way::Pipe] {
        let conversation = open(way, Mode::Discover).await;
        let tools = SubscriptionFilter::builder().tools_list_changed();
        let prompts = SubscriptionFilter::builder().prompts_list_changed();
        let mut tools = conversation.listen(tools).await;
        let mut prompts = conversation.listen(prompts).await;
        conversation.desk.notifier.tools_list_changed();
        conversation.desk.notifier.prompts_list_changed();
        // rmcp refuses a notification that carries another subscription's id or is outside its filter.
        let heard = (soon(tools.next()).await.unwrap(), soon(prompts.next()).await.unwrap());
        assert!(
            matches!(
                heard,
                (
                    Some(ServerNotification::ToolListChangedNotification(_)),
                    Some(ServerNotification::PromptListChangedNotification(_))
                )
            ),
            "{way:?}: {heard:?}"
        );
    }
}

/// A subscription ends with its result when the server does, so that the client knows to come back.
#[tokio::test]
async fn a_subscription_ends_with_the_server() {
    for way in [Way::Http, Way::Pipe] {
        let conversation = open(way, Mode::Discover).await;
        let filter = SubscriptionFilter::builder().tools_list_changed();
        let mut subscription = conversation.listen(filter).await;
        conversation.runtime.shut_down();
        assert!(soon(subscription.next()).await.unwrap().is_none(), "{way:?}");
        match subscription.end() {
            Some(SubscriptionEnd::Graceful(result)) => {
                assert_eq!(result.meta.server_info().unwrap().name, "desk", "{way:?}");
            }
            other => panic!("{way:?}: {other:?}"),
        }
    }
}
