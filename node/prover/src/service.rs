//! The prover service: what a node asks for building, proving and verifying.
//!
//! All of it happens in worker processes, so an abort, an out-of-memory kill or a cancel takes a worker and
//! never the node. Three lanes keep apart what must not wait for each other: proofs are few and long,
//! verification is short and must not stand behind them, and reading a requester's inputs is neither.

use crate::{
    cache::DiskCache,
    circuit::Inputs,
    lane::Lane,
    options::{OptionsError, ProverOptions},
    prove::Progress,
    verify::Statement,
    worker::{
        error::WorkerError,
        frame::{FrameError, Kind},
        wire::{Blob, Built, Call, Checked, Job, JobError, Proved, RecipeSource, Reply, Setup},
    },
};
use dpgn_protocol::{
    ids::CircuitId,
    statement::TAG_LEN,
    units::{Degree, Level},
};
use std::{io, path::PathBuf, sync::Arc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

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
    /// The worker's answer: it can't be done with what was handed in.
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
///
/// A call that is dropped before its end takes its job along: the worker is killed.
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
        let heavy = Setup {
            memory_bytes_max: options.memory_bytes_max,
            threads: options.threads(),
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
        let (proving, verifying, reading) =
            (lane(&heavy, options.max_concurrent_proofs), lane(&light, 1), lane(&light, 1));
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

/// A reply that is no success of the job that was asked for.
fn unexpected(reply: Reply) -> ProverError {
    match reply {
        Reply::Failed(error) => error.into(),
        _ => WorkerError::Protocol(FrameError::OutOfTurn { got: Kind::Reply as u8 }).into(),
    }
}
