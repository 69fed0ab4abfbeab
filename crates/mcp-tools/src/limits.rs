//! What a connection may do at most: the operator's upper bound, and what the user chose at consent.
//!
//! [`Limits`] are numbers, switches and lists; [`crate::safety`] enforces them. They only ever get tighter:
//! [`Limits::tightened`] is the one way to combine two. The operator's bound starts at [`Limits::standard`]; a
//! grant's and a URL's start at [`Limits::default`], which limits nothing.

mod quiet_hours;
mod recipients;

use std::collections::BTreeSet;
use std::sync::Arc;

use openphone_client::{E164, PhoneNumberId};
use serde::{Deserialize, Serialize};

pub use quiet_hours::{InvalidQuietHours, QuietHours};
pub use recipients::{InvalidRecipientRule, RecipientRule};

/// Upper bounds of one connection; a number that is `None` is not limited here.
///
/// Made for every request, so the sets are shared: a copy costs nothing worth naming, nor does what limits nothing.
///
/// Serialised (JSON, camelCase) into the grant. An unknown field is an error: an older instance must not read
/// past a restriction that it does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own: any may be on with any other"
)]
pub struct Limits {
    /// Nothing may be written: texts, contacts, tasks, notes.
    pub read_only: bool,
    /// No texts may be sent; contacts, tasks and notes may still be written.
    pub no_texting: bool,
    /// Texts go only to numbers that texted or called an inbox within reach, or that are in the workspace's
    /// contacts. No phone number may then be added to the contacts either: whoever could do that would choose the
    /// recipients.
    pub reply_only: bool,
    /// The person is asked before one call texts more than one person. An app that cannot ask shows them a preview
    /// instead (`prepare-message`).
    pub confirm_many: bool,
    /// The person is asked before any text. An app that cannot ask shows them a preview instead, as with `confirm_many`.
    pub confirm_always: bool,
    /// The inboxes within reach; `None`: all inboxes of the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inboxes: Option<Arc<BTreeSet<PhoneNumberId>>>,
    /// Texts in one hour. An operator's bound counts everything that uses the API key; a tighter one of a
    /// connection's own counts what that connection sends ([`crate::Context::with_connection`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sends_per_hour: Option<u32>,
    /// Texts in one day, counted as those of an hour are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sends_per_day: Option<u32>,
    /// Texts in one day to one recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_per_day: Option<u32>,
    /// Shortest time between two texts to one recipient, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_gap_seconds: Option<u32>,
    /// Recipients in one hour that this workspace never texted with before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_recipients_per_hour: Option<u32>,
    /// Recipients of one bulk call; 100 at most, whatever stands here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients_per_call: Option<u32>,
    /// Hours in which a text gets a warning or is refused, in the recipient's zone: each of them counts.
    #[serde(skip_serializing_if = "is_empty")]
    pub quiet_hours: Arc<BTreeSet<QuietHours>>,
    /// Nobody is texted of whom it cannot be found out whether they opted out; otherwise such a text gets a warning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refuse_unchecked: bool,
    /// Only who is on each of these lists is texted; without a list, everybody.
    #[serde(skip_serializing_if = "is_empty")]
    pub allow_recipients: Arc<BTreeSet<BTreeSet<RecipientRule>>>,
    /// Who is on this list is not texted, whatever else says.
    #[serde(skip_serializing_if = "is_empty")]
    pub deny_recipients: Arc<BTreeSet<RecipientRule>>,
}

