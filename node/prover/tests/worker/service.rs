//! What the service gives: proofs, verdicts, kept circuits, order among callers.

use crate::site::{LongJob, Site, TAG, build, degree, level, only_file, prove, recipe, request, statement};
use dpgn_protocol::{
    finding::Finding,
    ids::{CircuitId, RecipeDigest},
};
use dpgn_prover::{
    JobRefused, JobUnable, ProveRequest, Prover, ProverError, ProverOptions, RecipeAt, RecipeSource, WorkerError,
    circuit::{CircuitLimits, Inputs, R1cs, RECIPE_DOMAIN, Recipe},
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

const PREIMAGE: &[u8] = b"[2, 3, 4]";

#[tokio::test]
async fn a_proof_is_made_and_verified() {
    let site = Site::new();
    let prover = site.prover();
    let values =
        prover.public_inputs(recipe(PREIMAGE), Inputs::new(PREIMAGE.to_vec()), CancellationToken::new()).await.unwrap();
    let built = build(&prover, PREIMAGE, 1).await.unwrap();
    assert!(!built.cached);
    assert_eq!(built.public_inputs as usize, values.len());

    let (told, mut progress) = mpsc::channel(1_000);
    let request = request(PREIMAGE, level(1), built.circuit);
    let proved = prover.prove(request, told, CancellationToken::new()).await.unwrap();
    assert_eq!(proved.public_inputs, values);
    let mut last = 0;
    while let Some(step) = progress.recv().await {
        assert!(step.permille >= last);
        last = step.permille;
    }
    assert_eq!(last, 1_000);

    let verify = |proof: &[u8], statement| prover.verify(built.verifier_data.clone().into(), proof.into(), statement);
    let sound = statement(&values);
    assert_eq!(verify(&proved.proof, sound.clone()).await.unwrap().finding, Finding::Valid);
    let mut other = sound.clone();
    other.tag[0] += 1;
    assert_eq!(verify(&proved.proof, other).await.unwrap().finding, Finding::WrongTag);
    let other = statement(&[values.as_slice(), &[0]].concat());
    assert_eq!(verify(&proved.proof, other).await.unwrap().finding, Finding::WrongStatement);
    assert_eq!(verify(&proved.proof[1..], sound.clone()).await.unwrap().finding, Finding::Malformed);
    let mut forged = proved.proof.clone();
    forged[1_000] ^= 1;
    assert_eq!(verify(&forged, sound).await.unwrap().finding, Finding::False);
    assert_eq!(site.workers().len(), 2, "builder and verifier, used again; who saw the witness is gone");
}

#[tokio::test]
async fn a_constraint_system_is_proven_and_a_false_witness_refused() {
    let sample = |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap();
    let recipe = Recipe::r1cs(&R1cs::parse(&sample("range.r1cs"), &CircuitLimits::default()).unwrap());
    let recipe = RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
    let (level, degree_max) = (level(2), degree(12));
    let site = Site::new();
    let prover = site.prover();
    let built = prover.build(recipe.clone(), level, degree_max, CancellationToken::new()).await.unwrap();
    let prove = async |witness| {
        let (recipe, circuit, inputs) = (recipe.clone(), built.circuit, Inputs::new(witness));
        let request = ProveRequest { recipe, circuit, level, degree_max, inputs, tag: TAG };
        prover.prove(request, mpsc::channel(1).0, CancellationToken::new()).await
    };

    let mut witness = sample("range.wtns");
    let proved = prove(witness.clone()).await.unwrap();
    let statement = statement(&proved.public_inputs);
    let checked = prover.verify(built.verifier_data.clone().into(), proved.proof.into(), statement).await.unwrap();
    assert_eq!(checked.finding, Finding::Valid);

    let last_wire = witness.len() - 8;
    witness[last_wire] ^= 1;
    let refused =
        prover.public_inputs(recipe.clone(), Inputs::new(witness.clone()), CancellationToken::new()).await.unwrap_err();
    let ProverError::Refused(JobRefused::Inputs { reason }) = &refused else { panic!("{refused}") };
    assert!(reason.contains("constraint"), "{reason}");
    assert_eq!(prove(witness).await.unwrap_err(), refused);
}

/// The one worker that reads inputs is not left with those of an award that has ended.
#[tokio::test]
async fn reading_ends_with_its_award() {
    let site = Site::new();
    let prover = site.prover();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let read = async |cancel| prover.public_inputs(recipe(PREIMAGE), Inputs::new(PREIMAGE.to_vec()), cancel).await;
    let ended = read(cancel).await.unwrap_err();
    assert_eq!(ended, ProverError::Worker(WorkerError::Cancelled));
    let next = read(CancellationToken::new()).await.unwrap();
    println!("reading for an award that has ended: {ended}; the next one reads {} public values", next.len());
    assert_eq!(next.len(), 4);
}

#[tokio::test]
async fn kept_circuits_outlive_the_prover_and_damage() {
    let site = Site::new();
    let first = build(&site.prover(), PREIMAGE, 1).await.unwrap();
    let prover = site.prover();
    assert_eq!(prover.warm().await.unwrap(), [first.circuit]);
    let second = build(&prover, PREIMAGE, 1).await.unwrap();
    assert!(second.cached && second.circuit == first.circuit && second.verifier_data == first.verifier_data);

    let file = only_file(&site.cache());
    let sound = fs::read(&file).unwrap();
    for at in [0, 20, 60, 200, sound.len() / 2, sound.len() - 1] {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        for bytes in [damaged.as_slice(), &sound[..at]] {
            fs::write(&file, bytes).unwrap();
            let again = build(&site.prover(), PREIMAGE, 1).await.unwrap();
            assert!(!again.cached && again.circuit == first.circuit, "damaged at {at}");
        }
    }
    assert!(build(&site.prover(), PREIMAGE, 1).await.unwrap().cached);
}

#[tokio::test]
async fn a_circuit_stays_in_memory_without_a_disk() {
    let site = Site::new();
    let prover = Prover::new(ProverOptions { cache_dir: None, ..site.options() }).unwrap();
    assert!(!build(&prover, PREIMAGE, 1).await.unwrap().cached);
    assert!(build(&prover, PREIMAGE, 1).await.unwrap().cached);
    assert!(!build(&prover, PREIMAGE, 2).await.unwrap().cached, "another level is another circuit");
    assert!(prover.warm().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_does_not_fit_together_is_a_typed_error() {
    let site = Site::new();
    let prover = site.prover();
    let built = build(&prover, PREIMAGE, 1).await.unwrap();
    let fails = async |request| match prover.prove(request, mpsc::channel(1).0, CancellationToken::new()).await {
        Err(ProverError::Refused(error)) => error,
        other => panic!("{other:?}"),
    };
    let sound = || request(PREIMAGE, level(1), built.circuit);

    let mut bad = sound();
    bad.inputs = Inputs::new(b"other length".to_vec());
    assert!(matches!(fails(bad).await, JobRefused::Inputs { .. }));
    let mut bad = sound();
    bad.circuit = CircuitId::from_bytes([7; 32]);
    assert_eq!(
        fails(bad).await,
        JobRefused::OtherCircuit { expected: CircuitId::from_bytes([7; 32]), got: built.circuit }
    );
    let mut bad = sound();
    bad.degree_max = degree(0);
    assert!(matches!(fails(bad).await, JobRefused::TooManyRows { .. }));
    let mut bad = sound();
    bad.recipe.digest = RecipeDigest::from_bytes([7; 32]);
    assert!(matches!(fails(bad).await, JobRefused::OtherRecipe { .. }));
    let mut bad = sound();
    bad.recipe.at = RecipeAt::Memory((*b"\xffno recipe").into());
    assert!(matches!(fails(bad).await, JobRefused::OtherRecipe { .. }));
    let mut bad = sound();
    let junk = b"\xffno recipe";
    let digest = RecipeDigest::from_bytes(dpgn_protocol::ids::hash(RECIPE_DOMAIN, &[junk]));
    bad.recipe = RecipeSource { digest, at: RecipeAt::Memory((*junk).into()) };
    assert!(matches!(fails(bad).await, JobRefused::Recipe { .. }));
}

/// A file that is gone, or rotten: whose it is, is never said to be the sender's fault.
#[tokio::test]
async fn a_file_of_ones_own_is_ones_own_fault() {
    let site = Site::new();
    let prover = site.prover();
    let RecipeSource { digest, at: RecipeAt::Memory(bytes) } = recipe(PREIMAGE) else { unreachable!() };
    let build = |path: &Path| {
        let from_file = RecipeSource { digest, at: RecipeAt::File(path.to_owned()) };
        prover.build(from_file, level(1), degree(16), CancellationToken::new())
    };
    let gone = WorkerError::Unreadable { kind: std::io::ErrorKind::NotFound };
    assert_eq!(build(Path::new("/nowhere/recipe")).await, Err(gone.into()));

    let path = site.dir.path().join("recipe");
    for at in 0..bytes.len() {
        let mut rotten = bytes.to_vec();
        rotten[at] ^= 1;
        for bytes in [&rotten[..], &bytes[..at]] {
            fs::write(&path, bytes).unwrap();
            let error = build(&path).await.unwrap_err();
            assert!(matches!(error, ProverError::Unable(JobUnable::RottenRecipe { .. })), "byte {at}: {error}");
        }
    }
    println!("{} rotten files, each known by its digest", 2 * bytes.len());
}

#[tokio::test]
async fn a_recipe_may_come_from_a_file() {
    let site = Site::new();
    let RecipeSource { digest, at: RecipeAt::Memory(bytes) } = recipe(PREIMAGE) else { unreachable!() };
    let path = site.dir.path().join("recipe");
    fs::write(&path, &bytes).unwrap();
    let prover = site.prover();
    let from_file = RecipeSource { digest, at: RecipeAt::File(path) };
    let built = prover.build(from_file, level(1), degree(16), CancellationToken::new()).await.unwrap();
    assert_eq!(built.circuit, build(&prover, PREIMAGE, 1).await.unwrap().circuit);
}

#[tokio::test]
async fn who_finds_no_room_is_refused_at_once() {
    let site = Site::new();
    let prover = Prover::new(ProverOptions { queue_len: 1, ..site.options() }).unwrap();
    let circuit = build(&prover, PREIMAGE, 1).await.unwrap().circuit;
    let long = LongJob::start(&prover).await;
    let prove = |cancel| {
        let prover = prover.clone();
        async move { prover.prove(request(PREIMAGE, level(1), circuit), mpsc::channel(1).0, cancel).await }
    };

    let cancel = CancellationToken::new();
    let waiting = tokio::spawn(prove(cancel.clone()));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = timeout(Duration::from_millis(50), prove(CancellationToken::new())).await.expect("at once");
    assert_eq!(refused, Err(ProverError::Busy { callers_max: 2 }));

    cancel.cancel();
    let waiting = timeout(Duration::from_millis(500), waiting).await.expect("at once").unwrap();
    assert_eq!(waiting, Err(WorkerError::Cancelled.into()));
    long.cancel.cancel();
    assert_eq!(long.job.await.unwrap(), Err(WorkerError::Cancelled.into()));
    prove(CancellationToken::new()).await.unwrap();
}

#[tokio::test]
async fn a_build_does_not_wait_behind_a_proof() {
    let site = Site::new();
    let prover = site.prover();
    let long = LongJob::start(&prover).await;
    let start = Instant::now();
    build(&prover, PREIMAGE, 1).await.unwrap();
    println!("a small circuit was built in {} ms beside a proof", start.elapsed().as_millis());
    assert!(!long.job.is_finished());
    long.cancel.cancel();
}

#[tokio::test]
async fn verification_does_not_wait_behind_proving() {
    let site = Site::new();
    let prover = site.prover();
    let (verifier_data, proved) = prove(&prover, PREIMAGE, 1).await.unwrap();
    let long = LongJob::start(&prover).await;
    for _ in 0..3 {
        let statement = statement(&proved.public_inputs);
        let checked =
            prover.verify(verifier_data.clone().into(), proved.proof.clone().into(), statement).await.unwrap();
        assert_eq!(checked.finding, Finding::Valid);
    }
    assert!(!long.job.is_finished());
    long.cancel.cancel();
}

#[tokio::test]
async fn shutting_down_leaves_no_process() {
    let site = Site::new();
    let prover = site.prover();
    prove(&prover, PREIMAGE, 1).await.unwrap();
    let long = LongJob::start(&prover).await;
    let start = Instant::now();
    prover.shutdown().await;
    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(site.workers().is_empty());
    assert_eq!(long.job.await.unwrap(), Err(WorkerError::Cancelled.into()));
    assert_eq!(build(&prover, PREIMAGE, 1).await, Err(ProverError::ShutDown));
    prover.shutdown().await;
}
