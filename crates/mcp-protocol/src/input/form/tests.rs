//! What each revision is shown, and which answers fit.

use serde_json::{Map, Value, json};

use super::*;
use crate::version::ProtocolVersion;
use crate::wire::At;

fn form() -> FormSchema {
    let mut form = FormSchema::default();
    let text = Field::text().with_title("Name").with_length(1, 3).with_format(TextFormat::Email);
    form.add("name".to_owned(), text.with_default("Ada"), true);
    form.add("age".to_owned(), Field::integer().with_range(0.0, 150.0).with_default(30), false);
    form.add("score".to_owned(), Field::number().with_default(95.5), false);
    form.add("sure".to_owned(), Field::boolean().with_default(true), false);
    form.add("one".to_owned(), Field::titled_choice([("a", "First"), ("b", "Second")]), false);
    form.add("old".to_owned(), Field::titled_choice([("a", "First")]).with_enum_names(), false);
    form.add("some".to_owned(), Field::choices(["x", "y", "z"]).with_length(1, 2), false);
    form.add("named".to_owned(), Field::titled_choices([("x", "Ex")]).with_default(json!(["x"])), false);
    form
}

fn written(version: ProtocolVersion) -> Value {
    serde_json::to_value(At(&form(), version)).unwrap()
}

#[test]
fn every_kind_of_field() {
    insta::assert_json_snapshot!(written(ProtocolVersion::V2025_11_25), @r#"
    {
      "properties": {
        "age": {
          "default": 30,
          "maximum": 150,
          "minimum": 0,
          "type": "integer"
        },
        "name": {
          "default": "Ada",
          "format": "email",
          "maxLength": 3,
          "minLength": 1,
          "title": "Name",
          "type": "string"
        },
        "named": {
          "default": [
            "x"
          ],
          "items": {
            "anyOf": [
              {
                "const": "x",
                "title": "Ex"
              }
            ]
          },
          "type": "array"
        },
        "old": {
          "enum": [
            "a"
          ],
          "enumNames": [
            "First"
          ],
          "type": "string"
        },
        "one": {
          "oneOf": [
            {
              "const": "a",
              "title": "First"
            },
            {
              "const": "b",
              "title": "Second"
            }
          ],
          "type": "string"
        },
        "score": {
          "default": 95.5,
          "type": "number"
        },
        "some": {
          "items": {
            "enum": [
              "x",
              "y",
              "z"
            ],
            "type": "string"
          },
          "maxItems": 2,
          "minItems": 1,
          "type": "array"
        },
        "sure": {
          "default": true,
          "type": "boolean"
        }
      },
      "required": [
        "name"
      ],
      "type": "object"
    }
    "#);
}

#[test]
fn a_client_of_2025_06_18_gets_what_it_knows() {
    let old = &written(ProtocolVersion::V2025_06_18)["properties"];
    assert_eq!(old["one"], json!({ "type": "string", "enum": ["a", "b"], "enumNames": ["First", "Second"] }));
    assert_eq!(old["some"], json!({ "type": "string", "enum": ["x", "y", "z"] }));
}

#[test]
fn answers_that_fit() {
    for (answer, expected) in [
        (json!({ "name": "Ada" }), json!({ "name": "Ada" })),
        // What was not asked is dropped, and null is no answer.
        (json!({ "name": "Ada", "extra": 1, "age": null }), json!({ "name": "Ada" })),
        // A whole number is an integer, however it is written.
        (
            json!({ "name": "Ada", "age": 30.0, "score": 30.0, "sure": false }),
            json!({ "name": "Ada", "age": 30, "score": 30.0, "sure": false }),
        ),
        // A client of 2025-06-18 chose one.
        (json!({ "name": "Ada", "some": "x" }), json!({ "name": "Ada", "some": ["x"] })),
        (json!({ "name": "Ada", "some": ["x", "y"] }), json!({ "name": "Ada", "some": ["x", "y"] })),
    ] {
        assert_eq!(form().check(object(&answer)).map(Value::Object), Ok(expected), "{answer}");
    }
}

#[test]
fn answers_that_do_not() {
    for (answer, problem) in [
        (json!({}), "`name` is missing"),
        (json!({ "name": null }), "`name` is missing"),
        (json!({ "name": 7 }), "`name` must be a text"),
        (json!({ "name": "" }), "`name` has fewer than 1 characters"),
        (json!({ "name": "Adas" }), "`name` has more than 3 characters"),
        (json!({ "name": "Ada", "age": "30" }), "`age` must be a number"),
        (json!({ "name": "Ada", "age": 1.5 }), "`age` must be a whole number"),
        (json!({ "name": "Ada", "age": 1e300 }), "`age` must be a whole number"),
        (json!({ "name": "Ada", "age": 151 }), "`age` is out of range"),
        (json!({ "name": "Ada", "sure": "yes" }), "`sure` must be true or false"),
        (json!({ "name": "Ada", "one": "c" }), "`one` is none of the choices"),
        (json!({ "name": "Ada", "some": ["x", 1] }), "`some` must be a list of texts"),
        (json!({ "name": "Ada", "some": ["q"] }), "`some` is none of the choices"),
        (json!({ "name": "Ada", "some": [] }), "`some` has fewer than 1 choices"),
        (json!({ "name": "Ada", "some": ["x", "y", "z"] }), "`some` has more than 2 choices"),
    ] {
        assert_eq!(form().check(object(&answer)), Err(problem.to_owned()), "{answer}");
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}
