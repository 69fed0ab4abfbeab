//! Moments in arguments and results: read leniently, in a stated zone; written for people and as RFC 3339. `past` reads
//! phrases such as `last 7 days`.

mod past;

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// Which side of an interval an argument bounds: a date without a time means the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The interval begins here: a date means its first moment.
    From,
    /// The interval ends before here: a date means the first moment of the day after.
    Until,
}

/// Reads an ISO 8601 moment: with an offset or `Z`, without (in `zone`), or a date alone. A zone in brackets
/// (RFC 9557) goes before `zone`.
///
/// # Errors
///
/// What is wrong, as the rest of a sentence.
pub fn parse(text: &str, zone: &TimeZone, bound: Bound) -> Result<Timestamp, String> {
    let text = text.trim();
    read(text, zone, bound).ok_or_else(|| {
        format!(
            "is `{}`; write a date such as 2026-11-20, or a date and time such as 2026-11-20T09:30 or 2026-11-20T09:30:00-08:00",
            crate::text::clean_line(text, 40)
        )
    })
}

/// Reads a bound of what is to be looked back at: what [`parse`] reads, or words such as `yesterday`, `since Friday`,
/// `last 7 days` and `2 hours ago`, as seen at `now` in `zone`.
///
/// # Errors
///
/// What is wrong, as the rest of a sentence.
pub fn parse_past(text: &str, now: Timestamp, zone: &TimeZone, bound: Bound) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Some(moment) =
        read(text, zone, bound).or_else(|| past::read(text, &now.to_zoned(zone.clone()), bound))
    {
        return Ok(moment);
    }
    let why = if past::is_ahead(&text.to_lowercase()) {
        ", which is in the future, and only the past can be read"
    } else if text.contains('/') {
        ", whose order of day and month is unclear; put the year first"
    } else {
        ", which is not understood"
    };
    Err(format!(
        "is `{}`{why}; write a date such as 2026-11-20, a date and time such as 2026-11-20T09:30 or 2026-11-20T09:30:00-08:00, or {}",
        crate::text::clean_line(text, 40),
        past::WORDS
    ))
}

fn read(text: &str, zone: &TimeZone, bound: Bound) -> Option<Timestamp> {
    if let Some((before, _)) = text.split_once('[') {
        let zoned = text.parse::<Zoned>().ok()?;
        if is_date(before) {
            return edge(zoned.date(), zoned.time_zone(), bound);
        }
        return Some(zoned.timestamp());
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    if is_date(text) {
        return edge(text.parse().ok()?, zone, bound);
    }
    let local = text.parse::<DateTime>().ok()?;
    local.to_zoned(zone.clone()).ok().map(|moment| moment.timestamp())
}

/// Whether no time of day follows, in the extended form (`2026-11-20`) or the basic one (`20261120`).
fn is_date(text: &str) -> bool {
    !text.contains(['T', 't', ' ', ':'])
}

/// The moment at which a day begins, or at which the next one does.
fn edge(date: Date, zone: &TimeZone, bound: Bound) -> Option<Timestamp> {
    let date = match bound {
        Bound::From => date,
        Bound::Until => date.tomorrow().ok()?,
    };
    date.to_zoned(zone.clone()).ok().map(|moment| moment.timestamp())
}

/// Areas of the zone database whose names mean places.
const AREAS: [&str; 8] =
    ["Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

/// Reads an IANA zone name such as `America/Los_Angeles`.
///
/// # Errors
///
/// What is wrong, as the rest of a sentence.
pub fn parse_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name.trim()).map_err(|_| {
        let such = zone_of_place(name.trim()).unwrap_or_else(|| "America/Los_Angeles".to_owned());
        format!("is `{}`; write an IANA zone such as {such}", crate::text::clean_line(name, 40))
    })
}

/// The zone whose last part is this place: `Europe/Berlin` of `Berlin`.
fn zone_of_place(name: &str) -> Option<String> {
    let place = name.rsplit('/').next()?.replace(' ', "_");
    let is_it = |zone: &jiff::tz::TimeZoneName<'_>| {
        zone.as_str()
            .rsplit_once('/')
            .is_some_and(|(area, last)| AREAS.contains(&area) && last.eq_ignore_ascii_case(&place))
    };
    jiff::tz::db().available().find(is_it).map(|zone| zone.as_str().to_owned())
}

/// The zone's name.
#[must_use]
pub fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// A moment for people, to the minute: `Sun 2026-11-22 14:05`.
#[must_use]
pub fn local(moment: Timestamp, zone: &TimeZone) -> String {
    moment.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M").to_string()
}

