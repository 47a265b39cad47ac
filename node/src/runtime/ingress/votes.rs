//! Gossiped words of members: the way round a stream that is broken.
//!
//! Members speak over streams. What one says again, while the stream of another is not open, it gossips as well. Every
//! node passes such a word on if a member of this committee has signed it for the height that is being decided. Who sends it says
//! nothing: anybody may put a word into a new frame. So each word travels ever more seldom, of each member few words travel in a
//! second and at one height, and none of rounds that the committee is far from.

use super::unusable::Unusable;
use crate::network::{Limiter, Rate};
use dpgn_market::Ledger;
use dpgn_protocol::{
    block::Vote,
    codec::{self, DecodeError},
    committee::Committee,
    council::{Checked, Prevote, Proposal, Word},
    ids::{AccountId, NetworkId, hash},
    sign::{Message, Unverified},
    turns::Turns,
    units::Height,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Bytes of a signed word that is no certificate.
const WORD_BYTES_MAX: usize = 1_024;
/// Words of one member that are remembered at one height: an honest one says three in a round, and those of rounds that the
/// committee has left are forgotten.
const WORDS_MAX: usize = 64;
/// Rounds above the committee's whose words travel.
const ROUNDS_AHEAD_MAX: u32 = 16;
/// The rate at which words of one member travel.
const WORD_RATE: Rate = Rate { per_s: 20, burst: 64, bytes_per_s: 20 << 10, bytes_burst: 64 << 10 };
/// The pause before the same word travels again: what was lost on the way gets through. It doubles each time, up to the second.
const AGAIN: Duration = Duration::from_millis(400);
const AGAIN_MAX: Duration = Duration::from_millis(6_400);

/// The words that were passed on at the height that is being decided.
pub(super) struct VoteGate {
    height: Height,
    turns: Turns,
    spoken: BTreeMap<AccountId, Spoken>,
    rate: Limiter<AccountId>,
}

/// What one member has said at this height.
#[derive(Default)]
struct Spoken {
    /// The highest round that it has signed a word of, whether that has travelled or not.
    round: u32,
    words: BTreeMap<[u8; 32], Passed>,
}

/// A word that was passed on.
struct Passed {
    round: u32,
    /// The time from which on it may travel again.
    again: Instant,
    pause: Duration,
}

/// The place of a word: whose it is and what it is about.
struct Place {
    signer: AccountId,
    height: Height,
    round: u32,
    is_proposal: bool,
}

impl VoteGate {
    /// A gate that has passed nothing on.
    pub(super) fn new(committee: &Committee) -> Self {
        let (height, turns, spoken) = (Height::new(0), Turns::new(committee), BTreeMap::new());
        Self { height, turns, spoken, rate: Limiter::new(WORD_RATE) }
    }

    /// A word that is worth passing on, its signature checked. What is cheap to ask is asked first.
    pub(super) fn check(
        &mut self,
        data: &[u8],
        network: NetworkId,
        ledger: &Ledger,
        next: Height,
        now: Instant,
    ) -> Result<Checked, Unusable> {
        let (word, committee): (Word, _) = (codec::decode(data, WORD_BYTES_MAX)?, ledger.committee());
        let Place { signer, height, round, is_proposal } = place(&word)?;
        if height != next || committee.power(signer).is_none() {
            return Err(Unusable::Harmless);
        }
        if self.height != next {
            (self.height, self.turns, self.spoken) = (next, Turns::new(committee), BTreeMap::new());
        }
        if is_proposal && self.turns.proposer(height, round) != signer {
            return Err(Unusable::Harmless);
        }
        let id = hash("dpgn gossiped word v1", &[data]);
        let may_travel = self.spoken.get(&signer).is_none_or(|spoken| spoken.may_travel(&id, now));
        if !(may_travel && self.rate.has(signer, data.len(), now)) {
            return Err(Unusable::Harmless);
        }
        let checked = word.check(network)?;
        // Only now: what others forge in its name takes nothing of what a member may say.
        self.rate.allow(signer, data.len(), now);
        let spoken = self.spoken.entry(signer).or_default();
        spoken.round = spoken.round.max(round);
        let of_committee = self.round_of(committee);
        if round > of_committee.saturating_add(ROUNDS_AHEAD_MAX) {
            return Err(Unusable::Harmless);
        }
        if let Some(spoken) = self.spoken.get_mut(&signer) {
            spoken.pass(id, round, of_committee, now);
        }
        Ok(checked)
    }

    /// The highest round that members with more than a third of the power have come to, so an honest one: whoever lies about
    /// its own moves nothing.
    fn round_of(&self, committee: &Committee) -> u32 {
        let reached = |least: u32| self.spoken.iter().filter(move |(_, s)| s.round >= least).map(|(member, _)| *member);
        let rounds = self.spoken.values().map(|spoken| spoken.round);
        rounds.filter(|round| committee.is_third(reached(*round))).max().unwrap_or(0)
    }
}

impl Spoken {
    fn may_travel(&self, id: &[u8; 32], now: Instant) -> bool {
        self.words.get(id).map_or(self.words.len() < WORDS_MAX, |passed| now >= passed.again)
    }

    /// Notes that a word is passed on, and forgets those of rounds that the committee has left.
    fn pass(&mut self, id: [u8; 32], round: u32, of_committee: u32, now: Instant) {
        let pause = self.words.get(&id).map_or(AGAIN, |passed| (passed.pause * 2).min(AGAIN_MAX));
        self.words.insert(id, Passed { round, again: now + pause, pause });
        self.words.retain(|_, passed| passed.round.saturating_add(ROUNDS_AHEAD_MAX) >= of_committee);
    }
}

/// Certificates are no gossip: of the same votes there are too many.
fn place(word: &Word) -> Result<Place, Unusable> {
    fn body<M: Message>(raw: &Unverified) -> Result<M, DecodeError> {
        codec::decode(&raw.body, M::MAX_BYTES)
    }
    let (signer, height, round) = match word {
        Word::Precommit(raw) => body::<Vote>(raw).map(|vote| (raw.signer, vote.height, vote.round))?,
        Word::Prevote(raw) => body::<Prevote>(raw).map(|vote| (raw.signer, vote.height, vote.round))?,
        Word::Proposal(raw) => body::<Proposal>(raw).map(|said| (raw.signer, said.height, said.round))?,
        Word::Polka(_) | Word::Round(_) => return Err(Unusable::Guilty),
    };
    Ok(Place { signer, height, round, is_proposal: matches!(word, Word::Proposal(_)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genesis_file::new_network,
        runtime::ingress::scene::{COORDINATOR, PROVER, Scene, keys},
    };
    use dpgn_protocol::{genesis::Params, ids::BlockHash, sign::Keypair};

    const NEXT: Height = Height::new(6);

    fn word(by: &Keypair, id: NetworkId, height: Height, block: u8) -> Vec<u8> {
        word_of(by, id, height, 0, block)
    }

    fn word_of(by: &Keypair, id: NetworkId, height: Height, round: u32, block: u8) -> Vec<u8> {
        let vote = Vote { height, round, block: Some(BlockHash::from_bytes([block; 32])) };
        codec::encode(&Word::Precommit(by.sign(id, vote).unwrap().into_raw())).unwrap()
    }

    /// A committee of four, keys 1 to 4.
    fn four() -> Ledger {
        let members: Vec<_> = (1..=4).map(|n| keys(n).account()).collect();
        Ledger::new(&new_network("votes", &members, &members, Params::default()).unwrap()).unwrap()
    }

    #[test]
    fn only_new_words_of_members_about_this_height_travel() {
        let scene = Scene::new();
        let (id, member, stranger) = (scene.ledger.network(), keys(COORDINATOR), keys(PROVER));
        let (mut gate, begun) = (VoteGate::new(scene.ledger.committee()), Instant::now());
        let mut travels =
            |data: &[u8], ms| gate.check(data, id, &scene.ledger, NEXT, begun + Duration::from_millis(ms)).map(drop);
        let said = word(&member, id, NEXT, 1);
        assert_eq!(travels(&said, 0), Ok(()));
        assert_eq!(travels(&said, 399), Err(Unusable::Harmless), "it has just travelled");
        assert_eq!(travels(&said, 400), Ok(()), "it may have been lost");
        assert_eq!(travels(&word(&stranger, id, NEXT, 1), 0), Err(Unusable::Harmless));
        assert_eq!(travels(&word(&member, id, NEXT.next(), 1), 0), Err(Unusable::Harmless));
        let elsewhere = NetworkId::from_bytes([9; 32]);
        assert_eq!(travels(&word(&member, elsewhere, NEXT, 2), 0), Err(Unusable::Guilty), "a forged one");
        // A liar signs a thousand words of one height.
        let all = (0..1_000_u32).filter(|n| {
            let mut block = [0; 32];
            block[..4].copy_from_slice(&n.to_le_bytes());
            let vote = Vote { height: NEXT, round: 0, block: Some(BlockHash::from_bytes(block)) };
            let said = codec::encode(&Word::Precommit(member.sign(id, vote).unwrap().into_raw())).unwrap();
            travels(&said, 1_000).is_ok()
        });
        assert_eq!(all.count(), WORDS_MAX - 1, "and the one from before");
    }

    /// Anybody may put a member's word into a new frame: it reached every node two and a half times a second, for ever.
    #[test]
    fn a_word_that_is_said_again_travels_ever_more_seldom() {
        let (ledger, begun) = (four(), Instant::now());
        let (id, said) = (ledger.network(), word(&keys(1), ledger.network(), NEXT, 1));
        let mut gate = VoteGate::new(ledger.committee());
        let mut travels = |ms| gate.check(&said, id, &ledger, NEXT, begun + Duration::from_millis(ms)).is_ok();
        let times: Vec<u64> = (0..60_000).step_by(100).filter(|ms| travels(*ms)).collect();
        println!("a word that is said again ten times a second for a minute travels at {times:?} ms");
        assert_eq!(times[..5], [0, 400, 1_200, 2_800, 6_000]);
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= 6_400), "whoever comes late still hears it");
        assert!(times.len() <= 14);
    }

    /// One member signs for rounds that nobody is in; a committee that is stuck comes to any round, and is heard there, also by a
    /// node that has just started.
    #[test]
    fn words_travel_of_rounds_that_the_committee_is_near() {
        let (ledger, begun) = (four(), Instant::now());
        let id = ledger.network();
        let mut gate = VoteGate::new(ledger.committee());
        let mut says = |n: u8, round: u32, ms: u64| {
            let said = word_of(&keys(n), id, NEXT, round, 1);
            gate.check(&said, id, &ledger, NEXT, begun + Duration::from_millis(ms)).is_ok()
        };
        let far = (17..60).filter(|round| says(1, *round, 0)).count();
        assert_eq!((far, says(1, 16, 4_000)), (0, true));
        assert!(!says(2, 500, 4_000), "nobody honest is known to be near");
        assert!(says(3, 500, 4_000) && says(2, 500, 4_000), "of two of four one is honest");
        assert!(!says(3, 1_016, 4_000) && says(3, 516, 4_000));
    }

    #[test]
    fn a_proposal_out_of_turn_does_not_travel() {
        let (ledger, now) = (four(), Instant::now());
        let (id, turns) = (ledger.network(), Turns::new(ledger.committee()));
        let mut gate = VoteGate::new(ledger.committee());
        for n in 1..=4 {
            let proposal = Proposal { height: NEXT, round: 2, pol_round: None, block: BlockHash::from_bytes([1; 32]) };
            let said = Word::Proposal(keys(n).sign(id, proposal).unwrap().into_raw());
            let travels = gate.check(&codec::encode(&said).unwrap(), id, &ledger, NEXT, now).is_ok();
            assert_eq!(travels, turns.proposer(NEXT, 2) == keys(n).account(), "member {n}");
        }
    }

    /// A liar that signs without end has twenty words a second at most, and what others forge in its name takes none of them.
    #[test]
    fn a_member_has_so_many_words_in_a_second() {
        let (ledger, begun) = (four(), Instant::now());
        let id = ledger.network();
        let mut gate = VoteGate::new(ledger.committee());
        let mut travels = |id_signed: NetworkId, height: u64, n: u8, ms: u64| {
            let said = word_of(&keys(1), id_signed, Height::new(height), 0, n);
            gate.check(&said, id, &ledger, Height::new(height), begun + Duration::from_millis(ms))
        };
        for n in 0..=255 {
            let forged = travels(NetworkId::from_bytes([9; 32]), 6, n, 0).map(drop);
            assert_eq!(forged, Err(Unusable::Guilty), "looked at, all of them");
        }
        // Heights that are decided one after the other, and as many words as travel at each.
        let passed =
            (0..100).map(|height| (0..64).filter(|n| travels(id, 6 + height, *n, height * 10).is_ok()).count());
        let passed: usize = passed.sum();
        println!("a member that signs 64 words at each of 100 heights in a second: {passed} travel");
        assert!((64..=84).contains(&passed));
    }
}