impl Limits {
    /// The server's policy unless its operator sets another: 60 texts an hour and 200 a day per key, one
    /// recipient once in 10 s and 10 times a day, 20 new recipients an hour, 100 recipients in a call; a warning
    /// between 21:00 and 08:00 at the recipient; no premium-rate and no satellite numbers.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            read_only: false,
            no_texting: false,
            reply_only: false,
            confirm_many: false,
            confirm_always: false,
            inboxes: None,
            sends_per_hour: Some(60),
            sends_per_day: Some(200),
            recipient_per_day: Some(10),
            recipient_gap_seconds: Some(10),
            new_recipients_per_hour: Some(20),
            recipients_per_call: Some(100),
            quiet_hours: BTreeSet::from([QuietHours::standard()]).into(),
            refuse_unchecked: false,
            allow_recipients: Arc::default(),
            deny_recipients: BTreeSet::from([RecipientRule::premium(), RecipientRule::satellite()]).into(),
        }
    }

    /// The tighter of both in every respect.
    #[must_use]
    pub fn tightened(&self, other: &Self) -> Self {
        Self {
            read_only: self.read_only || other.read_only,
            no_texting: self.no_texting || other.no_texting,
            reply_only: self.reply_only || other.reply_only,
            confirm_many: self.confirm_many || other.confirm_many,
            confirm_always: self.confirm_always || other.confirm_always,
            inboxes: match (&self.inboxes, &other.inboxes) {
                (Some(ours), Some(theirs)) => Some(Arc::new(&**ours & &**theirs)),
                (ours, theirs) => ours.clone().or_else(|| theirs.clone()),
            },
            sends_per_hour: fewer(self.sends_per_hour, other.sends_per_hour),
            sends_per_day: fewer(self.sends_per_day, other.sends_per_day),
            recipient_per_day: fewer(self.recipient_per_day, other.recipient_per_day),
            recipient_gap_seconds: self.recipient_gap_seconds.max(other.recipient_gap_seconds),
            new_recipients_per_hour: fewer(self.new_recipients_per_hour, other.new_recipients_per_hour),
            recipients_per_call: fewer(self.recipients_per_call, other.recipients_per_call),
            quiet_hours: both(&self.quiet_hours, &other.quiet_hours),
            refuse_unchecked: self.refuse_unchecked || other.refuse_unchecked,
            // Who is on both: a list of each side stays, and both must have the number.
            allow_recipients: both(&self.allow_recipients, &other.allow_recipients),
            deny_recipients: both(&self.deny_recipients, &other.deny_recipients),
        }
    }

    /// Whether texts may be sent at all.
    #[must_use]
    pub fn texting_allowed(&self) -> bool {
        !self.read_only && !self.no_texting
    }

    /// Why a number may not be texted, as far as the lists go.
    pub(crate) fn unlisted(&self, number: &E164) -> Option<Unlisted> {
        let denied = self.deny_recipients.iter().find(|rule| rule.holds(number));
        if let Some(rule) = denied {
            return Some(Unlisted::Denied(rule.meaning()));
        }
        let allowed = self.allow_recipients.iter().all(|list| list.iter().any(|rule| rule.holds(number)));
        (!allowed).then_some(Unlisted::NotAllowed)
    }

    /// Recipients of one call at most.
    pub(crate) fn recipients_at_once(&self) -> usize {
        self.recipients_per_call.map_or(usize::MAX, |limit| limit as usize)
    }

    /// Whether some text may need the person's yes first.
    #[must_use]
    pub fn may_need_confirmation(&self) -> bool {
        self.texting_allowed() && (self.confirm_many || self.confirm_always)
    }

    /// Whether the inbox is within reach.
    #[must_use]
    pub fn reaches(&self, inbox: &PhoneNumberId) -> bool {
        self.inboxes.as_ref().is_none_or(|inboxes| inboxes.contains(inbox))
    }
}

/// Which list keeps a number from being texted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unlisted {
    /// It is not on a list of those that are.
    NotAllowed,
    /// It is on the list of those that are not; for what reason it stands there.
    Denied(String),
}

/// All that is in either. Mostly one of them is empty, or both are one.
fn both<T: Ord + Clone>(ours: &Arc<BTreeSet<T>>, theirs: &Arc<BTreeSet<T>>) -> Arc<BTreeSet<T>> {
    if theirs.is_empty() || Arc::ptr_eq(ours, theirs) {
        Arc::clone(ours)
    } else if ours.is_empty() {
        Arc::clone(theirs)
    } else {
        Arc::new(&**ours | &**theirs)
    }
}

fn is_empty<T>(set: &BTreeSet<T>) -> bool {
    set.is_empty()
}

fn fewer(left: Option<u32>, right: Option<u32>) -> Option<u32> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules() -> impl Strategy<Value = BTreeSet<RecipientRule>> {
        let some = ["US", "CA", "GB", "+1", "+1415*", "+14155550101", "+44", "premium", "satellite", "+881*"];
        proptest::collection::btree_set(
            proptest::sample::select(some.map(|rule| rule.parse().expect(rule)).to_vec()),
            0..4,
        )
    }

    fn hours() -> impl Strategy<Value = BTreeSet<QuietHours>> {
        let some =
            ["21:00-08:00", "18:00-09:00", "12:00-13:00"].map(|hours| QuietHours::parse(hours).expect(hours));
        let either = (proptest::sample::select(some.to_vec()), any::<bool>())
            .prop_map(|(hours, refuse)| if refuse { hours.refusing() } else { hours });
        proptest::collection::btree_set(either, 0..3)
    }

    fn limits() -> impl Strategy<Value = Limits> {
        let allow = proptest::collection::btree_set(rules(), 0..3);
        (allow, rules(), hours(), any::<bool>()).prop_map(
            |(allow_recipients, deny_recipients, quiet_hours, unchecked)| Limits {
                allow_recipients: allow_recipients.into(),
                deny_recipients: deny_recipients.into(),
                quiet_hours: quiet_hours.into(),
                refuse_unchecked: unchecked,
                ..Limits::default()
            },
        )
    }

    proptest! {
        /// What two sides allow together is what each allows.
        #[test]
        fn lists_meet(one in limits(), other in limits()) {
            let both = one.tightened(&other);
            prop_assert_eq!(&both, &other.tightened(&one));
            prop_assert_eq!(&both, &both.tightened(&one));
            for number in ["+14155550101", "+14155550102", "+14165550101", "+19005550101", "+442079460958", "+881612345678"] {
                let number = E164::parse(number).expect("a number");
                let allows = |limits: &Limits| limits.unlisted(&number).is_none();
                prop_assert_eq!(allows(&both), allows(&one) && allows(&other));
            }
            for quarter in 0..96_i8 {
                let time = jiff::civil::time(quarter / 4, quarter % 4 * 15, 0, 0);
                let is_refused = |limits: &Limits| limits.quiet_hours.iter().any(|hours| hours.refuses() && hours.holds(time));
                prop_assert_eq!(is_refused(&both), is_refused(&one) || is_refused(&other));
            }
            let json = serde_json::to_string(&both).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Limits>(&json).expect("its own form"), both);
        }
    }
}
