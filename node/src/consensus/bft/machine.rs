//! The core itself: one input at a time goes to the engine, or to what stands beside it.

use super::{
    BftError, Input, Output,
    context::{At, Ctx, Seats, Value},
    convert,
    early::Early,
    hands::Hands,
    late::Decision,
    locks,
};
use arc_malachitebft_core_consensus::{
    Error, Input as EngineInput, LocallyProposedValue, ProposedValue, State, process,
};
use arc_malachitebft_core_types::{Round, Validity, ValueOrigin};
use dpgn_protocol::{
    block::{Certificate, Vote},
    committee::Committee,
    council::{Checked, CheckedWord, Proposal, RoundReason, WordKind},
    ids::{AccountId, BlockHash, NetworkId},
    sign::{Keypair, Signed},
    units::Height,
};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks of one round that a verdict is asked for: as many proposals as the engine keeps. A liar signs as many as it likes,
/// and each would have its body fetched. Those that have a polka are none of a liar's.
const JUDGED_PER_ROUND_MAX: usize = 2;

/// The core for a committee of several.
pub struct Bft {
    /// None until this node is a member for the first time.
    pub(super) engine: Option<State<Ctx>>,
    pub(super) hands: Hands,
    /// Whether this node decides the height too.
    pub(super) is_member: bool,
    pub(super) early: Early,
    /// The decision of the height below.
    pub(super) parent: Option<Decision>,
    /// Members that have voted at this height.
    pub(super) voters: BTreeSet<AccountId>,
    /// Blocks of this height that the host was told the polka of.
    pub(super) polkas: BTreeSet<BlockHash>,
    /// Blocks of this height that a verdict was asked for, by the round of their proposal.
    pub(super) judged: BTreeMap<u32, BTreeSet<BlockHash>>,
    stopped: bool,
}

impl Bft {
    /// Makes a core that decides nothing yet.
    pub fn new(keys: Keypair, network: NetworkId) -> Self {
        Self {
            engine: None,
            hands: Hands::new(keys, network),
            is_member: false,
            early: Early::default(),
            parent: None,
            voters: BTreeSet::new(),
            polkas: BTreeSet::new(),
            judged: BTreeMap::new(),
            stopped: false,
        }
    }

    /// Takes one input. The same inputs always give the same outputs; after an error there are none any more.
    pub fn step(&mut self, input: Input) -> Result<Vec<Output>, BftError> {
        if self.stopped {
            return Err(BftError::Stopped);
        }
        let outputs = self.take(input).and_then(|()| self.outputs());
        self.stopped = outputs.is_err();
        outputs
    }

    /// The certificate of the block below, with the votes that have come since it was decided: it shows who was present.
    /// None if that height was not decided in here, as after a restart.
    pub fn parent_certificate(&self) -> Option<Certificate> {
        self.parent.as_ref().and_then(Decision::certificate)
    }

    /// The number of votes in that certificate.
    pub fn parent_votes(&self) -> usize {
        self.parent.as_ref().map_or(0, |decision| decision.votes.len())
    }

    /// The height that is being decided, and the round that it has come to; none if this node is silent.
    pub fn round(&self) -> Option<(Height, u32)> {
        let state = self.engine.as_ref().filter(|_| self.is_member)?;
        Some((self.hands.height, state.round().as_u32()?))
    }

    fn take(&mut self, input: Input) -> Result<(), BftError> {
        match input {
            Input::Start { height, committee, log } => self.start(height, committee, log),
            Input::Heard(word) => self.heard(word),
            Input::Propose { height, round, block } if self.is_deciding(height) => {
                let value = LocallyProposedValue::new(At(height), convert::round(round), Value(block));
                self.feed(EngineInput::Propose(value))
            }
            Input::Judged { height, round, block, by, valid } if self.is_deciding(height) => {
                self.feed(verdict(height, round, block, by, valid))
            }
            Input::Elapsed { height, timer } if self.is_deciding(height) => {
                self.feed(EngineInput::TimeoutElapsed(convert::timer_in(timer)))
            }
            Input::Show { height, round } if self.is_deciding(height) => {
                if let Some(state) = &self.engine {
                    self.hands.outputs.extend(locks::show_now(state, height, round)?);
                }
                Ok(())
            }
            Input::Arm { height } if self.is_deciding(height) => {
                self.hands.arm();
                Ok(())
            }
            Input::Propose { .. }
            | Input::Judged { .. }
            | Input::Elapsed { .. }
            | Input::Show { .. }
            | Input::Arm { .. } => Ok(()),
        }
    }

    fn is_deciding(&self, height: Height) -> bool {
        self.is_member && height == self.hands.height && self.hands.decision.is_none()
    }

    /// All that the input has brought about.
    fn outputs(&mut self) -> Result<Vec<Output>, BftError> {
        let height = self.hands.height;
        let mut outputs = std::mem::take(&mut self.hands.outputs);
        let locks = std::mem::take(&mut self.hands.locks);
        if let Some(state) = self.engine.as_ref().filter(|_| self.is_member) {
            locks::show_all(state, height, locks, &mut outputs)?;
            for polka in state.driver.polka_certificates() {
                let block = polka.value_id.0;
                if self.polkas.insert(block) {
                    outputs.push(Output::Polka { height, block });
                }
            }
        }
        if let Some(certificate) = self.hands.announcement.take() {
            outputs.push(Output::Decided(certificate));
        }
        Ok(outputs)
    }

