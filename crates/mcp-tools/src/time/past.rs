//! Spans of the past in plain words: `today`, `since Friday`, `last 7 days`, `this week`, `2 hours ago`.
//!
//! The grammar is small on purpose and written down in [`WORDS`]: what it does not hold is refused, not guessed. Each
//! phrase means a span of time in one zone. As the beginning of an interval it is the span's first moment, as the end
//! the first moment after it, so that the same words in both places mean the span itself. Days begin at midnight of
//! the zone, whatever their length; weeks begin on Monday (ISO 8601); hours and minutes are counted on the clock that
//! has no daylight saving.
//!
//! ```text
//! phrase   = ["since" | "until"] ["the"] span
//! span     = "now" | "tonight" | "this" part | day [part | ["at"] time] | count unit "ago"
//!          | ("this" | "last" | "previous") calendar | "past" unit | ("last" | "past" | "previous") count unit
//! day      = "today" | "yesterday" | "day before yesterday" | ["on" | "last"] weekday
//! part     = "morning" (to noon) | "afternoon" (to 18:00) | "evening" (to midnight)
//! time     = "9am" | "9:30 pm" | "17:00" | "noon"
//! unit     = "minutes" | "hours" | "days" | calendar
//! calendar = "week" | "month" | "quarter" | "year"
//! ```
//!
//! A weekday is the latest one before today. `N days ago` and larger units mean that whole day; `last N days` begins
//! with the day so many days ago and ends now; `last week` is the calendar's.

use jiff::civil::{Date, Time, Weekday};
use jiff::{Span, Timestamp, ToSpan, Zoned};

use super::Bound;

/// The phrases, for an error.
pub(super) const WORDS: &str =
    "words such as today, yesterday 9am, Friday, last 7 days, this week, last month, 2 hours ago";

/// Longest phrase that is looked at, in bytes.
const MAX_PHRASE: usize = 60;
/// Largest count: 9,999 years still lead to a date or a refusal, and no arithmetic overflows.
const MAX_COUNT: i64 = 9_999;

/// From the first moment up to, and without, the second.
type Moments = (Timestamp, Timestamp);

/// Reads a phrase. `None`: it is none.
pub(super) fn read(text: &str, now: &Zoned, bound: Bound) -> Option<Timestamp> {
    if text.len() > MAX_PHRASE {
        return None;
    }
    let phrase = text.to_lowercase().replace([',', '_'], " ");
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let words = match (bound, words.as_slice()) {
        (Bound::From, ["since" | "from", rest @ ..]) | (Bound::Until, ["until" | "till", rest @ ..]) => rest,
        (_, words) => words,
    };
    let words = words.strip_prefix(&["the"]).unwrap_or(words);
    let (from, until) = span(words, now)?;
    Some(match bound {
        Bound::From => from,
        Bound::Until => until,
    })
}

/// Whether a phrase means the future, which nothing can be read from.
pub(super) fn is_ahead(text: &str) -> bool {
    matches!(text.split_whitespace().next(), Some("tomorrow" | "next" | "in"))
}

fn span(words: &[&str], now: &Zoned) -> Option<Moments> {
    match words {
        ["now"] => Some((now.timestamp(), now.timestamp())),
        ["tonight"] => part(now.date(), "evening", now),
        ["this", name @ ("morning" | "afternoon" | "evening")] => part(now.date(), name, now),
        ["this", unit] => calendar(Unit::read(unit)?, 0, now),
        ["last" | "previous", unit] if Unit::read(unit).is_some() => calendar(Unit::read(unit)?, 1, now),
        ["past", unit] => lately(1, Unit::read(unit)?, now),
        ["last" | "past" | "previous", count, unit] if self::count(count).is_some() => {
            lately(self::count(count)?, Unit::read(unit)?, now)
        }
        [count, unit, "ago"] => ago(self::count(count)?, Unit::read(unit)?, now),
        _ => {
            let (date, rest) = day(words, now.date())?;
            match rest {
                [] => Some((midnight(date, now)?, midnight(date.tomorrow().ok()?, now)?)),
                [name @ ("morning" | "afternoon" | "evening")] => part(date, name, now),
                ["at", time @ ..] | time => {
                    let moment = at(date, clock(&time.concat())?, now)?;
                    Some((moment, moment))
                }
            }
        }
    }
}

