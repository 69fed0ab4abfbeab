//! One plain sentence of what a connection will be able to do: declared by the embedder in clauses, each with the
//! choices under which it holds.
//!
//! We never learn what a clause means. It is decided here for what a page is rendered with, and by the page's script
//! whenever a choice changes; both read the same declaration. Clauses do not travel in the page's form: the embedder
//! makes them again from the choices, which do
//! ([`CredentialVerifier::summarize`](crate::CredentialVerifier::summarize)).

use serde_json::{Map, Value as Json};
use url::form_urlencoded::Serializer;

use crate::consent_choice::{ChoiceControl, ConsentChoice};

/// What stands for the receiver of the access in a clause.
const APP: &str = "app";

/// A part of the summary: a text, and the choices under which it is there.
///
/// In the text, `{name}` stands for the present value of the choice of that name: the label of a select's option, a
/// number, the labels of what is ticked. `{app}` stands for who gets the access, with a capital letter where it has
/// one: put it at the beginning of a sentence. Anything else in braces is text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    text: String,
    when: Vec<Condition>,
}

/// What a choice must be, or must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    choice: String,
    value: String,
    is: bool,
}

impl Clause {
    /// A clause that always holds. Clauses are put one after the other as they are: spaces belong to their texts.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), when: Vec::new() }
    }

    /// Lets it hold only where the choice has this value, beside all that was said before. Values are `true` and
    /// `false` for a checkbox, the option's value for a select, the number, and `all`, `some` or `none` for a choice of
    /// several. A choice that is not offered has none.
    #[must_use]
    pub fn when(mut self, choice: impl Into<String>, value: impl Into<String>) -> Self {
        self.when.push(Condition { choice: choice.into(), value: value.into(), is: true });
        self
    }

    /// The same the other way round: only where the choice has another value, or is not offered.
    #[must_use]
    pub fn unless(mut self, choice: impl Into<String>, value: impl Into<String>) -> Self {
        self.when.push(Condition { choice: choice.into(), value: value.into(), is: false });
        self
    }

    /// The conditions as the page's script reads them: `choice=value`, `choice!=value`, encoded like a query.
    fn encoded(&self) -> String {
        let mut query = Serializer::new(String::new());
        for Condition { choice, value, is } in &self.when {
            query.append_pair(&format!("{choice}{}", if *is { "" } else { "!" }), value);
        }
        // The name's own mark would be encoded, too; it is easier to read as it is.
        query.finish().replace("%21=", "!=")
    }

    fn parts<'a>(&'a self, values: &[Value<'a>]) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        let (mut rest, mut from) = (self.text.as_str(), 0);
        while let Some(open) = rest[from..].find('{').map(|at| from + at) {
            let Some(length) = rest[open..].find('}') else { break };
            let name = &rest[open + 1..open + length];
            let known = values.iter().find(|value| value.name == name);
            let part = match known {
                _ if name == APP => Part::App,
                Some(value) => Part::Value { name: value.name, shown: value.shown.clone() },
                None => {
                    from = open + 1;
                    continue;
                }
            };
            parts.push(Part::Text(&rest[..open]));
            parts.push(part);
            (rest, from) = (&rest[open + length + 1..], 0);
        }
        parts.push(Part::Text(rest));
        parts
    }
}

/// The present value of a choice.
pub(crate) struct Value<'a> {
    pub(crate) name: &'a str,
    /// What conditions compare.
    pub(crate) state: String,
    /// What people read: one text, or one for each that is ticked.
    pub(crate) shown: Vec<String>,
}

/// A clause as the page shows it.
pub(crate) struct ShownClause<'a> {
    /// Whether it holds for the present values.
    pub(crate) holds: bool,
    /// See [`Clause::encoded`]; empty for one that always holds.
    pub(crate) when: String,
    pub(crate) parts: Vec<Part<'a>>,
}

/// A piece of a clause.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    /// Who gets the access.
    App,
    Value {
        name: &'a str,
        shown: Vec<String>,
    },
}

