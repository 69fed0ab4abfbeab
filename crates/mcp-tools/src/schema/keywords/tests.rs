//! The findings held against those of a validator of all of JSON Schema, on the tools' own schemas and on one with every
//! keyword.

use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Catalog, schema::arguments::normalized};

/// Every keyword, and several in one place.
fn every_keyword() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "T", "description": "D", "examples": [1], "default": {}, "deprecated": false,
        "required": ["a", "b", "zz"],
        "minProperties": 2,
        "maxProperties": 4,
        "properties": {
            "a": { "type": ["string", "integer"], "minLength": 2, "maxLength": 3, "minimum": 2, "maximum": 4 },
            "b": { "exclusiveMinimum": 1, "exclusiveMaximum": 2.5, "type": "number", "format": "date" },
            "c": { "enum": ["x", 1, null, [1, 2], { "a": 1 }], "type": "string" },
            "d": {
                "type": "array", "minItems": 1, "maxItems": 2,
                "items": { "type": "object", "properties": { "a": true }, "additionalProperties": { "type": "null" } }
            },
            "e": { "const": { "a": [1] } },
            "f": { "anyOf": [{ "type": "string" }, { "type": "array", "items": { "maximum": 3 } }] },
            "g": { "oneOf": [{ "type": "number" }, { "type": "integer" }, { "type": "string" }] },
            "h": { "allOf": [{ "type": "number" }, { "minimum": 2 }] }
        },
        "additionalProperties": false
    })
}

/// What is found: the place and what is wrong there, in the order in which it is explained.
fn ours(schema: &Value, value: &Value) -> Vec<(String, String)> {
    let each = |finding: Finding<'_>| match finding.fault {
        Fault::Unknown { names, .. } => {
            names.into_iter().map(|name| (join(&finding.path, name), "unknown".to_owned())).collect()
        }
        Fault::Missing { name, .. } => vec![(join(&finding.path, name), "missing".to_owned())],
        Fault::Keyword { keyword, .. } => vec![(finding.path, keyword.to_owned())],
    };
    let mut all: Vec<_> = findings(schema, value).into_iter().flat_map(each).collect();
    all.sort_by(|left, right| left.0.cmp(&right.0));
    all
}

fn theirs(validator: &Validator, value: &Value) -> Vec<(String, String)> {
    let each = |error: ValidationError<'_>| {
        let mut path = String::new();
        for segment in error.instance_path().as_str().split('/').skip(1) {
            match segment.parse::<usize>() {
                Ok(index) => path.push_str(&format!("[{index}]")),
                Err(_) => path = join(&path, segment),
            }
        }
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().map(|name| (join(&path, name), "unknown".to_owned())).collect()
            }
            ValidationErrorKind::Required { property } => {
                vec![(join(&path, property.as_str().unwrap()), "missing".to_owned())]
            }
            kind => vec![(path, kind.keyword().to_owned())],
        }
    };
    let mut all: Vec<_> = validator.iter_errors(value).flat_map(each).collect();
    all.sort_by(|left, right| left.0.cmp(&right.0));
    all
}

/// For faults of one place, of which no tool's arguments have more than two.
fn in_any_order(mut faults: Vec<(String, String)>) -> Vec<(String, String)> {
    faults.sort();
    faults
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::options().build(schema).unwrap()
}

