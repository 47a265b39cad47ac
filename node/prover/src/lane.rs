//! A lane: some workers, reused from job to job, and a bounded number of callers that wait for one.
//!
//! A job runs inside its caller's future: dropped, it leaves no process behind, and there is no task or queue
//! to drain. A caller beyond the limit is refused at once.

use crate::{
    prove::Progress,
    service::ProverError,
    worker::{
        error::WorkerError,
        process::{Worker, program},
        wire::{Call, Reply, Setup},
    },
};
use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

pub(crate) struct Lane {
    program: Option<PathBuf>,
    setup: Setup,
    /// Callers that may be here at all, running or waiting.
    callers_max: u32,
    room: Semaphore,
    /// Callers whose job may run now.
    turns: Semaphore,
    /// Workers without a job, the one used last on top: its caches are warm. Locked for a push or a pop only.
    idle: Mutex<Vec<Worker>>,
    stop: CancellationToken,
}

impl Lane {
    pub(crate) fn new(program: Option<PathBuf>, setup: Setup, workers: u16, waiting_max: u16) -> Self {
        let callers_max = u32::from(workers) + u32::from(waiting_max);
        Self {
            program,
            setup,
            callers_max,
            room: Semaphore::new(callers_max as usize),
            turns: Semaphore::new(workers.into()),
            idle: Mutex::new(Vec::with_capacity(workers.into())),
            stop: CancellationToken::new(),
        }
    }

    /// Has a worker do the job. `within` counts from when it runs, not while it waits.
    pub(crate) async fn run(
        &self,
        call: Call,
        within: Duration,
        progress: Option<&mpsc::Sender<Progress>>,
        cancel: &CancellationToken,
    ) -> Result<Reply, ProverError> {
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
                worker.insert(self.worker().await?).run(&call, progress).await
            }) => result.unwrap_or(Err(WorkerError::TimedOut { after: within })),
        };
        match (outcome, worker) {
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
        Worker::spawn(&program(self.program.as_deref())?, &self.setup).await
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
