//! Payouts: what was earned leads to one root for each epoch, which a contract on an EVM chain can check.
//!
//! The checks here are OpenZeppelin's algorithm written anew, with nothing of ours but the keccak that both take.

use crate::support::*;
use dpgn_market::{Event, Ledger};
use dpgn_protocol::{
    codec,
    genesis::Params,
    ids::AccountId,
    ops::Action,
    payout::{self, PayeeAddress, PayoutProof},
    units::{Credits, Epoch},
};
use tiny_keccak::{Hasher, Keccak};

type Word = [u8; 32];

const PAYEE: PayeeAddress = PayeeAddress::from_bytes([0x11; 20]);
/// The page that names the format, with test vectors.
const PAGE: &str = include_str!("../../../docs/payouts.md");

fn keccak256(bytes: &[u8]) -> Word {
    let (mut hasher, mut hash) = (Keccak::v256(), [0; 32]);
    hasher.update(bytes);
    hasher.finalize(&mut hash);
    hash
}

/// `abi.encode` of values of one word each: numbers and addresses are filled up from the left.
fn abi_encode(values: &[&[u8]]) -> Vec<u8> {
    values.iter().flat_map(|value| [vec![0; 32 - value.len()], value.to_vec()].concat()).collect()
}

/// `keccak256(bytes.concat(keccak256(abi.encode(…))))`
fn oz_leaf(values: &[&[u8]]) -> Word {
    keccak256(&keccak256(&abi_encode(values)))
}

/// `Hashes.commutativeKeccak256`
fn oz_pair(a: Word, b: Word) -> Word {
    keccak256(&if a < b { [a, b].concat() } else { [b, a].concat() })
}

/// `MerkleProof.verify`
fn oz_verify(proof: &[Word], root: Word, leaf: Word) -> bool {
    proof.iter().fold(leaf, |hash, sibling| oz_pair(hash, *sibling)) == root
}

