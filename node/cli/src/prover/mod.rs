//! `dpgn prover`: what a machine that proves can do, and what it should ask for it.

mod benchmark;
mod calibrate;
mod peak;
mod price;

use crate::{globals::Globals, output::Output, user_error::UserError};
use clap::Subcommand;

/// Measure how fast this machine proves, and find prices from what it costs
#[derive(Debug, Subcommand)]
pub(crate) enum ProverCommand {
    Benchmark(benchmark::Benchmark),
    Calibrate(calibrate::Calibrate),
}

/// Runs one of the commands.
pub(crate) async fn run(command: ProverCommand, globals: &Globals, output: &Output) -> Result<(), UserError> {
    match command {
        ProverCommand::Benchmark(command) => benchmark::run(command, globals, output).await,
        ProverCommand::Calibrate(command) => calibrate::run(command, globals, output).await,
    }
}
