//! Hours in which people are not texted: a daily window in the recipient's own zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A daily window of local time, which may go over midnight, and what becomes of a text in it.
///
/// Written as `21:00-08:00`. Its first minute belongs to it, its last one does not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct QuietHours {
    window: Window,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    refuse: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Window {
    /// Minute of the day at which it begins.
    from: u16,
    /// Minute of the day at which it ends.
    until: u16,
}

/// Why a text is no window of hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidQuietHours {
    /// It is not written as one.
    #[error("write two times of day, such as 21:00-08:00")]
    Form,
    /// It begins when it ends.
    #[error("the two times are the same; write when they begin and when they end, such as 21:00-08:00")]
    Empty,
}

impl QuietHours {
    /// Reads `21:00-08:00`. In these hours texts get a warning with their result.
    ///
    /// # Errors
    ///
    /// The text is not of that form.
    pub fn parse(text: &str) -> Result<Self, InvalidQuietHours> {
        Ok(Self { window: text.parse()?, refuse: false })
    }

    /// In these hours nobody is texted.
    #[must_use]
    pub fn refusing(self) -> Self {
        Self { refuse: true, ..self }
    }

    /// 21:00 to 08:00, with a warning: the hours in which 47 CFR 64.1200(c)(1) forbids telephone solicitation.
    #[must_use]
    pub fn standard() -> Self {
        Self { window: Window { from: 21 * 60, until: 8 * 60 }, refuse: false }
    }

    /// Whether nobody is texted in these hours.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.refuse
    }

    /// Whether a time of day is in these hours.
    #[must_use]
    pub fn holds(&self, time: Time) -> bool {
        let minute = u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
        let Window { from, until } = self.window;
        if from < until { (from..until).contains(&minute) } else { minute >= from || minute < until }
    }

    /// The time of day at which they end.
    pub(crate) fn end(&self) -> Time {
        let part = |minutes: u16| i8::try_from(minutes).unwrap_or_default();
        Time::new(part(self.window.until / 60), part(self.window.until % 60), 0, 0).unwrap_or_default()
    }
}

/// `21:00 to 08:00`, for people.
impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Window { from, until } = self.window;
        write!(f, "{:02}:{:02} to {:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

impl fmt::Debug for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QuietHours({self}{})", if self.refuse { ", refusing" } else { "" })
    }
}

impl FromStr for Window {
    type Err = InvalidQuietHours;

    fn from_str(text: &str) -> Result<Self, InvalidQuietHours> {
        let (from, until) = text.split_once('-').ok_or(InvalidQuietHours::Form)?;
        let (from, until) = (minute(from.trim())?, minute(until.trim())? % DAY);
        if from == DAY {
            return Err(InvalidQuietHours::Form);
        }
        if from == until { Err(InvalidQuietHours::Empty) } else { Ok(Self { from, until }) }
    }
}

/// `H:MM` or `HH:MM`; 24:00 is the end of the day.
fn minute(text: &str) -> Result<u16, InvalidQuietHours> {
    let number = |digits: &str, lengths: std::ops::RangeInclusive<usize>| {
        let valid = lengths.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| digits.parse::<u16>().ok()).flatten().ok_or(InvalidQuietHours::Form)
    };
    let (hours, minutes) = text.split_once(':').ok_or(InvalidQuietHours::Form)?;
    let (hours, minutes) = (number(hours, 1..=2)?, number(minutes, 2..=2)?);
    let of_day = hours * 60 + minutes;
    if minutes < 60 && of_day <= DAY { Ok(of_day) } else { Err(InvalidQuietHours::Form) }
}

impl TryFrom<String> for Window {
    type Error = InvalidQuietHours;

    fn try_from(text: String) -> Result<Self, InvalidQuietHours> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(Window { from, until }: Window) -> Self {
        format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i8, minute: i8) -> Time {
        Time::new(hour, minute, 30, 0).expect("a time")
    }

    #[test]
    fn windows_go_over_midnight_or_not() {
        let night = QuietHours::parse("21:00-08:00").expect("hours");
        assert_eq!(night, QuietHours::standard());
        for (time, quiet) in
            [(at(20, 59), false), (at(21, 0), true), (at(0, 0), true), (at(7, 59), true), (at(8, 0), false)]
        {
            assert_eq!(night.holds(time), quiet, "{time}");
        }
        let noon = QuietHours::parse("12:00 - 13:30").expect("hours");
        assert!(noon.holds(at(12, 0)) && noon.holds(at(13, 29)));
        assert!(!noon.holds(at(11, 59)) && !noon.holds(at(13, 30)));
        assert!(QuietHours::parse("18:00-24:00").expect("hours").holds(at(23, 59)));
        assert!(QuietHours::parse("0:00-6:00").expect("hours").holds(at(0, 0)));
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for text in [
            "",
            "21:00",
            "21-8",
            "9pm-8am",
            "21:00-25:00",
            "21:60-08:00",
            "24:00-08:00",
            "-1:00-08:00",
            "021:00-08:00",
        ] {
            assert_eq!(QuietHours::parse(text), Err(InvalidQuietHours::Form), "{text}");
        }
        for text in ["08:00-08:00", "0:00-24:00"] {
            assert_eq!(QuietHours::parse(text), Err(InvalidQuietHours::Empty), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_and_read_again(from in 0u16..DAY, until in 0u16..DAY, refuse: bool) {
            prop_assume!(from != until);
            let hours = QuietHours { window: Window { from, until }, refuse };
            let json = serde_json::to_string(&hours).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<QuietHours>(&json).expect("its own form"), hours);
            let inside = (0..DAY).filter(|minute| {
                let part = |minutes: u16| i8::try_from(minutes).expect("small");
                hours.holds(at(part(minute / 60), part(minute % 60)))
            });
            prop_assert_eq!(inside.count(), usize::from((until + DAY - from) % DAY));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}|[0-9:-]{0,12}") {
            if let Ok(hours) = QuietHours::parse(&text) {
                prop_assert_eq!(QuietHours::parse(&String::from(hours.window)), Ok(hours));
            }
        }
    }
}
