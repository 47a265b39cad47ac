//! What node and worker say to each other.
//!
//! Small things are encoded by the protocol's codec; recipes, inputs, verifier data and proofs follow a job as
//! bare blobs. Inputs travel by the pipe alone: a path, an argument or the environment could be read by others.

use super::{
    frame::{FrameError, FrameKind},
    refused::{JobRefused, JobUnable},
};
use crate::{circuit::Inputs, statement::Statement};
use dpgn_protocol::{
    bounded::{List, Text},
    codec,
    finding::Finding,
    ids::{CircuitId, RecipeDigest},
    limits::ASK_BUILDERS_MAX,
    ops::Builder,
    statement::TAG_LEN,
    units::{Degree, Level},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{path::PathBuf, sync::Arc};

/// A worker's limits, told once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Setup {
    /// Bytes of memory it may write to.
    pub(crate) memory_bytes_max: u64,
    /// The number of threads it computes with.
    pub(crate) threads: u32,
    /// The worker's niceness, 0 to 19: how far it stands back behind other processes.
    pub(crate) niceness: u8,
    /// The directory of built circuits; a worker without one opens no file at all.
    pub(crate) disk: Option<DiskAccess>,
    /// Bytes of built circuits kept in memory.
    pub(crate) memory_cache_bytes_max: u64,
}

/// The worker's rights to the directory of built circuits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DiskAccess {
    pub(crate) dir: PathBuf,
    /// Bytes of all circuits in it.
    pub(crate) bytes_max: u64,
    /// Whether the worker may write there. A worker that sees a witness may not.
    pub(crate) keep: bool,
}

/// The kernel's means that confine workers, besides their limits on memory, files and processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Whether landlock hides the file system: without it a worker that reads circuits can read other files.
    pub landlock: bool,
    /// Whether seccomp refuses system calls that no worker needs: sockets, programs, signals to others.
    pub seccomp: bool,
}

/// Bytes of the name of an arithmetic.
const ARITHMETIC_BYTES_MAX: usize = 16;
/// The name of the arithmetic that a worker proves with, such as `stock` or `ifma`.
pub type ArithmeticName = Text<ARITHMETIC_BYTES_MAX>;

/// What a worker says once its limits are in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ready {
    /// What confines it beside its limits.
    pub(crate) sandbox: Sandbox,
    /// The arithmetic that it proves with; absent if the environment names one that its processor lacks, and it proves nothing.
    pub(crate) arithmetic: Option<ArithmeticName>,
    /// The builders that its program has.
    pub(crate) builders: List<Builder, ASK_BUILDERS_MAX>,
}

/// The place of an encoded recipe, and the digest that it must have.
#[derive(Clone, Debug)]
pub struct RecipeSource {
    /// The digest that the bytes must have.
    pub digest: RecipeDigest,
    /// The place of the recipe's bytes.
    pub at: RecipeAt,
}

/// The place of a recipe's bytes.
#[derive(Clone, Debug)]
pub enum RecipeAt {
    /// The bytes are here, in memory.
    Memory(Arc<[u8]>),
    /// The bytes are in a file of the node's own. It need not be trusted: what does not hash to the digest is
    /// [`JobUnable::RottenRecipe`].
    File(PathBuf),
}

/// A job for a worker. Its blobs follow: the recipe, then the inputs, if any; for `Verify` verifier data and
/// proof.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Check the inputs and say what they make public.
    PublicInputs { recipe: RecipeRef },
    /// Build the circuit and keep it; where it is to be proved here, if a proof of it fits as well.
    Build { recipe: RecipeRef, level: Level, degree_max: Degree, proves: bool },
    /// Make a proof of exactly this circuit.
    Prove { recipe: RecipeRef, level: Level, degree_max: Degree, circuit: CircuitId, tag: [u64; TAG_LEN] },
    /// Check a proof.
    Verify { statement: Statement },
}

/// A recipe as a job names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RecipeRef {
    pub(crate) digest: RecipeDigest,
    /// Whether the recipe's bytes come from a file of the node's own, so that wrong ones are nobody else's doing.
    pub(crate) from_file: bool,
}

impl Job {
    /// Whether this reply is one of those that end such a job.
    pub(crate) fn accepts(&self, reply: &WorkerReply) -> bool {
        match reply {
            WorkerReply::PublicInputs(_) => matches!(self, Self::PublicInputs { .. }),
            WorkerReply::Built(_) => matches!(self, Self::Build { .. }),
            WorkerReply::Proved(_) => matches!(self, Self::Prove { .. }),
            WorkerReply::Checked(_) => matches!(self, Self::Verify { .. }),
            WorkerReply::Refused(_) | WorkerReply::Unable(_) => true,
        }
    }

    /// The number of blobs that follow the job.
    pub(crate) fn blobs(&self) -> usize {
        match self {
            Self::Build { .. } => 1,
            Self::PublicInputs { .. } | Self::Prove { .. } | Self::Verify { .. } => 2,
        }
    }
}

/// A job with its bytes.
#[derive(Debug)]
pub(crate) struct WorkerRequest {
    pub(crate) job: Job,
    pub(crate) blobs: Vec<Blob>,
}

/// Bytes that follow a job.
#[derive(Debug)]
pub(crate) enum Blob {
    Shared(Arc<[u8]>),
    Secret(Inputs),
    /// A file that is read while it is sent: a worker opens no path that it is told.
    File(PathBuf),
}

impl RecipeSource {
    /// Splits the recipe into what a job says of it and the blob that follows.
    pub(crate) fn split(self) -> (RecipeRef, Vec<Blob>) {
        let (from_file, blob) = match self.at {
            RecipeAt::Memory(bytes) => (false, Blob::Shared(bytes)),
            RecipeAt::File(path) => (true, Blob::File(path)),
        };
        (RecipeRef { digest: self.digest, from_file }, vec![blob])
    }
}

/// A worker's reply: the result of its job, or why there is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum WorkerReply {
    PublicInputs(Vec<u64>),
    Built(Built),
    Proved(Proved),
    Checked(Checked),
    Refused(JobRefused),
    Unable(JobUnable),
}

/// A circuit that is built and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// The circuit's id: the hash of its verifier data.
    pub circuit: CircuitId,
    /// The verifier data that check the circuit's proofs.
    pub verifier_data: Vec<u8>,
    /// The base-2 logarithm of its padded rows.
    pub degree: Degree,
    /// The number of values in its statement, without the tag.
    pub public_inputs: u32,
    /// Whether the circuit was in a cache, so that nothing was built.
    pub cached: bool,
}

/// A proof that has been verified once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proved {
    /// The bytes of the proof, uncompressed.
    pub proof: Vec<u8>,
    /// The statement's values, without the tag.
    pub public_inputs: Vec<u64>,
}

/// The result of checking a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The finding about the proof.
    pub finding: Finding,
    /// The reason of the finding, for people; empty if nothing is wrong.
    pub reason: String,
}

/// The bytes of a message, with its kind's limit.
pub(crate) fn encode<T: Serialize>(kind: FrameKind, message: &T) -> Result<Vec<u8>, FrameError> {
    codec::encode(message).map_err(|e| FrameError::Malformed { kind: kind as u8, reason: e.to_string() })
}

/// The message of a frame's body.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(kind: FrameKind, body: &[u8]) -> Result<T, FrameError> {
    codec::decode(body, kind.bytes_max()).map_err(|e| FrameError::Malformed { kind: kind as u8, reason: e.to_string() })
}
