//! Where settings come from: flags before environment variables before the configuration file before defaults.
//!
//! What the environment and the file set is put on the command line, as if it had been typed there, and clap reads it all once
//! more: each option is declared, checked and documented in one place. A value that cannot work is refused in the name of the
//! place where it stands.

mod variables;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _};

pub use self::variables::Variables;

use self::variables::CONFIG;
use super::declared::{self, FILE_SUFFIX, Kind, variable};
use super::file::{ConfigFile, Value};
use super::secrets;
use crate::args::Cli;
use crate::exit::Failure;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was typed.
    CommandLine,
    /// An environment variable, by its name.
    Variable(String),
    /// A credential of the systemd unit, by its name.
    Credential(String),
    /// The configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Variable(name) => f.write_str(name),
            Self::Credential(name) => write!(f, "credential {name}"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The command line with everything that was set elsewhere.
#[derive(Debug)]
pub struct Layered {
    /// What to do.
    pub cli: Cli,
    /// Where each option of the command that can be set elsewhere came from, by the option's name.
    pub origins: BTreeMap<String, Origin>,
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
    /// The innermost command's values.
    pub(crate) matches: ArgMatches,
}

/// Why there is nothing to do.
#[derive(Debug)]
pub enum Refused {
    /// The command line was refused, or help was asked for: clap says the rest.
    Usage(clap::Error),
    /// What was set elsewhere was refused.
    Setting(Failure),
}

impl From<clap::Error> for Refused {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Setting(failure)
    }
}

/// Reads the command line, then the environment and the file for the commands that use them.
///
/// # Errors
/// See [`Refused`].
pub fn parse(arguments: Vec<OsString>, variables: &Variables) -> Result<Layered, Refused> {
    let settings = declared::settings();
    let (arguments, switched_off) = take_out_switches(arguments, &settings);
    let typed = Cli::command().try_get_matches_from(&arguments)?;
    let (path, innermost) = innermost(&typed);
    let file = innermost.try_get_one::<PathBuf>("config").ok().flatten().cloned();
    if !path.first().is_some_and(|name| declared::is_layered(name)) {
        let (cli, matches) = (Cli::from_arg_matches(&typed)?, innermost.clone());
        return Ok(Layered { cli, origins: BTreeMap::new(), file: None, matches });
    }
    variables.refuse_unknown(&settings)?;
    let file = file.or_else(|| variables.get(CONFIG).map(PathBuf::from));
    let file = file.map(|path| ConfigFile::read(&path, &settings)).transpose()?;

    let mut merge = Merge {
        typed: innermost,
        switched_off: &switched_off,
        variables,
        file: file.as_ref(),
        settings: &settings,
        line: Vec::new(),
        origins: BTreeMap::new(),
    };
    let cli = Cli::command();
    let command = path.iter().try_fold(&cli, |command, name| command.find_subcommand(name));
    let positional = merge.command(command.unwrap_or(&cli))?;
    let Merge { line: options, origins, .. } = merge;

    let mut line = vec![OsString::from("mcp-server")];
    line.extend(path.iter().map(OsString::from));
    line.extend(options);
    if !positional.is_empty() {
        line.push("--".into());
        line.extend(positional);
    }
    let merged = Cli::command().try_get_matches_from(line)?;
    let matches = self::innermost(&merged).1.clone();
    let file = file.map(|file| file.path().to_owned());
    Ok(Layered { cli: Cli::from_arg_matches(&merged)?, origins, file, matches })
}

