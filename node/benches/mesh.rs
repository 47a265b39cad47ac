//! What the mesh adds: from submit to a checked proof with a receipt, less the proving itself.
//!
//! ```text
//! cargo bench -p dpgn-node --bench mesh                       # the smallest circuit, and one of seconds
//! cargo bench -p dpgn-node --bench mesh -- --coordinators 4 --rounds 9 --format json
//! cargo bench -p dpgn-node --bench mesh -- --arithmetics stock,ifma --tasks 20
//! ```
//!
//! Coordinators (one unless it is said otherwise), a prover and a requester, real nodes on loopback in one process, and beside them a prover
//! service of the same kind that proves the same job alone: the two take turns in one run. Medians. With `--arithmetics`, a mesh
//! for each of them, and the same tasks in all.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a bench prints, and stops where it cannot go on")]

#[path = "mesh/arithmetics.rs"]
mod arithmetics;

use dpgn_node::{
    Purchase, Source, TaskRef,
    engine::Notice,
    local::{Local, LocalOptions},
};
use dpgn_protocol::{
    genesis::Params,
    units::{Credits, Degree, Height, Level},
};
use dpgn_prover::{
    ProveRequest, Prover, ProverOptions, RecipeAt, RecipeSource,
    circuit::{CircuitLimits, Inputs, R1cs, Recipe, samples},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// One job, as a purchase and as a bare proof.
struct Job {
    name: &'static str,
    purchase: Purchase,
    recipe: Recipe,
    inputs: Vec<u8>,
}

fn smallest() -> Job {
    let preimage = b"the smallest real job";
    let purchase = Purchase {
        level: Level::MIN,
        witness_is_public: true,
        ..Purchase::new(Source::Envelope([&[1], preimage.as_slice()].concat()), Credits::new(5_000_000))
    };
    let len = u32::try_from(preimage.len()).expect("short");
    let recipe = Recipe::preimage(len, &CircuitLimits::default()).expect("fits");
    Job { name: "preimage, level 1", purchase, recipe, inputs: preimage.to_vec() }
}

fn seconds_long(dir: &Path) -> Job {
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        std::fs::write(&path, bytes).expect("writable");
        path
    };
    let sample = samples::DEMO;
    let source = Source::R1cs { r1cs: write("job.r1cs", sample.r1cs), wtns: write("job.wtns", sample.wtns), sym: None };
    let level = Level::new(4).expect("defined");
    let recipe = Recipe::r1cs(&R1cs::parse(sample.r1cs, &CircuitLimits::default()).expect("well-formed"));
    let purchase = Purchase { level, ..Purchase::new(source, Credits::new(5_000_000)) };
    Job { name: "adult, level 4", purchase, recipe, inputs: sample.wtns.to_vec() }
}

/// Buys the job: how long until each thing happened, counted from the submission.
async fn buy(mesh: &Local, job: &Job) -> BTreeMap<&'static str, Duration> {
    let mut notices = mesh.requester.watch();
    let begun = Instant::now();
    let task = mesh.requester.submit(job.purchase.clone()).await.expect("accepted").task.task;
    let mut times = BTreeMap::from([("1 prepared", begun.elapsed())]);
    loop {
        let notice = notices.next().await.expect("the node runs").expect("nothing is missed");
        let what = match notice {
            Notice::Opened { task: t, .. } if t == task => "2 opened",
            Notice::Awarded { task: t, .. } if t == task => "3 awarded",
            Notice::Started { task: t, .. } if t == task => "4 started",
            Notice::Delivered { task: t, .. } if t == task => "5 delivered",
            Notice::Settled(ref s) if s.task == task => "6 settled",
            Notice::Completed { task: t, .. } if t == task => "7 checked here",
            Notice::Failed { task: t, ref why } if t == task => panic_with(why),
            _ => continue,
        };
        times.insert(what, begun.elapsed());
        if what == "7 checked here" {
            break;
        }
    }
    mesh.requester.receipt(TaskRef::Id(task), Height::new(0)).await.expect("a receipt");
    times.insert("8 receipt", begun.elapsed());
    times
}

