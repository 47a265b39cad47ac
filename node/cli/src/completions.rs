//! `dpgn completions`: so that a shell knows the commands.

use crate::output::Output;
use crate::user_error::UserError;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  dpgn completions bash > ~/.local/share/bash-completion/completions/dpgn
  dpgn completions zsh > ~/.zfunc/_dpgn";

/// Write a shell's completions to standard output
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell that is to know the commands
    shell: clap_complete::Shell,
}

pub(crate) fn run(command: Completions, mut program: clap::Command, output: &Output) -> Result<(), UserError> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut program, "dpgn", &mut script);
    output.write(&String::from_utf8_lossy(&script))
}
