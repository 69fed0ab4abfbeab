//! What a stream wants to hear of, and how it is told.
//!
//! A modern stream says so in `subscriptions/listen`, and every notification on it carries the subscription's id; a
//! legacy stream hears of every list that the server declared changeable, and of the resources that it subscribed to.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::capabilities::{Capabilities, ListChanged};
use crate::error::RpcError;
use crate::jsonrpc::RequestId;
use crate::notifier::{Announcement, Event};
use crate::version::ProtocolVersion;

/// The most resources, or tasks, that one stream may follow.
pub(crate) const MOST_SUBSCRIPTIONS: usize = 1_000;

/// The most bytes of URIs that one client may follow resources by.
const MOST_BYTES: usize = 256 * 1024;

/// What a URI takes besides its bytes, about: a place in the set and one on the heap.
const EACH: usize = 64;

/// The key of the subscription's id in `_meta`.
const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";

/// The resources that one client follows: bounded in number and in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Followed {
    uris: BTreeSet<Box<str>>,
    bytes: usize,
}

impl Followed {
    /// Adds a resource.
    ///
    /// # Errors
    /// -32602 when there is no room.
    pub(crate) fn insert(&mut self, uri: &str) -> Result<(), RpcError> {
        if self.uris.contains(uri) {
            return Ok(());
        }
        if self.uris.len() >= MOST_SUBSCRIPTIONS || self.bytes + uri.len() > MOST_BYTES {
            return Err(RpcError::invalid_params(format!(
                "At most {MOST_SUBSCRIPTIONS} resources, with {MOST_BYTES} bytes of URIs, can be followed at a time: \
                 unsubscribe from some first"
            )));
        }
        self.bytes += uri.len();
        self.uris.insert(uri.into());
        Ok(())
    }

    /// Takes a resource out, if it is there.
    pub(crate) fn remove(&mut self, uri: &str) {
        if self.uris.remove(uri) {
            self.bytes -= uri.len();
        }
    }

    pub(crate) fn contains(&self, uri: &str) -> bool {
        self.uris.contains(uri)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.uris.iter().map(|uri| &**uri)
    }

    /// The memory that they take, about.
    pub(crate) fn weight(&self) -> usize {
        self.bytes + self.uris.len() * EACH
    }
}

/// What a stream wants to hear of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interests {
    pub(crate) lists: ListChanged,
    pub(crate) resources: Followed,
    pub(crate) tasks: BTreeSet<Box<str>>,
    /// 2025-11-25 alone.
    pub(crate) elicitations: bool,
}

/// `params.notifications` of `subscriptions/listen`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Filter {
    pub(crate) tools_list_changed: bool,
    pub(crate) prompts_list_changed: bool,
    pub(crate) resources_list_changed: bool,
    pub(crate) resource_subscriptions: BTreeSet<Box<str>>,
    pub(crate) task_ids: BTreeSet<Box<str>>,
}

impl Interests {
    /// What of the filter's lists and tasks the server declared (`v26.sub.filter`). Which resources are followed the
    /// server says one by one.
    pub(crate) fn honoured(filter: &mut Filter, declared: &Capabilities) -> Self {
        let changes = declared.list_changed;
        let lists = ListChanged {
            tools: filter.tools_list_changed && changes.tools,
            resources: filter.resources_list_changed && changes.resources,
            prompts: filter.prompts_list_changed && changes.prompts,
        };
        let tasks = if declared.has_tasks() { std::mem::take(&mut filter.task_ids) } else { BTreeSet::new() };
        Self { lists, tasks, ..Self::default() }
    }

    /// What a legacy stream hears of without asking.
    pub(crate) fn legacy(declared: &Capabilities, version: ProtocolVersion) -> Self {
        let elicitations = version.has_url_elicitation();
        Self { lists: declared.list_changed, elicitations, ..Self::default() }
    }

    /// Whether the stream is to be told of it.
    pub(crate) fn cover(&self, announcement: &Announcement, owner: &[u8]) -> bool {
        if announcement.owner.as_deref().is_some_and(|only| only != owner) {
            return false;
        }
        match &announcement.event {
            Event::ToolsListChanged => self.lists.tools,
            Event::ResourcesListChanged => self.lists.resources,
            Event::PromptsListChanged => self.lists.prompts,
            Event::ResourceUpdated(uri) => self.resources.contains(uri),
            Event::Task(task) => self.tasks.contains(task.id.as_str()),
            Event::ElicitationComplete(_) => self.elicitations,
        }
    }

    /// What a stream that missed events is told instead: look at everything again. Tasks are asked for anyway.
    pub(crate) fn everything(&self) -> Vec<Event> {
        let lists = [
            (self.lists.tools, Event::ToolsListChanged),
            (self.lists.resources, Event::ResourcesListChanged),
            (self.lists.prompts, Event::PromptsListChanged),
        ];
        let lists = lists.into_iter().filter_map(|(wanted, event)| wanted.then_some(event));
        lists.chain(self.resources.iter().map(|uri| Event::ResourceUpdated(uri.into()))).collect()
    }
}

