//! Circuits of applications on a real mesh: whoever has the builder trades them, whoever lacks it verifies them all the same, and
//! whoever has another one by that name is found out.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod common;

use common::{
    buy,
    custom::{Power, WITH_IMPOSTOR, WITH_POWER},
    options, quick,
};
use dpgn_node::{
    Node, NodeHandle, PrepareError, Purchase, Source, SubmitError,
    genesis_file::new_network,
    keys,
    local::{address_of, loopback, terms},
    view::{Status, TaskInfo},
};
use dpgn_protocol::{
    bounded::{List, Text},
    genesis::Genesis,
    ids::AccountId,
    ops::Ask,
    sign::Keypair,
    units::{Credits, Level, Millis},
};
use dpgn_prover::{
    JobRefused, JobUnable, ProverError, ProverOptions,
    circuit::{Envelope, Inputs, custom::builder_name},
};
use libp2p::Multiaddr;
use std::{fs, time::Duration};
use tempfile::TempDir;

/// A network and what nodes of it start from. Its coordinator knows nothing of the application.
struct Scene {
    dir: TempDir,
    genesis: Genesis,
    keys: Vec<Keypair>,
    coordinator: NodeHandle,
    bootstrap: Multiaddr,
}

impl Scene {
    async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut keys: Vec<Keypair> = (0..6).map(|_| keys::generate().expect("a key")).collect();
        let accounts: Vec<AccountId> = keys.iter().map(Keypair::account).collect();
        let genesis = new_network("custom", &accounts[..1], &accounts, quick()).expect("a network");
        let own = Node::builder(keys.remove(0), genesis.clone()).data_dir(dir.path().join("coordinator"));
        let own = loopback(own.prover(options()).coordinate(true));
        let coordinator = own.spawn().await.expect("the coordinator starts");
        let bootstrap = address_of(&coordinator).await.expect("an address");
        Self { dir, genesis, keys, coordinator, bootstrap }
    }

    /// One more node, whose workers are the program of this name.
    async fn join(&mut self, worker: Option<&str>, sells: Option<Ask>) -> NodeHandle {
        let keys = self.keys.pop().expect("a key is left");
        let data = self.dir.path().join(keys.account().to_string());
        let node = Node::builder(keys, self.genesis.clone()).data_dir(data).prover(self.worker(worker));
        let node = loopback(node).bootstrap(self.bootstrap.clone());
        let node = match sells {
            Some(terms) => node.sell(terms),
            None => node,
        };
        node.spawn().await.expect("the node starts")
    }

    /// The worker program under another name, by which it knows what it has.
    fn worker(&self, name: Option<&str>) -> ProverOptions {
        let Some(name) = name else { return options() };
        let (program, own) = (self.dir.path().join(name), options().program.expect("a program"));
        if !program.exists() && fs::hard_link(&own, &program).is_err() {
            fs::copy(&own, &program).expect("a copy");
        }
        ProverOptions { program: Some(program), ..ProverOptions::default() }
    }

    /// Waits until a node sees so many asks.
    async fn asks(&self, node: &NodeHandle, count: usize) {
        let wait = async {
            while node.status().await.expect("it runs").standing_asks < count {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("they sell in time");
    }
}

/// Terms that name the application's builder beside ours, whether the workers have it or not.
fn sells_power(price: u64) -> Ask {
    // The circuits are so small that the flat part is the price.
    let terms = Ask { flat: Credits::new(price), ..terms(Credits::new(price), 2_000, 1) };
    let named = Text::new(builder_name::<Power>().expect("a name")).expect("it is short");
    let builders = terms.builders.iter().cloned().chain([named]).collect();
    Ask { builders: List::new(builders).expect("they are few"), ..terms }
}

/// At a public level: small, and quick.
fn of(source: Source) -> Purchase {
    let level = Level::new(1).expect("defined");
    Purchase { level, witness_is_public: true, ..Purchase::new(source, Credits::new(1_000_000)) }
}

fn power(exponent: u32, base: u64) -> Purchase {
    of(Source::custom::<Power>(&exponent, &base).expect("it encodes"))
}

fn assert_paid_to(prover: &NodeHandle, info: &TaskInfo) {
    assert_eq!((info.status, info.prover), (Status::Completed, Some(prover.account())), "{:?}", info.why);
}

async fn refused(node: &NodeHandle, purchase: Purchase) -> SubmitError {
    let refused = node.submit(purchase).await.expect_err("it is refused");
    assert!(!refused.is_retryable(), "{refused}");
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applications_circuit_that_nobody_proves_is_proved_by_its_own_worker() {
    let mut scene = Scene::start().await;
    let requester = scene.join(Some(WITH_POWER), None).await;
    let own = buy(&requester, Purchase { prove_here_after: Some(Millis::from_secs(1)), ..power(3, 5) }).await;
    assert_eq!((own.status, own.is_local), (Status::Completed, true), "{:?}", own.why);
    assert!(own.proof_path.is_some_and(|path| path.is_file()));
    requester.shutdown().await;
    scene.coordinator.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applications_circuits_are_traded_by_those_who_have_them() {
    let mut scene = Scene::start().await;
    // The cheapest by far, and its terms name what its workers lack: it is not sold.
    let stranger = scene.join(None, Some(sells_power(10))).await;
    let prover = scene.join(Some(WITH_POWER), Some(sells_power(5_000))).await;
    let requester = scene.join(Some(WITH_POWER), None).await;
    scene.asks(&requester, 2).await;

    let first = buy(&requester, power(3, 5)).await;
    assert_paid_to(&prover, &first);
    assert_eq!(first.attempts, 1, "nobody else was asked");

    // The same circuit by its id alone, with other inputs.
    let inputs = Inputs::custom::<Power>(&2).expect("they encode");
    let known = Envelope::Known { circuit: first.circuit, inputs: inputs.as_bytes() }.encode().expect("it encodes");
    let second = buy(&requester, of(Source::Envelope(known))).await;
    assert_paid_to(&prover, &second);
    assert_eq!(second.circuit, first.circuit);
    assert_ne!(second.proof, first.proof);

    // Who lacks the builder buys nothing of it, and is told so.
    let lacking = refused(&stranger, power(3, 5)).await;
    let SubmitError::Prepare(PrepareError::Prover(ProverError::Unable(JobUnable::NoBuilder { builder }))) = &lacking
    else {
        panic!("{lacking}")
    };
    assert_eq!(*builder, builder_name::<Power>().expect("a name"));

    // Another circuit by the same name, cheaper: what it builds is not what the bid names, and the award goes on.
    let impostor = scene.join(Some(WITH_IMPOSTOR), Some(sells_power(100))).await;
    scene.asks(&requester, 3).await;
    let third = buy(&requester, power(7, 2)).await;
    assert_paid_to(&prover, &third);
    assert_eq!(third.attempts, 2, "the impostor had it first, and gave it back");
    assert!(scene.coordinator.supply().await.expect("it runs").is_conserved());
    for node in [impostor, requester, prover, stranger, scene.coordinator] {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_family_builds_is_refused_before_anything_is_spent() {
    let mut scene = Scene::start().await;
    let requester = scene.join(Some(WITH_POWER), None).await;
    let before = requester.balance(requester.account()).await.expect("it runs");
    let by_name = |name: &[u8], params: &[u8], inputs: &[u8]| {
        of(Source::Envelope(Envelope::Custom { builder: name, params, inputs }.encode().expect("it encodes")))
    };
    let own = builder_name::<Power>().expect("a name").into_bytes();
    let inputs = Inputs::custom::<Power>(&5).expect("they encode");
    for malformed in [
        by_name(b"power@1", &[], &[]),
        by_name(b"preimage@2", &[], &[]),
        by_name(b"a/b@1", &vec![0; 2 << 20], &[]),
        by_name(&[b'a'; 255], &[], &[]),
    ] {
        let error = refused(&requester, malformed).await;
        assert!(matches!(error, SubmitError::Prepare(PrepareError::Envelope(_))), "{error}");
    }
    let of_job = |error: SubmitError| match error {
        SubmitError::Prepare(PrepareError::Prover(error)) => error,
        error => panic!("{error}"),
    };
    let params = of_job(refused(&requester, by_name(&own, &[1, 3], inputs.as_bytes())).await);
    assert!(matches!(params, ProverError::Refused(JobRefused::Recipe { .. })), "{params}");
    let zero = of_job(refused(&requester, power(0, 5)).await);
    assert!(matches!(&zero, ProverError::Refused(JobRefused::Circuit { reason }) if reason.contains("at least 1")));
    let other = of_job(refused(&requester, by_name(b"example.org/power@2", &[1], &[1])).await);
    assert!(matches!(other, ProverError::Unable(JobUnable::NoBuilder { .. })), "{other}");
    let secret = by_name(&own, &[1, 3, 0, 0, 0], b"not a number");
    let inputs = of_job(refused(&requester, secret).await);
    assert!(matches!(&inputs, ProverError::Refused(JobRefused::Inputs { reason }) if !reason.contains("number")));
    // A defect of the application's code: it took its job along, and neither node nor worker.
    let panics = requester.submit(power(1_000, 5)).await.expect_err("the family panics");
    let panics = of_job(panics);
    assert!(
        matches!(&panics, ProverError::Unable(JobUnable::Build { reason }) if reason.contains("panicked")),
        "{panics}"
    );
    assert_eq!(requester.balance(requester.account()).await.expect("it runs"), before);
    assert!(requester.tasks(None, 50).await.expect("it runs").tasks.is_empty());
    requester.shutdown().await;
    scene.coordinator.shutdown().await;
}
