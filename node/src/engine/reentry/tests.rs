//! A member of four that starts with an old disk, or with all others.

use super::super::{ConsensusEffect, Input, Snapshots, Start};
use super::*;
use crate::genesis_file::new_network;
use dpgn_market::Ledger;
use dpgn_protocol::{genesis::Params, ids::BlockHash, sign::Keypair};

/// The height of the disk.
const HERE: u64 = 10;
const HOUR: u64 = 3_600;

fn keys(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

struct Member {
    engine: Engine,
    begin: Timestamp,
}

impl Member {
    /// A member of so many that starts so long after its last block.
    fn starts(members: u8, age_s: u64) -> Self {
        let accounts: Vec<_> = (0..members).map(|n| keys(n).account()).collect();
        let genesis = new_network("reentry", &accounts, &accounts, Params::default()).unwrap();
        let (ledger, time) = (Ledger::new(&genesis).unwrap(), genesis.time);
        let head = Head { height: Height::new(HERE), hash: BlockHash::from_bytes([1; 32]), time, certificate: None };
        let engine = Engine::new(Start {
            keys: keys(0),
            ledger,
            head,
            tasks: Vec::new(),
            jobs: Vec::new(),
            seals: Vec::new(),
            sells: None,
            coordinates: true,
            snapshots: Snapshots::default(),
        });
        let mut member = Self { engine, begin: time.after(Millis::from_secs(age_s)) };
        for n in 1..members {
            member.step(0, Input::PeerUp(keys(n).account()));
        }
        member
    }

    fn step(&mut self, ms: u64, input: Input) -> Vec<Effect> {
        self.engine.step(self.begin.after(Millis::new(ms)), input)
    }

    /// Whether a tick at this time has it decide the height above its disk's.
    fn decides(&mut self, ms: u64) -> bool {
        starts(&self.step(ms, Input::Tick))
    }

    /// Whether an answer has it decide.
    fn hears(&mut self, ms: u64, from: u8, height: u64) -> bool {
        let (from, height) = (keys(from).account(), Height::new(height));
        let head = Response::Head { height, block: Some(BlockHash::from_bytes([2; 32])) };
        starts(&self.step(ms, Input::Answered { call: Call::Head(from), result: Ok(head) }))
    }
}

fn starts(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Consensus(ConsensusEffect::StartHeight(..))))
}

/// It decided at the first tick: what it signed there burned its bond, since others had kept what it had signed before.
#[test]
fn a_member_set_back_by_a_backup_signs_nothing_that_others_have_left_behind() {
    let mut member = Member::starts(4, HOUR);
    assert!(!member.decides(0), "nobody has been heard");
    assert!(!member.hears(100, 1, 5_000) && !member.hears(100, 2, 5_001));
    // A liar would like to see it sign, and is not enough; nor is a name that is written on a hint.
    assert!(!member.hears(200, 3, HERE));
    let hint = Response::Head { height: Height::new(3), block: None };
    assert!(!starts(&member.step(200, Input::Answered { call: Call::Head(keys(1).account()), result: Ok(hint) })));
    let decided = (1..600).filter(|s| member.decides(s * 1_000)).count();
    assert_eq!(decided, 0, "however long it waits for the blocks");
}

#[test]
fn a_committee_that_was_down_goes_on_by_itself() {
    // All are back, or three of four.
    for back in [3, 2] {
        let mut member = Member::starts(4, HOUR);
        assert!(!member.decides(0) && !member.hears(100, 1, HERE));
        assert!(member.hears(150, back, HERE), "with two others it is as many as can decide");
        assert!(!member.decides(200), "once");
    }
    // The other of two.
    let mut member = Member::starts(2, HOUR);
    assert!(!member.decides(0) && member.hears(100, 1, HERE));
}

#[test]
fn a_member_alone_starts_at_once() {
    assert!(Member::starts(1, HOUR).decides(0));
}

/// A short stop, with nobody to ask: after some seconds it goes on as before.
#[test]
fn a_young_head_is_enough_after_a_while() {
    let mut member = Member::starts(4, 3);
    assert!(!member.decides(0) && !member.decides(4_900) && member.decides(5_000));
    let mut member = Member::starts(4, HOUR);
    assert!(!member.decides(0) && !member.decides(5_000) && !member.decides(60_000), "an old one is not");
    let mut member = Member::starts(4, 3);
    assert!(!member.decides(0) && !member.hears(10, 1, 5_000) && !member.hears(10, 2, 5_000));
    assert!(!member.decides(5_000), "not below what an honest member has");
}

/// Not every member reaches every other: of seven, three that are no higher hold more than a third.
#[test]
fn who_is_reached_by_more_than_a_third_goes_on_after_a_while() {
    let mut member = Member::starts(7, HOUR);
    assert!(!member.decides(0));
    assert!((1..4).all(|n| !member.hears(100, n, HERE)));
    assert!(!member.decides(4_900) && member.decides(5_100));
}

/// One that was away for longer answers its old head, a liar whatever suits it: with this node they are as many as can decide.
#[test]
fn who_says_that_it_is_higher_has_time_to_show_it() {
    let mut member = Member::starts(4, HOUR);
    assert!(!member.decides(0) && !member.hears(100, 1, 5_000) && !member.hears(110, 2, 0));
    assert!(!member.hears(120, 3, HERE), "it began at once");
    assert!(!member.decides(4_900) && member.decides(5_100), "a liar costs some seconds");
    let mut member = Member::starts(4, HOUR);
    member.begin = member.begin.before(Millis::from_secs(3 * HOUR));
    assert!(!member.decides(0) && !member.decides(6_000), "a head that lies hours ahead of the clock is not young");
}

/// A member that is not reached, and a liar: while others decided, the head changed again and again, and it waited for ever.
#[test]
fn who_follows_blocks_that_are_made_after_its_start_decides() {
    let mut member = Member::starts(4, HOUR);
    assert!(!member.decides(0) && !member.hears(100, 1, HERE + 1) && !member.hears(110, 2, u64::MAX));
    let follows = |member: &mut Member, s: u64| {
        let head = &mut member.engine.core.chain.head;
        (head.height, head.time) = (Height::new(HERE + s), member.begin.after(Millis::from_secs(s)));
        member.decides(1_000 * s)
    };
    let decides: Vec<u64> = (1..40).filter(|s| follows(&mut member, *s)).collect();
    assert_eq!(decides, [20], "once, {AFTER_START} ms after its start");
}

/// Whoever does not answer, or is higher, is asked again each second; whoever has said that it is no higher is not.
#[test]
fn members_are_asked_until_they_are_no_higher() {
    let mut member = Member::starts(4, HOUR);
    let asked = |effects: Vec<Effect>| {
        let ask = |effect: &Effect| matches!(effect, Effect::Peer(PeerEffect::Ask { call: Call::Head(_), .. }));
        effects.into_iter().filter(ask).count()
    };
    member.step(0, Input::Tick);
    member.hears(10, 1, HERE);
    member.hears(10, 2, 5_000);
    let all = (1..20).map(|n| asked(member.step(n * 200, Input::Tick))).sum::<usize>();
    assert_eq!(all, 6, "two members, three times");
}
