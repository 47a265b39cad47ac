//! The prover service: what a node asks for building, proving and verifying.
//!
//! All of it happens in worker processes, so an abort, an out-of-memory kill or a cancel takes a worker and
//! never the node. Four worker pools keep apart what must not wait for each other: proofs are few and long, a
//! build may be for an award that must start while a long proof runs, verification is short, and reading a
//! requester's inputs is neither.
//!
//! What must never happen: a worker that has seen a witness does a second job, or writes a file.

use crate::{
    cache::DiskCache,
    circuit::Inputs,
    error::ProverError,
    memory::Room,
    options::{OptionsError, ProverOptions},
    progress::Progress,
    statement::Statement,
    worker::{
        error::WorkerError,
        frame::{FrameError, FrameKind},
        wire::{
            ArithmeticName, Blob, Built, Checked, DiskAccess, Job, Proved, Ready, RecipeSource, Sandbox, Setup,
            WorkerReply, WorkerRequest,
        },
    },
    worker_pool::{PoolKind, WorkerPool},
};
use dpgn_protocol::{
    bounded::List,
    ids::CircuitId,
    limits::ASK_BUILDERS_MAX,
    ops::Builder,
    statement::TAG_LEN,
    units::{Degree, Level},
};
use std::{
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A request for a proof: a circuit, its inputs, and the tag.
#[derive(Debug)]
pub struct ProveRequest {
    /// The recipe to build the circuit from, if it isn't cached.
    pub recipe: RecipeSource,
    /// The id that the built circuit must have.
    pub circuit: CircuitId,
    /// The privacy level to prove at.
    pub level: Level,
    /// The largest degree to build, as the base-2 logarithm of the rows; building stops above it.
    pub degree_max: Degree,
    /// The witness. It travels by a pipe and is wiped behind itself.
    pub inputs: Inputs,
    /// The tag the proof must carry.
    pub tag: [u64; TAG_LEN],
}

/// The prover service. A handle: cheap to clone, all clones are one prover.
///
/// A call that is dropped before its end takes its job along: the worker is killed.
#[derive(Clone)]
pub struct Prover(Arc<Inner>);

struct Inner {
    options: ProverOptions,
    disk: Option<DiskCache>,
    proving: WorkerPool,
    building: WorkerPool,
    verifying: WorkerPool,
    reading: WorkerPool,
}

impl Prover {
    /// Checks the options. Workers start when there is work.
    pub fn new(mut options: ProverOptions) -> Result<Self, OptionsError> {
        options.check()?;
        for path in options.program.iter_mut().chain(&mut options.cache_dir) {
            // Workers run elsewhere.
            *path = std::path::absolute(&*path).map_err(|source| OptionsError::Path { path: path.clone(), source })?;
        }
        let open = |dir: &PathBuf| {
            DiskCache::open(dir, options.cache_bytes_max)
                .map_err(|source| OptionsError::Path { path: dir.clone(), source })
        };
        let disk = options.cache_dir.as_ref().map(open).transpose()?;
        let pools = Pools { options: &options, told: Arc::default() };
        let (proving, building) = (pools.proving(), pools.building());
        let (verifying, reading) = (pools.verifying(), pools.reading());
        Ok(Self(Arc::new(Inner { options, disk, proving, building, verifying, reading })))
    }

    /// The kernel's means that confine workers, once a worker has run.
    pub fn known_sandbox(&self) -> Option<Sandbox> {
        self.0.reading.known_sandbox()
    }

    /// The kernel's means that confine workers. Starts a worker if none has run yet.
    pub async fn sandbox(&self) -> Result<Sandbox, ProverError> {
        Ok(self.0.reading.told().await?.sandbox)
    }

    /// The arithmetic that workers prove with, once a worker has run; none if they could not prove with the one that the environment
    /// names.
    pub fn known_arithmetic(&self) -> Option<ArithmeticName> {
        self.0.reading.known_arithmetic()
    }

    /// The arithmetic that workers prove with, which may be another program's than this one. Starts a worker if none has run yet.
    pub async fn arithmetic(&self) -> Result<Option<ArithmeticName>, ProverError> {
        Ok(self.0.reading.told().await?.arithmetic)
    }

    /// The builders that the worker program has, as asks name them: its circuits are those that can be built and proved. Starts a
    /// worker if none has run yet.
    pub async fn builders(&self) -> Result<List<Builder, ASK_BUILDERS_MAX>, ProverError> {
        Ok(self.0.reading.told().await?.builders)
    }

    /// The memory that workers may have which build and prove.
    pub fn room(&self) -> Room {
        self.0.options.room()
    }

    /// The values that these inputs make public, if they satisfy the circuit. Nothing is built for it. When `cancel` is
    /// cancelled the worker is killed, and the next one may read.
    pub async fn public_inputs(
        &self,
        recipe: RecipeSource,
        inputs: Inputs,
        cancel: CancellationToken,
    ) -> Result<Vec<u64>, ProverError> {
        let (recipe, mut blobs) = recipe.split();
        blobs.push(Blob::Secret(inputs));
        let request = WorkerRequest { job: Job::PublicInputs { recipe }, blobs };
        let within = self.0.options.read_timeout;
        match self.0.reading.run(request, within, None, &cancel).await? {
            WorkerReply::PublicInputs(values) => Ok(values),
            reply => Err(unexpected(reply)),
        }
    }

    /// Builds a circuit and keeps it, or finds it kept already.
    pub async fn build(
        &self,
        recipe: RecipeSource,
        level: Level,
        degree_max: Degree,
        cancel: CancellationToken,
    ) -> Result<Built, ProverError> {
        self.built(recipe, level, degree_max, false, cancel).await
    }

    /// Builds a circuit as [`Prover::build`] does, for a proof that is to be made here: unless a worker's memory holds that proof
    /// too, it ends with [`JobUnable::Memory`](crate::JobUnable::Memory).
    pub async fn build_to_prove(
        &self,
        recipe: RecipeSource,
        level: Level,
        degree_max: Degree,
        cancel: CancellationToken,
    ) -> Result<Built, ProverError> {
        self.built(recipe, level, degree_max, true, cancel).await
    }

    async fn built(
        &self,
        recipe: RecipeSource,
        level: Level,
        degree_max: Degree,
        proves: bool,
        cancel: CancellationToken,
    ) -> Result<Built, ProverError> {
        let (recipe, blobs) = recipe.split();
        let request = WorkerRequest { job: Job::Build { recipe, level, degree_max, proves }, blobs };
        match self.0.building.run(request, self.0.options.build_timeout, None, &cancel).await? {
            WorkerReply::Built(built) => Ok(built),
            reply => Err(unexpected(reply)),
        }
    }

    /// Makes a proof, verified before it is returned.
    ///
    /// Progress is told as long as the channel has room. When `cancel` is cancelled the worker is killed, and
    /// this returns once it is gone.
    pub async fn prove(
        &self,
        request: ProveRequest,
        progress: mpsc::Sender<Progress>,
        cancel: CancellationToken,
    ) -> Result<Proved, ProverError> {
        let ProveRequest { recipe, circuit, level, degree_max, inputs, tag } = request;
        let (recipe, mut blobs) = recipe.split();
        blobs.push(Blob::Secret(inputs));
        let request = WorkerRequest { job: Job::Prove { recipe, level, degree_max, circuit, tag }, blobs };
        match self.0.proving.run(request, self.0.options.prove_timeout, Some(&progress), &cancel).await? {
            WorkerReply::Proved(proved) => Ok(proved),
            reply => Err(unexpected(reply)),
        }
    }

    /// Checks a proof. An error is no verdict: only a [`Checked`] says anything about the proof.
    pub async fn verify(
        &self,
        verifier_data: Arc<[u8]>,
        proof: Arc<[u8]>,
        statement: Statement,
    ) -> Result<Checked, ProverError> {
        let blobs = vec![Blob::Shared(verifier_data), Blob::Shared(proof)];
        let request = WorkerRequest { job: Job::Verify { statement }, blobs };
        let within = self.0.options.verify_timeout;
        match self.0.verifying.run(request, within, None, &CancellationToken::new()).await? {
            WorkerReply::Checked(checked) => Ok(checked),
            reply => Err(unexpected(reply)),
        }
    }

    /// The circuits on disk, the one used last first: they need no build.
    pub async fn warm(&self) -> io::Result<Vec<CircuitId>> {
        let Some(disk) = self.0.disk.clone() else { return Ok(Vec::new()) };
        tokio::task::spawn_blocking(move || disk.circuits()).await.map_err(io::Error::other)?
    }

    /// Refuses new jobs, ends the running ones, and returns when no worker is left.
    pub async fn shutdown(&self) {
        tokio::join!(
            self.0.proving.shut_down(),
            self.0.building.shut_down(),
            self.0.verifying.shut_down(),
            self.0.reading.shut_down()
        );
    }
}

/// Makes the pools: what each kind of worker may have.
struct Pools<'a> {
    options: &'a ProverOptions,
    told: Arc<OnceLock<Ready>>,
}

