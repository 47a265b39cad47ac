//! Attacks on a prover's time and a requester's witness, on real nodes: each costs the honest the decline fee at
//! most. Windows are short, so that what took minutes takes seconds.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]
#![expect(clippy::print_stdout, reason = "each attack prints what it has cost")]

mod common;

use common::{
    assert_paid, buy,
    liar::{Liar, now, wait_for},
    mesh, over, preimage,
};
use dpgn_node::{
    NodeHandle, Notices, Purchase, TaskRef,
    engine::Notice,
    local::{Local, terms},
    network::{self, Acceptance, Event, Events, Network, NetworkConfig, Topic},
    view::{Status, TaskInfo},
};
use dpgn_protocol::{
    bounded::{List, Text},
    ids::TaskId,
    ops::{Action, Bid, Op, SignedOp},
    statement::public_inputs_digest,
    units::{Credits, Millis, Ppm, Priority},
    wire::{BlobRequest, OpBatch, Wire},
};
use dpgn_prover::circuit::{self, CircuitLimits, Inputs, Recipe};
use std::{path::PathBuf, time::Duration};

/// All that an account has, locked or not.
async fn wealth(mesh: &Local, node: &NodeHandle) -> u64 {
    let balance = mesh.coordinator.balance(node.account()).await.expect("the node runs");
    balance.available.get() + balance.escrow.get() + balance.collateral.get()
}

/// What the silent requester gives nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Recipe,
    Inputs,
}

/// A requester without an engine: it accepts every stream, and holds what it owes.
async fn silent_requester(mesh: &Local, recipe: PathBuf, held: Held) -> Network {
    let mut config = NetworkConfig::new(mesh.genesis.network().expect("encodes"));
    config.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().expect("an address")];
    config.bootstrap = vec![mesh.bootstrap.clone()];
    config.timing.blob_decide_ms = 60_000;
    let (wire, events) = network::spawn(&mesh.spare, config).expect("the network starts");
    wire.dial(mesh.bootstrap.clone()).await.expect("the coordinator is there");
    tokio::spawn(hold(wire.clone(), events, recipe, held));
    tokio::time::sleep(Duration::from_secs(2)).await;
    wire
}

async fn hold(wire: Network, mut events: Events, recipe: PathBuf, held: Held) {
    let mut streams = Vec::new();
    while let Some(event) = events.recv().await {
        match event {
            Event::Gossip { token, .. } => wire.judge(token, Acceptance::Accept),
            Event::BlobRequest { request, token, .. } => match BlobRequest::from_bytes(&request) {
                Ok(BlobRequest::Recipe { .. }) if held == Held::Inputs => wire.serve_blob(token, recipe.clone()),
                Ok(_) | Err(_) => streams.push(token),
            },
            _ => {}
        }
    }
}

/// A bid of the silent requester's, for a circuit that somebody else has registered.
fn bid(mesh: &Local, info: &TaskInfo, recipe: &Recipe) -> SignedOp {
    let inputs = Inputs::new(b"wxyz".to_vec());
    let values = circuit::public_inputs(recipe, &inputs).expect("they satisfy");
    let bid = Bid {
        alias: uuid::Uuid::new_v4(),
        circuit: info.circuit,
        recipe: recipe.digest(),
        recipe_len: recipe.encoded_len(),
        builder: Text::new(recipe.builder()).expect("short"),
        statement: public_inputs_digest(&values),
        free: List::default(),
        inputs: inputs.commit(&[7; 32]),
        inputs_len: 36,
        level: info.level,
        reward: Credits::new(1_000_000),
        raise: None,
        priority: Priority::MIN,
        deadline: now().after(Millis::from_secs(600)),
        disclosures_max: 2,
        reputation_min: Ppm::new(0),
        collateral_min: Credits::ZERO,
        allow: List::default(),
        deny: List::default(),
        sealed: None,
    };
    let op =
        Op { nonce: 0, expires: now().after(Millis::from_secs(60)), sponsor: None, action: Action::Bid(Box::new(bid)) };
    SignedOp::new(mesh.spare.sign(mesh.genesis.network().expect("encodes"), op).expect("encodes"))
}

/// Why an award of a task ended.
async fn award_ended(notices: &mut Notices, task: TaskId) -> String {
    wait_for(notices, move |notice| match notice {
        Notice::AwardEnded { task: t, why, .. } if *t == task => Some(why.clone()),
        _ => None,
    })
    .await
}

