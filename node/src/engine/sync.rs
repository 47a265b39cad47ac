//! Catching up: which peers are asked for missing blocks, and what becomes of a peer's claim to be higher.
//!
//! A claim costs nothing, so it holds nothing: several peers are asked side by side, each with a state of its own;
//! members of the committee come first, then peers that have led on before, and among equals who was asked least
//! recently. One place is always for a peer that was never asked; a peer that led nowhere rests. Nobody is blamed for
//! answering second, or not at all: a certificate in each block says whether it is true.

use super::{
    effect::{Effect, PeerEffect},
    input::Call,
};
use dpgn_protocol::{
    committee::Committee,
    ids::{AccountId, hash},
    units::{Height, Millis, Timestamp},
    wire::Request,
};
use std::collections::{BTreeMap, BTreeSet};

/// Peers asked side by side; the last of these places is for a peer that was never asked.
const SOURCES_MAX: usize = 4;
/// A further peer is asked when the last one has not answered within this.
const NEXT_SOURCE: Millis = Millis::from_secs(1);
/// A peer that leads on within this keeps its place: a whole answer of 4 MiB moves at 1 MiB a second or more. Blocks
/// that come later are taken all the same.
const PATIENCE: Millis = Millis::from_secs(4);
/// The patience with a member of the committee, which may have much else to do.
const MEMBER_PATIENCE: Millis = Millis::from_secs(12);
/// A peer that led nowhere is not asked again within this; a member of the committee may only have been busy.
const REST: Millis = Millis::from_secs(10);
const MEMBER_REST: Millis = Millis::from_secs(2);
/// Peers whose claims, rests and merits are remembered.
const REMEMBERED_MAX: usize = 256;

/// A question for blocks that is not answered yet.
struct Asked {
    since: Timestamp,
    /// The height of the head when it was asked.
    head: Height,
    /// Whether it has the place for peers that were never asked.
    is_trial: bool,
}

/// The search for blocks: who claims to be higher, who is asked, and who has led on.
#[derive(Default)]
pub(super) struct Sync {
    claims: BTreeMap<AccountId, Height>,
    asked: BTreeMap<AccountId, Asked>,
    /// The turn at which a peer was last asked; absent if it never was.
    last_asked: BTreeMap<AccountId, u64>,
    /// Turns so far: one for each question.
    turns: u64,
    /// The time until which a peer is not asked.
    resting: BTreeMap<AccountId, Timestamp>,
    /// Peers whose blocks were applied.
    proven: BTreeSet<AccountId>,
}

impl Sync {
    /// A peer says that it has this height.
    pub(super) fn claim(&mut self, from: AccountId, height: Height, committee: &Committee) {
        let is_stranger = self.rank(from, committee) == Rank::Stranger;
        if is_stranger && self.resting.contains_key(&from) {
            return;
        }
        if !self.claims.contains_key(&from) && self.claims.len() >= REMEMBERED_MAX {
            // Only for those whose word counts is the claim forgotten of a stranger that was never asked.
            let strangers = self.claims.keys().filter(|peer| self.rank(**peer, committee) == Rank::Stranger);
            let forgotten = strangers.copied().max_by_key(|peer| self.last_asked.get(peer));
            match forgotten.filter(|peer| !is_stranger || self.last_asked.contains_key(peer)) {
                Some(peer) => drop(self.claims.remove(&peer)),
                None => return,
            }
        }
        self.claims.insert(from, height);
    }

    /// Whether members with more than a third of the power, so an honest one among them, claim a height above this one.
    pub(super) fn is_behind(&self, head: Height, committee: &Committee) -> bool {
        committee.is_third(self.claims.iter().filter(|(_, height)| **height > head).map(|(peer, _)| *peer))
    }

    /// The peers that claim a height above this one.
    pub(super) fn above(&self, height: Height) -> impl Iterator<Item = AccountId> {
        self.claims.iter().filter(move |(_, claimed)| **claimed > height).map(|(peer, _)| *peer)
    }

    /// A peer has sent what it sends at once, or nothing; `head` is what this node has come to since.
    pub(super) fn answered(
        &mut self,
        now: Timestamp,
        from: AccountId,
        sent: bool,
        head: Height,
        committee: &Committee,
    ) {
        let Some(asked) = self.asked.remove(&from) else { return };
        if sent && head > asked.head {
            if self.proven.len() < REMEMBERED_MAX {
                self.proven.insert(from);
            }
        } else {
            self.proven.remove(&from);
            self.rest(now, from, committee);
        }
    }

