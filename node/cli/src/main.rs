//! The program `dpgn`: nouns and verbs over the library.
//!
//! Standard output holds the result and nothing else, as a table or as JSON; what happens on the way goes to
//! standard error. What every command's help ends with is in `help`.

mod account;
mod agents_line;
mod alone;
mod amounts;
mod ask;
mod auction;
mod bar;
mod checkpoint;
mod circuit;
mod completions;
mod config_file;
mod coordinator;
mod decided;
mod demo;
mod doctor;
mod election;
mod explain;
mod files;
mod follow;
mod gateway;
mod globals;
mod help;
mod history;
mod init;
mod interview;
mod key;
mod log;
mod man;
mod node;
mod output;
mod payee;
mod prover;
mod quote;
mod receipt;
mod reputation;
mod running;
mod scores;
mod screen;
mod session;
mod signals;
mod standing;
mod start;
mod status_line;
mod submit;
mod table;
mod task;
mod top;
#[cfg(feature = "otlp")]
mod traces;
mod update;
mod user_error;
mod verify;
mod verify_receipt;
mod words;

use crate::user_error::{ErrorKind, UserError};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use dpgn_node::config::LogSection;
use globals::Globals;
use output::Output;
use std::{alloc::System, process::ExitCode};
use zeroizing_alloc::ZeroAlloc;

/// Overwrites memory when it is freed: transport buffers, parsers and plonky2 copy pieces of a witness.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

const EXAMPLES: &str = "\
Examples:
  dpgn init
  dpgn circuit inspect age.r1cs
  dpgn verify age.proof --format json

Every configuration key can be set by a variable: DPGN_NETWORK_LISTEN sets network.listen.";

/// Buy and sell zero-knowledge proofs, peer to peer
#[derive(Debug, Parser)]
#[command(name = "dpgn", version, after_help = EXAMPLES, propagate_version = true, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Init(init::Init),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Node(node::NodeCommand),
    #[command(subcommand)]
    Task(Box<task::Task>),
    #[command(subcommand)]
    Ask(ask::AskCommand),
    #[command(subcommand)]
    Prover(prover::ProverCommand),
    #[command(subcommand)]
    Auction(auction::Auction),
    #[command(subcommand)]
    Account(account::Account),
    #[command(subcommand)]
    Reputation(reputation::ReputationCommand),
    #[command(subcommand)]
    Coordinator(coordinator::Coordinator),
    #[command(subcommand)]
    Checkpoint(checkpoint::Checkpoint),
    #[command(subcommand)]
    Circuit(circuit::Circuit),
    Verify(verify::Verify),
    VerifyReceipt(verify_receipt::VerifyReceipt),
    Top(top::Top),
    Update(update::Update),
    Completions(completions::Completions),
    Man(man::Man),
}

fn main() -> ExitCode {
    // Proving happens in this same program, run again as a confined worker.
    if dpgn_prover::worker_main() {
        return ExitCode::SUCCESS;
    }
    // Keys and witnesses pass through: no core dump, no look inside. Whoever can't refuse those works all the same.
    let hardened = dpgn_prover::harden_process();
    // Faults of the command line end here, with exit code 2.
    let matches = help::complete(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let output = Output::new(cli.globals.format);
    if let Err(error) = hardened {
        output.warn(&error.to_string());
    }
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| UserError { kind: ErrorKind::Network, message: format!("starting: {e}"), hint: None })
        .and_then(|runtime| runtime.block_on(run(cli, &output)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.fail(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

async fn run(cli: Cli, output: &Output) -> Result<(), UserError> {
    // What a node or a prover does is logged as its configuration says; other commands log only what goes wrong.
    if !matches!(cli.command, Command::Node(_) | Command::Prover(prover::ProverCommand::Run(_))) {
        log::init(&LogSection { filter: "error".to_owned(), ..LogSection::default() })?;
    }
    let globals = &cli.globals;
    match cli.command {
        Command::Demo(command) => demo::run(command, output).await,
        Command::Doctor(command) => doctor::run(command, globals, output).await,
        Command::Node(command) => node::run(command, globals, output).await,
        Command::Task(command) => task::run(*command, globals, output).await,
        Command::Ask(command) => ask::run(command, globals, output).await,
        Command::Prover(command) => prover::run(command, globals, output).await,
        Command::Auction(command) => auction::run(command, globals, output).await,
        Command::Account(command) => account::run(command, globals, output).await,
        Command::Reputation(command) => reputation::run(command, globals, output).await,
        Command::Coordinator(command) => coordinator::run(command, globals, output).await,
        Command::Checkpoint(command) => checkpoint::run(command, globals, output).await,
        Command::Init(command) => init::run(command, globals, output),
        Command::Key(command) => key::run(command, globals, output),
        Command::Circuit(command) => circuit::run(command, output).await,
        Command::Verify(command) => verify::run(command, output).await,
        Command::VerifyReceipt(command) => verify_receipt::run(command, output),
        Command::Top(command) => top::run(command, globals, output).await,
        Command::Update(command) => update::run(command, globals, output).await,
        Command::Completions(command) => completions::run(command, Cli::command(), output),
        Command::Man(command) => man::run(&command, help::complete(Cli::command()), output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does_and_how() {
        fn visit(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path} does not say what it does");
            assert!(
                command.has_subcommands() || command.get_after_help().is_some(),
                "{path} shows no example in its help"
            );
            for argument in command.get_arguments().filter(|a| !matches!(a.get_id().as_str(), "help" | "version")) {
                assert!(argument.get_help().is_some(), "{path}: {} is not explained", argument.get_id());
            }
            command.get_subcommands().for_each(|inner| visit(inner, &path));
        }
        visit(&Cli::command(), "");
    }

    #[test]
    fn every_command_lists_the_exit_codes_and_says_if_it_starts_a_node() {
        fn visit(command: &clap::Command, path: &[&str], seen: &mut (usize, usize)) {
            let inner: Vec<_> = command.get_subcommands().collect();
            for sub in &inner {
                visit(sub, &[path, &[sub.get_name()]].concat(), seen);
            }
            let told = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            if inner.is_empty() {
                assert!(told.ends_with(help::EXIT_CODES), "{path:?}: {told}");
                assert_eq!(told.contains(help::OWN_NODE), help::starts_a_node(path), "{path:?}: {told}");
                *seen = (seen.0 + 1, seen.1 + usize::from(help::starts_a_node(path)));
            }
        }
        let mut seen = (0, 0);
        visit(&help::complete(Cli::command()), &[], &mut seen);
        println!("{} commands, {} of them start a node if none runs", seen.0, seen.1);
        assert!(seen.0 > 20 && seen.1 > 12);
    }
}
