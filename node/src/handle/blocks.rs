//! What a handle shows of the chain and of the mesh: blocks page by page, peers, and a proof that is checked once more.

use super::{NodeHandle, Query};
use crate::{
    error::{PastError, Unavailable},
    network::PeerInfo,
    view::{BlockInfo, OpInfo},
};
use dpgn_protocol::units::Height;
use dpgn_prover::{Checked, ProverError, verify::Statement};

/// The most blocks on one page.
pub const PAGE_BLOCKS_MAX: u16 = 50;
/// The most ops of a block on one page.
pub const PAGE_OPS_MAX: u16 = 50;

impl NodeHandle {
    /// Whether the node's owner may buy proofs through it.
    pub fn is_requester(&self) -> bool {
        self.0.buys
    }

    /// Whether the node sells proofs.
    pub fn is_prover(&self) -> bool {
        self.0.agents.is_some()
    }

    /// Blocks below a height, or the last ones, the newest first: at most `limit` and [`PAGE_BLOCKS_MAX`] of them. None are
    /// left where the node keeps no older ones.
    pub async fn blocks(&self, below: Option<Height>, limit: u16) -> Result<Vec<BlockInfo>, PastError> {
        let limit = limit.clamp(1, PAGE_BLOCKS_MAX);
        self.ask(|reply| Query::Blocks { below, limit, reply }).await?
    }

    /// The block at a height.
    pub async fn block(&self, height: Height) -> Result<BlockInfo, PastError> {
        let found = self.blocks(Some(height.next()), 1).await?;
        if let Some(block) = found.into_iter().find(|block| block.height == height) {
            return Ok(block);
        }
        let status = self.ask(Query::Status).await?;
        if height > status.height || height == Height::new(0) {
            return Err(PastError::NoBlock { height, last: status.height });
        }
        Err(PastError::Pruned { height, first: status.first_block })
    }

    /// The ops of a block that is kept here, in the order in which they were applied, from a place on: at most `limit` and
    /// [`PAGE_OPS_MAX`] of them.
    pub async fn block_ops(&self, height: Height, skip: u32, limit: u16) -> Result<Vec<OpInfo>, PastError> {
        let limit = limit.clamp(1, PAGE_OPS_MAX);
        self.ask(|reply| Query::BlockOps { height, skip, limit, reply }).await?
    }

    /// The peers that are connected, with what the network knows of each.
    pub async fn peers(&self) -> Result<Vec<PeerInfo>, Unavailable> {
        if self.0.stopped.is_cancelled() {
            return Err(self.gone());
        }
        Ok(self.0.network.peers().await)
    }

    /// Checks any proof in a worker of this node.
    pub async fn check_proof(
        &self,
        verifier_data: Vec<u8>,
        proof: Vec<u8>,
        statement: Statement,
    ) -> Result<Checked, ProverError> {
        self.0.prepare.prover.verify(verifier_data.into(), proof.into(), statement).await
    }
}
