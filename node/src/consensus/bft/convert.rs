//! To and fro between what is said on the wire and what the engine knows.
//!
//! Out of the engine a body is encoded again: a value has one encoding, so the signature still holds.

use super::{
    Evidence,
    context::{self, Address, At, Ctx, SignedProposal, SignedVote, Value},
    record::{Timer, TimerKind},
};
use arc_malachitebft_core_consensus::{Input, MisbehaviorEvidence};
use arc_malachitebft_core_types::{
    self as types, NilOrVal, PolkaSignature, RoundCertificateType, RoundSignature, VoteType,
};
use dpgn_protocol::{
    block::Vote,
    bounded::{Bytes, List},
    codec::{self, EncodeError},
    council::{
        CheckedWord, Polka, Prevote, Proposal, RoundCertificate, RoundReason, RoundVote, SignedBy, Word, WordKind,
    },
    ids::{AccountId, BlockHash},
    sign::{Message, Signature, Signed, Unverified},
};

pub(super) fn round(round: u32) -> types::Round {
    types::Round::new(round)
}

/// The number of a round; the engine knows a round before the first, which nothing is ever said in.
pub(super) fn number(round: types::Round) -> u32 {
    round.as_u32().unwrap_or(0)
}

pub(super) fn value(block: Option<BlockHash>) -> NilOrVal<Value> {
    block.map_or(NilOrVal::Nil, |block| NilOrVal::Val(Value(block)))
}

fn block(value: NilOrVal<Value>) -> Option<BlockHash> {
    match value {
        NilOrVal::Nil => None,
        NilOrVal::Val(Value(block)) => Some(block),
    }
}

pub(super) fn precommit_in(vote: &Signed<Vote>) -> SignedVote {
    let vote_in = context::Vote {
        kind: VoteType::Precommit,
        height: At(vote.height),
        round: round(vote.round),
        value: value(vote.block),
        by: Address(vote.signer()),
    };
    SignedVote::new(vote_in, vote.raw().signature)
}

pub(super) fn prevote_in(vote: &Signed<Prevote>) -> SignedVote {
    let vote_in = context::Vote {
        kind: VoteType::Prevote,
        height: At(vote.height),
        round: round(vote.round),
        value: value(vote.block),
        by: Address(vote.signer()),
    };
    SignedVote::new(vote_in, vote.raw().signature)
}

pub(super) fn proposal_in(proposal: &Signed<Proposal>) -> SignedProposal {
    let proposal_in = context::Proposal {
        height: At(proposal.height),
        round: round(proposal.round),
        value: Value(proposal.block),
        pol_round: proposal.pol_round.into(),
        by: Address(proposal.signer()),
    };
    SignedProposal::new(proposal_in, proposal.raw().signature)
}

/// A word as the engine takes it in.
pub(super) fn word_in(word: &CheckedWord) -> Input<Ctx> {
    match word {
        CheckedWord::Precommit(vote) => Input::Vote(precommit_in(vote)),
        CheckedWord::Prevote(vote) => Input::Vote(prevote_in(vote)),
        CheckedWord::Proposal(proposal) => Input::Proposal(proposal_in(proposal)),
        CheckedWord::Polka(polka) => Input::PolkaCertificate(types::PolkaCertificate {
            height: At(polka.height),
            round: round(polka.round),
            value_id: Value(polka.block),
            polka_signatures: polka.votes.iter().map(|v| PolkaSignature::new(Address(v.signer), v.signature)).collect(),
        }),
        CheckedWord::Round(certificate) => Input::RoundCertificate(types::RoundCertificate {
            height: At(certificate.height),
            round: round(certificate.round),
            cert_type: match certificate.reason {
                RoundReason::Skip => RoundCertificateType::Skip,
                RoundReason::Precommits => RoundCertificateType::Precommit,
            },
            round_signatures: certificate.votes.iter().map(round_vote_in).collect(),
        }),
    }
}

fn round_vote_in(vote: &RoundVote) -> RoundSignature<Ctx> {
    let kind = if vote.precommit { VoteType::Precommit } else { VoteType::Prevote };
    RoundSignature::new(kind, value(vote.block), Address(vote.by.signer), vote.by.signature)
}

/// What stood on the wire, from the message and its signature.
pub(super) fn raw<T: Message>(signer: Address, signature: Signature, message: &T) -> Result<Unverified, EncodeError> {
    Ok(Unverified { signer: signer.0, body: Bytes::new(codec::encode(message)?)?, signature })
}

pub(super) fn precommit_of(vote: &context::Vote) -> Vote {
    Vote { height: vote.height.0, round: number(vote.round), block: block(vote.value) }
}

