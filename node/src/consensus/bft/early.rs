//! Words of the next height, which come before this node has got there.
//!
//! One of each signer, kind and round is kept, for few rounds: a flood finds no room. Who decides the next height is not
//! known at a border between epochs, so strangers' words are kept too, but in a place of their own: keys are free, and
//! whoever makes thousands of them must not push out a member.

use super::ROUNDS_AHEAD_MAX;
use dpgn_protocol::{
    committee::Committee,
    council::{Checked, CheckedWord, WordKind},
    ids::AccountId,
    limits::COMMITTEE_MAX,
};
use std::collections::BTreeMap;

/// Strangers' words: as many as a whole committee of newcomers can say. Those of members are bounded by their number.
const STRANGERS_WORDS_MAX: usize = COMMITTEE_MAX * 3 * (ROUNDS_AHEAD_MAX as usize + 1);

type Place = (AccountId, WordKind, u32);

/// Words of one height that is not being decided yet.
#[derive(Default)]
pub(super) struct Early {
    of_members: BTreeMap<Place, Checked>,
    of_strangers: BTreeMap<Place, Checked>,
}

impl Early {
    /// Keeps a word, if it is the first of its kind and there is room. Certificates are not kept: whoever has one says it
    /// again.
    pub(super) fn keep(&mut self, word: Checked, members: &Committee) {
        let (signer, kind, round) = match word.word() {
            CheckedWord::Precommit(vote) => (vote.signer(), WordKind::Precommit, vote.round),
            CheckedWord::Prevote(vote) => (vote.signer(), WordKind::Prevote, vote.round),
            CheckedWord::Proposal(proposal) => (proposal.signer(), WordKind::Proposal, proposal.round),
            CheckedWord::Polka(_) | CheckedWord::Round(_) => return,
        };
        if round > ROUNDS_AHEAD_MAX {
            return;
        }
        if members.power(signer).is_some() {
            self.of_members.entry((signer, kind, round)).or_insert(word);
        } else if self.of_strangers.len() < STRANGERS_WORDS_MAX {
            self.of_strangers.entry((signer, kind, round)).or_insert(word);
        }
    }

    /// Takes out all words, in the same order on every machine.
    pub(super) fn take(&mut self) -> Vec<Checked> {
        let Self { of_members, of_strangers } = std::mem::take(self);
        of_members.into_values().chain(of_strangers.into_values()).collect()
    }
}