/// The clauses for the present values of the choices.
pub(crate) fn show<'a>(clauses: &'a [Clause], values: &[Value<'a>]) -> Vec<ShownClause<'a>> {
    let state = |name: &str| values.iter().find(|value| value.name == name).map(|value| value.state.as_str());
    clauses
        .iter()
        .map(|clause| ShownClause {
            holds: clause.when.iter().all(|when| (state(&when.choice) == Some(&when.value)) == when.is),
            when: clause.encoded(),
            parts: clause.parts(values),
        })
        .collect()
}

/// What the page says of an outcome of the choices, with commas between the labels of a list: for an embedder's tests.
/// `None` when the outcome is not one of these choices.
#[must_use]
pub fn sentence(clauses: &[Clause], choices: &[ConsentChoice], outcome: &[u8], app: &str) -> Option<String> {
    let chosen: Map<String, Json> = serde_json::from_slice(outcome).ok()?;
    let values = choices.iter().map(|choice| read(choice, chosen.get(&choice.name)?));
    let values: Vec<Value<'_>> = values.collect::<Option<_>>()?;
    let mut sentence = String::new();
    for part in show(clauses, &values).iter().filter(|clause| clause.holds).flat_map(|clause| &clause.parts) {
        match part {
            Part::Text(text) => sentence.push_str(text),
            Part::App => sentence.push_str(app),
            Part::Value { shown, .. } => sentence.push_str(&shown.join(", ")),
        }
    }
    Some(sentence)
}

/// The value of a choice in an outcome.
fn read<'a>(choice: &'a ConsentChoice, chosen: &Json) -> Option<Value<'a>> {
    let (state, shown) = match &choice.control {
        ChoiceControl::Checkbox { .. } => (chosen.as_bool()?.to_string(), Vec::new()),
        ChoiceControl::Number { .. } => (chosen.as_u64()?.to_string(), vec![chosen.as_u64()?.to_string()]),
        ChoiceControl::Select { options, .. } => {
            let option = options.iter().find(|option| chosen.as_str() == Some(&option.value))?;
            (option.value.clone(), vec![option.label.clone()])
        }
        ChoiceControl::Several { options, .. } => match chosen.as_array() {
            None => (chosen.as_str()?.to_owned(), Vec::new()),
            Some(ticked) => {
                let label = |value: &Json| {
                    let option = options.iter().find(|option| value.as_str() == Some(&option.value));
                    option.map(|option| option.label.clone())
                };
                let state = if ticked.is_empty() { "none" } else { "some" };
                (state.to_owned(), ticked.iter().map(label).collect::<Option<_>>()?)
            }
        },
    };
    Some(Value { name: &choice.name, state, shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &'static str, state: &str) -> Value<'static> {
        Value { name, state: state.to_owned(), shown: vec![state.to_owned()] }
    }

    #[test]
    fn a_clause_holds_when_all_its_conditions_do() {
        let clauses = [
            Clause::new("always"),
            Clause::new("one").when("number", "1"),
            Clause::new("not one").unless("number", "1").when("access", "full"),
            Clause::new("not offered").unless("inboxes", "some"),
            Clause::new("not offered either").when("inboxes", "all"),
        ];
        for (number, access, expected) in [
            ("1", "full", [true, true, false, true, false]),
            ("2", "full", [true, false, true, true, false]),
            ("2", "none", [true, false, false, true, false]),
        ] {
            let values = [value("number", number), value("access", access)];
            let holds: Vec<bool> = show(&clauses, &values).iter().map(|clause| clause.holds).collect();
            assert_eq!(holds, expected, "{number} {access}");
        }
        assert_eq!(clauses[2].encoded(), "number!=1&access=full");
        assert_eq!(Clause::new("").when("a", "x&y=+ é").encoded(), "a=x%26y%3D%2B+%C3%A9");
    }

    #[test]
    fn only_names_of_choices_are_placeholders() {
        let check = |text: &str, expected: &[Part<'_>]| {
            let clause = Clause::new(text);
            let parts = clause.parts(&[value("n", "7")]);
            let parts: Vec<&Part<'_>> = parts.iter().filter(|part| **part != Part::Text("")).collect();
            assert_eq!(parts, expected.iter().collect::<Vec<_>>(), "{text}");
        };
        let seven = || Part::Value { name: "n", shown: vec!["7".to_owned()] };
        check("{app} may send {n}.", &[Part::App, Part::Text(" may send "), seven(), Part::Text(".")]);
        check("{n}{n}", &[seven(), seven()]);
        check("{other} {", &[Part::Text("{other} {")]);
        check("a{{n}", &[Part::Text("a{"), seven()]);
        check("}{}{m}{n", &[Part::Text("}{}{m}{n")]);
        check("", &[]);
    }
}
