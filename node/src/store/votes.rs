//! This node's own votes: on disk before anybody sees them.
//!
//! Never two votes for different blocks at one height: after a crash the node finds what it signed and signs
//! nothing else. The body lies beside the vote, since a vote names it by its hash alone.

use super::{
    Store,
    chain::tip_of,
    error::StoreError,
    tables::{BLOCKS, VOTES, decode},
};
use dpgn_protocol::{
    block::{Block, Vote},
    codec,
    limits::GOSSIP_BYTES_MAX,
    units::Height,
};
use redb::ReadableTable;

impl Store {
    /// Puts a vote and the body it is for on disk; only then may it be sent.
    ///
    /// The same block may be voted for again, in a later round; another block at that height is refused.
    pub fn record_vote(&self, vote: Vote, body: &Block) -> Result<(), StoreError> {
        let hash = body.header.hash()?;
        if body.header.height != vote.height || Some(hash) != vote.block {
            return Err(StoreError::OtherBody(vote.height));
        }
        let bytes = codec::encode(&(vote, body))?;
        self.write(|tx| {
            let tip = tip_of(&tx.open_table(BLOCKS)?)?.height;
            if vote.height <= tip {
                return Err(StoreError::VoteTooLate { height: vote.height, tip });
            }
            let mut votes = tx.open_table(VOTES)?;
            let before = votes.get(vote.height.get())?.map(|v| read(v.value())).transpose()?;
            if let Some((_, before)) = before.filter(|(before, _)| before.block != vote.block) {
                let voted = before.header.hash()?;
                return Err(StoreError::VoteConflict { height: vote.height, voted, got: hash });
            }
            votes.insert(vote.height.get(), bytes.as_slice())?;
            Ok(())
        })
    }

    /// The vote of this node at a height; none if it has not voted there.
    pub fn vote(&self, height: Height) -> Result<Option<(Vote, Block)>, StoreError> {
        self.read(|tx| tx.open_table(VOTES)?.get(height.get())?.map(|v| read(v.value())).transpose())
    }
}

fn read(bytes: &[u8]) -> Result<(Vote, Block), StoreError> {
    decode("a vote", bytes, GOSSIP_BYTES_MAX)
}