    /// Asks whom it is time to ask.
    pub(super) fn ask(&mut self, now: Timestamp, head: Height, committee: &Committee, effects: &mut Vec<Effect>) {
        let patience = |peer| if committee.power(peer).is_some() { MEMBER_PATIENCE } else { PATIENCE };
        let is_late = |(peer, asked): &(&AccountId, &Asked)| now >= asked.since.after(patience(**peer));
        let late: Vec<AccountId> = self.asked.iter().filter(is_late).map(|(peer, _)| *peer).collect();
        for peer in late {
            self.asked.remove(&peer);
            self.proven.remove(&peer);
            self.rest(now, peer, committee);
        }
        self.resting.retain(|_, until| *until > now);
        self.claims.retain(|_, height| *height > head);
        while let Some((from, is_trial)) = self.next(now, committee) {
            self.asked.insert(from, Asked { since: now, head, is_trial });
            self.turn(from);
            let request = Request::Blocks { from: head.next() };
            effects.push(PeerEffect::Ask { to: from, call: Call::Blocks(from), request }.into());
        }
    }

    /// The best peer to ask now, if one more may be asked, and whether it takes the place for untried ones.
    fn next(&self, now: Timestamp, committee: &Committee) -> Option<(AccountId, bool)> {
        let free = self.claims.keys().filter(|p| !self.asked.contains_key(p) && !self.resting.contains_key(p));
        let order = |peer: &AccountId| {
            let last = self.last_asked.get(peer).copied();
            (self.rank(*peer, committee), last, shuffled(now, self.turns, *peer))
        };
        let free: Vec<AccountId> = free.copied().collect();
        let waited = |asked: &Asked| now >= asked.since.after(NEXT_SOURCE);
        let best = free.iter().copied().min_by_key(order)?;
        let rank = self.rank(best, committee);
        // Strangers who keep others waiting keep nobody waiting who is better than they.
        let ahead = || self.asked.iter().filter(|(peer, _)| self.rank(**peer, committee) <= rank);
        let regular = ahead().filter(|(_, asked)| !asked.is_trial).count();
        if ahead().all(|(_, asked)| waited(asked)) && regular < SOURCES_MAX - 1 {
            return Some((best, false));
        }
        if !self.asked.values().all(|asked| waited(asked) && !asked.is_trial) {
            return None;
        }
        let untried = free.into_iter().filter(|peer| !self.last_asked.contains_key(peer)).min_by_key(order)?;
        Some((untried, true))
    }

    /// A peer is asked: it is the last whose turn comes again.
    fn turn(&mut self, peer: AccountId) {
        self.turns += 1;
        self.last_asked.insert(peer, self.turns);
        if self.last_asked.len() > REMEMBERED_MAX
            && let Some((&oldest, _)) = self.last_asked.iter().min_by_key(|(_, turn)| **turn)
        {
            self.last_asked.remove(&oldest);
        }
    }

    fn rank(&self, peer: AccountId, committee: &Committee) -> Rank {
        if committee.power(peer).is_some() {
            Rank::Member
        } else if self.proven.contains(&peer) {
            Rank::Proven
        } else {
            Rank::Stranger
        }
    }

    fn rest(&mut self, now: Timestamp, peer: AccountId, committee: &Committee) {
        let rest = if committee.power(peer).is_some() { MEMBER_REST } else { REST };
        if self.resting.len() < REMEMBERED_MAX {
            self.resting.insert(peer, now.after(rest));
        }
        self.claims.remove(&peer);
    }
}

/// A place in an order that is another at each turn: no id is the first for ever, and none can be made so.
pub(super) fn shuffled(now: Timestamp, turn: u64, peer: AccountId) -> [u8; 32] {
    hash("dpgn sync turn v1", &[&now.get().to_le_bytes(), &turn.to_le_bytes(), peer.as_bytes()])
}

