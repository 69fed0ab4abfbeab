//! A client that comes back reads on exactly where it was.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::arbitrary::any_json;
use crate::transport::event_stream::EventStream;
use crate::transport::event_stream::tests::{dispatched, drain, runtime};

fn key(name: &str) -> SessionKey {
    SessionKey::of(name)
}

fn follow(reader: LogReader) -> EventStream {
    EventStream::of_log(reader, Duration::from_secs(15))
}

/// The ids and the messages of a stream's events.
fn read(text: &str) -> (Vec<String>, Vec<Value>) {
    let ids = text.lines().filter_map(|line| line.strip_prefix("id: ")).map(str::to_owned).collect();
    let data = dispatched(text).into_iter().filter(|(_, data)| !data.is_empty());
    (ids, data.map(|(_, data)| serde_json::from_str(&data).unwrap()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(
        messages in prop::collection::vec(any_json(), 1..8),
        primed in any::<bool>(),
        seen in any::<prop::sample::Index>(),
        ended in any::<bool>(),
    ) {
        let runtime = runtime();
        let _guard = runtime.enter();
        let replay = Replay::default();
        // Logs of others, and an earlier one of the same session.
        let others = [replay.open(key("other"), primed), replay.open(key("mine"), primed)];
        others.iter().for_each(|log| log.push(Bytes::from_static(b"\"not this\"")));
        let log = replay.open(key("mine"), primed);
        let mut first = follow(EventLog::reader(&log, 0));
        messages.iter().for_each(|message| log.push(message.to_string().into()));
        if ended {
            log.end();
        }
        let (text, over) = drain(&mut first);
        prop_assert_eq!(over, ended);
        let (ids, all) = read(&text);
        prop_assert_eq!(&all, &messages);
        prop_assert_eq!(ids.len(), messages.len() + usize::from(primed));

        // After any of the events that it has seen.
        let seen = seen.index(ids.len());
        let rest = ids.len() - 1 - seen;
        prop_assert!(replay.find(key("other"), &ids[seen]).is_none(), "a log of somebody else's");
        let found = replay.find(key("mine"), &ids[seen]);
        prop_assert_eq!(found.is_some(), !(ended && rest == 0));
        let Some(found) = found else { return Ok(()) };
        let (text, over) = drain(&mut follow(found));
        prop_assert_eq!(over, ended);
        let (later, again) = read(&text);
        prop_assert_eq!(&later[..], &ids[seen + 1..]);
        prop_assert_eq!(&again[..], &messages[messages.len() - rest..]);
        // The connection before it has nothing more to say.
        prop_assert_eq!(drain(&mut first), (String::new(), true));
    }

    /// `Last-Event-ID` is the client's.
    #[test]
    fn any_id_is_looked_for(id in "([0-9a-f]{0,20}-[0-9]{0,22}|.{0,12})", ended in any::<bool>()) {
        let runtime = runtime();
        let _guard = runtime.enter();
        let replay = Replay::default();
        let log = replay.open(key("mine"), true);
        log.push(Bytes::from_static(b"1"));
        if ended {
            log.end();
        }
        if let Some(reader) = replay.find(key("mine"), &id) {
            let (text, over) = drain(&mut follow(reader));
            let (_, messages) = read(&text);
            prop_assert!(messages.len() <= 1 && over == ended, "{}", text);
        }
    }
}
