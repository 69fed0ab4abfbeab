//! What a tool costs every conversation: a client puts the list of tools before the first word, and pays for it again
//! and again.
//!
//! Tokens are counted as bytes of compact JSON divided by 4, rounded up: models differ in their tokenizers, and a count
//! that anybody can repeat is worth more than one that is exact for a single model.

use mcp_protocol::Tool;
use serde_json::Value;

/// Bytes that count as one token.
const BYTES_PER_TOKEN: usize = 4;
/// What every client gives to its model.
const CORE: [&str; 4] = ["name", "title", "description", "inputSchema"];

/// What a tool costs, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Name, title, description and the schema of the arguments: what every client gives to its model.
    pub core: usize,
    /// All that `tools/list` sends about it.
    pub entry: usize,
}

impl Cost {
    /// Of a tool as [`Catalog::list`](crate::Catalog::list) has it.
    ///
    /// # Errors
    ///
    /// The tool cannot be written as JSON.
    pub fn of(tool: &Tool) -> Result<Self, serde_json::Error> {
        let entry = serde_json::to_value(tool)?;
        // An absent part is `null` here and not in the list: four bytes that nobody is sent.
        let core = CORE.iter().filter_map(|part| entry.get(part)).map(length).sum();
        Ok(Self { core: tokens(core), entry: tokens(serde_json::to_string(tool)?.len()) })
    }
}

/// Tokens of so many bytes.
#[must_use]
pub const fn tokens(bytes: usize) -> usize {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

fn length(value: &Value) -> usize {
    value.to_string().len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bytes_become_tokens_rounded_up() {
        assert_eq!([0, 1, 4, 5].map(tokens), [0, 1, 1, 2]);
    }

    #[test]
    fn the_core_is_what_models_are_given() {
        let bare = Tool::new("ab", "Does.", json!({ "type": "object" }));
        // "ab", "Does." and {"type":"object"}, with their quotes.
        assert_eq!(Cost::of(&bare).unwrap().core, tokens(4 + 7 + 17));
        let more = bare.clone().with_output_schema(json!({ "type": "object" }));
        let (bare, more) = (Cost::of(&bare).unwrap(), Cost::of(&more).unwrap());
        assert_eq!(bare.core, more.core);
        assert!(more.entry > bare.entry && bare.entry > bare.core);
    }
}
