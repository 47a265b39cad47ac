//! Whose fault it is that work for an award failed: the requester's bytes', or this prover's own.

use crate::engine::JobError;
use dpgn_prover::{JobRefused, JobUnable, ProverError, WorkerError};
use std::io::ErrorKind;

/// Whether nobody can build anything from the recipe that a build ended with so: it is not what its name says, is not
/// whole, or is no recipe. One that is refused for its level or its rows may be another award's, and one that this
/// machine has no descriptor left to read is as good as before.
pub(super) fn is_of_no_use(error: &ProverError) -> bool {
    let is_damaged =
        |kind: &ErrorKind| matches!(kind, ErrorKind::NotFound | ErrorKind::UnexpectedEof | ErrorKind::InvalidData);
    match error {
        ProverError::Unable(JobUnable::RottenRecipe { .. }) | ProverError::Refused(JobRefused::Recipe { .. }) => true,
        ProverError::Worker(WorkerError::Unreadable { kind }) => is_damaged(kind),
        ProverError::Unable(_)
        | ProverError::Refused(_)
        | ProverError::Worker(_)
        | ProverError::Busy { .. }
        | ProverError::ShutDown => false,
    }
}

/// The meaning of a failed job for the award. Only what every prover finds in what was sent can be held against the
/// requester, and `refused` says what that is; all else is this prover's own and ends as `Unable`.
pub(super) fn job_error(error: &ProverError, refused: fn(&JobRefused) -> JobError) -> JobError {
    tracing::warn!(%error, "a worker's answer");
    match error {
        ProverError::Refused(error) => refused(error),
        ProverError::Busy { .. } => JobError::Busy,
        ProverError::Worker(WorkerError::Cancelled) => JobError::Cancelled,
        ProverError::Unable(JobUnable::Memory { .. }) => JobError::NoRoom,
        ProverError::Unable(
            JobUnable::RottenRecipe { .. }
            | JobUnable::Build { .. }
            | JobUnable::Prove { .. }
            | JobUnable::NoVerdict { .. }
            | JobUnable::NoBuilder { .. },
        )
        | ProverError::Worker(
            WorkerError::NoWorkerMain
            | WorkerError::WithoutPlonky2
            | WorkerError::Spawn { .. }
            | WorkerError::Unreadable { .. }
            | WorkerError::TimedOut { .. }
            | WorkerError::OutOfMemory { .. }
            | WorkerError::Aborted
            | WorkerError::Killed { .. }
            | WorkerError::Exited { .. }
            | WorkerError::Protocol(_),
        )
        | ProverError::ShutDown => JobError::Worker,
    }
}

/// A build reads the requester's recipe, whose digest is right, up to the rows that the ledger has registered.
pub(super) fn at_build(refused: &JobRefused) -> JobError {
    match refused {
        JobRefused::Recipe { .. } | JobRefused::Circuit { .. } | JobRefused::TooManyRows { .. } => JobError::Wrong,
        // Not the requester's bytes, or not asked of a build.
        JobRefused::OtherRecipe { .. }
        | JobRefused::OtherCircuit { .. }
        | JobRefused::Inputs { .. }
        | JobRefused::VerifierData { .. } => JobError::Worker,
    }
}

/// When inputs are read and a proof is made, this prover has built the circuit from the same recipe before.
pub(super) fn at_proof(refused: &JobRefused) -> JobError {
    match refused {
        JobRefused::Inputs { .. } => JobError::Unsatisfied,
        JobRefused::OtherRecipe { .. }
        | JobRefused::Recipe { .. }
        | JobRefused::Circuit { .. }
        | JobRefused::TooManyRows { .. }
        | JobRefused::OtherCircuit { .. }
        | JobRefused::VerifierData { .. } => JobError::Worker,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::ids::RecipeDigest;
    use std::time::Duration;

    /// Bids of bytes that are no recipe would fill a prover's disk for an hour each, and cost their senders little.
    #[test]
    fn what_is_no_recipe_is_not_kept_and_what_others_may_build_is() {
        let recipe = RecipeDigest::from_bytes([1; 32]);
        let reason = || "no recipe".to_owned();
        let goes = [
            ProverError::Refused(JobRefused::Recipe { reason: reason() }),
            ProverError::Unable(JobUnable::RottenRecipe { expected: recipe, got: recipe }),
            ProverError::Worker(WorkerError::Unreadable { kind: ErrorKind::UnexpectedEof }),
        ];
        let stays = [
            ProverError::Refused(JobRefused::Circuit { reason: reason() }),
            ProverError::Unable(JobUnable::Build { reason: reason() }),
            ProverError::Worker(WorkerError::OutOfMemory { limit: 1 }),
            ProverError::Worker(WorkerError::Unreadable { kind: ErrorKind::Other }),
        ];
        let kept = |errors: &[ProverError]| errors.iter().filter(|error| !is_of_no_use(error)).count();
        println!("of 3 useless recipes {} are kept, of 4 others {}", kept(&goes), kept(&stays));
        assert_eq!((kept(&goes), kept(&stays)), (0, 4));
    }

    /// Everything that can befall a prover itself. A requester blamed for one of these has its reserve burned.
    #[test]
    fn nothing_that_befell_this_prover_is_blamed_on_the_requester() {
        let recipe = RecipeDigest::from_bytes([1; 32]);
        let reason = || "disk full".to_owned();
        let own = [
            ProverError::Unable(JobUnable::RottenRecipe { expected: recipe, got: recipe }),
            ProverError::Unable(JobUnable::Build { reason: reason() }),
            ProverError::Unable(JobUnable::Prove { reason: reason() }),
            ProverError::Unable(JobUnable::NoBuilder { builder: "example.org/power@1".to_owned() }),
            ProverError::Unable(JobUnable::Memory { needed: 2, allowed: 1 }),
            ProverError::Worker(WorkerError::OutOfMemory { limit: 1 }),
            ProverError::Worker(WorkerError::Killed { signal: 9 }),
            ProverError::Worker(WorkerError::TimedOut { after: Duration::from_secs(1) }),
            ProverError::Worker(WorkerError::Unreadable { kind: ErrorKind::NotFound }),
            ProverError::Busy { callers_max: 1 },
            ProverError::ShutDown,
        ];
        for error in &own {
            for refused in [at_build as fn(&JobRefused) -> JobError, at_proof] {
                let error = job_error(error, refused);
                assert!(matches!(error, JobError::Worker | JobError::NoRoom | JobError::Busy), "{error}");
            }
        }
        // The same circuit was built from the same recipe before: that it now differs is not the inputs' fault.
        let circuit = JobRefused::Circuit { reason: reason() };
        assert_eq!((at_build(&circuit), at_proof(&circuit)), (JobError::Wrong, JobError::Worker));
        println!("{} causes of our own, 0 blamed on the requester", own.len());
    }
}
