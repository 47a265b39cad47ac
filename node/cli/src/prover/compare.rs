//! `dpgn prover benchmark --compare`: whether one proof after the other on all cores, or several at once on a share of them each,
//! make most of an hour.
//!
//! It is measured and not computed: what the cores share (memory's width, caches, clock) differs from machine to machine.

use super::{
    bench::{Bench, Line, SIZES, usual},
    peak,
};
use crate::{
    amounts::seconds,
    config_file::ConfigFile,
    doctor::memory::{Proofs, spare_mib},
    globals::Globals,
    output::{Output, Row},
    table,
    user_error::UserError,
};
use dpgn_node::config::{AWARDS_PER_PROOF_MAX, CONFIG_FILE, NodeConfig, PROOFS_AT_ONCE_MAX, ProverSection};
use dpgn_protocol::units::{Degree, Level, Millis};
use serde::Serialize;
use std::{collections::BTreeSet, num::NonZeroUsize, thread::available_parallelism};

/// Turns that each way has: the one in the middle counts.
const ROUNDS: usize = 3;
/// The part of the most proofs in an hour, in hundredths, that is as good as the most: measurements differ by so much.
const AS_GOOD: u128 = 97;

/// What somebody wants to be compared.
pub(super) struct Wanted {
    /// The privacy level, unless it is the lowest that is sold.
    pub(super) level: Vec<u8>,
    /// The size, unless it is the usual one.
    pub(super) degree: Vec<u8>,
    /// Whether what is recommended goes into the configuration file.
    pub(super) write: bool,
}

/// One way to share the cores, and what it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Way {
    /// Proofs that are made at once.
    proofs_at_once: u16,
    /// The threads of each.
    threads_each: u32,
    /// The time until all of them are there, in milliseconds.
    proof_ms: Millis,
    proofs_an_hour: u64,
    /// The memory of the largest worker at its peak, in MiB; absent if the kernel does not tell.
    peak_mib: Option<u64>,
}

impl Row for Way {
    fn head() -> &'static [&'static str] {
        &["PROOFS_AT_ONCE", "THREADS_EACH", "PROOF", "PROOFS_AN_HOUR", "WORKER_PEAK_MIB"]
    }

    fn cells(&self) -> Vec<String> {
        let (at_once, threads) = (self.proofs_at_once.to_string(), self.threads_each.to_string());
        let (an_hour, peak) = (self.proofs_an_hour.to_string(), peak::cell(self.peak_mib));
        vec![at_once, threads, seconds(self.proof_ms), an_hour, peak]
    }
}

/// The ways that were compared, and the one to take.
#[derive(Debug, Serialize)]
struct Compared {
    level: Level,
    /// The base-2 logarithm of padded rows.
    degree: Degree,
    ways: Vec<Way>,
    /// The proofs to make at once.
    recommended: u16,
    /// The proofs that the configuration makes at once now.
    configured: u16,
}

/// Compares, and writes what is recommended if that is wanted.
pub(super) async fn run(
    wanted: &Wanted,
    config: &NodeConfig,
    globals: &Globals,
    output: &Output,
) -> Result<(), UserError> {
    let section = &config.prover;
    let (level, degree) = size(wanted, section)?;
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let spare = spare_mib();
    let proofs = Proofs::of(config);
    let mut benches = Vec::new();
    for at_once in candidates(cores, spare.map(|spare| proofs.held_by(spare))) {
        benches.push(Bench::new(&ProverSection { max_concurrent_proofs: at_once, ..section.clone() }, output.bar())?);
    }
    let ways = measure(&mut benches, level, degree).await?;
    let recommended = recommended(&ways);
    let compared = Compared { level, degree, ways, recommended, configured: section.max_concurrent_proofs };
    if wanted.write {
        write(&compared, spare, config, globals, output).await?;
    }
    output.report(&compared, || text(&compared, wanted.write))
}

/// The level and size to measure.
fn size(wanted: &Wanted, section: &ProverSection) -> Result<(Level, Degree), UserError> {
    let level = match wanted.level.as_slice() {
        [] => section.offers.iter().map(|offer| offer.level).min().unwrap_or(Level::MIN),
        [level] => Level::new(*level).map_err(UserError::input)?,
        _ => return Err(UserError::input("--compare measures one level: name one --level")),
    };
    let degree = match wanted.degree.as_slice() {
        [] => usual(level),
        [degree] => *degree,
        _ => return Err(UserError::input("--compare measures one size: name one --degree")),
    };
    Ok((level, Degree::new(degree).map_err(UserError::input)?))
}

/// The numbers of proofs to make at once: powers of two up to one for each core, as far as memory holds so many of the largest
/// circuit on sale.
fn candidates(cores: usize, held: Option<u64>) -> Vec<u16> {
    let cores = u16::try_from(cores).unwrap_or(u16::MAX).min(PROOFS_AT_ONCE_MAX);
    let most = held.map_or(cores, |held| u16::try_from(held).unwrap_or(u16::MAX).min(cores)).max(1);
    let powers = (0..u16::BITS).map(|bits| 1 << bits).take_while(|at_once| *at_once < most);
    powers.chain([most]).collect()
}

