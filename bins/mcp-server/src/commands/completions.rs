//! `mcp-server completions`: what a shell needs to complete this command line, made from its declaration.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::generate;
use clap_complete::shells::{Bash, Fish, Zsh};

use crate::args::{Cli, CompletionsArgs, Shell};
use crate::exit::Failure;

/// Runs the command.
pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    std::io::stdout()
        .write_all(&script(args.shell))
        .map_err(|error| Failure::Other(format!("cannot write the completions: {error}")))
}

/// The whole script. It is made before it is written, because the generators panic when a reader goes away.
#[must_use]
pub fn script(shell: Shell) -> Vec<u8> {
    let (mut command, mut script) = (Cli::command(), Vec::new());
    let name = command.get_name().to_owned();
    match shell {
        Shell::Bash => {
            generate(Bash, &mut command, &name, &mut script);
            // A command whose name has a hyphen is spelled in two ways, and nothing below it completes (clap-rs/clap#6421).
            let (wrong, right) = (name.replace('-', "__subcmd__"), name.replace('-', "__"));
            script = String::from_utf8_lossy(&script).replace(&wrong, &right).into_bytes();
        }
        Shell::Zsh => generate(Zsh, &mut command, name, &mut script),
        Shell::Fish => generate(Fish, &mut command, name, &mut script),
    }
    script
}
