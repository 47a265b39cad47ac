//! Peers that want to keep a node from its blocks and from honest peers, or its history from it.

use super::{
    super::super::snapshot_order::SnapshotChecked,
    story::{NOT_FOUND, Reply, Story, blocks, claims, parts, pruned},
    *,
};
use dpgn_protocol::{
    committee::{Committee, Member},
    units::Power,
};
use std::cell::Cell;

/// A liar offers a true snapshot, of which it sends little or nothing. The node asked nobody for blocks meanwhile.
#[test]
fn blocks_are_asked_for_while_a_snapshot_is_loaded() {
    let served = chain(50, 10);
    let (liar, honest) = (account(0), account(1));
    let mut story = Story::new(&served);
    story.live(0..25, &[(0, liar), (1, honest)], |_, peer, request| match request {
        Request::Head => claims(if peer == liar { 1 << 60 } else { 50 }),
        Request::Blocks { .. } if peer == liar => None,
        Request::Blocks { from } => blocks(&served, *from, 50),
        Request::Chunk { .. } => (peer == honest).then_some((0, NOT_FOUND)),
        request => parts(&served, &served.kept, request),
    });
    assert_eq!((story.engine.head().height, story.jump), (Height::new(50), None));
}

/// A liar serves an older state than others have, a chunk in 20 s: each one of them was a reason to wait for the next.
#[test]
fn a_state_that_comes_too_slowly_is_given_up() {
    let served = chain(50, 20_000);
    let (liar, honest) = (account(0), account(1));
    let (old, new) = served.kept.split_at(served.kept.len() - 1);
    let (mut story, last, sent) = (Story::new(&served), Cell::new(0), Cell::new(0));
    story.live(0..600, &[(0, liar), (2, honest)], |second, peer, request| match request {
        Request::Head => claims(50),
        Request::Blocks { .. } => pruned(48),
        Request::Chunk { .. } if peer == liar && second < last.get() + 15 => None,
        Request::Chunk { .. } if peer == liar => {
            last.set(second);
            sent.set(sent.get() + 1);
            parts(&served, old, request)
        }
        request => parts(&served, if peer == liar { old } else { new }, request),
    });
    println!("{:?}, after {} chunks of the liar's", story.jump, sent.get());
    assert!(matches!(story.jump, Some((61..=70, height)) if height == Height::new(48)), "{:?}", story.jump);
    assert_eq!((story.asked_for_snapshots(liar).len(), sent.get() >= 3), (1, true));
}

/// A liar alone offers snapshots of which it sends nothing: it was asked for the next one at once.
#[test]
fn who_offers_a_snapshot_that_does_not_come_rests() {
    let served = chain(50, 10);
    let (liar, member) = (account(0), keys(1).account());
    for (offers, times) in [(liar, 1), (member, 7)] {
        let mut story = Story::new(&served);
        story.live(0..300, &[(0, offers)], |_, _, request| match request {
            Request::Head => claims(50),
            Request::Blocks { .. } => pruned(48),
            Request::Chunk { .. } => None,
            request => parts(&served, &served.kept, request),
        });
        let asked = story.asked_for_snapshots(offers);
        println!("asked in the seconds {asked:?}");
        assert!(story.jump.is_none() && (times..=times + 1).contains(&asked.len()), "{asked:?}");
    }
}

/// One handover in 9 s: each page was a reason to wait for the next.
#[test]
fn a_trail_that_comes_too_slowly_is_given_up() {
    let served = chain(120, 10);
    let (liar, honest) = (account(0), account(1));
    let mut story = Story::new(&served);
    story.live(0..300, &[(0, liar), (2, honest)], |_, peer, request| match request {
        Request::Head => claims(120),
        Request::Blocks { .. } => pruned(118),
        Request::Handovers { above } if peer == liar => {
            let next = served.handovers.iter().find(|handover| handover.header.height > *above).cloned();
            Some((9, Ok(Response::Handovers(List::new(next.into_iter().collect()).unwrap()))))
        }
        request => parts(&served, &served.kept, request),
    });
    println!("{:?}", story.jump);
    assert!(matches!(story.jump, Some((60..=70, _))), "{:?}", story.jump);
    assert_eq!(story.asked_for_snapshots(liar).len(), 1);
}

