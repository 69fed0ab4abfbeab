//! What the user may choose at consent: declared by the embedder, drawn and read by us, sealed into the grant.
//!
//! We never learn what a choice means. The outcome is a JSON object of name to value; the embedder reads it back
//! from [`Grant::embedder_data`](crate::Grant::embedder_data).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest outcome of all choices together, as JSON, in bytes: it travels in every token.
pub(crate) const MAX_OUTCOME: usize = 1024;
/// Most choices on one page, and most options of one.
const MAX_CHOICES: usize = 64;

/// One thing that the user may choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsentChoice {
    /// Name of the value in the outcome: 1 to 64 of `a-zA-Z0-9_-`.
    pub name: String,
    /// What the user reads beside the control.
    pub label: String,
    /// One sentence below it. May be empty.
    pub help: String,
    /// How it is chosen, and the default.
    pub control: ChoiceControl,
}

/// How something is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ChoiceControl {
    /// Yes or no. The outcome is `true` or `false`.
    Checkbox {
        /// The default.
        checked: bool,
    },
    /// One of several. The outcome is the option's value.
    Select {
        /// The options, in the order shown.
        options: Vec<ChoiceOption>,
        /// The default: the value of one of the options.
        selected: String,
    },
    /// A whole number. The outcome is the number.
    Number {
        /// Smallest allowed.
        min: u32,
        /// Largest allowed.
        max: u32,
        /// The default.
        value: u32,
    },
}

/// One option of [`ChoiceControl::Select`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// Its value in the outcome.
    pub value: String,
    /// What the user reads.
    pub label: String,
}

impl ConsentChoice {
    /// A choice without help text.
    #[must_use]
    pub fn new(name: impl Into<String>, label: impl Into<String>, control: ChoiceControl) -> Self {
        Self { name: name.into(), label: label.into(), help: String::new(), control }
    }

    /// Sets the sentence below the control.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The name of the form field, apart from our own fields.
    pub(crate) fn field(&self) -> String {
        format!("choice_{}", self.name)
    }

    fn default_value(&self) -> Value {
        match &self.control {
            ChoiceControl::Checkbox { checked } => Value::from(*checked),
            ChoiceControl::Select { selected, .. } => Value::from(selected.as_str()),
            ChoiceControl::Number { value, .. } => Value::from(*value),
        }
    }

    /// The value that a form holds for this choice. `submitted` is the field's text; a checkbox that is off is
    /// not submitted at all.
    fn read(&self, submitted: Option<&str>) -> Option<Value> {
        match &self.control {
            ChoiceControl::Checkbox { .. } => Some(Value::from(submitted.is_some())),
            ChoiceControl::Select { options, .. } => {
                let text = submitted?;
                options.iter().any(|option| option.value == text).then(|| Value::from(text))
            }
            ChoiceControl::Number { min, max, .. } => {
                let number: u32 = submitted?.trim().parse().ok()?;
                (*min..=*max).contains(&number).then(|| Value::from(number))
            }
        }
    }
}

/// Why the choices came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChoiceError {
    /// The user's value for this choice (by label) is not one of those offered.
    Invalid { label: String },
    /// The embedder's declaration is malformed or too large to travel.
    Declaration,
}

/// The outcome when the user was shown no choices.
pub(crate) fn defaults(choices: &[ConsentChoice]) -> Result<Vec<u8>, ChoiceError> {
    outcome(choices, |choice| Some(choice.default_value()))
}

/// The outcome of a submitted form.
pub(crate) fn submitted<'a>(
    choices: &[ConsentChoice],
    field: impl Fn(&str) -> Option<&'a str>,
) -> Result<Vec<u8>, ChoiceError> {
    outcome(choices, |choice| choice.read(field(&choice.field())))
}

fn outcome(
    choices: &[ConsentChoice],
    value: impl Fn(&ConsentChoice) -> Option<Value>,
) -> Result<Vec<u8>, ChoiceError> {
    let well_named = |choice: &ConsentChoice| {
        let name = choice.name.as_bytes();
        (1..=64).contains(&name.len())
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
    };
    if choices.len() > MAX_CHOICES || !choices.iter().all(well_named) {
        return Err(ChoiceError::Declaration);
    }
    let mut chosen = Map::new();
    for choice in choices {
        let value = value(choice).ok_or_else(|| ChoiceError::Invalid { label: choice.label.clone() })?;
        chosen.insert(choice.name.clone(), value);
    }
    let json = serde_json::to_vec(&chosen).map_err(|_| ChoiceError::Declaration)?;
    if json.len() > MAX_OUTCOME { Err(ChoiceError::Declaration) } else { Ok(json) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offered_values_are_read() {
        let options =
            ["a", "b"].map(|value| ChoiceOption { value: value.to_owned(), label: String::new() }).to_vec();
        let choices = [
            ConsentChoice::new("only_read", "Only read", ChoiceControl::Checkbox { checked: true }),
            ConsentChoice::new("inbox", "Inbox", ChoiceControl::Select { options, selected: "a".to_owned() }),
            ConsentChoice::new("cap", "Cap", ChoiceControl::Number { min: 0, max: 200, value: 50 }),
        ];
        let check = |fields: &[(&str, &'static str)]| {
            submitted(&choices, |name| {
                fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value)
            })
            .map(|json| String::from_utf8(json).expect("JSON is UTF-8"))
        };
        assert_eq!(
            String::from_utf8(defaults(&choices).expect("valid")).expect("UTF-8"),
            r#"{"cap":50,"inbox":"a","only_read":true}"#
        );
        assert_eq!(
            check(&[("choice_inbox", "b"), ("choice_cap", " 7 ")]).expect("valid"),
            r#"{"cap":7,"inbox":"b","only_read":false}"#
        );
        for fields in [
            vec![("choice_inbox", "c"), ("choice_cap", "7")],
            vec![("choice_inbox", "a"), ("choice_cap", "201")],
            vec![("choice_inbox", "a"), ("choice_cap", "-1")],
            vec![("choice_cap", "7")],
        ] {
            assert!(matches!(check(&fields), Err(ChoiceError::Invalid { .. })), "{fields:?}");
        }
    }
}
