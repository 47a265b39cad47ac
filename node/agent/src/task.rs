//! A task, from what a gateway hands out to a proof.

use crate::client::AssignedTask;
use dpgn_protocol::units::{Degree, Level};
use dpgn_prover::{
    ProveRequest, Prover, ProverError, RecipeAt, RecipeSource,
    circuit::{CircuitLimits, Envelope, EnvelopeError, Subject},
    prove::Progress,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Why a task could not be proved.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The circuit or its inputs are of no form that is known here.
    #[error("circuit_data: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The circuit is named by its id, which an agent knows nothing of.
    #[error("circuit_data names a circuit in place of holding one")]
    Known,
    /// The level is none that is proved here.
    #[error("privacy level {0} is not proved here")]
    Level(u8),
    /// The tag is not four numbers.
    #[error("the tag is not four numbers")]
    Tag,
    /// What was handed out builds another circuit than it says.
    #[error("circuit_data builds circuit {built}; the task names {named}")]
    OtherCircuit {
        /// The circuit that was built.
        built: String,
        /// The circuit that the task names.
        named: String,
    },
    /// The prover could not build or prove it.
    #[error(transparent)]
    Prover(#[from] ProverError),
}

/// Makes the proof of a single task, for a prover that asks for tasks and hands proofs in by itself.
pub async fn prove_once(prover: &Prover, task: AssignedTask) -> Result<Vec<u8>, TaskError> {
    // Nobody listens, and a progress that finds no room is not told.
    let (progress, _listens) = mpsc::channel(1);
    prove(prover, task, progress, CancellationToken::new()).await
}

/// Makes the proof of a task.
pub(crate) async fn prove(
    prover: &Prover,
    task: AssignedTask,
    progress: mpsc::Sender<Progress>,
    cancel: CancellationToken,
) -> Result<Vec<u8>, TaskError> {
    let limits = CircuitLimits::default();
    let (subject, inputs) = Envelope::parse(&task.circuit_data, &limits)?.split(&limits)?;
    // Its inputs have their own copy now, and go to a worker.
    drop(task.circuit_data);
    let Subject::Recipe(recipe) = subject else { return Err(TaskError::Known) };
    let recipe = RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
    let level = Level::new(task.privacy_level).map_err(|_| TaskError::Level(task.privacy_level))?;
    let mut tag = [0; 4];
    for (element, text) in tag.iter_mut().zip(&task.tag) {
        *element = text.parse().map_err(|_| TaskError::Tag)?;
    }
    let built = prover.build_to_prove(recipe.clone(), level, Degree::MAX, cancel.clone()).await?;
    if built.circuit.to_string() != task.circuit_id.as_str() {
        return Err(TaskError::OtherCircuit { built: built.circuit.to_string(), named: task.circuit_id.into_string() });
    }
    let request = ProveRequest { recipe, circuit: built.circuit, level, degree_max: built.degree, inputs, tag };
    Ok(prover.prove(request, progress, cancel).await?.proof)
}
