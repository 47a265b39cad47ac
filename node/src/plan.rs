//! A circuit as it would be bought, without buying: how large it and its proofs are, and what the lint finds in it.
//!
//! It is built in a worker, as that of a purchase is, so what is told is exact. Nothing is signed, sent or put on disk, and
//! inputs that come with it are measured and never read.

use crate::{
    prepare::{Prepare, file},
    prepare_error::PrepareError,
};
use dpgn_market::Wanted;
use dpgn_protocol::{
    ids::{CircuitId, RecipeDigest},
    ops::Builder,
    units::{Credits, Degree, Level, Millis, Priority},
    verifier_data::{self, VerifierDataLimits},
};
use dpgn_prover::{
    RecipeAt, RecipeSource,
    circuit::{self, CircuitLimits, Envelope, Lint, R1cs, Recipe, Subject, Sym},
};
use std::{fmt, path::PathBuf};

/// The bytes of a value in a witness.
const VALUE_BYTES: u64 = 8;
/// The bytes that are sent before the inputs, so that nobody guesses them from their digest.
const SALT_BYTES: u64 = 32;

/// A circuit that is asked about.
#[derive(Clone)]
pub enum PlanSource {
    /// A circom circuit over Goldilocks, as files.
    R1cs {
        /// The path of the `.r1cs` file.
        r1cs: PathBuf,
        /// The path of the `.sym` file, from which messages take signal names.
        sym: Option<PathBuf>,
    },
    /// `circuit_data` as the protocol has it: a tagged envelope. Its inputs may be empty.
    Envelope(Vec<u8>),
}

impl fmt::Debug for PlanSource {
    /// An envelope may hold secrets: its bytes are never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::R1cs { r1cs, .. } => f.debug_struct("R1cs").field("r1cs", r1cs).finish_non_exhaustive(),
            Self::Envelope(bytes) => write!(f, "Envelope({} bytes)", bytes.len()),
        }
    }
}

/// A circuit at one level, as it would be bought.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The id of the circuit: the hash of its verifier data.
    pub circuit: CircuitId,
    /// The privacy level at which it was built.
    pub level: Level,
    /// The padded rows, as a power of two.
    pub degree: Degree,
    /// The builder that can build it from its recipe.
    pub builder: Builder,
    /// The digest of the recipe.
    pub recipe: RecipeDigest,
    /// The length of the recipe in bytes.
    pub recipe_len: u64,
    /// The length of the inputs in bytes; about, if none came with the circuit.
    pub inputs_len: u64,
    /// The number of values in its statement.
    pub public_inputs: u32,
    /// The exact length of its proofs in bytes; absent if its verifier data do not tell.
    pub proof_len: Option<u64>,
    /// The lint's findings, of which an error stops a purchase unless its owner waives it.
    pub lints: Vec<Lint>,
}

impl Planned {
    /// The question what a proof of it costs.
    pub fn wanted(&self, deadline: Millis, priority: Priority, reward: Option<Credits>) -> Wanted {
        Wanted {
            level: self.level,
            degree: self.degree,
            builder: self.builder.clone(),
            circuit: Some(self.circuit),
            recipe: Some(self.recipe),
            recipe_len: self.recipe_len,
            inputs_len: self.inputs_len,
            deadline,
            priority,
            reward,
        }
    }
}

impl Prepare {
    /// Builds a circuit and measures it. `recipe_of` says from which recipe this node has had a circuit proved before.
    pub(crate) async fn plan(
        &self,
        source: PlanSource,
        level: Level,
        recipe_of: impl AsyncFnOnce(CircuitId) -> Option<RecipeDigest>,
    ) -> Result<Planned, PrepareError> {
        let place = self.room.place().await;
        let Opened { subject, inputs_len, lints } = place.run(move || opened(&source)).await??;
        let (recipe, named) = match subject {
            Subject::Recipe(recipe) => (recipe, None),
            Subject::Known(circuit) => (self.known(circuit, recipe_of(circuit).await)?, Some(circuit)),
        };
        let (digest, recipe_len, builder) = (recipe.digest(), recipe.encoded_len(), Builder::new(recipe.builder())?);
        let at = RecipeSource { digest, at: RecipeAt::Memory(recipe.encode().into()) };
        let built = self.gate.purchase(|cancel| self.prover.build(at.clone(), level, self.degree_max, cancel)).await?;
        if let Some(named) = named.filter(|named| *named != built.circuit) {
            return Err(PrepareError::OtherLevel { named, level, built: built.circuit });
        }
        let shape = verifier_data::read(&built.verifier_data, &VerifierDataLimits::default()).ok();
        Ok(Planned {
            circuit: built.circuit,
            level,
            degree: built.degree,
            builder,
            recipe: digest,
            recipe_len,
            inputs_len: inputs_len.saturating_add(SALT_BYTES),
            public_inputs: built.public_inputs,
            proof_len: shape.map(|shape| shape.layout.proof_len() as u64),
            lints,
        })
    }
}

/// A circuit that was read.
struct Opened {
    subject: Subject,
    inputs_len: u64,
    lints: Vec<Lint>,
}

fn opened(source: &PlanSource) -> Result<Opened, PrepareError> {
    let limits = CircuitLimits::default();
    match source {
        PlanSource::R1cs { r1cs: path, sym } => {
            let failed = |source| PrepareError::R1cs { path: Some(path.clone()), source };
            let r1cs = R1cs::parse(&file(path)?, &limits).map_err(failed)?;
            let sym = match sym {
                Some(path) => Some(
                    Sym::parse(&file(path)?, &limits)
                        .map_err(|source| PrepareError::Sym { path: path.clone(), source })?,
                ),
                None => None,
            };
            let lints = circuit::lint(&r1cs, sym.as_ref());
            Ok(Opened { inputs_len: witness_len(&r1cs), subject: Subject::Recipe(Recipe::r1cs(&r1cs)), lints })
        }
        PlanSource::Envelope(bytes) => match Envelope::parse(bytes, &limits)? {
            Envelope::R1cs { r1cs, wtns } => {
                let r1cs = R1cs::parse(r1cs, &limits).map_err(|source| PrepareError::R1cs { path: None, source })?;
                let inputs_len = if wtns.is_empty() { witness_len(&r1cs) } else { wtns.len() as u64 };
                let lints = circuit::lint(&r1cs, None);
                Ok(Opened { inputs_len, subject: Subject::Recipe(Recipe::r1cs(&r1cs)), lints })
            }
            other @ (Envelope::Preimage(inputs) | Envelope::Custom { inputs, .. } | Envelope::Known { inputs, .. }) => {
                let (subject, _) = other.split(&limits)?;
                Ok(Opened { subject, inputs_len: inputs.len() as u64, lints: Vec::new() })
            }
        },
    }
}

/// The bytes of a witness of this system, but for its file's head.
fn witness_len(r1cs: &R1cs) -> u64 {
    u64::from(r1cs.wires()).saturating_mul(VALUE_BYTES)
}
