//! A node is killed at any moment: the store holds what was said to be durable, and is whole.
//!
//! The test runs itself again as a child that commits in a loop and says which height is durable; the parent
//! kills it, opens the store and compares. `DPGN_CRASHES` sets how often.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use dpgn_node::store::{Beside, LogEntry, RecordChange, RecordKind, Signed, Store};
use dpgn_protocol::{
    block::{Block, Certificate, Decided, Header},
    bounded::List,
    council::WordKind,
    ids::{AccountId, BlockHash, BodyHash, CertificateHash, CommitteeHash, NetworkId, OpsRoot, StateRoot},
    units::{Epoch, Height, Timestamp},
};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const NETWORK: NetworkId = NetworkId::from_bytes([7; 32]);
const DIR: &str = "DPGN_TEST_CRASH_DIR";

fn block(height: Height, parent: BlockHash) -> Block {
    let header = Header {
        network: NETWORK,
        height,
        parent,
        time: Timestamp::new(height.get()),
        epoch: Epoch::new(0),
        proposer: AccountId::from_bytes([1; 32]),
        last_commit: CertificateHash::from_bytes([0; 32]),
        body: BodyHash::from_bytes([0; 32]),
        ops: OpsRoot::from_bytes([0; 32]),
        state: StateRoot::from_bytes([0; 32]),
        next_committee: CommitteeHash::from_bytes([0; 32]),
    };
    Block { header, last_commit: None, ops: List::default() }
}

/// The child: does nothing in an ordinary test run.
#[test]
fn child_commits_until_it_is_killed() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let store = Store::open(Path::new(&dir), NETWORK).unwrap();
    loop {
        let tip = store.tip().unwrap();
        let block = block(tip.height.next(), tip.hash);
        let hash = block.header.hash().unwrap();
        let height = block.header.height;
        // A word that a killed child gave is not given again.
        if store.log(height).unwrap().entries.is_empty() {
            let signed = Signed { round: 0, kind: WordKind::Precommit, body: hash.as_bytes().to_vec() };
            let vote = LogEntry { bytes: hash.as_bytes().to_vec(), signed: Some(signed) };
            store.append_log(height, &[vote], &[&block]).unwrap();
        }
        println!("voted {height}");
        let certificate = Certificate { height, round: 0, block: hash, votes: List::default() };
        let record = RecordChange::Put {
            kind: RecordKind::Job,
            key: b"height".to_vec(),
            value: height.get().to_le_bytes().to_vec(),
        };
        let snapshot = vec![height.get() as u8; 20_000];
        store
            .commit_block(
                &Decided { block, certificate },
                Beside { snapshot: Some(&snapshot), changes: &[record], ..Beside::default() },
            )
            .unwrap();
        println!("committed {height}");
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    let crashes = std::env::var("DPGN_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(200_u64);
    let dir = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let (mut voted, mut committed) = (0, 0);
    for crash in 0..crashes {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_commits_until_it_is_killed", "--nocapture"])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reader = std::thread::spawn(move || {
            let (mut voted, mut committed) = (0, 0);
            for line in lines.map_while(Result::ok) {
                let number = |what| line.split_once(what).and_then(|(_, n)| n.parse::<u64>().ok());
                voted = number("voted ").unwrap_or(voted);
                committed = number("committed ").unwrap_or(committed);
            }
            (voted, committed)
        });
        // From before the store is open to deep within the loop.
        std::thread::sleep(Duration::from_micros(crash * 7_919 % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let said = reader.join().unwrap();
        (voted, committed) = (voted.max(said.0), committed.max(said.1));
        check(&Store::open(dir.path(), NETWORK).unwrap(), voted, committed);
    }
    println!("{crashes} crashes, {committed} blocks, {:?}", started.elapsed());
    assert!(committed > 0, "the child was killed too early every time");
}

fn check(store: &Store, voted: u64, committed: u64) {
    let tip = store.tip().unwrap();
    assert!(tip.height.get() >= committed, "height {committed} was durable, {} is there", tip.height);
    let log = store.log(Height::new(voted)).unwrap();
    let held = (log.entries.len(), log.bodies.len());
    assert!(tip.height.get() >= voted || held == (1, 1), "of vote {voted}, entries and bodies are {held:?}");
    assert_eq!(store.block(tip.height).unwrap().is_some(), tip.height.get() > 0);
    // One transaction: block, snapshot and record are of the same height.
    if tip.height.get() > 0 {
        let (height, snapshot) = store.snapshots().unwrap().swap_remove(0);
        assert_eq!((height, snapshot), (tip.height, vec![tip.height.get() as u8; 20_000]));
        assert_eq!(store.records(RecordKind::Job).unwrap()[0].1, tip.height.get().to_le_bytes());
        let from = Height::new(tip.height.get().saturating_sub(50).max(1));
        let blocks = store.blocks_from(from, usize::MAX).unwrap();
        let linked = blocks.windows(2).all(|pair| pair[1].block.header.parent == pair[0].certificate.block);
        assert!(linked && blocks.len() as u64 == tip.height.get() - from.get() + 1);
    }
}
