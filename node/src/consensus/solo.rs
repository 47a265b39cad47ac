//! A committee of one: its own vote is the certificate.
//!
//! The vote is durable before it counts, so a node that dies in between decides the same block again.

use super::{ConsensusError, Input, Output, certificate};
use dpgn_protocol::{
    block::{Block, Decided, Vote},
    ids::NetworkId,
    sign::Keypair,
    units::Height,
};

/// The core for a committee of one. For a committee this node does not rule alone it stays silent.
pub struct Solo {
    keys: Keypair,
    network: NetworkId,
    height: Height,
    state: State,
}

enum State {
    /// Another committee decides the height.
    Silent,
    /// The core waits for a block of this node's.
    Waiting,
    /// The core waits for the vote to be durable.
    Voted(Vote, Box<Block>),
}

impl Solo {
    /// A core that decides nothing yet.
    pub fn new(keys: Keypair, network: NetworkId) -> Self {
        Self { keys, network, height: Height::new(0), state: State::Silent }
    }

    /// The same inputs always give the same outputs.
    pub fn step(&mut self, input: Input) -> Result<Vec<Output>, ConsensusError> {
        match input {
            Input::Start { height, committee, voted } => {
                self.height = height;
                let own = self.keys.account();
                if !committee.is_quorum([own]) {
                    self.state = State::Silent;
                    return Ok(Vec::new());
                }
                self.state = State::Waiting;
                match voted.map(|v| *v).filter(|(vote, _)| vote.height == height) {
                    Some((vote, block)) => {
                        self.state = State::Voted(vote, Box::new(block));
                        self.stored(vote)
                    }
                    None => Ok(vec![Output::GetValue { height, round: 0 }]),
                }
            }
            Input::Value(block) => self.value(block),
            Input::Stored(vote) => self.stored(vote),
        }
    }

    fn value(&mut self, block: Box<Block>) -> Result<Vec<Output>, ConsensusError> {
        self.at_height(block.header.height)?;
        let hash = block.header.hash()?;
        match &self.state {
            State::Silent => Ok(Vec::new()),
            State::Voted(_, before) => Err(ConsensusError::AlreadyVoted { got: hash, voted: before.header.hash()? }),
            State::Waiting => {
                let vote = Vote { height: self.height, round: 0, block: Some(hash) };
                self.state = State::Voted(vote, block.clone());
                Ok(vec![Output::Store(vote, block)])
            }
        }
    }

    fn stored(&mut self, stored: Vote) -> Result<Vec<Output>, ConsensusError> {
        self.at_height(stored.height)?;
        match std::mem::replace(&mut self.state, State::Silent) {
            State::Voted(vote, block) if vote == stored => {
                let signed = self.keys.sign(self.network, vote)?;
                let certificate = certificate(vote, block.header.hash()?, vec![signed.into_raw()])?;
                Ok(vec![Output::Decided(Box::new(Decided { block: *block, certificate }))])
            }
            state => {
                self.state = state;
                Ok(Vec::new())
            }
        }
    }

    fn at_height(&self, got: Height) -> Result<(), ConsensusError> {
        if got == self.height { Ok(()) } else { Err(ConsensusError::WrongHeight { got, expected: self.height }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{
        bounded::List,
        committee::{Committee, Member},
        ids::{BlockHash, BodyHash, CertificateHash, CommitteeHash, OpsRoot, StateRoot},
        units::{Epoch, Power, Timestamp},
    };

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

    fn block(height: u64, time: u64) -> Block {
        let header = dpgn_protocol::block::Header {
            network: network(),
            height: Height::new(height),
            parent: BlockHash::from_bytes([0; 32]),
            time: Timestamp::new(time),
            epoch: Epoch::new(0),
            proposer: keys(1).account(),
            last_commit: CertificateHash::from_bytes([0; 32]),
            body: BodyHash::from_bytes([0; 32]),
            ops: OpsRoot::from_bytes([0; 32]),
            state: StateRoot::from_bytes([0; 32]),
            next_committee: CommitteeHash::from_bytes([0; 32]),
        };
        Block { header, last_commit: None, ops: List::default() }
    }

    fn start(height: u64, seeds: &[u8], voted: Option<(Vote, Block)>) -> Input {
        Input::Start { height: Height::new(height), committee: committee(seeds), voted: voted.map(Box::new) }
    }

    fn vote_for(block: &Block) -> Vote {
        Vote { height: block.header.height, round: 0, block: Some(block.header.hash().unwrap()) }
    }

    #[test]
    fn a_block_is_decided_once_its_vote_is_stored() {
        let mut core = Solo::new(keys(1), network());
        let ask = vec![Output::GetValue { height: Height::new(1), round: 0 }];
        assert_eq!(core.step(start(1, &[1], None)), Ok(ask));
        let block = block(1, 5);
        let vote = vote_for(&block);
        let store = vec![Output::Store(vote, Box::new(block.clone()))];
        assert_eq!(core.step(Input::Value(Box::new(block.clone()))), Ok(store));
        let outputs = core.step(Input::Stored(vote)).unwrap();
        let [Output::Decided(decided)] = outputs.as_slice() else { panic!("{outputs:?}") };
        assert_eq!(decided.block, block);
        assert_eq!(decided.certificate.check(network(), &committee(&[1])), Ok(()));
        assert_eq!(core.step(Input::Stored(vote)), Ok(Vec::new()), "it is decided once");
    }

    #[test]
    fn after_a_vote_there_is_no_other_block_at_this_height() {
        let mut core = Solo::new(keys(1), network());
        core.step(start(1, &[1], None)).unwrap();
        let (first, second) = (block(1, 5), block(1, 6));
        core.step(Input::Value(Box::new(first.clone()))).unwrap();
        let refused = core.step(Input::Value(Box::new(second.clone())));
        let (got, voted) = (second.header.hash().unwrap(), first.header.hash().unwrap());
        assert_eq!(refused, Err(ConsensusError::AlreadyVoted { got, voted }));
    }

    #[test]
    fn a_vote_found_after_a_crash_decides_the_same_block() {
        let block = block(3, 5);
        let vote = vote_for(&block);
        let mut core = Solo::new(keys(1), network());
        let outputs = core.step(start(3, &[1], Some((vote, block.clone())))).unwrap();
        let [Output::Decided(decided)] = outputs.as_slice() else { panic!("{outputs:?}") };
        assert_eq!(decided.block, block);
    }

    #[test]
    fn who_does_not_rule_alone_is_silent() {
        for seeds in [&[2][..], &[1, 2][..]] {
            let mut core = Solo::new(keys(1), network());
            assert_eq!(core.step(start(1, seeds, None)), Ok(Vec::new()));
            assert_eq!(core.step(Input::Value(Box::new(block(1, 5)))), Ok(Vec::new()));
        }
    }

    #[test]
    fn another_height_is_the_hosts_mistake() {
        let mut core = Solo::new(keys(1), network());
        core.step(start(1, &[1], None)).unwrap();
        let wrong = ConsensusError::WrongHeight { got: Height::new(2), expected: Height::new(1) };
        assert_eq!(core.step(Input::Value(Box::new(block(2, 5)))), Err(wrong));
    }
}
