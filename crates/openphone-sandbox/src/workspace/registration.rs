//! The registration with the carriers (A2P 10DLC), without which no text goes to a number of the United States.
//! Each business is seeded with an approved one; how far it is, a key's [`Plan`] says. A key whose plan has none
//! makes its own.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::plan::{A2p, Plan};
use super::{Kind, Workspace};

/// How long the carriers take over one.
const REVIEW: SignedDuration = SignedDuration::from_mins(1);
/// No registration comes near it, in bytes of JSON.
const LARGEST: usize = 64 * 1024;

/// The two registrations that a workspace may have.
#[derive(Debug)]
pub(crate) struct Registrations {
    pub(crate) seeded: Registration,
    /// Made with keys whose plan has none.
    pub(crate) made: Option<Registration>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Registration {
    pub(crate) id: String,
    /// What the client writes: `type`, `businessInfo`, `messaging`.
    pub(crate) content: Map<String, Value>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// `None`: a draft.
    pub(crate) submitted_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegistrationStatus {
    Draft,
    Pending,
    Approved,
    Rejected,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegistrationRefusal {
    Missing,
    Exists,
    NotADraft,
    TooLarge,
    /// No credits.
    Unpaid,
}

impl Workspace {
    /// The registration that a key with this plan sees.
    pub(crate) fn registration(&self, plan: Plan) -> Option<&Registration> {
        match plan.a2p {
            A2p::Missing => self.registrations.made.as_ref(),
            A2p::Approved | A2p::Pending | A2p::Rejected => Some(&self.registrations.seeded),
        }
    }

    /// How far it is; `None` when there is none.
    pub(crate) fn registration_status(&self, plan: Plan, now: Timestamp) -> Option<RegistrationStatus> {
        let registration = self.registration(plan)?;
        Some(match (plan.a2p, registration.submitted_at) {
            (A2p::Approved, _) => RegistrationStatus::Approved,
            (A2p::Pending, _) => RegistrationStatus::Pending,
            (A2p::Rejected, _) => RegistrationStatus::Rejected,
            (A2p::Missing, None) => RegistrationStatus::Draft,
            (A2p::Missing, Some(at)) if now.duration_since(at) < REVIEW => RegistrationStatus::Pending,
            (A2p::Missing, Some(_)) => RegistrationStatus::Approved,
        })
    }

    /// Begins a draft.
    pub(crate) fn create_registration(
        &mut self,
        plan: Plan,
        content: Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), RegistrationRefusal> {
        if self.registration(plan).is_some() {
            return Err(RegistrationRefusal::Exists);
        }
        check_size(&content)?;
        self.registrations.made = Some(Registration {
            id: self.ids.next(Kind::Registration),
            content,
            created_at: now,
            updated_at: now,
            submitted_at: None,
        });
        Ok(())
    }

    /// Merges `change` into the draft: objects field by field, null removes, all else replaces.
    pub(crate) fn update_registration(
        &mut self,
        plan: Plan,
        change: Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), RegistrationRefusal> {
        let draft = self.draft(plan)?;
        let mut content = draft.content.clone();
        merge(&mut content, change);
        check_size(&content)?;
        draft.content = content;
        draft.updated_at = now;
        Ok(())
    }

    /// Sends the draft to the carriers.
    pub(crate) fn submit_registration(
        &mut self,
        plan: Plan,
        now: Timestamp,
    ) -> Result<(), RegistrationRefusal> {
        let draft = self.draft(plan)?;
        if plan.without_credits {
            return Err(RegistrationRefusal::Unpaid);
        }
        draft.submitted_at = Some(now);
        draft.updated_at = now;
        Ok(())
    }

    fn draft(&mut self, plan: Plan) -> Result<&mut Registration, RegistrationRefusal> {
        if plan.a2p != A2p::Missing {
            return Err(RegistrationRefusal::NotADraft);
        }
        let made = self.registrations.made.as_mut().ok_or(RegistrationRefusal::Missing)?;
        if made.submitted_at.is_some() { Err(RegistrationRefusal::NotADraft) } else { Ok(made) }
    }
}

fn check_size(content: &Map<String, Value>) -> Result<(), RegistrationRefusal> {
    let size = Value::Object(content.clone()).to_string().len();
    if size > LARGEST { Err(RegistrationRefusal::TooLarge) } else { Ok(()) }
}

/// As in RFC 7396.
fn merge(target: &mut Map<String, Value>, change: Map<String, Value>) {
    for (key, value) in change {
        match value {
            Value::Null => {
                target.remove(&key);
            }
            Value::Object(inner) => {
                let slot = target.entry(key).or_insert_with(|| Value::Object(Map::new()));
                match slot {
                    Value::Object(known) => merge(known, inner),
                    other => {
                        let mut fresh = Map::new();
                        merge(&mut fresh, inner);
                        *other = Value::Object(fresh);
                    }
                }
            }
            other => {
                target.insert(key, other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::merge;

    #[test]
    fn a_merge_keeps_what_it_does_not_name() {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        let mut target: Map<String, Value> = object(json!({ "a": { "b": 1, "c": 2 }, "d": [1, 2], "e": 5 }));
        let change =
            json!({ "a": { "b": null, "x": { "y": null, "z": 1 } }, "d": [3], "e": { "f": 6 }, "g": null });
        merge(&mut target, object(change));
        let merged = json!({ "a": { "c": 2, "x": { "z": 1 } }, "d": [3], "e": { "f": 6 } });
        assert_eq!(Value::Object(target), merged);
    }
}
