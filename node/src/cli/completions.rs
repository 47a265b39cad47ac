//! `dpgn completions`: so that a shell knows the commands.

use super::{Cli, Output};
use crate::failure::Failure;
use clap::{Args, CommandFactory};

const EXAMPLES: &str = "\
Examples:
  dpgn completions bash > ~/.local/share/bash-completion/completions/dpgn
  dpgn completions zsh > ~/.zfunc/_dpgn";

/// Write a shell's completions to standard output
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// For which shell
    shell: clap_complete::Shell,
}

pub(super) fn run(command: Completions, output: &Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "dpgn", &mut script);
    output.write(&String::from_utf8_lossy(&script))
}
