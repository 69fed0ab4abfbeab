//! The tools that every MCP server here offers, from the one file that all languages read.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A tool as the file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declared {
    /// What it is called by.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What it takes, as a JSON Schema.
    pub input_schema: Map<String, Value>,
}

/// The first `count` tools: `echo`, `lookup`, and others that are there to be listed.
///
/// # Errors
/// When the file is not what it should be, or has not so many.
pub fn tools(count: usize) -> Result<Vec<Declared>, serde_json::Error> {
    let mut tools: Vec<Declared> = serde_json::from_str(include_str!("../tools.json"))?;
    if tools.len() < count {
        return Err(serde::de::Error::custom(format!("tools.json has {} tools", tools.len())));
    }
    tools.truncate(count);
    Ok(tools)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_are_those_that_can_be_called() {
        let tools = tools(20).unwrap();
        assert_eq!([&*tools[0].name, &*tools[1].name], ["echo", "lookup"]);
        assert!(tools.iter().all(|tool| tool.input_schema["type"] == "object"));
        assert!(super::tools(21).is_err());
    }
}
