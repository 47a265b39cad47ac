//! Challenges as a node serves and judges them: their recipes, inputs and statements, which nobody hands out.
//!
//! A listed circuit is the preimage circuit for as many bytes as the genesis says. Whatever else a genesis lists, this
//! version neither proves nor judges.

use crate::store::{BlobError, Blobs};
use dpgn_protocol::{
    challenge::{self, ChallengeCircuit},
    genesis::Params,
    ids::{PublicInputsDigest, TaskId},
    statement::public_inputs_digest,
};
use dpgn_prover::{
    Prover, RecipeAt, RecipeSource,
    circuit::{CircuitLimits, Inputs, Recipe, known_public_inputs},
};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

/// The recipe of a circuit that takes so many bytes; `None` if there is none.
fn recipe(inputs_len: u64) -> Option<Recipe> {
    Recipe::preimage(u32::try_from(inputs_len).ok()?, &CircuitLimits::default()).ok()
}

/// Puts the recipes of all challenges of a network where a node keeps its own: nobody is asked for them.
pub(crate) fn keep_recipes(blobs: &Blobs, params: &Params) -> Result<(), BlobError> {
    for ChallengeCircuit { circuit, recipe: digest, inputs_len, .. } in params.challenge_circuits.iter() {
        match recipe(*inputs_len).filter(|recipe| recipe.digest() == *digest) {
            Some(recipe) => drop(blobs.put(digest, &recipe.encode())?),
            None => tracing::warn!(%circuit, "a challenge circuit that this version does not know"),
        }
    }
    Ok(())
}

/// The inputs of a challenge; `None` if no circuit of this version takes so many bytes.
pub(crate) fn inputs(task: TaskId, inputs_len: u64) -> Option<Inputs> {
    recipe(inputs_len)?;
    Some(Inputs::new(challenge::inputs(task, usize::try_from(inputs_len).ok()?)))
}

/// The statement that the proof of a challenge must make.
pub(crate) async fn statement(prover: &Prover, task: TaskId, inputs_len: u64) -> Option<PublicInputsDigest> {
    let values = values(prover, recipe(inputs_len)?, inputs(task, inputs_len)?).await?;
    Some(public_inputs_digest(&values))
}

/// What the inputs of a challenge make public: nothing of it is secret, so this process finds it if it can, and else a worker.
async fn values(prover: &Prover, recipe: Recipe, inputs: Inputs) -> Option<Vec<u64>> {
    let source = RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
    let find = move || (known_public_inputs(&recipe, &inputs), inputs);
    match spawn_blocking(find).await.ok()? {
        (Ok(Some(values)), _) => Some(values),
        (Ok(None), inputs) => prover.public_inputs(source, inputs, CancellationToken::new()).await.ok(),
        (Err(_), _) => None,
    }
}
