//! From what a requester has (files, or an envelope) to a draft that can be signed.
//!
//! Everything that could make the purchase worthless is found here, before anything is spent or sent: a
//! malformed file, a lying range proof, a witness that does not satisfy, a circuit that is too large. Salt and
//! inputs lie in a 0600 file from here until the task is over; the recipe, which holds no secret, in the store.

use crate::{
    engine::Draft,
    failure::Failure,
    handle::{Purchase, Source},
    store::{BlobError, Blobs},
};
use dpgn_protocol::{
    bounded::{Bytes, List, Text, TextError, TooMany},
    ids::{CircuitId, InputsDigest, RecipeDigest},
    statement::public_inputs_digest,
    units::{Degree, Level, Timestamp},
};
use dpgn_prover::{
    JobError, Prover, ProverError, RecipeAt, RecipeSource,
    circuit::{self, Envelope, EnvelopeError, Inputs, Limits, R1cs, Recipe, Severity, Subject, Sym},
};
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Why a purchase was not made ready. Nothing was charged, nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum PurchaseError {
    /// A file could not be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is larger than the protocol takes.
    #[error("{path} has {got} bytes; the limit is {limit}", path = path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its bytes.
        got: u64,
        /// What is allowed.
        limit: u64,
    },
    /// A file or the envelope is malformed.
    #[error("{0}")]
    Malformed(String),
    /// The envelope is none.
    #[error("circuit_data: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The lint found what makes proofs worthless.
    #[error("the circuit does not mean over Goldilocks what it says: {0}")]
    Lint(String),
    /// The proof would show the witness and the requester has not said that this is wanted.
    #[error("at level {0} the proof shows the witness to whoever gets it")]
    WitnessPublic(Level),
    /// A circuit by digest that this node has no recipe of.
    #[error("circuit {0} is not known to this node")]
    UnknownCircuit(CircuitId),
    /// The named circuit is of another level.
    #[error("circuit {named} is not what its recipe builds at level {level}: that is {built}")]
    OtherLevel {
        /// What was named.
        named: CircuitId,
        /// The level that was asked for.
        level: Level,
        /// What is built at that level.
        built: CircuitId,
    },
    /// The inputs do not satisfy the circuit.
    #[error("{reason}")]
    Inputs {
        /// Where they are and what they break.
        reason: String,
        /// Whether the reason has signals by name.
        named: bool,
    },
    /// Something that goes into the bid is too long.
    #[error("{0}")]
    Bounds(#[from] TooMany),
    /// A name is not printable.
    #[error("{0}")]
    Text(#[from] TextError),
    /// The worker could not do its part.
    #[error(transparent)]
    Prover(ProverError),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] BlobError),
    /// The thread that read the files died.
    #[error("reading the files: {0}")]
    Died(String),
    /// No randomness to be had.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

