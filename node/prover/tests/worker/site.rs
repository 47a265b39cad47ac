//! A place to test in: workers of one's own, found in the process table by a name that nobody else has.

use dpgn_protocol::{
    ids::CircuitId,
    statement::public_inputs_digest,
    units::{Degree, Level},
};
use dpgn_prover::{
    ProveRequest, Proved, Prover, ProverError, ProverOptions, RecipeAt, RecipeSource,
    circuit::{CircuitLimits, Inputs, Recipe},
    verify::Statement,
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub const TAG: [u64; 4] = [1, 2, 3, 4];

/// A directory with a worker program in it.
pub struct Site {
    pub dir: TempDir,
    pub program: PathBuf,
}

impl Site {
    /// The worker under a name of its own: what the kernel calls a process is the name it was started by.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("w").rand_bytes(10).tempdir().unwrap();
        let program = dir.path().join(dir.path().file_name().unwrap());
        symlink(env!("CARGO_BIN_EXE_dpgn-worker"), &program).unwrap();
        Self { dir, program }
    }

    /// A shell script in the worker's place.
    pub fn with_script(body: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("mad-worker");
        fs::write(&program, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir, program }
    }

    pub fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    pub fn options(&self) -> ProverOptions {
        ProverOptions {
            program: Some(self.program.clone()),
            cache_dir: Some(self.cache()),
            niceness: 0,
            ..ProverOptions::default()
        }
    }

    pub fn prover(&self) -> Prover {
        Prover::new(self.options()).unwrap()
    }

    /// The site's workers that are alive.
    pub fn workers(&self) -> Vec<i32> {
        processes(|name, _| self.program.ends_with(name))
    }

    /// Waits until there are no workers.
    pub async fn deserted(&self) {
        until(|| self.workers().is_empty()).await;
    }
}

/// The ids of processes that are alive and for whose name and parent `wanted` holds. A zombie is not alive
/// once its last thread has ended.
pub fn processes(wanted: impl Fn(&str, i32) -> bool) -> Vec<i32> {
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_wanted = |pid: &i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let (state, parent, threads) = (fields[0], fields[1].parse().ok()?, fields[17]);
        Some((state != "Z" || threads != "1") && wanted(name, parent))
    };
    numbers.filter(|pid| is_wanted(pid) == Some(true)).collect()
}

/// Waits until something holds, and fails if it takes 20 seconds.
pub async fn until(mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited too long");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

pub fn level(level: u8) -> Level {
    Level::new(level).unwrap()
}

pub fn degree(degree: u8) -> Degree {
    Degree::new(degree).unwrap()
}

pub fn recipe(preimage: &[u8]) -> RecipeSource {
    let recipe = Recipe::preimage(preimage.len() as u32, &CircuitLimits::default()).unwrap();
    RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) }
}

pub fn request(preimage: &[u8], level: Level, circuit: CircuitId) -> ProveRequest {
    let inputs = Inputs::new(preimage.to_vec());
    ProveRequest { recipe: recipe(preimage), circuit, level, degree_max: degree(16), inputs, tag: TAG }
}

pub async fn build(prover: &Prover, preimage: &[u8], at: u8) -> Result<dpgn_prover::Built, ProverError> {
    prover.build(recipe(preimage), level(at), degree(16), CancellationToken::new()).await
}

/// Builds and proves, with nobody listening to progress.
pub async fn prove(prover: &Prover, preimage: &[u8], at: u8) -> Result<(Vec<u8>, Proved), ProverError> {
    let built = build(prover, preimage, at).await?;
    let request = request(preimage, level(at), built.circuit);
    let proved = prover.prove(request, mpsc::channel(1).0, CancellationToken::new()).await?;
    Ok((built.verifier_data, proved))
}

pub fn statement(values: &[u64]) -> Statement {
    Statement { tag: TAG, public_inputs: public_inputs_digest(values), free: Vec::new() }
}

/// Bytes whose circuit has 2^13 rows: to build it and to prove it takes seconds.
static LONG: [u8; 50_000] = [7; 50_000];

/// A job that takes seconds, on its way: it has told its first progress.
pub struct LongJob {
    pub job: tokio::task::JoinHandle<Result<Proved, ProverError>>,
    pub cancel: CancellationToken,
}

impl LongJob {
    pub async fn start(prover: &Prover) -> Self {
        let built = build(prover, &LONG, 1).await.unwrap();
        let (told, mut progress) = mpsc::channel(64);
        let (prover, cancel) = (prover.clone(), CancellationToken::new());
        let token = cancel.clone();
        let request = request(&LONG, level(1), built.circuit);
        let job = tokio::spawn(async move { prover.prove(request, told, token).await });
        progress.recv().await.expect("the proof is on its way");
        Self { job, cancel }
    }
}

/// The one file in a directory.
pub fn only_file(dir: &Path) -> PathBuf {
    let mut files = fs::read_dir(dir).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    file
}
