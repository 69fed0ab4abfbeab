//! Writes the manual: one page for `mcp-server` and one for each of its commands, made from the declaration of the command
//! line. `cargo xtask release` runs it: `cargo run -p mcp-server --example manual -- FOLDER DATE`.
//!
//! It is an example, and no command of the binary: packages bring the pages, and a server that runs has no use for what
//! makes them.

use std::fs::File;
use std::io::{Error, Result};
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use mcp_server::args::Cli;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(date)) = (arguments.next(), arguments.next()) else {
        return Err(Error::other("name a folder for the pages, and the date of the release"));
    };
    std::fs::create_dir_all(&folder)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    pages(&command, Path::new(&folder), &date)
}

/// The page of a command, and those of the commands below it.
fn pages(command: &Command, folder: &Path, date: &str) -> Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let page = Man::new(command.clone().version(env!("CARGO_PKG_VERSION")))
        .title(name.to_uppercase())
        .date(date)
        .source(concat!("mcp-server ", env!("CARGO_PKG_VERSION")))
        .manual("OpenPhone MCP server");
    page.render(&mut File::create(folder.join(page.get_filename()))?)?;
    command.get_subcommands().try_for_each(|below| pages(below, folder, date))
}
