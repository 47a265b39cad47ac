//! Our prove loop beside plonky2's own, in one run, on the same circuits.
//!
//! ```text
//! cargo bench -p dpgn-prover --bench prove                      # 2^12 and 2^14 rows; with and without zk
//! cargo bench -p dpgn-prover --bench prove -- --rows 16         # 2^16 as well: needs 3 GB and minutes
//! cargo bench -p dpgn-prover --bench prove -- --rounds 9 --format json
//! cargo bench -p dpgn-prover --bench prove -- --with ifma,avx2  # only these; else all that this machine has
//! cargo bench -p dpgn-prover --bench prove -- --mixes           # squares, lookups and a recursion beside hashes, at level 1
//! ```
//!
//! All take turns, so that whatever else the machine does weighs on all; where other work weighs a lot,
//! trust the ratio of CPU times (Linux; elsewhere it is that of the times). Each measures from inputs to a
//! finished proof; ours includes the row check and the last verification, which plonky2 leaves out.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it cannot go on")]

mod common;

use common::{Mix, Task, cpu_time, median, task};
use dpgn_protocol::wire::ProofStage;
use dpgn_prover::{
    level::F,
    prove::{Arithmetic, prove},
};
use plonky2::{iop::witness::PartialWitness, plonk::prover::prove as stock, util::timing::TimingTree};
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// What to run.
struct Options {
    arithmetics: Vec<Arithmetic>,
    rows_max: usize,
    rounds: usize,
    mixes: bool,
    json: bool,
}

/// How long something took: on the clock, and on all processors together.
#[derive(Clone, Copy, Default)]
struct Times {
    wall: Duration,
    cpu: Duration,
}

/// One line of the table.
struct Line {
    arithmetic: Arithmetic,
    mix: Mix,
    level: u8,
    degree: usize,
    ours: Times,
    stock: Times,
    stages: [Duration; 5],
}

fn main() {
    let options = options();
    if !options.json {
        println!("{} threads, medians of {} rounds each, seconds", rayon::current_num_threads(), options.rounds);
        println!(
            "{:>5} {:>5} {:>9} {:>7} {:>8} {:>8} {:>6} {:>6}   ours by stage",
            "level", "rows", "", "with", "ours", "stock", "ratio", "cpu"
        );
    }
    let hashes = [(1, 12), (1, 14), (3, 14), (1, 16), (3, 16)].map(|(level, degree)| (Mix::Hashes, level, degree));
    let mixes = [(Mix::Squares, 1, 14), (Mix::Lookups, 1, 14), (Mix::Recursion, 1, 12)];
    let mixes = mixes.into_iter().filter(|_| options.mixes);
    for (mix, level, degree) in hashes.into_iter().filter(|&(_, _, degree)| degree <= options.rows_max).chain(mixes) {
        measure(mix, level, degree, &options).iter().for_each(|line| print(line, options.json));
    }
}

fn options() -> Options {
    let arguments: Vec<String> = std::env::args().collect();
    let value =
        |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let number = |name, default| value(name).map_or(default, |value| value.parse().unwrap());
    let named = value("--with").map_or("stock,avx2,avx512,ifma", String::as_str).split(',');
    Options {
        arithmetics: named.filter_map(|name| Arithmetic::named(name).ok()).collect(),
        rows_max: number("--rows", 14),
        rounds: number("--rounds", 5),
        mixes: arguments.iter().any(|argument| argument == "--mixes"),
        json: value("--format").is_some_and(|format| format == "json"),
    }
}

fn print(line: &Line, json: bool) {
    let Line { arithmetic, mix, level, degree, ours, stock, stages } = line;
    let seconds = |times: &Times| [times.wall.as_secs_f64(), times.cpu.as_secs_f64()];
    let ([ours, ours_cpu], [stock, stock_cpu]) = (seconds(ours), seconds(stock));
    let (ratio, cpu_ratio) = (stock / ours, stock_cpu / ours_cpu);
    let stages = stages.map(|stage| format!("{:.3}", stage.as_secs_f64()));
    if json {
        let stages = stages.join(",");
        println!(
            r#"{{"mix":"{mix}","level":{level},"degree":{degree},"with":"{arithmetic}","ours_s":{ours:.4},"stock_s":{stock:.4},"ratio":{ratio:.4},"ours_cpu_s":{ours_cpu:.4},"stock_cpu_s":{stock_cpu:.4},"cpu_ratio":{cpu_ratio:.4},"stages_s":[{stages}]}}"#
        );
    } else {
        let stages = stages.join(" ");
        let name = arithmetic.name();
        println!(
            "{level:>5}  2^{degree} {mix:>9} {name:>7} {ours:>8.3} {stock:>8.3} {ratio:>6.2} {cpu_ratio:>6.2}   {stages}"
        );
    }
}

fn measure(mix: Mix, level: u8, degree: usize, options: &Options) -> Vec<Line> {
    let task = task(mix, level, degree);
    let mut ours = vec![(Vec::new(), [const { Vec::new() }; 5]); options.arithmetics.len()];
    let mut stocks = Vec::new();
    let runners = options.arithmetics.len() + 1;
    for round in 0..options.rounds {
        // Who goes first changes from round to round.
        for turn in round..round + runners {
            let inputs = task.inputs(if mix == Mix::Lookups { round % 256 } else { round });
            let runner = turn % runners;
            let Some(arithmetic) = options.arithmetics.get(runner) else {
                let (prover, common) = (&task.data.prover_only, &task.data.common);
                stocks.push(timed(|| stock(prover, common, inputs, &mut TimingTree::default()).unwrap()).0);
                continue;
            };
            let (times, spans) = timed(|| run_ours(&task, inputs, *arithmetic));
            ours[runner].0.push(times);
            ours[runner].1.iter_mut().zip(spans).for_each(|(all, span)| all.push(span));
        }
    }
    let stock = medians(&stocks);
    let lines = options.arithmetics.iter().zip(ours).map(|(&arithmetic, (times, stages))| {
        let (ours, stages) = (medians(&times), stages.map(median));
        Line { arithmetic, mix, level, degree, ours, stock, stages }
    });
    lines.collect()
}

fn timed<T>(run: impl FnOnce() -> T) -> (Times, T) {
    let (wall, cpu) = (Instant::now(), cpu_time());
    let result = run();
    let wall = wall.elapsed();
    let cpu = cpu.zip(cpu_time()).map_or(wall, |(before, after)| after.saturating_sub(before));
    (Times { wall, cpu }, result)
}

/// Proves with our loop; says how long each stage took.
fn run_ours(task: &Task, inputs: PartialWitness<F>, arithmetic: Arithmetic) -> [Duration; 5] {
    let mut spans = [Duration::ZERO; 5];
    let mut at = (ProofStage::Witness, Instant::now());
    let watch = &mut |progress: dpgn_prover::prove::Progress| {
        // What was done since the last report belongs to the stage it was made in.
        spans[at.0 as usize - ProofStage::Witness as usize] += at.1.elapsed();
        at = (progress.stage, Instant::now());
        ControlFlow::Continue(())
    };
    prove(&task.data.prover_only, &task.data.common, inputs, arithmetic.backend(), watch).unwrap();
    spans
}

fn medians(times: &[Times]) -> Times {
    let of = |part: fn(&Times) -> Duration| median(times.iter().map(part).collect());
    Times { wall: of(|times| times.wall), cpu: of(|times| times.cpu) }
}
