//! `dpgn circuit`: what a circuit is, before anybody pays for it.

use crate::{
    files,
    output::{Output, Row},
};
use clap::{Args, Subcommand};
use dpgn_node::failure::Failure;
use dpgn_prover::circuit::{Inspection, Limits, Lint, R1cs, Severity, Sym, inspect};
use std::path::{Path, PathBuf};

const INSPECT_EXAMPLES: &str = "\
Examples:
  dpgn circuit inspect age.r1cs
  dpgn circuit inspect age.r1cs --sym other.sym --format json";

/// Look at circuits
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
}

pub(crate) async fn run(command: Circuit, output: &Output) -> Result<(), Failure> {
    let Circuit::Inspect(command) = command;
    let work = move || look(&command.circuit, command.sym);
    let died = |e| Failure::network(format!("reading the circuit: {e}"));
    output.show(&tokio::task::spawn_blocking(work).await.map_err(died)??)
}

fn look(path: &Path, sym: Option<PathBuf>) -> Result<Inspection, Failure> {
    let limits = Limits::default();
    let told = |path: &Path, error: &dyn std::fmt::Display| Failure::input(format!("{}: {error}", path.display()));
    let r1cs = R1cs::parse(&files::read(path, limits.file_bytes_max)?, &limits).map_err(|e| {
        told(path, &e).hint("compile with `circom CIRCUIT.circom --r1cs --wasm --sym --prime goldilocks`")
    })?;
    let beside = path.with_extension("sym");
    let sym = match sym.or_else(|| beside.is_file().then_some(beside)) {
        Some(path) => {
            let bytes = files::read(&path, limits.file_bytes_max)?;
            Some(Sym::parse(&bytes, &limits).map_err(|e| told(&path, &e))?)
        }
        None => None,
    };
    inspect(&r1cs, sym.as_ref()).map_err(|e| told(path, &e))
}

impl Row for Inspection {
    fn head() -> &'static [&'static str] {
        &["CONSTRAINTS", "WIRES", "ROWS"]
    }

    fn cells(&self) -> Vec<String> {
        vec![self.constraints.to_string(), self.wires.to_string(), self.rows.to_string()]
    }

    fn lines(&self) -> Vec<(String, String)> {
        let mut lines = vec![
            ("builder".to_owned(), self.builder.to_owned()),
            ("recipe".to_owned(), format!("{} ({} bytes)", self.recipe, self.recipe_bytes)),
            ("constraints".to_owned(), format!("{} of {} terms", self.constraints, self.terms)),
            ("wires".to_owned(), format!("{}, {} of them private inputs", self.wires, self.private_inputs)),
        ];
        for (at, signal) in self.public.iter().enumerate() {
            let kind = if signal.output { "output" } else { "input" };
            let name = signal.name.as_deref().unwrap_or("(no name without a .sym file)");
            lines.push((format!("public {at}"), format!("{kind} {name}")));
        }
        lines.push(("rows".to_owned(), format!("{} before blinding and padding", self.rows)));
        for (level, degree) in &self.degrees {
            let witness = if level.is_private() { "hidden" } else { "PUBLIC to whoever gets the proof" };
            lines.push((format!("level {level}"), format!("2^{degree} rows, witness {witness}")));
        }
        lines.extend(self.lints.iter().map(told));
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
