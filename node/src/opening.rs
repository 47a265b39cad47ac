//! What a node does before its loop runs: it opens its directory, and has a worker say how it is confined.

use crate::{
    challenges, clock,
    runtime::{
        disk::{Disk, Restored},
        error::DiskError,
    },
    start_error::SpawnError,
};
use dpgn_protocol::{checkpoint::Checkpoint, genesis::Genesis, ids::NetworkId};
use dpgn_prover::Prover;
use std::path::PathBuf;

/// Opens the data directory and replays what is there, off the async threads.
pub(crate) async fn open(
    dir: PathBuf,
    genesis: Genesis,
    id: NetworkId,
    checkpoint: Option<Checkpoint>,
) -> Result<(Disk, Restored), SpawnError> {
    let opened = tokio::task::spawn_blocking(move || {
        let disk = Disk::open(&dir, id)?;
        if let Some(checkpoint) = checkpoint {
            disk.believe(&genesis, id, &checkpoint, clock::now())?;
        }
        let restored = disk.restore(&genesis)?;
        challenges::keep_recipes(&disk.blobs, &genesis.params).map_err(DiskError::from)?;
        Ok::<_, SpawnError>((disk, restored))
    });
    opened.await.map_err(DiskError::Died)?
}

/// Has one worker say what this kernel confines workers with, so that the log and the status tell it at once.
pub(crate) async fn learn_sandbox(prover: Prover) {
    if let Err(error) = prover.sandbox().await {
        tracing::warn!(%error, "no worker can be started: this node can neither prove nor verify");
    }
}
