//! What each phrase means, on ordinary days and on those that have 23 or 25 hours.

use proptest::prelude::*;

use super::super::{parse_past, parse_zone};
use super::*;

/// Sunday 2026-11-22, 10:30 in San Francisco.
const NOW: &str = "2026-11-22T18:30:00Z";

fn at(now: &str, zone: &str, text: &str) -> Option<(String, String)> {
    let (now, zone) = (now.parse().unwrap(), parse_zone(zone).unwrap());
    let local = |moment: Timestamp| moment.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M%:z").to_string();
    let read = |bound| parse_past(text, now, &zone, bound).ok();
    // `since` and `until` stand in one of the two places each.
    match (read(Bound::From), read(Bound::Until)) {
        (None, None) => None,
        (from, until) => Some((from.map(local).unwrap_or_default(), until.map(local).unwrap_or_default())),
    }
}

#[track_caller]
fn means(text: &str, from: &str, until: &str) {
    let expected = Some((from.to_owned(), until.to_owned()));
    assert_eq!(at(NOW, "America/Los_Angeles", text), expected, "{text}");
}

#[test]
fn days() {
    means("today", "2026-11-22T00:00-08:00", "2026-11-23T00:00-08:00");
    means("Yesterday", "2026-11-21T00:00-08:00", "2026-11-22T00:00-08:00");
    means("the day before yesterday", "2026-11-20T00:00-08:00", "2026-11-21T00:00-08:00");
    means("3 days ago", "2026-11-19T00:00-08:00", "2026-11-20T00:00-08:00");
    means("two weeks ago", "2026-11-08T00:00-08:00", "2026-11-09T00:00-08:00");
    means("a month ago", "2026-10-22T00:00-07:00", "2026-10-23T00:00-07:00");
    means("1 year ago", "2025-11-22T00:00-08:00", "2025-11-23T00:00-08:00");
}

#[test]
fn weekdays_are_the_latest_before_today() {
    means("Friday", "2026-11-20T00:00-08:00", "2026-11-21T00:00-08:00");
    means("last Friday", "2026-11-20T00:00-08:00", "2026-11-21T00:00-08:00");
    means("on mon", "2026-11-16T00:00-08:00", "2026-11-17T00:00-08:00");
    // Today is a Sunday.
    means("sunday", "2026-11-15T00:00-08:00", "2026-11-16T00:00-08:00");
    means("since Friday", "2026-11-20T00:00-08:00", "");
    means("until Friday", "", "2026-11-21T00:00-08:00");
}

#[test]
fn parts_and_times_of_days() {
    means("this morning", "2026-11-22T00:00-08:00", "2026-11-22T12:00-08:00");
    means("this afternoon", "2026-11-22T12:00-08:00", "2026-11-22T18:00-08:00");
    means("yesterday evening", "2026-11-21T18:00-08:00", "2026-11-22T00:00-08:00");
    means("tonight", "2026-11-22T18:00-08:00", "2026-11-23T00:00-08:00");
    for (text, time) in [
        ("today at 9am", "2026-11-22T09:00-08:00"),
        ("yesterday 5:30 pm", "2026-11-21T17:30-08:00"),
        ("Friday 17:05", "2026-11-20T17:05-08:00"),
        ("friday, 12 am", "2026-11-20T00:00-08:00"),
        ("last friday at noon", "2026-11-20T12:00-08:00"),
        ("now", "2026-11-22T10:30-08:00"),
        ("2 hours ago", "2026-11-22T08:30-08:00"),
        ("an hour ago", "2026-11-22T09:30-08:00"),
        ("90 mins ago", "2026-11-22T09:00-08:00"),
    ] {
        means(text, time, time);
    }
}

#[test]
fn spans_up_to_now_and_of_the_calendar() {
    let now = "2026-11-22T10:30-08:00";
    means("last 7 days", "2026-11-15T00:00-08:00", now);
    means("the past 2 weeks", "2026-11-08T00:00-08:00", now);
    means("last_24_hours", "2026-11-21T10:30-08:00", now);
    means("past week", "2026-11-15T00:00-08:00", now);
    means("past hour", "2026-11-22T09:30-08:00", now);
    means("last 3 months", "2026-08-22T00:00-07:00", now);
    means("this week", "2026-11-16T00:00-08:00", "2026-11-23T00:00-08:00");
    means("last week", "2026-11-09T00:00-08:00", "2026-11-16T00:00-08:00");
    means("this month", "2026-11-01T00:00-07:00", "2026-12-01T00:00-08:00");
    means("last month", "2026-10-01T00:00-07:00", "2026-11-01T00:00-07:00");
    means("last quarter", "2026-07-01T00:00-07:00", "2026-10-01T00:00-07:00");
    means("previous year", "2025-01-01T00:00-08:00", "2026-01-01T00:00-08:00");
}

