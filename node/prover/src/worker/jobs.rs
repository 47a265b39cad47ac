//! What a worker does with a job. Foreign bytes are read here, and only here.

use super::{
    failed::Failed,
    frame::FrameError,
    refused::{JobRefused, JobUnable},
    wire::{Built, Checked, Job, Proved, RecipeRef, Setup, WorkerReply},
};
use crate::{
    cache::{CircuitKey, DiskCache, MemoryCache},
    circuit::{self, Circuit, CircuitError, CircuitLimits, CustomError, FillError, Inputs, Kind, Recipe, WitnessError},
    memory::{self, Room, System},
    prove::{Arithmetic, Progress, ProveError, prove},
    verify::{Statement, VerifyError, verify},
};
use dpgn_protocol::{
    finding::Finding,
    ids::{RecipeDigest, hash},
    statement::{TAG_LEN, public_inputs_digest},
    units::{Degree, Level},
};
use plonky2::field::types::PrimeField64;
use std::{fs::File, io, ops::ControlFlow, rc::Rc};
use zeroize::Zeroizing;

type Blobs = std::vec::IntoIter<Zeroizing<Vec<u8>>>;
/// Tells the node how far a proof is. An error means that nobody listens any more.
type Tell<'a> = dyn FnMut(Progress) -> Result<(), FrameError> + 'a;

/// A worker's place of work: circuits it has at hand.
pub(super) struct Bench {
    memory: MemoryCache<Circuit>,
    disk: Option<DiskCache>,
    /// Whether this worker may write built circuits to the disk.
    keep: bool,
    /// The memory that this worker may have.
    room: Room,
    /// The circuit of the last proof: a worker that ends after it need not take it apart before it replies.
    proved: Option<Rc<Circuit>>,
    /// What tells this program from its other builds.
    edition: [u8; 32],
}

impl Bench {
    /// A cache that can't be opened is none: circuits are built each time.
    pub(super) fn new(setup: &Setup, edition: [u8; 32]) -> Self {
        let disk = setup.disk.as_ref().and_then(|disk| DiskCache::open(&disk.dir, disk.bytes_max).ok());
        let keep = setup.disk.as_ref().is_some_and(|disk| disk.keep);
        let room = Room { bytes: setup.memory_bytes_max, threads: setup.threads };
        Self { memory: MemoryCache::new(setup.memory_cache_bytes_max), disk, keep, room, proved: None, edition }
    }

    /// Does a job. `blobs` are as many as the job says.
    pub(super) fn work(&mut self, job: Job, blobs: Vec<Zeroizing<Vec<u8>>>, tell: &mut Tell<'_>) -> WorkerReply {
        self.proved = None;
        match self.try_work(job, blobs.into_iter(), tell) {
            Ok(reply) => reply,
            Err(Failed::Refused(refused)) => WorkerReply::Refused(refused),
            Err(Failed::Unable(unable)) => WorkerReply::Unable(unable),
        }
    }

    fn try_work(&mut self, job: Job, mut blobs: Blobs, tell: &mut Tell<'_>) -> Result<WorkerReply, Failed> {
        Ok(match job {
            Job::PublicInputs { recipe } => {
                let recipe = read_recipe(&recipe, &mut blobs)?;
                let values = circuit::public_inputs(&recipe, &inputs(&mut blobs)).map_err(refused)?;
                WorkerReply::PublicInputs(values)
            }
            Job::Build { recipe, level, degree_max, proves } => {
                let wanted = Wanted { recipe: read_recipe(&recipe, &mut blobs)?, level, degree_max, proves };
                let (circuit, cached) = self.circuit(&wanted)?;
                WorkerReply::Built(describe(&circuit, cached)?)
            }
            Job::Prove { recipe, level, degree_max, circuit: expected, tag } => {
                let wanted = Wanted { recipe: read_recipe(&recipe, &mut blobs)?, level, degree_max, proves: true };
                let (circuit, _) = self.circuit(&wanted)?;
                if circuit.id() != expected {
                    return Err(JobRefused::OtherCircuit { expected, got: circuit.id() }.into());
                }
                drop(wanted);
                let circuit = self.proved.insert(circuit);
                WorkerReply::Proved(make_proof(circuit, inputs(&mut blobs), tag, tell)?)
            }
            Job::Verify { statement } => {
                let (verifier_data, proof) = (next(&mut blobs), next(&mut blobs));
                WorkerReply::Checked(check(&verifier_data, &proof, &statement)?)
            }
        })
    }

