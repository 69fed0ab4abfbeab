//! The configuration file: TOML, one key for each option of `serve`, by the same name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Arg;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::declared::{Kind, is_secret};
use crate::exit::Failure;

/// Longest file, in bytes.
const MAX_FILE: u64 = 256 * 1024;

/// What a configuration file sets.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// One key's value, and the line where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) line: usize,
}

/// A value as the command line would take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Switch(bool),
    Text(String),
}

impl ConfigFile {
    /// Reads a file that may set these options.
    pub(super) fn read(path: &Path, settings: &[Arg]) -> Result<Self, Failure> {
        let failed = |reason: String| Failure::Setting { place: path.display().to_string(), reason };
        let io = |error: std::io::Error| failed(format!("the configuration file cannot be read: {error}"));
        let metadata = std::fs::metadata(path).map_err(io)?;
        if metadata.len() > MAX_FILE {
            return Err(failed(format!("it is longer than {MAX_FILE} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(io)?;
        let entries = parse(&text, settings).map_err(|fault| Failure::Setting {
            place: format!("{}, line {}", path.display(), fault.line),
            reason: fault.reason,
        })?;
        let secret = entries
            .keys()
            .find(|key| settings.iter().any(|arg| arg.get_long() == Some(key.as_str()) && is_secret(arg)));
        if let Some(secret) = secret
            && open_to_others(&metadata)
        {
            return Err(failed(format!(
                "it holds a secret (`{secret}`), and every user of this machine can read it: name a file with \
                 `{secret}-file` instead, or run `chmod o= {}`",
                path.display()
            )));
        }
        Ok(Self { path: path.to_owned(), entries })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn get(&self, option: &str) -> Option<&Entry> {
        self.entries.get(option)
    }
}

#[cfg(unix)]
fn open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    metadata.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

/// What is wrong with a file. It never repeats a value, which may be a secret.
#[derive(Debug)]
struct Fault {
    line: usize,
    reason: String,
}

fn parse(text: &str, settings: &[Arg]) -> Result<BTreeMap<String, Entry>, Fault> {
    let line_of = |position: usize| text.get(..position).unwrap_or(text).matches('\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| Fault {
        line: error.span().map_or(1, |span| line_of(span.start)),
        reason: format!("this is not TOML: {}", error.message()),
    })?;
    let mut entries = BTreeMap::new();
    for (key, value) in table.into_inner() {
        let line = line_of(key.span().start);
        let key = key.into_inner();
        let fault = |reason: String| Fault { line, reason };
        if matches!(value.get_ref(), DeValue::Table(_)) {
            return Err(fault("there are no sections: every setting is a line `name = value`".to_owned()));
        }
        let arg = settings.iter().find(|arg| arg.get_long() == Some(&key));
        let arg = arg.ok_or_else(|| fault(unknown(&key, settings)))?;
        let value =
            value_of(Kind::of(arg), value).map_err(|form| fault(format!("`{key}` must be {form}")))?;
        entries.insert(key.into_owned(), Entry { value, line });
    }
    Ok(entries)
}

/// The value in the form that the option has, or what that form is.
fn value_of(kind: Kind, value: Spanned<DeValue<'_>>) -> Result<Value, &'static str> {
    match (kind, value.into_inner()) {
        (Kind::Switch, DeValue::Boolean(on)) => Ok(Value::Switch(on)),
        (Kind::Switch, _) => Err("true or false"),
        (Kind::Number, DeValue::Integer(number)) if number.radix() == 10 => {
            Ok(Value::Text(number.as_str().to_owned()))
        }
        (Kind::Number, _) => Err("a whole number, without quotes"),
        (Kind::Text, DeValue::String(text)) => Ok(Value::Text(text.into_owned())),
        (Kind::Text, _) => Err("text in quotes"),
        (Kind::List, DeValue::String(text)) => Ok(Value::Text(text.into_owned())),
        (Kind::List, DeValue::Array(items)) => {
            let texts = items.into_iter().map(|item| match item.into_inner() {
                DeValue::String(text) if !text.contains(',') => Ok(text),
                _ => Err(LIST),
            });
            let texts: Vec<Cow<'_, str>> = texts.collect::<Result<_, _>>()?;
            Ok(Value::Text(texts.join(",")))
        }
        (Kind::List, _) => Err(LIST),
    }
}

const LIST: &str = "a list of texts, such as [\"a\", \"b\"], each without a comma";

/// Says that there is no such setting, and which one may have been meant.
pub(super) fn unknown(name: &str, settings: &[Arg]) -> String {
    let names = settings.iter().filter_map(Arg::get_long);
    let nearest = nearest(name, names).map_or_else(
        || "`mcp-server config print` shows all there are".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    format!("there is no setting `{name}`; {nearest}")
}

/// The name that is most like another one, if any is.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase().replace('_', "-");
    let like = names.map(|known| (strsim::jaro_winkler(&name, known), known));
    like.filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::config::declared;

    #[test]
    fn values_are_read_in_the_form_that_the_option_has() {
        let text = "# comment\nsandbox = true\nlisten = \"127.0.0.1:1\"\ntexts-per-hour = 1_0\n\
                    toolsets = [\"calls\", \"messaging\"]\ninboxes = \"PN1,PN2\"\n";
        let entries = parse(text, &declared::settings()).unwrap();
        let mut shown = String::new();
        for (key, entry) in &entries {
            writeln!(shown, "{key} {:?} line {}", entry.value, entry.line).unwrap();
        }
        insta::assert_snapshot!(shown, @r#"
        inboxes Text("PN1,PN2") line 6
        listen Text("127.0.0.1:1") line 3
        sandbox Switch(true) line 2
        texts-per-hour Text("10") line 4
        toolsets Text("calls,messaging") line 5
        "#);
    }

    #[test]
    fn faults_name_the_line_and_never_the_value() {
        let mut shown = String::new();
        for text in [
            "listen = \"canary\nx",
            "\n\nlisten = 8787",
            "texts_per_hour = 5",
            "[server]\nlisten = \"x\"",
            "sandbox = \"canary\"",
            "texts-per-hour = \"canary\"",
            "texts-per-hour = 0x10",
            "toolsets = [1]",
            "toolsets = [\"a,b\"]",
            "stoer = \"redis://canary@h\"",
            "qqqqqq = 1",
            "listen = \"a\"\nlisten = \"b\"",
            "store = [\"canary\"]",
        ] {
            let fault = parse(text, &declared::settings()).unwrap_err();
            writeln!(shown, "{}: {}", fault.line, fault.reason).unwrap();
        }
        assert!(!shown.contains("canary"), "{shown}");
        insta::assert_snapshot!(shown);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_a_secret_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let read = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            ConfigFile::read(&path, &declared::settings()).map(|_| ()).map_err(|error| error.to_string())
        };
        let secret = "store = \"redis://:canary@h\"";
        let refusal = read(secret, 0o644).unwrap_err();
        assert!(refusal.contains("`store-file`") && !refusal.contains("canary"), "{refusal}");
        assert_eq!(read(secret, 0o640), Ok(()));
        assert_eq!(read("listen = \"127.0.0.1:1\"", 0o644), Ok(()));
    }
}
