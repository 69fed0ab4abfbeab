//! Checks the arguments of a call against the tool's schema, and names every wrong field.
//!
//! An explanation has the path of the field, what is expected there, and for an unknown field the nearest one that exists:
//! enough for a model to mend its call at once.

use std::sync::Arc;

use serde_json::{Map, Number, Value};

use super::keywords::{self, Fault, Finding, join};
use crate::error::FieldError;

/// Most wrong fields that are named; more than this is another tool's call.
const MAX_NAMED: usize = 20;
/// Nearest names are offered from this Jaro-Winkler similarity upwards.
const SIMILAR: f64 = 0.75;

/// The schema of one tool's arguments, with keywords that are all checked.
#[derive(Debug)]
pub struct ArgumentCheck {
    schema: Arc<Value>,
}

impl ArgumentCheck {
    /// Looks through the schema.
    ///
    /// # Errors
    ///
    /// The schema has a keyword that is not checked (`pattern` and `$ref`, for two), or one that says what it cannot.
    pub fn new(schema: &Arc<Value>) -> Result<Self, String> {
        keywords::examine(schema)?;
        Ok(Self { schema: Arc::clone(schema) })
    }

    /// Checks arguments that were [`normalized`].
    ///
    /// # Errors
    ///
    /// Every wrong field, in the order of their paths.
    pub fn check(&self, arguments: &Value) -> Result<(), Vec<FieldError>> {
        let found = keywords::findings(&self.schema, arguments);
        if found.is_empty() {
            return Ok(());
        }
        let mut errors: Vec<FieldError> = found.into_iter().flat_map(explain).collect();
        errors.sort_by(|left, right| left.path.cmp(&right.path));
        errors.dedup();
        errors.truncate(MAX_NAMED);
        Err(errors)
    }
}

fn explain(finding: Finding<'_>) -> Vec<FieldError> {
    let path = finding.path;
    match finding.fault {
        Fault::Unknown { names, schema } => {
            let known = schema.get("properties").and_then(Value::as_object);
            let known: Vec<&str> = known.into_iter().flat_map(Map::keys).map(String::as_str).collect();
            names.into_iter().map(|name| unknown_field(&path, name, &known)).collect()
        }
        Fault::Missing { name, schema } => {
            vec![FieldError::new(join(&path, name), format!("is missing{}", described(schema, name)))]
        }
        Fault::Keyword { keyword, says, value } => vec![FieldError::new(path, problem(keyword, says, value))],
    }
}

/// What the schema of an object says about a missing field.
fn described(schema: &Map<String, Value>, name: &str) -> String {
    let Some(field) = schema.get("properties").and_then(|fields| fields.get(name)) else {
        return String::new();
    };
    match (field.get("description").and_then(Value::as_str), field.get("type").and_then(Value::as_str)) {
        (Some(description), Some(kind)) => format!(" ({kind}: {description})"),
        (Some(description), None) => format!(" ({description})"),
        (None, Some(kind)) => format!(" ({kind})"),
        (None, None) => String::new(),
    }
}

/// Arguments as the tools read them: a null member is absent, and `5.0` is the integer 5 (JSON Schema 2020-12,
/// validation section 6.1.1), at every depth.
pub fn normalized(mut arguments: Map<String, Value>) -> Map<String, Value> {
    normalize_fields(&mut arguments);
    arguments
}

/// Puts back the nulls that [`normalized`] took out of the `nullable` members, for tools in which null means something:
/// `role`, or `customFields.value` for that member of each item. For after the check: the schema shows plain types.
pub fn restore_nulls(original: &Map<String, Value>, arguments: &mut Map<String, Value>, nullable: &[&str]) {
    for path in nullable {
        restore(original, arguments, path);
    }
}

fn restore(original: &Map<String, Value>, arguments: &mut Map<String, Value>, path: &str) {
    match path.split_once('.') {
        None => {
            if original.get(path).is_some_and(Value::is_null) {
                arguments.insert(path.to_owned(), Value::Null);
            }
        }
        Some((name, rest)) => match (original.get(name), arguments.get_mut(name)) {
            (Some(Value::Object(original)), Some(Value::Object(arguments))) => {
                restore(original, arguments, rest);
            }
            (Some(Value::Array(originals)), Some(Value::Array(arguments))) => {
                for (original, arguments) in originals.iter().zip(arguments) {
                    if let (Value::Object(original), Value::Object(arguments)) = (original, arguments) {
                        restore(original, arguments, rest);
                    }
                }
            }
            _ => {}
        },
    }
}

