//! Elections on real nodes: a silent coordinator is replaced and nobody else is harmed, receipts of before convince strangers after
//! it, and whoever signs two words loses its bond by anybody's evidence.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod common;

use common::{assert_conserved, assert_paid, buy, options, preimage, quick};
use dpgn_market::{Candidacy, CandidateTold, ElectionTold};
use dpgn_node::{
    Node, NodeHandle, TaskRef,
    engine::StakeOrder,
    genesis_file, keys,
    local::{Local, LocalOptions, address_of, loopback},
};
use dpgn_protocol::{
    block::Vote,
    bounded::List,
    council::WordKind,
    genesis::Params,
    ids::{AccountId, BlockHash, NetworkId},
    receipt::{Receipt, ReceiptError},
    sign::{Keypair, Unverified},
    units::{Credits, Height, Millis},
};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// The blocks of an epoch: room for more than three commits of each member, so that the absent are known.
const EPOCH: u64 = 24;
/// The bond of the newcomer: half a member's, so that nobody gives way to it who is there.
const BOND: Credits = Credits::new(50_000_000);
/// How long anything may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(240);

/// Short epochs, which end though there is nothing to do, and a seat for each of four.
fn rules() -> Params {
    Params { epoch_blocks: EPOCH, seats: 4, idle_interval: Millis::new(50), ..quick() }
}

/// Looks again and again until there is an answer.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} until {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn committee(node: &NodeHandle) -> BTreeSet<AccountId> {
    node.status().await.expect("the node runs").committee.into_iter().collect()
}

async fn election(node: &NodeHandle) -> ElectionTold {
    node.election().await.expect("the node runs")
}

fn told(election: &ElectionTold, account: AccountId) -> Option<&CandidateTold> {
    election.candidates.iter().find(|told| told.account == account)
}

/// Checks a receipt as a stranger does who has the genesis alone; says how many committees it crosses, and how many of them
/// are others than the one before.
fn offline(mesh: &Local, receipt: &Receipt) -> (usize, usize) {
    let genesis = mesh.genesis.checkpoint().expect("it encodes");
    let bytes = receipt.to_file().expect("it encodes");
    let read = Receipt::from_file(&bytes).expect("it is a receipt");
    let paid = read.check(&genesis, receipt.header.time).expect("it holds");
    assert_eq!(paid.task, receipt.task);
    let committees: Vec<_> = receipt.history.iter().map(|handover| handover.committee.hash()).collect();
    let before = std::iter::once(genesis.committee.hash()).chain(committees.iter().copied());
    (committees.len(), committees.iter().zip(before).filter(|(after, before)| **after != *before).count())
}

/// Four coordinators, one of which stops. A fifth has bonded less than each of them, and takes its place; from then on it is
/// needed: with another of the old ones gone no block is decided without it.
#[tokio::test(flavor = "multi_thread")]
async fn an_election_replaces_a_silent_coordinator_and_nobody_else() {
    let dir = tempfile::tempdir().expect("a directory");
    let what = LocalOptions { coordinators: 4, provers: 1, params: rules(), options: options() };
    let mesh = Local::start(dir.path(), what).await.expect("the mesh starts");
    let before = buy(&mesh.requester, preimage(&[2, 3, 4])).await;
    assert_paid(&mesh, &before).await;

    let newcomer = Node::builder(mesh.spare.clone(), mesh.genesis.clone()).data_dir(dir.path().join("newcomer"));
    let newcomer = loopback(newcomer.prover(options())).bootstrap(mesh.bootstrap.clone()).coordinate(true);
    let newcomer = newcomer.spawn().await.expect("it starts");
    newcomer.stake(StakeOrder::Bond { amount: BOND }).await.expect("it is sent");
    until("the newcomer stands", async || {
        let election = election(&mesh.requester).await;
        told(&election, newcomer.account()).filter(|told| told.bond == BOND).map(drop)
    })
    .await;
    let old = committee(&mesh.requester).await;
    assert!(old.len() == 4 && !old.contains(&newcomer.account()), "whoever is there and has more at stake stays");

    let silent = mesh.colleagues[0].account();
    mesh.colleagues[0].shutdown().await;
    let begun = Instant::now();
    until("another has its seat", async || {
        let now = committee(&mesh.requester).await;
        (!now.contains(&silent) && now.contains(&newcomer.account())).then_some(())
    })
    .await;
    let status = mesh.requester.status().await.expect("runs");
    println!("{silent} is replaced {:?} after it stopped, at height {}", begun.elapsed(), status.height);
    let expected: BTreeSet<_> =
        old.iter().copied().filter(|member| *member != silent).chain([newcomer.account()]).collect();
    assert_eq!(committee(&mesh.requester).await, expected, "nobody else has lost its seat");
    until("the members are in touch with the newcomer", async || {
        let council = newcomer.status().await.expect("runs").council?;
        (council.in_touch.len() == 4 && council.can_decide).then_some(())
    })
    .await;

    // Its vote counts: two of the three that have stayed are no quorum.
    mesh.colleagues[1].shutdown().await;
    let after = buy(&mesh.requester, preimage(&[5, 6, 7])).await;
    assert_paid(&mesh, &after).await;
    let receipt = async |task| mesh.requester.receipt(TaskRef::Id(task), Height::new(0)).await.expect("a receipt");
    let (first, last) = (receipt(before.task).await, receipt(after.task).await);
    assert!(last.certificate.votes.iter().any(|vote| vote.signer == newcomer.account()), "it was needed");
    let (crossed, changed) = offline(&mesh, &last);
    let (before, _) = offline(&mesh, &first);
    println!(
        "a receipt of before crosses {before} borders, one of after {crossed}, {changed} of them to another committee"
    );
    assert!(changed >= 1, "of {crossed} borders");
    // Nobody can leave the change out, or pass off the old committee as the new one.
    let genesis = mesh.genesis.checkpoint().expect("it encodes");
    let history = last.history.iter().filter(|h| h.committee.power(newcomer.account()).is_none()).cloned().collect();
    let short = Receipt { history: List::new(history).expect("fewer"), ..last.clone() };
    let refused = short.check(&genesis, short.header.time).map(drop);
    assert!(matches!(refused, Err(ReceiptError::OutOfOffice { .. })), "{refused:?}");

    // All bonds are there, that of the silent one too: it has lost its seat and no more.
    let election = election(&mesh.requester).await;
    for account in old {
        assert_eq!(told(&election, account).expect("it has a bond").bond, mesh.genesis.params.member_bond, "{account}");
    }
    assert_conserved(&mesh).await;
    newcomer.shutdown().await;
    mesh.shutdown().await;
}

