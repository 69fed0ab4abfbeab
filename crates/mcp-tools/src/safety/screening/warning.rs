//! What a result says beside the outcome: texts that went out, or would, with a reason to look again.

use openphone_client::E164;
use schemars::JsonSchema;
use serde::Serialize;

/// A reason to look again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Warning {
    /// What sort
    pub kind: WarningKind,
    /// The warning
    pub text: String,
    /// Whom it concerns; absent when there is one recipient
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub recipients: Vec<String>,
}

/// What sort of warning it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningKind {
    /// It is night at the recipient.
    QuietHours,
    /// The recipient's local time is not known.
    TimeUnknown,
    /// Their latest messages may ask not to be texted.
    PerhapsOptedOut,
    /// Whether they opted out could not be found out.
    OptOutUnchecked,
    /// No text went either way before.
    NeverTexted,
    /// Everyone in a group sees everyone.
    GroupExposure,
    /// A group is not texted, because one of its members is not.
    GroupRefused,
    /// The same text went out a moment ago, or may have.
    AlreadySent,
    /// It has another country's price.
    International,
    /// More texts than are left.
    OverQuota,
    /// Names may be missing.
    NamesMissing,
}

impl Warning {
    pub(crate) fn new(kind: WarningKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), recipients: Vec::new() }
    }

    /// For a result with one recipient.
    pub(crate) fn without_recipients(self) -> Self {
        Self { recipients: Vec::new(), ..self }
    }

    /// A line for the text of a result.
    pub(crate) fn to_line(&self) -> String {
        match self.recipients.as_slice() {
            [] => format!("Warning: {}", self.text),
            recipients => format!("Warning for {}: {}", recipients.join(", "), self.text),
        }
    }
}

/// One entry for each different warning, with whom it concerns: a hundred recipients often share one.
pub(crate) fn grouped<'a>(warnings: impl Iterator<Item = (&'a E164, &'a [Warning])>) -> Vec<Warning> {
    let mut groups: Vec<Warning> = Vec::new();
    for (to, warnings) in warnings {
        for warning in warnings {
            match groups.iter_mut().find(|known| known.kind == warning.kind && known.text == warning.text) {
                Some(known) => known.recipients.push(to.to_string()),
                None => groups.push(Warning { recipients: vec![to.to_string()], ..warning.clone() }),
            }
        }
    }
    groups
}