/// A moment for programs, with the offset of the zone: `2026-11-22T14:05:09-08:00`.
#[must_use]
pub fn rfc3339(moment: Timestamp, zone: &TimeZone) -> String {
    let zoned = moment.to_zoned(zone.clone());
    if zoned.offset().is_zero() {
        zoned.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    } else {
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// A span for people: `9 seconds`, `4 minutes`, `2 hours`; rounded up, at least one second.
#[must_use]
pub fn duration(span: Duration) -> String {
    let seconds = span.as_millis().div_ceil(1000).max(1);
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7199 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The moment that many milliseconds after the Unix epoch; the last one there is when that is too many.
#[must_use]
pub fn from_millis(millis: u64) -> Timestamp {
    i64::try_from(millis)
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .unwrap_or(Timestamp::MAX)
}

/// The moment one millisecond (the resolution of the API) before, to turn an exclusive bound into an inclusive
/// one.
#[must_use]
pub fn just_before(moment: Timestamp) -> Timestamp {
    moment.checked_sub(1.millisecond()).unwrap_or(moment)
}

/// The moment one millisecond after.
#[must_use]
pub fn just_after(moment: Timestamp) -> Timestamp {
    moment.checked_add(1.millisecond()).unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, bound: Bound) -> String {
        let zone = parse_zone("America/Los_Angeles").unwrap();
        parse(text, &zone, bound).map_or_else(|error| error, |moment| moment.to_string())
    }

    #[test]
    fn moments_are_read_with_and_without_time_and_zone() {
        assert_eq!(read("2026-11-20T09:30:00Z", Bound::From), "2026-11-20T09:30:00Z");
        assert_eq!(read("2026-11-20T09:30:00+02:00", Bound::From), "2026-11-20T07:30:00Z");
        assert_eq!(read("2026-11-20T09:30", Bound::From), "2026-11-20T17:30:00Z");
        assert_eq!(read("2026-11-20 09:30:15", Bound::Until), "2026-11-20T17:30:15Z");
        assert_eq!(read("2026-11-20", Bound::From), "2026-11-20T08:00:00Z");
        assert_eq!(read("2026-11-20", Bound::Until), "2026-11-21T08:00:00Z");
        assert_eq!(read("20261120", Bound::From), "2026-11-20T08:00:00Z");
        assert_eq!(read("20261120", Bound::Until), "2026-11-21T08:00:00Z");
        assert_eq!(read("20261120T093000", Bound::Until), "2026-11-20T17:30:00Z");
        // The day on which the clocks go back has 25 hours.
        assert_eq!(read("2026-11-01", Bound::From), "2026-11-01T07:00:00Z");
        assert_eq!(read("2026-11-01", Bound::Until), "2026-11-02T08:00:00Z");
    }

    #[test]
    fn a_zone_in_brackets_counts() {
        assert_eq!(read("2026-11-20T09:30[Asia/Tokyo]", Bound::From), "2026-11-20T00:30:00Z");
        assert_eq!(read("2026-11-20T09:30:00+09:00[Asia/Tokyo]", Bound::From), "2026-11-20T00:30:00Z");
        assert_eq!(read("2026-11-20T00:30Z[Asia/Tokyo]", Bound::From), "2026-11-20T00:30:00Z");
        assert_eq!(read("2026-11-20[Asia/Tokyo]", Bound::From), "2026-11-19T15:00:00Z");
        assert_eq!(read("2026-11-20[Asia/Tokyo]", Bound::Until), "2026-11-20T15:00:00Z");
        for text in ["2026-11-20T09:30[Asia/Nowhere]", "2026-11-20T09:30:00-08:00[Asia/Tokyo]", "2026-11-20["]
        {
            assert!(read(text, Bound::From).contains("2026-11-20T09:30"), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused_with_examples() {
        for text in ["", "soon", "2026-13-01", "2026-02-30", "20/11/2026", "1732000000"] {
            assert!(read(text, Bound::From).contains("2026-11-20T09:30"), "{text}");
        }
    }

    #[test]
    fn spans_are_rounded_up() {
        assert_eq!(duration(Duration::from_millis(10)), "1 second");
        assert_eq!(duration(Duration::from_millis(9_001)), "10 seconds");
        assert_eq!(duration(Duration::from_secs(121)), "3 minutes");
        assert_eq!(duration(Duration::from_secs(7_201)), "3 hours");
    }

    #[test]
    fn moments_are_written_with_the_offset_of_the_zone() {
        let moment: Timestamp = "2026-11-22T22:05:09Z".parse().unwrap();
        let zone = parse_zone("America/Los_Angeles").unwrap();
        assert_eq!(rfc3339(moment, &zone), "2026-11-22T14:05:09-08:00");
        assert_eq!(rfc3339(moment, &TimeZone::UTC), "2026-11-22T22:05:09Z");
        assert_eq!(local(moment, &zone), "Sun 2026-11-22 14:05");
    }
}
