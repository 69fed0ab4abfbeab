//! Holders that do not answer, instances that die, a store that goes away and comes back.

use std::time::Duration;

use mcp_protocol::MessageRelay as _;
use mcp_protocol::transport::relay::{Receipt, StreamId};
use tokio::time::Instant;

use super::world::{Instance, PATIENCE, World, holds, message, on_every_store, patient};

on_every_store!(
    a_slow_holder_is_unreachable,
    a_closed_stream_is_taken_off_the_store,
    a_dead_instances_streams_become_unknown,
    without_the_store_a_stream_serves_its_own_instance,
    an_older_announcement_does_not_come_back,
);

/// Delivers until the answer is this one; only these may come before.
async fn until(poster: &Instance, stream: &StreamId, wanted: Receipt, meanwhile: &[Receipt]) {
    let started = Instant::now();
    loop {
        let receipt = poster.relay.deliver(stream, message("alice", "x")).await;
        if receipt == wanted {
            return;
        }
        assert!(meanwhile.contains(&receipt), "{receipt:?}");
        assert!(started.elapsed() < PATIENCE, "still {receipt:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn a_slow_holder_is_unreachable(world: World) {
    let mut times = patient();
    times.receipt = Duration::from_millis(300);
    times.lease = Duration::from_secs(2);
    let (holder, other) = (world.instance_with(times).await, world.instance_with(times).await);
    let stream = StreamId::new("one");
    let mut inbox = holder.relay.register(&stream).await.unwrap();
    // For longer than a lease lasts: it is there all the time, and says so.
    for _ in 0..6 {
        for poster in [&holder, &other] {
            let receipt = poster.relay.deliver(&stream, message("alice", "x")).await;
            assert_eq!(receipt, Receipt::Unreachable);
            // The post does not know what became of its message.
            assert_eq!(inbox.next().await.unwrap().message().principal, "alice");
        }
    }
}

/// The store knows it, so that the holder's instance need not be asked.
async fn a_closed_stream_is_taken_off_the_store(world: World) {
    let mut times = patient();
    times.receipt = Duration::from_millis(200);
    let (holder, other) = (world.instance_with(times).await, world.instance_with(times).await);
    let stream = StreamId::new("one");
    let inbox = holder.relay.register(&stream).await.unwrap();
    // What the holder says is not heard: whoever asks it waits in vain.
    holder.store.mute(true);
    assert_eq!(other.relay.deliver(&stream, message("alice", "x")).await, Receipt::Unreachable);
    drop(inbox);
    until(&other, &stream, Receipt::UnknownStream, &[Receipt::Unreachable]).await;
}

async fn a_dead_instances_streams_become_unknown(world: World) {
    let mut times = patient();
    times.receipt = Duration::from_millis(200);
    times.lease = Duration::from_secs(2);
    let (dies, lives) = (world.instance_with(times).await, world.instance_with(times).await);
    let stream = StreamId::new("one");
    let inbox = dies.relay.register(&stream).await.unwrap();
    let kept = StreamId::new("two");
    let mut held = holds(lives.relay.register(&kept).await.unwrap());
    drop(dies);
    until(&lives, &stream, Receipt::UnknownStream, &[Receipt::Unreachable]).await;
    // From now on it is known without waiting.
    let asked = lives.relay.deliver(&stream, message("alice", "x"));
    assert_eq!(asked.await, Receipt::UnknownStream);
    assert_eq!(lives.relay.deliver(&kept, message("alice", "x")).await, Receipt::Accepted);
    assert!(held.next().await.is_some(), "the others' streams go on");
    // The client comes back, to another instance.
    let mut again = holds(lives.relay.register(&stream).await.unwrap());
    let third = world.instance().await;
    assert_eq!(third.relay.deliver(&stream, message("alice", "x")).await, Receipt::Accepted);
    assert!(again.next().await.is_some());
    drop(inbox);
}

async fn without_the_store_a_stream_serves_its_own_instance(world: World) {
    let mut times = patient();
    times.lease = Duration::from_millis(600);
    let (holder, other) = (world.instance_with(times).await, world.instance_with(times).await);
    let (before, during) = (StreamId::new("before"), StreamId::new("during"));
    let mut held = vec![holds(holder.relay.register(&before).await.unwrap())];
    holder.store.cut_off(true);
    other.store.cut_off(true);
    held.push(holds(holder.relay.register(&during).await.unwrap()));
    for stream in [&before, &during] {
        assert_eq!(holder.relay.deliver(stream, message("alice", "x")).await, Receipt::Accepted);
        assert_eq!(other.relay.deliver(stream, message("alice", "x")).await, Receipt::Unreachable);
    }
    holder.store.cut_off(false);
    other.store.cut_off(false);
    assert_eq!(other.relay.deliver(&before, message("alice", "x")).await, Receipt::Accepted);
    // What could not be announced is announced now.
    until(&other, &during, Receipt::Accepted, &[Receipt::UnknownStream]).await;
}

/// A holder that could not announce itself is the newest all the same.
async fn an_older_announcement_does_not_come_back(world: World) {
    let mut times = patient();
    times.lease = Duration::from_millis(300);
    times.announcement = Duration::from_millis(600);
    let (first, second) = (world.instance_with(times).await, world.instance_with(times).await);
    let stream = StreamId::new("one");
    let mut older = holds(first.relay.register(&stream).await.unwrap());
    second.store.cut_off(true);
    let mut newer = holds(second.relay.register(&stream).await.unwrap());
    second.store.cut_off(false);
    assert_eq!(older.next().await, None, "it is told once the newer one is announced");
    assert_eq!(first.relay.deliver(&stream, message("alice", "x")).await, Receipt::Accepted);
    assert!(newer.next().await.is_some());
}

/// The server ends and starts again with nothing in it: the channels are opened again, the streams announced again.
#[tokio::test]
async fn a_redis_that_was_restarted_learns_everything_again() {
    let Some(mut world) = World::in_redis().await else { return };
    let (holder, other) = (world.instance().await, world.instance().await);
    let stream = StreamId::new("one");
    let mut held = holds(holder.relay.register(&stream).await.unwrap());
    let redis = world.redis.as_mut().unwrap();
    redis.stop();
    assert_eq!(other.relay.deliver(&stream, message("alice", "x")).await, Receipt::Unreachable);
    assert_eq!(holder.relay.deliver(&stream, message("alice", "x")).await, Receipt::Accepted);
    assert!(held.next().await.is_some());
    redis.restart().await;
    until(&other, &stream, Receipt::Accepted, &[Receipt::Unreachable, Receipt::UnknownStream]).await;
    assert!(held.next().await.is_some());
}