async fn a_silent_requester_takes_the_decline_fee(held: Held, why: &str) {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let info = buy(&mesh.requester, preimage(b"abcd")).await;
    let recipe = Recipe::preimage(4, &CircuitLimits::default()).expect("fits");
    let path = dir.path().join("recipe");
    std::fs::write(&path, recipe.encode()).expect("written");
    // The prover must ask for it again.
    let recipes = dir.path().join("prover-1/blobs/award-recipes");
    for entry in std::fs::read_dir(recipes).expect("readable") {
        std::fs::remove_file(entry.expect("readable").path()).expect("removed");
    }
    let wire = silent_requester(&mesh, path, held).await;
    let before = wealth(&mesh, &mesh.provers[0]).await;
    let mut notices = mesh.coordinator.watch();
    let op = bid(&mesh, &info, &recipe);
    let task = op.task_id(mesh.genesis.network().expect("encodes"));
    let batch = OpBatch { sent: now(), ops: List::new(vec![op.to_raw()]).expect("one") };
    wire.publish(Topic::Ops, batch.to_bytes().expect("encodes")).expect("the network runs");
    let ended = award_ended(&mut notices, task).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let lost = before - wealth(&mesh, &mesh.provers[0]).await;
    let params = &mesh.genesis.params;
    let fee = params.decline_fee.max(info.price.expect("a price").share(params.decline_share)).get();
    println!("a requester that holds the {held:?}: {ended}; the honest prover lost {lost}, the decline fee is {fee}");
    assert!(ended.contains(why), "{ended}");
    assert_eq!(lost, fee);
    // And it is there for the next.
    let info = buy(&mesh.requester, preimage(b"efgh")).await;
    assert_paid(&mesh, &info).await;
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requester_that_holds_the_recipe_takes_the_decline_fee_and_no_more() {
    a_silent_requester_takes_the_decline_fee(Held::Recipe, "NoRecipe").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requester_that_holds_the_inputs_takes_the_decline_fee_and_no_more() {
    a_silent_requester_takes_the_decline_fee(Held::Inputs, "NoInputs").await;
}

/// Nobody lies: one prover makes one proof at a time, and a small one is bought while it makes a large one.
#[tokio::test(flavor = "multi_thread")]
async fn a_small_award_behind_a_large_proof_costs_its_prover_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let before = wealth(&mesh, &mesh.provers[0]).await;
    let mut notices = mesh.coordinator.watch();
    // 2^14 rows: declared are 41 s, so that a small one behind it would miss its windows.
    let large = Purchase { reward: Credits::new(5_000_000), ..preimage(&[7; 20_000]) };
    let large = mesh.requester.submit(large).await.expect("accepted").task.task;
    wait_for(&mut notices, move |n| matches!(n, Notice::Started { task, .. } if *task == large).then_some(())).await;
    let small = mesh.requester.submit(preimage(b"small")).await.expect("accepted").task.task;
    let mut earned = 0;
    for task in [large, small] {
        let info = over(&mesh.requester, TaskRef::Id(task)).await;
        assert_paid(&mesh, &info).await;
        earned += info.price.expect("a price").get();
    }
    let lost = (before + earned).saturating_sub(wealth(&mesh, &mesh.provers[0]).await);
    println!("a small award behind a large proof: both are paid, the honest prover lost {lost}");
    assert_eq!(lost, 0);
    mesh.shutdown().await;
}

/// A `Start` shown to the requester and kept from the ledger: its prover saw the witness and was not bound. Now it sees
/// nothing before a block holds its `Start`, the requester brings it, and its prover loses what it has at stake.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_kept_from_the_ledger_binds_its_prover() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let liar = Liar::join(&mesh).await;
    let honest = buy(&mesh.requester, preimage(b"secret-1")).await.price.expect("a price");
    let reward = Credits::new(honest.get() * 3 / 2);
    let mut notices = mesh.coordinator.watch();
    liar.undercut(terms(Credits::new(1), 2_000, 4));
    while mesh.requester.status().await.expect("runs").standing_asks < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let purchase = Purchase { reward, disclosures_max: 2, ..preimage(b"secret-2") };
    let task = mesh.requester.submit(purchase).await.expect("accepted").task.task;
    assert_eq!(liar.awarded(&mut notices).await, task);
    let loot = dir.path().join("loot");
    let (own, requester) = (liar.account(), mesh.requester.account());
    let started = |n: &Notice| matches!(n, Notice::Started { task: t, prover } if *t == task && *prover == own);
    let mut early = 0;
    {
        let mut bound = std::pin::pin!(wait_for(&mut notices, |n| started(n).then_some(())));
        // The requester may yet have to hear of the award, so it is asked again.
        while tokio::time::timeout(Duration::from_millis(50), &mut bound).await.is_err() {
            let shown = liar.inputs(requester, task, liar.statement(task), &loot).await;
            early += u32::from(shown.is_err() && !loot.exists());
            if shown.is_ok() {
                bound.await;
                break;
            }
        }
    }
    assert!(early > 0, "nothing is shown before a block holds its Start");
    let info = over(&mesh.requester, TaskRef::Id(task)).await;
    println!("the requester has brought the liar's Start; the task is {}", info.status);
    assert_eq!((info.status, info.prover), (Status::Completed, Some(mesh.provers[0].account())));
    assert_paid(&mesh, &info).await;
    mesh.shutdown().await;
}