/// The honoured filter, as the acknowledgement says it.
impl Serialize for Interests {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, wanted) in [
            ("toolsListChanged", self.lists.tools),
            ("promptsListChanged", self.lists.prompts),
            ("resourcesListChanged", self.lists.resources),
        ] {
            if wanted {
                map.serialize_entry(name, &true)?;
            }
        }
        for (name, set) in [("resourceSubscriptions", &self.resources.uris), ("taskIds", &self.tasks)] {
            if !set.is_empty() {
                map.serialize_entry(name, set)?;
            }
        }
        map.end()
    }
}

/// A `_meta` with the subscription's id, its JSON type preserved (`v26.sub.tag`).
struct Tag<'a>(&'a RequestId);

impl Serialize for Tag<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(SUBSCRIPTION_ID, self.0)?;
        map.end()
    }
}

#[derive(Serialize)]
struct Notification<'a, P> {
    jsonrpc: &'static str,
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a P>,
}

/// The first message of a modern stream (`v26.sub.ack`).
pub(crate) fn acknowledgement(subscription: &RequestId, interests: &Interests) -> Bytes {
    #[derive(Serialize)]
    struct Params<'a> {
        _meta: Tag<'a>,
        notifications: &'a Interests,
    }
    let params = Params { _meta: Tag(subscription), notifications: interests };
    bytes("notifications/subscriptions/acknowledged", Some(&params))
}

/// The last message of a modern stream: the result of the request (`v26.sub.close`).
pub(crate) fn closing(subscription: &RequestId, server_info: &RawValue) -> Bytes {
    #[derive(Serialize)]
    struct Meta<'a> {
        #[serde(rename = "io.modelcontextprotocol/subscriptionId")]
        subscription: &'a RequestId,
        #[serde(rename = "io.modelcontextprotocol/serverInfo")]
        server_info: &'a RawValue,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Closed<'a> {
        result_type: &'static str,
        #[serde(rename = "_meta")]
        meta: Meta<'a>,
    }
    #[derive(Serialize)]
    struct Answer<'a> {
        jsonrpc: &'static str,
        id: &'a RequestId,
        result: Closed<'a>,
    }
    let result = Closed { result_type: "complete", meta: Meta { subscription, server_info } };
    serialised(&Answer { jsonrpc: "2.0", id: subscription, result })
}

/// An event as a notification: with the subscription's id on a modern stream, without on a legacy one.
pub(crate) fn notification(
    event: &Event,
    subscription: Option<&RequestId>,
    version: ProtocolVersion,
) -> Bytes {
    let method = match event {
        Event::ToolsListChanged => "notifications/tools/list_changed",
        Event::ResourcesListChanged => "notifications/resources/list_changed",
        Event::PromptsListChanged => "notifications/prompts/list_changed",
        Event::ResourceUpdated(_) => "notifications/resources/updated",
        Event::Task(_) => "notifications/tasks",
        Event::ElicitationComplete(_) => "notifications/elicitation/complete",
    };
    let params = Params { event, subscription, version };
    let empty = subscription.is_none() && !event.has_params();
    bytes(method, (!empty).then_some(&params))
}

impl Event {
    fn has_params(&self) -> bool {
        !matches!(self, Self::ToolsListChanged | Self::ResourcesListChanged | Self::PromptsListChanged)
    }
}

struct Params<'a> {
    event: &'a Event,
    subscription: Option<&'a RequestId>,
    version: ProtocolVersion,
}

impl Serialize for Params<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.event {
            Event::ResourceUpdated(uri) => map.serialize_entry("uri", uri)?,
            Event::ElicitationComplete(id) => map.serialize_entry("elicitationId", id)?,
            Event::Task(task) => task.write_all(self.version, &mut map)?,
            Event::ToolsListChanged | Event::ResourcesListChanged | Event::PromptsListChanged => {}
        }
        if let Some(subscription) = self.subscription {
            map.serialize_entry("_meta", &Tag(subscription))?;
        }
        map.end()
    }
}

fn bytes<P: Serialize>(method: &'static str, params: Option<&P>) -> Bytes {
    serialised(&Notification { jsonrpc: "2.0", method, params })
}

/// Strings and sets of strings all through; a task's result is a `Value`. None of it can fail.
fn serialised(message: &impl Serialize) -> Bytes {
    serde_json::to_vec(message).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn what_is_followed_is_bounded_in_number() {
        let mut followed = Followed::default();
        for number in 0..MOST_SUBSCRIPTIONS {
            followed.insert(&format!("test://{number}")).unwrap();
        }
        let refused = followed.insert("test://more").unwrap_err();
        assert_eq!(refused.code, ErrorCode::INVALID_PARAMS);
        // What is followed already needs no room.
        followed.insert("test://0").unwrap();
        followed.remove("test://0");
        followed.remove("test://never");
        followed.insert("test://more").unwrap();
        assert!(followed.contains("test://more") && !followed.contains("test://0"));
    }

    #[test]
    fn what_is_followed_is_bounded_in_bytes() {
        let (mut followed, half) = (Followed::default(), MOST_BYTES / 2);
        let (first, second) = ("a".repeat(half), "b".repeat(half));
        followed.insert(&first).unwrap();
        followed.insert(&first).unwrap();
        followed.insert(&second).unwrap();
        assert!(followed.insert("c").is_err());
        assert!(followed.weight() > MOST_BYTES);
        followed.remove(&first);
        followed.insert("c").unwrap();
        followed.remove(&second);
        followed.remove("c");
        assert_eq!(followed.weight(), 0);
    }
}
