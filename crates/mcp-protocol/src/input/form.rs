//! The fields of a form: what is asked for, and whether an answer fits.
//!
//! The schema is flat and knows few types on purpose: clients draw a form of it (`elicit.schema`).

use serde::Serialize;
use serde_json::{Map, Value};

mod wire;

/// What a text must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TextFormat {
    /// An email address.
    Email,
    /// A URI.
    Uri,
    /// A date.
    Date,
    /// A date with a time.
    DateTime,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    title: Option<String>,
    description: Option<String>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Text { format: Option<TextFormat>, min: Option<u32>, max: Option<u32>, default: Option<String> },
    Number { integer: bool, min: Option<f64>, max: Option<f64>, default: Option<f64> },
    Boolean { default: Option<bool> },
    Choice { options: Vec<Choice>, names: bool, default: Option<String> },
    Choices { options: Vec<Choice>, min: Option<u32>, max: Option<u32>, default: Option<Vec<String>> },
}

#[derive(Clone, Debug, PartialEq)]
struct Choice {
    value: String,
    title: Option<String>,
}

impl Field {
    fn new(kind: Kind) -> Self {
        Self { title: None, description: None, kind }
    }

    /// A text.
    #[must_use]
    pub fn text() -> Self {
        Self::new(Kind::Text { format: None, min: None, max: None, default: None })
    }

    /// A whole number.
    #[must_use]
    pub fn integer() -> Self {
        Self::new(Kind::Number { integer: true, min: None, max: None, default: None })
    }

    /// A number.
    #[must_use]
    pub fn number() -> Self {
        Self::new(Kind::Number { integer: false, min: None, max: None, default: None })
    }

    /// A yes or no.
    #[must_use]
    pub fn boolean() -> Self {
        Self::new(Kind::Boolean { default: None })
    }

    /// One of these values.
    pub fn choice<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::new(Kind::Choice { options: untitled(values), names: false, default: None })
    }

    /// One of these values, each with what a person sees instead.
    pub fn titled_choice<T: Into<String>, U: Into<String>>(
        options: impl IntoIterator<Item = (T, U)>,
    ) -> Self {
        Self::new(Kind::Choice { options: titled(options), names: false, default: None })
    }

    /// Several of these values (2025-11-25; one of them on 2025-06-18).
    pub fn choices<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::new(Kind::Choices { options: untitled(values), min: None, max: None, default: None })
    }

    /// Several of these values, each with what a person sees instead (2025-11-25; one of them on 2025-06-18).
    pub fn titled_choices<T: Into<String>, U: Into<String>>(
        options: impl IntoIterator<Item = (T, U)>,
    ) -> Self {
        Self::new(Kind::Choices { options: titled(options), min: None, max: None, default: None })
    }

    /// Writes the titles of a single choice as `enumNames`, as 2025-06-18 did, on the later revisions too.
    #[must_use]
    pub fn with_enum_names(mut self) -> Self {
        if let Kind::Choice { names, .. } = &mut self.kind {
            *names = true;
        }
        self
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets what a text must look like. Nothing on any other field.
    #[must_use]
    pub fn with_format(mut self, wanted: TextFormat) -> Self {
        if let Kind::Text { format, .. } = &mut self.kind {
            *format = Some(wanted);
        }
        self
    }

    /// Sets the least and the most characters of a text, or choices of several. Nothing on any other field.
    #[must_use]
    pub fn with_length(mut self, least: u32, most: u32) -> Self {
        if let Kind::Text { min, max, .. } | Kind::Choices { min, max, .. } = &mut self.kind {
            (*min, *max) = (Some(least), Some(most));
        }
        self
    }

    /// Sets the least and the greatest number. Nothing on any other field.
    #[must_use]
    pub fn with_range(mut self, least: f64, greatest: f64) -> Self {
        if let Kind::Number { min, max, .. } = &mut self.kind {
            (*min, *max) = (Some(least), Some(greatest));
        }
        self
    }

    /// Sets what the form starts with. A value of another type than the field's is not taken.
    #[must_use]
    pub fn with_default(mut self, value: impl Into<Value>) -> Self {
        let value = value.into();
        match &mut self.kind {
            Kind::Text { default, .. } | Kind::Choice { default, .. } => {
                *default = value.as_str().map(str::to_owned);
            }
            Kind::Number { default, .. } => *default = value.as_f64(),
            Kind::Boolean { default } => *default = value.as_bool(),
            Kind::Choices { default, .. } => *default = texts(&value),
        }
        self
    }

    /// The value as the handler gets it, when it fits.
    fn check(&self, value: Value) -> Result<Value, String> {
        match &self.kind {
            Kind::Text { min, max, .. } => {
                let length = value.as_str().ok_or("must be a text")?.chars().count();
                within(length, *min, *max, "characters")?;
            }
            Kind::Number { integer, min, max, .. } => {
                let number = value.as_f64().ok_or("must be a number")?;
                let whole = whole(&value);
                if *integer && whole.is_none() {
                    return Err("must be a whole number".to_owned());
                }
                if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
                    return Err("is out of range".to_owned());
                }
                // 30.0 is whole, too, but no integer to a handler that takes it as one.
                return Ok(whole.filter(|_| *integer).map_or(value, Value::from));
            }
            Kind::Boolean { .. } => {
                value.as_bool().ok_or("must be true or false")?;
            }
            Kind::Choice { options, .. } => {
                let chosen = value.as_str().ok_or("must be a text")?;
                offered(options, chosen)?;
            }
            Kind::Choices { options, min, max, .. } => {
                // A client of 2025-06-18 was offered one choice.
                let one = value.as_str().map(|text| vec![text.to_owned()]);
                let chosen = one.or_else(|| texts(&value)).ok_or("must be a list of texts")?;
                chosen.iter().try_for_each(|chosen| offered(options, chosen))?;
                within(chosen.len(), *min, *max, "choices")?;
                return Ok(Value::from(chosen));
            }
        }
        Ok(value)
    }
}

