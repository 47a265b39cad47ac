//! From what a requester has (files, or an envelope) to a draft that can be signed.
//!
//! Everything that could make the purchase worthless is found here, before anything is spent or sent: a
//! malformed file, a lying range proof, a witness that does not satisfy, a circuit that is too large. Salt and
//! inputs lie in a 0600 file from here until the task is over; the recipe, which holds no secret, in the store.

use crate::{
    build_gate::BuildGate,
    clock::now,
    engine::BidDraft,
    prepare_error::PrepareError,
    purchase::{Purchase, Source},
    room::{Place, Room},
    store::Blobs,
};
use dpgn_market::UnbuiltBid;
use dpgn_protocol::{
    bounded::{Bytes, List, Text},
    ids::{CircuitId, InputsDigest, RecipeDigest},
    statement::public_inputs_digest,
    units::Degree,
};
use dpgn_prover::{
    Prover, RecipeAt, RecipeSource,
    circuit::{self, CircuitLimits, Envelope, Inputs, Lint, R1cs, Recipe, Severity, Subject, Sym},
};
use std::{fs::File, io::Read, path::Path};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The bytes that are sent before the inputs, so that nobody guesses them from their digest.
const SALT_BYTES: usize = 32;

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

    /// Checks a purchase, all but its circuit, which is still to be built.
    ///
    /// `recipe_of` says from which recipe this node has had a circuit proved before.
    pub(crate) async fn check(
        &self,
        purchase: Purchase,
        recipe_of: impl AsyncFnOnce(CircuitId) -> Option<RecipeDigest>,
    ) -> Result<Unbuilt, PrepareError> {
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
        Ok(Unbuilt { purchase, recipe, inputs, values, named, warnings, _place: place })
    }

    /// Builds the circuit of a checked purchase; returns the draft of its bid and the lint's warnings.
    pub(crate) async fn build(&self, checked: Unbuilt) -> Result<(BidDraft, Vec<Lint>), PrepareError> {
        let Unbuilt { purchase, recipe, inputs, values, named, warnings, _place } = checked;
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
        let mut salt = [0; SALT_BYTES];
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

/// A purchase that was checked; its circuit takes the time, and is not built yet.
pub(crate) struct Unbuilt {
    purchase: Purchase,
    recipe: Recipe,
    inputs: Inputs,
    /// What the inputs make public; absent if a worker has to find it.
    values: Option<Vec<u64>>,
    /// The circuit, if the purchase named it.
    named: Option<CircuitId>,
    warnings: Vec<Lint>,
    _place: Place,
}

impl Unbuilt {
    /// The bid as far as it is known.
    pub(crate) fn bid(&self) -> UnbuiltBid {
        let Purchase { level, reward, raise, priority, deadline, .. } = self.purchase;
        UnbuiltBid {
            recipe: self.recipe.digest(),
            recipe_len: self.recipe.encoded_len(),
            inputs_len: (self.inputs.as_bytes().len() + SALT_BYTES) as u64,
            level,
            reward,
            raise,
            priority,
            deadline,
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
