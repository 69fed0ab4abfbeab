//! `mcp-server config`: what the settings are, where they came from, and whether they are fine.

use crate::app;
use crate::args::ConfigCommand;
use crate::commands::text;
use crate::config::layers::Layered;
use crate::config::{self, Settings};
use crate::exit::Failure;
use crate::telemetry;

/// Runs the command. `layered`: the settings that it is about.
pub fn run(command: &ConfigCommand, layered: &Layered) -> Result<(), Failure> {
    match command {
        ConfigCommand::Print { json: false, .. } => text::print(config::print::toml(layered).trim_end()),
        ConfigCommand::Print { json: true, .. } => text::print_json(&config::print::json(layered)),
        ConfigCommand::Schema => text::print_json(&config::schema::schema()),
        ConfigCommand::Check { serve } => {
            let settings = Settings::resolve(serve)?;
            telemetry::check(&serve.log)?;
            app::examine(&settings)?;
            text::print("The settings are fine. Nothing was started; the store and OpenPhone were not asked.")
        }
    }
}
