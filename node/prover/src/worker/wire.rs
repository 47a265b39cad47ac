//! What node and worker say to each other.
//!
//! Small things are encoded by the protocol's codec; recipes, inputs, verifier data and proofs follow a job as
//! bare blobs. Inputs travel by the pipe alone: a path, an argument or the environment could be read by others.

use super::frame::{FrameError, Kind};
use crate::{circuit::Inputs, verify::Statement};
use dpgn_protocol::{
    codec,
    ids::{CircuitId, RecipeDigest},
    statement::TAG_LEN,
    units::{Degree, Level},
    verdict::Finding,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{path::PathBuf, sync::Arc};

/// A worker's limits, told once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Setup {
    /// Bytes of memory it may write to.
    pub(crate) memory_bytes_max: u64,
    /// Threads it computes with.
    pub(crate) threads: u32,
    /// How far it stands back behind other processes, 0 to 19.
    pub(crate) niceness: u8,
    /// Where built circuits are kept, and how many bytes of them.
    pub(crate) disk: Option<(PathBuf, u64)>,
    /// Bytes of built circuits kept in memory.
    pub(crate) memory_cache_bytes_max: u64,
}

/// An encoded recipe, and what it must hash to.
#[derive(Clone, Debug)]
pub struct RecipeSource {
    /// Which recipe.
    pub digest: RecipeDigest,
    /// Where its bytes are.
    pub at: RecipeAt,
}

/// Where a recipe's bytes are.
#[derive(Clone, Debug)]
pub enum RecipeAt {
    /// Here.
    Memory(Arc<[u8]>),
    /// In a file, read by the worker. It need not be trusted: what does not hash to the digest is refused.
    File(PathBuf),
}

/// What a worker is to do. Its blobs follow: the recipe unless it is in a file; then the inputs, if any; for
/// `Verify` verifier data and proof.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Check the inputs and say what they make public.
    PublicInputs { recipe: RecipeRef },
    /// Build the circuit and keep it.
    Build { recipe: RecipeRef, level: Level, degree_max: Degree },
    /// Make a proof of exactly this circuit.
    Prove { recipe: RecipeRef, level: Level, degree_max: Degree, circuit: CircuitId, tag: [u64; TAG_LEN] },
    /// Check a proof.
    Verify { statement: Statement },
}

/// A recipe as a job names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RecipeRef {
    pub(crate) digest: RecipeDigest,
    /// `None`: its bytes are the job's first blob.
    pub(crate) file: Option<PathBuf>,
}

impl Job {
    /// Whether this is how such a job may end.
    pub(crate) fn accepts(&self, reply: &Reply) -> bool {
        matches!(
            (self, reply),
            (_, Reply::Failed(_))
                | (Self::PublicInputs { .. }, Reply::PublicInputs(_))
                | (Self::Build { .. }, Reply::Built(_))
                | (Self::Prove { .. }, Reply::Proved(_))
                | (Self::Verify { .. }, Reply::Checked(_))
        )
    }

    /// How many blobs follow.
    pub(crate) fn blobs(&self) -> usize {
        match self {
            Self::PublicInputs { recipe } | Self::Prove { recipe, .. } => 1 + recipe.blobs(),
            Self::Build { recipe, .. } => recipe.blobs(),
            Self::Verify { .. } => 2,
        }
    }
}

impl RecipeRef {
    fn blobs(&self) -> usize {
        usize::from(self.file.is_none())
    }
}

/// A job with its bytes.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) job: Job,
    pub(crate) blobs: Vec<Blob>,
}

/// Bytes that follow a job.
#[derive(Debug)]
pub(crate) enum Blob {
    Shared(Arc<[u8]>),
    Secret(Inputs),
}

impl Blob {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Secret(inputs) => inputs.as_bytes(),
        }
    }
}