#[expect(clippy::panic, reason = "a bench stops where it cannot go on")]
fn panic_with(why: &str) -> ! {
    panic!("the task failed: {why}")
}

/// The same job by a prover service alone, circuit warm.
async fn prove(prover: &Prover, job: &Job) -> Duration {
    let source = RecipeSource { digest: job.recipe.digest(), at: RecipeAt::Memory(job.recipe.encode().into()) };
    let level = job.purchase.level;
    let built = prover.build(source.clone(), level, Degree::MAX, CancellationToken::new()).await.expect("builds");
    let request = ProveRequest {
        recipe: source,
        circuit: built.circuit,
        level,
        degree_max: Degree::MAX,
        inputs: Inputs::new(job.inputs.clone()),
        tag: [0; 4],
    };
    let (progress, _) = mpsc::channel(1);
    let begun = Instant::now();
    prover.prove(request, progress, CancellationToken::new()).await.expect("proves");
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1_000.0
}

/// The value behind a flag.
fn flag(name: &str) -> Option<String> {
    let args: Vec<String> = std::env::args().collect();
    args.iter().position(|a| a == name).and_then(|at| args.get(at + 1)).cloned()
}

/// The options that every prover has here.
fn options() -> ProverOptions {
    ProverOptions { program: Some(PathBuf::from(env!("CARGO_BIN_EXE_dpgn-node-worker"))), ..ProverOptions::default() }
}

fn main() {
    let json = flag("--format").as_deref() == Some("json");
    if let Some(arithmetics) = flag("--arithmetics") {
        let tasks = flag("--tasks").map_or(20, |n| n.parse().expect("a number"));
        return arithmetics::compare(&arithmetics, tasks, json);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match flag("--one-mesh") {
        Some(dir) => runtime.block_on(arithmetics::serve(dir.as_ref())),
        None => runtime.block_on(overhead(json)),
    }
}

async fn overhead(json: bool) {
    let rounds: usize = flag("--rounds").map_or(5, |n| n.parse().expect("a number"));
    let dir = tempfile::tempdir().expect("a directory");
    let options = options();
    let coordinators = flag("--coordinators").map_or(1, |n| n.parse().expect("a number"));
    let what = LocalOptions { coordinators, provers: 1, params: Params::default(), options: options.clone() };
    let mesh = Local::start(dir.path(), what).await.expect("the mesh starts");
    let alone = Prover::new(ProverOptions { cache_dir: Some(dir.path().join("alone")), ..options }).expect("sound");
    for job in [smallest(), seconds_long(dir.path())] {
        // The first of each builds the circuit.
        buy(&mesh, &job).await;
        prove(&alone, &job).await;
        let (mut bare, mut stages) = (Vec::new(), BTreeMap::<_, Vec<Duration>>::new());
        for _ in 0..rounds {
            for (stage, at) in buy(&mesh, &job).await {
                stages.entry(stage).or_default().push(at);
            }
            bare.push(prove(&alone, &job).await);
        }
        let bare = median(bare);
        let stages: BTreeMap<_, _> = stages.into_iter().map(|(stage, times)| (stage, median(times))).collect();
        let whole = stages.get("8 receipt").copied().unwrap_or_default();
        show(&job, json, bare, whole, &stages);
    }
    alone.shutdown().await;
    mesh.shutdown().await;
}

fn show(job: &Job, json: bool, bare: f64, whole: f64, stages: &BTreeMap<&str, f64>) {
    let (overhead, ratio) = (whole - bare, whole / bare);
    if json {
        let line = serde_json::json!({
            "job": job.name, "proving_ms": bare, "receipt_ms": whole, "overhead_ms": overhead, "ratio": ratio,
            "at_ms": stages,
        });
        return println!("{line}");
    }
    println!("{}: proving {bare:.0} ms, submit to receipt {whole:.0} ms", job.name);
    println!("  overhead {overhead:.0} ms, ratio {ratio:.2}");
    for (stage, at) in stages {
        println!("  {at:>8.0} ms  {stage}");
    }
}