/// The rank of a peer's claim; the first is asked first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Member,
    Proven,
    Stranger,
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{committee::Member, sign::Keypair, units::Power};

    fn account(n: u8) -> AccountId {
        Keypair::from_seed(&[n; 32]).account()
    }

    fn committee() -> Committee {
        Committee::new(vec![Member { account: account(1), power: Power::new(1) }]).unwrap()
    }

    fn at(s: u64) -> Timestamp {
        Timestamp::new(1_000_000 + s * 1_000)
    }

    /// The peers that it asks.
    fn asks(sync: &mut Sync, s: u64, head: u64) -> Vec<AccountId> {
        let mut effects = Vec::new();
        sync.ask(at(s), Height::new(head), &committee(), &mut effects);
        let to = |effect: &Effect| {
            let Effect::Peer(PeerEffect::Ask { to, call: Call::Blocks(_), .. }) = effect else { panic!("{effect:?}") };
            *to
        };
        effects.iter().map(to).collect()
    }

    /// The same two peers, one a little later: the second used to be called a liar, and twice was a ban.
    #[test]
    fn who_answers_second_is_not_blamed() {
        let (mut sync, a, b) = (Sync::default(), account(2), account(3));
        sync.claim(a, Height::new(1), &committee());
        assert_eq!(asks(&mut sync, 0, 0), [a]);
        sync.claim(b, Height::new(1), &committee());
        assert_eq!(asks(&mut sync, 2, 0), [b], "the first has been silent for a while");
        sync.answered(at(3), a, true, Height::new(1), &committee());
        sync.answered(at(4), b, true, Height::new(1), &committee());
        sync.claim(b, Height::new(2), &committee());
        assert_eq!(asks(&mut sync, 5, 1), [b], "asked again at once");
    }

    /// A thousand strangers claim to be high and send nothing: the coordinator is asked at once, whatever they do.
    #[test]
    fn high_claims_hold_no_place() {
        let (mut sync, member) = (Sync::default(), account(1));
        let mut asked = 0;
        for n in 0..1_000_u32 {
            let mut bytes = [7; 32];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            sync.claim(AccountId::from_bytes(bytes), Height::new(1 << 40), &committee());
            asked += asks(&mut sync, 0, 5).len();
        }
        assert_eq!(asked, 1);
        sync.claim(member, Height::new(6), &committee());
        let first = asks(&mut sync, 0, 5);
        println!(
            "of 1,000 strangers that claim a height, {asked} is asked; a coordinator that claims one is asked at once"
        );
        assert_eq!(first, [member]);
        // A peer that has led on comes before the others, too.
        sync.answered(at(1), member, true, Height::new(6), &committee());
        let mut places = 0;
        for s in 1..20 {
            places = places.max(asks(&mut sync, s, 6).len());
        }
        assert_eq!((places, sync.asked.len()), (1, SOURCES_MAX), "one more each second, up to the limit");
        assert!(asks(&mut sync, 22, 6).len() <= 1 && sync.resting.len() >= 2, "the silent rest");
        assert!(sync.claims.len() <= REMEMBERED_MAX && sync.resting.len() <= REMEMBERED_MAX);
    }

    /// A hundred strangers with the lowest ids claim to be high, send nothing, and claim again every second; one
    /// honest peer with the highest id has the blocks. They held all places for ever.
    #[test]
    fn silent_claimers_with_low_ids_do_not_hide_an_honest_peer() {
        let (mut sync, honest) = (Sync::default(), AccountId::from_bytes([0xff; 32]));
        let liars: Vec<AccountId> = (0..100).map(|n| AccountId::from_bytes([n; 32])).collect();
        let (mut taken, mut first) = (0, None);
        for s in 0..600 {
            for liar in &liars {
                sync.claim(*liar, Height::new(1 << 40), &committee());
            }
            sync.claim(honest, Height::new(9), &committee());
            let asked = asks(&mut sync, s, 5);
            taken += asked.len();
            assert!(sync.asked.len() <= SOURCES_MAX && sync.last_asked.len() <= REMEMBERED_MAX);
            if asked.contains(&honest) {
                first = Some(s);
                break;
            }
        }
        println!("among 100 silent claimers an honest peer is asked after {first:?} s, as one of {taken}");
        assert!(first.is_some_and(|s| s <= 110), "everybody is asked once before anybody twice: {first:?}");
    }

    /// Three peers that once led on fall silent, and keep what places they can: an untried one is asked beside them.
    #[test]
    fn one_place_is_for_a_peer_that_was_never_asked() {
        let mut sync = Sync::default();
        let old: Vec<AccountId> = (2..8).map(account).collect();
        for peer in &old {
            sync.proven.insert(*peer);
            sync.turn(*peer);
            sync.claim(*peer, Height::new(9), &committee());
        }
        let held: usize = (0..4).map(|s| asks(&mut sync, s, 5).len()).sum();
        assert_eq!(held, SOURCES_MAX - 1);
        let newcomer = AccountId::from_bytes([0xff; 32]);
        sync.claim(newcomer, Height::new(9), &committee());
        let asked = asks(&mut sync, 3, 5);
        println!("while {held} known peers are silent, a newcomer is asked at once: {}", asked == [newcomer]);
        assert_eq!(asked, [newcomer]);
    }
}
