//! One liar in a mesh of honest nodes. No honest node stops, no credit moves wrongly, the liar's score falls.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod common;

use common::{
    assert_conserved, assert_paid, buy,
    liar::{Liar, now, wait_for},
    mesh, over, preimage,
};
use dpgn_node::{
    Purchase, TaskRef,
    engine::Notice,
    local::{Local, terms},
    network::{FetchError, Topic},
    view::TaskInfo,
};
use dpgn_protocol::{
    award::AwardId,
    bounded::{Bytes, List, Text},
    finding::{Finding, Judged},
    ids::{AccountId, InputsDigest, ProofHash, PublicInputsDigest, RecipeDigest, TaskId},
    ops::{Action, Ask, Bid, Circuit, SignedOp},
    sign::{Keypair, Unverified},
    statement::tag,
    units::{Credits, Level, Millis, Ppm, Priority, Timestamp},
    wire::{Refusal, Request, Response},
};
use dpgn_prover::{
    circuit::{self, CircuitLimits, Inputs, PREIMAGE_BUILDER, Recipe},
    prove::{CpuBackend, prove},
};
use std::ops::ControlFlow;

fn cheap() -> Ask {
    terms(Credits::new(1), 2_000, 4)
}

async fn reputation(mesh: &Local, account: AccountId) -> Ppm {
    mesh.coordinator.balance(account).await.expect("the node runs").reputation
}

/// A bid that the liar wins by its price, though its reputation is no better; the task's id, once it has it.
async fn snatch(mesh: &Local, liar: &Liar, preimage_bytes: &[u8]) -> TaskId {
    // What an honest prover asks for the same. With little to spare above it, price decides.
    let honest = buy(&mesh.requester, preimage(preimage_bytes)).await.price.expect("a price");
    let reward = Credits::new(honest.get() * 3 / 2);
    let mut notices = mesh.coordinator.watch();
    liar.undercut(cheap());
    while mesh.requester.status().await.expect("runs").standing_asks < mesh.provers.len() + 1 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let bought = mesh.requester.submit(Purchase { reward, ..preimage(preimage_bytes) }).await.expect("accepted");
    assert_eq!(liar.awarded(&mut notices).await, bought.task.task);
    bought.task.task
}

/// The honest prover ends up with the task, and the liar with less than it had.
async fn assert_liar_loses(mesh: &Local, liar: &Liar, task: TaskId, before: Ppm, credits: Credits) {
    let info = over(&mesh.requester, TaskRef::Id(task)).await;
    assert_paid(mesh, &info).await;
    assert_eq!(info.prover, Some(mesh.provers[0].account()), "the honest prover did it");
    let after = mesh.coordinator.balance(liar.account()).await.expect("runs");
    // One requester's word weighs only so much: the first fault uses it up.
    let newcomer = mesh.genesis.params.reputation_prior;
    assert!(after.reputation <= before && after.reputation < newcomer, "{} after {before}", after.reputation);
    assert!(after.available < credits, "collateral was lost");
    assert_eq!(after.collateral, Credits::ZERO);
}

