//! What clap's declaration of an option says of it, for every other place where it can be set.
//!
//! An option is declared once, in [`crate::args`]. Its name in the environment, its key and its form in the configuration
//! file, its line in the schema and in the documents follow from that.

use std::any::TypeId;

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use sealing::SecretString;

use crate::args::Cli;

/// What the names of our environment variables begin with.
pub const PREFIX: &str = "OPENPHONE_MCP_";
/// The end of the name of an option that names the file in which a secret is.
pub const FILE_SUFFIX: &str = "-file";
/// The one variable whose name is older than the rule.
const OWN_NAMES: [(&str, &str); 2] =
    [("openphone-api-key", "OPENPHONE_API_KEY"), ("openphone-api-key-file", "OPENPHONE_API_KEY_FILE")];

/// Commands whose options can be set in the environment and in the file, by their names on the command line.
const LAYERED: [&str; 6] = ["serve", "stdio", "keys", "grants", "state", "config"];

/// What an option's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On or off.
    Switch,
    /// A whole number.
    Number,
    /// Several texts; one text with commas on the command line and in the environment.
    List,
    /// Text.
    Text,
}

impl Kind {
    /// The kind of an option.
    #[must_use]
    pub fn of(arg: &Arg) -> Self {
        let is = |id: TypeId| arg.get_value_parser().type_id() == id;
        let numbers = [TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<usize>()];
        let value_name = arg.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str());
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            Self::Switch
        } else if numbers.into_iter().any(is) {
            Self::Number
        } else if arg.get_value_delimiter().is_some() || value_name == "LIST" {
            Self::List
        } else {
            Self::Text
        }
    }
}

/// Whether an option's value is secret: its type says so.
#[must_use]
pub fn is_secret(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<SecretString>()
}

/// The name of an option's environment variable.
#[must_use]
pub fn variable(option: &str) -> String {
    let own = OWN_NAMES.into_iter().find(|(name, _)| *name == option);
    own.map_or_else(
        || format!("{PREFIX}{}", option.to_uppercase().replace('-', "_")),
        |(_, variable)| variable.to_owned(),
    )
}

/// The options of a command, without help and version.
pub fn options(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    command
        .get_arguments()
        .filter(|arg| {
            !matches!(arg.get_action(), ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong)
        })
        .filter_map(|arg| arg.get_long().map(|long| (long, arg)))
        .filter(|(long, _)| !matches!(*long, "version" | "config"))
}

/// Whether the command of this name takes its options from the environment and the file, too.
#[must_use]
pub fn is_layered(name: &str) -> bool {
    LAYERED.contains(&name)
}

/// Everything that can be set, in the order of `serve --help`: its options, then those that only other commands have
/// which run a server.
#[must_use]
pub fn settings() -> Vec<Arg> {
    let cli = Cli::command();
    let mut all: Vec<Arg> = Vec::new();
    for name in ["serve", "stdio"] {
        let Some(command) = cli.find_subcommand(name) else { continue };
        for (long, arg) in options(command) {
            if !all.iter().any(|known| known.get_long() == Some(long)) {
                all.push(arg.clone());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_can_be_in_a_file() {
        let all = settings();
        let secrets: Vec<_> = all.iter().filter(|arg| is_secret(arg)).filter_map(Arg::get_long).collect();
        assert!(secrets.contains(&"store") && secrets.contains(&"keys"));
        for secret in secrets {
            let companion = format!("{secret}{FILE_SUFFIX}");
            assert!(all.iter().any(|arg| arg.get_long() == Some(&companion)), "--{companion} is missing");
        }
    }

    #[test]
    fn kinds_and_variables_follow_from_the_declaration() {
        let all = settings();
        let kind = |name: &str| Kind::of(all.iter().find(|arg| arg.get_long() == Some(name)).unwrap());
        for (name, expected) in [
            ("sandbox", Kind::Switch),
            ("texts-per-hour", Kind::Number),
            ("store-replicas", Kind::Number),
            ("toolsets", Kind::List),
            ("trusted-proxies", Kind::List),
            ("listen", Kind::Text),
            ("store", Kind::Text),
            ("profile", Kind::Text),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
        assert_eq!(variable("texts-per-hour"), "OPENPHONE_MCP_TEXTS_PER_HOUR");
        assert_eq!(variable("openphone-api-key-file"), "OPENPHONE_API_KEY_FILE");
    }

    /// A rule between two options that clap enforced would name a flag where the value came from a file.
    #[test]
    fn rules_between_options_are_not_claps() {
        let cli = Cli::command();
        for name in ["serve", "stdio"] {
            let Some(command) = cli.find_subcommand(name) else { continue };
            for (long, arg) in options(command) {
                assert!(command.get_arg_conflicts_with(arg).is_empty(), "--{long} conflicts in clap");
            }
        }
    }
}
