//! `dpgn verify`: checks a proof offline, with nothing but what checks it.
//!
//! Whatever the bytes are, they are read by our own bounded reader first and verified in a worker process.
//! What was not compared (the tag, the public inputs, the circuit) is said, never passed over.

use crate::{
    files,
    output::{Output, Row},
    signals,
    user_error::{ErrorKind, UserError},
};
use clap::Args;
use dpgn_protocol::{
    finding::Finding,
    ids::{AccountId, CircuitId, ProofHash, TaskId, proof_hash},
    limits::{PROOF_BYTES_MAX, VERIFIER_DATA_BYTES_MAX},
    statement::{public_inputs_digest, tag},
    units::{Degree, Level},
    verifier_data::{self, VerifierDataLimits, VerifierShape},
};
use dpgn_prover::{Checked, Prover, ProverOptions, circuit::CircuitLimits, verify::Statement};
use serde::Serialize;
use std::path::{Path, PathBuf};
use uuid::Uuid;

const EXAMPLES: &str = "\
Examples:
  dpgn verify age.proof
  dpgn verify age.proof --sym age.sym
  dpgn verify age.proof --public 1,18 --circuit CIRCUIT_ID
  dpgn verify age.proof --verifier age.verifier --task TASK_ID --prover ACCOUNT

A message that begins with `no verdict` says that nothing was found out; any other with exit code 1, that the proof \
does not hold.";

/// Public inputs that a refusal shows.
const SHOWN_MAX: usize = 64;

/// Check a proof offline, with nothing but its verifier data
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    /// The file of the proof
    proof: PathBuf,
    /// The verifier data [default: PROOF with .verifier appended, or in place of its extension]
    #[arg(long, value_name = "FILE")]
    verifier: Option<PathBuf>,
    /// The public inputs that must have been proven, in order, without the tag
    #[arg(long, value_name = "N,N,…", value_delimiter = ',')]
    public: Option<Vec<u64>>,
    /// The circuit's symbols, to show public signals by their names
    #[arg(long, value_name = "FILE")]
    sym: Option<PathBuf>,
    /// The circuit it must be of
    #[arg(long, value_name = "ID")]
    circuit: Option<CircuitId>,
    /// The task it must have been made for
    #[arg(long, value_name = "ID", requires = "prover", value_parser = task_id)]
    task: Option<TaskId>,
    /// The prover that must have made it
    #[arg(long, value_name = "ACCOUNT", requires = "task")]
    prover: Option<AccountId>,
}

/// A task's id. Its requester's own name for it says nothing to whoever has no node.
fn task_id(text: &str) -> Result<TaskId, String> {
    text.parse::<TaskId>().map_err(|error| match text.parse::<Uuid>() {
        Ok(_) => "that is its requester's name for the task, which no proof holds; its id, of 64 digits, is what `dpgn task submit` \
                  says behind that name, and `dpgn task status --format json` as `task`"
            .to_owned(),
        Err(_) => error.to_string(),
    })
}

/// The expectations of a proof; nothing of what is `None` is compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) award: Option<(TaskId, AccountId)>,
    pub(crate) public: Option<Vec<u64>>,
    pub(crate) circuit: Option<CircuitId>,
    /// Names of public signals: shown, not compared.
    pub(crate) sym: Option<PathBuf>,
}

/// A proof that holds, with what it says and what of it was compared.
#[derive(Serialize)]
struct VerifiedProof {
    verdict: Finding,
    proof: ProofHash,
    circuit: CircuitId,
    level: Level,
    degree: Degree,
    tag: [u64; 4],
    public_inputs: Vec<Signal>,
    compared: Compared,
}

/// A public signal: circom's wire 1 and up, outputs first.
#[derive(Serialize)]
struct Signal {
    name: Option<String>,
    value: u64,
}

impl std::fmt::Display for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}={}", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}

/// The parts of a proof that were compared with an expectation.
#[derive(Serialize)]
struct Compared {
    award: bool,
    public_inputs: bool,
    circuit: bool,
}

impl Row for VerifiedProof {
    fn head() -> &'static [&'static str] {
        &["VERDICT", "PROOF", "CIRCUIT", "SIZE", "TAG", "PUBLIC_INPUTS"]
    }

    fn cells(&self) -> Vec<String> {
        let with = |text: String, compared| match compared {
            true => text,
            false => format!("{text} (not compared with anything)"),
        };
        let tag = self.tag.map(|value| value.to_string()).join(",");
        let signals: Vec<String> = self.public_inputs.iter().map(ToString::to_string).collect();
        vec![
            "valid".to_owned(),
            self.proof.to_string(),
            with(self.circuit.to_string(), self.compared.circuit),
            format!("level {}, 2^{} rows", self.level, self.degree),
            with(tag, self.compared.award),
            with(signals.join(","), self.compared.public_inputs),
        ]
    }
}

pub(crate) async fn run(command: Verify, output: &Output) -> Result<(), UserError> {
    let verifier = command.verifier.clone().unwrap_or_else(|| beside(&command.proof));
    let award = command.task.zip(command.prover);
    let expected = Expected { award, public: command.public, circuit: command.circuit, sym: command.sym };
    check(&command.proof, &verifier, expected, output).await
}