    /// The wanted circuit, and whether it was at hand: in memory, else on disk, else built and kept.
    fn circuit(&mut self, wanted: &Wanted) -> Result<(Rc<Circuit>, bool), Failed> {
        let (level, degree_max) = (wanted.level, wanted.degree_max);
        let system = wanted.recipe.counts(&CircuitLimits::default());
        let system = system.map_err(|error| JobRefused::Recipe { reason: error.to_string() })?;
        let key = CircuitKey { recipe: self.kept_as(&wanted.recipe), level };
        let kept = self.memory.get(&key).or_else(|| self.load(&wanted.recipe, &key, system));
        let cached = kept.is_some();
        let circuit = match kept {
            Some(circuit) => circuit,
            None => {
                let circuit = self.build(wanted, system)?;
                self.store(&wanted.recipe, &key, &circuit);
                Rc::new(circuit)
            }
        };
        self.memory.put(key, weight(&circuit)?, Rc::clone(&circuit));
        if circuit.degree_bits() > usize::from(degree_max.get()) {
            let rows_at_least = circuit.data.common.degree() as u64;
            return Err(JobRefused::TooManyRows { rows_at_least, limit: degree_max }.into());
        }
        // One that was at hand may have been built for somebody else to prove.
        if wanted.proves {
            self.admit(self.room.to_prove_system(level, degree_of(&circuit)?, system))?;
        }
        Ok((circuit, cached))
    }

    /// The digest by which a recipe's circuit is kept. What an application's code builds is kept for this build of it alone:
    /// whoever changes the code and forgets the version gets another circuit, not the old one.
    fn kept_as(&self, recipe: &Recipe) -> RecipeDigest {
        match recipe.kind() {
            Kind::Preimage | Kind::R1cs => recipe.digest(),
            Kind::Custom => {
                let digest = recipe.digest();
                let parts: [&[u8]; 2] = [digest.as_bytes(), &self.edition];
                RecipeDigest::from_bytes(hash("dpgn kept circuit of an application v1", &parts))
            }
        }
    }

    /// Builds the circuit, unless it would take more memory than there is. What is kept makes room for it, if it must.
    fn build(&mut self, wanted: &Wanted, system: System) -> Result<Circuit, Failed> {
        let Wanted { level, degree_max, proves, .. } = *wanted;
        let beside = Room { bytes: self.room.bytes.saturating_sub(self.memory.weight()), ..self.room };
        let allowed = |room: Room| room.makes(level, system, proves).map(|fits| fits.min(degree_max));
        let (all, beside) = (allowed(self.room), allowed(beside));
        // How large a circuit is turns out while it is laid: mostly it fits beside what is kept.
        let mut built = lay(wanted, beside);
        if matches!(built, Err(CircuitError::TooLarge { .. })) && beside < all {
            self.memory.shrink(0);
            built = lay(wanted, all);
        }
        match built {
            Err(CircuitError::TooLarge { rows_at_least, .. }) if all < Some(degree_max) => {
                let degree = memory::size_of_rows(level, rows_at_least);
                self.admit(self.room.to_make(level, degree, system, proves))?;
                built.map_err(unbuildable)
            }
            built => built.map_err(unbuildable),
        }
    }

    /// Refuses what takes more memory than this worker may have.
    fn admit(&self, needed: u64) -> Result<(), JobUnable> {
        if needed <= self.room.bytes { Ok(()) } else { Err(JobUnable::Memory { needed, allowed: self.room.bytes }) }
    }

    /// The circuit from the disk, if it is there and can be read, which takes its bytes and itself.
    fn load(&mut self, recipe: &Recipe, key: &CircuitKey, system: System) -> Option<Rc<Circuit>> {
        let disk = self.disk.clone()?;
        let needed = self.room.to_read(disk.bytes_of(key)?, system);
        self.memory.shrink(self.room.bytes.checked_sub(needed)?);
        let entry = disk.get(key)?;
        match Circuit::from_bytes(recipe, key.level, &entry.payload) {
            Ok(circuit) if circuit.id() == entry.circuit => Some(Rc::new(circuit)),
            _ => {
                disk.remove(key);
                None
            }
        }
    }