pub(super) fn prevote_of(vote: &context::Vote) -> Prevote {
    Prevote { height: vote.height.0, round: number(vote.round), block: block(vote.value) }
}

pub(super) fn proposal_of(proposal: &context::Proposal) -> Proposal {
    Proposal {
        height: proposal.height.0,
        round: number(proposal.round),
        pol_round: proposal.pol_round.as_u32(),
        block: proposal.value.0,
    }
}

pub(super) fn vote_out(signed: &SignedVote) -> Result<Word, EncodeError> {
    let vote = &signed.message;
    Ok(match vote.kind {
        VoteType::Precommit => Word::Precommit(raw(vote.by, signed.signature, &precommit_of(vote))?),
        VoteType::Prevote => Word::Prevote(raw(vote.by, signed.signature, &prevote_of(vote))?),
    })
}

pub(super) fn proposal_out(signed: &SignedProposal) -> Result<Word, EncodeError> {
    Ok(Word::Proposal(raw(signed.message.by, signed.signature, &proposal_of(&signed.message))?))
}

pub(super) fn polka_out(polka: &types::PolkaCertificate<Ctx>) -> Result<Word, EncodeError> {
    let votes = polka.polka_signatures.iter();
    let mut votes: Vec<_> = votes.map(|v| SignedBy { signer: v.address.0, signature: v.signature }).collect();
    in_order(&mut votes, |v| v.signer);
    let (height, round, block) = (polka.height.0, number(polka.round), polka.value_id.0);
    Ok(Word::Polka(Polka { height, round, block, votes: List::new(votes)? }))
}

pub(super) fn round_out(certificate: &types::RoundCertificate<Ctx>) -> Result<Word, EncodeError> {
    let votes = certificate.round_signatures.iter().map(|v| RoundVote {
        precommit: v.vote_type == VoteType::Precommit,
        block: block(v.value_id),
        by: SignedBy { signer: v.address.0, signature: v.signature },
    });
    let mut votes: Vec<_> = votes.collect();
    in_order(&mut votes, |v| v.by.signer);
    let reason = match certificate.cert_type {
        RoundCertificateType::Skip => RoundReason::Skip,
        RoundCertificateType::Precommit => RoundReason::Precommits,
    };
    let (height, round) = (certificate.height.0, number(certificate.round));
    Ok(Word::Round(RoundCertificate { height, round, reason, votes: List::new(votes)? }))
}

/// Brings votes into the order of the wire; the first of each signer stays.
fn in_order<T>(votes: &mut Vec<T>, signer: impl Fn(&T) -> AccountId) {
    votes.sort_by_key(|vote| signer(vote));
    votes.dedup_by_key(|vote| signer(vote));
}

pub(super) fn timer_in(timer: Timer) -> types::Timeout {
    let round = round(timer.round);
    match timer.kind {
        TimerKind::Propose => types::Timeout::propose(round),
        TimerKind::Prevote => types::Timeout::prevote(round),
        TimerKind::Precommit => types::Timeout::precommit(round),
        TimerKind::Rebroadcast => types::Timeout::rebroadcast(round),
    }
}

/// Our timer; none for the engine's wait before the next height, which is never asked for.
pub(super) fn timer_out(timer: types::Timeout) -> Option<Timer> {
    let kind = match timer.kind {
        types::TimeoutKind::Propose => TimerKind::Propose,
        types::TimeoutKind::Prevote => TimerKind::Prevote,
        types::TimeoutKind::Precommit => TimerKind::Precommit,
        types::TimeoutKind::Rebroadcast => TimerKind::Rebroadcast,
        types::TimeoutKind::FinalizeHeight(_) => return None,
    };
    Some(Timer { kind, round: number(timer.round) })
}

/// All pairs that the engine has found: at most three of votes and some of proposals for each member.
pub(super) fn evidence_out(found: &MisbehaviorEvidence<Ctx>) -> Result<Vec<Evidence>, EncodeError> {
    let mut pairs = Vec::new();
    for (first, second) in found.votes.iter().flat_map(|(_, pairs)| pairs) {
        let pair = |kind, first, second| Evidence { kind, first, second };
        pairs.push(match (vote_out(first)?, vote_out(second)?) {
            (Word::Precommit(first), Word::Precommit(second)) => pair(WordKind::Precommit, first, second),
            (Word::Prevote(first), Word::Prevote(second)) => pair(WordKind::Prevote, first, second),
            (_, _) => continue,
        });
    }
    for (first, second) in found.proposals.iter().flat_map(|(_, pairs)| pairs) {
        let raw = |p: &SignedProposal| raw(p.message.by, p.signature, &proposal_of(&p.message));
        pairs.push(Evidence { kind: WordKind::Proposal, first: raw(first)?, second: raw(second)? });
    }
    Ok(pairs)
}