/// Measures all ways in turn, so that whatever else the machine does weighs on all.
async fn measure(benches: &mut [Bench], level: Level, degree: Degree) -> Result<Vec<Way>, UserError> {
    let mut lines: Vec<Vec<Line>> = benches.iter().map(|_| Vec::new()).collect();
    let steps = ROUNDS * benches.len();
    for round in 0..ROUNDS {
        for (at, (bench, lines)) in benches.iter_mut().zip(&mut lines).enumerate() {
            let permille = u16::try_from((round * lines.len() + at) * 1_000 / steps).unwrap_or(1_000);
            bench.bar.update(Some(permille), &format!("{} at once", bench.at_once));
            let line = bench.measure(level, degree).await?;
            lines.push(line.ok_or_else(|| {
                UserError::input(format!("level {level} has no circuit of 2^{degree} rows that is measured"))
                    .hint(SIZES)
            })?);
        }
    }
    Ok(benches.iter().zip(lines).filter_map(|(bench, lines)| way(bench, lines)).collect())
}

/// What a way makes, by the measurement in the middle.
fn way(bench: &Bench, mut lines: Vec<Line>) -> Option<Way> {
    lines.sort_unstable_by_key(|line| line.proof_ms);
    let peak_mib = lines.iter().filter_map(|line| line.peak_mib).max();
    let proof_ms = lines.get(lines.len() / 2)?.proof_ms;
    let proofs_an_hour = u64::from(bench.at_once) * 3_600_000 / proof_ms.get().max(1);
    Some(Way { proofs_at_once: bench.at_once, threads_each: bench.threads(), proof_ms, proofs_an_hour, peak_mib })
}

/// The fewest at once that make as much as any: each is there sooner then, and they take less memory.
fn recommended(ways: &[Way]) -> u16 {
    let most = ways.iter().map(|way| way.proofs_an_hour).max().unwrap_or_default();
    let as_good = |way: &&Way| u128::from(way.proofs_an_hour) * 100 >= u128::from(most) * AS_GOOD;
    ways.iter().filter(as_good).map(|way| way.proofs_at_once).min().unwrap_or(1)
}

/// Puts the number into the configuration file, with what else follows from it.
async fn write(
    compared: &Compared,
    spare: Option<u64>,
    config: &NodeConfig,
    globals: &Globals,
    output: &Output,
) -> Result<(), UserError> {
    let section = ProverSection { max_concurrent_proofs: compared.recommended, ..config.prover.clone() };
    let path = globals.config_file()?.unwrap_or_else(|| config.data_dir.join(CONFIG_FILE));
    let mut file = ConfigFile::read_or_example(&path)?;
    let at_once = section.max_concurrent_proofs;
    file.set_number("prover", "max_concurrent_proofs", at_once.into())?;
    if section.capacity > at_once.saturating_mul(AWARDS_PER_PROOF_MAX) {
        output.say("prover.capacity is more than so few proofs at once allow: it is four for each from now on");
        file.set_number("prover", "capacity", 0)?;
    }
    let proofs = Proofs::of(&NodeConfig { prover: section.clone(), ..config.clone() });
    if let Some(share) = spare.map(|spare| proofs.limit_for(spare)).filter(|share| *share < section.memory_mib_max) {
        output.say(&format!("each proof may take {share} MiB from now on: this machine has no more for so many"));
        file.set_number("prover", "memory_mib_max", share)?;
    }
    if at_once != compared.configured {
        // What is declared is what each of so many proofs does.
        let declared = section.offers.iter().filter(|offer| offer.rows_per_second > 0).map(|offer| offer.level);
        let declared: BTreeSet<Level> = declared.collect();
        if !declared.is_empty() {
            let lines = Bench::new(&section, output.bar())?.measure_usual(&declared).await?;
            for level in declared {
                let speeds = lines.iter().filter(|line| line.level == level).map(|line| line.rows_per_second);
                speeds.min().map_or(Ok(()), |speed| file.set_speed(level, speed))?;
            }
        }
    }
    file.save(&path)?;
    output.say(&format!(
        "wrote prover.max_concurrent_proofs = {at_once} into {}; a node reads it when it starts",
        path.display()
    ));
    Ok(())
}

fn text(compared: &Compared, is_written: bool) -> String {
    let Compared { level, degree, ways, recommended, configured } = compared;
    let mut text = format!("level {level}, 2^{degree} rows, the middle of {ROUNDS} turns each\n");
    text.push_str(&table::columns(Way::head(), ways.iter().map(Row::cells)));
    text.push_str(&format!("\nprover.max_concurrent_proofs = {recommended} is recommended"));
    text.push_str(&match (configured == recommended, is_written) {
        (true, _) => ", as it is configured\n".to_owned(),
        (false, false) => format!("; {configured} is configured, and --write changes it\n"),
        (false, true) => format!("; {configured} was configured\n"),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(proofs_at_once: u16, proofs_an_hour: u64) -> Way {
        Way { proofs_at_once, threads_each: 1, proof_ms: Millis::new(1), proofs_an_hour, peak_mib: None }
    }

    #[test]
    fn cores_are_shared_by_as_many_as_memory_holds() {
        assert_eq!(candidates(1, None), [1]);
        assert_eq!(candidates(2, Some(9)), [1, 2]);
        assert_eq!(candidates(12, None), [1, 2, 4, 8, 12]);
        assert_eq!(candidates(12, Some(3)), [1, 2, 3]);
        assert_eq!(candidates(96, Some(0)), [1], "one is made wherever it is tried");
        assert_eq!(candidates(96, None).last(), Some(&PROOFS_AT_ONCE_MAX));
    }

    #[test]
    fn the_fewest_that_make_as_much_as_any_are_recommended() {
        assert_eq!(recommended(&[way(1, 1_000), way(2, 1_020), way(4, 1_030)]), 1, "no more than noise");
        assert_eq!(recommended(&[way(1, 1_000), way(2, 1_200), way(4, 1_230)]), 2);
        assert_eq!(recommended(&[way(1, 1_000), way(2, 900)]), 1);
        assert_eq!(recommended(&[]), 1);
    }
}
