//! Errors of making a purchase ready: which file or part of it is wrong, or what this machine could not do.

use crate::store::BlobError;
use dpgn_protocol::{
    bounded::{TextError, TooMany},
    ids::CircuitId,
    units::Level,
};
use dpgn_prover::{
    JobUnable, ProverError,
    circuit::{EnvelopeError, Lint, R1csError, RecipeError, SymError, WitnessError},
};
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::task::JoinError;

/// Why a purchase was not made ready. Nothing was charged, nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// A file could not be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The reason that the system gave.
        source: io::Error,
    },
    /// A file is larger than the protocol takes.
    #[error("{path} has {got} bytes; the limit is {limit}", path = path.display())]
    TooLarge {
        /// The path of the file.
        path: PathBuf,
        /// The length of the file.
        got: u64,
        /// The most bytes that are read.
        limit: u64,
    },
    /// The constraint system is malformed.
    #[error("{}{source}", place(path.as_deref()))]
    R1cs {
        /// The file's path; absent if it came in an envelope.
        path: Option<PathBuf>,
        /// The fault of the constraint system.
        source: R1csError,
    },
    /// The symbol file is malformed.
    #[error("{path}: {source}", path = path.display())]
    Sym {
        /// The path of the file.
        path: PathBuf,
        /// The fault of the symbol file.
        source: SymError,
    },
    /// The envelope is malformed, or of a kind that is not proved here.
    #[error("circuit_data: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The lint found what makes proofs worthless, and the owner did not waive it.
    #[error("the circuit does not mean over Goldilocks what it says: {0}")]
    Lint(Lint),
    /// The proof would show the witness and the owner has not said that this is wanted.
    #[error("at level {0} the proof shows the witness to whoever gets it")]
    WitnessPublic(Level),
    /// The purchase names a circuit that this node has no recipe of.
    #[error("circuit {0} is not known to this node")]
    UnknownCircuit(CircuitId),
    /// The recipe of the named circuit is damaged on this node's disk.
    #[error("the recipe of circuit {circuit} on this node's disk: {source}")]
    KeptRecipe {
        /// The circuit that the purchase names.
        circuit: CircuitId,
        /// The fault of its recipe.
        source: RecipeError,
    },
    /// The named circuit is of another level.
    #[error("circuit {named} is not what its recipe builds at level {level}: that is {built}")]
    OtherLevel {
        /// The circuit that the purchase names.
        named: CircuitId,
        /// The level that the purchase asks for.
        level: Level,
        /// The circuit that is built at that level.
        built: CircuitId,
    },
    /// The inputs do not satisfy the circuit, or are malformed.
    #[error("{}{source}", place(path.as_deref()))]
    Witness {
        /// The file's path; absent if the inputs came in an envelope.
        path: Option<PathBuf>,
        /// The rule that the inputs break. It never holds a value of the witness.
        source: WitnessError,
        /// Whether a symbol file was there to name signals.
        has_names: bool,
    },
    /// A part of the bid is longer than the protocol allows.
    #[error("the bid: {0}")]
    Bounds(#[from] TooMany),
    /// A name in the bid is not printable.
    #[error("the bid: {0}")]
    Text(#[from] TextError),
    /// The worker could not build the circuit.
    #[error(transparent)]
    Prover(#[from] ProverError),
    /// The node's disk refused to read or write.
    #[error(transparent)]
    Disk(#[from] BlobError),
    /// The thread that read the files died.
    #[error("reading the files: {0}")]
    Panicked(#[from] JoinError),
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

impl PrepareError {
    /// Whether the same purchase may be made ready later: the cause lies with this machine, not with the purchase.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Prover(ProverError::Unable(JobUnable::NoBuilder { .. } | JobUnable::Memory { .. })) => false,
            Self::Prover(error) => match error {
                ProverError::Busy { .. } | ProverError::ShutDown | ProverError::Worker(_) | ProverError::Unable(_) => {
                    true
                }
                ProverError::Refused(_) => false,
            },
            Self::Disk(_) | Self::Panicked(_) | Self::Random(_) => true,
            Self::Read { .. }
            | Self::TooLarge { .. }
            | Self::R1cs { .. }
            | Self::Sym { .. }
            | Self::Envelope(_)
            | Self::Lint(_)
            | Self::WitnessPublic(_)
            | Self::UnknownCircuit(_)
            | Self::KeptRecipe { .. }
            | Self::OtherLevel { .. }
            | Self::Witness { .. }
            | Self::Bounds(_)
            | Self::Text(_) => false,
        }
    }
}

/// The file that a message is about, if it is about one.
fn place(path: Option<&Path>) -> String {
    path.map(|path| format!("{}: ", path.display())).unwrap_or_default()
}
