//! Who is not texted, and what is said about who is: lists of recipients, opt-outs, quiet hours where they are, numbers
//! that nothing was written with before.

use std::sync::Arc;

use mcp_tools::{Limits, QuietHours, RecipientRule};
use openphone_sandbox::{Fault, Operation};
use serde_json::{Value, json};
use state_store::Clock as _;

use crate::world::{ALPHA, Answer, DESK, NORA, STRANGER, THEO, World, contains};

/// The other inbox of alpha.
const EMERGENCY: &str = "Emergency line";
const NEW_YORK: &str = "+12125550142";
const PENSACOLA: &str = "+18505550142";
const PHOENIX: &str = "+16025550142";
const NAVAJO: &str = "+19285550142";
const HONOLULU: &str = "+18085550142";
const LONDON: &str = "+442079460958";
const TOKYO: &str = "+819012345678";
const IRIDIUM: &str = "+881612345678";

fn text(to: &str, content: &str) -> Value {
    json!({ "from": "Front desk", "to": to, "content": content })
}

fn limits(value: Value) -> Limits {
    serde_json::from_value(value).expect("limits")
}

/// The standard with room for many texts, and with other limits beside.
fn operator(value: Value) -> Limits {
    let mut operator = Limits::standard().tightened(&limits(value));
    (operator.sends_per_hour, operator.new_recipients_per_hour) = (Some(1_000), Some(1_000));
    (operator.sends_per_day, operator.recipient_per_day, operator.recipient_gap_seconds) =
        (Some(1_000), Some(1_000), None);
    operator
}

