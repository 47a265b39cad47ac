//! Whom a member sends bodies, and whom it remembers for it.

use super::super::{Head, Input, Snapshots, Start};
use super::*;
use crate::{genesis_file::new_network, store::sample_block};
use dpgn_market::Ledger;
use dpgn_protocol::{genesis::Params, ids::BlockHash, sign::Keypair};

const STRANGER: u8 = 9;

fn account(n: u8) -> AccountId {
    Keypair::from_seed(&[n; 32]).account()
}

/// A member of four, keys 0 to 3.
fn member() -> Engine {
    let members: Vec<_> = (0..4).map(account).collect();
    let genesis = new_network("council", &members, &members, Params::default()).unwrap();
    let head =
        Head { height: Height::new(0), hash: BlockHash::from_bytes([0; 32]), time: genesis.time, certificate: None };
    Engine::new(Start {
        keys: Keypair::from_seed(&[0; 32]),
        ledger: Ledger::new(&genesis).unwrap(),
        head,
        tasks: Vec::new(),
        jobs: Vec::new(),
        seals: Vec::new(),
        sells: None,
        coordinates: true,
        snapshots: Snapshots::default(),
    })
}

/// Anybody who asked for a body got it, a megabyte each tenth of a second, and was remembered for ever.
#[test]
fn bodies_are_for_members() {
    let (mut engine, now, height) = (member(), Timestamp::new(1 << 40), Height::new(1));
    let block = sample_block(1).block;
    let (hash, by) = (block.header.hash().unwrap(), account(1));
    let mut council = |input| engine.step(now, Input::Council(input));
    council(CouncilInput::Proposed { height, round: 0, block: hash, by });
    council(CouncilInput::Body { from: by, hash, block: Box::new(block) });
    let mut is_sent = |n: u8| {
        let effects = council(CouncilInput::BodyWanted { from: account(n), height, block: hash });
        effects.iter().any(|effect| matches!(effect, Effect::Peer(PeerEffect::Say(Some(_), _))))
    };
    assert!(!is_sent(STRANGER));
    assert!(is_sent(2));
    assert_eq!(engine.served.keys().copied().collect::<Vec<_>>(), [account(2)]);
}

/// Members of all committees that have ever been were remembered.
#[test]
fn who_is_in_no_office_is_forgotten() {
    let mut engine = member();
    engine.served = (0..200).map(|n| (account(n), Timestamp::new(1))).collect();
    engine.forget_served();
    let mut members: Vec<_> = (0..4).map(account).collect();
    members.sort();
    assert_eq!(engine.served.keys().copied().collect::<Vec<_>>(), members);
}
