//! `dpgn circuit`: what a circuit is, before anybody pays for it.

use crate::{
    files,
    output::{Output, Row},
    signals,
    user_error::UserError,
};
use clap::{Args, Subcommand};
use dpgn_prover::circuit::{CircuitLimits, FileError, Inspection, Lint, R1cs, R1csError, Severity, inspect};
use serde::Serialize;
use std::path::{Path, PathBuf};

const INSPECT_EXAMPLES: &str = "\
Examples:
  dpgn circuit inspect age.r1cs
  dpgn circuit inspect age.r1cs --sym other.sym --format json
  dpgn circuit inspect sha256.r1cs --all";

/// Look at circuits before they are paid for
#[derive(Debug, Subcommand)]
pub(crate) enum Circuit {
    /// Show a circuit's size, public signals, and what is wrong with it over Goldilocks
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(Inspect),
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The circuit: `circom --r1cs --prime goldilocks`
    circuit: PathBuf,
    /// The symbols, for signal names [default: CIRCUIT with .sym, if it is there]
    #[arg(long, value_name = "FILE")]
    sym: Option<PathBuf>,
    /// Show every public signal on a line of its own instead of folding arrays
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(command: Circuit, output: &Output) -> Result<(), UserError> {
    let Circuit::Inspect(command) = command;
    let all = command.all;
    let work = move || look(&command.circuit, command.sym);
    let died = |e| UserError::network(format!("reading the circuit: {e}"));
    let inspection = tokio::task::spawn_blocking(work).await.map_err(died)??;
    output.show(&InspectedCircuit { inspection, all })
}

fn look(path: &Path, sym: Option<PathBuf>) -> Result<Inspection, UserError> {
    let limits = CircuitLimits::default();
    let told = |error: &dyn std::fmt::Display| UserError::input(format!("{}: {error}", path.display()));
    let r1cs =
        R1cs::parse(&files::read(path, limits.file_bytes_max)?, &limits).map_err(|e| told(&e).hint(of_r1cs(&e)))?;
    let sym = signals::read_sym(signals::sym_of(path, sym).as_deref(), &limits)?;
    inspect(&r1cs, sym.as_ref()).map_err(|e| told(&e))
}

/// The advice for a file that is no circuit.
pub(crate) const fn of_r1cs(error: &R1csError) -> &'static str {
    match error {
        R1csError::File(FileError::Magic { got: [b'w', b't', b'n', b's'], .. }) => {
            "name the circuit first, then the witness: CIRCUIT.r1cs WITNESS.wtns"
        }
        R1csError::File(_)
        | R1csError::CustomGates { .. }
        | R1csError::TooMany { .. }
        | R1csError::PublicWires { .. }
        | R1csError::NoSuchWire { .. } => "compile with `circom CIRCUIT.circom --r1cs --wasm --sym --prime goldilocks`",
    }
}

/// A circuit that was inspected, as its owner sees it.
#[derive(Serialize)]
struct InspectedCircuit {
    #[serde(flatten)]
    inspection: Inspection,
    /// Whether every public signal has a line, and no array is folded.
    #[serde(skip)]
    all: bool,
}

impl Row for InspectedCircuit {
    fn head() -> &'static [&'static str] {
        &["CONSTRAINTS", "WIRES", "ROWS"]
    }

    fn cells(&self) -> Vec<String> {
        let of = &self.inspection;
        vec![of.constraints.to_string(), of.wires.to_string(), of.rows.to_string()]
    }

    fn lines(&self) -> Vec<(String, String)> {
        let of = &self.inspection;
        let mut lines = vec![
            ("builder".to_owned(), of.builder.to_owned()),
            ("recipe".to_owned(), format!("{} ({} bytes)", of.recipe, of.recipe_bytes)),
            ("constraints".to_owned(), format!("{} of {} terms", of.constraints, of.terms)),
            ("wires".to_owned(), format!("{}, {} of them private inputs", of.wires, of.private_inputs)),
        ];
        lines.extend(signals::lines(&of.public, !self.all));
        lines.push(("rows".to_owned(), format!("{} before blinding and padding", of.rows)));
        for (level, degree) in &of.degrees {
            let witness = if level.is_private() { "hidden" } else { "PUBLIC to whoever gets the proof" };
            lines.push((format!("level {level}"), format!("2^{degree} rows, witness {witness}")));
        }
        lines.extend(of.lints.iter().map(told));
        lines
    }
}

fn told(lint: &Lint) -> (String, String) {
    let severity = match lint.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "warning",
    };
    let signal = lint.signal.as_ref().map(|s| format!(" at {s}"));
    let constraint = lint.constraint.map(|c| format!(" in constraint {c}"));
    let place = signal.or(constraint).unwrap_or_default();
    (severity.to_owned(), format!("{}{place}: {}; {}", lint.code, lint.message, lint.hint))
}
