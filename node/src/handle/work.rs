//! What a handle shows of a prover's work, and how its owner brings it to an end.

use super::{NodeHandle, Query};
use crate::{
    engine::{Command, Work},
    error::{CommandError, Unavailable},
};
use std::collections::BTreeMap;

impl NodeHandle {
    /// The awards that this node holds as a prover, and how far it is with each.
    pub async fn work(&self) -> Result<Vec<Work>, Unavailable> {
        self.ask(Query::Work).await
    }

    /// Takes no new awards until the node is started again: its ask is withdrawn, and what it holds is finished.
    pub async fn drain(&self) -> Result<(), CommandError> {
        self.ask(|reply| Query::Command(Command::Drain, reply)).await??;
        Ok(())
    }

    /// The programs that connected peers say they run, such as `dpgn/0.1.0`, and how many say so. It is their word alone;
    /// peers that have not said yet are left out.
    pub async fn programs(&self) -> BTreeMap<String, usize> {
        let mut programs = BTreeMap::new();
        for peer in self.0.network.peers().await.into_iter().filter(|peer| !peer.agent.is_empty()) {
            *programs.entry(peer.agent).or_insert(0) += 1;
        }
        programs
    }
}
