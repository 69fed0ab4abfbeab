//! What a reading tool's result says around its items: whose list it is, of which time, in which zone, and that the
//! texts in it are other people's.

use schemars::JsonSchema;
use serde::Serialize;

use crate::inbox::InboxLabel;
use crate::text::NOTICE;

/// What stands beside the items of a list of one inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Frame {
    /// Inbox that was read
    pub inbox: InboxLabel,
    /// Zone of the times
    pub time_zone: String,
    /// Interval that was read, as understood
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// About the texts below
    pub notice: String,
}

/// The interval that was read, as the words of the call were understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Period {
    /// Its first moment
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The first moment after it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Period {
    pub(crate) fn new(from: Option<&str>, until: Option<&str>) -> Self {
        Self { from: from.map(str::to_owned), until: until.map(str::to_owned) }
    }
}

impl Frame {
    pub(crate) fn new(inbox: InboxLabel, time_zone: &str, period: Option<Period>) -> Self {
        Self { inbox, time_zone: time_zone.to_owned(), period, notice: NOTICE.to_owned() }
    }

    /// `Front desk +14155550150 (PN…), newest first, from … , times in America/Los_Angeles`, for text.
    pub(crate) fn to_head(&self) -> String {
        let end = |words: &str, end: fn(&Period) -> Option<&String>| {
            let end = self.period.as_ref().and_then(end);
            end.map(|end| format!(", {words} {end}")).unwrap_or_default()
        };
        let from = end("from", |period| period.from.as_ref());
        let until = end("before", |period| period.until.as_ref());
        format!("{}, newest first{from}{until}, times in {}", self.inbox.to_line(), self.time_zone)
    }
}
