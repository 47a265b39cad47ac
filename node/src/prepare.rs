//! From what a requester has (files, or an envelope) to a draft that can be signed.
//!
//! Everything that could make the purchase worthless is found here, before anything is spent or sent: a
//! malformed file, a lying range proof, a witness that does not satisfy, a circuit that is too large. Salt and
//! inputs lie in a 0600 file from here until the task is over; the recipe, which holds no secret, in the store.

use crate::{
    build_gate::BuildGate,
    clock::now,
    engine::BidDraft,
    purchase::{Purchase, Source},
    room::Room,
    store::{BlobError, Blobs},
};
use dpgn_protocol::{
    bounded::{Bytes, List, Text, TextError, TooMany},
    ids::{CircuitId, InputsDigest, RecipeDigest},
    statement::public_inputs_digest,
    units::{Degree, Level},
};
use dpgn_prover::{
    JobUnable, Prover, ProverError, RecipeAt, RecipeSource,
    circuit::{
        self, CircuitLimits, Envelope, EnvelopeError, Inputs, Lint, R1cs, R1csError, Recipe, RecipeError, Severity,
        Subject, Sym, SymError, WitnessError,
    },
};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use zeroize::Zeroizing;

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
            Self::Prover(ProverError::Unable(JobUnable::NoBuilder { .. })) => false,
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

impl Purchase {
    /// Checks all that can be checked without a node: files, lint, consent, and that the witness satisfies the
    /// circuit. Returns the lint's warnings. Blocks while it reads and computes.
    ///
    /// A circuit that is named by its id alone is not looked up, and what is no constraint system is checked by workers alone.
    pub fn check(&self) -> Result<Vec<Lint>, PrepareError> {
        consented(self)?;
        let Opened { subject, inputs, sym, warnings } = opened(&self.source, self.despite_lint)?;
        match subject {
            Subject::Recipe(recipe) => drop(satisfied(&self.source, &recipe, &inputs, sym.as_ref())?),
            Subject::Known(_) => {}
        }
        Ok(warnings)
    }
}

/// The means to make purchases ready: workers, disk, and the largest circuit.
pub(crate) struct Prepare {
    pub(crate) prover: Prover,
    pub(crate) blobs: Blobs,
    pub(crate) degree_max: Degree,
    /// Lets awards' circuits be built first.
    pub(crate) gate: BuildGate,
    /// The room for circuits that are in memory at once: each is read whole, and stays until it is built.
    pub(crate) room: Room,
}

impl Prepare {
    pub(crate) fn new(prover: Prover, blobs: Blobs, degree_max: Degree, gate: BuildGate) -> Self {
        Self { prover, blobs, degree_max, gate, room: Room::default() }
    }

    /// Checks a purchase and builds its circuit; returns the draft of its bid and the lint's warnings.
    ///
    /// `recipe_of` says from which recipe this node has had a circuit proved before.
    pub(crate) async fn prepare(
        &self,
        purchase: Purchase,
        recipe_of: impl AsyncFnOnce(CircuitId) -> Option<RecipeDigest>,
    ) -> Result<(BidDraft, Vec<Lint>), PrepareError> {
        consented(&purchase)?;
        let (source, despite_lint) = (purchase.source.clone(), purchase.despite_lint);
        let place = self.room.place().await;
        let Opened { subject, inputs, sym, warnings } = place.run(move || opened(&source, despite_lint)).await??;
        let (recipe, named) = match subject {
            Subject::Recipe(recipe) => (recipe, None),
            Subject::Known(circuit) => (self.known(circuit, recipe_of(circuit).await)?, Some(circuit)),
        };
        let source = purchase.source.clone();
        let work = move || {
            let values = satisfied(&source, &recipe, &inputs, sym.as_ref())?;
            Ok::<_, PrepareError>((recipe, inputs, values))
        };
        let (recipe, inputs, values) = place.run(work).await??;
        let level = purchase.level;
        let draft = self.draft(purchase, recipe, inputs, values).await?;
        match named.filter(|named| *named != draft.circuit) {
            Some(named) => {
                self.discard(draft.inputs);
                Err(PrepareError::OtherLevel { named, level, built: draft.circuit })
            }
            None => Ok((draft, warnings)),
        }
    }

    /// The recipe of a circuit that this node has had proved before.
    pub(crate) fn known(&self, circuit: CircuitId, recipe: Option<RecipeDigest>) -> Result<Recipe, PrepareError> {
        let unknown = || PrepareError::UnknownCircuit(circuit);
        let bytes = self.blobs.read(&recipe.ok_or_else(unknown)?)?.ok_or_else(unknown)?;
        Recipe::decode(&bytes, &CircuitLimits::default()).map_err(|source| PrepareError::KeptRecipe { circuit, source })
    }

