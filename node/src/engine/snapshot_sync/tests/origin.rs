//! Which committee a node believes before it takes a snapshot: its own head's, or that of a checkpoint.

use super::{
    super::super::HaltReason,
    story::{Story, claims, parts, pruned},
    *,
};
use dpgn_protocol::{
    checkpoint::Checkpoint,
    committee::{Committee, Member},
    units::Power,
};

/// Those who decided when this node stopped may have taken their stake back since: it begins no trail there.
#[test]
fn no_trail_begins_where_stake_is_free_again() {
    let served = chain(50, 10);
    let limit = served.genesis.params.unlock_time;
    for (age, allow_old_start, jumps) in [
        (limit, false, true),
        (limit.saturating_add(Millis::new(1)), false, false),
        (limit.saturating_mul(9), true, true),
    ] {
        let mut story = Story::new(&served);
        story.engine = newcomer(&served, Snapshots { every: EVERY, allow_old_start, ..Snapshots::default() });
        story.begin = served.genesis.time.after(age);
        // Who comes in the first second is asked for its snapshot in it.
        story.live(0..1, &[(0, account(0))], |_, _, request| match request {
            Request::Head => claims(50),
            Request::Blocks { .. } => pruned(48),
            request => parts(&served, &served.kept, request),
        });
        assert_eq!(story.jump.is_some(), jumps, "after {age} ms, allowed: {allow_old_start}");
        assert_eq!(story.asked_for_snapshots(account(0)).is_empty(), !jumps);
    }
}

/// The checkpoint at a height of this chain, as its members export it.
fn checkpoint(served: &Served, height: u64) -> Checkpoint {
    let Params { epoch_blocks, unlock_time, .. } = served.genesis.params;
    let handover = served.handovers.iter().find(|handover| handover.header.height.get() == height).unwrap();
    let (network, time) = (handover.header.network, handover.header.time);
    let committee = handover.committee.clone();
    Checkpoint { network, height: Height::new(height), time, epoch_blocks, unlock_time, committee }
}

/// A committee that has decided nothing here.
fn others() -> Committee {
    Committee::new(vec![Member { account: keys(66).account(), power: Power::new(1) }]).unwrap()
}

/// Lives beside a peer that has pruned all but the last blocks, with a checkpoint, so long after the genesis.
fn joins_with(served: &Served, age: Millis, checkpoint: Checkpoint) -> Story {
    let mut story = Story::new(served);
    let checkpoint = Some(checkpoint);
    story.engine = newcomer(served, Snapshots { every: EVERY, checkpoint, ..Snapshots::default() });
    story.begin = served.genesis.time.after(age);
    let height = served.height.get();
    story.live(0..60, &[(0, account(0))], |_, _, request| match request {
        Request::Head => claims(height),
        Request::Blocks { .. } => pruned(height - 2),
        request => parts(served, &served.kept, request),
    });
    story
}

/// A newcomer on a network that is older than stake stays locked begins with what its owner believes.
#[test]
fn a_fresh_checkpoint_stands_in_for_a_head_that_is_too_old() {
    let served = chain(50, 10);
    let limit = served.genesis.params.unlock_time;
    // A block a second: the checkpoint at 42 is 42 seconds younger than the genesis.
    for (after, jumps) in [(1, true), (42, true), (43, false)] {
        let story = joins_with(&served, limit.saturating_add(Millis::from_secs(after)), checkpoint(&served, 42));
        assert_eq!(story.jump.is_some(), jumps, "{after} s after the genesis has become too old");
        assert!(story.penalised.is_empty());
    }
}

/// Keys of old committees sign a trail that leads elsewhere: it ends where the checkpoint stands, however young this node is.
#[test]
fn a_trail_that_misses_the_checkpoint_is_of_another_history() {
    let served = chain(50, 10);
    let limit = served.genesis.params.unlock_time;
    for age in [Millis::from_secs(1_000), limit.saturating_add(Millis::from_secs(1))] {
        let other = Checkpoint { committee: others(), ..checkpoint(&served, 42) };
        let story = joins_with(&served, age, other);
        assert!(story.jump.is_none());
        let (by, fault) = story.engine.snapshot_fault().unwrap();
        assert_eq!((*by, fault), (account(0), &SnapshotFault::OtherCheckpoint(Height::new(42))));
        assert!(story.penalised.is_empty(), "the owner's checkpoint may be what is false");
    }
}

/// A committee before the checkpoint's is not believed for its sake: whoever holds its keys names the true one next.
#[test]
fn a_snapshot_from_before_the_checkpoint_is_waited_past() {
    let served = chain(50, 10);
    let after = served.genesis.params.unlock_time.saturating_add(Millis::from_secs(1));
    let story = joins_with(&served, after, checkpoint(&served, 48));
    assert!(
        story.jump.is_none() && story.penalised.is_empty(),
        "the newest snapshot is of block 48, of the epoch before"
    );
    let later = chain(54, 10);
    assert!(joins_with(&later, after, checkpoint(&later, 48)).jump.is_some());
}

/// What is said of blocks that lead elsewhere: nothing of the block at the checkpoint's height goes to disk.
#[test]
fn blocks_that_miss_the_checkpoint_halt_the_node() {
    let served = chain(20, 10);
    for (committee, halts) in [(None, false), (Some(others()), true)] {
        let named = checkpoint(&served, 12);
        let believed = Checkpoint { committee: committee.unwrap_or(named.committee.clone()), ..named };
        let mut engine = newcomer(&served, Snapshots { checkpoint: Some(believed), ..Snapshots::default() });
        let (mut last, mut halted) = (0, None);
        for decided in &served.blocks {
            let input = Input::Decided { from: account(0), decided: Box::new(decided.clone()), ops: Vec::new() };
            for effect in engine.step(served.genesis.time.after(Millis::from_secs(1_000)), input) {
                match effect {
                    Effect::Disk(DiskEffect::Commit(commit)) => last = commit.decided.block.header.height.get(),
                    Effect::Halt(reason) => halted = Some(reason),
                    _ => {}
                }
            }
            if halted.is_some() {
                break;
            }
        }
        let reason = HaltReason::OtherCheckpoint { height: Height::new(12) };
        assert_eq!((last, halted), if halts { (11, Some(reason)) } else { (20, None) });
    }
}