/// Coordinators whose keys are known, and a node beside them that is none.
async fn council(dir: &tempfile::TempDir, members: &[Keypair], plain: &Keypair) -> (Vec<NodeHandle>, NodeHandle) {
    let accounts: Vec<_> = members.iter().map(Keypair::account).collect();
    let all: Vec<_> = accounts.iter().copied().chain([plain.account()]).collect();
    let genesis = genesis_file::new_network("council", &accounts, &all, rules()).expect("a genesis");
    let make = |keys: &Keypair| {
        let node = Node::builder(keys.clone(), genesis.clone()).data_dir(dir.path().join(keys.account().short()));
        loopback(node.prover(options()))
    };
    let mut nodes: Vec<NodeHandle> = Vec::new();
    for keys in members {
        let node = make(keys).coordinate(true);
        let node = match nodes.first() {
            Some(first) => node.bootstrap(address_of(first).await.expect("it listens")),
            None => node,
        };
        nodes.push(node.spawn().await.expect("it starts"));
    }
    let node = make(plain).bootstrap(address_of(&nodes[0]).await.expect("it listens"));
    (nodes, node.spawn().await.expect("it starts"))
}

/// Two precommits of one member for one height and round.
fn two_words(liar: &Keypair, network: NetworkId) -> [Unverified; 2] {
    [1, 2].map(|n| {
        let vote = Vote { height: Height::new(2), round: 0, block: Some(BlockHash::from_bytes([n; 32])) };
        liar.sign(network, vote).expect("it encodes").into_raw()
    })
}

/// Whoever sees two words may show them: here a node that decides nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_plain_nodes_evidence_burns_the_bond_of_an_equivocator() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut members: Vec<_> = (0..4).map(|_| keys::generate().expect("randomness")).collect();
    let plain = keys::generate().expect("randomness");
    members.sort_by_key(Keypair::account);
    let (nodes, witness) = council(&dir, &members, &plain).await;
    let liar = &members[2];
    until("blocks are decided", async || {
        let status = witness.status().await.expect("runs");
        (status.height > Height::new(3) && !status.peers.is_empty()).then_some(())
    })
    .await;
    let status = witness.status().await.expect("runs");
    let supply = witness.supply().await.expect("runs");
    let (all, balance) = (election(&witness).await, status.balance.available);
    let bond = told(&all, liar.account()).expect("a member has a bond").bond;
    let [first, second] = two_words(liar, status.network);

    // One word twice is no evidence, and another's signature neither.
    let same = witness.accuse(WordKind::Precommit, first.clone(), first.clone()).await;
    let forged = Unverified { signer: members[1].account(), ..second.clone() };
    let other =
        witness.accuse(WordKind::Precommit, Unverified { signer: members[1].account(), ..first.clone() }, forged).await;
    println!("refused: {}; {}", same.expect_err("the same word"), other.expect_err("a forged word"));

    witness.accuse(WordKind::Precommit, first.clone(), second.clone()).await.expect("it is sent");
    until("the bond is burned", async || {
        let election = election(&witness).await;
        let told = told(&election, liar.account());
        told.is_none_or(|told| told.bond == Credits::ZERO && told.candidacy == Candidacy::Slashed).then_some(())
    })
    .await;
    let now = witness.supply().await.expect("runs");
    let burned = now.burned.get() - supply.burned.get();
    let paid = balance.get() - witness.status().await.expect("runs").balance.available.get();
    println!(
        "of {} credits {burned} micro-credits are burned; it has cost who showed it {paid}",
        bond.get() / 1_000_000
    );
    assert!(burned >= bond.get() && burned - bond.get() < 100_000, "the bond, and halves of fees");
    assert!((1..10_000).contains(&paid), "the fee of an op, and nothing is paid for it");
    assert!(now.is_conserved());
    let again = witness.accuse(WordKind::Precommit, first, second).await;
    println!("again: {}", again.expect_err("it has been paid for"));

    until("the liar has lost its seat", async || (!committee(&witness).await.contains(&liar.account())).then_some(()))
        .await;
    let left = committee(&witness).await;
    assert_eq!(left.len(), 3, "the others have theirs");
    let told_now = election(&witness).await;
    let others = members.iter().map(Keypair::account).filter(|account| *account != liar.account());
    for account in others {
        assert_eq!(told(&told_now, account).expect("it has a bond").bond, bond);
    }
    let height = witness.status().await.expect("runs").height;
    until("they go on", async || (witness.status().await.expect("runs").height > height).then_some(())).await;
    for node in nodes.iter().chain([&witness]) {
        node.shutdown().await;
    }
}