/// A check that never ends froze the way to snapshots for ever, and so did one that panicked.
#[test]
fn a_check_without_a_result_is_given_up() {
    type Check = fn(usize, SnapshotOrder) -> Option<SnapshotChecked>;
    let served = chain(50, 10);
    // Handovers are checked first, then the head, then chunks.
    let checks: [(Check, _); 4] = [
        (|n, order| (n != 1).then(|| order.check()), 60..=75),
        (|n, order| Some(if n == 0 { order.unfinished() } else { order.check() }), 0..=15),
        (|n, order| Some(if n == 1 { order.unfinished() } else { order.check() }), 0..=15),
        (|n, order| Some(if n == 2 { order.unfinished() } else { order.check() }), 0..=15),
    ];
    for (check, within) in checks {
        let mut story = Story::new(&served);
        story.check = check;
        story.live(0..300, &[(0, account(0)), (0, account(1))], |_, _, request| match request {
            Request::Head => claims(50),
            Request::Blocks { .. } => pruned(48),
            request => parts(&served, &served.kept, request),
        });
        println!("{:?}", story.jump);
        assert!(story.jump.is_some_and(|(at, _)| within.contains(&at)), "{:?}", story.jump);
        assert!(story.penalised.is_empty());
    }
}

/// A node that is eight blocks behind, of which four snapshots make sixteen, beside a peer that says this of its blocks.
fn near(served: &Served, begin: Timestamp, peer: AccountId, says: impl Fn(u64, &Request) -> Reply) -> Story {
    let mut story = Story::new(served);
    story.begin = begin;
    let claimed = if peer == account(0) { 1 << 60 } else { 8 };
    story.live(0..300, &[(0, peer)], |second, _, request| match request {
        Request::Head => claims(claimed),
        Request::Blocks { .. } => says(second, request),
        request => parts(served, &served.kept, request),
    });
    story
}

/// Whoever jumps throws its history away, and one peer was enough to bring that about.
#[test]
fn a_near_snapshot_is_refused_unless_blocks_are_pruned() {
    let served = chain(8, 10);
    let begin = served.genesis.time.after(Millis::from_secs(1_000));
    for (says, what) in [(None, "silent"), (pruned(0), "nothing is pruned"), (pruned(1), "not the next block")] {
        let story = near(&served, begin, account(0), |_, _| says.clone());
        assert!(story.jump.is_none() && !story.asked_for_snapshots(account(0)).is_empty(), "{what}: {:?}", story.jump);
    }
}

#[test]
fn a_stranger_that_has_pruned_blocks_is_believed_once_nobody_leads_on() {
    let served = chain(8, 10);
    let begin = served.genesis.time.after(Millis::from_secs(1_000));
    let jumped = |says: &dyn Fn(u64, &Request) -> Reply| near(&served, begin, account(0), says).jump.unwrap();
    let (alone, _) = jumped(&|_, _| pruned(8));
    // Two blocks come after 20 seconds.
    let (led, _) = jumped(&|second, request| match request {
        Request::Blocks { from } if second >= 20 && from.get() <= 2 => blocks(&served, *from, 2),
        _ => pruned(8),
    });
    println!("jumps after {alone} s, and after {led} s if it is led on");
    assert!((30..=45).contains(&alone) && (50..=70).contains(&led));
}

/// Members with more than a third of the power say it, among whom one is honest.
#[test]
fn members_that_have_pruned_blocks_are_believed_at_once() {
    let served = chain(8, 10);
    let begin = served.genesis.time.after(Millis::from_secs(1_000));
    let story = near(&served, begin, keys(1).account(), |_, _| pruned(8));
    assert!(matches!(story.jump, Some((0..=5, _))), "{:?}", story.jump);
}

/// A chain that rests is no reason either: the first block after it may not have come yet.
#[test]
fn a_block_has_time_to_come_before_a_snapshot_takes_its_place() {
    let served = chain(8, 10);
    let begin = served.genesis.time.before(Millis::from_secs(60));
    let story = near(&served, begin, account(0), |_, _| pruned(8));
    println!("the block is decided after 68 s; {:?}", story.jump);
    assert!(matches!(story.jump, Some((98..=115, _))), "{:?}", story.jump);
}