    /// Stores a circuit on the disk. A circuit that cannot be stored can be used all the same.
    fn store(&self, recipe: &Recipe, key: &CircuitKey, circuit: &Circuit) {
        let Some(disk) = self.disk.as_ref().filter(|_| self.keep) else { return };
        // A limit may have been lowered, and writers may have been killed.
        disk.evict().ok();
        // Written down, no circuit has less than half of its bytes in memory.
        if !built_weight(circuit).is_ok_and(|bytes| disk.holds(bytes / 2)) {
            return;
        }
        let write = |file: &mut File, most| circuit.write(recipe, file, most).map_err(io::Error::other);
        disk.put(key, circuit.id(), write).ok();
    }
}

/// A circuit that is wanted.
struct Wanted {
    recipe: Recipe,
    level: Level,
    degree_max: Degree,
    /// Whether this machine is to prove it as well.
    proves: bool,
}

/// Builds a circuit of a degree that fits.
fn lay(wanted: &Wanted, fits: Option<Degree>) -> Result<Circuit, CircuitError> {
    let Some(fits) = fits else { return Err(CircuitError::TooLarge { rows_at_least: 1, degree_max: Degree::MIN }) };
    circuit::build(&wanted.recipe, wanted.level, fits, &mut || ControlFlow::Continue(()))
}

fn next(blobs: &mut Blobs) -> Zeroizing<Vec<u8>> {
    blobs.next().unwrap_or_default()
}

fn inputs(blobs: &mut Blobs) -> Inputs {
    // The bytes are moved, not copied.
    Inputs::new(std::mem::take(&mut *next(blobs)))
}

fn read_recipe(named: &RecipeRef, blobs: &mut Blobs) -> Result<Recipe, Failed> {
    let bytes = next(blobs);
    let (expected, got) = (named.digest, Recipe::digest_of(&bytes));
    if got != expected && named.from_file {
        return Err(JobUnable::RottenRecipe { expected, got }.into());
    }
    if got != expected {
        return Err(JobRefused::OtherRecipe { expected, got }.into());
    }
    Ok(Recipe::decode(&bytes, &CircuitLimits::default()).map_err(|e| JobRefused::Recipe { reason: e.to_string() })?)
}

fn describe(circuit: &Circuit, cached: bool) -> Result<Built, JobUnable> {
    Ok(Built {
        circuit: circuit.id(),
        verifier_data: circuit.verifier_data().to_vec(),
        degree: degree_of(circuit)?,
        public_inputs: u32::try_from(circuit.public_inputs()).map_err(|_| out_of_range())?,
        cached,
    })
}

/// Bytes of a circuit in memory, and of what it was built from.
fn weight(circuit: &Circuit) -> Result<u64, JobUnable> {
    Ok(built_weight(circuit)? + circuit.source_weight())
}

/// Bytes of a circuit in memory.
fn built_weight(circuit: &Circuit) -> Result<u64, JobUnable> {
    let prover = &circuit.data.prover_only;
    let columns = prover.constants_sigmas_commitment.polynomials.len() as u64;
    let (generators, waited_for) = (prover.generators.len() as u64, prover.generator_indices_by_watches.len() as u64);
    Ok(memory::of_circuit(circuit.level(), degree_of(circuit)?, columns, generators, waited_for))
}

fn degree_of(circuit: &Circuit) -> Result<Degree, JobUnable> {
    let degree = u8::try_from(circuit.degree_bits()).map_err(|_| out_of_range())?;
    Degree::new(degree).map_err(|_| out_of_range())
}

fn out_of_range() -> JobUnable {
    JobUnable::Build { reason: "its numbers are out of range".into() }
}