fn untitled<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Vec<Choice> {
    values.into_iter().map(|value| Choice { value: value.into(), title: None }).collect()
}

fn titled<T: Into<String>, U: Into<String>>(options: impl IntoIterator<Item = (T, U)>) -> Vec<Choice> {
    let choice = |(value, title): (T, U)| Choice { value: value.into(), title: Some(title.into()) };
    options.into_iter().map(choice).collect()
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The integer that a number is, within what a double tells apart.
fn whole(number: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let double = || number.as_f64().filter(|double| double.fract() == 0.0 && double.abs() < EXACT);
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    number.as_i64().or_else(|| double().map(|double| double as i64))
}

fn offered(options: &[Choice], chosen: &str) -> Result<(), String> {
    if options.iter().any(|option| option.value == chosen) {
        return Ok(());
    }
    Err("is none of the choices".to_owned())
}

fn within(length: usize, min: Option<u32>, max: Option<u32>, what: &str) -> Result<(), String> {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    match (min, max) {
        (Some(min), _) if length < min => Err(format!("has fewer than {min} {what}")),
        (_, Some(max)) if length > max => Err(format!("has more than {max} {what}")),
        _ => Ok(()),
    }
}

/// The fields, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FormSchema {
    fields: Vec<(String, Field)>,
    required: Vec<String>,
}

impl FormSchema {
    pub(super) fn add(&mut self, name: String, field: Field, required: bool) {
        if required {
            self.required.push(name.clone());
        }
        self.fields.push((name, field));
    }

    /// The content's fields that the form has, each checked.
    pub(super) fn check(&self, mut content: Map<String, Value>) -> Result<Map<String, Value>, String> {
        let mut checked = Map::new();
        for (name, field) in &self.fields {
            match content.remove(name).filter(|value| !value.is_null()) {
                Some(value) => {
                    let value = field.check(value).map_err(|problem| format!("`{name}` {problem}"))?;
                    checked.insert(name.clone(), value);
                }
                None if self.required.contains(name) => return Err(format!("`{name}` is missing")),
                None => {}
            }
        }
        Ok(checked)
    }
}

impl Choice {
    fn shown(&self) -> &str {
        self.title.as_ref().unwrap_or(&self.value)
    }
}

#[cfg(test)]
mod tests;