impl PurchaseError {
    /// For the owner: whose fault, and what to do next.
    pub(crate) fn into_failure(self) -> Failure {
        let hint = match &self {
            Self::Lint(_) => Some("mend the circuit, or submit with --despite-lint if you know better"),
            Self::WitnessPublic(_) => Some("use level 3 to 5, or say --public-witness if that is what you want"),
            Self::UnknownCircuit(_) => Some("submit it once with its .r1cs file"),
            Self::Inputs { named: false, .. } => {
                Some("pass the .sym file (--sym) to see signal names; nothing was charged")
            }
            Self::Inputs { named: true, .. } => Some("nothing was charged"),
            _ => None,
        };
        let failure = match &self {
            Self::Prover(ProverError::Worker(_) | ProverError::Busy { .. } | ProverError::ShutDown)
            | Self::Disk(_)
            | Self::Died(_)
            | Self::Random(_) => Failure::network(&self),
            _ => Failure::input(&self),
        };
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<ProverError> for PurchaseError {
    fn from(error: ProverError) -> Self {
        match error {
            ProverError::Job(JobError::Inputs { reason }) => Self::Inputs { reason, named: false },
            other => Self::Prover(other),
        }
    }
}

/// Makes purchases ready.
pub(crate) struct Prepare {
    pub(crate) prover: Prover,
    pub(crate) blobs: Blobs,
    pub(crate) degree_max: Degree,
}

impl Prepare {
    /// `recipe_of` says from which recipe this node has had a circuit proved before.
    pub(crate) async fn prepare(
        &self,
        purchase: Purchase,
        recipe_of: impl AsyncFnOnce(CircuitId) -> Option<RecipeDigest>,
    ) -> Result<(Draft, Vec<String>), PurchaseError> {
        if !purchase.level.is_private() && !purchase.witness_is_public {
            return Err(PurchaseError::WitnessPublic(purchase.level));
        }
        let (source, despite_lint) = (purchase.source.clone(), purchase.despite_lint);
        let place = match &source {
            Source::R1cs { wtns, .. } => format!("{}: ", wtns.display()),
            Source::Envelope(_) => String::new(),
        };
        let Opened { subject, inputs, sym, mut warnings } = blocking(move || opened(source, despite_lint)).await?;
        let (recipe, named) = match subject {
            Subject::Recipe(recipe) => (recipe, None),
            Subject::Known(circuit) => (self.known(circuit, recipe_of(circuit).await)?, Some(circuit)),
        };
        let (recipe, inputs, values) = blocking(move || match circuit::public_inputs(&recipe, &inputs) {
            Ok(values) => Ok((recipe, inputs, values)),
            Err(error) => {
                let named = sym.is_some();
                let error = match sym {
                    Some(sym) => error.named(&recipe, &sym),
                    None => error,
                };
                Err(PurchaseError::Inputs { reason: format!("{place}{error}"), named })
            }
        })
        .await?;
        if !purchase.level.is_private() {
            warnings.push(format!("level {}: the proof shows the witness to whoever gets it", purchase.level));
        }
        let level = purchase.level;
        let draft = self.draft(purchase, recipe, inputs, &values).await?;
        match named.filter(|named| *named != draft.circuit) {
            Some(named) => {
                self.discard(draft.inputs);
                Err(PurchaseError::OtherLevel { named, level, built: draft.circuit })
            }
            None => Ok((draft, warnings)),
        }
    }

    fn known(&self, circuit: CircuitId, recipe: Option<RecipeDigest>) -> Result<Recipe, PurchaseError> {
        let unknown = || PurchaseError::UnknownCircuit(circuit);
        let bytes = self.blobs.read(&recipe.ok_or_else(unknown)?)?.ok_or_else(unknown)?;
        Recipe::decode(&bytes, &Limits::default()).map_err(|e| PurchaseError::Malformed(e.to_string()))
    }

    /// Builds the circuit and puts on disk what the task needs.
    async fn draft(
        &self,
        purchase: Purchase,
        recipe: Recipe,
        inputs: Inputs,
        values: &[u64],
    ) -> Result<Draft, PurchaseError> {
        let digest = recipe.digest();
        let path = self.blobs.put(&digest, &recipe.encode())?;
        let at = RecipeSource { digest, at: RecipeAt::File(path) };
        let built = self.prover.build(at, purchase.level, self.degree_max, CancellationToken::new()).await?;
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(PurchaseError::Random)?;
        let commitment = inputs.commit(&salt);
        let sealed = Zeroizing::new([&salt, inputs.as_bytes()].concat());
        let draft = Draft {
            alias: purchase.alias.unwrap_or_else(Uuid::new_v4),
            recipe: digest,
            recipe_len: recipe.encoded_len(),
            builder: Text::new(recipe.builder())?,
            circuit: built.circuit,
            verifier_data: Bytes::new(built.verifier_data)?,
            degree: built.degree,
            statement: public_inputs_digest(values),
            inputs: commitment,
            inputs_len: sealed.len() as u64,
            level: purchase.level,
            reward: purchase.reward,
            priority: purchase.priority,
            deadline: now().after(purchase.deadline),
            disclosures_max: purchase.disclosures_max,
            allow: List::new(purchase.allow)?,
            deny: List::new(purchase.deny)?,
        };
        // Last: whatever fails before leaves no witness behind.
        self.blobs.put(&commitment, &sealed)?;
        Ok(draft)
    }

    /// The purchase came to nothing: wipes what it put on disk of the witness.
    pub(crate) fn discard(&self, inputs: InputsDigest) {
        if let Err(error) = self.blobs.remove(&inputs) {
            tracing::warn!(%error, "inputs that are not needed could not be wiped");
        }
    }
}

/// What was handed over, read.
struct Opened {
    subject: Subject,
    inputs: Inputs,
    /// For names in messages.
    sym: Option<Sym>,
    warnings: Vec<String>,
}

fn opened(source: Source, despite_lint: bool) -> Result<Opened, PurchaseError> {
    let limits = Limits::default();
    match source {
        Source::Envelope(bytes) => {
            let envelope = Envelope::parse(&bytes, &limits)?;
            let warnings = match envelope {
                Envelope::R1cs { r1cs, .. } => {
                    let system = R1cs::parse(r1cs, &limits);
                    linted(&system.map_err(|e| PurchaseError::Malformed(e.to_string()))?, None, despite_lint)?
                }
                _ => Vec::new(),
            };
            let (subject, inputs) = envelope.split(&limits)?;
            Ok(Opened { subject, inputs, sym: None, warnings })
        }
        Source::R1cs { r1cs, wtns, sym } => {
            let system = R1cs::parse(&file(&r1cs)?, &limits).map_err(|e| named(&r1cs, &e))?;
            let sym = match sym {
                Some(path) => Some(Sym::parse(&file(&path)?, &limits).map_err(|e| named(&path, &e))?),
                None => None,
            };
            let warnings = linted(&system, sym.as_ref(), despite_lint)?;
            let subject = Subject::Recipe(Recipe::r1cs(&system));
            Ok(Opened { subject, inputs: Inputs::new(file(&wtns)?), sym, warnings })
        }
    }
}

/// What the lint says in warnings; an error if it found one that nobody has waived.
fn linted(r1cs: &R1cs, sym: Option<&Sym>, despite: bool) -> Result<Vec<String>, PurchaseError> {
    let lints = circuit::lint(r1cs, sym);
    match lints.iter().find(|lint| lint.severity == Severity::Error) {
        Some(error) if !despite => Err(PurchaseError::Lint(error.to_string())),
        _ => Ok(lints.iter().map(ToString::to_string).collect()),
    }
}

fn file(path: &Path) -> Result<Vec<u8>, PurchaseError> {
    let failed = |source| PurchaseError::Read { path: path.to_owned(), source };
    let got = std::fs::metadata(path).map_err(failed)?.len();
    let limit = Limits::default().file_bytes_max;
    if got > limit {
        return Err(PurchaseError::TooLarge { path: path.to_owned(), got, limit });
    }
    std::fs::read(path).map_err(failed)
}

fn named(path: &Path, error: &dyn std::error::Error) -> PurchaseError {
    PurchaseError::Malformed(format!("{}: {error}", path.display()))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PurchaseError> + Send + 'static,
) -> Result<T, PurchaseError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(PurchaseError::Died(error.to_string())),
    }
}

/// The wall clock, for deadlines that people give as "from now".
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