fn is_shown(proof: &PayoutProof, amount: u64, root: Word) -> bool {
    let leaf = oz_leaf(&[proof.account.as_bytes(), proof.payee.as_bytes(), &amount.to_be_bytes()]);
    oz_verify(&proof.path, root, leaf)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The example of OpenZeppelin's own page: what is written anew here is what is written there.
#[test]
fn the_algorithm_is_openzeppelins() {
    let leaf =
        |byte: u8, ether: u64| oz_leaf(&[&[byte; 20], &(u128::from(ether) * 1_000_000_000_000_000).to_be_bytes()]);
    let root = oz_pair(leaf(0x11, 5_000), leaf(0x22, 2_500));
    assert_eq!(hex(&root), "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77");
}

/// A world with short epochs, in which provers sell to everybody.
fn world() -> World {
    let mut world = World::with(1, Params { epoch_blocks: 25, keep_epochs: 1, ..Params::default() });
    world.register();
    world.ask_all(&[(ALICE, 100_000), (BOB, 50_000)]);
    world
}

/// Runs to the end of the epoch; the epoch, and its root.
fn end_epoch(world: &mut World) -> (Epoch, Word) {
    loop {
        let events = world.next().events;
        let ended = |event: &Event| match event {
            Event::EpochEnded { epoch, payouts, .. } => Some((*epoch, payouts.unwrap())),
            _ => None,
        };
        if let Some(ended) = events.iter().find_map(ended) {
            assert_eq!(world.ledger.payout_root(), Some(ended));
            return ended;
        }
    }
}

fn proof_of(world: &World, epoch: Epoch, n: u8) -> PayoutProof {
    world.ledger.payout_proof(epoch, who(n)).unwrap()
}

#[test]
fn what_was_earned_leads_to_the_roots_one_after_the_other() {
    let mut world = world();
    world.say(vec![(ALICE, Action::Payee { address: PAYEE })]);
    let task = world.open_for(12, &[ALICE]);
    world.prove(task, ALICE);
    assert_eq!(world.ledger.payout_root(), None, "no epoch has ended");
    let (first, root) = end_epoch(&mut world);
    let alice = proof_of(&world, first, ALICE);
    assert_eq!((alice.payee, alice.amount), (PAYEE, Credits::new(400_000)));
    assert!(is_shown(&alice, 400_000, root) && alice.root() == root);
    assert!(!is_shown(&alice, 400_001, root), "no more than was earned");
    let member = proof_of(&world, first, COORDINATOR);
    println!("in epoch {first} a prover earned {}, the committee {} of fees", alice.amount, member.amount);
    assert!(is_shown(&member, member.amount.get(), root) && member.payee == PayeeAddress::NONE);
    assert_eq!(world.ledger.payout_proof(first, who(REQUESTER)), None, "it has earned nothing");

    let tasks = [world.open_for(13, &[ALICE]), world.open_for(14, &[BOB])];
    world.prove(tasks[0], ALICE);
    world.prove(tasks[1], BOB);
    let (second, next) = end_epoch(&mut world);
    assert_eq!(world.ledger.payout_proof(first, who(ALICE)), None, "one root replaces the last");
    assert!(!is_shown(&alice, 400_000, next), "and so do its proofs");
    for (n, amount) in [(ALICE, 800_000), (BOB, 200_000)] {
        assert!(is_shown(&proof_of(&world, second, n), amount, next), "all that was ever earned");
    }
}

#[test]
fn time_that_is_paid_is_earned_and_gifts_are_not() {
    let mut world = world();
    let task = world.open_for(REQUESTER, &[ALICE]);
    world.start(ALICE, task);
    world.block(1_000, &[]);
    let before = world.wealth(ALICE);
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    let paid = world.wealth(ALICE) - before;
    world.say(vec![(REQUESTER, Action::Transfer { to: who(BOB), amount: Credits::new(5_000_000) })]);
    let (epoch, root) = end_epoch(&mut world);
    assert!(paid > 0 && is_shown(&proof_of(&world, epoch, ALICE), paid, root));
    assert_eq!(world.ledger.payout_proof(epoch, who(BOB)), None);
}

/// An address that is named later, or taken back, counts from the end of the epoch; the account stays the one that a
/// contract counts by, so nothing is paid twice.
#[test]
fn an_address_counts_from_the_end_of_the_epoch() {
    let mut world = world();
    let task = world.open_for(12, &[ALICE]);
    world.prove(task, ALICE);
    let (epoch, _) = end_epoch(&mut world);
    world.say(vec![(ALICE, Action::Payee { address: PAYEE })]);
    assert_eq!(proof_of(&world, epoch, ALICE).payee, PayeeAddress::NONE);
    let (epoch, root) = end_epoch(&mut world);
    let named = proof_of(&world, epoch, ALICE);
    assert_eq!((named.account, named.payee), (who(ALICE), PAYEE));
    assert!(is_shown(&named, 400_000, root));
    world.say(vec![(ALICE, Action::Payee { address: PayeeAddress::NONE })]);
    let (epoch, _) = end_epoch(&mut world);
    assert_eq!(proof_of(&world, epoch, ALICE).payee, PayeeAddress::NONE);
}

#[test]
fn a_snapshot_shows_the_same() {
    let mut world = world();
    let task = world.open_for(12, &[ALICE]);
    world.prove(task, ALICE);
    let (epoch, root) = end_epoch(&mut world);
    let bytes = codec::encode(&world.ledger).unwrap();
    let read: Ledger = codec::decode(&bytes, bytes.len()).unwrap();
    assert_eq!((read.payout_root(), read.root().unwrap()), (Some((epoch, root)), world.ledger.root().unwrap()));
    assert_eq!(read.payout_proof(epoch, who(ALICE)), world.ledger.payout_proof(epoch, who(ALICE)));
}

/// The bytes of a node are those of no leaf: a leaf is three words, hashed twice.
#[test]
fn a_node_is_not_taken_for_a_leaf() {
    let mut world = world();
    let tasks = [world.open_for(12, &[ALICE]), world.open_for(13, &[BOB])];
    world.prove(tasks[0], ALICE);
    world.prove(tasks[1], BOB);
    let (epoch, root) = end_epoch(&mut world);
    let alice = proof_of(&world, epoch, ALICE);
    let leaf = payout::leaf(alice.account, alice.payee, alice.amount);
    let (first, rest) = alice.path.split_first().unwrap();
    assert!(oz_verify(rest, root, oz_pair(leaf, *first)), "the node is on the way");
    let account = AccountId::from_bytes(leaf.min(*first));
    assert_ne!(payout::leaf(account, PayeeAddress::NONE, Credits::ZERO), oz_pair(leaf, *first));
}

/// The vectors of the page are those of this program.
#[test]
fn the_page_has_the_right_vectors() {
    let rows = [(1, 0x11, 400_000), (2, 0x22, 1), (3, 0x00, u64::MAX)];
    let leaves = rows.map(|(n, payee, amount)| {
        let (account, payee) = (AccountId::from_bytes([n; 32]), PayeeAddress::from_bytes([payee; 20]));
        let leaf = payout::leaf(account, payee, Credits::new(amount));
        assert_eq!(leaf, oz_leaf(&[account.as_bytes(), payee.as_bytes(), &amount.to_be_bytes()]));
        leaf
    });
    let node = payout::node(&leaves[0], &leaves[1]);
    let root = payout::node(&node, &leaves[2]);
    let named = [("leaf 0", leaves[0]), ("leaf 1", leaves[1]), ("leaf 2", leaves[2]), ("node", node), ("root", root)];
    named.iter().for_each(|(name, hash)| println!("{name}: 0x{}", hex(hash)));
    for (name, hash) in named {
        assert!(PAGE.contains(&hex(&hash)), "{name} is not in docs/payouts.md");
    }
    assert!(oz_verify(&[leaves[1], leaves[2]], root, leaves[0]) && oz_verify(&[node], root, leaves[2]));
}