/// A true proof of knowledge of these bytes, at level 1, with this tag.
fn true_proof(bytes: &[u8], tag: [u64; 4]) -> Vec<u8> {
    let recipe = Recipe::preimage(u32::try_from(bytes.len()).expect("short"), &CircuitLimits::default()).expect("fits");
    let level = Level::new(1).expect("defined");
    let degree = dpgn_protocol::units::Degree::MAX;
    let circuit = circuit::build(&recipe, level, degree, &mut || ControlFlow::Continue(())).expect("builds");
    let witness = circuit.assign(&Inputs::new(bytes.to_vec()), tag).expect("satisfies");
    let go_on = &mut |_| ControlFlow::Continue(());
    prove(&circuit.data.prover_only, &circuit.data.common, witness, &CpuBackend, go_on).expect("proves").to_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_gossip_stops_nobody() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let liar = Liar::join(&mesh).await;

    // Malformed, on every topic.
    for (i, topic) in Topic::ALL.into_iter().enumerate() {
        liar.say(topic, vec![1, u8::try_from(i).expect("few"), 0xff, 0xff, 0xff, 0xff]);
        liar.say(topic, Vec::new());
    }
    // Expired, replayed, wrongly signed.
    let give = Action::Transfer { to: liar.account(), amount: Credits::new(1) };
    let long_ago = Timestamp::new(now().get() - 3_600_000);
    liar.send(&liar.signed(50, long_ago, give.clone()));
    let op = liar.op(Action::Transfer { to: mesh.requester.account(), amount: Credits::new(7) });
    liar.send(&op);
    liar.send(&op);
    let mut forged = op.to_raw();
    forged.op.signer = mesh.requester.account();
    liar.gossip(vec![forged]);
    // From an account that has nothing.
    let poor = Keypair::from_seed(&[9; 32]);
    let id = mesh.genesis.network().expect("encodes");
    let op =
        dpgn_protocol::ops::Op { nonce: 0, expires: now().after(Millis::from_secs(60)), sponsor: None, action: give };
    liar.send(&dpgn_protocol::ops::SignedOp::new(poor.sign(id, op).expect("encodes")));

    let info = buy(&mesh.requester, preimage(b"still here")).await;
    assert_paid(&mesh, &info).await;
    let lied = mesh.coordinator.metrics().gossip_rejected;
    assert!(lied > 0, "the coordinator held bad messages against the sender");
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_started_prover_gets_the_witness() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let liar = Liar::join(&mesh).await;
    let loot = dir.path().join("loot");

    // Not awarded.
    let task = mesh.requester.submit(preimage(b"secret")).await.expect("accepted").task.task;
    let start = liar.statement(task);
    let refused = liar.inputs(mesh.requester.account(), task, start, &loot).await;
    assert!(matches!(refused, Err(FetchError::Refused(Refusal::NotAllowed))), "{refused:?}");
    over(&mesh.requester, TaskRef::Id(task)).await;

    // Awarded, but shows a `Start` for another task; then one that it has not signed.
    let task = snatch(&mesh, &liar, b"another secret").await;
    let requester = mesh.requester.account();
    let odd = liar.statement(TaskId::from_bytes([1; 32]));
    let refused = liar.inputs(requester, task, odd, &loot).await;
    assert!(matches!(refused, Err(FetchError::Refused(Refusal::NotAllowed))), "{refused:?}");
    let other = Keypair::from_seed(&[9; 32]).account();
    let forged = Unverified { signer: other, ..liar.statement(task) };
    let refused = liar.inputs(requester, task, forged, &loot).await;
    assert!(matches!(refused, Err(FetchError::Refused(Refusal::Malformed))), "{refused:?}");
    assert!(!loot.exists());
    let info = over(&mesh.requester, TaskRef::Id(task)).await;
    assert_paid(&mesh, &info).await;
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn false_and_stolen_proofs_are_not_paid() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let honest = buy(&mesh.requester, preimage(b"the same")).await;
    let stolen = std::fs::read(honest.proof_path.expect("a proof")).expect("readable");
    let liar = Liar::join(&mesh).await;
    let coordinator = mesh.coordinator.account();

    let attempts: [(&str, &[u8]); 3] = [("stolen", b"the same"), ("false", b"any"), ("other statement", b"one")];
    for (what, bytes) in attempts {
        let before = reputation(&mesh, liar.account()).await;
        let task = snatch(&mesh, &liar, bytes).await;
        let mut notices = mesh.coordinator.watch();
        liar.start(task, &mut notices).await;
        let credits = mesh.coordinator.balance(liar.account()).await.expect("runs").available;
        let own_tag = tag(task, liar.account());
        let proof = match what {
            // An earlier task with the same statement, by another prover.
            "stolen" => stolen.clone(),
            "false" => {
                let mut proof = true_proof(bytes, own_tag);
                let middle = proof.len() / 2;
                proof[middle] ^= 1;
                proof
            }
            // True, with the right tag, of the same circuit, but of another preimage.
            _ => true_proof(b"two", own_tag),
        };
        liar.deliver(task, &proof);
        liar.push(coordinator, task, &proof).await.expect("answered");
        let why = wait_for(&mut notices, |n| match n {
            Notice::AwardEnded { task: t, why, .. } if *t == task => Some(why.clone()),
            _ => None,
        })
        .await;
        assert!(why.contains("committee found"), "{what}: {why}");
        assert_liar_loses(&mesh, &liar, task, before.max(Ppm::new(1)), credits.saturating_add(Credits::new(1))).await;
    }
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_without_bytes_is_none() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let liar = Liar::join(&mesh).await;
    let before = reputation(&mesh, liar.account()).await;
    let task = snatch(&mesh, &liar, b"where is it").await;
    let mut notices = mesh.coordinator.watch();
    liar.start(task, &mut notices).await;
    let credits = mesh.coordinator.balance(liar.account()).await.expect("runs").available;

    // A proof with junk behind it, or with a public input written as x + p, has no business here.
    let proof = true_proof(b"where is it", tag(task, liar.account()));
    let junk = [proof.as_slice(), &[0; 8]].concat();
    let answer = liar.push(mesh.coordinator.account(), task, &junk).await.expect("answered");
    assert_eq!(answer, Response::Refused(Refusal::NotAllowed));
    // Nor has anybody else's.
    let answer = liar.push(mesh.coordinator.account(), TaskId::from_bytes([1; 32]), &proof).await.expect("answered");
    assert_eq!(answer, Response::Refused(Refusal::NotAllowed));
    liar.deliver(task, &proof);
    assert_liar_loses(&mesh, &liar, task, before, credits.saturating_add(Credits::new(1))).await;
    mesh.shutdown().await;
}