/// `--switch=false` overrules what the environment or the file say, `--switch=true` is `--switch`. clap's own switches take no
/// value. Returns the line without them, and the switches that are off.
fn take_out_switches(arguments: Vec<OsString>, settings: &[Arg]) -> (Vec<OsString>, Vec<String>) {
    let mut off = Vec::new();
    let mut rest = Vec::with_capacity(arguments.len());
    let mut options = true;
    for argument in arguments {
        options &= argument != "--";
        let switch = argument.to_str().filter(|_| options).and_then(|text| {
            let (name, value) = text.strip_prefix("--")?.split_once('=')?;
            let on = switch(value)?;
            let known =
                settings.iter().any(|arg| arg.get_long() == Some(name) && Kind::of(arg) == Kind::Switch);
            known.then(|| (name.to_owned(), on))
        });
        match switch {
            Some((name, true)) => rest.push(format!("--{name}").into()),
            Some((name, false)) => off.push(name),
            None => rest.push(argument),
        }
    }
    (rest, off)
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The names of the commands below each other, and the values of the innermost.
fn innermost(matches: &ArgMatches) -> (Vec<String>, &ArgMatches) {
    let (mut path, mut innermost) = (Vec::new(), matches);
    while let Some((name, matches)) = innermost.subcommand() {
        path.push(name.to_owned());
        innermost = matches;
    }
    (path, innermost)
}

/// One reading of all layers.
struct Merge<'a> {
    typed: &'a ArgMatches,
    switched_off: &'a [String],
    variables: &'a Variables,
    file: Option<&'a ConfigFile>,
    settings: &'a [Arg],
    /// The options as they would be typed.
    line: Vec<OsString>,
    origins: BTreeMap<String, Origin>,
}

/// A value that was found outside the command line.
struct Found {
    option: String,
    value: Value,
    origin: Origin,
}

impl Merge<'_> {
    /// Goes through the options of a command; returns what was typed without a name.
    fn command(&mut self, command: &Command) -> Result<Vec<OsString>, Failure> {
        let mut positional = Vec::new();
        for arg in command.get_arguments() {
            let typed = self.typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
            match arg.get_long() {
                None if typed => positional.extend(self.raw(arg)),
                None => {}
                Some("config") => {}
                Some(long) if typed => self.typed(long, arg),
                Some(long) => self.elsewhere(long, command)?,
            }
        }
        Ok(positional)
    }

    fn raw(&self, arg: &Arg) -> Vec<OsString> {
        let raw = self.typed.get_raw(arg.get_id().as_str());
        raw.into_iter().flatten().map(OsString::from).collect()
    }

    fn typed(&mut self, long: &str, arg: &Arg) {
        self.origins.insert(long.to_owned(), Origin::CommandLine);
        if Kind::of(arg) == Kind::Switch {
            self.line.push(format!("--{long}").into());
            return;
        }
        for value in self.raw(arg) {
            self.line.push(option(long, &value));
        }
    }

    /// An option that was not typed.
    fn elsewhere(&mut self, long: &str, command: &Command) -> Result<(), Failure> {
        if !self.is_setting(long) {
            return Ok(());
        }
        if self.switched_off.iter().any(|name| name == long) {
            self.origins.insert(long.to_owned(), Origin::CommandLine);
            return Ok(());
        }
        let base = long.strip_suffix(FILE_SUFFIX).filter(|base| self.is_secret(base));
        let secret = base.unwrap_or(long);
        if !self.is_secret(secret) {
            return self.take(long, &[long]);
        }
        // A secret and the file that it is in are one setting: what is named nearer counts.
        let companion = format!("{secret}{FILE_SUFFIX}");
        let typed = [secret, &companion].iter().any(|name| {
            let arg = command.get_arguments().find(|arg| arg.get_long() == Some(name));
            arg.is_some_and(|arg| {
                self.typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
            })
        });
        if typed { Ok(()) } else { self.take(long, &[secret, &companion]) }
    }

    fn is_setting(&self, name: &str) -> bool {
        self.settings.iter().any(|arg| arg.get_long() == Some(name))
    }

    fn is_secret(&self, name: &str) -> bool {
        self.settings.iter().any(|arg| arg.get_long() == Some(name) && declared::is_secret(arg))
    }

    /// Takes the option's value from the nearest layer that sets one of `names`, if it is the option that is set there.
    fn take(&mut self, long: &str, names: &[&str]) -> Result<(), Failure> {
        let Some(found) = self.find(names)?.filter(|found| found.option == long) else { return Ok(()) };
        let arg = self.settings.iter().find(|arg| arg.get_long() == Some(long));
        match found.value {
            Value::Switch(true) => self.line.push(format!("--{long}").into()),
            Value::Switch(false) => {}
            Value::Text(value) => {
                if let Some(arg) = arg {
                    check(arg, long, &value, &found.origin)?;
                }
                self.line.push(option(long, value.as_ref()));
            }
        }
        self.origins.insert(long.to_owned(), found.origin);
        Ok(())
    }

    /// What the nearest layer says of these names, of which it may name one.
    fn find(&self, names: &[&str]) -> Result<Option<Found>, Failure> {
        for layer in [Self::in_variables, Self::in_credentials, Self::in_file] {
            let mut found = Vec::new();
            for name in names {
                found.extend(layer(self, name)?);
            }
            let second = found.pop();
            if let (Some(first), Some(second)) = (found.pop(), &second) {
                return Err(Failure::Setting {
                    place: first.origin.to_string(),
                    reason: format!("the same is set by {}: leave one of them out", second.origin),
                });
            }
            if second.is_some() {
                return Ok(second);
            }
        }
        Ok(None)
    }

    fn in_variables(&self, name: &str) -> Result<Option<Found>, Failure> {
        let variable = variable(name);
        let Some(text) = self.variables.get(&variable) else { return Ok(None) };
        let is_switch =
            self.settings.iter().any(|arg| arg.get_long() == Some(name) && Kind::of(arg) == Kind::Switch);
        let value = match switch(text) {
            _ if !is_switch => Value::Text(text.to_owned()),
            Some(on) => Value::Switch(on),
            None => {
                return Err(Failure::Setting {
                    place: variable,
                    reason: "it must be true or false".to_owned(),
                });
            }
        };
        Ok(Some(Found { option: name.to_owned(), value, origin: Origin::Variable(variable) }))
    }

    /// A credential is a file: it sets the option that names one.
    fn in_credentials(&self, name: &str) -> Result<Option<Found>, Failure> {
        let Some(secret) = name.strip_suffix(FILE_SUFFIX).filter(|name| self.is_secret(name)) else {
            return Ok(None);
        };
        let environment = |name: &str| self.variables.get(name).map(str::to_owned);
        Ok(secrets::credential(&environment, secret).map(|path| Found {
            option: name.to_owned(),
            value: Value::Text(path.display().to_string()),
            origin: Origin::Credential(secret.to_owned()),
        }))
    }

    fn in_file(&self, name: &str) -> Result<Option<Found>, Failure> {
        let found = self.file.and_then(|file| file.get(name).map(|entry| (file, entry)));
        Ok(found.map(|(file, entry)| Found {
            option: name.to_owned(),
            value: entry.value.clone(),
            origin: Origin::File { path: file.path().to_owned(), line: entry.line },
        }))
    }
}

