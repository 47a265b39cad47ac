//! What members say on their streams: decoded, bounded and verified on a thread of its own.
//!
//! Signatures are checked here, whoever they are by: who is a member at a height is the business of whoever decides it.

use super::{View, told::Told, unusable::Unusable};
use crate::{
    driver::verify_ops,
    engine::{CouncilInput, Input},
    network::{Event, Network, Offence},
    runtime::deciders::Deciders,
};
use dpgn_protocol::{
    block::{Block, Decided},
    codec::DecodeError,
    council::{Said, Word},
    ids::{AccountId, NetworkId},
    units::Height,
    wire::Wire,
};
use tokio::sync::{mpsc, watch};

/// The thread that checks what members say.
pub(in crate::runtime) struct CouncilCheck {
    id: NetworkId,
    network: Network,
    view: watch::Receiver<View>,
    told: mpsc::Sender<Told>,
}

impl CouncilCheck {
    pub(in crate::runtime) fn new(
        id: NetworkId,
        network: Network,
        view: watch::Receiver<View>,
        told: mpsc::Sender<Told>,
    ) -> Self {
        Self { id, network, view, told }
    }

    /// Runs until the network or the loop has ended.
    pub(in crate::runtime) fn run(self, mut council: mpsc::Receiver<Event>) {
        while let Some(event) = council.blocking_recv() {
            let Event::Said { from, data } = event else { continue };
            match self.check(from, &data) {
                Ok(Some(told)) => {
                    if self.told.blocking_send(told).is_err() {
                        return;
                    }
                }
                Err(Unusable::Guilty) => self.network.penalise(from, Offence::Malformed),
                Ok(None) | Err(Unusable::Harmless) => {}
            }
        }
    }

    fn check(&self, from: AccountId, data: &[u8]) -> Result<Option<Told>, Unusable> {
        let next = self.view.borrow().height.next();
        let input = match Said::from_bytes(data)? {
            Said::Word(word) => return self.word(from, word),
            Said::Body(block) if block.header.height == next => body(from, block)?,
            // One that is not asked for yet, or no more: its sender may be ahead, or behind.
            Said::Body(_) => return Ok(None),
            Said::WantBody { height, block } => CouncilInput::BodyWanted { from, height, block },
            Said::Decided(decided) => return self.decided(from, decided),
        };
        Ok(Some(Told::Input(Box::new(Input::Council(input)))))
    }

    /// A word that is of use here: of the past a member speaks for itself, and a certificate is about the height that is being
    /// decided, by members of its committee. Of the height above, which another committee may decide, words are kept and
    /// certificates are not: whoever has one says it again.
    fn word(&self, from: AccountId, word: Word) -> Result<Option<Told>, Unusable> {
        let view = self.view.borrow().clone();
        let is_member = |account: AccountId| view.ledger.committee().power(account).is_some();
        let is_now = |height: Height| height == view.height.next();
        let (signer, may_count) = match &word {
            Word::Precommit(raw) | Word::Prevote(raw) | Word::Proposal(raw) => (Some(raw.signer), true),
            Word::Polka(polka) => (None, is_now(polka.height) && polka.votes.iter().all(|vote| is_member(vote.signer))),
            Word::Round(round) => {
                (None, is_now(round.height) && round.votes.iter().all(|vote| is_member(vote.by.signer)))
            }
        };
        if !may_count {
            return Ok(None);
        }
        let checked = word.check(self.id)?;
        let is_past = checked.height() <= view.height;
        let is_relayed = signer.is_some_and(|signer| signer != from);
        Ok((!(is_past && is_relayed)).then(|| Told::Word(Box::new(checked))))
    }

    fn decided(&self, from: AccountId, decided: Box<Decided>) -> Result<Option<Told>, Unusable> {
        let view = self.view.borrow().clone();
        if decided.block.header.height != view.height.next() {
            return Ok(None);
        }
        let deciders = Deciders { network: self.id, committee: view.ledger.committee().clone() };
        if !deciders.have_decided(&decided) {
            return Err(Unusable::Guilty);
        }
        let ops = verify_ops(&decided, self.id)?;
        Ok(Some(Told::Input(Box::new(Input::Decided { from, decided, ops }))))
    }
}

/// A body, if it is the one that its header names.
fn body(from: AccountId, block: Box<Block>) -> Result<CouncilInput, Unusable> {
    if !block.is_whole() {
        return Err(Unusable::Guilty);
    }
    let hash = block.header.hash().map_err(|error| DecodeError::Malformed(error.to_string()))?;
    Ok(CouncilInput::Body { from, hash, block })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        network::{NetworkConfig, spawn},
        runtime::ingress::scene::{COORDINATOR, PROVER, Scene, keys},
    };
    use dpgn_protocol::{
        block::Vote,
        bounded::List,
        council::{Polka, SignedBy},
        ids::BlockHash,
        sign::Signature,
    };
    use std::sync::Arc;

    const BLOCK: BlockHash = BlockHash::from_bytes([1; 32]);

    /// Forged prevotes: whoever looks at their signatures finds their sender guilty, so the guilty are counted.
    fn forged(by: AccountId, height: u64) -> Vec<u8> {
        let votes = List::new(vec![SignedBy { signer: by, signature: Signature::from_bytes(&[0; 64]) }]).unwrap();
        let polka = Polka { height: Height::new(height), round: 0, block: BLOCK, votes };
        Said::Word(Word::Polka(polka)).to_bytes().unwrap()
    }

    #[tokio::test]
    async fn what_members_say_is_checked_only_if_it_can_count() {
        let scene = Scene::new();
        let (id, member, stranger) = (scene.ledger.network(), keys(COORDINATOR), keys(PROVER));
        let (network, _events) = spawn(&stranger, NetworkConfig::new(id)).unwrap();
        let view = View { ledger: Arc::new(scene.ledger), height: Height::new(5) };
        let (_views, view) = watch::channel(view);
        let check = CouncilCheck::new(id, network.clone(), view, mpsc::channel(1).0);
        let from = member.account();

        let is_guilty = |by: AccountId, height| matches!(check.check(from, &forged(by, height)), Err(Unusable::Guilty));
        assert_eq!(
            (is_guilty(from, 6), is_guilty(stranger.account(), 6)),
            (true, false),
            "strangers' votes are not looked at"
        );
        // Consensus takes no certificate of another height, at a border or not: its signatures would be checked for nothing.
        for height in [5, 7] {
            assert!(!is_guilty(from, height) && !is_guilty(stranger.account(), height), "height {height}");
        }

        // A word of the past is of use from whoever says it of itself: it lacks the block.
        let heard = |height: u64, from: AccountId| {
            let vote = Vote { height: Height::new(height), round: 0, block: Some(BLOCK) };
            let word = Said::Word(Word::Precommit(member.sign(id, vote).unwrap().into_raw()));
            matches!(check.check(from, &word.to_bytes().unwrap()), Ok(Some(Told::Word(_))))
        };
        assert_eq!((heard(5, from), heard(5, stranger.account())), (true, false));
        assert!(heard(6, stranger.account()), "a word of now may be passed on");
        network.shutdown().await;
    }
}

#[cfg(test)]
mod refused;
