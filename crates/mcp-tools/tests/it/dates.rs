//! Dates in words, in every reading tool alike.

use serde_json::{Value, json};

use crate::world::{World, contains};

/// Tools that read activities, and what their items are called.
const READERS: [(&str, &str); 4] = [
    ("fetch-messages", "messages"),
    ("fetch-call-transcripts", "calls"),
    ("fetch-missed-calls", "calls"),
    ("list-calls", "calls"),
];

async fn all(world: &World, tool: &str, items: &str, mut arguments: Value) -> Vec<Value> {
    let mut all = Vec::new();
    for _ in 0..200 {
        let answer = world.call(tool, arguments.clone()).await.ok();
        all.extend_from_slice(answer.data[items].as_array().expect("items"));
        if answer.data["coverage"]["complete"] == true {
            return all;
        }
        arguments["cursor"] = answer.data["coverage"]["cursor"].clone();
    }
    panic!("the list has no end")
}

/// The same interval in words and as dates; the clock stands at Sunday 2026-11-22, 10:30 in San Francisco.
#[tokio::test]
async fn words_mean_what_the_dates_mean() {
    let world = World::start().await;
    let zone = "America/Los_Angeles";
    for (words, from, until) in [
        (["yesterday", "yesterday"], "2026-11-21", "2026-11-21"),
        (["since Monday", "until Friday"], "2026-11-16", "2026-11-20"),
        (["last month", "last month"], "2026-10-01", "2026-10-31"),
        (["last 30 days", "now"], "2026-10-23", "2026-11-22T10:30:00-08:00"),
        (["this week", "2 hours ago"], "2026-11-16", "2026-11-22T08:30:00-08:00"),
    ] {
        for (tool, items) in READERS {
            let in_words = json!({
                "inbox": "Front desk", "createdAfter": words[0], "createdBefore": words[1], "timeZone": zone
            });
            let in_dates = json!({ "inbox": "Front desk", "createdAfter": from, "createdBefore": until, "timeZone": zone });
            let expected = all(&world, tool, items, in_dates.clone()).await;
            assert_eq!(all(&world, tool, items, in_words.clone()).await, expected, "{tool} {words:?}");
            let (words, dates) =
                (world.call(tool, in_words).await.ok(), world.call(tool, in_dates).await.ok());
            assert_eq!(words.data["period"], dates.data["period"]);
            contains(
                &words.text,
                &["newest first, from 2026-", ", before 2026-", "times in America/Los_Angeles"],
            );
        }
    }
    // The lists are not empty, or all of them would be equal.
    assert!(
        all(&world, "list-calls", "calls", json!({ "inbox": "Front desk", "createdAfter": "last month" }))
            .await
            .len()
            > 5
    );
}

#[tokio::test]
async fn what_is_understood_is_stated() {
    let world = World::start().await;
    let arguments = json!({ "inbox": "Front desk", "createdAfter": "Friday", "timeZone": "Asia/Tokyo" });
    let answer = world.call("list-calls", arguments).await.ok();
    assert_eq!(answer.data["period"], json!({ "from": "2026-11-20T00:00:00+09:00" }));
    let answer = world.call("list-calls", json!({ "inbox": "Front desk" })).await.ok();
    assert!(answer.data["period"].is_null());
}

/// A cursor keeps to the interval with which its list began, whatever the words mean by then.
#[tokio::test]
async fn a_cursor_stays_good_while_time_goes_on() {
    let world = World::start().await;
    for (tool, items) in READERS {
        let mut arguments =
            json!({ "inbox": "Front desk", "createdAfter": "last 30 days", "createdBefore": "now" });
        let whole = all(&world, tool, items, arguments.clone()).await;
        arguments["maxResults"] = 1.into();
        let first = world.call(tool, arguments.clone()).await.ok();
        world.advance(26 * 3600);
        arguments["cursor"] = first.data["coverage"]["cursor"].clone();
        let rest = all(&world, tool, items, arguments.clone()).await;
        let mut both = first.data[items].as_array().expect("items").clone();
        both.extend(rest);
        assert_eq!(both, whole, "{tool}");
        let next = world.call(tool, arguments.clone()).await.ok();
        assert_eq!(next.data["period"], first.data["period"], "{tool}");
        arguments["createdAfter"] = "last 31 days".into();
        contains(&world.call(tool, arguments).await.error(), &["cursor", "other arguments"]);
    }
}

#[tokio::test]
async fn what_is_not_understood_is_refused_before_anything_is_read() {
    let world = World::start().await;
    for (tool, _) in READERS {
        for (text, said) in [
            ("the other day", "not understood"),
            ("next week", "future"),
            ("11/20/2026", "year first"),
            ("since yesterday", "not after createdAfter"),
        ] {
            let (after, before) =
                if text.starts_with("since") { (text, "2 days ago") } else { (text, "today") };
            let arguments = json!({ "inbox": "Front desk", "createdAfter": after, "createdBefore": before });
            contains(&world.call(tool, arguments).await.error(), &[said]);
        }
    }
    assert_eq!(world.sandbox.request_log().values().sum::<u64>(), 0);
}
