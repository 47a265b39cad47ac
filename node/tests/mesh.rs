//! One task's whole way through a mesh of real nodes: real peers, real proofs, real money in the ledger.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod common;

use common::{assert_conserved, assert_paid, buy, liar::wait_for, mesh, preimage};
use dpgn_market::Refused;
use dpgn_node::{
    Node, NodeHandle, PrepareError, Purchase, ReceiptError, Source, SubmitError, TaskRef,
    engine::{Notice, Rejected},
    local::{self, Local},
    view::Status,
};
use dpgn_protocol::{
    outcome::Outcome,
    units::{Credits, Height, Level, Millis},
};
use dpgn_prover::{
    ProverOptions,
    plonky2::{
        plonk::{circuit_data::VerifierCircuitData, config::PoseidonGoldilocksConfig, proof::ProofWithPublicInputs},
        util::serialization::DefaultGateSerializer,
    },
};

type C = PoseidonGoldilocksConfig;

#[tokio::test(flavor = "multi_thread")]
async fn one_task_goes_the_whole_way() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 2).await;
    let before = mesh.requester.balance(mesh.requester.account()).await.expect("runs").available;

    let info = buy(&mesh.requester, preimage(&[2, 3, 4])).await;
    assert_paid(&mesh, &info).await;

    // The cheaper prover won, and has what the requester paid.
    let price = info.price.expect("a price");
    assert_eq!(info.prover, Some(mesh.provers[0].account()));
    let after = mesh.requester.balance(mesh.requester.account()).await.expect("runs");
    assert_eq!(after.escrow, Credits::ZERO);
    let spent = before.checked_sub(after.available).expect("it has paid");
    assert!(spent > price && spent < price.saturating_add(Credits::new(50_000)), "{spent} for a price of {price}");

    // Stock plonky2 agrees, and the proof shows the hash of the preimage behind the tag.
    let verifier = std::fs::read(info.verifier_data_path.expect("verifier data")).expect("readable");
    let verifier = VerifierCircuitData::<_, C, 2>::from_bytes(verifier, &DefaultGateSerializer).expect("well-formed");
    let proof = std::fs::read(info.proof_path.expect("a proof")).expect("readable");
    let proof = ProofWithPublicInputs::<_, C, 2>::from_bytes(proof, &verifier.common).expect("well-formed");
    assert_eq!(proof.public_inputs.len(), 4 + 4);
    verifier.verify(proof).expect("the proof holds");

    // The receipt holds offline, and for this price.
    let receipt = mesh.requester.receipt(TaskRef::Id(info.task), Height::new(0)).await.expect("a receipt");
    receipt.check(&mesh.genesis.checkpoint().expect("encodes"), receipt.header.time).expect("it holds");
    match &receipt.outcome {
        outcome @ Outcome::Judged(_) => assert_eq!(outcome.settlement_of(info.task).expect("settled").price, price),
        other => panic!("{other:?}"),
    }
    mesh.shutdown().await;
}

