//! Somebody who reads and writes the store: learns nothing, and brings nothing about.

use std::sync::Arc;
use std::time::Duration;

use mcp_protocol::MessageRelay as _;
use mcp_protocol::transport::relay::{Receipt, RelayedMessage, StreamId};
use sealing::{Keys, OsEntropy, Sealer};
use state_store::Store as _;

use super::world::{World, holds, message, on_every_store, patient, said};

on_every_store!(
    nothing_on_a_channel_is_readable,
    what_is_published_again_is_not_taken_again,
    foreign_messages_are_refused,
    what_was_held_back_is_too_old,
);

async fn nothing_on_a_channel_is_readable(world: World) {
    let (holder, other) = (world.instance().await, world.instance().await);
    let (mut to_holder, mut to_other) = (holder.overheard().await, other.overheard().await);
    let stream = StreamId::new("canary-stream");
    let _held = holds(holder.relay.register(&stream).await.unwrap());
    let mut sent = RelayedMessage::new("canary-principal".to_owned(), "canary-body".into());
    sent.user_agent = Some("canary-agent".into());
    assert_eq!(other.relay.deliver(&stream, sent).await, Receipt::Accepted);
    let _newer = holds(other.relay.register(&stream).await.unwrap());
    for text in [said(&mut to_holder).await, said(&mut to_other).await, said(&mut to_holder).await] {
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with("opqrm_"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

async fn what_is_published_again_is_not_taken_again(world: World) {
    let (holder, other) = (world.instance().await, world.instance().await);
    let mut overheard = holder.overheard().await;
    let stream = StreamId::new("one");
    let mut held = holds(holder.relay.register(&stream).await.unwrap());
    let mut recorded = Vec::new();
    for body in ["1", "2", "3"] {
        assert_eq!(other.relay.deliver(&stream, message("alice", body)).await, Receipt::Accepted);
        assert_eq!(held.next().await.unwrap().body, body.as_bytes());
        recorded.push(said(&mut overheard).await);
    }
    for text in &recorded {
        for _ in 0..2 {
            other.store.publish(&holder.channel(), text).await.unwrap();
        }
    }
    // The channel keeps its order: these come after everything that was played again.
    for _ in 0..20 {
        assert_eq!(other.relay.deliver(&stream, message("alice", "new")).await, Receipt::Accepted);
        assert_eq!(held.next().await.unwrap().body, "new");
    }
    assert_eq!(held.unread(), 0);
}

async fn foreign_messages_are_refused(world: World) {
    let (holder, other, third) = (world.instance().await, world.instance().await, world.instance().await);
    let stream = StreamId::new("one");
    let mut held = holds(holder.relay.register(&stream).await.unwrap());

    // Of a deployment with other keys, that knows how everything is done: it even has the stream's value in the store,
    // because that one is no secret.
    let keys = Keys::generate(&OsEntropy);
    let sealer = Sealer::new(keys.ring, "https://mcp.example.com", Arc::new(OsEntropy));
    let mut hasty = patient();
    hasty.receipt = Duration::from_millis(300);
    let foreign = world.instance_sealing(sealer, hasty).await;
    let receipt = foreign.relay.deliver(&stream, message("mallory", "foreign")).await;
    assert_eq!(receipt, Receipt::Unreachable, "nobody answers it");

    // Sealed by us, while another instance held this very stream.
    let mut overheard = third.overheard().await;
    let moved = StreamId::new("two");
    let mut there = holds(third.relay.register(&moved).await.unwrap());
    assert_eq!(other.relay.deliver(&moved, message("alice", "for another")).await, Receipt::Accepted);
    assert!(there.next().await.is_some());
    let for_third = said(&mut overheard).await;
    let here = holds(holder.relay.register(&moved).await.unwrap());
    // Cut, changed, and no text at all.
    let mut changed = for_third.clone();
    *changed.last_mut().unwrap() ^= 1;
    for text in [&for_third[..], &for_third[..for_third.len() / 2], &changed, b"", b"opqrm_k1_", &[0xff; 100]]
    {
        other.store.publish(&holder.channel(), text).await.unwrap();
    }
    for _ in 0..20 {
        assert_eq!(other.relay.deliver(&stream, message("alice", "ours")).await, Receipt::Accepted);
        assert_eq!(held.next().await.unwrap().body, "ours");
    }
    assert_eq!((held.unread(), here.unread()), (0, 0));
}

/// Taken off the way and brought later: whoever posted it was told that it did not arrive.
async fn what_was_held_back_is_too_old(world: World) {
    let mut hasty = patient();
    hasty.receipt = Duration::from_millis(300);
    let (holder, other) = (world.instance().await, world.instance_with(hasty).await);
    let stream = StreamId::new("one");
    let mut held = holds(holder.relay.register(&stream).await.unwrap());
    let deliver = async |body: &str| other.relay.deliver(&stream, message("alice", body)).await;
    other.store.mute(true);
    for body in ["soon", "late"] {
        assert_eq!(deliver(body).await, Receipt::Unreachable);
    }
    other.store.mute(false);
    let lost = other.store.lost();
    let [soon, late] = &lost[..] else { panic!("{} messages", lost.len()) };

    // Nobody can tell a slow way from a thief: within half a minute a message is still good.
    world.clock.advance(Duration::from_secs(29));
    other.store.publish(&holder.channel(), soon).await.unwrap();
    assert_eq!(held.next().await.unwrap().body, "soon");
    world.clock.advance(Duration::from_secs(2));
    other.store.publish(&holder.channel(), late).await.unwrap();
    for _ in 0..20 {
        // The test hurries nobody: only the first two had to be given up soon.
        let receipt = deliver("new").await;
        if receipt == Receipt::Accepted {
            assert_eq!(held.next().await.unwrap().body, "new");
        }
    }
    assert_eq!(held.unread(), 0);
}
