//! What the worked examples really answered: `recordings.json`, made by `cargo xtask codegen`.
//!
//! Each example is called in a simulated workspace of its own, by the code that serves clients, with a clock that stands
//! still. Pages show these answers, so that nobody is shown what no server says. The requests are not in the file:
//! they are those of the declaration, and `codegen --check` fails when a declaration changes and the file does not.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use crate::cost::tokens;
use crate::tool::ToolSpec;

/// The file, one line for each tool.
const FILE: &str = include_str!("../recordings.json");

/// The answers of every tool of this crate.
#[derive(Clone, Debug)]
pub struct Recordings(HashMap<String, Vec<Answer>>);

/// One example, as it was called and answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recording {
    /// What a person wanted.
    pub title: &'static str,
    /// The arguments of the call.
    pub arguments: Value,
    /// The text of the answer.
    pub text: String,
    /// `structuredContent` of the answer.
    pub structured: Value,
    /// How long the text is. The structured part says the same once more, for programs.
    pub bytes: usize,
    /// The same in tokens, as [`cost`](crate::cost) counts them.
    pub tokens: usize,
}

/// What the file has of an example.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    text: String,
    structured: Value,
}

/// Reads the file. Keep what it gives: it is read anew by each call.
///
/// # Errors
///
/// Never with the file of this crate (a test reads it).
pub fn recordings() -> Result<Recordings, serde_json::Error> {
    serde_json::from_str(FILE).map(Recordings)
}

impl Recordings {
    /// The examples of a tool with what they answered, in the order of its declaration. None for a tool that is not of
    /// this crate.
    #[must_use]
    pub fn of(&self, spec: &ToolSpec) -> Vec<Recording> {
        let answers = self.0.get(spec.name).into_iter().flatten();
        let pairs = spec.examples().into_iter().zip(answers);
        pairs.map(|(example, answer)| Recording::new(example.title, example.arguments, answer)).collect()
    }
}

impl Recording {
    fn new(title: &'static str, arguments: Value, answer: &Answer) -> Self {
        let bytes = answer.text.len();
        Self {
            title,
            arguments,
            text: answer.text.clone(),
            structured: answer.structured.clone(),
            bytes,
            tokens: tokens(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;

    #[test]
    fn every_example_has_its_recording() {
        let recordings = recordings().unwrap();
        let catalog = Catalog::new().unwrap();
        for spec in catalog.specs() {
            let of = recordings.of(spec);
            let examples = spec.examples();
            assert_eq!(of.len(), examples.len(), "{}", spec.name);
            for (recording, example) in of.iter().zip(&examples) {
                assert_eq!((recording.title, &recording.arguments), (example.title, &example.arguments));
                assert_eq!(recording.bytes, recording.text.len());
                assert_eq!(recording.tokens, recording.bytes.div_ceil(4));
                assert!(recording.structured.is_object(), "{}", spec.name);
            }
        }
        assert_eq!(recordings.0.len(), catalog.specs().count(), "a tool is gone and its recordings are not");
    }
}