impl RecipeSource {
    /// What a job says of it, and the blob it needs.
    pub(crate) fn split(self) -> (RecipeRef, Vec<Blob>) {
        let (file, blobs) = match self.at {
            RecipeAt::Memory(bytes) => (None, vec![Blob::Shared(bytes)]),
            // Workers run elsewhere.
            RecipeAt::File(path) => (Some(std::path::absolute(&path).unwrap_or(path)), Vec::new()),
        };
        (RecipeRef { digest: self.digest, file }, blobs)
    }
}

/// How a job ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    PublicInputs(Vec<u64>),
    Built(Built),
    Proved(Proved),
    Checked(Checked),
    Failed(JobError),
}

/// A circuit that is built and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// Its id: the hash of its verifier data.
    pub circuit: CircuitId,
    /// What checks its proofs.
    pub verifier_data: Vec<u8>,
    /// The base-2 logarithm of its padded rows.
    pub degree: Degree,
    /// Values in its statement, without the tag.
    pub public_inputs: u32,
    /// Whether it was there already.
    pub cached: bool,
}

/// A proof that has been verified once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proved {
    /// Its bytes, uncompressed.
    pub proof: Vec<u8>,
    /// The statement's values, without the tag.
    pub public_inputs: Vec<u64>,
}

/// What checking a proof found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The verdict.
    pub finding: Finding,
    /// For people: what exactly is wrong, empty if nothing is.
    pub reason: String,
}

/// Why a job has no result although its worker is fine: what it found about what it was given.
///
/// `reason` is for people. It never holds a value of a witness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum JobError {
    /// The recipe's file can't be read.
    #[error("the recipe cannot be read: {reason}")]
    Unreadable {
        /// What the system said.
        reason: String,
    },
    /// The bytes are another recipe.
    #[error("the bytes are recipe {got}, not {expected}")]
    OtherRecipe {
        /// What was named.
        expected: RecipeDigest,
        /// What they hash to.
        got: RecipeDigest,
    },
    /// The bytes are no recipe, or one for another builder.
    #[error("no recipe: {reason}")]
    Recipe {
        /// Why not.
        reason: String,
    },
    /// No circuit can be built from the recipe.
    #[error("no circuit: {reason}")]
    Circuit {
        /// Why not.
        reason: String,
    },
    /// The circuit has more rows than allowed.
    #[error("the circuit has at least {rows_at_least} rows: the limit is 2^{limit}")]
    TooManyRows {
        /// How many were counted before building stopped.
        rows_at_least: u64,
        /// The most.
        limit: Degree,
    },
    /// The recipe builds another circuit.
    #[error("the recipe builds circuit {got}, not {expected}")]
    OtherCircuit {
        /// What was named.
        expected: CircuitId,
        /// What was built.
        got: CircuitId,
    },
    /// The inputs do not fit the circuit, or do not satisfy it.
    #[error("the inputs do not do: {reason}")]
    Inputs {
        /// Why not.
        reason: String,
    },
    /// Proving failed, though circuit and inputs were fine: this prover's own fault.
    #[error("no proof: {reason}")]
    Prove {
        /// Why not.
        reason: String,
    },
    /// What is to check the proof is no verifier data of ours. Says nothing about the proof.
    #[error("no verifier data: {reason}")]
    VerifierData {
        /// Why not.
        reason: String,
    },
    /// The check came to no end. Says nothing about the proof.
    #[error("no verdict: {reason}")]
    NoVerdict {
        /// Why not.
        reason: String,
    },
}

/// The bytes of a message, with its kind's limit.
pub(crate) fn encode<T: Serialize>(kind: Kind, message: &T) -> Result<Vec<u8>, FrameError> {
    codec::encode(message).map_err(|e| FrameError::Malformed { kind: kind as u8, reason: e.to_string() })
}

/// The message of a frame's body.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(kind: Kind, body: &[u8]) -> Result<T, FrameError> {
    codec::decode(body, kind.bytes_max()).map_err(|e| FrameError::Malformed { kind: kind as u8, reason: e.to_string() })
}