/// A bid of the liar's own, for the circuit of another's task.
async fn bid_of(mesh: &Local, liar: &Liar, info: &TaskInfo) -> TaskId {
    let mut notices = mesh.coordinator.watch();
    let bid = Bid {
        alias: uuid::Uuid::new_v4(),
        circuit: info.circuit,
        recipe: RecipeDigest::from_bytes([1; 32]),
        recipe_len: 1,
        builder: Text::new(PREIMAGE_BUILDER).expect("short"),
        statement: PublicInputsDigest::from_bytes([2; 32]),
        free: List::default(),
        inputs: InputsDigest::from_bytes([3; 32]),
        inputs_len: 1,
        level: info.level,
        reward: Credits::new(1),
        raise: None,
        priority: Priority::MIN,
        deadline: now().after(Millis::from_secs(600)),
        disclosures_max: 1,
        reputation_min: Ppm::new(0),
        collateral_min: Credits::ZERO,
        allow: List::default(),
        deny: List::default(),
        sealed: None,
    };
    liar.send(&liar.op(Action::Bid(Box::new(bid))));
    let own = liar.account();
    wait_for(&mut notices, move |n| match n {
        Notice::Opened { task, requester } if *requester == own => Some(*task),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_no_proofs_and_no_say() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let info = buy(&mesh.requester, preimage(b"mine")).await;
    let liar = Liar::join(&mesh).await;
    let proof = info.proof.expect("a proof");

    for whom in [&mesh.coordinator, &mesh.provers[0], &mesh.requester] {
        let answer = liar.ask(whom.account(), &Request::Proof { task: info.task, proof }).await.expect("answered");
        assert_eq!(answer, Response::Refused(Refusal::NotAllowed));
    }
    // Nor does one get at another's proof through a task of one's own.
    let bid = bid_of(&mesh, &liar, &info).await;
    let answer = liar.ask(mesh.coordinator.account(), &Request::Proof { task: bid, proof }).await.expect("answered");
    assert_eq!(answer, Response::Refused(Refusal::NotAllowed));
    // It neither starts, delivers, settles nor cancels what is not its own.
    let task = mesh.requester.submit(preimage(b"mine too")).await.expect("accepted").task.task;
    let award = AwardId { task, number: 1 };
    liar.send(&liar.op(Action::Start { award, statement: liar.statement(task) }));
    liar.send(&liar.op(Action::Deliver { award, proof: ProofHash::from_bytes([3; 32]), len: 100 }));
    liar.send(&liar.op(Action::Cancel { task }));
    let judged = Judged { award, proof: ProofHash::from_bytes([3; 32]), finding: Finding::Valid };
    liar.send(&liar.op(Action::Judge { findings: List::new(vec![judged]).expect("one") }));
    let info = over(&mesh.requester, TaskRef::Id(task)).await;
    assert_paid(&mesh, &info).await;
    assert_conserved(&mesh).await;
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verifier_data_that_claims_terabytes_allocates_none() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let info = buy(&mesh.requester, preimage(b"honest")).await;
    let honest = std::fs::read(info.verifier_data_path.expect("verifier data")).expect("readable");
    let liar = Liar::join(&mesh).await;

    // Every place where a length can stand, made as large as a length gets.
    let mut ops = Vec::new();
    for at in (0..honest.len() - 8).step_by(honest.len() / 48) {
        let mut crafted = honest.clone();
        crafted[at..at + 8].fill(0xff);
        let verifier_data = Bytes::new(crafted).expect("no larger than the honest one");
        ops.push(liar.op(Action::Circuit(Circuit { verifier_data })));
    }
    let before = mesh.coordinator.balance(liar.account()).await.expect("runs").available;
    liar.gossip(ops.iter().map(SignedOp::to_raw).collect());

    let next = buy(&mesh.requester, preimage(b"honest again")).await;
    assert_paid(&mesh, &next).await;
    // What is refused is in no block, so it costs nothing and changes nothing.
    assert_eq!(mesh.coordinator.balance(liar.account()).await.expect("runs").available, before);
    mesh.shutdown().await;
}