/// The path of the verifier data that check a proof, unless it is given.
fn beside(proof: &Path) -> PathBuf {
    let mut appended = proof.as_os_str().to_owned();
    appended.push(".verifier");
    let replaced = proof.with_extension("verifier");
    if replaced.is_file() && !Path::new(&appended).is_file() { replaced } else { appended.into() }
}

/// Checks a proof file and shows what was found.
pub(crate) async fn check(proof: &Path, verifier: &Path, expected: Expected, output: &Output) -> Result<(), UserError> {
    let data = files::read(verifier, VERIFIER_DATA_BYTES_MAX as u64)
        .map_err(|f| f.hint("name what checks the proof with --verifier"))?;
    let shape = verifier_data::read(&data, &VerifierDataLimits::default())
        .map_err(|e| UserError::input(format!("{}: {e}", verifier.display())))?;
    let bytes = files::read(proof, PROOF_BYTES_MAX as u64)?;
    let (tag, values) = shape.layout.public_inputs(&bytes).map_err(|e| refuse(proof, Finding::Malformed, &e))?;
    if let Some(circuit) = expected.circuit.filter(|circuit| *circuit != shape.circuit) {
        let reason = format!("{} checks circuit {}, not {circuit}", verifier.display(), shape.circuit);
        return Err(refuse(proof, Finding::WrongStatement, &reason));
    }
    let statement = statement(&expected, tag, &values);
    let Checked { finding, reason } = verify(data, bytes.clone(), statement).await?;
    if !finding.is_valid() {
        let told = expected.public.as_deref().filter(|_| finding == Finding::WrongStatement);
        let told = told.and_then(|wanted| other_inputs(&values, wanted));
        return Err(refuse(proof, finding, &told.unwrap_or_else(|| reason.to_string())));
    }
    let signals = named(values, expected.sym.as_deref())?;
    output.show(&verified(&shape, &bytes, tag, signals, &expected))
}

/// How the public inputs of a proof differ from those that were expected; nothing if they do not.
fn other_inputs(stated: &[u64], expected: &[u64]) -> Option<String> {
    let list = |values: &[u64]| {
        let shown: Vec<_> = values.iter().take(SHOWN_MAX).map(u64::to_string).collect();
        let more = if values.len() > SHOWN_MAX { ",…" } else { "" };
        format!("{}{more}", shown.join(","))
    };
    if stated.len() != expected.len() {
        return Some(format!("it has {} public inputs, {}; not {}", stated.len(), list(stated), expected.len()));
    }
    let at = stated.iter().zip(expected).position(|(stated, expected)| stated != expected)?;
    let (place, is, wanted) = (at + 1, stated.get(at)?, expected.get(at)?);
    Some(format!("its public inputs are {}: number {place} is {is}, not {wanted}", list(stated)))
}

/// Public inputs with the names the symbols give them: the first is circom's wire 1.
fn named(values: Vec<u64>, sym: Option<&Path>) -> Result<Vec<Signal>, UserError> {
    let sym = signals::read_sym(sym, &CircuitLimits::default())?;
    let name = |wire| sym.as_ref().and_then(|sym| sym.name(wire)).map(str::to_owned);
    Ok((1..).zip(values).map(|(wire, value)| Signal { name: name(wire), value }).collect())
}

/// The statement that must hold: as expected, or, of what nobody expects anything, as the proof itself says.
fn statement(expected: &Expected, stated: [u64; 4], values: &[u64]) -> Statement {
    Statement {
        tag: expected.award.map_or(stated, |(task, prover)| tag(task, prover)),
        public_inputs: public_inputs_digest(expected.public.as_deref().unwrap_or(values)),
        free: Vec::new(),
    }
}

async fn verify(data: Vec<u8>, proof: Vec<u8>, statement: Statement) -> Result<Checked, UserError> {
    let no_verdict = |why: &dyn std::fmt::Display| UserError::network(format!("no verdict: {why}"));
    let prover = Prover::new(ProverOptions::default()).map_err(|e| no_verdict(&e))?;
    let checked = prover.verify(data.into(), proof.into(), statement).await;
    prover.shutdown().await;
    checked.map_err(|e| no_verdict(&e))
}

fn verified(
    shape: &VerifierShape,
    bytes: &[u8],
    tag: [u64; 4],
    public_inputs: Vec<Signal>,
    expected: &Expected,
) -> VerifiedProof {
    VerifiedProof {
        verdict: Finding::Valid,
        proof: proof_hash(bytes),
        circuit: shape.circuit,
        level: shape.level,
        degree: shape.degree,
        tag,
        public_inputs,
        compared: Compared {
            award: expected.award.is_some(),
            public_inputs: expected.public.is_some(),
            circuit: expected.circuit.is_some(),
        },
    }
}

/// The proof does not hold: whoever made it is at fault.
fn refuse(path: &Path, finding: Finding, reason: &dyn std::fmt::Display) -> UserError {
    let what = match finding {
        Finding::Valid => "the proof holds",
        Finding::Malformed => "no proof of this circuit",
        Finding::WrongTag => "made for another task or by another prover",
        Finding::WrongStatement => "a proof of another statement",
        Finding::False => "the proof is false",
        Finding::Absent => "there is no proof",
    };
    UserError { kind: ErrorKind::Network, message: format!("{}: {what}: {reason}", path.display()), hint: None }
}