/// The day at the start of the words, and what follows it.
fn day<'a, 'w>(words: &'a [&'w str], today: Date) -> Option<(Date, &'a [&'w str])> {
    Some(match words {
        ["today", rest @ ..] => (today, rest),
        ["yesterday", rest @ ..] => (today.yesterday().ok()?, rest),
        ["day", "before", "yesterday", rest @ ..] => (today.yesterday().ok()?.yesterday().ok()?, rest),
        ["on" | "last", name, rest @ ..] | [name, rest @ ..] => {
            (today.nth_weekday(-1, weekday(name)?).ok()?, rest)
        }
        [] => return None,
    })
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" | "tues" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" | "thur" | "thurs" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return None,
    })
}

fn part(date: Date, name: &str, now: &Zoned) -> Option<Moments> {
    let hour = |hour| at(date, Time::new(hour, 0, 0, 0).ok()?, now);
    Some(match name {
        "morning" => (midnight(date, now)?, hour(12)?),
        "afternoon" => (hour(12)?, hour(18)?),
        _ => (hour(18)?, midnight(date.tomorrow().ok()?, now)?),
    })
}

/// A time of day: `9am`, `9:30pm`, `17:00`, `noon`.
fn clock(text: &str) -> Option<Time> {
    if text == "noon" {
        return Some(Time::constant(12, 0, 0, 0));
    }
    let (digits, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        // Without am and pm, a lone number could be anything.
        _ => (text.contains(':').then_some(text)?, None),
    };
    let (hour, minute) = digits.split_once(':').unwrap_or((digits, "00"));
    let two = |text: &str| {
        ((1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i8>().ok())
            .flatten()
    };
    let (hour, minute) = (two(hour)?, two(minute).filter(|_| minute.len() == 2)?);
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
    };
    Time::new(hour, minute, 0, 0).ok()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "minute" | "minutes" | "min" | "mins" => Self::Minute,
            "hour" | "hours" | "hr" | "hrs" => Self::Hour,
            "day" | "days" => Self::Day,
            "week" | "weeks" => Self::Week,
            "month" | "months" => Self::Month,
            "quarter" | "quarters" => Self::Quarter,
            "year" | "years" => Self::Year,
            _ => return None,
        })
    }

    fn times(self, count: i64) -> Span {
        match self {
            Self::Minute => count.minutes(),
            Self::Hour => count.hours(),
            Self::Day => count.days(),
            Self::Week => count.weeks(),
            Self::Month => count.months(),
            Self::Quarter => (count * 3).months(),
            Self::Year => count.years(),
        }
    }
}

fn count(word: &str) -> Option<i64> {
    const NAMES: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    if matches!(word, "a" | "an") {
        return Some(1);
    }
    if let Some(index) = NAMES.iter().position(|name| *name == word) {
        return i64::try_from(index + 1).ok();
    }
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|count| digits && (1..=MAX_COUNT).contains(count))
}

/// A whole unit of the calendar: this one, or the one so many before it.
fn calendar(unit: Unit, before: i64, now: &Zoned) -> Option<Moments> {
    let today = now.date();
    let this = match unit {
        Unit::Minute | Unit::Hour | Unit::Day => return None,
        Unit::Week => today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?,
        Unit::Month => today.first_of_month(),
        Unit::Quarter => {
            today.first_of_month().checked_sub(i64::from((today.month() - 1) % 3).months()).ok()?
        }
        Unit::Year => today.first_of_year(),
    };
    let first = this.checked_sub(unit.times(before)).ok()?;
    let next = first.checked_add(unit.times(1)).ok()?;
    Some((midnight(first, now)?, midnight(next, now)?))
}

/// So many units up to now.
fn lately(count: i64, unit: Unit, now: &Zoned) -> Option<Moments> {
    Some((ago(count, unit, now)?.0, now.timestamp()))
}

/// The moment so many minutes or hours ago, or the day so many days or more ago.
fn ago(count: i64, unit: Unit, now: &Zoned) -> Option<Moments> {
    if matches!(unit, Unit::Minute | Unit::Hour) {
        let moment = now.timestamp().checked_sub(unit.times(count)).ok()?;
        return Some((moment, moment));
    }
    let date = now.date().checked_sub(unit.times(count)).ok()?;
    Some((midnight(date, now)?, midnight(date.tomorrow().ok()?, now)?))
}

/// The first moment of a day: where midnight is skipped, the moment after the gap.
fn midnight(date: Date, now: &Zoned) -> Option<Timestamp> {
    at(date, Time::midnight(), now)
}

fn at(date: Date, time: Time, now: &Zoned) -> Option<Timestamp> {
    date.to_datetime(time).to_zoned(now.time_zone().clone()).ok().map(|moment| moment.timestamp())
}

#[cfg(test)]
mod tests;
