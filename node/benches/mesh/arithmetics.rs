//! Meshes that differ in their prover's arithmetic alone, the same tasks in each: what faster proofs are worth to who makes them.
//!
//! Each mesh is a process of its own with its workers, and the variable `DPGN_SIMD` set. They take turns task by task. Processor time
//! is that of the whole mesh, ended workers too; what was earned is read from the account in the requester's replica of the ledger:
//! balance and what is locked, after fees.

use crate::{buy, median, options, seconds_long};
use dpgn_node::local::{Local, LocalOptions};
use dpgn_protocol::{genesis::Params, units::Credits};
use dpgn_prover::prove::SIMD_VARIABLE;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// Ticks a second in which Linux tells the times of processes, on all processors that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one mesh did.
struct Figures {
    arithmetic: String,
    walls: Vec<Duration>,
    proofs: Vec<Duration>,
    /// Processor seconds of all processes; absent where the system does not tell.
    cpu_s: Option<f64>,
    earned: Credits,
}

/// Runs so many tasks in a mesh of each arithmetic, and prints what came of it beside the first.
pub fn compare(arithmetics: &str, tasks: usize, json: bool) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut meshes: Vec<Mesh> = arithmetics.split(',').map(|name| Mesh::start(dir.path(), name)).collect();
    for task in 0..tasks {
        let count = meshes.len();
        // Who goes first changes from task to task.
        for turn in task..task + count {
            meshes[turn % count].one_task();
        }
    }
    let all: Vec<Figures> = meshes.into_iter().map(Mesh::stop).collect();
    for figures in &all {
        show(figures, &all[0], json);
    }
}

/// A mesh in a process of its own.
struct Mesh {
    child: Child,
    go: ChildStdin,
    told: Lines<BufReader<ChildStdout>>,
    /// What the prover held before the first task, and holds now.
    credits: [u64; 2],
    figures: Figures,
}

impl Mesh {
    /// Starts it, and waits until its first task has built the circuit.
    fn start(dir: &Path, arithmetic: &str) -> Self {
        let dir = dir.join(arithmetic);
        std::fs::create_dir(&dir).expect("writable");
        let mut child = Command::new(std::env::current_exe().expect("known"))
            .arg("--one-mesh")
            .arg(&dir)
            .env(SIMD_VARIABLE, arithmetic)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let go = child.stdin.take().expect("piped");
        let told = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (walls, proofs) = (Vec::new(), Vec::new());
        let figures =
            Figures { arithmetic: arithmetic.to_owned(), walls, proofs, cpu_s: Some(0.0), earned: Credits::new(0) };
        let mut mesh = Self { child, go, told, credits: [0; 2], figures };
        let (credits, _) = mesh.hear();
        mesh.credits = [credits; 2];
        mesh
    }

    /// What the child says after a task: the prover's credits, and how long the proof took.
    fn hear(&mut self) -> (u64, Duration) {
        let line = self.told.next().expect("it goes on").expect("readable");
        let (credits, proof_ms) = line.split_once(' ').expect("two numbers");
        (credits.parse().expect("a number"), Duration::from_millis(proof_ms.parse().expect("a number")))
    }

    fn one_task(&mut self) {
        let (wall, cpu) = (Instant::now(), cpu_s(self.child.id()));
        writeln!(self.go).expect("it listens");
        let (credits, proof) = self.hear();
        self.figures.walls.push(wall.elapsed());
        self.figures.proofs.push(proof);
        self.credits[1] = credits;
        let spent = cpu.zip(cpu_s(self.child.id())).map(|(before, after)| after - before);
        self.figures.cpu_s = self.figures.cpu_s.zip(spent).map(|(sum, spent)| sum + spent);
    }

    fn stop(mut self) -> Figures {
        drop(self.go);
        self.child.wait().expect("it ends");
        let [before, after] = self.credits;
        self.figures.earned = Credits::new(after.saturating_sub(before));
        self.figures
    }
}

