//! What is measured, and what it is held to.

use super::{
    circuits::{Filled, Mix, Size},
    stock,
};
use dpgn_protocol::{
    profile::Profile,
    units::{Degree, Level},
};
use dpgn_prover::{
    JobUnable, ProveRequest, Prover, ProverError, ProverOptions, RecipeAt, RecipeSource, circuit::register,
    memory::Room,
};
use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};
use tokio::{runtime::Runtime, sync::mpsc};
use tokio_util::sync::CancellationToken;

/// The variable that says up to which size everything is measured.
const VARIABLE: &str = "DPGN_MEMORY";
/// The time between two looks; the kernel remembers a process's peak until it ends.
const LOOK: Duration = Duration::from_millis(1);
const MIB: u64 = 1 << 20;
/// The size from which on nothing of ours takes more than plonky2's own. To fill in its inputs, a worker lays an application's circuit
/// once more, which smaller proofs do not make up for: 3 MiB were measured, of 44.
const DEGREE_HELD: u8 = 12;

pub fn main() {
    register::<Filled>().unwrap();
    if dpgn_prover::worker_main() {
        return;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(stock::ARGUMENT) => stock::be(&arguments[1..]),
        // cargo-nextest asks for a program's tests before it runs them: all, then the ignored ones.
        Some("--list") if arguments.iter().any(|argument| argument == "--ignored") => {}
        Some("--list") => println!("{TEST}: test"),
        Some(_) | None => {
            test();
            println!("{TEST} ... ok");
        }
    }
}

const TEST: &str = "workers_take_what_is_declared_and_no_more_than_plonky2";

fn test() {
    let most: Option<u8> = env::var(VARIABLE).ok().map(|most| most.parse().unwrap());
    let some = [(Mix::Hashes, 1, 12), (Mix::Recursion, 1, 12), (Mix::Lookups, 1, 12), (Mix::System, 1, 12)];
    let some =
        || some.into_iter().chain([(Mix::Hashes, 3, 14)]).map(|(mix, level, degree)| Size { mix, level, degree });
    let sizes: Vec<Size> = most.map_or_else(|| some().collect(), |most| all(most).collect());
    println!("MiB: the peak of plonky2's own, ours, and what is declared");
    let mut largest: BTreeMap<(u8, u8), [(u64, u64); 2]> = BTreeMap::new();
    for size in sizes {
        let phases = measure(&size);
        let largest = largest.entry((size.level, size.degree)).or_default();
        for (largest, phase) in largest.iter_mut().zip(phases) {
            largest.0 = largest.0.max(phase.ours);
            largest.1 = phase.declared;
        }
    }
    for ((level, degree), phases) in largest {
        for (peak, declared) in phases {
            let is_known = most.is_some() || (level, degree) == (1, 12);
            assert!(!is_known || declared < peak * 3 / 2, "level {level}, 2^{degree}: {declared} bytes for {peak}");
        }
    }
}

/// Everything up to a size.
fn all(most: u8) -> impl Iterator<Item = Size> {
    let levels = [1, 3, 4, 5].into_iter().flat_map(move |level| (10..=most).map(move |degree| (level, degree)));
    let levels = levels.filter(|&(level, degree)| Profile::of(Level::new(level).unwrap()).can_hide(degree));
    levels.flat_map(|(level, degree)| Mix::ALL.map(|mix| Size { mix, level, degree })).filter(Size::is_there)
}

/// One phase: the peak of plonky2's own if it has one, ours, and what is declared for it. In bytes.
struct Phase {
    ours: u64,
    declared: u64,
}

/// Builds and proves a circuit in workers that have just what is declared.
fn measure(size: &Size) -> [Phase; 2] {
    let dir = tempfile::tempdir().unwrap();
    let (level, degree) = (Level::new(size.level).unwrap(), Degree::new(size.degree).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let recipe = size.recipe();
    let recipe = RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
    let with = |memory_bytes_max| ProverOptions {
        memory_bytes_max,
        cache_dir: Some(dir.path().join("cache")),
        ..ProverOptions::default()
    };
    let room: Room = with(1 << 30).room();
    let (to_build, to_prove) = (room.to_build(level, degree), room.to_prove(level, degree));

    let short = refused(&runtime, with(to_build - 1), &recipe, level);
    let lacking = JobUnable::Memory { needed: to_build, allowed: to_build - 1 };
    assert_eq!(short, ProverError::Unable(lacking), "{size}");
    let (circuit, building) = watched(|| {
        runtime.block_on(async {
            let prover = Prover::new(with(to_build)).unwrap();
            let built = prover.build(recipe.clone(), level, Degree::MAX, CancellationToken::new()).await.unwrap();
            prover.shutdown().await;
            assert_eq!(built.degree, degree, "{size}");
            built.circuit
        })
    });
    let ((), proving) = watched(|| {
        runtime.block_on(async {
            let prover = Prover::new(with(to_prove)).unwrap();
            let inputs = size.inputs();
            let request =
                ProveRequest { recipe: recipe.clone(), circuit, level, degree_max: degree, inputs, tag: [1; 4] };
            prover.prove(request, mpsc::channel(1).0, CancellationToken::new()).await.unwrap();
            prover.shutdown().await;
        });
    });
    let phases = [("build", building, to_build), ("prove", proving, to_prove)];
    phases.map(|(phase, ours, declared)| {
        let stock = size.has_stock().then(|| watched(|| stock::run(phase, size, &dir.path().join("stock"))).1);
        let stock_told = stock.map_or_else(|| "    -".to_owned(), |stock| format!("{:>5}", stock / MIB));
        println!("{phase} {size:<20} {stock_told} {:>5} {:>5}", ours / MIB, declared / MIB);
        let is_held = size.degree >= DEGREE_HELD;
        assert!(!is_held || stock.is_none_or(|stock| ours <= stock), "{phase} {size}: {ours} bytes, plonky2 {stock:?}");
        Phase { ours, declared }
    })
}

/// Why a worker with less memory does not build.
fn refused(runtime: &Runtime, options: ProverOptions, recipe: &RecipeSource, level: Level) -> ProverError {
    runtime.block_on(async {
        let prover = Prover::new(options).unwrap();
        let refused = prover.build(recipe.clone(), level, Degree::MAX, CancellationToken::new()).await;
        prover.shutdown().await;
        refused.unwrap_err()
    })
}

/// Does something, and says how much memory the largest of the processes had that it started meanwhile, in bytes.
fn watched<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let (is_over, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                peak.fetch_max(largest_child(), Ordering::Relaxed);
                thread::sleep(LOOK);
            }
        });
        let result = run();
        is_over.store(true, Ordering::Relaxed);
        (result, peak.load(Ordering::Relaxed))
    })
}

fn largest_child() -> u64 {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let peak = |pids: String| pids.split_whitespace().filter_map(peak_of).max();
    children.filter_map(peak).max().unwrap_or(0)
}

/// The peak of a process's resident memory, in bytes.
fn peak_of(pid: &str) -> Option<u64> {
    let status = fs::read_to_string(Path::new("/proc").join(pid).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}
