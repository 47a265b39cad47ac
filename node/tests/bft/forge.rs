//! Certificates of what was overheard and of own words for everything: too few, doubled, mixed.

use crate::{
    liars::{precommit, prevote},
    world::{Overheard, World},
};
use dpgn_protocol::{
    bounded::List,
    council::{Polka, RoundCertificate, RoundReason, RoundVote, SignedBy, Word},
    ids::BlockHash,
    sign::Unverified,
    units::Height,
};

/// A vote with all that a certificate may say of it.
struct Found {
    height: u64,
    round: u32,
    vote: RoundVote,
}

fn found(overheard: &Overheard) -> Found {
    let vote = |precommit, block, raw: &Unverified| {
        let by = SignedBy { signer: raw.signer, signature: raw.signature };
        RoundVote { precommit, block, by }
    };
    match overheard {
        Overheard::Precommit(v) => Found { height: v.height.get(), round: v.round, vote: vote(true, v.block, v.raw()) },
        Overheard::Prevote(v) => Found { height: v.height.get(), round: v.round, vote: vote(false, v.block, v.raw()) },
    }
}

fn own(world: &World, me: usize, height: u64, round: u32, block: Option<BlockHash>) -> [RoundVote; 2] {
    let host = &world.hosts[me];
    [prevote(host, height, round, block), precommit(host, height, round, block)].map(|word| match word {
        Word::Prevote(raw) => {
            RoundVote { precommit: false, block, by: SignedBy { signer: raw.signer, signature: raw.signature } }
        }
        Word::Precommit(raw) => {
            RoundVote { precommit: true, block, by: SignedBy { signer: raw.signer, signature: raw.signature } }
        }
        Word::Proposal(_) | Word::Polka(_) | Word::Round(_) => unreachable!("votes alone are made here"),
    })
}

/// A certificate of some round that was overheard; none if nothing was.
pub fn certificate(world: &mut World, me: usize) -> Option<Word> {
    let overheard = std::mem::take(&mut world.overheard);
    let chosen = world.random.pick(&overheard).map(found);
    let same = |f: &Found| chosen.as_ref().is_some_and(|c| (c.height, c.round) == (f.height, f.round));
    let mut votes: Vec<_> = overheard.iter().map(found).filter(same).map(|f| f.vote).collect();
    world.overheard = overheard;
    let Found { height, round, vote } = chosen?;
    let known = world.seen.iter().rev().find(|h| h.height.get() == height).and_then(|h| h.hash().ok());
    votes.extend(own(world, me, height, round, known));
    if let (Some(block), true) = (vote.block, world.random.chance(500)) {
        votes.retain(|v| !v.precommit && v.block == Some(block));
        votes.extend(own(world, me, height, round, Some(block)).into_iter().filter(|v| !v.precommit));
        let votes = arrange(world, votes).into_iter().map(|v| v.by).collect();
        return Some(Word::Polka(Polka { height: Height::new(height), round, block, votes: List::new(votes).ok()? }));
    }
    let mut reason = RoundReason::Skip;
    if world.random.chance(500) {
        reason = RoundReason::Precommits;
        votes.retain(|v| v.precommit);
    }
    let votes = List::new(arrange(world, votes)).ok()?;
    Some(Word::Round(RoundCertificate { height: Height::new(height), round, reason, votes }))
}

/// Brings votes into the order of the wire, mostly without doubles: those are refused at the edge.
fn arrange(world: &mut World, mut votes: Vec<RoundVote>) -> Vec<RoundVote> {
    votes.sort_by_key(|v| v.by.signer);
    if world.random.chance(900) {
        votes.dedup_by_key(|v| v.by.signer);
    }
    votes
}
