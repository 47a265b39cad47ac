//! A worker pool: some workers of one kind, and a bounded number of callers that wait for one.
//!
//! Workers that see a witness do one job and end; the others are used again.
//!
//! A job runs inside its caller's future: dropped, it leaves no process behind, and there is no task or queue
//! to drain. A caller beyond the limit is refused at once.

use crate::{
    error::ProverError,
    progress::Progress,
    worker::{
        error::WorkerError,
        process::{Worker, program},
        wire::{ArithmeticName, Ready, Sandbox, Setup, WorkerReply, WorkerRequest},
    },
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// The properties that the workers of one pool share.
pub(crate) struct PoolKind {
    /// The setup that each worker is given.
    pub(crate) setup: Setup,
    /// The number of workers that may run at a time.
    pub(crate) workers: u16,
    /// Whether a worker ends after its first job, since it has seen a witness.
    pub(crate) one_job: bool,
}

pub(crate) struct WorkerPool {
    program: Option<PathBuf>,
    kind: PoolKind,
    /// Callers that may be here at all, running or waiting.
    callers_max: u32,
    room: Semaphore,
    /// Callers whose job may run now.
    turns: Semaphore,
    /// Workers without a job, the one used last on top: its caches are warm. Locked for a push or a pop only.
    idle: Mutex<Vec<Worker>>,
    /// What the first worker of any pool has told: all are the same program on the same kernel.
    told: Arc<OnceLock<Ready>>,
    stop: CancellationToken,
}

impl WorkerPool {
    pub(crate) fn new(program: Option<PathBuf>, kind: PoolKind, waiting_max: u16, told: Arc<OnceLock<Ready>>) -> Self {
        let callers_max = u32::from(kind.workers) + u32::from(waiting_max);
        Self {
            program,
            callers_max,
            room: Semaphore::new(callers_max as usize),
            turns: Semaphore::new(kind.workers.into()),
            idle: Mutex::new(Vec::with_capacity(kind.workers.into())),
            kind,
            told,
            stop: CancellationToken::new(),
        }
    }

    /// The kernel's means that confine workers here, if a worker has told yet.
    pub(crate) fn known_sandbox(&self) -> Option<Sandbox> {
        self.told.get().map(|told| told.sandbox)
    }

    /// The arithmetic that workers here prove with, if one has told yet.
    pub(crate) fn known_arithmetic(&self) -> Option<ArithmeticName> {
        self.told.get().and_then(|told| told.arithmetic.clone())
    }

    /// What workers here tell of themselves: starts one if none has told yet.
    pub(crate) async fn told(&self) -> Result<Ready, ProverError> {
        if let Some(told) = self.told.get() {
            return Ok(told.clone());
        }
        let (worker, told) = self.spawn().await?;
        worker.retire().await;
        Ok(told)
    }

    /// Has a worker do the job. `within` counts from when it runs, not while it waits.
    pub(crate) async fn run(
        &self,
        request: WorkerRequest,
        within: Duration,
        progress: Option<&mpsc::Sender<Progress>>,
        cancel: &CancellationToken,
    ) -> Result<WorkerReply, ProverError> {
        if self.stop.is_cancelled() {
            return Err(ProverError::ShutDown);
        }
        let _room = self.room.try_acquire().map_err(|_| ProverError::Busy { callers_max: self.callers_max })?;
        let _turn = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(WorkerError::Cancelled.into()),
            () = self.stop.cancelled() => return Err(ProverError::ShutDown),
            turn = self.turns.acquire() => turn.map_err(|_| ProverError::ShutDown)?,
        };
        let mut worker = None;
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(WorkerError::Cancelled),
            () = self.stop.cancelled() => Err(WorkerError::Cancelled),
            result = timeout(within, async {
                worker.insert(self.worker().await?).run(&request, progress).await
            }) => result.unwrap_or(Err(WorkerError::TimedOut { after: within })),
        };
        match (outcome, worker) {
            (Ok(reply), Some(worker)) if self.kind.one_job => {
                worker.retire().await;
                Ok(reply)
            }
            (Ok(reply), worker) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(worker);
                Ok(reply)
            }
            (Err(error), Some(worker)) => Err(worker.bury(error).await.into()),
            (Err(error), None) => Err(error.into()),
        }
    }

    /// An idle worker that still lives, else a new one.
    async fn worker(&self) -> Result<Worker, WorkerError> {
        while let Some(mut worker) = self.pop() {
            if worker.is_alive() {
                return Ok(worker);
            }
        }
        Ok(self.spawn().await?.0)
    }

    async fn spawn(&self) -> Result<(Worker, Ready), WorkerError> {
        let (worker, told) = Worker::spawn(&program(self.program.as_deref())?, &self.kind.setup).await?;
        self.told.get_or_init(|| {
            let Sandbox { landlock, seccomp } = told.sandbox;
            if !landlock || !seccomp {
                tracing::warn!(landlock, seccomp, "this kernel confines workers less than it could");
            }
            told.clone()
        });
        Ok((worker, told))
    }

    fn pop(&self) -> Option<Worker> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Refuses new jobs, ends the running ones, and returns when no process is left.
    pub(crate) async fn shut_down(&self) {
        self.stop.cancel();
        // Whoever is here leaves now; with all the room taken, nobody is.
        if let Ok(all) = self.room.acquire_many(self.callers_max).await {
            all.forget();
            self.room.close();
        }
        while let Some(worker) = self.pop() {
            worker.bury(WorkerError::Cancelled).await;
        }
    }
}
