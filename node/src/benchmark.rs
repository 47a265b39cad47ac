//! The benchmark: how fast this machine proves, what a prover declares when nobody has told it.
//!
//! Measured at level 1 on a small real job, as many of it at once as the prover sells: together they are slower
//! than one alone. The other levels follow from what they cost beside level 1 on the same machine. The ledger holds
//! a prover to what it declares, so the due time's slack is the only cushion.

use dpgn_protocol::{
    ids::CircuitId,
    units::{Degree, Level},
};
use dpgn_prover::{
    ProveRequest, Prover, ProverError, RecipeAt, RecipeSource,
    circuit::{CircuitLimits, Inputs, Recipe},
};
use futures::future::try_join_all;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Bytes of the measured preimage: some thousand rows, as small jobs have.
const PREIMAGE_BYTES: usize = 4_096;
/// Speed at each level in thousandths of level 1's, per padded row (measured on two cores, both warm).
const BESIDE_LEVEL_1: [u64; 5] = [1_000, 647, 667, 333, 611];

/// Padded rows per second at level 1 of each of so many proofs that are made at once.
pub(crate) async fn measure(prover: &Prover, at_once: u16) -> Result<u32, ProverError> {
    let length = u32::try_from(PREIMAGE_BYTES).unwrap_or(u32::MAX);
    let Ok(recipe) = Recipe::preimage(length, &CircuitLimits::default()) else { return Ok(1) };
    let source = RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
    let built = prover.build(source.clone(), Level::MIN, Degree::MAX, CancellationToken::new()).await?;
    let begun = Instant::now();
    try_join_all((0..at_once.max(1)).map(|_| prove(prover, source.clone(), built.circuit))).await?;
    let took_ms = begun.elapsed().as_millis().max(1);
    Ok(u32::try_from(u128::from(built.degree.rows()) * 1_000 / took_ms).unwrap_or(u32::MAX).max(1))
}

async fn prove(prover: &Prover, recipe: RecipeSource, circuit: CircuitId) -> Result<(), ProverError> {
    let (progress, _) = mpsc::channel(1);
    let request = ProveRequest {
        recipe,
        circuit,
        level: Level::MIN,
        degree_max: Degree::MAX,
        inputs: Inputs::new(vec![0; PREIMAGE_BYTES]),
        tag: [0; 4],
    };
    prover.prove(request, progress, CancellationToken::new()).await.map(drop)
}

/// Padded rows per second at a level, from what was measured at level 1.
pub(crate) fn at(level: Level, level_1: u32) -> u32 {
    let share = BESIDE_LEVEL_1.get(usize::from(level.get() - 1)).copied().unwrap_or(1);
    u32::try_from(u64::from(level_1) * share / 1_000).unwrap_or(u32::MAX).max(1)
}
