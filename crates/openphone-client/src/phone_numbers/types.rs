//! What a phone number of the workspace looks like (dated).

use jiff::Timestamp;
use jiff::civil::Time;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::decode::maybe;
use crate::id::{PhoneNumberId, UserId};
use crate::open_enum::open_enum;
use crate::phone::Party;
use crate::redacted::Redacted;
use crate::users::UserRole;

/// A phone number of the workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PhoneNumber {
    /// Its id.
    pub id: PhoneNumberId,
    /// The id of the group of people who share it.
    #[serde(default, deserialize_with = "maybe")]
    pub group_id: Option<String>,
    /// What the workspace calls it, which may be somebody's name.
    pub name: Redacted<String>,
    /// The number, in E.164 form.
    #[serde(alias = "number")]
    pub phone_number: Party,
    /// The number as people write it.
    #[serde(default, deserialize_with = "maybe")]
    pub formatted_number: Option<Party>,
    /// An emoji that stands for it.
    #[serde(default, deserialize_with = "maybe")]
    pub symbol: Option<String>,
    /// How far a transfer from another carrier is.
    #[serde(default, deserialize_with = "maybe")]
    pub porting_status: Option<String>,
    /// When it was added.
    #[serde(default, deserialize_with = "maybe")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "maybe")]
    pub updated_at: Option<Timestamp>,
    /// Where its calls are forwarded to.
    #[serde(default, deserialize_with = "maybe")]
    pub forward: Option<Party>,
    /// The id of a transfer from another carrier.
    #[serde(default, deserialize_with = "maybe")]
    pub port_request_id: Option<String>,
    /// Where it may call and text. Only when asked for ([`super::PhoneNumberExtras`]).
    #[serde(default, deserialize_with = "maybe")]
    pub restrictions: Option<Restrictions>,
    /// When it is open for calls. Only when asked for ([`super::PhoneNumberExtras`]).
    #[serde(default, deserialize_with = "maybe")]
    pub business_hours: Option<BusinessHours>,
}

/// When an inbox is open for calls.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BusinessHours {
    /// Whether they are heeded.
    pub enabled: bool,
    /// The IANA time zone that they are in, such as `America/Los_Angeles`.
    #[serde(rename = "timezone")]
    pub time_zone: String,
    /// The hours of each day; `None` if none were ever set.
    #[serde(default, deserialize_with = "maybe")]
    pub schedule: Option<WeekSchedule>,
}

/// Opening hours by day; `None` for a day on which it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the days of the week")]
pub struct WeekSchedule {
    #[serde(default, deserialize_with = "maybe")]
    pub monday: Option<OpeningHours>,
    #[serde(default, deserialize_with = "maybe")]
    pub tuesday: Option<OpeningHours>,
    #[serde(default, deserialize_with = "maybe")]
    pub wednesday: Option<OpeningHours>,
    #[serde(default, deserialize_with = "maybe")]
    pub thursday: Option<OpeningHours>,
    #[serde(default, deserialize_with = "maybe")]
    pub friday: Option<OpeningHours>,
    #[serde(default, deserialize_with = "maybe")]
    pub saturday: Option<OpeningHours>,
    #[serde(default, deserialize_with = "maybe")]
    pub sunday: Option<OpeningHours>,
}

/// From when to when, in the inbox's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct OpeningHours {
    /// When it opens.
    #[serde(deserialize_with = "four_digits")]
    pub start: Time,
    /// When it closes. 23:59:59 stands for midnight (`2400`).
    #[serde(deserialize_with = "four_digits")]
    pub end: Time,
}

/// `0900` is nine o'clock.
fn four_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    let two =
        |range| text.get(range).filter(|two: &&str| two.len() == 2).and_then(|two| two.parse::<i8>().ok());
    let time = match (&*text, two(0..2), two(2..text.len())) {
        ("2400", ..) => Some(Time::constant(23, 59, 59, 0)),
        (_, Some(hour), Some(minute)) => Time::new(hour, minute, 0, 0).ok(),
        _ => None,
    };
    time.ok_or_else(|| D::Error::custom("not a time of day in four digits"))
}

/// Somebody who shares an inbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InboxMember {
    /// Who.
    pub id: UserId,
    /// Their email address.
    #[serde(default, deserialize_with = "maybe")]
    pub email: Option<Redacted<String>>,
    /// Their first name.
    #[serde(default, deserialize_with = "maybe")]
    pub first_name: Option<Redacted<String>>,
    /// Their last name.
    #[serde(default, deserialize_with = "maybe")]
    pub last_name: Option<Redacted<String>>,
    /// What they may do in the workspace.
    pub role: UserRole,
    /// The id of the group through which they share it.
    #[serde(default, deserialize_with = "maybe")]
    pub group_id: Option<String>,
}

/// Where a number may call and text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Restrictions {
    /// Calls.
    pub calling: RegionRestrictions,
    /// Texts.
    pub messaging: RegionRestrictions,
}

/// A restriction for each region.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RegionRestrictions {
    /// The United States. Restricted until the carrier registration (A2P 10DLC) is approved.
    #[serde(rename = "US")]
    pub us: Restriction,
    /// Canada.
    #[serde(rename = "CA")]
    pub ca: Restriction,
    /// Everywhere else.
    #[serde(rename = "Intl")]
    pub international: Restriction,
}

open_enum! {
    /// Whether something is allowed.
    pub enum Restriction {
        /// Not allowed.
        Restricted = "restricted",
        /// Allowed.
        Unrestricted = "unrestricted",
    }
}