fn make_proof(circuit: &Circuit, inputs: Inputs, tag: [u64; TAG_LEN], tell: &mut Tell<'_>) -> Result<Proved, Failed> {
    let witness = circuit.assign(&inputs, tag).map_err(refused)?;
    drop(inputs);
    let mut watch = |step| match tell(step) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    let data = &circuit.data;
    let arithmetic = Arithmetic::chosen().map_err(|error| JobUnable::Prove { reason: error.to_string() })?;
    let proof = prove(&data.prover_only, &data.common, witness, arithmetic.backend(), &mut watch).map_err(unproven)?;
    let values: Vec<u64> = proof.public_inputs.iter().skip(TAG_LEN).map(PrimeField64::to_canonical_u64).collect();
    let bytes = proof.to_bytes();
    // The very check that coordinators will make, on the very bytes that they will get.
    let statement = Statement { tag, public_inputs: public_inputs_digest(&values), free: Vec::new() };
    verify(circuit.verifier_data(), &bytes, &statement).map_err(|e| JobUnable::Prove { reason: e.to_string() })?;
    Ok(Proved { proof: bytes, public_inputs: values })
}

fn check(verifier_data: &[u8], proof: &[u8], statement: &Statement) -> Result<Checked, Failed> {
    let Err(error) = verify(verifier_data, proof, statement) else {
        return Ok(Checked { finding: Finding::Valid, reason: String::new() });
    };
    let reason = error.to_string();
    let finding = match error {
        VerifyError::VerifierData(_) => return Err(JobRefused::VerifierData { reason }.into()),
        VerifyError::Unfinished { .. } => return Err(JobUnable::NoVerdict { reason }.into()),
        VerifyError::Shape(_) => Finding::Malformed,
        VerifyError::Tag { .. } => Finding::WrongTag,
        VerifyError::PublicInputs { .. } => Finding::WrongStatement,
        VerifyError::False => Finding::False,
    };
    Ok(Checked { finding, reason })
}

fn refused(error: WitnessError) -> Failed {
    let reason = error.to_string();
    match error {
        WitnessError::Recipe(_) => JobRefused::Recipe { reason }.into(),
        WitnessError::Wtns(_) | WitnessError::Unsatisfied(_) | WitnessError::PreimageLength { .. } => {
            JobRefused::Inputs { reason }.into()
        }
        // The tag is the prover's own.
        WitnessError::Tag { .. } => JobUnable::Prove { reason }.into(),
        WitnessError::Custom(FillError::Circuit(error)) => undraftable(error),
        WitnessError::Custom(
            FillError::Type { .. }
            | FillError::Unfit { .. }
            | FillError::Panicked { .. }
            | FillError::Unsatisfied { .. },
        ) => JobRefused::Inputs { reason }.into(),
    }
}

/// Only what follows from the recipe can be held against whoever sent it; a defect of the application's code cannot.
fn undraftable(error: CustomError) -> Failed {
    let reason = error.to_string();
    match error {
        CustomError::NotRegistered { builder } => JobUnable::NoBuilder { builder }.into(),
        CustomError::Params { .. } => JobRefused::Recipe { reason }.into(),
        CustomError::Unfit { .. } | CustomError::ForeignGate { .. } | CustomError::Unverifiable { .. } => {
            JobRefused::Circuit { reason }.into()
        }
        CustomError::Panicked { .. } | CustomError::Replaced { .. } => JobUnable::Build { reason }.into(),
    }
}

fn unbuildable(error: CircuitError) -> Failed {
    let reason = error.to_string();
    match error {
        CircuitError::Recipe(_) => JobRefused::Recipe { reason }.into(),
        CircuitError::TooLarge { rows_at_least, degree_max } => {
            JobRefused::TooManyRows { rows_at_least, limit: degree_max }.into()
        }
        CircuitError::Contradiction { .. } => JobRefused::Circuit { reason }.into(),
        CircuitError::Cancelled
        | CircuitError::Forecast { .. }
        | CircuitError::Uncommitted { .. }
        | CircuitError::Encoding => JobUnable::Build { reason }.into(),
        CircuitError::Custom(error) => undraftable(error),
    }
}

fn unproven(error: ProveError) -> Failed {
    let reason = error.to_string();
    match error {
        ProveError::Unsatisfied(_) | ProveError::Violated(_) => JobRefused::Inputs { reason }.into(),
        ProveError::Cancelled { .. }
        | ProveError::Unlucky
        | ProveError::Circuit(_)
        | ProveError::Commit { .. }
        | ProveError::SelfCheck(_) => JobUnable::Prove { reason }.into(),
    }
}