impl Pools<'_> {
    /// Workers that see a witness: they read circuits and keep none.
    fn proving(&self) -> WorkerPool {
        let setup = self.heavy(false, 0);
        self.pool(PoolKind { setup, workers: self.options.max_concurrent_proofs, one_job: true })
    }

    /// One worker that builds circuits and keeps them.
    fn building(&self) -> WorkerPool {
        let setup = self.heavy(true, self.options.memory_cache_bytes_max);
        self.pool(PoolKind { setup, workers: 1, one_job: false })
    }

    /// One worker that verifies.
    fn verifying(&self) -> WorkerPool {
        self.light(false, self.options.light_memory_bytes_max)
    }

    /// One worker that reads inputs. An application's circuit it lays as whoever builds it does, so it may have as much memory.
    fn reading(&self) -> WorkerPool {
        self.light(true, self.options.light_memory_bytes_max.max(self.options.memory_bytes_max))
    }

    /// One worker that needs no file at all.
    fn light(&self, one_job: bool, memory_bytes_max: u64) -> WorkerPool {
        let setup = Setup { memory_bytes_max, threads: 1, niceness: 0, disk: None, memory_cache_bytes_max: 0 };
        self.pool(PoolKind { setup, workers: 1, one_job })
    }

    fn heavy(&self, keep: bool, memory_cache_bytes_max: u64) -> Setup {
        let bytes_max = self.options.cache_bytes_max;
        Setup {
            memory_bytes_max: self.options.memory_bytes_max,
            threads: self.options.threads(),
            niceness: self.options.niceness,
            disk: self.options.cache_dir.clone().map(|dir| DiskAccess { dir, bytes_max, keep }),
            memory_cache_bytes_max,
        }
    }

    fn pool(&self, kind: PoolKind) -> WorkerPool {
        WorkerPool::new(self.options.program.clone(), kind, self.options.queue_len, Arc::clone(&self.told))
    }
}

/// A reply that is no success of the job that was asked for.
fn unexpected(reply: WorkerReply) -> ProverError {
    match reply {
        WorkerReply::Refused(refused) => refused.into(),
        WorkerReply::Unable(unable) => unable.into(),
        WorkerReply::PublicInputs(_) | WorkerReply::Built(_) | WorkerReply::Proved(_) | WorkerReply::Checked(_) => {
            WorkerError::Protocol(FrameError::OutOfTurn { got: FrameKind::Reply as u8 }).into()
        }
    }
}
