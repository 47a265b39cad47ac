//! What members say on their streams: decoded, bounded and verified on a thread of its own.
//!
//! Signatures are checked here, whoever they are by: who is a member at a height is the business of whoever decides it.

use super::{View, unusable::Unusable};
use crate::{
    driver::verify_ops,
    engine::{CouncilInput, Input},
    network::{Event, Network, Offence},
    runtime::deciders::Deciders,
};
use dpgn_protocol::{
    block::{Block, Decided},
    codec::DecodeError,
    council::{Checked, Said, Word},
    ids::{AccountId, NetworkId},
    wire::Wire,
};
use tokio::sync::{mpsc, watch};

/// Something that a member has said, fit to be fed.
#[derive(Debug)]
pub(in crate::runtime) enum Told {
    /// A word for consensus.
    Word(Box<Checked>),
    /// Something for the engine.
    Input(Box<Input>),
}

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

    /// A word that is of use here: of the past a member speaks for itself, and a certificate is by members.
    fn word(&self, from: AccountId, word: Word) -> Result<Option<Told>, Unusable> {
        let view = self.view.borrow().clone();
        let committee = view.ledger.committee();
        let by_members =
            |mut signers: std::slice::Iter<'_, _>| signers.all(|signer| committee.power(*signer).is_some());
        match &word {
            // Beyond the next border another committee decides, which is not known yet.
            Word::Polka(_) | Word::Round(_) if view.is_border => {}
            Word::Polka(polka) => {
                let signers: Vec<AccountId> = polka.votes.iter().map(|vote| vote.signer).collect();
                if !by_members(signers.iter()) {
                    return Ok(None);
                }
            }
            Word::Round(certificate) => {
                let signers: Vec<AccountId> = certificate.votes.iter().map(|vote| vote.by.signer).collect();
                if !by_members(signers.iter()) {
                    return Ok(None);
                }
            }
            Word::Precommit(_) | Word::Prevote(_) | Word::Proposal(_) => {}
        }
        let signer = match &word {
            Word::Precommit(raw) | Word::Prevote(raw) | Word::Proposal(raw) => Some(raw.signer),
            Word::Polka(_) | Word::Round(_) => None,
        };
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