fn kinds(answer: &Answer) -> Vec<&str> {
    let warnings = answer.data["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
    warnings.iter().map(|warning| warning["kind"].as_str().expect("a kind")).collect()
}

fn writes(world: &World, from: &str, content: &str) {
    world.advance(1);
    world.sandbox.incoming_text(ALPHA, from, DESK, content).expect("it arrives");
}

/// Moves the clock on to a moment.
#[track_caller]
fn at(world: &World, moment: &str) {
    let moment: jiff::Timestamp = moment.parse().expect("a moment");
    let now = i64::try_from(world.clock.since_epoch().as_secs()).expect("in this age");
    world.advance(u64::try_from(moment.as_second() - now).expect("clocks go forward"));
}

fn reads(world: &World) -> u64 {
    world.sandbox.requests(Operation::ListMessages)
}

#[tokio::test]
async fn a_text_in_quiet_hours_goes_out_with_a_warning() {
    let world = World::with_limits(operator(json!({}))).await;
    // 10:30 in San Francisco.
    let answer = world.call("send-message", text(NORA, "Hi")).await.ok();
    assert_eq!(kinds(&answer), [""; 0]);
    assert!(!answer.text.contains("Warning"), "{}", answer.text);
    let answer = world.call("send-message", text(TOKYO, "Hi")).await.ok();
    assert_eq!(kinds(&answer), ["never_texted", "quiet_hours"]);
    assert!(answer.data["warnings"][1].get("recipients").is_none(), "there is one recipient");
    contains(
        &answer.text,
        &[
            "Warning: It is Mon 03:30 (Asia/Tokyo) at the recipient, by their number: within the quiet hours 21:00 to 08:00.",
        ],
    );
    let answer = world.call("send-message", text(LONDON, "Hi")).await.ok();
    assert_eq!(kinds(&answer), ["never_texted"], "18:30");
    at(&world, "2026-11-22T21:30:00Z");
    let answer = world.call("send-message", text(LONDON, "Later")).await.ok();
    assert_eq!(kinds(&answer), ["quiet_hours"], "21:30");
}

/// A bulk says each warning once, with whom it concerns.
#[tokio::test]
async fn a_bulk_groups_its_warnings() {
    let world = World::with_limits(operator(json!({}))).await;
    at(&world, "2026-11-23T02:30:00Z");
    let to = [NORA, NEW_YORK, "+12125550143", PENSACOLA, HONOLULU];
    let arguments = json!({ "from": "Front desk", "to": to, "content": "Hi" });
    let answer = world.call("bulk-messages", arguments.clone()).await.ok();
    assert_eq!(kinds(&answer), ["never_texted", "quiet_hours", "quiet_hours"]);
    let warnings = &answer.data["warnings"];
    assert_eq!(warnings[0]["recipients"], json!([NEW_YORK, "+12125550143", PENSACOLA, HONOLULU]));
    assert_eq!(warnings[1]["recipients"], json!([NEW_YORK, "+12125550143"]));
    assert_eq!(warnings[2]["recipients"], json!([PENSACOLA]), "quiet in its eastern part alone");
    contains(
        &answer.text,
        &["between Sun 20:30 (America/Chicago) and Sun 21:30 (America/New_York)", "Warning for +12125550142"],
    );
    // Nothing was sent now, and so nothing is warned about.
    let again = world.call("bulk-messages", arguments).await.ok();
    assert_eq!((again.data["counts"]["duplicate"].as_u64(), kinds(&again).len()), (Some(5), 0));
}

#[tokio::test]
async fn refusing_quiet_hours_say_when_it_is_possible() {
    let world =
        World::with_limits(operator(json!({ "quietHours": [{ "window": "21:00-08:00", "refuse": true }] })))
            .await;
    for (now, to, expected) in [
        // One area code in two zones: quiet where it is quiet in either.
        ("2026-11-23T02:30:00Z", PENSACOLA, Some("between Sun 20:30 (America/Chicago)")),
        ("2026-11-23T13:30:00Z", PENSACOLA, Some("between Mon 07:30 (America/Chicago)")),
        ("2026-11-23T14:00:00Z", PENSACOLA, None),
        // New York, when the clocks go forward and when they go back.
        ("2027-03-13T12:30:00Z", NEW_YORK, Some("Sat 07:30 (America/New_York)")),
        ("2027-03-14T12:30:00Z", NEW_YORK, None),
        // Arizona keeps its time, the Navajo Nation does not.
        ("2027-07-01T03:30:00Z", PHOENIX, None),
        ("2027-07-01T03:30:00Z", NAVAJO, Some("between Wed 20:30 (America/Phoenix)")),
        // A toll-free number may be answered anywhere.
        ("2027-07-01T17:30:00Z", "+18885550142", Some("their number has no place")),
        ("2027-07-01T18:30:00Z", "+18885550142", None),
        ("2027-11-06T12:00:00Z", NEW_YORK, None),
        ("2027-11-07T01:30:00Z", NEW_YORK, Some("Sat 21:30 (America/New_York)")),
        ("2027-11-07T12:30:00Z", NEW_YORK, Some("Sun 07:30 (America/New_York)")),
        ("2027-11-07T13:00:00Z", NEW_YORK, None),
        ("2027-11-08T01:30:00Z", NEW_YORK, None),
    ] {
        at(&world, now);
        let before = world.sent().len();
        let answer = world.call("send-message", text(to, &format!("At {now}"))).await;
        match expected {
            None => assert!(!answer.is_error, "{now} {to}: {}", answer.text),
            Some(local) => {
                let error = answer.error();
                contains(&error, &[local, "Nothing was sent.", "nothing is scheduled"]);
                contains(&error, &["Wait "]);
            }
        }
        assert_eq!(world.sent().len() - before, usize::from(expected.is_none()), "{now} {to}");
    }
    at(&world, "2027-11-09T06:00:00Z");
    contains(
        &world.call("send-message", text(NEW_YORK, "Late")).await.error(),
        &["Tue 01:00", "Wait 7 hours first."],
    );
}

/// A night that began after the text went out takes nothing back.
#[tokio::test]
async fn what_went_out_before_the_quiet_hours_is_still_the_first_result() {
    let world =
        World::with_limits(operator(json!({ "quietHours": [{ "window": "21:00-08:00", "refuse": true }] })))
            .await;
    at(&world, "2026-11-23T01:58:00Z");
    let first = world.call("send-message", text(NEW_YORK, "See you")).await.ok();
    world.advance(180);
    let again = world.call("send-message", text(NEW_YORK, "See you")).await.ok();
    assert_eq!(again.data["duplicate"], true);
    assert_eq!(again.data["messageId"], first.data["messageId"]);
    world.call("send-message", text(NEW_YORK, "Something else")).await.error();
    assert_eq!(world.sent().len(), 1);
}

#[tokio::test]
async fn where_no_time_is_known_it_is_said() {
    let mut lax = operator(json!({}));
    lax.deny_recipients = Arc::default();
    let world = World::with_limits(lax).await;
    let answer = world.call("send-message", text(IRIDIUM, "Hi")).await.ok();
    assert_eq!(kinds(&answer), ["never_texted", "time_unknown"]);
    let refusing = limits(json!({ "quietHours": [{ "window": "21:00-08:00", "refuse": true }] }));
    let error = world.call_limited(&refusing, "send-message", text(IRIDIUM, "Hello")).await.error();
    contains(&error, &["local time is not known", "Nothing was sent."]);
    // Without quiet hours there is nothing to say.
    let mut off = operator(json!({}));
    (off.deny_recipients, off.quiet_hours) = (Arc::default(), Arc::default());
    let world = World::with_limits(off).await;
    let answer = world.call("send-message", text(IRIDIUM, "Hi")).await.ok();
    assert_eq!(kinds(&answer), ["never_texted"]);
}

#[tokio::test]
async fn who_opted_out_is_not_texted_until_they_opt_in() {
    let world = World::with_limits(operator(json!({}))).await;
    for (said, out) in [("Stop!", true), ("Are you there?", true), ("Revoke.", true), ("START", false)] {
        writes(&world, STRANGER, said);
        let sent = world.sent().len();
        let answer = world.call("send-message", text(STRANGER, &format!("After {said}"))).await;
        if out {
            contains(
                &answer.error(),
                &["has opted out", "Nothing was sent.", "by texting START to this inbox"],
            );
            assert_eq!(world.sent().len(), sent, "{said}");
        } else {
            assert_eq!(kinds(&answer.ok()), [""; 0], "{said}");
            assert_eq!(world.sent().len(), sent + 1, "{said}");
        }
    }
    // Who is clear is not looked at again for five minutes.
    writes(&world, STRANGER, "STOP");
    world.call("send-message", text(STRANGER, "Within the time")).await.ok();
    // Another inbox has not been told.
    let world = World::with_limits(operator(json!({}))).await;
    writes(&world, STRANGER, "STOP");
    let other = json!({ "from": EMERGENCY, "to": STRANGER, "content": "Hi" });
    world.call("send-message", other).await.ok();
    // In a bulk, the others are texted.
    let arguments = json!({ "from": "Front desk", "to": [NORA, STRANGER], "content": "Hi" });
    let answer = world.call("bulk-messages", arguments).await.ok();
    assert_eq!(answer.data["counts"]["sent"], 1);
    assert_eq!(answer.data["recipients"][1]["status"], "not_attempted");
    assert_eq!(answer.data["problems"][0]["recipients"], json!([STRANGER]));
    assert_eq!(answer.data["quotaLeft"]["thisHour"], 998, "who is left out costs nothing");
}

/// Words to the same end are for the person to judge.
#[tokio::test]
async fn a_request_in_other_words_is_a_warning() {
    let world = World::with_limits(operator(json!({}))).await;
    writes(&world, STRANGER, "Please stop texting me");
    let answer = world.call("send-message", text(STRANGER, "Sorry")).await.ok();
    assert_eq!(kinds(&answer), ["perhaps_opted_out"]);
    contains(&answer.text, &["may ask not to be texted any more", "fetch-messages"]);
    // Five messages later it is old.
    for n in 0..5 {
        writes(&world, STRANGER, &format!("Something else {n}"));
    }
    assert_eq!(kinds(&world.call("send-message", text(STRANGER, "Fine")).await.ok()), [""; 0]);
}

#[tokio::test]
async fn an_opt_out_that_cannot_be_checked_is_a_warning_or_a_refusal() {
    let world = World::with_limits(operator(json!({}))).await;
    world.sandbox.faults().always(Operation::ListMessages, Fault::server_error());
    let answer = world.call("send-message", text(NORA, "Hi")).await.ok();
    assert_eq!(kinds(&answer), ["opt_out_unchecked"]);
    contains(&answer.text, &["could not be checked", "out of reach"]);
    let strict = limits(json!({ "refuseUnchecked": true }));
    let sent = world.sent().len();
    let error = world.call_limited(&strict, "send-message", text(THEO, "Hi")).await.error();
    contains(&error, &["could not be checked", "Nothing was sent.", "Call again in a minute."]);
    let two = json!({ "from": "Front desk", "to": [NORA, THEO], "content": "Both" });
    let answer = world.call_limited(&strict, "bulk-messages", two.clone()).await;
    assert_eq!(answer.data["counts"]["not_attempted"], 2);
    assert_eq!(world.sent().len(), sent);
    world.sandbox.faults().clear();
    world.call_limited(&strict, "bulk-messages", two).await.ok();
    assert_eq!(world.sent().len(), sent + 2);
}

/// A silent upstream is not asked a hundred times.
#[tokio::test]
async fn many_unreadable_histories_are_given_up_early() {
    let world = World::with_limits(operator(json!({}))).await;
    world.sandbox.faults().always(Operation::ListMessages, Fault::malformed_json());
    let to: Vec<String> =
        (0..60).map(|n| format!("+1415555{n:04}")).filter(|to| !to.ends_with("19")).collect();
    let arguments = json!({ "from": "Front desk", "to": to, "content": "Hi" });
    let answer = world.call("bulk-messages", arguments).await.ok();
    assert!(kinds(&answer).iter().all(|kind| *kind == "opt_out_unchecked"), "{}", answer.text);
    assert!(kinds(&answer).len() <= 2, "each reason stands once: {}", answer.text);
    assert!(reads(&world) < 30, "{} reads", reads(&world));
}

/// What a bulk reads before its first text: a few pages of the inbox where its history is short, one or two requests per
/// recipient at most, and nothing the second time.
#[tokio::test]
async fn a_bulk_reads_little_before_it_sends() {
    let world = World::with_limits(operator(json!({}))).await;
    let numbers = |from: u32, count: u32| -> Vec<String> {
        (from..from + count).map(|n| format!("+1646555{n:04}")).filter(|to| !to.ends_with("19")).collect()
    };
    let bulk =
        |inbox: &str, to: &[String], content: &str| json!({ "from": inbox, "to": to, "content": content });
    // An inbox with a short history answers for all.
    let to = numbers(200, 90);
    let before = reads(&world);
    world.call("bulk-messages", bulk(EMERGENCY, &to, "One")).await.ok();
    let short = reads(&world) - before;
    assert!(short <= 18, "{short} reads for {} recipients", to.len());
    // They have been texted now: the same recipients are looked for once more, and are clear from then on.
    let before = reads(&world);
    world.call("bulk-messages", bulk(EMERGENCY, &to, "Two")).await.ok();
    let second = reads(&world) - before;
    assert!(second <= 18, "{second} reads");
    let before = reads(&world);
    world.call("bulk-messages", bulk(EMERGENCY, &to, "Three")).await.ok();
    assert_eq!(reads(&world) - before, 0, "everybody is remembered");
}

#[tokio::test]
async fn lists_say_that_they_are_lists() {
    let allow = |list: &[&str]| json!({ "allowRecipients": [list] });
    let world = World::with_limits(operator(allow(&["US", "+442079460958"]))).await;
    for to in [NORA, LONDON] {
        world.call("send-message", text(to, "Hi")).await.ok();
    }
    for to in ["+14165550142", "+442079460959", TOKYO] {
        let error = world.call("send-message", text(to, "Hi")).await.error();
        contains(
            &error,
            &["is not on this server's list", "Nothing was sent.", "well formed", "whoever runs this server"],
        );
    }
    // The standard's own: premium-rate and satellite numbers.
    let world = World::with_limits(operator(json!({}))).await;
    for (to, what) in [("+19005550142", "premium-rate numbers"), (IRIDIUM, "satellite numbers")] {
        let error = world.call("send-message", text(to, "Hi")).await.error();
        contains(&error, &["This server does not text", what, "whoever runs this server"]);
    }
    // A connection's own list is the person's.
    let grant = limits(json!({ "denyRecipients": ["+1415555*"], "allowRecipients": [["US", "CA"]] }));
    let error = world.call_limited(&grant, "send-message", text(NORA, "Hi")).await.error();
    contains(&error, &["This connection does not text numbers that begin with +1415555", "connect again"]);
    let error = world.call_limited(&grant, "send-message", text(LONDON, "Hi")).await.error();
    contains(&error, &["is not on this connection's list", "connect again"]);
    world.call_limited(&grant, "send-message", text(NEW_YORK, "Hi")).await.ok();
    assert_eq!(world.sent().len(), 1);
    // Who is kept out by a list is not looked up.
    assert_eq!(reads(&world), 2);
}

/// Bulk: who is on the list is texted, and nobody else, whatever the form of the call.
#[tokio::test]
async fn lists_hold_for_each_recipient_of_a_bulk() {
    let world = World::with_limits(operator(json!({ "denyRecipients": [THEO] }))).await;
    for (tool, arguments) in [
        ("bulk-messages", json!({ "from": "Front desk", "to": [NORA, THEO], "content": "Hi" })),
        (
            "send-bulk-messages",
            json!({ "from": "Front desk", "messages": [{ "to": THEO, "content": "A" }, { "to": NORA, "content": "B" }] }),
        ),
    ] {
        let answer = world.call(tool, arguments).await.ok();
        assert_eq!(answer.data["counts"]["sent"], 1);
        assert_eq!(answer.data["problems"][0]["recipients"], json!([THEO]));
        contains(&answer.text, &["This server does not text this number"]);
    }
    assert!(world.sent().iter().all(|(to, _)| to == NORA), "{:?}", world.sent());
}

#[test]
fn tightening_takes_from_neither_side() {
    let one = limits(json!({
        "quietHours": [{ "window": "21:00-08:00" }], "allowRecipients": [["US", "CA"]], "denyRecipients": ["premium"],
    }));
    let other = limits(json!({
        "quietHours": [{ "window": "18:00-09:00", "refuse": true }], "refuseUnchecked": true,
        "allowRecipients": [["+1415*"]], "denyRecipients": ["satellite", "+14155550199"],
    }));
    let both = one.tightened(&other);
    assert_eq!(both, other.tightened(&one));
    assert_eq!(both, both.tightened(&one));
    assert_eq!(both, both.tightened(&Limits::default()));
    assert_eq!(both.quiet_hours.len(), 2);
    assert!(both.refuse_unchecked);
    assert_eq!((both.allow_recipients.len(), both.deny_recipients.len()), (2, 3));
    let json = serde_json::to_value(&both).expect("JSON");
    assert_eq!(
        json["quietHours"],
        json!([{ "window": "18:00-09:00", "refuse": true }, { "window": "21:00-08:00" }])
    );
    assert_eq!(limits(json), both);
    // An entry of a list that is not understood makes the limits unreadable, never wider.
    for wrong in [
        json!({ "denyRecipients": ["everybody"] }),
        json!({ "allowRecipients": ["US"] }),
        json!({ "quietHours": [{ "window": "night" }] }),
        json!({ "quietHours": [{ "window": "21:00-08:00", "days": "Sunday" }] }),
    ] {
        assert!(serde_json::from_value::<Limits>(wrong.clone()).is_err(), "{wrong}");
    }
    let standard = serde_json::to_value(Limits::standard()).expect("JSON");
    assert_eq!(standard["quietHours"], json!([{ "window": "21:00-08:00" }]));
    assert_eq!(standard["denyRecipients"], json!(["premium", "satellite"]));
    assert!(
        QuietHours::standard().refusing().refuses() && RecipientRule::premium() != RecipientRule::satellite()
    );
}
