//! The engine's hands: each of its effects becomes an output, a record to be stored, or an answer given at once.
//!
//! The engine has no way to be told that an effect failed. What must not go on is kept as a fault, which stops the core
//! before anything of the step is sent.

use super::{
    BftError, Output, Record,
    context::{Address, Ctx, Seats, SignedProposal, SignedVote, Vote},
    convert,
    late::Decision,
    locks::Lock,
    own::{Own, Place},
    record::{Timer, TimerKind},
};
use arc_malachitebft_core_consensus::{
    Effect, Input, LivenessMsg, MisbehaviorEvidence, Resumable as _, Resume, SignedConsensusMsg,
};
use arc_malachitebft_core_types::{
    self as types, CertificateError, CommitCertificate, NilOrVal, RoundCertificateType, VoteType,
};
use dpgn_protocol::{
    block::Certificate,
    codec::EncodeError,
    council::Word,
    ids::{AccountId, BlockHash, NetworkId},
    sign::{Keypair, Unverified},
    units::Height,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

pub(super) struct Hands {
    pub(super) own: Own,
    pub(super) height: Height,
    pub(super) seats: Option<Seats>,
    /// The outputs of this step.
    pub(super) outputs: Vec<Output>,
    /// The precommits among them.
    pub(super) locks: Vec<Lock>,
    /// What is to be stored before the next word is sent.
    batch: Vec<Record>,
    /// This node's own words in the log, while that is replayed.
    pub(super) replaying: Option<BTreeSet<Place>>,
    /// The round that a block was asked for while the log was replayed.
    pub(super) wanted: Option<u32>,
    pub(super) decision: Option<Decision>,
    /// The certificate of a decision that the host is to be told of.
    pub(super) announcement: Option<Certificate>,
    /// This node's own last proposal: the engine says votes again, but no proposals.
    pub(super) proposed: Option<(u32, BlockHash, Word)>,
    /// Whether there is a reason to decide this height.
    pub(super) armed: bool,
    /// Whether the timer of the first proposal waits for a reason.
    pub(super) held: bool,
    /// Why the core must stop.
    pub(super) fault: Option<BftError>,
}

impl Hands {
    pub(super) fn new(keys: Keypair, network: NetworkId) -> Self {
        Self {
            own: Own::new(keys, network),
            height: Height::new(0),
            seats: None,
            outputs: Vec::new(),
            locks: Vec::new(),
            batch: Vec::new(),
            replaying: None,
            wanted: None,
            decision: None,
            announcement: None,
            proposed: None,
            armed: false,
            held: false,
            fault: None,
        }
    }

    /// Forgets the height below.
    pub(super) fn move_to(&mut self, height: Height, seats: Seats) {
        self.height = height;
        self.seats = Some(seats);
        self.batch.clear();
        self.wanted = None;
        self.own.move_to(height);
        self.decision = None;
        self.proposed = None;
        self.armed = false;
        self.held = false;
    }

    /// There is a reason to decide this height: the first proposal is waited for from now on.
    pub(super) fn arm(&mut self) {
        self.armed = true;
        if std::mem::take(&mut self.held) {
            self.outputs.push(Output::Schedule { height: self.height, timer: FIRST_PROPOSAL });
        }
    }

    /// Carries out one effect. It cannot fail towards the engine, which would go on as if nothing were.
    pub(super) fn carry_out(&mut self, effect: Effect<Ctx>) -> Result<Resume<Ctx>, Infallible> {
        match effect {
            Effect::CancelAllTimeouts(_) => self.cancel_all(),
            Effect::CancelTimeout(timer, _) => self.cancel(timer),
            Effect::ScheduleTimeout(timer, _) => self.schedule(timer),
            Effect::StartRound(..) => {}
            Effect::PublishConsensusMsg(SignedConsensusMsg::Vote(vote), _)
            | Effect::PublishLivenessMsg(LivenessMsg::Vote(vote), _) => self.send_vote(&vote),
            Effect::PublishConsensusMsg(SignedConsensusMsg::Proposal(proposal), _) => self.send_proposal(&proposal),
            Effect::PublishLivenessMsg(LivenessMsg::PolkaCertificate(polka), _) => {
                self.send(convert::polka_out(&polka))
            }
            Effect::PublishLivenessMsg(LivenessMsg::SkipRoundCertificate(certificate), _)
            | Effect::RepublishRoundCertificate(certificate, _) => self.send(convert::round_out(&certificate)),
            Effect::RepublishVote(vote, _) => self.send_again(&vote),
            Effect::GetValue(_, round, _, _) => self.get_value(convert::number(round)),
            Effect::RestreamProposal(_, _, _, _, value, _) => self.send_body(value.0),
            Effect::Decide(certificate, _, _) => self.decide(&certificate),
            Effect::Finalize(_, _, found, _) => self.accuse(&found),
            Effect::WalAppend(_, input, _) => self.append(input),
            Effect::SignVote(vote, resume) => {
                let signed = self.own.sign_vote(&vote).map(|signature| SignedVote::new(vote, signature));
                return Ok(signed.map_or_else(|fault| self.refuse(fault), |signed| resume.resume_with(signed)));
            }
            Effect::SignProposal(proposal, resume) => {
                let signed =
                    self.own.sign_proposal(&proposal).map(|signature| SignedProposal::new(proposal, signature));
                return Ok(signed.map_or_else(|fault| self.refuse(fault), |signed| resume.resume_with(signed)));
            }
            // Whatever comes in is checked already, and the log is checked before it is replayed.
            Effect::VerifySignature(_, _, resume) => return Ok(resume.resume_with(true)),
            Effect::VerifyCommitCertificate(certificate, seats, _, resume) => {
                let signers = certificate.commit_signatures.iter().map(|s| s.address);
                return Ok(resume.resume_with(lack(&seats, signers, false).map_or(Ok(()), Err)));
            }
            Effect::VerifyPolkaCertificate(polka, seats, _, resume) => {
                let signers = polka.polka_signatures.iter().map(|s| s.address);
                return Ok(resume.resume_with(lack(&seats, signers, false).map_or(Ok(()), Err)));
            }
            Effect::VerifyRoundCertificate(certificate, seats, _, resume) => {
                let signers = certificate.round_signatures.iter().map(|s| s.address);
                let is_skip = certificate.cert_type == RoundCertificateType::Skip;
                return Ok(resume.resume_with(lack(&seats, signers, is_skip).map_or(Ok(()), Err)));
            }
            // Decided blocks come past the engine, and votes have no extensions. The answer is the wrong one, and the
            // fault stops the step.
            Effect::CertVerifiedSyncValue(..)
            | Effect::CertRejectedSyncValue(..)
            | Effect::VerifyExtendedCommitCertificate(..) => self.unforeseen("a synced value"),
            Effect::ExtendVote(..) | Effect::VerifyVoteExtension(..) => self.unforeseen("a vote's extension"),
        }
        Ok(Resume::Continue)
    }

    /// The first fault stays.
    fn stop(&mut self, fault: BftError) {
        self.fault.get_or_insert(fault);
    }

    /// Signs nothing: to the wrong answer the engine ends the step with an error.
    fn refuse(&mut self, fault: BftError) -> Resume<Ctx> {
        self.stop(fault);
        Resume::Continue
    }

    fn unforeseen(&mut self, what: &'static str) {
        self.stop(BftError::Unforeseen(what));
    }

    fn cancel_all(&mut self) {
        self.held = false;
        self.outputs.push(Output::CancelAll);
    }

    fn cancel(&mut self, timer: types::Timeout) {
        let Some(timer) = convert::timer_out(timer) else { return self.unforeseen("a timer between heights") };
        if timer == FIRST_PROPOSAL && std::mem::take(&mut self.held) {
            return;
        }
        self.outputs.push(Output::Cancel(timer));
    }

    fn schedule(&mut self, timer: types::Timeout) {
        let Some(timer) = convert::timer_out(timer) else { return self.unforeseen("a timer between heights") };
        if timer == FIRST_PROPOSAL && !self.armed {
            self.held = true;
        } else {
            self.outputs.push(Output::Schedule { height: self.height, timer });
        }
    }

    /// Asks for what is to be on disk before the next output.
    fn flush(&mut self) {
        if !self.batch.is_empty() {
            self.outputs.push(Output::Persist(std::mem::take(&mut self.batch)));
        }
    }

    fn send(&mut self, word: Result<Word, EncodeError>) {
        self.flush();
        match word {
            Ok(word) => self.outputs.push(Output::Send(word)),
            Err(error) => self.stop(error.into()),
        }
    }

    fn send_vote(&mut self, vote: &SignedVote) {
        self.send(convert::vote_out(vote));
        let Vote { kind, round, value, by, .. } = vote.message;
        if let (VoteType::Precommit, NilOrVal::Val(value)) = (kind, value)
            && by.0 == self.own.account
        {
            let at = self.outputs.len().saturating_sub(1);
            self.locks.push(Lock { at, round: convert::number(round), block: value.0 });
        }
    }

    fn send_proposal(&mut self, proposal: &SignedProposal) {
        let word = convert::proposal_out(proposal);
        if let (Ok(word), true) = (&word, proposal.message.by.0 == self.own.account) {
            self.proposed = Some((convert::number(proposal.message.round), proposal.message.value.0, word.clone()));
        }
        self.send(word);
    }

    /// Says a vote again, and with a prevote this node's own proposal of the same round: one lost frame would cost a round.
    fn send_again(&mut self, vote: &SignedVote) {
        if let (VoteType::Prevote, Some((round, block, word))) = (vote.message.kind, &self.proposed)
            && *round == convert::number(vote.message.round)
        {
            let (block, word) = (*block, word.clone());
            self.send_body(block);
            self.outputs.push(Output::Send(word));
        }
        self.send_vote(vote);
    }

    fn send_body(&mut self, block: BlockHash) {
        self.outputs.push(Output::SendBody { height: self.height, block });
    }

    fn accuse(&mut self, found: &MisbehaviorEvidence<Ctx>) {
        match convert::evidence_out(found) {
            Ok(pairs) if pairs.is_empty() => {}
            Ok(pairs) => self.outputs.push(Output::Evidence(pairs)),
            Err(error) => self.stop(error.into()),
        }
    }

    fn get_value(&mut self, round: u32) {
        if self.replaying.is_some() {
            self.wanted = Some(round);
        } else {
            self.outputs.push(Output::GetValue { height: self.height, round });
        }
    }

    /// The block's commit stands for what others have said; what this node has said is stored first.
    fn decide(&mut self, certificate: &CommitCertificate<Ctx>) {
        let me = self.own.account;
        if self.batch.iter().any(|record| author(record) == Some(me)) {
            self.flush();
        }
        self.batch.clear();
        let Some(seats) = &self.seats else { return };
        let vote = dpgn_protocol::block::Vote {
            height: certificate.height.0,
            round: convert::number(certificate.round),
            block: Some(certificate.value_id.0),
        };
        let votes = certificate.commit_signatures.iter();
        let votes: Result<BTreeMap<_, Unverified>, EncodeError> =
            votes.map(|s| Ok((s.address.0, convert::raw(s.address, s.signature, &vote)?))).collect();
        match votes {
            Ok(votes) => {
                let committee = seats.committee().clone();
                let (height, round, block) = (vote.height, vote.round, certificate.value_id.0);
                let decision = Decision { committee, height, round, block, votes };
                self.announcement = decision.certificate();
                if self.announcement.is_none() {
                    self.unforeseen("a certificate of too many votes");
                }
                self.decision = Some(decision);
            }
            Err(error) => self.stop(error.into()),
        }
    }

    /// What the log needs of an input. A replay reads the log; only what this node says anew is written.
    fn append(&mut self, input: Input<Ctx>) {
        let record = match input {
            Input::Vote(vote) => convert::vote_out(&vote).map(Record::Word),
            Input::Proposal(proposal) => convert::proposal_out(&proposal).map(Record::Word),
            Input::PolkaCertificate(polka) => convert::polka_out(&polka).map(Record::Word),
            Input::TimeoutElapsed(timer) => match convert::timer_out(timer) {
                Some(timer) => Ok(Record::Elapsed(timer)),
                None => return self.unforeseen("a timer between heights"),
            },
            Input::ProposedValue(value, _) => Ok(Record::Value {
                round: convert::number(value.round),
                block: value.value.0,
                by: value.proposer.0,
                valid: value.validity.is_valid(),
            }),
            Input::StartHeight(..) | Input::RoundCertificate(_) | Input::Propose(_) | Input::SyncValueResponse(_) => {
                return self.unforeseen("a record of what is never logged");
            }
        };
        match record {
            Ok(record) => {
                if self.is_new(&record) {
                    self.batch.push(record);
                }
            }
            Err(error) => self.stop(error.into()),
        }
    }

    fn is_new(&self, record: &Record) -> bool {
        let Some(logged) = &self.replaying else { return true };
        match record.word() {
            Ok(Some((word, _))) => word.signer == self.own.account && !logged.contains(&(word.kind, word.round)),
            Ok(None) | Err(_) => false,
        }
    }
}

/// The timer of the first proposal of a height.
const FIRST_PROPOSAL: Timer = Timer { kind: TimerKind::Propose, round: 0 };

/// Whoever has signed the one word of a record.
fn author(record: &Record) -> Option<AccountId> {
    match record {
        Record::Word(Word::Precommit(raw) | Word::Prevote(raw) | Word::Proposal(raw)) => Some(raw.signer),
        Record::Word(Word::Polka(_) | Word::Round(_)) | Record::Value { .. } | Record::Elapsed(_) => None,
    }
}

/// What votes lack: they are of members alone, with more than two thirds of the power, or with more than a third.
fn lack(
    seats: &Seats,
    mut signers: impl Iterator<Item = Address> + Clone,
    third: bool,
) -> Option<CertificateError<Ctx>> {
    let committee = seats.committee();
    let accounts = signers.clone().map(|signer| signer.0);
    let is_enough = if third { committee.is_third(accounts) } else { committee.is_quorum(accounts) };
    let few = CertificateError::NotEnoughVotingPower { signed: 0, total: committee.total(), expected: 0 };
    let stranger = signers.find(|signer| committee.power(signer.0).is_none());
    stranger.map(CertificateError::UnknownValidator).or((!is_enough).then_some(few))
}