/// Clocks went back on 2026-11-01 (25 hours) and forward on 2026-03-08 (23) in San Francisco; in Beirut the day of
/// 2026-03-29 begins at 1:00.
#[test]
fn days_that_are_not_24_hours_long() {
    let la = |now, text| at(now, "America/Los_Angeles", text).unwrap();
    let long = "2026-11-02T18:00:00Z";
    assert_eq!(la(long, "yesterday"), ("2026-11-01T00:00-07:00".into(), "2026-11-02T00:00-08:00".into()));
    // 24 hours on the clock on the wall are 25.
    assert_eq!(la("2026-11-01T20:00:00Z", "24 hours ago").0, "2026-10-31T13:00-07:00");
    assert_eq!(la(long, "yesterday 1:30am").0, "2026-11-01T01:30-07:00", "the first of the two");
    let short = "2026-03-09T18:00:00Z";
    assert_eq!(la(short, "yesterday"), ("2026-03-08T00:00-08:00".into(), "2026-03-09T00:00-07:00".into()));
    assert_eq!(la(short, "yesterday 2:30am").0, "2026-03-08T03:30-07:00", "2:30 was skipped");
    assert_eq!(la("2026-03-08T18:30:00Z", "this week").0, "2026-03-02T00:00-08:00");
    let beirut = at("2026-03-29T09:00:00Z", "Asia/Beirut", "today").unwrap();
    assert_eq!(beirut, ("2026-03-29T01:00+03:00".into(), "2026-03-30T00:00+03:00".into()));
    // The day is that of the zone, not of the server.
    let auckland = at(NOW, "Pacific/Auckland", "today").unwrap();
    assert_eq!(auckland.0, "2026-11-23T00:00+13:00");
}

#[test]
fn what_is_not_understood_is_refused_with_what_is() {
    let zone = parse_zone("America/Los_Angeles").unwrap();
    let error = |text, bound| parse_past(text, NOW.parse().unwrap(), &zone, bound).unwrap_err();
    for text in [
        "yesterday-ish",
        "recently",
        "last",
        "last 0 days",
        "last 10000 days",
        "-2 hours ago",
        "1.5 hours ago",
        "friday friday",
        "today 9",
        "today at 25:00",
        "today 13pm",
        "today 0am",
        "today 9:5am",
        "this friday",
        "2 fortnights ago",
        "ago",
        "",
        "this day",
        "last hour hour",
        "Christmas",
    ] {
        let error = error(text, Bound::From);
        assert!(error.contains("last 7 days") && error.contains("2026-11-20T09:30"), "{text}: {error}");
    }
    assert!(error("until Friday", Bound::From).contains("is `until Friday`"));
    assert!(error("since Friday", Bound::Until).contains("is `since Friday`"));
    for text in ["tomorrow", "next week", "in 2 days"] {
        assert!(error(text, Bound::Until).contains("future"), "{text}");
    }
    assert!(error("20/11/2026", Bound::From).contains("year first"));
    assert!(error(&"last ".repeat(100), Bound::From).contains("last 7 days"));
}

fn phrase() -> impl Strategy<Value = String> {
    let unit = "(minute|hour|day|week|month|quarter|year)s?";
    prop_oneof![
        "(last|past|previous) [1-9][0-9]{0,3} "
            .prop_flat_map(move |start| unit.prop_map(move |unit| start.clone() + &unit)),
        "[1-9][0-9]{0,3} "
            .prop_flat_map(move |start| unit.prop_map(move |unit| format!("{start}{unit} ago"))),
        "(this|last|previous) (week|month|quarter|year)",
        "(today|yesterday|(last )?(mon|tues|wednes|thurs|fri|satur|sun)day)( morning| afternoon| evening)?",
        "(today|yesterday|friday) (at )?(1[0-2]|[1-9])(:[0-5][0-9])? ?(am|pm)",
        "(today|yesterday|friday) (at )?(1[0-9]|2[0-3]):[0-5][0-9]",
    ]
}

const ZONES: [&str; 7] = [
    "UTC",
    "America/Los_Angeles",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Santiago",
    "Asia/Kathmandu",
];

proptest! {
    /// Whatever the zone and the moment: every phrase of the grammar is a span that does not end before it begins,
    /// and one that has begun unless it is later today; relative spans end now.
    #[test]
    fn every_phrase_is_a_span(text in phrase(), second in 1_000_000_000_i64..2_000_000_000, zone in 0..ZONES.len()) {
        let zone = parse_zone(ZONES[zone]).unwrap();
        let now = Timestamp::from_second(second).unwrap();
        let read = |bound| parse_past(&text, now, &zone, bound);
        match (read(Bound::From), read(Bound::Until)) {
            (Ok(from), Ok(until)) => {
                prop_assert!(from <= until, "{text}: {from} {until}");
                let tomorrow = now.to_zoned(zone.clone()).tomorrow().unwrap().start_of_day().unwrap();
                prop_assert!(from < tomorrow.timestamp(), "{text}");
                if text.split(' ').nth(1).is_some_and(|word| word.parse::<i64>().is_ok()) && text.contains("last") {
                    prop_assert_eq!(until, now);
                }
                let shown = from.to_zoned(zone.clone());
                if text.ends_with("day") {
                    prop_assert_eq!(shown.start_of_day().unwrap().timestamp(), from);
                }
            }
            // So many years lead before the first date there is.
            (from, until) => prop_assert!(from.is_err() && until.is_err() && text.contains(|c: char| c.is_ascii_digit()), "{text}"),
        }
    }

    /// Words in any order never panic, and a refusal quotes no more than a line of them.
    #[test]
    fn any_words_are_read_or_refused(words in prop::collection::vec("(last|this|past|since|until|the|at|on|ago|day|days|friday|today|[0-9]{1,12}|[0-9]{1,2}:[0-9]{2}|am|pm|9am|an|hours|months|years|quarter|\\PC{0,4})", 0..7), second in -5_000_000_000_i64..5_000_000_000) {
        let text = words.join(" ");
        let now = Timestamp::from_second(second).unwrap();
        for bound in [Bound::From, Bound::Until] {
            if let Err(error) = parse_past(&text, now, &parse_zone("Asia/Beirut").unwrap(), bound) {
                prop_assert!(error.len() < 500 && !error.contains('\n'), "{error}");
            }
        }
    }
}
