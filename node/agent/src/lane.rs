//! A lane: asks for a task, proves it, hands the proof in, and asks again.

use crate::{
    backoff::Backoff,
    client::{AssignedTask, Gateway},
    error::{AgentError, CallError},
    shared::Shared,
    task,
};
use dpgn_prover::prove::Progress;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long the gateway is asked to wait for a task.
const WAIT: Duration = Duration::from_secs(30);
/// The least pause between two questions that were answered with no task.
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// Words of progress between worker and lane.
const PROGRESS_MAX: usize = 16;

/// Runs one lane until no more tasks are wanted, or the gateway refuses this prover for good.
pub(crate) async fn run(shared: Arc<Shared>) -> Result<(), AgentError> {
    let mut backoff = Backoff::default();
    while !shared.drain.is_cancelled() {
        let asked_at = Instant::now();
        let asked = tokio::select! {
            () = shared.drain.cancelled() => return Ok(()),
            asked = shared.gateway.assign(WAIT) => asked,
        };
        match asked {
            Ok(Some(task)) => {
                backoff.reset();
                work(&shared, task).await;
            }
            Ok(None) => {
                backoff.reset();
                // A gateway that does not wait is not asked without a pause.
                if asked_at.elapsed() < PAUSE_MIN {
                    tokio::time::sleep(PAUSE_MIN).await;
                }
            }
            Err(error) => {
                if error.is_unknown() {
                    // The gateway was started anew, and has forgotten its provers.
                    shared.register().await?;
                } else if error.is_retryable() {
                    tracing::warn!(%error, "no task can be asked for");
                } else {
                    return Err(error.into());
                }
                tokio::select! {
                    () = shared.drain.cancelled() => return Ok(()),
                    () = tokio::time::sleep(backoff.after(&error)) => {}
                }
            }
        }
    }
    Ok(())
}

/// Proves a task and hands it in.
async fn work(shared: &Arc<Shared>, task: AssignedTask) {
    let (id, award) = (task.task_id, task.award);
    tracing::info!(task = %id, award, due = task.due.as_str(), "proving");
    let cancel = shared.begin(id);
    let (progress, mut told) = mpsc::channel::<Progress>(PROGRESS_MAX);
    let listens = tokio::spawn(async move {
        while let Some(progress) = told.recv().await {
            tracing::debug!(task = %id, stage = ?progress.stage, permille = progress.permille, "proving");
        }
    });
    let made = task::prove(&shared.prover, task, progress, cancel.clone()).await;
    listens.abort();
    shared.end(id);
    match made {
        Ok(proof) => {
            shared.finished().keep(id, proof);
            hand_in(shared, id).await;
        }
        Err(_) if cancel.is_cancelled() => tracing::info!(task = %id, "the task is over: its proof is no longer made"),
        Err(error) => {
            shared.count(|stats| stats.failed += 1);
            tracing::error!(task = %id, %error, "no proof");
            // Another prover may be able to make it, and time passes.
            if let Err(error) = shared.gateway.release(Some(id)).await {
                tracing::warn!(task = %id, %error, "the task is not given back: it is somebody else's once its time is short");
            }
        }
    }
}

/// Hands a finished proof in, as often as it takes. It stays on disk until the gateway has said what came of it.
pub(crate) async fn hand_in(shared: &Arc<Shared>, task: Uuid) {
    let mut backoff = Backoff::default();
    loop {
        let Some(proof) = shared.finished().get(task) else { return };
        let error = match shared.gateway.hand_in(task, &proof).await {
            Ok(verdict) => {
                shared.finished().forget(task);
                if verdict.accepted {
                    shared.count(|stats| stats.accepted += 1);
                    tracing::info!(%task, quality = verdict.quality_score, "accepted");
                } else {
                    shared.count(|stats| stats.refused += 1);
                    tracing::warn!(%task, reason = verdict.reason.as_ref().map(|reason| reason.as_str()), "not accepted");
                }
                return;
            }
            Err(error) => error,
        };
        if error.is_unknown() {
            if let Err(error) = shared.register().await {
                return tracing::error!(%task, %error, "a finished proof is not handed in");
            }
        } else if !error.is_retryable() {
            shared.finished().forget(task);
            return tracing::error!(%task, %error, "a finished proof is not taken");
        }
        let pause = backoff.after(&error);
        tracing::warn!(%task, %error, ?pause, "a finished proof is not handed in yet");
        tokio::select! {
            // The next start hands it in, if there is a directory.
            () = shared.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Leaves: gives back what the gateway thinks that this prover has, be it stopped or handed out while this prover hung up. What
/// is finished and on the disk stays its own: the next start hands it in.
pub(crate) async fn leave(shared: &Shared) {
    let kept = shared.finished().on_disk();
    let given_back = if kept.is_empty() { shared.gateway.release(None).await } else { all_but(shared, &kept).await };
    if let Err(error) = given_back {
        tracing::warn!(%error, "the gateway does not hear that this prover leaves: in time it notices");
    }
}

async fn all_but(shared: &Shared, kept: &[Uuid]) -> Result<(), CallError> {
    for task in shared.gateway.heartbeat().await?.into_iter().filter(|task| !kept.contains(task)) {
        shared.gateway.release(Some(task)).await?;
    }
    Ok(())
}

/// Says that this prover is there, and stops work that is over, until all lanes have ended.
pub(crate) async fn beat(gateway: &Gateway, shared: &Shared, every: Duration, ended: CancellationToken) {
    let mut tick = tokio::time::interval(every);
    loop {
        tokio::select! {
            () = ended.cancelled() => return,
            _ = tick.tick() => {}
        }
        // What was begun after the question is not in the answer.
        let at_work = shared.handed_out();
        match gateway.heartbeat().await {
            Ok(still) => at_work.into_iter().filter(|task| !still.contains(task)).for_each(|task| shared.give_up(task)),
            Err(error) if error.is_unknown() => {
                if let Err(error) = shared.register().await {
                    tracing::warn!(%error, "the gateway does not know this prover");
                }
            }
            Err(error) => tracing::debug!(%error, "the gateway does not hear this prover"),
        }
    }
}
