//! Our prove loop beside plonky2's own, in one run, on the same circuits.
//!
//! ```text
//! cargo bench -p dpgn-prover --bench prove                      # 2^12 and 2^14 rows at level 1; 2^14 or 2^15 at those with zk
//! cargo bench -p dpgn-prover --bench prove -- --rows 16         # 2^16 as well: needs 8 GB and half an hour
//! cargo bench -p dpgn-prover --bench prove -- --circuit hashes-4-16   # one circuit alone: gates, level, rows
//! cargo bench -p dpgn-prover --bench prove -- --rounds 9 --format json
//! cargo bench -p dpgn-prover --bench prove -- --with ifma,avx2  # only these; else all that this machine has
//! cargo bench -p dpgn-prover --bench prove -- --mixes           # squares, lookups, a recursion and SHA-256 as an R1CS too, at level 1
//! cargo bench -p dpgn-prover --bench prove -- --only plonky2    # one runner alone and no memory: to count its instructions
//! ```
//!
//! All take turns, so that whatever else the machine does weighs on all; where other work weighs a lot,
//! trust the ratio of CPU times (Linux; elsewhere it is that of the times). Each measures from inputs to a
//! finished proof; ours includes the row check and the last verification, which plonky2 leaves out. Memory is what a proof takes
//! beyond its circuit (Linux).

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a bench prints, and stops where it cannot go on"
)]

mod common;
#[path = "prove/memory.rs"]
mod memory;

use common::{Mix, cpu_time, median, task};
use dpgn_protocol::wire::ProofStage;
use dpgn_prover::{
    level::{CircuitData, F},
    prove::{Arithmetic, ArithmeticError, Progress, prove},
};
use memory::{Memory, Saved};
use plonky2::{iop::witness::PartialWitness, plonk::prover::prove as stock, util::timing::TimingTree};
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// Stages of our loop that are told apart, from the witness to the openings.
const STAGES: usize = 5;

/// Who makes a proof.
#[derive(Clone, Copy)]
enum Runner {
    Plonky2,
    Ours(Arithmetic),
}

impl Runner {
    /// The runner of this name; `None` if this processor has no such instructions. Stops at an unknown name.
    fn named(name: &str) -> Option<Self> {
        match Arithmetic::named(name) {
            _ if name == "plonky2" => Some(Self::Plonky2),
            Err(ArithmeticError::Missing(_)) => None,
            arithmetic => Some(Self::Ours(arithmetic.unwrap())),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Plonky2 => "plonky2",
            Self::Ours(arithmetic) => arithmetic.name(),
        }
    }

    /// Proves, and says after each piece of our work to which stage it belongs.
    fn prove(self, data: &CircuitData, inputs: PartialWitness<F>, done: &mut dyn FnMut(usize)) {
        let (prover, common) = (&data.prover_only, &data.common);
        match self {
            Self::Plonky2 => drop(stock(prover, common, inputs, &mut TimingTree::default()).unwrap()),
            Self::Ours(arithmetic) => {
                // What was done since the last report belongs to the stage it was made in.
                let mut stage = ProofStage::Witness;
                let watch = &mut |progress: Progress| {
                    done(stage as usize - ProofStage::Witness as usize);
                    stage = progress.stage;
                    ControlFlow::Continue(())
                };
                prove(prover, common, inputs, arithmetic.backend(), watch).unwrap();
            }
        }
    }
}

/// What to run.
struct Options {
    runners: Vec<Runner>,
    rows_max: usize,
    rounds: usize,
    mixes: bool,
    /// The one circuit to measure, such as `hashes-3-14`; else all.
    circuit: Option<String>,
    memory: bool,
    json: bool,
}

/// How long something took: on the clock, and on all processors together.
#[derive(Clone, Copy, Default)]
struct Times {
    wall: Duration,
    cpu: Duration,
}

/// A circuit: its gates, its level, the base-2 logarithm of its rows.
type Case = (Mix, u8, usize);

/// What was measured of one runner.
struct Figures {
    runner: Runner,
    times: Times,
    stages: [Duration; STAGES],
    memory: Option<Memory>,
}

/// The value behind a flag.
fn flag(name: &str) -> Option<String> {
    let arguments: Vec<String> = std::env::args().collect();
    arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1)).cloned()
}

fn main() {
    if let Some(name) = flag("--memory-of") {
        return memory::tell(Runner::named(&name).unwrap(), flag("--saved").unwrap().as_ref());
    }
    let options = options();
    if !options.json {
        println!("{} threads, medians of {} rounds each", rayon::current_num_threads(), options.rounds);
        println!(
            "{:>5} {:>5} {:>9} {:>7} {:>8} {:>6} {:>8} {:>6} {:>6} {:>6}   ours by stage: seconds, MiB",
            "level", "rows", "", "with", "s", "ratio", "cpu s", "ratio", "MiB", "ratio"
        );
    }
    let hashes = [(1, 12), (1, 14), (3, 14), (4, 14), (5, 15), (1, 16), (3, 16), (4, 16), (5, 16)];
    let hashes = hashes.map(|(level, degree)| (Mix::Hashes, level, degree));
    let mixes = [(Mix::Squares, 14), (Mix::Lookups, 14), (Mix::Recursion, 12), (Mix::R1cs, 14), (Mix::R1cs, 16)];
    let mixes = mixes.into_iter().filter(|_| options.mixes).map(|(mix, degree)| (mix, 1, degree));
    let name = |&(mix, level, degree): &Case| format!("{mix}-{level}-{degree}");
    let is_wanted = |case: &Case| match &options.circuit {
        Some(wanted) => *wanted == name(case),
        None => case.2 <= options.rows_max,
    };
    let all: Vec<Case> = hashes.into_iter().chain(mixes).collect();
    if !all.iter().any(is_wanted) {
        let names: Vec<String> = all.iter().map(name).collect();
        eprintln!("no such circuit; there are {}", names.join(", "));
        std::process::exit(2);
    }
    for case in all.into_iter().filter(is_wanted) {
        let all = measure(case, &options);
        let plonky2 = all.iter().find(|figures| matches!(figures.runner, Runner::Plonky2));
        all.iter().for_each(|figures| print(case, figures, plonky2, options.json));
    }
}