/// Both provers commit to the price of their ask and open it; the cheaper one is paid what the other asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_purchase_is_paid_by_the_second_price() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 2).await;
    let sealed = buy(&mesh.requester, Purchase { sealed: true, ..preimage(&[2, 3, 4]) }).await;
    assert_paid(&mesh, &sealed).await;
    let open = buy(&mesh.requester, preimage(&[5, 6, 7])).await;
    assert_paid(&mesh, &open).await;

    assert_eq!((sealed.prover, open.prover), (Some(mesh.provers[0].account()), Some(mesh.provers[0].account())));
    let (sealed, open) = (sealed.price.expect("a price").get(), open.price.expect("a price").get());
    println!("sealed {sealed}, as asked {open}");
    // A mesh's second prover asks a tenth more for the work; the flat part is the same.
    let flat = 1_000;
    assert_eq!(sealed - flat, (open - flat) * 11 / 10);
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_circuit_needs_only_new_inputs() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let first = buy(&mesh.requester, preimage(b"abc")).await;
    assert_paid(&mesh, &first).await;

    let envelope = [&[5], first.circuit.as_bytes().as_slice(), b"xyz"].concat();
    let purchase = Purchase { source: Source::Envelope(envelope), ..preimage(b"abc") };
    let second = buy(&mesh.requester, purchase).await;
    assert_paid(&mesh, &second).await;
    assert_eq!((second.circuit, second.task == first.task), (first.circuit, false));
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_bought_costs_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let own = mesh.requester.account();
    let before = mesh.requester.balance(own).await.expect("runs");

    // More than there is.
    let dear = Purchase { reward: Credits::new(u64::MAX / 2), ..preimage(b"abc") };
    let refused = mesh.requester.submit(dear).await.expect_err("too dear");
    assert!(matches!(refused, SubmitError::Rejected(Rejected::Ledger(Refused::InsufficientFunds { .. }))), "{refused}");
    assert!(refused.is_retryable(), "with more credits it may pass");
    // Nobody consented to a public witness.
    let shy = Purchase { witness_is_public: false, ..preimage(b"abc") };
    let refused = mesh.requester.submit(shy).await.expect_err("no consent");
    assert!(
        matches!(refused, SubmitError::Prepare(PrepareError::WitnessPublic(level)) if level.get() == 1),
        "{refused}"
    );
    // Kinds and versions that do not exist.
    for first in [0x00, 0x03, 0x04, 0x06, 0x11, 0xff] {
        let odd = Purchase { source: Source::Envelope(vec![first, 1, 2, 3]), ..preimage(b"abc") };
        let refused = mesh.requester.submit(odd).await.expect_err("no such kind");
        assert!(matches!(refused, SubmitError::Prepare(PrepareError::Envelope(_))), "{refused}");
        assert!(!refused.is_retryable());
    }
    let unknown = Purchase { source: Source::Envelope([&[5][..], &[7; 40]].concat()), ..preimage(b"abc") };
    let refused = mesh.requester.submit(unknown).await.expect_err("nobody knows it");
    assert!(matches!(refused, SubmitError::Prepare(PrepareError::UnknownCircuit(_))), "{refused}");

    assert_eq!(mesh.requester.balance(own).await.expect("runs"), before);
    assert!(mesh.requester.tasks(None, 50).await.expect("runs").tasks.is_empty());
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_id_is_good_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let alias = Some(uuid::Uuid::new_v4());
    let first = buy(&mesh.requester, Purchase { alias, ..preimage(b"abc") }).await;
    assert_paid(&mesh, &first).await;
    let refused = mesh.requester.submit(Purchase { alias, ..preimage(b"abc") }).await.expect_err("used before");
    assert!(
        matches!(refused, SubmitError::Rejected(Rejected::Ledger(Refused::AliasUsed(used))) if Some(used) == alias),
        "{refused}"
    );
    assert_eq!(mesh.requester.tasks(None, 50).await.expect("runs").tasks.len(), 1);
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_nobody_takes_can_be_taken_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 1).await;
    let own = mesh.requester.account();
    let stingy = Purchase { reward: Credits::new(1), ..preimage(b"abc") };
    let task = TaskRef::Id(mesh.requester.submit(stingy).await.expect("accepted").task.task);
    while mesh.requester.balance(own).await.expect("runs").escrow == Credits::ZERO {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    mesh.requester.cancel(task).await.expect("accepted");
    let info = common::over(&mesh.requester, task).await;
    let why = info.why.expect("a reason");
    assert!(info.status == Status::Failed && why.starts_with("cancelled;"), "{why}");
    assert!(why.contains("buy it again") && why.ends_with("this node showed its inputs to nobody"), "{why}");
    assert_eq!(mesh.requester.balance(own).await.expect("runs").escrow, Credits::ZERO);
    assert_conserved(&mesh).await;
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_node_alone_is_a_network() {
    use dpgn_node::{genesis_file, keys};
    let dir = tempfile::tempdir().expect("a directory");
    let keys = keys::generate().expect("randomness");
    let account = keys.account();
    let genesis = genesis_file::new_network("alone", &[account], &[account], common::quick()).expect("a genesis");
    let terms = local::terms(Credits::new(1_000), 2_000, 1);
    let node = local::loopback(Node::builder(keys, genesis).data_dir(dir.path()).prover(common::options()))
        .coordinate(true)
        .sell(terms)
        .spawn()
        .await
        .expect("it starts");
    let level = Level::new(1).expect("defined");
    let info = buy(&node, Purchase { level, ..preimage(b"alone") }).await;
    assert_eq!(info.status, Status::Completed, "{:?}", info.why);
    assert_eq!(info.prover, Some(account));
    assert!(node.supply().await.expect("runs").is_conserved());
    node.shutdown().await;
}

/// A mesh in which nobody sells: the purchase is taken back and proved by the requester's own worker.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_sells_is_proved_here_if_that_was_asked_for() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 0).await;
    let (node, account) = (&mesh.requester, mesh.requester.account());
    let before = node.balance(account).await.expect("runs").available;
    let purchase = Purchase { prove_here_after: Some(Millis::from_secs(1)), ..preimage(b"at home") };
    let mut notices = node.watch();
    let info = buy(node, purchase).await;

    assert_eq!((info.status, info.is_local, info.prover, info.price), (Status::Completed, true, Some(account), None));
    let verifier = std::fs::read(info.verifier_data_path.expect("verifier data")).expect("readable");
    let verifier = VerifierCircuitData::<_, C, 2>::from_bytes(verifier, &DefaultGateSerializer).expect("well-formed");
    let proof = std::fs::read(info.proof_path.expect("a proof")).expect("readable");
    let proof = ProofWithPublicInputs::<_, C, 2>::from_bytes(proof, &verifier.common).expect("well-formed");
    let said: Vec<u64> = proof.public_inputs.iter().take(4).map(|value| value.0).collect();
    assert_eq!(
        said,
        dpgn_protocol::statement::tag(info.task, account),
        "it is of this task, and of this node's making"
    );
    verifier.verify(proof).expect("the proof holds");

    let after = node.balance(account).await.expect("runs");
    let fees = before.checked_sub(after.available).expect("there are fees");
    println!("nobody sold it: proved here for {fees} micro-credits of fees");
    assert_eq!((after.escrow, fees < Credits::new(50_000)), (Credits::ZERO, true), "{fees}");
    assert_conserved(&mesh).await;
    let receipt = node.receipt(TaskRef::Id(info.task), Height::new(0)).await;
    assert!(matches!(receipt, Err(ReceiptError::NotSettled { .. })), "{receipt:?}");
    let mut last = None;
    while last != Some("proved") {
        last = match notices.next().await.expect("it runs").expect("none is missed") {
            Notice::ProvingLocally { task, .. } if task == info.task => Some("proving"),
            Notice::ProvedLocally { task, .. } if task == info.task && last == Some("proving") => Some("proved"),
            Notice::Failed { task, why } if task == info.task => panic!("{why}"),
            _ => last,
        };
    }
    mesh.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_a_worker_promises_no_proof_of_its_own() {
    let dir = tempfile::tempdir().expect("a directory");
    let keys = dpgn_node::keys::generate().expect("randomness");
    let accounts = [keys.account()];
    let genesis =
        dpgn_node::genesis_file::new_network("idle", &accounts, &accounts, common::quick()).expect("a genesis");
    let none = ProverOptions { program: Some(dir.path().join("none")), ..common::options() };
    let node = local::loopback(Node::builder(keys, genesis).data_dir(dir.path().join("node")).prover(none));
    let node = node.coordinate(true).spawn().await.expect("it starts");
    let purchase = Purchase { prove_here_after: Some(Millis::from_secs(1)), ..preimage(b"abc") };
    let refused = node.submit(purchase).await.expect_err("there is no worker");
    assert!(matches!(refused, SubmitError::NoWorker(_)) && !refused.is_retryable(), "{refused}");
    node.shutdown().await;
}

/// The only prover of a mesh, with so much room for recipes of others' tasks.
async fn prover_with(dir: &tempfile::TempDir, mesh: &Local, recipe_bytes_max: u64) -> NodeHandle {
    let node = Node::builder(mesh.spare.clone(), mesh.genesis.clone()).data_dir(dir.path().join("small"));
    let node = local::loopback(node.prover(common::options())).bootstrap(mesh.bootstrap.clone());
    let node = node.recipe_bytes_max(recipe_bytes_max).sell(local::terms(Credits::new(1_000), 400, 1));
    let node = node.spawn().await.expect("it starts");
    while mesh.requester.status().await.expect("runs").standing_asks == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    node
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prover_keeps_the_recipes_that_it_has_room_for_and_fetches_none_that_finds_none() {
    /// What the smallest recipe counts for.
    const ONE: u64 = 256 << 10;
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = mesh(&dir, 0).await;
    let prover = prover_with(&dir, &mesh, ONE).await;
    let kept = || std::fs::read_dir(dir.path().join("small/blobs/award-recipes")).expect("readable").count();
    for len in 1..=3 {
        assert_paid(&mesh, &buy(&mesh.requester, preimage(&vec![7; len])).await).await;
        println!("{len} circuits bought: the prover keeps {} recipes", kept());
        assert_eq!(kept(), 1);
    }
    prover.shutdown().await;

    let prover = prover_with(&dir, &mesh, ONE - 1).await;
    let mut notices = mesh.coordinator.watch();
    let task = mesh.requester.submit(preimage(&[7; 9])).await.expect("accepted").task.task;
    let is_over = move |notice: &Notice| match notice {
        Notice::AwardEnded { task: ended, why, .. } if *ended == task => Some(why.clone()),
        _ => None,
    };
    let why = wait_for(&mut notices, is_over).await;
    println!("with no room for one: {why}, and {} recipes are kept", kept());
    assert!(why.contains("Unable") && kept() == 1, "{why}");
    prover.shutdown().await;
    mesh.shutdown().await;
}
