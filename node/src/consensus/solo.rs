//! A committee of one: its own vote is the certificate.
//!
//! The vote is durable before it counts, so a node that dies in between decides the same block again.

use super::bft::{BftError, Input, Output, Record};
use dpgn_protocol::{
    block::{Certificate, Vote},
    bounded::List,
    codec::EncodeError,
    council::{CheckedWord, Word, WordKind},
    ids::{AccountId, BlockHash, NetworkId},
    sign::{Keypair, Signed},
    units::Height,
};

/// The core for a committee of one. For a committee this node does not rule alone it stays silent.
pub struct Solo {
    keys: Keypair,
    network: NetworkId,
    account: AccountId,
    height: Height,
    state: State,
}

enum State {
    /// Another committee decides the height.
    Silent,
    /// The core waits for a block of this node's.
    Waiting,
    /// The core has voted for this block, and so decided it.
    Voted(BlockHash),
}

impl Solo {
    /// A core that decides nothing yet.
    pub fn new(keys: Keypair, network: NetworkId) -> Self {
        Self { account: keys.account(), keys, network, height: Height::new(0), state: State::Silent }
    }

    /// The same inputs always give the same outputs.
    pub fn step(&mut self, input: Input) -> Result<Vec<Output>, BftError> {
        match input {
            Input::Start { height, committee, log } => {
                (self.height, self.state) = (height, State::Silent);
                if !matches!(committee.members(), [alone] if alone.account == self.account) {
                    return Ok(Vec::new());
                }
                self.state = State::Waiting;
                match self.vote_in(log)? {
                    Some((block, vote)) => Ok(vec![self.decided(block, &vote)?]),
                    None => Ok(vec![Output::GetValue { height, round: 0 }]),
                }
            }
            Input::Propose { height, round, block } if height == self.height => self.propose(round, block),
            // There is nobody else to hear, and nothing to wait for.
            Input::Propose { .. }
            | Input::Heard(_)
            | Input::Judged { .. }
            | Input::Elapsed { .. }
            | Input::Show { .. }
            | Input::Arm { .. } => Ok(Vec::new()),
        }
    }

    fn propose(&mut self, round: u32, block: BlockHash) -> Result<Vec<Output>, BftError> {
        match self.state {
            State::Silent => Ok(Vec::new()),
            State::Voted(voted) if voted == block => Ok(Vec::new()),
            State::Voted(_) => Err(BftError::Contradiction { height: self.height, round, kind: WordKind::Precommit }),
            State::Waiting => {
                let vote = self.keys.sign(self.network, Vote { height: self.height, round, block: Some(block) })?;
                let value = Record::Value { round, block, by: self.account, valid: true };
                let word = Record::Word(Word::Precommit(vote.raw().clone()));
                Ok(vec![Output::Persist(vec![value, word]), self.decided(block, &vote)?])
            }
        }
    }

    /// This node's vote at this height before it stopped, and the block that it is for.
    fn vote_in(&self, log: Vec<Record>) -> Result<Option<(BlockHash, Signed<Vote>)>, BftError> {
        let height = self.height;
        for record in log {
            let Record::Word(word @ Word::Precommit(_)) = record else { continue };
            let checked = word.check(self.network).map_err(|reason| BftError::Log { height, reason })?;
            if let CheckedWord::Precommit(vote) = checked.into_word()
                && vote.signer() == self.account
                && let Some(block) = vote.block.filter(|_| vote.height == height)
            {
                return Ok(Some((block, vote)));
            }
        }
        Ok(None)
    }

    /// The vote alone decides.
    fn decided(&mut self, block: BlockHash, vote: &Signed<Vote>) -> Result<Output, BftError> {
        self.state = State::Voted(block);
        let votes = List::new(vec![vote.raw().clone()]).map_err(EncodeError::from)?;
        Ok(Output::Decided(Certificate { height: vote.height, round: vote.round, block, votes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{
        committee::{Committee, Member},
        units::Power,
    };

    const FIRST: BlockHash = BlockHash::from_bytes([1; 32]);
    const SECOND: BlockHash = BlockHash::from_bytes([2; 32]);

    fn network() -> NetworkId {
        NetworkId::from_bytes([7; 32])
    }

    fn keys(seed: u8) -> Keypair {
        Keypair::from_seed(&[seed; 32])
    }

    fn committee(seeds: &[u8]) -> Committee {
        let mut members: Vec<Member> =
            seeds.iter().map(|s| Member { account: keys(*s).account(), power: Power::new(1) }).collect();
        members.sort_by_key(|m| m.account);
        Committee::new(members).unwrap()
    }

    fn start(height: u64, seeds: &[u8], log: Vec<Record>) -> Input {
        Input::Start { height: Height::new(height), committee: committee(seeds), log }
    }

    fn propose(height: u64, block: BlockHash) -> Input {
        Input::Propose { height: Height::new(height), round: 0, block }
    }

    /// A core that waits for a block, and what it says to the first one.
    fn voted() -> (Solo, Vec<Output>) {
        let mut core = Solo::new(keys(1), network());
        let ask = vec![Output::GetValue { height: Height::new(1), round: 0 }];
        assert_eq!(core.step(start(1, &[1], Vec::new())), Ok(ask));
        let outputs = core.step(propose(1, FIRST)).unwrap();
        (core, outputs)
    }

    #[test]
    fn a_block_is_decided_once_its_vote_is_stored() {
        let (mut core, outputs) = voted();
        let [Output::Persist(records), Output::Decided(certificate)] = outputs.as_slice() else {
            panic!("{outputs:?}")
        };
        let value = Record::Value { round: 0, block: FIRST, by: keys(1).account(), valid: true };
        assert_eq!((records.len(), &records[0]), (2, &value), "the body is stored with the vote");
        assert_eq!(certificate.block, FIRST);
        assert_eq!(certificate.check(network(), &committee(&[1])), Ok(()));
        assert_eq!(core.step(propose(1, FIRST)), Ok(Vec::new()), "it is decided once");
    }

    #[test]
    fn after_a_vote_there_is_no_other_block_at_this_height() {
        let (mut core, _) = voted();
        let refused = BftError::Contradiction { height: Height::new(1), round: 0, kind: WordKind::Precommit };
        assert_eq!(core.step(propose(1, SECOND)), Err(refused));
    }

    #[test]
    fn a_vote_found_after_a_crash_decides_the_same_block() {
        let (_, outputs) = voted();
        let [Output::Persist(records), decided] = outputs.as_slice() else { panic!("{outputs:?}") };
        let mut again = Solo::new(keys(1), network());
        assert_eq!(again.step(start(1, &[1], records.clone())), Ok(vec![decided.clone()]));
    }

    #[test]
    fn who_does_not_rule_alone_is_silent() {
        for seeds in [&[2][..], &[1, 2][..]] {
            let mut core = Solo::new(keys(1), network());
            assert_eq!(core.step(start(1, seeds, Vec::new())), Ok(Vec::new()));
            assert_eq!(core.step(propose(1, FIRST)), Ok(Vec::new()));
        }
    }

    #[test]
    fn a_block_for_another_height_is_dropped() {
        let mut core = Solo::new(keys(1), network());
        core.step(start(1, &[1], Vec::new())).unwrap();
        assert_eq!(core.step(propose(2, FIRST)), Ok(Vec::new()));
    }
}
