//! What the service survives: workers that die, hang, starve or are no workers; callers that leave.

use crate::site::{LongJob, Site, build, degree, kill, level, prove, recipe, request, statement, until};
use dpgn_protocol::{finding::Finding, ids::RecipeDigest};
use dpgn_prover::{
    FrameError, JobUnable, OptionsError, ProveRequest, Prover, ProverError, ProverOptions, RecipeAt, RecipeSource,
    WorkerError,
    circuit::{CircuitLimits, Inputs, R1cs, Recipe},
};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const PREIMAGE: &[u8] = b"[2, 3, 4]";

fn worker_error<T: std::fmt::Debug>(result: Result<T, ProverError>) -> WorkerError {
    match result {
        Err(ProverError::Worker(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_worker_killed_in_the_middle_takes_only_its_job() {
    let site = Site::new();
    let prover = site.prover();
    let long = LongJob::start(&prover).await;
    site.workers().into_iter().for_each(kill);
    assert_eq!(worker_error(long.job.await.unwrap()), WorkerError::Killed { signal: 9 });
    site.deserted().await;
    build(&prover, PREIMAGE, 1).await.unwrap();
}

#[tokio::test]
async fn a_worker_that_died_idle_is_replaced() {
    let site = Site::new();
    let prover = site.prover();
    for _ in 0..2 {
        build(&prover, PREIMAGE, 1).await.unwrap();
        site.workers().into_iter().for_each(kill);
        site.deserted().await;
    }
}

#[tokio::test]
async fn what_memory_does_not_hold_is_refused_before_it_is_begun() {
    let site = Site::new();
    // As many at once as there may be have one thread each, wherever this runs.
    let with = |memory_bytes_max| {
        Prover::new(ProverOptions { memory_bytes_max, max_concurrent_proofs: 64, ..site.options() }).unwrap()
    };
    let limit = 200 << 20;
    let prover = with(limit);
    let room = prover.room();
    let refused = build(&prover, PREIMAGE, 3).await.unwrap_err();
    let needed = room.to_build(level(3), degree(14));
    assert_eq!(refused, ProverError::Unable(JobUnable::Memory { needed, allowed: limit }));
    // 2^12 rows at level 1.
    let preimage = [7; 22_000];
    let built = build(&prover, &preimage, 1).await.unwrap();
    assert_eq!(site.workers().len(), 1, "the worker that refused is the one that built");

    // It is kept, and a proof of it takes more than reading it.
    let needed = room.to_prove(level(1), built.degree);
    let prove = async |bytes| {
        let asked = request(&preimage, level(1), built.circuit);
        with(bytes).prove(asked, mpsc::channel(1).0, CancellationToken::new()).await
    };
    let lacking = JobUnable::Memory { needed, allowed: needed - 1 };
    assert_eq!(prove(needed - 1).await, Err(ProverError::Unable(lacking.clone())));
    prove(needed).await.unwrap();

    // Whoever builds it for a proof of its own hears so before it begins one.
    let prover = with(needed - 1);
    let asked = || (recipe(&preimage), level(1), built.degree, CancellationToken::new());
    let (source, at, most, cancel) = asked();
    assert_eq!(prover.build_to_prove(source, at, most, cancel).await, Err(ProverError::Unable(lacking)));
    let (source, at, most, cancel) = asked();
    prover.build(source, at, most, cancel).await.unwrap();
}

/// Systems of few rows with wires that nobody uses, with one short constraint again and again, or with one long one: what they take is
/// seen by their heads, and a worker that has so much builds and proves them. The counts are those at which vectors have just grown.
#[tokio::test]
async fn what_rows_do_not_tell_of_a_system_is_counted() {
    let long: Vec<u32> = (1..1_000).collect();
    let cases: [(u32, u32, &[u32]); 3] = [((1 << 20) + 2, 1, &[1]), (3, (1 << 18) + 1, &[1]), (1_003, 2_098, &long)];
    for (wires, constraints, factor) in cases {
        let site = Site::new();
        let with = |memory_bytes_max| {
            Prover::new(ProverOptions { memory_bytes_max, max_concurrent_proofs: 64, ..site.options() }).unwrap()
        };
        let system =
            Recipe::r1cs(&R1cs::parse(&system(wires, constraints, factor), &CircuitLimits::default()).unwrap());
        let digest = system.digest();
        let source = || RecipeSource { digest, at: RecipeAt::Memory(system.encode().into()) };
        let build = async |bytes| {
            let cancel = CancellationToken::new();
            with(bytes).build_to_prove(source(), level(1), degree(12), cancel).await
        };
        // What it takes at least is known by its head, and the rest once its rows are counted.
        let mut needed = 64 << 20;
        let built = loop {
            match build(needed).await {
                Err(ProverError::Unable(JobUnable::Memory { needed: more, allowed })) => {
                    assert!(more > needed && allowed == needed);
                    needed = more;
                }
                built => break built.unwrap(),
            }
        };
        assert!(needed > 100 << 20, "{wires} wires and {constraints} constraints are in no {needed} bytes");
        let inputs = Inputs::new(values(wires));
        let asked = ProveRequest {
            recipe: source(),
            circuit: built.circuit,
            level: level(1),
            degree_max: degree(12),
            inputs,
            tag: [1; 4],
        };
        println!("{wires} wires and {constraints} constraints: {} MiB", needed >> 20);
        with(needed).prove(asked, mpsc::channel(1).0, CancellationToken::new()).await.unwrap();
    }
}

/// Bytes that are no recipe, and more than the worker may have: what nothing foresees ends its worker alone.
#[tokio::test]
async fn memory_that_runs_out_is_a_typed_error() {
    let site = Site::new();
    let limit = 48 << 20;
    let options = ProverOptions { memory_bytes_max: limit, max_concurrent_proofs: 64, ..site.options() };
    let prover = Prover::new(options).unwrap();
    let bytes = vec![0; 64 << 20];
    let recipe = RecipeSource { digest: RecipeDigest::from_bytes([1; 32]), at: RecipeAt::Memory(bytes.into()) };
    let error = worker_error(prover.build(recipe, level(1), degree(12), CancellationToken::new()).await);
    assert_eq!(error, WorkerError::OutOfMemory { limit });
    build(&prover, PREIMAGE, 1).await.expect("a small circuit fits");
}

#[tokio::test]
async fn a_cache_of_no_bytes_keeps_nothing_and_harms_nobody() {
    for cache_bytes_max in [0, 64, 1_000] {
        let site = Site::new();
        let prover = Prover::new(ProverOptions { cache_bytes_max, ..site.options() }).unwrap();
        build(&prover, PREIMAGE, 1).await.unwrap();
        assert_eq!(site.workers().len(), 1, "the worker has survived");
        assert_eq!(prover.warm().await.unwrap(), []);
    }
}

/// An `.r1cs` file of so many wires, with so often the one constraint that these wires' sum, of which every second is subtracted,
/// times the first is the second.
fn system(wires: u32, constraints: u32, factor: &[u32]) -> Vec<u8> {
    let order = 0xffff_ffff_0000_0001_u64.to_le_bytes();
    let header = [&numbers(&[8]), &order[..], &numbers(&[wires, 0, 0, wires - 1, 0, 0, constraints])].concat();
    let signs = [[1, 0], [0, u32::MAX]].into_iter().cycle();
    let sum = factor.iter().zip(signs).flat_map(|(&wire, [low, high])| numbers(&[wire, low, high]));
    let factor: Vec<u8> = numbers(&[factor.len() as u32]).into_iter().chain(sum).collect();
    let constraint = [factor, numbers(&[1, 1, 1, 0]), numbers(&[1, 2, 1, 0])].concat();
    iden3(*b"r1cs", 1, [header, constraint.repeat(constraints as usize)])
}

/// A `.wtns` file of values for such a system: ones.
fn values(wires: u32) -> Vec<u8> {
    let order = 0xffff_ffff_0000_0001_u64.to_le_bytes();
    let header = [&numbers(&[8]), &order[..], &numbers(&[wires])].concat();
    iden3(*b"wtns", 2, [header, numbers(&[1, 0]).repeat(wires as usize)])
}

fn iden3(magic: [u8; 4], version: u32, [header, content]: [Vec<u8>; 2]) -> Vec<u8> {
    let section = |number, content: Vec<u8>| [numbers(&[number, content.len() as u32, 0]), content].concat();
    [magic.to_vec(), numbers(&[version, 2]), section(1, header), section(2, content)].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[tokio::test]
async fn cancelling_is_quick_and_leaves_no_process() {
    let site = Site::new();
    let prover = site.prover();
    let long = LongJob::start(&prover).await;
    let start = Instant::now();
    long.cancel.cancel();
    assert_eq!(worker_error(long.job.await.unwrap()), WorkerError::Cancelled);
    assert_eq!(site.workers().len(), 1, "the builder");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    build(&prover, PREIMAGE, 1).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_leaves_takes_its_worker_along() {
    let site = Site::new();
    let prover = site.prover();
    let long = LongJob::start(&prover).await;
    long.job.abort();
    until(|| site.workers().len() == 1).await;
    build(&prover, PREIMAGE, 1).await.unwrap();
}

#[tokio::test]
async fn a_proof_that_takes_too_long_is_ended() {
    let site = Site::new();
    let after = Duration::from_millis(300);
    let prover = Prover::new(ProverOptions { build_timeout: after, ..site.options() }).unwrap();
    assert_eq!(worker_error(build(&prover, PREIMAGE, 3).await), WorkerError::TimedOut { after });
    assert!(site.workers().is_empty());
}

#[tokio::test]
async fn a_worker_is_confined() {
    let site = Site::new();
    let prover = Prover::new(ProverOptions { memory_bytes_max: 512 << 20, niceness: 7, ..site.options() }).unwrap();
    build(&prover, PREIMAGE, 1).await.unwrap();
    let [worker] = site.workers()[..] else { panic!("one worker") };
    let limits = fs::read_to_string(format!("/proc/{worker}/limits")).unwrap();
    let of = |name: &str| limits.lines().find_map(|line| line.strip_prefix(name)).unwrap().split_whitespace();
    assert!(of("Max core file size").take(2).eq(["0", "0"]));
    assert!(of("Max data size").take(2).eq(["536870912", "536870912"]));
    let stat = fs::read_to_string(format!("/proc/{worker}/stat")).unwrap();
    let nice = stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap();
    assert_eq!(nice, "7");
    use std::os::unix::fs::MetadataExt;
    let owner = fs::metadata(format!("/proc/{worker}/mem")).unwrap().uid();
    assert_eq!(owner, 0, "no process of the same user may look inside");
}

/// Its limits, and what the kernel says of the process: these hold for real jobs, which run all the same.
#[tokio::test]
async fn a_worker_can_do_no_more_than_its_work() {
    let site = Site::new();
    let prover = site.prover();
    let sandbox = prover.sandbox().await.unwrap();
    assert!(sandbox.landlock && sandbox.seccomp, "{sandbox:?}");
    build(&prover, PREIMAGE, 1).await.unwrap();
    let [worker] = site.workers()[..] else { panic!("one worker") };
    let status = fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!((of("NoNewPrivs:").as_str(), of("Seccomp:").as_str()), ("1", "2"), "a filter");
    assert_eq!(fs::read_to_string(format!("/proc/{worker}/oom_score_adj")).unwrap().trim(), "800");
    let limits = fs::read_to_string(format!("/proc/{worker}/limits")).unwrap();
    for (name, most) in [("Max processes", "0"), ("Max open files", "64"), ("Max file size", "4294967296")] {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        assert!(line.split_whitespace().take(2).all(|got| got == most), "{name}: {line}");
    }
}

/// A new process for each witness: what that costs, beside reusing one.
#[tokio::test]
async fn a_witness_has_a_worker_of_its_own_that_ends_with_its_job() {
    let site = Site::new();
    let prover = site.prover();
    let jobs = 20;
    let start = Instant::now();
    for _ in 0..jobs {
        prover.public_inputs(recipe(PREIMAGE), Inputs::new(PREIMAGE.to_vec()), CancellationToken::new()).await.unwrap();
        assert!(site.workers().is_empty(), "who has read a witness is gone");
    }
    let each = start.elapsed() / jobs;
    println!("a job in a worker of its own: {} us, start and end included", each.as_micros());
    assert!(each < Duration::from_secs(2));
}

#[tokio::test]
async fn a_worker_inherits_next_to_nothing() {
    let site = Site::with_script(r#"env > "$0.env"; printf '%s' "$*" > "$0.args""#);
    worker_error(build(&site.prover(), PREIMAGE, 1).await);
    let env = fs::read_to_string(site.dir.path().join("mad-worker.env")).unwrap();
    for line in env.lines() {
        let name = line.split('=').next().unwrap();
        // The shell itself adds some.
        let expected = ["DPGN_WORKER", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "PWD", "OLDPWD", "SHLVL", "_"];
        assert!(expected.contains(&name), "{line}");
    }
    assert_eq!(fs::read_to_string(site.dir.path().join("mad-worker.args")).unwrap(), "__worker");
}

#[tokio::test]
async fn what_is_no_worker_is_found_out() {
    let with = |program: &str| {
        let site = Site::new();
        let options = ProverOptions { program: Some(program.into()), ..site.options() };
        (Prover::new(options).unwrap(), site)
    };
    let error = async |program| worker_error(build(&with(program).0, PREIMAGE, 1).await);
    assert!(matches!(error("/nowhere/worker").await, WorkerError::Spawn { kind, .. }
        if kind == std::io::ErrorKind::NotFound));
    assert!(matches!(error("/bin/cat").await, WorkerError::Exited { code: 1 }), "no file __worker");
    assert!(matches!(error("/bin/false").await, WorkerError::Exited { code: 1 }));
    // `yes __worker`, for ever.
    assert_eq!(error("/usr/bin/yes").await, WorkerError::Protocol(FrameError::UnknownKind(b'_')));
}

/// A worker that says it is ready (kind 0x81; version 1, no landlock, no seccomp, no arithmetic, no builders), and then does this.
async fn mad(then: &str) -> WorkerError {
    let site = Site::with_script(&format!(r"printf '\201\14\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0'; {then}"));
    let options = ProverOptions { build_timeout: Duration::from_secs(2), ..site.options() };
    worker_error(build(&Prover::new(options).unwrap(), PREIMAGE, 1).await)
}

#[tokio::test]
async fn a_mad_worker_is_a_typed_error() {
    let protocol = WorkerError::Protocol;
    assert_eq!(mad("exec yes").await, protocol(FrameError::UnknownKind(b'y')));
    // What it gets, it sends back: a setup is not for a node.
    assert_eq!(mad("exec cat").await, protocol(FrameError::OutOfTurn { got: 0x01 }));
    assert!(matches!(
        mad(r"printf '\203\377\377\377\377'; exec sleep 9").await,
        WorkerError::Protocol(FrameError::TooLarge { got: 0xffff_ffff, .. })
    ));
    assert!(matches!(
        mad(r"printf '\203\1\0\0\0\0'; exec sleep 9").await,
        WorkerError::Protocol(FrameError::Malformed { kind: 0x83, .. })
    ));
    // The right frame, but the answer (version 1, `PublicInputs`, none) to another question.
    assert_eq!(
        mad(r"printf '\203\15\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0'; exec sleep 9").await,
        protocol(FrameError::OutOfTurn { got: 0x83 })
    );
    assert_eq!(mad("exec sleep 9").await, WorkerError::TimedOut { after: Duration::from_secs(2) });
    assert_eq!(mad("exec 1>&-; exec sleep 9").await, protocol(FrameError::Closed));
    assert_eq!(mad("head -c 1000000 /dev/zero >&2; kill -ABRT $$").await, WorkerError::Aborted);
    assert_eq!(mad("kill -SEGV $$").await, WorkerError::Killed { signal: 11 });
    assert_eq!(mad("exit 3").await, WorkerError::Exited { code: 3 });
}

#[tokio::test]
async fn hostile_verifier_data_never_hurts_the_node() {
    let site = Site::new();
    let prover = site.prover();
    let (verifier_data, proved) = prove(&prover, PREIMAGE, 1).await.unwrap();
    let sound = statement(&proved.public_inputs);
    let mut seed = blake3::Hasher::new_derive_key("hostile verifier data").finalize_xof();
    let mut random = |below: usize| {
        let mut bytes = [0; 8];
        seed.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % below as u64) as usize
    };
    for round in 0..300 {
        let mut bytes = verifier_data.clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            bytes[at] = [0, 1, 0x7f, 0xff, random(256) as u8][random(5)];
        }
        if round % 10 == 0 {
            bytes.truncate(random(bytes.len()));
        }
        match prover.verify(bytes.into(), proved.proof.clone().into(), sound.clone()).await {
            // Another circuit's verifier data now: whatever it finds, it was found in peace.
            Ok(_) | Err(ProverError::Refused(_)) => {}
            other => panic!("round {round}: {other:?}"),
        }
    }
    let checked = prover.verify(verifier_data.into(), proved.proof.into(), sound).await.unwrap();
    assert_eq!(checked.finding, Finding::Valid);
    assert_eq!(site.workers().len(), 2, "builder and verifier: no worker was lost on the way");
}

#[tokio::test]
async fn a_program_that_is_not_its_own_worker_is_not_started_again() {
    let site = Site::new();
    let prover = Prover::new(ProverOptions { program: None, ..site.options() }).unwrap();
    assert_eq!(worker_error(build(&prover, PREIMAGE, 1).await), WorkerError::NoWorkerMain);
}

#[test]
fn options_are_checked() {
    let refused = |options| Prover::new(options).err().unwrap();
    let default = ProverOptions::default;
    assert!(matches!(refused(ProverOptions { max_concurrent_proofs: 0, ..default() }), OptionsError::NoWorkers));
    assert!(matches!(
        refused(ProverOptions { memory_bytes_max: 1, ..default() }),
        OptionsError::Memory { what: "memory_bytes_max", got: 1, .. }
    ));
    assert!(matches!(refused(ProverOptions { niceness: 20, ..default() }), OptionsError::Niceness(20)));
    assert!(matches!(
        refused(ProverOptions { cache_dir: Some("/dev/null/cache".into()), ..default() }),
        OptionsError::Path { .. }
    ));
}