/// Anything small, with the names and near the values that [`every_keyword`] is about.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1..5i64).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1.0..4.0f64).prop_map(Value::from),
        Just(json!(2.0)),
        "[a-zé]{0,4}".prop_map(Value::from),
        Just(json!("x")),
        Just(json!({ "a": [1.0] })),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("[a-h]|zz|y", inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The arguments of a tool's example, or none, with some values changed.
fn calls() -> impl Strategy<Value = (usize, Value)> {
    static EXAMPLES: LazyLock<Vec<Vec<Value>>> = LazyLock::new(|| {
        let catalog = Catalog::new().unwrap();
        let arguments = |spec: &crate::ToolSpec| {
            let examples = spec.examples().into_iter().map(|example| example.arguments);
            examples.chain([json!({})]).collect()
        };
        catalog.specs().map(arguments).collect()
    });
    let change = (any::<prop::sample::Index>(), "[a-z]{1,8}", anything());
    let changes = proptest::collection::vec(change, 1..4);
    (0..EXAMPLES.len(), any::<prop::sample::Index>(), changes).prop_map(|(tool, example, changes)| {
        let mut arguments = example.get(&EXAMPLES[tool]).clone();
        for (place, name, value) in changes {
            change_one(&mut arguments, place, name, value);
        }
        (tool, arguments)
    })
}

/// Puts a value in one of the places that a value has, or into an object under a new name.
fn change_one(whole: &mut Value, place: prop::sample::Index, name: String, value: Value) {
    fn count(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(count).sum(),
            Value::Object(fields) => fields.values().map(count).sum::<usize>(),
            _ => 0,
        }
    }
    fn at<'a>(value: &'a mut Value, index: &mut usize) -> Option<&'a mut Value> {
        if *index == 0 {
            return Some(value);
        }
        *index -= 1;
        match value {
            Value::Array(items) => items.iter_mut().find_map(|item| at(item, index)),
            Value::Object(fields) => fields.values_mut().find_map(|field| at(field, index)),
            _ => None,
        }
    }
    let mut index = place.index(count(whole));
    match at(whole, &mut index) {
        Some(Value::Object(fields)) => {
            fields.insert(name, value);
        }
        Some(place) => *place = value,
        None => unreachable!("the place was counted"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_keyword_finds_what_a_full_validator_finds(value in anything()) {
        static SCHEMA: LazyLock<(Value, Validator)> =
            LazyLock::new(|| (every_keyword(), validator(&every_keyword())));
        prop_assert_eq!(in_any_order(ours(&SCHEMA.0, &value)), in_any_order(theirs(&SCHEMA.1, &value)));
    }

    #[test]
    fn the_tools_arguments_are_found_wrong_where_a_full_validator_finds_them_wrong((tool, arguments) in calls()) {
        static SCHEMAS: LazyLock<Vec<(Value, Validator)>> = LazyLock::new(|| {
            let catalog = Catalog::new().unwrap();
            let both = |spec: &crate::ToolSpec| ((*spec.input_schema).clone(), validator(&spec.input_schema));
            catalog.specs().map(both).collect()
        });
        let (schema, validator) = &SCHEMAS[tool];
        prop_assert_eq!(ours(schema, &arguments), theirs(validator, &arguments));
        if let Value::Object(fields) = arguments {
            let arguments = Value::Object(normalized(fields));
            prop_assert_eq!(ours(schema, &arguments), theirs(validator, &arguments));
        }
    }
}

#[test]
fn every_keyword_is_taken_and_each_of_them_finds_something() {
    assert_eq!(examine(&every_keyword()), Ok(()));
    let wrong = json!({
        "a": "x", "b": 1, "c": 2, "d": [[], { "b": 1 }, 1], "e": 1, "f": [4], "g": 1, "h": 1, "y": 1
    });
    let found = ours(&every_keyword(), &wrong);
    let expected = [
        ("", "maxProperties"),
        ("zz", "missing"),
        ("y", "unknown"),
        ("a", "minLength"),
        ("b", "exclusiveMinimum"),
        ("c", "enum"),
        ("c", "type"),
        ("d", "maxItems"),
        ("d[0]", "type"),
        ("d[1].b", "type"),
        ("d[2]", "type"),
        ("e", "const"),
        ("f", "anyOf"),
        ("g", "oneOf"),
        ("h", "minimum"),
    ];
    for (path, fault) in expected {
        assert!(found.iter().any(|found| found.0 == path && found.1 == fault), "{path} {fault} in {found:?}");
    }
}

#[test]
fn a_keyword_that_is_not_checked_is_refused_wherever_it_is() {
    for (schema, place) in [
        (json!({ "properties": { "a": { "pattern": "^x" } } }), "properties.a.pattern"),
        (json!({ "items": { "$ref": "#" } }), "items.$ref"),
        (json!({ "anyOf": [{}, { "not": {} }] }), "anyOf[1].not"),
        (json!({ "additionalProperties": { "multipleOf": 2 } }), "additionalProperties.multipleOf"),
        (json!({ "type": "text" }), "type"),
        (json!({ "minLength": -1 }), "minLength"),
        (json!({ "maximum": "9" }), "maximum"),
        (json!({ "required": [1] }), "required"),
        (json!({ "properties": { "a": false } }), "properties.a"),
    ] {
        let refused = examine(&schema).unwrap_err();
        assert!(refused.contains(&format!("`{place}`")), "{refused}");
    }
}