    pub(super) fn heard(&mut self, word: Checked) -> Result<(), BftError> {
        let (height, here) = (word.height(), self.hands.height);
        let Some(seats) = self.hands.seats.clone() else { return Ok(()) };
        if height > here {
            if height == here.next() {
                self.early.keep(word, seats.committee());
            } else if let Some(peer) = signer(&word) {
                self.hands.outputs.push(Output::Ahead { peer, height });
            }
            return Ok(());
        }
        if let CheckedWord::Precommit(vote) = word.word() {
            self.collect(vote);
        }
        if height < here {
            self.hands.outputs.extend(signer(&word).map(|peer| Output::Behind { peer, height }));
            return Ok(());
        }
        // The engine warns of each that cannot count: members would fill each other's logs.
        if !self.is_deciding(height) || !may_count(seats.committee(), word.word()) {
            return Ok(());
        }
        self.feed(convert::word_in(word.word()))?;
        match word.word() {
            CheckedWord::Precommit(vote) => self.count(&seats, vote.signer()),
            CheckedWord::Prevote(vote) => self.count(&seats, vote.signer()),
            CheckedWord::Proposal(proposal) => self.want(proposal),
            CheckedWord::Polka(_) | CheckedWord::Round(_) => {}
        }
        Ok(())
    }

    /// A vote for what is decided already counts as presence.
    fn collect(&mut self, vote: &Signed<Vote>) {
        for decision in [&mut self.hands.decision, &mut self.parent].into_iter().flatten() {
            decision.add(vote);
        }
    }

    /// Once members with more than a third of the power have voted, an honest one has seen a reason to.
    fn count(&mut self, seats: &Seats, voter: AccountId) {
        self.voters.insert(voter);
        if !self.hands.armed && self.hands.decision.is_none() && seats.committee().is_third(self.voters.iter().copied())
        {
            self.hands.arm();
            self.hands.outputs.push(Output::Arm { height: self.hands.height });
        }
    }

    /// Asks for a verdict on a proposal that the engine has kept, if it has none.
    pub(super) fn want(&mut self, proposal: &Signed<Proposal>) {
        let by = proposal.signer();
        let Proposal { height, round, block, .. } = **proposal;
        let (Some(state), None) = (&self.engine, &self.hands.decision) else { return };
        let (at, in_round, value) = (At(height), convert::round(round), Value(block));
        let is_judged = state.get_proposed_value_by_id(at, in_round, &value).is_some();
        let is_rightful = state.get_proposer(at, in_round).0 == by;
        let is_near = in_round.as_i64() <= state.round().as_i64().saturating_add(i64::from(super::ROUNDS_AHEAD_MAX));
        if height != self.hands.height || is_judged || !is_rightful || !is_near || by == self.hands.own.account {
            return;
        }
        let judged = self.judged.entry(round).or_default();
        if judged.len() < JUDGED_PER_ROUND_MAX {
            judged.insert(block);
        }
        if judged.contains(&block) || self.polkas.contains(&block) {
            self.hands.outputs.push(Output::Judge { height, round, block, by });
        }
    }

    /// Feeds the engine, and stops the core if anything is wrong.
    pub(super) fn feed(&mut self, input: EngineInput<Ctx>) -> Result<(), BftError> {
        let Some(state) = &mut self.engine else { return Ok(()) };
        let hands = &mut self.hands;
        let result: Result<(), Error<Ctx>> =
            process!(input: input, state: state, metrics: &(), with: effect => hands.carry_out(effect));
        if let Some(fault) = self.hands.fault.take() {
            return Err(fault);
        }
        result.map_err(|error| BftError::Engine(error.to_string()))
    }

    /// The round in which this node still owes a proposal that it was asked for during a replay.
    pub(super) fn owed(&mut self) -> Option<u32> {
        let round = self.hands.wanted.take()?;
        let is_current = self.engine.as_ref()?.round() == Round::new(round);
        let is_made = self.hands.own.has_signed((WordKind::Proposal, round));
        (is_current && !is_made && self.hands.decision.is_none()).then_some(round)
    }
}

/// A verdict as the engine takes it in.
pub(super) fn verdict(height: Height, round: u32, block: BlockHash, by: AccountId, valid: bool) -> EngineInput<Ctx> {
    let value = ProposedValue {
        height: At(height),
        round: convert::round(round),
        valid_round: Round::Nil,
        proposer: super::context::Address(by),
        value: Value(block),
        validity: Validity::from_bool(valid),
    };
    EngineInput::ProposedValue(value, ValueOrigin::Consensus)
}

/// Whether a word can count at the height of this committee: members alone have signed it, and as many as a certificate needs.
fn may_count(committee: &Committee, word: &CheckedWord) -> bool {
    let is_member = |account: AccountId| committee.power(account).is_some();
    match word {
        CheckedWord::Precommit(vote) => is_member(vote.signer()),
        CheckedWord::Prevote(vote) => is_member(vote.signer()),
        CheckedWord::Proposal(proposal) => is_member(proposal.signer()),
        CheckedWord::Polka(polka) => {
            let mut signers = polka.votes.iter().map(|vote| vote.signer);
            committee.is_quorum(signers.clone()) && signers.all(is_member)
        }
        CheckedWord::Round(round) => {
            let mut signers = round.votes.iter().map(|vote| vote.by.signer);
            let is_enough = match round.reason {
                RoundReason::Precommits => committee.is_quorum(signers.clone()),
                RoundReason::Skip => committee.is_third(signers.clone()),
            };
            is_enough && signers.all(is_member)
        }
    }
}

/// Whoever has signed a word; a certificate is nobody's.
fn signer(word: &Checked) -> Option<AccountId> {
    match word.word() {
        CheckedWord::Precommit(vote) => Some(vote.signer()),
        CheckedWord::Prevote(vote) => Some(vote.signer()),
        CheckedWord::Proposal(proposal) => Some(proposal.signer()),
        CheckedWord::Polka(_) | CheckedWord::Round(_) => None,
    }
}
