//! `dpgn man`: the help of every command as manual pages.

use crate::{output::Output, user_error::UserError};
use clap::Args;
use std::{fs, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  dpgn man --out ~/.local/share/man/man1
  man dpgn-task-submit";

/// Write a manual page for each command
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Man {
    /// The directory for the pages, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Writes `dpgn.1`, and a page such as `dpgn-task-submit.1` for each command below it.
pub(crate) fn run(command: &Man, program: clap::Command, output: &Output) -> Result<(), UserError> {
    let write = fs::create_dir_all(&command.out).and_then(|()| clap_mangen::generate_to(program, &command.out));
    write.map_err(|e| UserError::network(format!("{}: {e}", command.out.display())))?;
    output.say(&format!("wrote the pages to {}", command.out.display()));
    Ok(())
}
