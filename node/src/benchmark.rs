//! The benchmark: how fast this machine proves, what a prover declares when nobody has told it.
//!
//! Measured at level 1 on a small real job, as many of it at once as the prover sells: together they are slower
//! than one alone. The other levels follow from what they cost beside level 1 on the same machine. The ledger holds
//! a prover to what it declares, so the due time's slack is the only cushion.

use dpgn_protocol::{
    ids::CircuitId,
    profile::Profile,
    units::{Degree, Level, Millis},
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

/// The time of some proofs of one circuit that were made at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The privacy level of the proofs.
    pub level: Level,
    /// The base-2 logarithm of the circuit's padded rows.
    pub degree: Degree,
    /// The number of proofs that were made at once.
    pub at_once: u16,
    /// The time until the last of them was there, in milliseconds; at least one.
    pub took: Millis,
}

impl Measured {
    /// Padded rows per second of each of the proofs; at least one.
    pub fn rows_per_second(&self) -> u32 {
        let rows = u128::from(self.degree.rows()) * 1_000 / u128::from(self.took.get().max(1));
        u32::try_from(rows).unwrap_or(u32::MAX).max(1)
    }
}

/// Padded rows per second at level 1 of each of so many proofs that are made at once: what a node measures at its start.
pub async fn measure(prover: &Prover, at_once: u16) -> Result<u32, ProverError> {
    let Some(job) = Job::build(prover, PREIMAGE_BYTES, Level::MIN, Degree::MAX).await? else { return Ok(1) };
    Ok(job.time(prover, at_once).await?.rows_per_second())
}

/// Times proofs of a circuit of just this size, so many at once; `None` if the level has no circuit of this size, or
/// none is measured: 2^17 rows are the most.
pub async fn measure_at(
    prover: &Prover,
    level: Level,
    degree: Degree,
    at_once: u16,
) -> Result<Option<Measured>, ProverError> {
    let Some(bytes) = preimage_for(level, degree) else { return Ok(None) };
    match Job::build(prover, bytes, level, degree).await? {
        Some(job) if job.degree == degree => job.time(prover, at_once).await.map(Some),
        Some(_) | None => Ok(None),
    }
}

/// Bytes of a preimage whose circuit fills seven eighths of so many rows, beside those that blind it; `None` if these fill
/// them all.
fn preimage_for(level: Level, degree: Degree) -> Option<usize> {
    // Seven bytes are an element, which takes a row, and eight elements are hashed by one more.
    const BYTES: u64 = 7;
    let plain = degree.rows().checked_sub(Profile::of(level).blinding_rows(degree.get()))? / 8 * 7;
    usize::try_from(plain * 8 / 9 * BYTES).ok().filter(|bytes| *bytes > 0)
}

/// A circuit that is built and kept, to be proved.
struct Job {
    source: RecipeSource,
    circuit: CircuitId,
    level: Level,
    degree: Degree,
    bytes: usize,
}

impl Job {
    /// Builds the circuit for a preimage; `None` if there is none of that length.
    async fn build(prover: &Prover, bytes: usize, level: Level, most: Degree) -> Result<Option<Self>, ProverError> {
        let length = u32::try_from(bytes).unwrap_or(u32::MAX);
        let Ok(recipe) = Recipe::preimage(length, &CircuitLimits::default()) else { return Ok(None) };
        let source = RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
        let built = prover.build(source.clone(), level, most, CancellationToken::new()).await?;
        Ok(Some(Self { source, circuit: built.circuit, level, degree: built.degree, bytes }))
    }

    /// Proves it so many times at once.
    async fn time(&self, prover: &Prover, at_once: u16) -> Result<Measured, ProverError> {
        let at_once = at_once.max(1);
        let begun = Instant::now();
        try_join_all((0..at_once).map(|_| self.prove(prover))).await?;
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Measured { level: self.level, degree: self.degree, at_once, took: Millis::new(took.max(1)) })
    }

    async fn prove(&self, prover: &Prover) -> Result<(), ProverError> {
        let (progress, _) = mpsc::channel(1);
        let request = ProveRequest {
            recipe: self.source.clone(),
            circuit: self.circuit,
            level: self.level,
            degree_max: Degree::MAX,
            inputs: Inputs::new(vec![0; self.bytes]),
            tag: [0; 4],
        };
        prover.prove(request, progress, CancellationToken::new()).await.map(drop)
    }
}

/// Padded rows per second at a level, from what was measured at level 1.
pub fn at(level: Level, level_1: u32) -> u32 {
    let share = BESIDE_LEVEL_1.get(usize::from(level.get() - 1)).copied().unwrap_or(1);
    u32::try_from(u64::from(level_1) * share / 1_000).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_rows_by_time_and_never_nothing() {
        let measured = |took| Measured {
            level: Level::MIN,
            degree: Degree::new(14).unwrap(),
            at_once: 2,
            took: Millis::new(took),
        };
        assert_eq!([1, 2_000, u64::MAX].map(|took| measured(took).rows_per_second()), [16_384_000, 8_192, 1]);
        assert_eq!((at(Level::MIN, 1_000), at(Level::new(4).unwrap(), 1_000), at(Level::MAX, 0)), (1_000, 333, 1));
    }

    #[test]
    fn a_preimage_leaves_room_for_the_rows_that_hide_it() {
        for (level, degree) in Level::all().flat_map(|level| (10..=17).map(move |degree| (level, degree))) {
            let bytes = preimage_for(level, Degree::new(degree).unwrap());
            assert_eq!(bytes.is_some(), Profile::of(level).can_hide(degree), "level {level}, 2^{degree} rows");
        }
        assert_eq!(preimage_for(Level::MIN, Degree::new(12).unwrap()), Some(22_295));
    }
}