fn option(long: &str, value: &std::ffi::OsStr) -> OsString {
    let mut option = OsString::from(format!("--{long}="));
    option.push(value);
    option
}

/// Has clap look at one value, and names the place where it stands.
fn check(arg: &Arg, long: &str, value: &str, origin: &Origin) -> Result<(), Failure> {
    let alone = Command::new("setting").no_binary_name(true).disable_help_flag(true).arg(arg.clone());
    match alone.try_get_matches_from([option(long, value.as_ref())]) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::Setting { place: origin.to_string(), reason: reason(&error, value) }),
    }
}

fn reason(error: &clap::Error, value: &str) -> String {
    let expected = match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(source), _) => source.to_string(),
        (None, Some(ContextValue::Strings(values))) => format!("it must be one of {}", values.join(", ")),
        _ => error.kind().to_string(),
    };
    format!("'{value}' is not accepted: {expected}")
}

/// Says where a refused option's value came from, when it was not typed.
#[must_use]
pub fn with_origin(failure: Failure, origins: &BTreeMap<String, Origin>) -> Failure {
    match failure {
        Failure::Option { name, reason } => match origins.get(name.trim_start_matches('-')) {
            Some(origin) if *origin != Origin::CommandLine => {
                Failure::Setting { place: format!("{name} ({origin})"), reason }
            }
            _ => Failure::Option { name, reason },
        },
        other => other,
    }
}

#[cfg(test)]
mod tests;
