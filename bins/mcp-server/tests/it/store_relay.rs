//! The relay over a shared store: two or three relays, each an instance, in one process. Every test runs over the store in
//! memory and over a real Redis.

mod failures;
mod hostile;
mod world;

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mcp_protocol::MessageRelay as _;
use mcp_protocol::transport::relay::{Receipt, RelayedMessage, StreamId};

use self::world::{PATIENCE, World, holds, message, on_every_store, patient};

on_every_store!(
    a_message_reaches_the_instance_that_holds_the_stream,
    what_the_holder_says_is_what_the_post_hears,
    the_local_way_asks_nothing_of_the_store,
    the_newest_holder_wins,
    a_takeover_that_nobody_heard_of_is_found_out,
    a_closed_stream_is_unknown,
    an_instance_that_stops_takes_leave,
    messages_have_a_size,
    many_at_once_are_all_taken,
);

async fn a_message_reaches_the_instance_that_holds_the_stream(world: World) {
    let (holder, other) = (world.instance().await, world.instance().await);
    let stream = StreamId::new("one");
    let mut held = holds(holder.relay.register(&stream).await.unwrap());
    let every_byte: Bytes = (0..=u8::MAX).collect();
    let mut sent = RelayedMessage::new("alice".to_owned(), every_byte.clone());
    sent.user_agent = Some("agent/1".into());
    assert_eq!(other.relay.deliver(&stream, sent).await, Receipt::Accepted);
    let heard = held.next().await.unwrap();
    assert_eq!((heard.principal.as_str(), &heard.body), ("alice", &every_byte));
    assert_eq!(heard.user_agent.as_deref(), Some("agent/1"));

    assert_eq!(holder.relay.deliver(&stream, message("bob", "here")).await, Receipt::Accepted);
    let heard = held.next().await.unwrap();
    assert_eq!((heard.principal.as_str(), &heard.body[..], heard.user_agent), ("bob", &b"here"[..], None));
    for instance in [&holder, &other] {
        let unknown = instance.relay.deliver(&StreamId::new("two"), message("alice", "")).await;
        assert_eq!(unknown, Receipt::UnknownStream);
    }
}

async fn what_the_holder_says_is_what_the_post_hears(world: World) {
    let (holder, other) = (world.instance().await, world.instance().await);
    let stream = StreamId::new("one");
    let mut inbox = holder.relay.register(&stream).await.unwrap();
    for said in
        [Receipt::Accepted, Receipt::UnknownStream, Receipt::Busy, Receipt::TooLarge, Receipt::Unreachable]
    {
        for poster in [&holder, &other] {
            let holds = async { inbox.next().await.unwrap().acknowledge(said) };
            let (heard, ()) = tokio::join!(poster.relay.deliver(&stream, message("alice", "x")), holds);
            assert_eq!(heard, said);
        }
    }
    // Whom the holder's instance does not know (any more) never gets as far as the stream.
    for (principal, said) in [("revoked", Receipt::UnknownStream), ("unavailable", Receipt::Unreachable)] {
        assert_eq!(other.relay.deliver(&stream, message(principal, "x")).await, said);
    }
    // A stream takes sixteen messages that it has not looked at; the rest is too much.
    let posts = (0..20).map(|_| other.relay.deliver(&stream, message("alice", "x")));
    let mut posts: FuturesUnordered<_> = posts.collect();
    for _ in 16..20 {
        assert_eq!(posts.next().await, Some(Receipt::Busy));
    }
    let _held = holds(inbox);
    assert_eq!(posts.collect::<Vec<_>>().await, [Receipt::Accepted; 16]);
}

async fn the_local_way_asks_nothing_of_the_store(world: World) {
    let instance = world.instance().await;
    let stream = StreamId::new("one");
    let _held = holds(instance.relay.register(&stream).await.unwrap());
    // The beat of the lease asks now and then; a thousand messages in that time do not.
    let before = instance.store.asked();
    for _ in 0..1_000 {
        assert_eq!(instance.relay.deliver(&stream, message("alice", "x")).await, Receipt::Accepted);
    }
    assert!(instance.store.asked() - before < 50, "{} operations", instance.store.asked() - before);
}

async fn the_newest_holder_wins(world: World) {
    let (first, second, third) = (world.instance().await, world.instance().await, world.instance().await);
    let stream = StreamId::new("one");
    let mut before = holds(first.relay.register(&stream).await.unwrap());
    for newest in [&second, &first, &first, &third] {
        let mut held = holds(newest.relay.register(&stream).await.unwrap());
        assert_eq!(before.next().await, None, "the inbox of the one before closes");
        for poster in [&first, &second, &third] {
            assert_eq!(poster.relay.deliver(&stream, message("alice", "x")).await, Receipt::Accepted);
            assert_eq!(held.next().await.unwrap().principal, "alice");
        }
        before = held;
    }
}

