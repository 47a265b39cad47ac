//! The prover node: its lanes, its heartbeat, and how it ends.

use crate::{
    client::Gateway,
    config::{AgentOptions, ProverConfig},
    error::AgentError,
    finished::Finished,
    lane::{self, beat},
    shared::{Shared, Stats},
};
use dpgn_prover::{Prover, ProverOptions};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The time between two heartbeats: a gateway takes an agent for gone that is silent for two minutes.
const BEAT: Duration = Duration::from_secs(5);

/// The time for giving back what is not made, before this prover ends.
const GIVE_BACK_WITHIN: Duration = Duration::from_secs(5);

/// A prover that speaks HTTP alone. Cheap to clone: all clones are one prover.
#[derive(Clone)]
pub struct ProverNode(Arc<Shared>);

impl ProverNode {
    /// A prover with these settings, and defaults for all else. Nothing is sent before [`Self::start`].
    pub async fn new(config: ProverConfig) -> Result<Self, AgentError> {
        Self::with(config, AgentOptions::default()).await
    }

    /// A prover with these settings and options.
    pub async fn with(config: ProverConfig, options: AgentOptions) -> Result<Self, AgentError> {
        let checked = config.check()?;
        if config.gpu_enabled {
            tracing::warn!("this version has no prover for a GPU: it proves on the CPU");
        }
        let gateway = Gateway::new(&checked, config.node_id, &options)?;
        let prover = Prover::new(ProverOptions { max_concurrent_proofs: checked.capacity, ..options.prover })?;
        let dir = options.data_dir.map(|dir| dir.join("finished"));
        let opened = tokio::task::spawn_blocking(move || Finished::open(dir.as_deref())).await;
        let finished = opened.unwrap_or_else(|_| Finished::open(None))?;
        let (speed, address) = (options.rows_per_second, config.reward_address);
        Ok(Self(Arc::new(Shared::new(gateway, prover, checked, finished, speed, address))))
    }

    /// Registers, proves and hands in, until it is [drained](Self::drain) or [stopped](Self::stop), or the gateway refuses it
    /// for good. A gateway that is not there is waited for.
    pub async fn start(&self) -> Result<(), AgentError> {
        let shared = &self.0;
        shared.register().await?;
        let ended = CancellationToken::new();
        let beats = {
            let (shared, ended) = (shared.clone(), ended.clone());
            tokio::spawn(async move { beat(&shared.gateway, &shared, BEAT, ended).await })
        };
        let mut lanes = JoinSet::new();
        for task in shared.finished().tasks() {
            let shared = shared.clone();
            lanes.spawn(async move {
                lane::hand_in(&shared, task).await;
                Ok(())
            });
        }
        (0..shared.capacity()).for_each(|_| drop(lanes.spawn(lane::run(shared.clone()))));
        let result = tokio::select! {
            () = shared.stop.cancelled() => Ok(()),
            result = all(&mut lanes) => result,
        };
        lanes.shutdown().await;
        ended.cancel();
        let _ = beats.await;
        // A gateway that is not there gives it to others by itself, in time.
        let _ = tokio::time::timeout(GIVE_BACK_WITHIN, lane::leave(shared)).await;
        shared.prover.shutdown().await;
        result
    }

    /// Asks for no more tasks: [`Self::start`] returns once those at work are proved and handed in.
    pub fn drain(&self) {
        self.0.drain.cancel();
    }

    /// Stops at once, and gives back what it has not made. Finished proofs that are not handed in stay in the data directory, if
    /// there is one.
    pub fn stop(&self) {
        self.0.drain.cancel();
        self.0.stop.cancel();
    }

    /// What it has done since its start.
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// The tasks that are proved now.
    pub fn at_work(&self) -> Vec<Uuid> {
        self.0.at_work()
    }
}

/// Waits for all lanes; the first that fails ends the wait.
async fn all(lanes: &mut JoinSet<Result<(), AgentError>>) -> Result<(), AgentError> {
    while let Some(ended) = lanes.join_next().await {
        ended.unwrap_or(Ok(()))?;
    }
    Ok(())
}