/// Processor seconds of a process, of all that descend from it, and of those of them that have ended.
fn cpu_s(root: u32) -> Option<f64> {
    let mut processes: BTreeMap<u32, (u32, u64)> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end while others are read.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let parent = fields.get(1)?.parse().ok()?;
        // User and system time, its own and that of children it has waited for.
        let ticks = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        processes.insert(id, (parent, ticks));
    }
    let is_of = |mut id: u32| {
        while id != root {
            match processes.get(&id) {
                Some((parent, _)) => id = *parent,
                None => return false,
            }
        }
        true
    };
    let ticks: u64 = processes.iter().filter(|(id, _)| is_of(**id)).map(|(_, (_, ticks))| ticks).sum();
    Some(ticks as f64 / TICKS_PER_SECOND)
}

/// The child: a mesh that buys the job again with each line that it reads, until there are no more.
pub async fn serve(dir: &Path) {
    let what = LocalOptions { coordinators: 1, provers: 1, params: Params::default(), options: options() };
    let mesh = Local::start(dir, what).await.expect("the mesh starts");
    let job = seconds_long(dir);
    let prover = mesh.provers.first().expect("one").account();
    let mut lines = std::io::stdin().lines();
    loop {
        let times = buy(&mesh, &job).await;
        let at = |stage: &str| times.get(stage).copied().unwrap_or_default();
        let proof = at("5 delivered").saturating_sub(at("4 started"));
        let account = mesh.requester.ledger().await.expect("it runs").account(prover).expect("it is known");
        let parts = [account.balance, account.escrowed, account.collateral, account.staked];
        let credits: u64 = parts.into_iter().map(Credits::get).sum();
        println!("{credits} {}", proof.as_millis());
        if lines.next().is_none() {
            break;
        }
    }
    mesh.shutdown().await;
}

fn show(figures: &Figures, first: &Figures, json: bool) {
    let seconds = |figures: &Figures| figures.walls.iter().sum::<Duration>().as_secs_f64();
    let per_hour = |figures: &Figures, seconds: f64| figures.earned.get() as f64 / 1e6 / seconds * 3_600.0;
    let Figures { arithmetic, walls, proofs, cpu_s, earned } = figures;
    let (tasks, wall_s) = (walls.len(), seconds(figures));
    let (task_ms, proof_ms) = (median(walls.clone()), median(proofs.clone()));
    let by_wall = per_hour(figures, wall_s);
    let by_cpu = cpu_s.map(|cpu_s| per_hour(figures, cpu_s));
    let wall_ratio = seconds(first) / wall_s;
    let proof_ratio = median(first.proofs.clone()) / proof_ms;
    let cpu_ratio = first.cpu_s.zip(*cpu_s).map(|(first, own)| first / own);
    if json {
        let line = serde_json::json!({
            "arithmetic": arithmetic, "tasks": tasks, "wall_s": wall_s, "wall_ratio": wall_ratio, "cpu_s": cpu_s,
            "cpu_ratio": cpu_ratio, "task_ms": task_ms, "proof_ms": proof_ms, "proof_ratio": proof_ratio,
            "earned_micro": earned.get(), "credits_per_hour": by_wall, "credits_per_cpu_hour": by_cpu,
        });
        return println!("{line}");
    }
    let shown = |number: Option<f64>, digits: usize| number.map_or("-".to_owned(), |n| format!("{n:.digits$}"));
    println!("{arithmetic}: {tasks} tasks in {wall_s:.1} s ({wall_ratio:.2}), {task_ms:.0} ms each at the median");
    println!("  from start to delivery {proof_ms:.0} ms ({proof_ratio:.2})");
    println!("  processors: {} s ({})", shown(*cpu_s, 1), shown(cpu_ratio, 2));
    println!("  earned {earned} micro-credits: {by_wall:.1} credits an hour, {} a processor hour", shown(by_cpu, 1));
}
