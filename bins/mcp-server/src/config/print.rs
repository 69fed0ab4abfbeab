//! Settings as people and programs read them: every one, its value, and where that came from.

use std::fmt::Write as _;

use clap::{Arg, ArgMatches};
use serde_json::{Map, Value, json};

use super::declared::{self, Kind};
use super::layers::{Layered, Origin};

/// Column in which origins stand, where the values leave room.
const COLUMN: usize = 44;

/// What one option is set to.
struct Setting<'a> {
    name: &'a str,
    heading: &'a str,
    /// `None`: it has none.
    value: Option<Value>,
    secret: bool,
    origin: Origin,
}

fn settings<'a>(layered: &'a Layered, args: &'a [Arg]) -> impl Iterator<Item = Setting<'a>> {
    args.iter().filter_map(|arg| {
        let name = arg.get_long()?;
        let source = layered.matches.try_get_raw(arg.get_id().as_str()).ok()?;
        let set = source.is_some();
        let values: Vec<&str> = source.into_iter().flatten().filter_map(|value| value.to_str()).collect();
        let origin = layered.origins.get(name).cloned().unwrap_or(Origin::Default);
        Some(Setting {
            name,
            heading: arg.get_help_heading().unwrap_or("The server"),
            value: set.then(|| value(arg, &layered.matches, &values)).filter(|value| *value != json!([])),
            secret: declared::is_secret(arg),
            origin,
        })
    })
}

fn value(arg: &Arg, matches: &ArgMatches, values: &[&str]) -> Value {
    match Kind::of(arg) {
        Kind::Switch => matches.get_flag(arg.get_id().as_str()).into(),
        Kind::Number => {
            values.first().and_then(|number| number.parse::<u64>().ok()).map_or(Value::Null, Into::into)
        }
        Kind::List => values.iter().flat_map(|list| list.split(',')).collect(),
        Kind::Text => values.first().copied().into(),
    }
}

/// A configuration file that sets just this, with the origins as comments.
#[must_use]
pub fn toml(layered: &Layered) -> String {
    let args = declared::settings();
    let file = layered.file.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let mut text = format!("# Configuration file: {file}\n");
    let mut heading = "";
    for setting in settings(layered, &args) {
        if setting.heading != heading {
            heading = setting.heading;
            // Writing to a text cannot fail.
            let _ = writeln!(text, "\n# {heading}");
        }
        let line = match &setting.value {
            Some(_) if setting.secret => format!("# {} = (secret)", setting.name),
            Some(value) => format!("{} = {value}", setting.name),
            None => format!("# {} (not set)", setting.name),
        };
        let _ = match (&setting.value, &setting.origin) {
            (None, Origin::Default) => writeln!(text, "{line}"),
            (_, origin) => writeln!(text, "{line:COLUMN$}  # {origin}"),
        };
    }
    text
}

/// The same for programs: `{"name": {"value", "origin"}}`; a secret has no value, and says whether it is set.
#[must_use]
pub fn json(layered: &Layered) -> Value {
    let args = declared::settings();
    let members = settings(layered, &args).map(|setting| {
        let origin = setting.origin.to_string();
        let shown = if setting.secret {
            json!({ "secret": true, "set": setting.value.is_some(), "origin": origin })
        } else {
            json!({ "value": setting.value, "origin": origin })
        };
        (setting.name.to_owned(), shown)
    });
    Value::Object(members.collect::<Map<_, _>>())
}
