//! Custom fields by their names, with values of the right type made from text.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use openphone_client::contacts::{CustomFieldDefinition, CustomFieldKind, CustomFieldValue};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::context::Context;
use crate::error::{FieldError, ToolError};
use crate::people::search::folded;
use crate::schema::change::Change;
use crate::text::{self, is_blank};
use crate::time::{self, Bound};

/// Fields that an error names at most.
const NAMED: usize = 30;

/// Most choices of a multi-select, and longest value in characters.
const MOST_CHOICES: usize = 50;
const LONGEST_VALUE: usize = 1_000;

/// A custom field with its value.
#[derive(Deserialize, JsonSchema)]
pub struct CustomValue {
    /// The field's name in the workspace.
    #[schemars(description = "")]
    name: String,
    /// As text: true, 12.5, 2026-11-20
    #[serde(default)]
    #[schemars(description = "")]
    value: Change<String>,
    /// Of a multi-select
    #[schemars(description = "")]
    values: Option<Vec<String>>,
}

crate::tools::silent_debug!(CustomValue);

/// The custom fields that the workspace has.
pub(crate) struct Definitions {
    fields: Vec<CustomFieldDefinition>,
    zone: TimeZone,
}

/// The key of a field, and what it shall hold; `None`: nothing.
pub(crate) type Resolved = (String, Option<CustomFieldValue>);

impl Definitions {
    /// Asks for them.
    pub(crate) async fn read(cx: &Context) -> Result<Self, ToolError> {
        let fields = cx.workspace().contacts().custom_fields().await.map_err(ToolError::reading)?;
        Ok(Self { fields, zone: cx.time_zone().clone() })
    }

    /// Finds the fields that are named and reads their values; what is wrong is added to `wrong`.
    pub(crate) fn resolve(
        &self,
        path: &str,
        given: Vec<CustomValue>,
        wrong: &mut Vec<FieldError>,
    ) -> Vec<Resolved> {
        let mut resolved: Vec<Resolved> = Vec::new();
        for (index, one) in given.into_iter().enumerate() {
            let path = format!("{path}customFields[{index}]");
            match self.read_one(one) {
                Ok((key, _)) if resolved.iter().any(|(known, _)| *known == key) => {
                    wrong.push(FieldError::new(format!("{path}.name"), "is there twice"));
                }
                Ok(one) => resolved.push(one),
                Err((member, problem)) => wrong.push(FieldError::new(format!("{path}.{member}"), problem)),
            }
        }
        resolved
    }

    fn read_one(&self, given: CustomValue) -> Result<Resolved, (&'static str, String)> {
        let field = self.find(&given.name).ok_or_else(|| ("name", self.unknown(&given.name)))?;
        let key = field.key.clone();
        let many = field.kind == CustomFieldKind::MultiSelect;
        let values = match (given.value, given.values) {
            (Change::Clear, None) => return Ok((key, None)),
            (Change::Keep, None) => return Err(("value", "is missing".to_owned())),
            (Change::Keep, Some(values)) => values,
            (Change::Set(value), None) => vec![value],
            (Change::Clear | Change::Set(_), Some(_)) => {
                return Err(("values", "stands beside value; give one of the two".to_owned()));
            }
        };
        if values.len() > MOST_CHOICES || values.iter().any(|value| value.chars().count() > LONGEST_VALUE) {
            return Err(("value", format!("is too long; a value has at most {LONGEST_VALUE} characters")));
        }
        if values.iter().any(|value| is_blank(value)) || (values.is_empty() && !many) {
            return Err(("value", "is blank".to_owned()));
        }
        if many {
            return Ok((key, Some(CustomFieldValue::Choices(values))));
        }
        match <[String; 1]>::try_from(values) {
            Ok([value]) => {
                let value = self.parse(&field.kind, &value).map_err(|problem| ("value", problem))?;
                Ok((key, Some(value)))
            }
            Err(_) => Err(("values", "has several, and the field holds one".to_owned())),
        }
    }

    /// By name or key, without case and diacritics.
    fn find(&self, name: &str) -> Option<&CustomFieldDefinition> {
        let wanted = folded(name.trim());
        let is = |text: &str| folded(text.trim()) == wanted;
        let by_name = self.fields.iter().find(|field| is(&field.name));
        by_name.or_else(|| self.fields.iter().find(|field| is(&field.key)))
    }

    fn unknown(&self, name: &str) -> String {
        let name = text::clean_line(name, 60);
        if self.fields.is_empty() {
            return format!(
                "is `{name}`, and the workspace has no custom fields; they are made in OpenPhone"
            );
        }
        let known = self.fields.iter().take(NAMED).map(|field| {
            format!("\"{}\" ({})", text::clean_name(&field.name).unwrap_or_default(), field.kind)
        });
        let known = known.collect::<Vec<_>>().join(", ");
        format!("is `{name}`, which is no custom field of the workspace; it has {known}")
    }

    fn parse(&self, kind: &CustomFieldKind, text: &str) -> Result<CustomFieldValue, String> {
        let text = text.trim();
        let shown = || text::clean_line(text, 60);
        Ok(match kind {
            CustomFieldKind::Boolean => match text.to_lowercase().as_str() {
                "true" | "yes" => CustomFieldValue::Flag(true),
                "false" | "no" => CustomFieldValue::Flag(false),
                _ => return Err(format!("is `{}`; the field holds true or false", shown())),
            },
            CustomFieldKind::Number => CustomFieldValue::Number(
                text.parse()
                    .map_err(|_| format!("is `{}`; the field holds a number, such as 12.5", shown()))?,
            ),
            CustomFieldKind::Date => {
                // A day is a day everywhere; the API wants a moment.
                let zone = if text.parse::<Date>().is_ok() { &TimeZone::UTC } else { &self.zone };
                let moment = time::parse(text, zone, Bound::From)?;
                CustomFieldValue::Text(time::rfc3339(moment, &TimeZone::UTC))
            }
            CustomFieldKind::Url if !text.starts_with("https://") && !text.starts_with("http://") => {
                return Err(format!(
                    "is `{}`; the field holds an address that begins with https://",
                    shown()
                ));
            }
            _ => CustomFieldValue::Text(text.to_owned()),
        })
    }
}