fn options() -> Options {
    let number = |name, default| flag(name).map_or(default, |value| value.parse().unwrap());
    let with = flag("--with").unwrap_or_else(|| "stock,avx2,avx512,ifma".to_owned());
    let only = flag("--only");
    let names = only.clone().unwrap_or_else(|| format!("plonky2,{with}"));
    Options {
        runners: names.split(',').filter_map(Runner::named).collect(),
        rows_max: number("--rows", 14),
        rounds: number("--rounds", 5),
        mixes: std::env::args().any(|argument| argument == "--mixes") || flag("--circuit").is_some(),
        circuit: flag("--circuit"),
        memory: only.is_none(),
        json: flag("--format").is_some_and(|format| format == "json"),
    }
}

fn print((mix, level, degree): Case, figures: &Figures, plonky2: Option<&Figures>, json: bool) {
    let Figures { runner, times, stages, memory } = figures;
    let (wall, cpu) = (times.wall.as_secs_f64(), times.cpu.as_secs_f64());
    let absent = if json { "null" } else { "-" };
    let shown = |number: Option<f64>, digits: usize| number.map_or(absent.to_owned(), |n| format!("{n:.digits$}"));
    let ratio = |of: fn(&Figures) -> Option<f64>| {
        shown(plonky2.and_then(of).zip(of(figures)).map(|(stock, own)| stock / own), 2)
    };
    let wall_ratio = ratio(|figures| Some(figures.times.wall.as_secs_f64()));
    let cpu_ratio = ratio(|figures| Some(figures.times.cpu.as_secs_f64()));
    let memory_ratio = ratio(|figures| Some(figures.memory?.peak as f64));
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let peak = shown(memory.map(|memory| mib(memory.peak)), 0);
    let is_ours = matches!(runner, Runner::Ours(_));
    let seconds: Vec<String> =
        stages.iter().filter(|_| is_ours).map(|stage| format!("{:.3}", stage.as_secs_f64())).collect();
    let of_stages = memory.iter().filter(|_| is_ours).flat_map(|memory| memory.stages);
    let of_stages: Vec<String> = of_stages.map(|bytes| format!("{:.0}", mib(bytes))).collect();
    let name = runner.name();
    if json {
        let (seconds, of_stages) = (seconds.join(","), of_stages.join(","));
        println!(
            r#"{{"mix":"{mix}","level":{level},"degree":{degree},"with":"{name}","wall_s":{wall:.4},"ratio":{wall_ratio},"cpu_s":{cpu:.4},"cpu_ratio":{cpu_ratio},"peak_mib":{peak},"memory_ratio":{memory_ratio},"stages_s":[{seconds}],"stages_mib":[{of_stages}]}}"#
        );
    } else {
        let (seconds, of_stages) = (seconds.join(" "), of_stages.join(" "));
        println!(
            "{level:>5}  2^{degree} {mix:>9} {name:>7} {wall:>8.3} {wall_ratio:>6} {cpu:>8.3} {cpu_ratio:>6} {peak:>6} {memory_ratio:>6}   {seconds}  {of_stages}"
        );
    }
}

fn measure((mix, level, degree): Case, options: &Options) -> Vec<Figures> {
    let task = task(mix, level, degree);
    let inputs = |round: usize| task.inputs(if mix == Mix::Lookups { round % 256 } else { round });
    let count = options.runners.len();
    let mut all = vec![(Vec::new(), [const { Vec::new() }; STAGES]); count];
    for round in 0..options.rounds {
        // Who goes first changes from round to round.
        for turn in round..round + count {
            let runner = turn % count;
            let (times, spans) = timed(options.runners[runner], &task.data, inputs(round));
            all[runner].0.push(times);
            all[runner].1.iter_mut().zip(spans).for_each(|(all, span)| all.push(span));
        }
    }
    let saved = options.memory.then(|| Saved::new(&task.data, &inputs(0))).flatten();
    // Nothing of this process is in the children, but its pages are the machine's.
    drop(task);
    let figures = options.runners.iter().zip(all).map(|(&runner, (times, stages))| {
        let memory = saved.as_ref().map(|saved| saved.memory_of(runner));
        Figures { runner, times: medians(&times), stages: stages.map(median), memory }
    });
    figures.collect()
}

/// Proves once: how long it took, in all and in each of our stages.
fn timed(runner: Runner, data: &CircuitData, inputs: PartialWitness<F>) -> (Times, [Duration; STAGES]) {
    let mut spans = [Duration::ZERO; STAGES];
    let (wall, cpu) = (Instant::now(), cpu_time());
    let mut last = wall;
    runner.prove(data, inputs, &mut |stage| {
        let now = Instant::now();
        spans[stage] += now - last;
        last = now;
    });
    let wall = wall.elapsed();
    let cpu = cpu.zip(cpu_time()).map_or(wall, |(before, after)| after.saturating_sub(before));
    (Times { wall, cpu }, spans)
}

fn medians(times: &[Times]) -> Times {
    let of = |part: fn(&Times) -> Duration| median(times.iter().map(part).collect());
    Times { wall: of(|times| times.wall), cpu: of(|times| times.cpu) }
}
