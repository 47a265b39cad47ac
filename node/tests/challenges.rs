//! A challenge's whole way through a mesh of real nodes: nobody serves anything, and the committee computes what the proof
//! must say.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod common;

use common::{assert_conserved, buy, options, preimage, quick};
use dpgn_node::{
    TaskRef,
    engine::Notice,
    local::{Local, LocalOptions},
};
use dpgn_protocol::{
    bounded::List,
    challenge::{self, ChallengeCircuit},
    genesis::Params,
    ops::Builder,
    outcome::Settlement,
    units::{Credits, Degree, Height, Level, Ppm},
};
use dpgn_prover::circuit::{CircuitLimits, PREIMAGE_BUILDER, Recipe, build};
use futures::FutureExt;
use std::{ops::ControlFlow, time::Duration};

/// Bytes that the circuit of these challenges hashes.
const INPUTS: u32 = 3;
/// Purchases after which a challenge must have been settled.
const PURCHASES_MAX: usize = 30;

/// A quick market in which half of the committee's fees pay for challenges of the smallest circuit.
fn challenging() -> Params {
    let recipe = Recipe::preimage(INPUTS, &CircuitLimits::default()).expect("a recipe");
    let level = Level::new(1).expect("defined");
    let circuit = build(&recipe, level, Degree::MAX, &mut || ControlFlow::Continue(())).expect("it is built");
    let listed = ChallengeCircuit {
        circuit: circuit.id(),
        recipe: recipe.digest(),
        recipe_len: recipe.encoded_len(),
        builder: Builder::new(PREIMAGE_BUILDER).expect("short"),
        inputs_len: INPUTS.into(),
    };
    Params {
        epoch_blocks: 8,
        challenge_share: Ppm::new(500_000),
        challenge_circuits: List::new(vec![listed]).expect("one"),
        ..quick()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_is_challenged_and_paid_by_the_network() {
    let dir = tempfile::tempdir().expect("a directory");
    let what = LocalOptions { coordinators: 1, provers: 2, params: challenging(), options: options() };
    let mesh = Local::start(dir.path(), what).await.expect("the mesh starts");
    let network = challenge::requester(mesh.genesis.network().expect("encodes"));
    let mut notices = mesh.coordinator.watch();
    let mut heard = || -> Vec<Box<Settlement>> {
        let told = std::iter::from_fn(|| notices.next().now_or_never()??.ok());
        let bill = |notice| if let Notice::Settled(bill) = notice { Some(bill) } else { None };
        told.filter_map(bill).filter(|bill| bill.requester == network).collect()
    };
    let mut last = None;
    let mut settled: Vec<Box<Settlement>> = Vec::new();
    for bought in 1..=PURCHASES_MAX {
        last = Some(buy(&mesh.requester, preimage(&[2, 3, 4])).await.task);
        tokio::time::sleep(Duration::from_millis(500)).await;
        settled.extend(heard());
        if let Some(bill) = settled.first() {
            println!("after {bought} purchases the network has paid {} for {}", bill.price, bill.task);
            break;
        }
    }
    let bill = settled.first().expect("a challenge was settled").clone();
    let told = mesh.requester.reputation(bill.prover).await.expect("runs");
    let given = told.counterparties.iter().find(|counterparty| counterparty.is_network).expect("it counts");
    assert_eq!(given.account, network);
    // It may have been drawn again since; each epoch, eight blocks here, takes a part of what it was given.
    settled.extend(heard());
    let paid = settled.iter().filter(|other| other.prover == bill.prover).map(|bill| bill.price.get()).sum();
    assert!(given.good > Credits::ZERO && given.good <= Credits::new(paid), "{} of {paid}", given.good);
    // Epochs have eight blocks here: the receipt leads over all borders since the genesis.
    let receipt =
        mesh.requester.receipt(TaskRef::Id(last.expect("one was bought")), Height::new(0)).await.expect("a receipt");
    receipt.check(&mesh.genesis.checkpoint().expect("encodes"), receipt.header.time).expect("it holds");
    println!("the last receipt crosses {} borders", receipt.history.len());
    assert!(!receipt.history.is_empty());
    assert_conserved(&mesh).await;
    mesh.shutdown().await;
}