fn normalize_fields(fields: &mut Map<String, Value>) {
    fields.retain(|_, field| !field.is_null());
    fields.values_mut().for_each(normalize);
}

fn normalize(value: &mut Value) {
    match value {
        Value::Object(fields) => normalize_fields(fields),
        Value::Array(items) => items.iter_mut().for_each(normalize),
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole;
            }
        }
        _ => {}
    }
}

/// A number that is written with a fraction or an exponent and has no fraction.
fn whole(number: &Number) -> Option<Number> {
    /// Up to here every integer has a double of its own (RFC 8259 section 6).
    const EXACT: f64 = 9_007_199_254_740_991.0;
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the exact range")]
    (float.abs() <= EXACT).then(|| Number::from(float as i64))
}

/// What an argument is called elsewhere, where its letters do not lead to ours: their names, and ours by preference.
const OTHER_NAMES: &[(&[&str], &[&str])] = &[
    (&["inbox", "sender", "phonenumberid", "fromnumber"], &["from", "inbox"]),
    (&["body", "message", "msg", "text", "note"], &["content", "text", "title"]),
    (
        &["phonenumber", "phonenumbers", "phone", "number", "recipient", "recipients", "tonumber"],
        &["to", "participantPhoneNumber", "phoneNumbers", "query"],
    ),
    (&["limit", "count", "max", "pagesize", "perpage"], &["maxResults"]),
    (&["since", "after", "start", "startdate", "datefrom"], &["createdAfter", "activeAfter", "dueAfter"]),
    (&["until", "before", "end", "enddate", "dateto"], &["createdBefore", "activeBefore", "dueBefore"]),
    (&["tz"], &["timeZone"]),
    (&["name", "search", "q"], &["query", "firstName", "title"]),
    (&["due", "deadline"], &["dueDate"]),
    (&["user", "owner", "assignedto"], &["assignee", "userId"]),
];

fn unknown_field(path: &str, name: &str, known: &[&str]) -> FieldError {
    let shown = crate::text::clean_line(name, 60);
    let meant = OTHER_NAMES.iter().filter(|(theirs, _)| theirs.contains(&normal(name).as_str()));
    let meant = meant.flat_map(|(_, ours)| *ours).find_map(|ours| known.iter().find(|known| *known == ours));
    let nearest = meant
        .map(|meant| (1.0, meant))
        .into_iter()
        .chain(
            known
                .iter()
                .map(|candidate| (strsim::jaro_winkler(&normal(candidate), &normal(name)), candidate))
                .filter(|(similarity, _)| *similarity >= SIMILAR),
        )
        .max_by(|(left, _), (right, _)| left.total_cmp(right));
    let problem = match nearest {
        Some((_, nearest)) => format!("is not known; did you mean `{nearest}`?"),
        None if known.is_empty() => "is not known; no fields are taken here".to_owned(),
        None => format!("is not known; known here: {}", known.join(", ")),
    };
    FieldError::new(join(path, &shown), problem)
}

/// `phone_number`, `phoneNumber` and `PhoneNumber` are near.
fn normal(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn problem(keyword: &str, says: &Value, value: &Value) -> String {
    match keyword {
        "type" => format!("must be {}, not {}", expected_type(says), type_of(value)),
        "enum" => format!("must be one of {}", listed(says)),
        "const" => format!("must be {says}"),
        "minimum" => format!("must be at least {says}"),
        "maximum" => format!("must be at most {says}"),
        "minItems" => format!("must have at least {says} item(s)"),
        "maxItems" => {
            format!("must have at most {says} item(s), has {}", value.as_array().map_or(0, Vec::len))
        }
        "minLength" => format!("must have at least {says} character(s)"),
        "maxLength" => format!(
            "must have at most {says} characters, has {}",
            value.as_str().map_or(0, |text| text.chars().count())
        ),
        other => format!("does not meet `{other}` of the schema"),
    }
}

fn expected_type(says: &Value) -> String {
    let name = |name: &str| match name {
        "array" => "an array (a list in square brackets)".to_owned(),
        "object" => "an object".to_owned(),
        "integer" => "a whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => format!("a {other}"),
    };
    match says {
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).map(name).collect::<Vec<_>>().join(" or ")
        }
        only => name(only.as_str().unwrap_or_default()),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn listed(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    options.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
