//! Tools as the templates read them: with what they would otherwise compute.

use crate::content::{LandingContent, LandingError, Turn};
use crate::tool_card::{self, Argument, ToolCard};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Borrow;

/// A tool.
pub(crate) struct ToolView<'a> {
    pub(crate) card: &'a ToolCard,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) examples: Vec<ExampleView<'a>>,
}

impl<'a> ToolView<'a> {
    fn new(card: &'a ToolCard) -> Result<Self, LandingError> {
        let examples = card.examples.iter().map(|example| ExampleView::new(&card.name, example));
        Ok(Self { card, arguments: card.arguments(), examples: examples.collect::<Result<_, _>>()? })
    }

    /// All of them.
    pub(crate) fn all(content: &'a LandingContent) -> Result<Vec<Self>, LandingError> {
        content.tools.iter().map(Self::new).collect()
    }

    /// The example that the page has room for. The others are in the playground.
    pub(crate) fn example(&self) -> Option<&ExampleView<'a>> {
        self.examples.first()
    }

    /// The first sentence of what it does: the page for people needs no more.
    pub(crate) fn lead(&self) -> &str {
        let text = self.paragraphs().next().unwrap_or_default();
        text.find(". ").map_or(text, |end| &text[..=end])
    }

    pub(crate) fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.card.description.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
    }
}

/// An example with its call as the client would send it.
pub(crate) struct ExampleView<'a> {
    pub(crate) example: &'a tool_card::Example,
    pub(crate) call: String,
}

impl<'a> ExampleView<'a> {
    fn new(tool: &str, example: &'a tool_card::Example) -> Result<Self, LandingError> {
        let call = Call { name: tool, arguments: &example.arguments };
        Ok(Self { example, call: serde_json::to_string_pretty(&call)? })
    }

    /// The beginning of the answer.
    pub(crate) fn excerpt(&self) -> String {
        excerpt(&self.example.answer, EXCERPT)
    }

    /// The structured part of the answer, as JSON to read.
    pub(crate) fn data(&self) -> Option<String> {
        let data: Value = serde_json::from_str(self.example.result.as_ref()?.get()).ok()?;
        Some(format!("{data:#}"))
    }

    /// Size of the answer's text.
    pub(crate) fn bytes(&self) -> usize {
        self.example.answer.len()
    }

    /// The same in tokens of four bytes.
    pub(crate) fn tokens(&self) -> usize {
        self.bytes().div_ceil(4)
    }
}

/// `params` of a `tools/call`, the name first.
#[derive(Serialize)]
struct Call<'a> {
    name: &'a str,
    arguments: &'a Value,
}

/// The example that the playground shows at first.
pub(crate) struct Example<'a> {
    pub(crate) card: &'a ToolCard,
    pub(crate) view: &'a ExampleView<'a>,
}

impl<'a> Example<'a> {
    /// The first that there is.
    pub(crate) fn first(tools: &'a [ToolView<'a>]) -> Option<Self> {
        tools.iter().find_map(|tool| Some(Self { card: tool.card, view: tool.example()? }))
    }
}

/// Tools under one heading, which is empty for those of no group.
pub(crate) struct Group<'a> {
    pub(crate) title: &'a str,
    pub(crate) tools: Vec<&'a ToolView<'a>>,
}

impl<'a> Group<'a> {
    /// The groups in their order, and after them what belongs to none.
    pub(crate) fn all(content: &'a LandingContent, tools: &'a [ToolView<'a>]) -> Vec<Self> {
        let known = |name: &str| content.toolsets.iter().any(|toolset| toolset.name == name);
        let named = content.toolsets.iter().map(|toolset| Self {
            title: &toolset.title,
            tools: tools.iter().filter(|tool| tool.card.toolset == toolset.name).collect(),
        });
        let rest =
            Self { title: "", tools: tools.iter().filter(|tool| !known(&tool.card.toolset)).collect() };
        named.chain([rest]).filter(|group| !group.tools.is_empty()).collect()
    }
}

/// What the whole list costs, in tokens. 0: not known.
pub(crate) fn total(content: &LandingContent) -> usize {
    content.tools.iter().map(|tool| tool.tokens).sum()
}

/// One turn of the picture on top.
pub(crate) struct TurnView<'a> {
    pub(crate) turn: &'a Turn,
    pub(crate) card: &'a ToolCard,
}

impl<'a> TurnView<'a> {
    /// The turns whose tools there are.
    pub(crate) fn all(content: &'a LandingContent) -> Vec<Self> {
        let view = |turn: &'a Turn| {
            let card = content.tools.iter().find(|card| card.name == turn.tool)?;
            Some(Self { turn, card })
        };
        content.picture.iter().filter_map(view).collect()
    }
}

/// Lines of an answer that the list of tools has room for, and characters of each.
const EXCERPT: (usize, usize) = (3, 64);

/// The beginning of an answer; where something is left out stands an ellipsis.
fn excerpt(text: &str, (lines, width): (usize, usize)) -> String {
    let cut = |line: &str| match line.char_indices().nth(width) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}…", &line[..end]),
    };
    let mut shown: Vec<_> = text.lines().take(lines).map(cut).collect();
    if text.lines().nth(lines).is_some() {
        shown.push("…".to_owned());
    }
    shown.join("\n")
}

/// A number with commas: `7,940`.
pub(crate) fn thousands(number: impl Borrow<usize>) -> String {
    let digits = number.borrow().to_string();
    let mut written = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{excerpt, thousands};

    #[test]
    fn beginnings() {
        assert_eq!(excerpt("one\ntwo", (2, 3)), "one\ntwo");
        assert_eq!(excerpt("one\nfour\nthree", (2, 3)), "one\nfou…\n…");
        assert_eq!(excerpt("", (2, 3)), "");
    }

    #[test]
    fn numbers_for_people() {
        for (number, written) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(thousands(number), written);
        }
    }
}