    /// Builds the circuit and puts on disk what the task needs. What is public is found by a worker if it is not known yet: the
    /// code of an application's circuit runs nowhere else.
    async fn draft(
        &self,
        purchase: Purchase,
        recipe: Recipe,
        inputs: Inputs,
        values: Option<Vec<u64>>,
    ) -> Result<BidDraft, PrepareError> {
        let digest = recipe.digest();
        let path = self.blobs.put(&digest, &recipe.encode())?;
        let at = RecipeSource { digest, at: RecipeAt::File(path) };
        let build = |cancel| self.prover.build(at.clone(), purchase.level, self.degree_max, cancel);
        let built = self.gate.purchase(build).await?;
        let values = match values {
            Some(values) => values,
            None => self.prover.public_inputs(at, inputs.clone(), CancellationToken::new()).await?,
        };
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(PrepareError::Random)?;
        let commitment = inputs.commit(&salt);
        let salted = Zeroizing::new([&salt, inputs.as_bytes()].concat());
        let draft = BidDraft {
            alias: purchase.alias.unwrap_or_else(Uuid::new_v4),
            recipe: digest,
            recipe_len: recipe.encoded_len(),
            builder: Text::new(recipe.builder())?,
            circuit: built.circuit,
            verifier_data: Bytes::new(built.verifier_data)?,
            degree: built.degree,
            statement: public_inputs_digest(&values),
            inputs: commitment,
            inputs_len: salted.len() as u64,
            level: purchase.level,
            reward: purchase.reward,
            raise: purchase.raise,
            sealed: purchase.sealed,
            priority: purchase.priority,
            deadline: now().after(purchase.deadline),
            disclosures_max: purchase.disclosures_max,
            allow: List::new(purchase.allow)?,
            deny: List::new(purchase.deny)?,
            prove_here_at: purchase.prove_here_after.map(|after| now().after(after)),
        };
        // Last: whatever fails before leaves no witness behind.
        self.blobs.put(&commitment, &salted)?;
        Ok(draft)
    }

    /// The purchase came to nothing: wipes what it put on disk of the witness.
    pub(crate) fn discard(&self, inputs: InputsDigest) {
        if let Err(error) = self.blobs.remove(&inputs) {
            tracing::warn!(%error, "inputs that are not needed could not be wiped");
        }
    }
}

/// The source of a purchase, read and checked.
struct Opened {
    subject: Subject,
    inputs: Inputs,
    /// Names of signals, for messages.
    sym: Option<Sym>,
    warnings: Vec<Lint>,
}

fn opened(source: &Source, despite_lint: bool) -> Result<Opened, PrepareError> {
    let limits = CircuitLimits::default();
    match source {
        Source::Envelope(bytes) => {
            let envelope = Envelope::parse(bytes, &limits)?;
            let warnings = match envelope {
                Envelope::R1cs { r1cs, .. } => {
                    let system = R1cs::parse(r1cs, &limits);
                    let system = system.map_err(|source| PrepareError::R1cs { path: None, source })?;
                    linted(&system, None, despite_lint)?
                }
                Envelope::Preimage(_) | Envelope::Custom { .. } | Envelope::Known { .. } => Vec::new(),
            };
            let (subject, inputs) = envelope.split(&limits)?;
            Ok(Opened { subject, inputs, sym: None, warnings })
        }
        Source::R1cs { r1cs, wtns, sym } => {
            let path = Some(r1cs.clone());
            let system = R1cs::parse(&file(r1cs)?, &limits).map_err(|source| PrepareError::R1cs { path, source })?;
            let sym = match sym {
                Some(path) => Some(
                    Sym::parse(&file(path)?, &limits)
                        .map_err(|source| PrepareError::Sym { path: path.clone(), source })?,
                ),
                None => None,
            };
            let warnings = linted(&system, sym.as_ref(), despite_lint)?;
            let subject = Subject::Recipe(Recipe::r1cs(&system));
            Ok(Opened { subject, inputs: Inputs::new(file(wtns)?), sym, warnings })
        }
    }
}

/// The lint's findings as warnings; an error if one is an error that the owner has not waived.
fn linted(r1cs: &R1cs, sym: Option<&Sym>, despite: bool) -> Result<Vec<Lint>, PrepareError> {
    let mut lints = circuit::lint(r1cs, sym);
    match lints.iter().position(|lint| lint.severity == Severity::Error) {
        Some(at) if !despite => Err(PrepareError::Lint(lints.swap_remove(at))),
        Some(_) | None => Ok(lints),
    }
}

/// The values that the inputs make public, if they satisfy the circuit; `None` if a worker has to find them.
fn satisfied(
    source: &Source,
    recipe: &Recipe,
    inputs: &Inputs,
    sym: Option<&Sym>,
) -> Result<Option<Vec<u64>>, PrepareError> {
    circuit::known_public_inputs(recipe, inputs).map_err(|error| {
        let path = match source {
            Source::R1cs { wtns, .. } => Some(wtns.clone()),
            Source::Envelope(_) => None,
        };
        let source = match sym {
            Some(sym) => error.named(recipe, sym),
            None => error,
        };
        PrepareError::Witness { path, source, has_names: sym.is_some() }
    })
}

/// Levels 1 and 2 need the owner's word that the witness may be seen.
fn consented(purchase: &Purchase) -> Result<(), PrepareError> {
    match purchase.level.is_private() || purchase.witness_is_public {
        true => Ok(()),
        false => Err(PrepareError::WitnessPublic(purchase.level)),
    }
}

/// The bytes of a file, which may be as many as a circuit's.
pub(crate) fn file(path: &Path) -> Result<Vec<u8>, PrepareError> {
    let failed = |source| PrepareError::Read { path: path.to_owned(), source };
    let limit = CircuitLimits::default().file_bytes_max;
    let file = File::open(path).map_err(failed)?;
    let got = file.metadata().map_err(failed)?.len();
    let mut bytes = Vec::new();
    // The length that the file system states may be none, or change: what is read is counted.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    let got = got.max(bytes.len() as u64);
    if got > limit {
        return Err(PrepareError::TooLarge { path: path.to_owned(), got, limit });
    }
    Ok(bytes)
}
