//! The environment: what it sets, and what in it is a spelling mistake.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::Arg;

use crate::config::declared::{PREFIX, variable};
use crate::config::file::nearest;
use crate::exit::Failure;

/// The variable that names the configuration file.
pub(super) const CONFIG: &str = "OPENPHONE_MCP_CONFIG";

/// The environment variables of a process.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |text: OsString| text.to_string_lossy().into_owned();
        Self(std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect())
    }

    /// The one of this name. An empty one counts as not set: what starts containers passes those on.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable with our prefix that sets nothing is a spelling mistake, unless Kubernetes made it of a Service's name.
    pub(super) fn refuse_unknown(&self, settings: &[Arg]) -> Result<(), Failure> {
        let known: Vec<String> = settings.iter().filter_map(Arg::get_long).map(variable).collect();
        for name in self.0.keys().filter(|name| name.starts_with(PREFIX)) {
            if known.contains(name) || name == CONFIG || is_service_link(name) {
                continue;
            }
            let meant = nearest(name.trim_start_matches(PREFIX), settings.iter().filter_map(Arg::get_long));
            let like = meant.map_or_else(String::new, |meant| format!("; did you mean {}?", variable(meant)));
            return Err(Failure::Setting {
                place: name.clone(),
                reason: format!("there is no setting of this name{like}"),
            });
        }
        Ok(())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Variables {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(variables: T) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// `…_SERVICE_HOST`, `…_SERVICE_PORT…`, `…_PORT_80_TCP_ADDR` and their like.
fn is_service_link(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST") || name.split('_').any(|word| word == "PORT")
}
