//! The time of day at a recipient, and whether they are to be left alone.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use openphone_client::E164;

use crate::limits::QuietHours;
use crate::place;

/// The local time that a number tells of: one, or several where its area code or country has several zones.
#[derive(Clone, Debug)]
pub(crate) struct LocalTime {
    /// One for each different local time, the earliest first. Never empty.
    times: Vec<Zoned>,
    /// Whether the digits tell a country at all.
    known: bool,
}

/// The local time at a number; `None` when its digits belong to no country.
pub(crate) fn local_time(number: &E164, now: Timestamp) -> Option<LocalTime> {
    let place = place::of(number)?;
    let mut times: Vec<Zoned> = Vec::new();
    for zone in place.zones() {
        let time = now.to_zoned(TimeZone::get(zone).ok()?);
        if times.iter().all(|known| known.datetime() != time.datetime()) {
            times.push(time);
        }
    }
    times.sort_by_key(Zoned::datetime);
    (!times.is_empty()).then_some(LocalTime { times, known: place.country.is_some() })
}

impl LocalTime {
    /// `13:30 (America/New_York)`, or `between 10:30 (America/Los_Angeles) and 13:30 (America/New_York)`.
    pub(crate) fn to_phrase(&self) -> String {
        let one = |time: &Zoned| {
            let zone = time.time_zone().iana_name().unwrap_or("UTC");
            format!("{} ({zone})", time.strftime("%a %H:%M"))
        };
        match self.times.as_slice() {
            [] => String::new(),
            [only] => one(only),
            [first, .., last] => format!("between {} and {}", one(first), one(last)),
        }
    }

    /// Whether a country or area is known from the digits. If not, these are the times between the Atlantic and Hawaii.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// The first of these hours that it is now in any of the zones.
    pub(crate) fn quiet<'a>(&self, hours: impl Iterator<Item = &'a QuietHours>) -> Option<&'a QuietHours> {
        let mut hours = hours;
        hours.find(|hours| self.times.iter().any(|time| hours.holds(time.time())))
    }

    /// How long until these hours are over in all zones.
    pub(crate) fn until_over(&self, hours: &BTreeSet<QuietHours>) -> Option<Duration> {
        let begin = self.times.first()?.timestamp();
        let mut at = begin;
        // Each step ends one window in one zone; zones and windows are few.
        for _ in 0..64 {
            let later = self.times.iter().find_map(|time| {
                let local = at.to_zoned(time.time_zone().clone());
                hours.iter().find(|hours| hours.holds(local.time())).map(|hours| end(&local, hours))
            });
            let Some(later) = later else {
                return Duration::try_from(begin.duration_until(at)).ok();
            };
            at = later?;
        }
        None
    }
}

/// When the hours that `local` is in are over there.
fn end(local: &Zoned, hours: &QuietHours) -> Option<Timestamp> {
    let day = if hours.end() > local.time() { local.date() } else { local.date().tomorrow().ok()? };
    let end = day.to_datetime(hours.end()).to_zoned(local.time_zone().clone()).ok()?.timestamp();
    // The hour that the clocks go over may lie behind us already.
    (end > local.timestamp()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: &str, now: &str) -> Option<LocalTime> {
        local_time(&E164::parse(number).expect("a number"), now.parse().expect("a moment"))
    }

    fn phrase(number: &str, now: &str) -> String {
        at(number, now).map_or_else(|| "unknown".to_owned(), |time| time.to_phrase())
    }

    #[test]
    fn the_local_time_is_told_by_the_number() {
        for (number, expected) in [
            ("+14155550101", "Sun 10:30 (America/Los_Angeles)"),
            ("+12125550101", "Sun 13:30 (America/New_York)"),
            ("+18085550101", "Sun 08:30 (Pacific/Honolulu)"),
            ("+17095550101", "between Sun 14:30 (America/Goose_Bay) and Sun 15:00 (America/St_Johns)"),
            ("+18505550101", "between Sun 12:30 (America/Chicago) and Sun 13:30 (America/New_York)"),
            ("+19285550101", "Sun 11:30 (America/Phoenix)"),
            ("+18005550101", "between Sun 08:30 (Pacific/Honolulu) and Sun 14:30 (America/Halifax)"),
            ("+442079460958", "Sun 18:30 (Europe/London)"),
            ("+919812345678", "Mon 00:00 (Asia/Kolkata)"),
            ("+61412345678", "between Mon 02:30 (Australia/Perth) and Mon 05:30 (Australia/Sydney)"),
            ("+881612345678", "unknown"),
        ] {
            assert_eq!(phrase(number, "2026-11-22T18:30:00Z"), expected, "{number}");
        }
        // In summer the Navajo Nation and the rest of Arizona differ.
        assert_eq!(
            phrase("+19285550101", "2026-07-01T18:30:00Z"),
            "between Wed 11:30 (America/Phoenix) and Wed 12:30 (America/Denver)"
        );
    }

    fn quiet(number: &str, now: &str) -> bool {
        let hours = [QuietHours::standard()];
        at(number, now).expect("a time").quiet(hours.iter()).is_some()
    }

    #[test]
    fn the_hours_follow_the_clocks_of_the_place() {
        // 2026-11-01, 09:00Z: New York goes from 02:00 EDT back to 01:00 EST at 06:00Z.
        for (now, expected) in [
            ("2026-10-31T11:59:00Z", true),
            ("2026-10-31T12:00:00Z", false),
            ("2026-11-01T12:00:00Z", true),
            ("2026-11-01T12:59:00Z", true),
            ("2026-11-01T13:00:00Z", false),
            ("2026-11-02T01:59:00Z", false),
            ("2026-11-02T02:00:00Z", true),
            // The clocks go forward on 2027-03-14.
            ("2027-03-13T12:30:00Z", true),
            ("2027-03-14T12:30:00Z", false),
        ] {
            assert_eq!(quiet("+12125550101", now), expected, "{now}");
        }
        // Arizona has no summer time, its Navajo part has: either counts.
        assert!(quiet("+19285550101", "2026-07-01T14:30:00Z"), "07:30 in Phoenix");
        assert!(!quiet("+16025550101", "2026-07-01T15:30:00Z"));
        assert!(quiet("+19285550101", "2026-07-02T03:30:00Z"), "21:30 in the Navajo Nation");
        assert!(!quiet("+16025550101", "2026-07-02T03:30:00Z"));
    }

    #[test]
    fn the_wait_goes_to_the_end_in_the_last_zone() {
        let hours = BTreeSet::from([QuietHours::standard()]);
        let wait = |number: &str, now: &str| at(number, now).expect("a time").until_over(&hours);
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
        assert_eq!(wait("+12125550101", "2026-11-22T18:30:00Z"), minutes(0));
        assert_eq!(wait("+12125550101", "2026-11-23T05:00:00Z"), minutes(8 * 60));
        // In the night in which the clocks go back, one hour longer.
        assert_eq!(wait("+12125550101", "2026-11-01T02:00:00Z"), minutes(11 * 60));
        // Pensacola ends one hour after Tallahassee.
        assert_eq!(wait("+18505550101", "2026-11-23T13:30:00Z"), minutes(30));
        assert_eq!(wait("+18505550101", "2026-11-23T02:30:00Z"), minutes(11 * 60 + 30));
        // From Kamchatka to Kaliningrad there are three hours a day in which it is quiet nowhere.
        assert!(wait("+79161234567", "2026-11-22T18:30:00Z").is_some_and(|wait| wait > Duration::ZERO));
    }
}
