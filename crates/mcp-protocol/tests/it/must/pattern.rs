//! What an answer must look like: a JSON text that names only what the spec says.
//!
//! An object of the pattern must be part of the object that came, everything else must be equal, but for these:
//!
//! | Pattern | Means |
//! |---|---|
//! | `"*"` | something is there |
//! | `"-"` | the member is not there |
//! | `"~text"` | a string that contains `text` |
//! | `"$name"` | at first: remember it as `name`; after that: the same again |
//! | `{"$each": p}` | an array that is not empty, of which every item fits `p` |
//! | `{"$some": p}` | an array of which an item fits `p` |
//! | `{"$exact": p}` | what fits `p`, in which every object has these members and no others |

use std::collections::HashMap;

use serde_json::Value;

/// What was remembered.
#[derive(Debug, Default)]
pub(super) struct Memory(HashMap<String, Value>);

impl Memory {
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The text with every `$name` that is known replaced, a string by its characters.
    pub(super) fn fill_in(&self, text: &str) -> String {
        // Longest first, so that one name may begin with another.
        let mut names: Vec<_> = self.0.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.into_iter().fold(text.to_owned(), |text, (name, value)| {
            let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.replace(&format!("${name}"), &written)
        })
    }

    /// Whether `actual` fits `pattern`. What the pattern wants to be remembered is, when it does.
    pub(super) fn check(&mut self, pattern: &Value, actual: Option<&Value>) -> Result<(), String> {
        self.fits(pattern, actual, "", false)
    }

    fn fits(
        &mut self,
        pattern: &Value,
        actual: Option<&Value>,
        path: &str,
        exact: bool,
    ) -> Result<(), String> {
        let shown = if path.is_empty() { "the message" } else { path };
        let Some(actual) = actual else {
            return if pattern == "-" { Ok(()) } else { Err(format!("{shown} is missing")) };
        };
        let differs = || Err(format!("{shown} should be {pattern}, but is {actual}"));
        match pattern {
            Value::String(text) if text == "*" => Ok(()),
            Value::String(text) if text == "-" => {
                Err(format!("{shown} should not be there, but is {actual}"))
            }
            Value::String(text) if text.starts_with('~') => match actual.as_str() {
                Some(actual) if actual.contains(&text[1..]) => Ok(()),
                _ => differs(),
            },
            Value::String(text) if text.starts_with('$') => match self.get(&text[1..]) {
                None => {
                    self.set(&text[1..], actual.clone());
                    Ok(())
                }
                Some(known) if known == actual => Ok(()),
                Some(known) => Err(format!("{shown} should be {known} again, but is {actual}")),
            },
            Value::Object(members) => {
                let operator =
                    members.iter().next().filter(|(name, _)| members.len() == 1 && name.starts_with('$'));
                if let Some((operator, inner)) = operator.filter(|_| !exact) {
                    return self.operator(operator, inner, actual, path);
                }
                let Some(found) = actual.as_object() else { return differs() };
                if let Some(more) = found.keys().find(|name| exact && !members.contains_key(*name)) {
                    return Err(format!("{shown} should not have {more}, but is {actual}"));
                }
                members.iter().try_for_each(|(name, inner)| {
                    self.fits(inner, found.get(name), &format!("{path}.{name}"), exact)
                })
            }
            Value::Array(items) => match actual.as_array() {
                Some(actual) if actual.len() == items.len() => {
                    items.iter().zip(actual).enumerate().try_for_each(|(index, (inner, actual))| {
                        self.fits(inner, Some(actual), &format!("{path}[{index}]"), exact)
                    })
                }
                _ => differs(),
            },
            scalar if scalar == actual => Ok(()),
            _ => differs(),
        }
    }

    fn operator(&mut self, operator: &str, inner: &Value, actual: &Value, path: &str) -> Result<(), String> {
        let items = actual.as_array().map(Vec::as_slice);
        match (operator, items) {
            ("$exact", _) => self.fits(inner, Some(actual), path, true),
            ("$each", Some(items)) if !items.is_empty() => {
                items.iter().enumerate().try_for_each(|(index, item)| {
                    self.fits(inner, Some(item), &format!("{path}[{index}]"), false)
                })
            }
            ("$some", Some(items)) => {
                match items.iter().find(|item| self.fits(inner, Some(item), path, false).is_ok()) {
                    Some(_) => Ok(()),
                    None => Err(format!("{path} should hold {inner}, but is {actual}")),
                }
            }
            ("$each" | "$some", _) => Err(format!("{path} should be an array with items, but is {actual}")),
            _ => Err(format!("{operator} is no operator of patterns")),
        }
    }
}

#[test]
fn patterns_tell_apart() {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let actual = read(r#"{"id":0,"a":{"b":[1,{"c":"text"}]},"n":null}"#);
    for (pattern, fits) in [
        ("{}", true),
        (r#"{"id":0,"n":null}"#, true),
        (r#"{"id":"0"}"#, false),
        (r#"{"a":{"b":[1,{}]}}"#, true),
        (r#"{"a":{"b":[1]}}"#, false),
        (r#"{"a":{"b":{"$some":{"c":"~ex"}}}}"#, true),
        (r#"{"a":{"b":{"$some":{"c":"~no"}}}}"#, false),
        (r#"{"a":{"b":{"$each":"*"}}}"#, true),
        (r#"{"a":{"b":{"$each":1}}}"#, false),
        (r#"{"a":{"$exact":{"b":[1,{"c":"text"}]}}}"#, true),
        (r#"{"a":{"$exact":{}}}"#, false),
        (r#"{"a":{"$exact":{"b":[1,{}]}}}"#, false),
        (r#"{"a":{"$exact":{"b":["*",{"c":"$c"}]}}}"#, true),
        (r#"{"x":"-"}"#, true),
        (r#"{"n":"-"}"#, false),
        (r#"{"x":"*"}"#, false),
        (r#"{"id":"$i","a":{"b":["$i",{}]}}"#, false),
        (r#"{"id":"$i","n":"$n"}"#, true),
    ] {
        assert_eq!(Memory::default().check(&read(pattern), Some(&actual)).is_ok(), fits, "{pattern}");
    }
}
