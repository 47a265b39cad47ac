//! The prover service: what a node asks for building, proving and verifying.
//!
//! All of it happens in worker processes, so an abort, an out-of-memory kill or a cancel takes a worker and
//! never the node. Three lanes keep apart what must not wait for each other: proofs are few and long,
//! verification is short and must not stand behind them, and reading a requester's inputs is neither.

use crate::{
    cache::DiskCache,
    circuit::Inputs,
    lane::Lane,
    prove::Progress,
    verify::Statement,
    worker::{
        error::WorkerError,
        wire::{Blob, Built, Call, Checked, Job, JobError, Proved, RecipeSource, Reply, Setup},
    },
};
use dpgn_protocol::{
    ids::CircuitId,
    statement::TAG_LEN,
    units::{Degree, Level},
};
use std::{io, num::NonZeroUsize, path::PathBuf, sync::Arc, thread::available_parallelism, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How a node proves. The defaults are for a machine with 8 GiB of memory and nothing else to do.
#[derive(Clone, Debug)]
pub struct ProverOptions {
    /// Jobs of building and proving at one time, each in a worker of its own.
    pub max_concurrent_proofs: u16,
    /// Callers that may wait in each lane before others are refused.
    pub queue_len: u16,
    /// Memory of one proving worker. A proof of 2^16 rows takes about 2 GiB, of 2^14 rows 0.6 GiB.
    pub memory_bytes_max: u64,
    /// Memory of the worker that verifies and of the one that reads inputs.
    pub light_memory_bytes_max: u64,
    /// Where built circuits are kept; `None` keeps none on disk.
    pub cache_dir: Option<PathBuf>,
    /// Bytes of built circuits on disk. One of 2^16 rows has about 0.6 GB, of 2^14 rows 0.15 GB.
    pub cache_bytes_max: u64,
    /// Bytes of built circuits in each proving worker's memory: part of `memory_bytes_max`.
    pub memory_cache_bytes_max: u64,
    /// The worker program; `None` is this program itself, whose `main` must call `worker_main` first.
    pub program: Option<PathBuf>,
    /// How far proving workers stand back behind other processes, 0 to 19.
    pub niceness: u8,
    /// How long one build may take.
    pub build_timeout: Duration,
    /// How long one proof may take, its build included.
    pub prove_timeout: Duration,
    /// How long one verification may take.
    pub verify_timeout: Duration,
    /// How long reading and checking inputs may take.
    pub read_timeout: Duration,
}

impl Default for ProverOptions {
    fn default() -> Self {
        Self {
            max_concurrent_proofs: 1,
            queue_len: 16,
            memory_bytes_max: 6 << 30,
            light_memory_bytes_max: 2 << 30,
            cache_dir: None,
            cache_bytes_max: 4 << 30,
            memory_cache_bytes_max: 1 << 30,
            program: None,
            niceness: 5,
            build_timeout: Duration::from_secs(600),
            prove_timeout: Duration::from_secs(1_800),
            verify_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
        }
    }
}

/// The least memory a worker can start with.
const MEMORY_BYTES_MIN: u64 = 32 << 20;

/// Why options are refused.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// No proof could ever be made.
    #[error("max_concurrent_proofs is at least 1")]
    NoWorkers,
    /// Less memory than a worker needs to start.
    #[error("{what} is at least {MEMORY_BYTES_MIN}; got {got}")]
    Memory {
        /// Which option.
        what: &'static str,
        /// What was given.
        got: u64,
    },
    /// A niceness that no process has.
    #[error("niceness is 0 to 19; got {0}")]
    Niceness(u8),
    /// A path that can't be used.
    #[error("{path}: {source}")]
    Path {
        /// Which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProverError {
    /// All workers are busy and all places to wait are taken.
    #[error("busy: {callers_max} jobs are running or waiting")]
    Busy {
        /// How many may run or wait.
        callers_max: u32,
    },
    /// The prover is shutting down.
    #[error("the prover is shut down")]
    ShutDown,
    /// The worker gave no answer. Says nothing about the job: it may be tried again.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The worker's answer is that it can't be done. Trying again gives the same.
    #[error(transparent)]
    Job(#[from] JobError),
}

/// What is to be proven.
#[derive(Debug)]
pub struct ProveRequest {
    /// What the circuit is built from, if it isn't cached.
    pub recipe: RecipeSource,
    /// Which circuit that must be.
    pub circuit: CircuitId,
    /// At which level.
    pub level: Level,
    /// Building stops above this.
    pub degree_max: Degree,
    /// The witness. It travels by a pipe and is wiped behind itself.
    pub inputs: Inputs,
    /// The tag the proof must carry.
    pub tag: [u64; TAG_LEN],
}

/// The prover service. A handle: cheap to clone, all clones are one prover.
#[derive(Clone)]
pub struct Prover(Arc<Inner>);

struct Inner {
    options: ProverOptions,
    disk: Option<DiskCache>,
    proving: Lane,
    verifying: Lane,
    reading: Lane,
}

impl Prover {
    /// Checks the options. Workers start when there is work.
    pub fn new(mut options: ProverOptions) -> Result<Self, OptionsError> {
        check(&options)?;
        for path in options.program.iter_mut().chain(&mut options.cache_dir) {
            // Workers run elsewhere.
            *path = std::path::absolute(&*path).map_err(|source| OptionsError::Path { path: path.clone(), source })?;
        }
        let open = |dir: &PathBuf| {
            DiskCache::open(dir, options.cache_bytes_max)
                .map_err(|source| OptionsError::Path { path: dir.clone(), source })
        };
        let disk = options.cache_dir.as_ref().map(open).transpose()?;
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        let workers = options.max_concurrent_proofs;
        let heavy = Setup {
            memory_bytes_max: options.memory_bytes_max,
            threads: u32::try_from(cores / usize::from(workers)).unwrap_or(1).max(1),
            niceness: options.niceness,
            disk: options.cache_dir.clone().map(|dir| (dir, options.cache_bytes_max)),
            memory_cache_bytes_max: options.memory_cache_bytes_max,
        };
        let light = Setup {
            memory_bytes_max: options.light_memory_bytes_max,
            threads: 1,
            niceness: 0,
            disk: None,
            memory_cache_bytes_max: 0,
        };
        let lane =
            |setup: &Setup, workers| Lane::new(options.program.clone(), setup.clone(), workers, options.queue_len);
        let (proving, verifying, reading) = (lane(&heavy, workers), lane(&light, 1), lane(&light, 1));
        Ok(Self(Arc::new(Inner { options, disk, proving, verifying, reading })))
    }

    /// What these inputs make public, if they satisfy the circuit. Nothing is built for it.
    pub async fn public_inputs(&self, recipe: RecipeSource, inputs: Inputs) -> Result<Vec<u64>, ProverError> {
        let (recipe, mut blobs) = recipe.split();
        blobs.push(Blob::Secret(inputs));
        let call = Call { job: Job::PublicInputs { recipe }, blobs };
        let within = self.0.options.read_timeout;
        match self.0.reading.run(call, within, None, &CancellationToken::new()).await? {
            Reply::PublicInputs(values) => Ok(values),
            other => Err(unexpected(other)),
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
        let (recipe, blobs) = recipe.split();
        let call = Call { job: Job::Build { recipe, level, degree_max }, blobs };
        match self.0.proving.run(call, self.0.options.build_timeout, None, &cancel).await? {
            Reply::Built(built) => Ok(built),
            other => Err(unexpected(other)),
        }
    }

    /// Makes a proof, verified before it is returned.
    ///
    /// Progress is told as long as the channel has room. When `cancel` is cancelled the worker is killed, and
    /// this returns once it is gone; the same happens soon after this future is dropped.
    pub async fn prove(
        &self,
        request: ProveRequest,
        progress: mpsc::Sender<Progress>,
        cancel: CancellationToken,
    ) -> Result<Proved, ProverError> {
        let ProveRequest { recipe, circuit, level, degree_max, inputs, tag } = request;
        let (recipe, mut blobs) = recipe.split();
        blobs.push(Blob::Secret(inputs));
        let call = Call { job: Job::Prove { recipe, level, degree_max, circuit, tag }, blobs };
        match self.0.proving.run(call, self.0.options.prove_timeout, Some(&progress), &cancel).await? {
            Reply::Proved(proved) => Ok(proved),
            other => Err(unexpected(other)),
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
        let call = Call { job: Job::Verify { statement }, blobs };
        let within = self.0.options.verify_timeout;
        match self.0.verifying.run(call, within, None, &CancellationToken::new()).await? {
            Reply::Checked(checked) => Ok(checked),
            other => Err(unexpected(other)),
        }
    }

    /// The circuits on disk, the one used last first: they need no build.
    pub async fn warm(&self) -> io::Result<Vec<CircuitId>> {
        let Some(disk) = self.0.disk.clone() else { return Ok(Vec::new()) };
        tokio::task::spawn_blocking(move || disk.circuits()).await.map_err(io::Error::other)?
    }

    /// Refuses new jobs, ends the running ones, and returns when no worker is left.
    pub async fn shutdown(&self) {
        tokio::join!(self.0.proving.shut_down(), self.0.verifying.shut_down(), self.0.reading.shut_down());
    }
}

fn check(options: &ProverOptions) -> Result<(), OptionsError> {
    if options.max_concurrent_proofs == 0 {
        return Err(OptionsError::NoWorkers);
    }
    if options.niceness > 19 {
        return Err(OptionsError::Niceness(options.niceness));
    }
    for (what, got) in
        [("memory_bytes_max", options.memory_bytes_max), ("light_memory_bytes_max", options.light_memory_bytes_max)]
    {
        if got < MEMORY_BYTES_MIN {
            return Err(OptionsError::Memory { what, got });
        }
    }
    Ok(())
}

/// A reply that is no success of the job that was asked for.
fn unexpected(reply: Reply) -> ProverError {
    match reply {
        Reply::Failed(error) => error.into(),
        _ => WorkerError::Protocol(crate::worker::frame::FrameError::OutOfTurn {
            got: crate::worker::frame::Kind::Reply as u8,
        })
        .into(),
    }
}
