//! This node's own words: of each height, round and kind it signs one. To be about to sign another is a fault that stops
//! it: the last belt, whatever the engine, the log or the host have done.

use super::{
    BftError,
    context::{Proposal, Vote},
    convert,
};
use arc_malachitebft_core_types::VoteType;
use dpgn_protocol::{
    council::WordKind,
    ids::{AccountId, NetworkId},
    sign::{Keypair, Message, Signature},
    units::Height,
};
use std::collections::BTreeMap;

/// The place of a word within a height.
pub(super) type Place = (WordKind, u32);

/// The key, and what it has signed at this height.
pub(super) struct Own {
    keys: Keypair,
    pub(super) network: NetworkId,
    pub(super) account: AccountId,
    height: Height,
    signed: BTreeMap<Place, Vec<u8>>,
}

impl Own {
    pub(super) fn new(keys: Keypair, network: NetworkId) -> Self {
        Self { account: keys.account(), keys, network, height: Height::new(0), signed: BTreeMap::new() }
    }

    /// Forgets the height below, which is decided.
    pub(super) fn move_to(&mut self, height: Height) {
        self.height = height;
        self.signed.clear();
    }

    pub(super) fn has_signed(&self, place: Place) -> bool {
        self.signed.contains_key(&place)
    }

    /// Remembers what was signed before a restart.
    pub(super) fn recall(&mut self, place: Place, body: &[u8]) -> Result<(), BftError> {
        let before = self.signed.entry(place).or_insert_with(|| body.to_vec());
        if before.as_slice() == body {
            return Ok(());
        }
        let (height, (kind, round)) = (self.height, place);
        Err(BftError::Contradiction { height, round, kind })
    }

    pub(super) fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, BftError> {
        let round = convert::number(vote.round);
        match vote.kind {
            VoteType::Precommit => self.sign((WordKind::Precommit, round), convert::precommit_of(vote)),
            VoteType::Prevote => self.sign((WordKind::Prevote, round), convert::prevote_of(vote)),
        }
    }

    pub(super) fn sign_proposal(&mut self, proposal: &Proposal) -> Result<Signature, BftError> {
        self.sign((WordKind::Proposal, convert::number(proposal.round)), convert::proposal_of(proposal))
    }

    /// Signs a word, unless this node has signed another one in its place.
    fn sign<T: Message>(&mut self, place: Place, message: T) -> Result<Signature, BftError> {
        let signed = self.keys.sign(self.network, message)?;
        self.recall(place, signed.body())?;
        Ok(signed.raw().signature)
    }
}
