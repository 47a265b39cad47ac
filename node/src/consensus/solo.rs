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
    /// Somebody else decides.
    Silent,
    /// Waiting for a block.
    Waiting,
    /// Waiting for the vote to be durable.
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
            State::Voted(vote, _) => Err(ConsensusError::AlreadyVoted { got: hash, voted: vote.block }),
            State::Waiting => {
                let vote = Vote { height: self.height, round: 0, block: hash };
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
                let certificate = certificate(vote, vec![signed.into_raw()])?;
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
