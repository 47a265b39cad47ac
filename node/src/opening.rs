//! What a node does before its loop runs: it opens its directory, and has a worker say what it is.

use crate::{
    challenges, clock,
    config::Role,
    runtime::{
        disk::{Disk, Restored},
        error::DiskError,
    },
    start_error::SpawnError,
};
use dpgn_protocol::{checkpoint::Checkpoint, genesis::Genesis, ids::NetworkId};
use dpgn_prover::Prover;
use std::path::{Path, PathBuf};

/// Refuses a role whose work is done by workers, where there are none: this program has no plonky2, and names no other program.
pub(crate) fn has_workers(
    has_plonky2: bool,
    program: Option<&Path>,
    roles: impl IntoIterator<Item = (Role, bool)>,
) -> Result<(), SpawnError> {
    match roles.into_iter().find(|(_, is_played)| *is_played) {
        Some((role, _)) if !has_plonky2 && program.is_none() => Err(SpawnError::NoWorkers { role }),
        Some(_) | None => Ok(()),
    }
}

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

/// Has one worker say what this kernel confines workers with, and what they prove with, so that the log and the status tell it at once.
pub(crate) async fn learn_workers(prover: Prover) {
    match prover.arithmetic().await {
        Ok(Some(arithmetic)) => tracing::info!(%arithmetic, "workers can be started"),
        Ok(None) => tracing::warn!("DPGN_SIMD names an arithmetic that the workers lack: they can prove nothing"),
        Err(error) => tracing::warn!(%error, "no worker can be started: this node can neither prove nor verify"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_plonky2_needs_another_program_for_every_role_but_watching() {
        let roles = |buys, sells, coordinates| {
            [(Role::Requester, buys), (Role::Prover, sells), (Role::Coordinator, coordinates)]
        };
        let worker = Some(Path::new("dpgn-worker"));
        for (played, first) in [
            (roles(true, false, true), Role::Requester),
            (roles(false, true, false), Role::Prover),
            (roles(false, false, true), Role::Coordinator),
        ] {
            let refused = has_workers(false, None, played).unwrap_err();
            assert!(matches!(refused, SpawnError::NoWorkers { role } if role == first), "{refused}");
            assert!(refused.to_string().contains("`ProverOptions::program`"), "{refused}");
            assert!(has_workers(false, worker, played).is_ok());
            // Such a program may be its own worker: that depends on its `main`, and is found out by the first job.
            assert!(has_workers(true, None, played).is_ok());
        }
        assert!(
            has_workers(false, None, roles(false, false, false)).is_ok(),
            "who watches builds and verifies nothing"
        );
    }
}