/// Strangers that say so first leave room for the words of members.
#[test]
fn strangers_keep_no_member_from_being_heard() {
    let served = chain(8, 10);
    let engine = newcomer(&served, Snapshots::default());
    let scene = engine.core.scene(served.genesis.time);
    let mut need = Need::new(EVERY);
    for n in 0..300_u32 {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        need.pruned(scene, AccountId::from_bytes(bytes), Height::new(9));
    }
    let time = served.genesis.time;
    assert!(!need.is_worth(scene, Height::new(8), time) && need.candidates(scene).count() < 100);
    need.pruned(scene, keys(1).account(), Height::new(9));
    assert!(need.is_worth(scene, Height::new(8), time));
}

/// A liar has the keys of the first committee, hands over to its own, and is silent then: whoever came next was blamed, since
/// what it sent did not lead on from there.
#[test]
fn a_false_part_of_a_trail_is_not_held_against_the_next_peer() {
    let served = chain(50, 10);
    let (liar, honest) = (account(0), account(1));
    let committee = Committee::new(vec![Member { account: keys(66).account(), power: Power::new(1) }]).unwrap();
    let Handover { mut header, .. } = served.handovers[0].clone();
    header.next_committee = committee.hash();
    let forged = Handover { certificate: certificate(header.network, &header, &[keys(1)]), header, committee };
    let mut story = Story::new(&served);
    story.live(0..300, &[(0, liar), (2, honest)], |_, peer, request| match request {
        Request::Head => claims(50),
        Request::Blocks { .. } => pruned(48),
        Request::Handovers { above } if peer == liar => {
            (above.get() == 0).then(|| (0, Ok(Response::Handovers(List::new(vec![forged.clone()]).unwrap()))))
        }
        request => parts(&served, &served.kept, request),
    });
    println!("{:?}", story.jump);
    assert!(matches!(story.jump, Some((10..=30, _))) && story.penalised.is_empty(), "{:?}", story.penalised);
}

/// Names that come first of all, of strangers that send nothing: they were asked first each time, and who had offered the snapshot
/// was put to rest for it.
#[test]
fn silent_strangers_keep_nobody_from_who_offers_a_snapshot() {
    let served = chain(50, 20_000);
    let honest = account(0);
    let mut low: Vec<AccountId> = (0..2_000u32)
        .map(|n| Keypair::from_seed(&dpgn_protocol::ids::hash("low", &[&n.to_le_bytes()])).account())
        .filter(|name| *name < honest)
        .take(32)
        .collect();
    low.truncate(32);
    let mut story = Story::new(&served);
    let come: Vec<_> = low.iter().chain([&honest]).map(|peer| (0, *peer)).collect();
    story.live(0..120, &come, |_, peer, request| match request {
        _ if peer != honest => None,
        Request::Head => claims(50),
        Request::Blocks { .. } => pruned(48),
        request => parts(&served, &served.kept, request),
    });
    println!("{} strangers; {:?}", low.len(), story.jump);
    assert_eq!(low.len(), 32);
    assert!(matches!(story.jump, Some((0..=20, _))), "{:?}", story.jump);
}

/// Two members of an old committee offer, and are silent in turn: the next was always one of them.
#[test]
fn silent_members_leave_strangers_a_turn() {
    let served = chain_of(&[keys(1), keys(2), keys(3)], 50, 10);
    let honest = account(0);
    let come = [(0, keys(2).account()), (0, keys(3).account()), (0, honest)];
    // Each second question is for anybody, and who that is follows from the time.
    let jumps = (0..16).map(|later| {
        let mut story = Story::new(&served);
        story.begin = story.begin.after(Millis::from_secs(7 * later));
        story.live(0..300, &come, |_, peer, request| match request {
            Request::Head => claims(50),
            Request::Blocks { .. } => pruned(48),
            _ if peer != honest => None,
            request => parts(&served, &served.kept, request),
        });
        story.jump.map(|(second, _)| second)
    });
    let jumps: Vec<u64> = jumps.map(|jump| jump.expect("its turn comes")).collect();
    println!("{jumps:?}");
    assert!(jumps.iter().filter(|second| **second <= 60).count() >= 10, "{jumps:?}");
}
