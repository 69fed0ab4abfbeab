//! What the user may choose at consent: declared by the embedder, drawn and read by us, sealed into the grant.
//!
//! We never learn what a choice means. The outcome is a JSON object of name to value; the embedder reads it back
//! from [`Grant::embedder_data`](crate::Grant::embedder_data).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest outcome of all choices together, as JSON, in bytes: it travels in every token.
pub(crate) const MAX_OUTCOME: usize = 1024;
/// Most choices on one page.
const MAX_CHOICES: usize = 64;
/// Most options of one choice of several: each is a field of the form.
const MAX_OPTIONS: usize = 128;
/// The outcome of a choice of several when everything was chosen, and the field's value for it.
const EVERYTHING: &str = "all";
/// The field's value when some were chosen.
pub(crate) const SOME: &str = "some";

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
    /// Several of many, at least one: a box each. The outcome is the list of the values that are ticked, in the order
    /// of the options; those that exist now and no others, even when all are ticked.
    Several {
        /// The options, in the order shown. At most 128.
        options: Vec<ChoiceOption>,
        /// What is ticked at first: values of options.
        ticked: Vec<String>,
        /// Offers everything beside a list, what is added later included, under this label. It is the default, and its
        /// outcome is the text `all` and no list.
        everything: Option<String>,
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

/// One option of [`ChoiceControl::Select`] or [`ChoiceControl::Several`].
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

    /// The name of the form field of one option of several. No other choice has it: names hold no dot.
    pub(crate) fn option_field(&self, index: usize) -> String {
        format!("{}.{index}", self.field())
    }

    fn default_value(&self) -> Value {
        match &self.control {
            ChoiceControl::Checkbox { checked } => Value::from(*checked),
            ChoiceControl::Select { selected, .. } => Value::from(selected.as_str()),
            ChoiceControl::Several { everything: Some(_), .. } => Value::from(EVERYTHING),
            ChoiceControl::Several { ticked, .. } => Value::from(ticked.as_slice()),
            ChoiceControl::Number { value, .. } => Value::from(*value),
        }
    }

    /// The value that a form holds for this choice; a checkbox that is off is not submitted at all.
    fn read<'a>(&self, field: &impl Fn(&str) -> Option<&'a str>) -> Result<Value, ChoiceError> {
        if let ChoiceControl::Several { options, everything, .. } = &self.control {
            return self.read_several(options, everything.is_some(), field);
        }
        self.read_one(field(&self.field())).ok_or_else(|| ChoiceError::Invalid { name: self.name.clone() })
    }

    fn read_several<'a>(
        &self,
        options: &[ChoiceOption],
        everything: bool,
        field: &impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Value, ChoiceError> {
        let ticked: Vec<&str> = options
            .iter()
            .enumerate()
            .filter(|(index, _)| field(&self.option_field(*index)).is_some())
            .map(|(_, option)| option.value.as_str())
            .collect();
        let name = || self.name.clone();
        match field(&self.field()) {
            // Both at once may mean either; it is not for us to take the wider.
            Some(EVERYTHING) if everything && !ticked.is_empty() => {
                Err(ChoiceError::Contradiction { name: name() })
            }
            Some(EVERYTHING) if everything => Ok(Value::from(EVERYTHING)),
            Some(SOME) | None if ticked.is_empty() => Err(ChoiceError::NoneTicked { name: name() }),
            Some(SOME) => Ok(Value::from(ticked)),
            None if !everything => Ok(Value::from(ticked)),
            _ => Err(ChoiceError::Invalid { name: name() }),
        }
    }

    fn read_one(&self, submitted: Option<&str>) -> Option<Value> {
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
            ChoiceControl::Several { .. } => None,
        }
    }

    fn is_well_declared(&self) -> bool {
        let name = self.name.as_bytes();
        let well_named = (1..=64).contains(&name.len())
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte));
        well_named
            && match &self.control {
                ChoiceControl::Several { options, ticked, everything } => {
                    let offered = |value: &String| options.iter().any(|option| option.value == *value);
                    (1..=MAX_OPTIONS).contains(&options.len())
                        && ticked.iter().all(offered)
                        && (everything.is_some() || !ticked.is_empty())
                }
                _ => true,
            }
    }
}

/// Why the choices came to nothing, and by which of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChoiceError {
    /// The user's value for this choice is not one of those offered.
    Invalid { name: String },
    /// Nothing is ticked where something must be.
    NoneTicked { name: String },
    /// Everything is chosen, and some of it as well.
    Contradiction { name: String },
    /// What was ticked is too much to travel in every token.
    TooMuch { name: String },
    /// The embedder's declaration is malformed or too large to travel.
    Declaration,
}

impl ChoiceError {
    /// Which choice it is about.
    pub(crate) fn name(&self) -> Option<&String> {
        match self {
            Self::Invalid { name }
            | Self::NoneTicked { name }
            | Self::Contradiction { name }
            | Self::TooMuch { name } => Some(name),
            Self::Declaration => None,
        }
    }
}

/// The outcome when the user was shown no choices.
pub(crate) fn defaults(choices: &[ConsentChoice]) -> Result<Vec<u8>, ChoiceError> {
    outcome(choices, |choice| Ok(choice.default_value()))
}

