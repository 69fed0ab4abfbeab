//! Slow readers, lagging ones, and the end.

use crate::capabilities::Capabilities;
use crate::notifier::Notifier;
use crate::runtime::StreamLimits;
use crate::subscription::Filter;
use crate::transport::slots::StreamSlots;

use super::*;

struct Rig {
    notifier: Notifier,
    slots: StreamSlots,
    shutdown: CancellationToken,
}

impl Rig {
    fn new() -> Self {
        let slots = StreamSlots::new(StreamLimits::default());
        Self { notifier: Notifier::new(), slots, shutdown: CancellationToken::new() }
    }

    /// A subscription of `owner` to tools and one resource, with room for so many messages.
    fn listen(&self, owner: &'static str, room: usize) -> queue::Receiver {
        let declared = Capabilities::new()
            .with_tools()
            .with_tools_list_changed()
            .with_resources()
            .with_resource_subscriptions();
        let mut filter = Filter { tools_list_changed: true, prompts_list_changed: true, ..Filter::default() };
        let mut interests = Interests::honoured(&mut filter, &declared);
        interests.resources.insert("test://mine").unwrap();
        let (out, messages) = queue::channel(room);
        let feed = Feed {
            listener: self.notifier.listen(),
            interests,
            kind: Kind::Subscription(RequestId::Integer(0), RawValue::from_string("{}".to_owned()).unwrap()),
            version: ProtocolVersion::LATEST,
            owner: owner.as_bytes().into(),
            out,
            shutdown: self.shutdown.clone(),
            _slot: self.slots.take(owner.as_bytes()).unwrap(),
        };
        tokio::spawn(feed.run::<&'static str>(owner, None));
        messages
    }
}

fn text(message: Option<Bytes>) -> String {
    String::from_utf8(message.unwrap().to_vec()).unwrap()
}

const TOOLS: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":0}}}"#;

#[tokio::test(start_paused = true)]
async fn only_what_concerns_a_stream_is_told() {
    let rig = Rig::new();
    let mut alice = rig.listen("alice", 8);
    rig.notifier.prompts_list_changed();
    rig.notifier.resource_updated("test://other");
    rig.notifier.tools_list_changed_for(&"bob");
    rig.notifier.resource_updated_for(&"bob", "test://mine");
    rig.notifier.resource_updated_for(&"alice", "test://mine");
    rig.notifier.tools_list_changed();
    assert!(text(alice.recv().await).contains(r#""uri":"test://mine""#));
    assert_eq!(text(alice.recv().await), TOOLS);
}

/// A ring's length of news in one go: what was missed is told once, and the client looks at everything again.
#[tokio::test(start_paused = true)]
async fn a_stream_that_lags_hears_of_everything_once() {
    let rig = Rig::new();
    let mut alice = rig.listen("alice", 8);
    for _ in 0..2_000 {
        rig.notifier.resource_updated("test://other");
    }
    rig.notifier.tools_list_changed();
    for _ in 0..2_000 {
        rig.notifier.resource_updated("test://other");
    }
    assert_eq!(text(alice.recv().await), TOOLS);
    assert!(text(alice.recv().await).contains(r#""uri":"test://mine""#));
    rig.notifier.tools_list_changed();
    assert_eq!(text(alice.recv().await), TOOLS);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_given_up() {
    let rig = Rig::new();
    let stuck = rig.listen("alice", 1);
    let mut reading = rig.listen("bob", 1);
    for _ in 0..3 {
        rig.notifier.tools_list_changed();
        assert_eq!(text(reading.recv().await), TOOLS);
    }
    assert_eq!(rig.slots.open(), 2);
    tokio::time::sleep(SLOW_READER + Duration::from_secs(1)).await;
    assert_eq!(rig.slots.open(), 1, "its place is free");
    drop(stuck);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_client_and_with_its_server() {
    let rig = Rig::new();
    let gone = rig.listen("alice", 1);
    let mut bob = rig.listen("bob", 1);
    tokio::task::yield_now().await;
    drop(gone);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(rig.slots.open(), 1);
    rig.shutdown.cancel();
    // v26.sub.close
    let closing = r#"{"jsonrpc":"2.0","id":0,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":0,"io.modelcontextprotocol/serverInfo":{}}}}"#;
    assert_eq!(text(bob.recv().await), closing);
    assert!(bob.recv().await.is_none());
    assert_eq!(rig.slots.open(), 0);
}