/// The word to the holder before is lost: it finds out when it renews what it announced.
async fn a_takeover_that_nobody_heard_of_is_found_out(world: World) {
    let mut times = patient();
    times.lease = Duration::from_millis(300);
    times.announcement = Duration::from_millis(600);
    let (first, second) = (world.instance_with(times).await, world.instance_with(times).await);
    let stream = StreamId::new("one");
    let mut before = holds(first.relay.register(&stream).await.unwrap());
    second.store.mute(true);
    let mut held = holds(second.relay.register(&stream).await.unwrap());
    second.store.mute(false);
    assert_eq!(before.next().await, None);
    // And it left the newest one's announcement alone.
    assert_eq!(first.relay.deliver(&stream, message("alice", "x")).await, Receipt::Accepted);
    assert_eq!(held.next().await.unwrap().principal, "alice");
}

async fn a_closed_stream_is_unknown(world: World) {
    let (holder, other) = (world.instance().await, world.instance().await);
    let stream = StreamId::new("one");
    let inbox = holder.relay.register(&stream).await.unwrap();
    drop(inbox);
    for instance in [&holder, &other] {
        let receipt = instance.relay.deliver(&stream, message("alice", "x")).await;
        assert_eq!(receipt, Receipt::UnknownStream);
    }
    // It may be opened again, and what is left of the first time does not get in its way.
    let mut held = holds(other.relay.register(&stream).await.unwrap());
    for instance in [&holder, &other] {
        assert_eq!(instance.relay.deliver(&stream, message("alice", "x")).await, Receipt::Accepted);
        assert!(held.next().await.is_some());
    }
}

async fn an_instance_that_stops_takes_leave(world: World) {
    let mut times = patient();
    // Whoever waited for a receipt would wait for ever.
    times.receipt = Duration::from_secs(3_600);
    let (holder, other) = (world.instance_with(times).await, world.instance_with(times).await);
    let streams = [StreamId::new("one"), StreamId::new("two")];
    let open = holder.relay.register(&streams[0]).await.unwrap();
    drop(holder.relay.register(&streams[1]).await.unwrap());
    holder.relay.stop().await;
    for stream in &streams {
        let posted = other.relay.deliver(stream, message("alice", "x"));
        let receipt = tokio::time::timeout(PATIENCE, posted).await.expect("nobody is waited for");
        assert_eq!(receipt, Receipt::UnknownStream);
    }
    drop(open);
}

async fn messages_have_a_size(world: World) {
    let (holder, other) = (world.instance().await, world.instance().await);
    let stream = StreamId::new("one");
    let mut held = holds(holder.relay.register(&stream).await.unwrap());
    let post = async |instance: &world::Instance, bytes: usize| {
        instance.relay.deliver(&stream, message("alice", &"x".repeat(bytes))).await
    };
    for bytes in [0, 1, 44_000] {
        assert_eq!(post(&other, bytes).await, Receipt::Accepted, "{bytes}");
        assert_eq!(held.next().await.unwrap().body.len(), bytes);
    }
    for bytes in [50_000, 70_000, 1 << 20] {
        assert_eq!(post(&other, bytes).await, Receipt::TooLarge, "{bytes}");
        assert_eq!(post(&holder, bytes).await, Receipt::Accepted, "{bytes}: here there is no such bound");
        assert_eq!(held.next().await.unwrap().body.len(), bytes);
    }
}

async fn many_at_once_are_all_taken(world: World) {
    let (holder, other) = (world.instance().await, world.instance().await);
    let streams: Vec<_> = (0..200).map(|number| StreamId::new(number.to_string())).collect();
    let mut held = Vec::new();
    for stream in &streams {
        held.push(holds(holder.relay.register(stream).await.unwrap()));
    }
    let posts = streams.iter().map(|stream| other.relay.deliver(stream, message("alice", stream.as_str())));
    let receipts = futures_util::future::join_all(posts).await;
    assert!(receipts.iter().all(|receipt| *receipt == Receipt::Accepted), "{receipts:?}");
    for (stream, held) in streams.iter().zip(&mut held) {
        assert_eq!(held.next().await.unwrap().body, stream.as_str().as_bytes());
    }
}
