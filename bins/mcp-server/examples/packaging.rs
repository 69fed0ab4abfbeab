//! Writes what packages bring beside the program, made from the declaration of its command line: in `man` one page of the manual for
//! `mcp-server` and one for each of its commands, in `completions` a file for each shell. `cargo xtask release` runs it:
//! `cargo run -p mcp-server --example packaging -- FOLDER DATE`.
//!
//! The manual is an example's, and no command of the binary: a server that runs has no use for what makes it.

use std::fs::{self, File};
use std::io::{Error, Result};
use std::path::Path;

use clap::{Command, CommandFactory as _, ValueEnum as _};
use clap_mangen::Man;
use mcp_server::args::{Cli, Shell};
use mcp_server::commands::completions::script;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(date)) = (arguments.next(), arguments.next()) else {
        return Err(Error::other("name a folder, and the date of the release"));
    };
    let (manual, completions) = (Path::new(&folder).join("man"), Path::new(&folder).join("completions"));
    fs::create_dir_all(&manual)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    pages(&command, &manual, &date)?;
    fs::create_dir_all(&completions)?;
    for shell in Shell::value_variants() {
        let value = shell.to_possible_value().ok_or_else(|| Error::other("a shell has no name"))?;
        fs::write(completions.join(value.get_name()), script(*shell))?;
    }
    Ok(())
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
