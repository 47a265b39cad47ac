//! `dpgn prover`: what a machine that proves can do, and what it should ask for it.

mod bench;
mod benchmark;
mod calibrate;
mod compare;
mod peak;
mod price;
mod prove;
mod run;

use crate::{globals::Globals, output::Output, user_error::UserError};
use clap::Subcommand;

/// Measure how fast this machine proves, find prices from what it costs, and prove for a gateway
#[derive(Debug, Subcommand)]
pub(crate) enum ProverCommand {
    Benchmark(benchmark::Benchmark),
    Calibrate(calibrate::Calibrate),
    Prove(prove::Prove),
    Run(Box<run::Run>),
}

/// Runs one of the commands.
pub(crate) async fn run(command: ProverCommand, globals: &Globals, output: &Output) -> Result<(), UserError> {
    match command {
        ProverCommand::Benchmark(command) => benchmark::run(command, globals, output).await,
        ProverCommand::Calibrate(command) => calibrate::run(command, globals, output).await,
        ProverCommand::Prove(command) => prove::run(command, globals, output).await,
        ProverCommand::Run(command) => run::run(*command, globals, output).await,
    }
}