/// The outcome of a submitted form.
pub(crate) fn submitted<'a>(
    choices: &[ConsentChoice],
    field: impl Fn(&str) -> Option<&'a str>,
) -> Result<Vec<u8>, ChoiceError> {
    outcome(choices, |choice| choice.read(&field))
}

fn outcome(
    choices: &[ConsentChoice],
    value: impl Fn(&ConsentChoice) -> Result<Value, ChoiceError>,
) -> Result<Vec<u8>, ChoiceError> {
    if choices.len() > MAX_CHOICES || !choices.iter().all(ConsentChoice::is_well_declared) {
        return Err(ChoiceError::Declaration);
    }
    let mut chosen = Map::new();
    let mut longest: Option<(&ConsentChoice, usize)> = None;
    for choice in choices {
        let value = value(choice)?;
        let ticked = value.as_array().map_or(0, Vec::len);
        if ticked > longest.map_or(0, |(_, most)| most) {
            longest = Some((choice, ticked));
        }
        chosen.insert(choice.name.clone(), value);
    }
    let json = serde_json::to_vec(&chosen).map_err(|_| ChoiceError::Declaration)?;
    match longest {
        _ if json.len() <= MAX_OUTCOME => Ok(json),
        // The user can do something about it.
        Some((choice, _)) => Err(ChoiceError::TooMuch { name: choice.name.clone() }),
        None => Err(ChoiceError::Declaration),
    }
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

    fn several(count: usize, everything: bool) -> ConsentChoice {
        let option = |index| ChoiceOption { value: format!("in{index:08}"), label: String::new() };
        let options: Vec<_> = (0..count).map(option).collect();
        let ticked = if everything { Vec::new() } else { vec![options[0].value.clone()] };
        let everything = everything.then(|| "All, later ones too".to_owned());
        ConsentChoice::new("inboxes", "Inboxes", ChoiceControl::Several { options, ticked, everything })
    }

    fn check(choice: &ConsentChoice, fields: &[(&str, &'static str)]) -> Result<String, ChoiceError> {
        let field = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
        submitted(std::slice::from_ref(choice), field).map(|json| String::from_utf8(json).expect("UTF-8"))
    }

    #[test]
    fn all_and_each_are_not_the_same() {
        let choice = several(2, true);
        let (how, first, second) = ("choice_inboxes", "choice_inboxes.0", "choice_inboxes.1");
        let name = || "inboxes".to_owned();
        assert_eq!(check(&choice, &[(how, "all")]).as_deref(), Ok(r#"{"inboxes":"all"}"#));
        assert_eq!(
            check(&choice, &[(how, "some"), (second, "on"), (first, "on")]).as_deref(),
            Ok(r#"{"inboxes":["in00000000","in00000001"]}"#)
        );
        for (fields, expected) in [
            (vec![(how, "some")], ChoiceError::NoneTicked { name: name() }),
            (vec![], ChoiceError::NoneTicked { name: name() }),
            (vec![(how, "all"), (first, "on")], ChoiceError::Contradiction { name: name() }),
            (vec![(first, "on")], ChoiceError::Invalid { name: name() }),
            (vec![(how, "none"), (first, "on")], ChoiceError::Invalid { name: name() }),
            (vec![(how, "some"), ("choice_inboxes.2", "on")], ChoiceError::NoneTicked { name: name() }),
        ] {
            assert_eq!(check(&choice, &fields), Err(expected), "{fields:?}");
        }
        assert_eq!(defaults(&[choice]).expect("valid"), br#"{"inboxes":"all"}"#);
    }

    #[test]
    fn without_everything_the_boxes_are_all_there_is() {
        let choice = several(2, false);
        assert_eq!(
            check(&choice, &[("choice_inboxes.1", "on")]).as_deref(),
            Ok(r#"{"inboxes":["in00000001"]}"#)
        );
        assert!(matches!(check(&choice, &[]), Err(ChoiceError::NoneTicked { .. })));
        for fields in
            [&[("choice_inboxes", "all")][..], &[("choice_inboxes", "all"), ("choice_inboxes.0", "on")]]
        {
            assert!(matches!(check(&choice, fields), Err(ChoiceError::Invalid { .. })), "{fields:?}");
        }
        assert_eq!(defaults(&[choice]).expect("valid"), br#"{"inboxes":["in00000000"]}"#);
    }

    #[test]
    fn what_is_too_much_for_a_token_is_the_users_to_change() {
        for (count, fits) in [(75, true), (100, false)] {
            let choice = several(count, true);
            let fields: Vec<String> = (0..count).map(|index| choice.option_field(index)).collect();
            let field = |name: &str| match name {
                "choice_inboxes" => Some(SOME),
                other => fields.iter().any(|field| field == other).then_some("on"),
            };
            let outcome = submitted(std::slice::from_ref(&choice), field);
            assert_eq!(outcome.is_ok(), fits, "{count}");
            assert!(fits || matches!(outcome, Err(ChoiceError::TooMuch { .. })));
        }
        assert_eq!(defaults(&[several(129, true)]), Err(ChoiceError::Declaration));
    }
}
